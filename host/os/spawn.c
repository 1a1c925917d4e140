/* spawn.c -- see spawn.h */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/procfs.h"
#include "os/spawn.h"

enum { LOOK_MS = 20, KILL_ROUNDS = 8, SIGNALS = 65, MOST_FDS = 65536, KEPT = 3 };

/* What the child uses: all is made before vfork, whose child shares the
 * parent's memory and may do little more than call the kernel. */
typedef struct Child {
    const SpawnPlan *plan;
    int in, out, err;                   /* what become 0, 1, 2 */
    pid_t parent;
    sigset_t mask;                      /* its own: the parent's, before all was blocked */
    volatile int code;                  /* errno of what failed in the child */
    const char *volatile what;          /* and its name */
} Child;

/* ---- in the child ---- */

static void
give_up(Child *c, const char *what)
{
    c->code = errno;
    c->what = what;
    _exit(127);
}

/* A handler would run in the parent's memory. */
static void
default_signals(void)
{
    static const unsigned long none[8];         /* the kernel's struct, all zero */
    struct sigaction action;

    for (int i = 1; i < SIGNALS; i++) {
        /* glibc keeps 32 and 33 for itself and would not name them, but leaves them
         * ignored in what posix_spawn starts: make's children, and so theirs */
        if (sigaction(i, NULL, &action)) {
            syscall(SYS_rt_sigaction, i, none, NULL, (size_t)8);
            continue;
        }
        if (action.sa_handler == SIG_DFL)
            continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = SIG_DFL;
        sigaction(i, &action, NULL);
    }
}

static void
close_others(unsigned first)
{
    struct rlimit limit;
    int n = MOST_FDS;

#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0U, 0U) == 0)
        return;
#endif
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < MOST_FDS)
        n = (int)limit.rlim_cur;
    for (int fd = (int)first; fd < n; fd++)
        close(fd);
}

static void
become(Child *c)
{
    const SpawnPlan *plan = c->plan;

    if ((plan->flags & (SPAWN_GROUP | SPAWN_APART)) && setsid() < 0)
        give_up(c, "setsid");
    if (!(plan->flags & (SPAWN_OUTLIVES | SPAWN_APART))) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != c->parent)     /* it died before the prctl */
            _exit(127);
    }
    if (dup2(c->in, STDIN_FILENO) < 0 || dup2(c->out, STDOUT_FILENO) < 0
        || dup2(c->err, STDERR_FILENO) < 0)
        give_up(c, "dup2");
    if (plan->keep && (plan->keep == KEPT ? fcntl(KEPT, F_SETFD, 0) : dup2(plan->keep, KEPT)) < 0)
        give_up(c, "dup2");
    close_others(plan->keep ? KEPT + 1 : KEPT);
    if (plan->cwd && chdir(plan->cwd))
        give_up(c, plan->cwd);
    default_signals();
    sigprocmask(SIG_SETMASK, &c->mask, NULL);
    execve(plan->path, (char *const *)plan->argv, (char *const *)plan->env);
    give_up(c, plan->path);
}

/* ---- in the parent ---- */

/* Separate, so that no variable of a caller lives across vfork. */
static pid_t
launch(Child *c)
{
    pid_t pid = vfork();

    if (pid == 0)
        become(c);
    return pid;
}

/* The longest of the strings, all of them added up. */
static size_t
longest(const char *const *list, const char **out, size_t *total)
{
    size_t most = 0;

    for (; *list; list++) {
        size_t n = strlen(*list) + 1;

        *total += n + sizeof *list;
        if (n > most) {
            most = n;
            *out = *list;
        }
    }
    return most;
}

/* E2BIG: which of the kernel's two limits was exceeded, and what to do. */
static int
too_long(const SpawnPlan *plan, Err *err)
{
    size_t one = 32 * (size_t)sysconf(_SC_PAGESIZE), total = 0;
    const char *word = "", *variable = "";
    size_t a = longest(plan->argv, &word, &total), v = longest(plan->env, &variable, &total);

    if (v > one)
        return err_set(err, ERR_NOMEM,
                       "the variable %.*s is %.1f KiB, more than the system passes to a program "
                       "(%zu KiB each); make the value an input, which is passed as a file",
                       (int)strcspn(variable, "="), variable, (double)v / 1024, one / 1024);
    if (a > one)
        return err_set(err, ERR_NOMEM,
                       "a word of the command is %.1f KiB, more than the system passes to a "
                       "program (%zu KiB each); make the value an input, which is passed as a file",
                       (double)a / 1024, one / 1024);
    return err_set(err, ERR_NOMEM,
                   "its words and variables are %.1f KiB, more than the system passes to a program "
                   "(%ld KiB in all); make the values inputs, which are passed as files",
                   (double)total / 1024, sysconf(_SC_ARG_MAX) / 1024);
}

static int
start_child(Spawn *s, Child *c, Err *err)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    c->mask = before;
    sigdelset(&c->mask, SIGPIPE);       /* blocked in a library (sandbox.h) */
    s->pid = launch(c);
    if (s->pid < 0)
        c->code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (s->pid < 0) {
        s->pid = 0;
        return err_set(err, err_code(c->code), "a process: %s", err_reason(c->code));
    }
    if (!c->code)
        return OK;
    while (waitpid(s->pid, &s->status, 0) < 0 && errno == EINTR)
        ;
    s->pid = 0;
    if (c->code == E2BIG)
        return too_long(c->plan, err);
    return err_set(err, c->code == ENOENT ? ERR_NOTFOUND : err_code(c->code), "%s: %s", c->what,
                   err_reason(c->code));
}

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Above 2, or the child's dup2 would write over one that is still wanted. */
static int
lift(int fd)
{
    int high;

    if (fd < 0 || fd > 2)
        return fd;
    high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return high;
}

static int
open_pipe(Spawn *s, int *end, Err *err)
{
    int pair[2];

    if (pipe2(pair, O_CLOEXEC))
        return err_set(err, err_code(errno), "a pipe: %s", err_reason(errno));
    s->fd = lift(pair[0]);
    *end = lift(pair[1]);
    if (s->fd < 0 || *end < 0 || fcntl(s->fd, F_SETFL, O_NONBLOCK))
        return err_set(err, err_code(errno), "a pipe: %s", err_reason(errno));
    return OK;
}

static int
open_file(const char *path, int flags, int *fd, Err *err)
{
    *fd = lift(open(path, flags | O_CLOEXEC | O_NOCTTY, 0666));
    return *fd < 0 ? err_set(err, err_code(errno), "%s: %s", path, err_reason(errno)) : OK;
}

/* A socket, not a pipe: writing to a program that has ended then raises no SIGPIPE. */
static int
open_input(Spawn *s, int *end, Err *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return err_set(err, err_code(errno), "a socket: %s", err_reason(errno));
    s->in = lift(pair[0]);
    *end = lift(pair[1]);
    return s->in < 0 || *end < 0
               ? err_set(err, err_code(errno), "a socket: %s", err_reason(errno)) : OK;
}

static int
open_input_pipe(Spawn *s, int *end, Err *err)
{
    int pair[2];

    if (pipe2(pair, O_CLOEXEC))
        return err_set(err, err_code(errno), "a pipe: %s", err_reason(errno));
    *end = lift(pair[0]);
    s->in = lift(pair[1]);
    return s->in < 0 || *end < 0 || fcntl(s->in, F_SETFL, O_NONBLOCK)
               ? err_set(err, err_code(errno), "a pipe: %s", err_reason(errno)) : OK;
}

static int
open_stdin(Spawn *s, const SpawnPlan *plan, int *end, Err *err)
{
    if (plan->flags & SPAWN_PIPE)
        return open_input_pipe(s, end, err);
    return plan->flags & SPAWN_INPUT ? open_input(s, end, err)
                                     : open_file("/dev/null", O_RDONLY, end, err);
}

int
spawn_start(Spawn *s, const SpawnPlan *plan, Err *err)
{
    int in = -1, pipe = -1, file = -1, rc, apart = (plan->flags & SPAWN_APART) != 0;
    Child c = {0};

    memset(s, 0, sizeof *s);
    s->fd = s->life = s->in = -1;
    s->owner = getpid();
    s->interrupt = interrupt_here();
    s->group = apart || (plan->flags & SPAWN_GROUP);
    if ((rc = open_pipe(s, &pipe, err)) || (rc = open_stdin(s, plan, &in, err)))
        goto done;
    if (plan->out
        && (rc = open_file(plan->out, O_WRONLY | O_CREAT | (apart ? O_APPEND : O_TRUNC), &file,
                           err)))
        goto done;
    c.plan = plan;
    c.in = in;
    c.out = file >= 0 ? file : pipe;
    c.err = apart ? c.out : pipe;
    c.parent = s->owner;
    rc = start_child(s, &c, err);
#ifdef SYS_pidfd_open
    if (!rc)
        s->life = (int)syscall(SYS_pidfd_open, s->pid, 0);
#endif
done:
    close_fd(&in);
    close_fd(&pipe);
    close_fd(&file);
    if (rc) {
        close_fd(&s->fd);
        close_fd(&s->in);
    }
    return rc;
}

/* The leader of a group is not reaped yet: its number is that of the group, which may have
 * other processes, and must not be reused. */
static int
leader_ended(Spawn *s)
{
    siginfo_t info = {0};

    if (waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
        s->status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0)
                                               : W_EXITCODE(0, info.si_status);
        return info.si_pid != 0;
    }
    if (errno == EINTR)
        return 0;
    s->status_lost = 1;
    s->pid = 0;
    return 1;
}

/* Has it ended?  Takes its status when it has. */
static int
reap(Spawn *s, int flags)
{
    pid_t got;

    if (!s->pid)
        return 1;
    while ((got = waitpid(s->pid, &s->status, flags)) < 0 && errno == EINTR)
        ;
    if (got == 0)
        return 0;
    s->status_lost = got < 0;
    s->pid = 0;
    return 1;
}

static int
has_ended(Spawn *s)
{
    return s->pid && s->group ? leader_ended(s) : reap(s, WNOHANG);
}

static int
wait_for(Spawn *s, int gone, int timeout)
{
    struct pollfd fds[2] = {{s->fd, POLLIN, 0}, {gone ? -1 : s->life, POLLIN, 0}};

    /* without a pidfd its end is found only by looking again */
    if (s->life < 0 && s->pid && (timeout < 0 || timeout > LOOK_MS))
        timeout = LOOK_MS;
    return poll(fds, 2, interrupt_slice(s->interrupt, timeout));
}

static void
check_interrupt(Spawn *s)
{
    if (s->killed || !interrupt_check(s->interrupt))
        return;
    s->killed = 1;
    spawn_kill_all(s);
}

/* Milliseconds until then; below 0 when there is no end. */
static int
time_until(int64_t end, int timeout)
{
    int64_t left = end - interrupt_now();

    return timeout < 0 ? -1 : left > 0 ? (int)left : 0;
}

ssize_t
spawn_read(Spawn *s, void *p, size_t n, int timeout)
{
    int64_t end = interrupt_now() + timeout;

    for (;;) {
        int gone = has_ended(s);        /* before the read: then nothing is missed */
        ssize_t got = s->fd >= 0 ? read(s->fd, p, n) : 0;
        int came, left;

        if (got > 0)
            return got;
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            close_fd(&s->fd);
        if (gone && (s->fd < 0 || !s->to_end || s->killed)) {
            s->ended = 1;
            return SPAWN_ENDED;
        }
        check_interrupt(s);
        left = time_until(end, timeout);
        came = wait_for(s, gone, left);
        if ((came == 0 && left == 0) || (came < 0 && errno == EINTR))
            return SPAWN_NOTHING;
    }
}

/* Sends what the input takes now; waits a little while it takes nothing. */
static ssize_t
send_some(Spawn *s, const void *p, size_t n)
{
    struct pollfd fd = {s->in, POLLOUT, 0};
    ssize_t sent = send(s->in, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0 && errno == ENOTSOCK)
        sent = write(s->in, p, n);
    if (sent >= 0 || (errno != EAGAIN && errno != EINTR))
        return sent;
    check_interrupt(s);
    poll(&fd, 1, interrupt_slice(s->interrupt, -1));
    return 0;
}

int
spawn_write(Spawn *s, const void *p, size_t n, Err *err)
{
    const char *from = p;

    while (n) {
        ssize_t sent = send_some(s, from, n);

        if (sent < 0)
            return err_set(err, err_code(errno), "the program's input: %s", err_reason(errno));
        from += sent;
        n -= (size_t)sent;
    }
    return OK;
}

void
spawn_close(Spawn *s)
{
    close_fd(&s->in);
    close_fd(&s->fd);
}

void
spawn_kill(Spawn *s, int signal)
{
    if (s->pid)
        kill(s->group ? -s->pid : s->pid, signal);
}

/* Kills what is below it, or of its group; how many of these were of another group. */
static int
kill_below(const Spawn *s)
{
    size_t n;
    Process *list = procfs_all(&n);
    int others = 0;

    procfs_mark_below(list, n, s->pid, 1);
    for (size_t i = 0; list && i < n; i++)
        if (list[i].below && list[i].pid != s->pid && list[i].state != 'Z' && list[i].state != 'X'
            && kill(list[i].pid, SIGKILL) == 0)
            others += !s->group || list[i].group != s->pid;
    free(list);
    return others;
}

/* Stopped, it starts nothing more while what is below it is looked for. */
void
spawn_kill_all(Spawn *s)
{
    if (!s->pid)
        return;
    spawn_kill(s, SIGSTOP);
    for (int round = 0; round < KILL_ROUNDS && kill_below(s); round++)
        ;
    spawn_kill(s, SIGKILL);
}

int
spawn_left(const Spawn *s, char *name, size_t size)
{
    size_t n;
    Process *list = s->pid && s->group ? procfs_all(&n) : NULL;
    int found = 0;

    for (size_t i = 0; list && i < n; i++) {
        if (list[i].group != s->pid || list[i].pid == s->pid || list[i].state == 'Z')
            continue;
        if (!found++)
            name[procfs_words(list[i].pid, name, size - 1)] = '\0';
    }
    free(list);
    return found;
}

void
spawn_finish(Spawn *s)
{
    if (s->pid && s->owner == getpid()) {
        spawn_kill(s, SIGKILL);
        reap(s, 0);
    }
    s->pid = 0;
    s->ended = 1;
    close_fd(&s->in);
    close_fd(&s->fd);
    close_fd(&s->life);
}

void
spawn_leave(Spawn *s)
{
    if (s->ended && !s->killed && s->owner == getpid())
        reap(s, 0);
    spawn_finish(s);
}

void
spawn_let_go(Spawn *s)
{
    s->owner = 0;
    spawn_finish(s);
}

/* ---- a shell ---- */

/* A handler would run in the parent's memory; what is ignored stays so. */
static void
drop_handlers(void)
{
    struct sigaction action;

    for (int i = 1; i < SIGNALS; i++) {
        if (sigaction(i, NULL, &action) || action.sa_handler == SIG_DFL
            || action.sa_handler == SIG_IGN)
            continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = SIG_DFL;
        sigaction(i, &action, NULL);
    }
}

static pid_t
launch_shell(const char *const *argv, const char *cwd, const sigset_t *mask, volatile int *code)
{
    pid_t pid = vfork();

    if (pid)
        return pid;
    drop_handlers();
    if (cwd && chdir(cwd))
        _exit(127);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execve("/bin/sh", (char *const *)argv, environ);
    *code = errno;                      /* the memory is the parent's */
    _exit(127);
}

int
spawn_shell(const char *command, const char *cwd)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    sigset_t all, child, before;
    volatile int failed = 0;
    int status = -1, code = 0;
    pid_t pid;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = launch_shell(argv, cwd, &before, &failed);
    if (pid < 0)
        code = errno;
    child = before;
    sigaddset(&child, SIGCHLD);         /* a host's handler may wait for all there is */
    pthread_sigmask(SIG_SETMASK, &child, NULL);
    while (!code && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        code = failed;
    errno = code;
    return code ? -1 : status;
}

/* ---- where a program is ---- */

static int
is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

int
spawn_find(const char *name, const char *path, const char *base, char *out, size_t size)
{
    int too_long_path = 0;

    for (const char *p = path; *name; p++) {
        size_t len = strcspn(p, ":");
        int below = p[0] != '/';        /* an empty one is the base, too */
        int n = snprintf(out, size, "%s%s%.*s%s%s", below ? base : "", below && len ? "/" : "",
                         (int)len, p, len && p[len - 1] == '/' ? "" : "/", name);

        if (n < 0 || (size_t)n >= size)
            too_long_path = 1;
        else if (is_program(out))
            return OK;
        p += len;
        if (!*p)
            break;
    }
    return too_long_path ? ERR_INVAL : ERR_NOTFOUND;
}

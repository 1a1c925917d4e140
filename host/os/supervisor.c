/* supervisor.c -- see supervisor.h */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/descendants.h"
#include "os/procfs.h"
#include "os/supervisor.h"
#include "os/sys.h"

enum { SHORTEST_MS = 1, LONGEST_MS = 20, MOST_FDS = 65536 };

/* Seconds in which the child may see the end of the others that were killed. */
static const double CHILD_DELAY = 0.5;

/* -- the supervisor ---------------------------------------------------------- */

typedef enum Mode { WATCH, TERMINATE, KILL_OTHERS, KILL } Mode;

typedef struct Supervisor {
    pid_t child;
    int alive, status;      /* of the child */
    Mode mode;
    int others;             /* some were killed before the child */
    double deadline;        /* of TERMINATE, then of KILL_OTHERS */
    Termination termination;
} Supervisor;

static void
close_all_but(int fd)
{
#ifdef SYS_close_range
    if ((fd == 0 || syscall(SYS_close_range, 0U, (unsigned)fd - 1, 0U) == 0)
        && syscall(SYS_close_range, (unsigned)fd + 1, ~0U, 0U) == 0)
        return;
#endif
    for (int i = 0; i < MOST_FDS; i++)
        if (i != fd)
            close(i);
}

/* Ends as the child did. */
static _Noreturn void
end_like(int status)
{
    static const struct rlimit none;
    sigset_t one;

    if (!WIFSIGNALED(status))
        _exit(WEXITSTATUS(status));
    setrlimit(RLIMIT_CORE, &none);      /* the child has left its own */
    signal(WTERMSIG(status), SIG_DFL);
    sigemptyset(&one);
    sigaddset(&one, WTERMSIG(status));
    kill(getpid(), WTERMSIG(status));
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    _exit(128 + WTERMSIG(status));
}

/* Waits for what has ended; 0 when nothing is left. */
static int
reap(Supervisor *s)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != s->child)
            continue;
        s->alive = 0;
        s->status = status;
        if (s->mode == WATCH)
            s->mode = KILL;
    }
    return pid == 0;
}

/* The child alone first: mostly it has no descendants, and /proc need not be read. */
static void
kill_all(const Supervisor *s)
{
    if (s->alive)
        kill(s->child, SIGKILL);
    else
        descendants_kill(0);
}

static void
begin(Supervisor *s, Mode mode)
{
    if (mode <= s->mode)
        return;
    s->mode = mode;
    s->deadline = sys_mono() + (mode == TERMINATE ? DESCENDANTS_KILL_DELAY : CHILD_DELAY);
    if (mode == KILL_OTHERS && s->alive)
        kill(s->child, SIGTERM);
}

/* What the child started is killed before it, so that it can read what that still wrote. */
static void
kill_others(Supervisor *s)
{
    s->others += descendants_kill(s->alive ? s->child : 0);
    if (!s->others || sys_mono() >= s->deadline)
        s->mode = KILL;
}

static void
on_signal(Supervisor *s, int signal)
{
    switch (signal) {
    case SIGHUP:
        begin(s, KILL);
        break;
    case SIGUSR2:
        begin(s, KILL_OTHERS);
        break;
    case SIGTERM:
        begin(s, TERMINATE);
        break;
    case SIGINT:
    case SIGUSR1:
        if (s->alive)
            kill(s->child, signal == SIGINT ? SIGINT : SIGTERM);
        break;
    default:
        break;
    }
}

static void
act(Supervisor *s)
{
    if (s->mode == TERMINATE && sys_mono() >= s->deadline)
        begin(s, KILL_OTHERS);
    if (s->mode == TERMINATE)
        descendants_terminate(&s->termination);
    if (s->mode == KILL_OTHERS)
        kill_others(s);
    if (s->mode == KILL)
        kill_all(s);
}

static _Noreturn void
supervise(pid_t child)
{
    Supervisor s = {.child = child, .alive = 1};
    long ms = SHORTEST_MS;
    sigset_t waited_for;

    sigemptyset(&waited_for);
    sigaddset(&waited_for, SIGTERM);
    sigaddset(&waited_for, SIGHUP);
    sigaddset(&waited_for, SIGINT);
    sigaddset(&waited_for, SIGUSR1);
    sigaddset(&waited_for, SIGUSR2);
    sigaddset(&waited_for, SIGCHLD);
    while (reap(&s)) {
        struct timespec pause = {0, ms * 1000000};

        act(&s);
        if (s.mode == WATCH)
            on_signal(&s, sigwaitinfo(&waited_for, NULL));
        else
            on_signal(&s, sigtimedwait(&waited_for, NULL, &pause));
        if (s.mode != WATCH && ms < LONGEST_MS)
            ms *= 2;
    }
    end_like(s.status);
}

/* -- the fork ------------------------------------------------------------------- */

/* Asks for the signal when the parent dies; exits when it died before that. */
static void
die_with(pid_t parent, int signal)
{
    prctl(PR_SET_PDEATHSIG, signal);
    if (getppid() != parent)
        _exit(1);
}

/* In the supervisor: forks the child, in which alone this returns, and reports to the caller
 * through the pipe whether the fork succeeded. */
static void
become_supervisor(pid_t caller, int report)
{
    pid_t child, self = getpid();
    int code;

    setpgid(0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGCHLD, SIG_DFL);           /* where it is ignored, waitpid gets no status */
    die_with(caller, SIGHUP);
    child = fork();
    if (child == 0) {
        close(report);
        die_with(self, SIGKILL);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        return;
    }
    code = child < 0 ? errno : 0;
    prctl(PR_SET_NAME, PROCFS_SUPERVISOR);
    close_all_but(report);
    if (write(report, &code, sizeof code) != (ssize_t)sizeof code || child < 0)
        _exit(1);
    close(report);
    supervise(child);
}

static int
read_code(int fd)
{
    int code = ECHILD;
    ssize_t n;

    do
        n = read(fd, &code, sizeof code);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof code ? code : ECHILD;
}

pid_t
supervisor_fork(sigset_t *mask, Err *err)
{
    pid_t caller = getpid(), pid;
    sigset_t all;
    int pair[2], code;

    if (pipe2(pair, O_CLOEXEC))
        return err_set(err, err_code(errno), "a pipe: %s", err_reason(errno));
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, mask);
    pid = fork();
    if (pid == 0) {
        close(pair[0]);
        become_supervisor(caller, pair[1]);
        return 0;
    }
    code = pid < 0 ? errno : 0;
    close(pair[1]);
    if (pid > 0) {
        setpgid(pid, pid);              /* whichever of the two comes first */
        code = read_code(pair[0]);
    }
    close(pair[0]);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    if (!code)
        return pid;
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    return err_set(err, err_code(code), "a process: %s", err_reason(code));
}

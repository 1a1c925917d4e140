/* supervisor.c -- see supervisor.h */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/procfs.h"
#include "os/supervisor.h"

enum { SHORTEST_MS = 1, LONGEST_MS = 20, MOST_FDS = 65536, MOST_SEEN = 32768, ROUNDS = 8 };

static const double LINGER = 0.1;   /* seconds in which what is left may end by itself */
static const double LATE = 0.5;     /* in which the child hears the end of what was killed */

static double
seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* -- asking what is below -------------------------------------------------- */

/* Who was told to end, once each.  What is started after the first look is not told: it
 * is what a handler of SIGTERM runs, and has the same grace.  Two more looks find what
 * was there and came into being while the list was read. */
typedef struct Asking {
    unsigned long long tick;        /* of the first look, as in Seen */
    int looks;
    pid_t *told;
    size_t n, cap;
} Asking;

static unsigned long long
tick_now(void)
{
    unsigned long long per_second = (unsigned long long)sysconf(_SC_CLK_TCK);
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return (unsigned long long)t.tv_sec * per_second
           + (unsigned long long)t.tv_nsec * per_second / 1000000000;
}

static int
was_told(const Asking *a, pid_t pid)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->told[i] == pid)
            return 1;
    return 0;
}

static void
add_told(Asking *a, pid_t pid)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? a->cap * 2 : 64;
        pid_t *more = realloc(a->told, cap * sizeof *more);

        if (!more)
            return;             /* it is told once more: harmless */
        a->told = more;
        a->cap = cap;
    }
    a->told[a->n++] = pid;
}

static int
has_stopped(const Seen *one)
{
    return one->state == 'Z' || one->state == 'X';
}

/* To all below that are to be told now; what is below another keeper hears of it from
 * that one. */
static void
ask_below(Asking *a)
{
    size_t n;
    Seen *list;

    if (a->looks > 2)
        return;
    if (a->looks == 0)
        a->tick = tick_now();
    list = procfs_all(&n);
    procfs_mark(list, n, getpid(), 0);
    for (size_t i = 0; i < n; i++) {
        const Seen *one = &list[i];

        if (!one->below || has_stopped(one) || (a->looks && one->started >= a->tick)
            || was_told(a, one->pid))
            continue;
        kill(one->pid, SIGTERM);
        if (one->state == 'T')
            kill(one->pid, SIGCONT);    /* or it would hear of it when nobody waits */
        add_told(a, one->pid);
    }
    free(list);
    a->looks++;
}

/* Kills all below, but for one (or 0); how many those were. */
static int
kill_below(pid_t but)
{
    size_t n;
    Seen *list = procfs_all(&n);
    int found = 0;

    procfs_mark(list, n, getpid(), 1);
    for (size_t i = 0; i < n; i++)
        if (list[i].below && list[i].pid != but && !has_stopped(&list[i]))
            found += kill(list[i].pid, SIGKILL) == 0;
    free(list);
    return found;
}

static int
runs_below(void)
{
    size_t n;
    Seen *list = procfs_all(&n);
    int found = 0;

    procfs_mark(list, n, getpid(), 1);
    for (size_t i = 0; i < n && !found; i++)
        found = list[i].below && !has_stopped(&list[i]);
    free(list);
    return found;
}

/* -- who they are ------------------------------------------------------------ */

/* Of what is below top those that are not children of a process `but` (or 0). */
static void
name_below(pid_t top, pid_t but, Names *names)
{
    size_t n;
    Seen *list = procfs_all(&n);

    procfs_mark(list, n, top, 0);
    for (size_t i = 0; i < n; i++) {
        const Seen *one = &list[i];

        if (!one->below || one->keeper || one->parent == but || has_stopped(one))
            continue;
        names->n++;
        if (names->named < NAMES_MOST
            && procfs_words(one->pid, names->text[names->named], NAME_SIZE - 1))
            names->named++;
    }
    free(list);
}

void
keeper_name_started(pid_t keeper, Names *names)
{
    *names = (Names){0};
    name_below(keeper, keeper, names);
}

/* -- the keeper -------------------------------------------------------------- */

typedef enum How { KEEP, ASK, CUT, KILL } How;

typedef struct Keeper {
    pid_t child;
    int alive, status;      /* of the child */
    How how;
    int others;             /* some were killed before the child */
    double deadline;        /* of ASK, then of CUT */
    Asking asking;
} Keeper;

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
reap(Keeper *k)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != k->child)
            continue;
        k->alive = 0;
        k->status = status;
        if (k->how == KEEP)
            k->how = KILL;
    }
    return pid == 0;
}

/* The child alone first: mostly there is nobody else, and no need to look. */
static void
kill_all(const Keeper *k)
{
    if (k->alive)
        kill(k->child, SIGKILL);
    else
        kill_below(0);
}

static void
begin(Keeper *k, How how)
{
    if (how <= k->how)
        return;
    k->how = how;
    k->deadline = seconds_now() + (how == ASK ? KEEPER_GRACE : LATE);
    if (how == CUT && k->alive)
        kill(k->child, SIGTERM);
}

/* What the child started is killed before it, so that it hears what that still said. */
static void
cut(Keeper *k)
{
    k->others += kill_below(k->alive ? k->child : 0);
    if (!k->others || seconds_now() >= k->deadline)
        k->how = KILL;
}

static void
heed(Keeper *k, int signal)
{
    switch (signal) {
    case SIGHUP:
        begin(k, KILL);
        break;
    case SIGUSR2:
        begin(k, CUT);
        break;
    case SIGTERM:
        begin(k, ASK);
        break;
    case SIGINT:
    case SIGUSR1:
        if (k->alive)
            kill(k->child, signal == SIGINT ? SIGINT : SIGTERM);
        break;
    default:
        break;
    }
}

static void
go_on(Keeper *k)
{
    if (k->how == ASK && seconds_now() >= k->deadline)
        begin(k, CUT);
    if (k->how == ASK)
        ask_below(&k->asking);
    if (k->how == CUT)
        cut(k);
    if (k->how == KILL)
        kill_all(k);
}

static _Noreturn void
keep(pid_t child)
{
    Keeper k = {.child = child, .alive = 1};
    long ms = SHORTEST_MS;
    sigset_t heard;

    sigemptyset(&heard);
    sigaddset(&heard, SIGTERM);
    sigaddset(&heard, SIGHUP);
    sigaddset(&heard, SIGINT);
    sigaddset(&heard, SIGUSR1);
    sigaddset(&heard, SIGUSR2);
    sigaddset(&heard, SIGCHLD);
    while (reap(&k)) {
        struct timespec pause = {0, ms * 1000000};

        go_on(&k);
        if (k.how == KEEP)
            heed(&k, sigwaitinfo(&heard, NULL));
        else
            heed(&k, sigtimedwait(&heard, NULL, &pause));
        if (k.how != KEEP && ms < LONGEST_MS)
            ms *= 2;
    }
    end_like(k.status);
}

/* -- birth --------------------------------------------------------------------- */

/* Whether the parent is still the one that it was before prctl could watch it. */
static void
die_with(pid_t parent, int signal)
{
    prctl(PR_SET_PDEATHSIG, signal);
    if (getppid() != parent)
        _exit(1);
}

/* In the keeper: forks the child, which alone returns, and tells the caller through
 * the pipe whether that could be done. */
static void
become_keeper(pid_t caller, int say)
{
    pid_t child, self = getpid();
    int code;

    setpgid(0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGCHLD, SIG_DFL);           /* ignored, nobody could be waited for */
    die_with(caller, SIGHUP);
    child = fork();
    if (child == 0) {
        close(say);
        die_with(self, SIGKILL);
        prctl(PR_SET_CHILD_SUBREAPER, 1);
        return;
    }
    code = child < 0 ? errno : 0;
    prctl(PR_SET_NAME, PROCFS_KEEPER);
    close_all_but(say);
    if (write(say, &code, sizeof code) != (ssize_t)sizeof code || child < 0)
        _exit(1);
    close(say);
    keep(child);
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
keeper_fork(sigset_t *mask, Err *err)
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
        become_keeper(caller, pair[1]);
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

/* -- in the child ----------------------------------------------------------------- */

int
keeper_has_left(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void
keeper_hear_out(void)
{
    const struct timespec pause = {0, LONGEST_MS * 1000000};

    while (runs_below())
        nanosleep(&pause, NULL);
}

/* Waits for children that have ended; whether others are left. */
static int
has_others(void)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        ;
    return pid == 0;
}

struct Leaving {
    double begin, kill;         /* when they are told, when they are killed */
    int ask;                    /* they are told here */
    Names names;
    Asking asking;
};

Leaving *
leaving_new(int ask)
{
    Leaving *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->ask = ask;
    l->begin = seconds_now() + LINGER;
    l->kill = l->begin + KEEPER_GRACE;
    return l;
}

void
leaving_free(Leaving *l)
{
    if (l)
        free(l->asking.told);
    free(l);
}

int
leaving_look(Leaving *l)
{
    double now = seconds_now();

    if (!has_others())
        return 0;
    if (now < l->begin)
        return 1;
    if (!l->names.n)
        name_below(getpid(), 0, &l->names);
    if (l->ask && now < l->kill)
        ask_below(&l->asking);
    else if (l->ask)
        kill_below(0);
    return 1;
}

const Names *
leaving_names(const Leaving *l)
{
    return &l->names;
}

/* -- in a signal handler ------------------------------------------------------------ */

/* Sends the signal to all below that the list has, of one process group or (0) of any;
 * how many those are. */
static int
signal_seen(const Seen *list, size_t n, int signal, pid_t group)
{
    int sent = 0;

    for (size_t i = 0; i < n; i++)
        if (list[i].below && (!group || list[i].group == group))
            sent += kill(list[i].pid, signal) == 0;
    return sent;
}

static Seen seen[MOST_SEEN];

/* Stopped first, so that none starts another while the list is read. */
void
keeper_kill_started(void)
{
    int before = -1, now = 0;
    size_t n = 0;

    for (int i = 0; i < ROUNDS && now != before; i++) {
        before = now;
        n = procfs_list(seen, MOST_SEEN);
        procfs_mark(seen, n, getpid(), 1);
        now = signal_seen(seen, n, SIGSTOP, 0);
    }
    signal_seen(seen, n, SIGKILL, 0);
}

void
keeper_ask_started(void)
{
    size_t n = procfs_list(seen, MOST_SEEN);

    procfs_mark(seen, n, getpid(), 0);
    signal_seen(seen, n, SIGTERM, getpgrp());
}

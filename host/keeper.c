/* keeper.c -- see keeper.h */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keeper.h"

enum { SHORTEST_MS = 1, LONGEST_MS = 20, MOST_FDS = 65536, MOST_SEEN = 32768, ROUNDS = 8 };

typedef struct One {
    pid_t pid, parent;
    int below;              /* a descendant of this process */
} One;

typedef struct Pids {
    pid_t *list;
    size_t n, cap;
} Pids;

/* -- who is below ---------------------------------------------------------- */

/* Reads the line of a process in /proc; 0 when it is gone.  Fit for a signal handler. */
static int
look_at(const char *pid, One *one)
{
    char path[64] = "/proc/", text[512];
    const char *after;
    ssize_t n = -1;
    int fd;

    strncat(path, pid, 20);
    strcat(path, "/stat");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, text, sizeof text - 1);
        close(fd);
    }
    if (n <= 0)
        return 0;
    text[n] = '\0';
    after = strrchr(text, ')');         /* the name may hold anything */
    if (!after || strlen(after) < 5)    /* ") S 1" */
        return 0;
    *one = (One){(pid_t)atol(pid), (pid_t)atol(after + 4), 0};
    return 1;
}

/* All processes; NULL when there is no memory or no /proc. */
static One *
all_processes(size_t *n)
{
    DIR *dir = opendir("/proc");
    One *list = NULL, *more;
    size_t cap = 0;
    struct dirent *e;

    *n = 0;
    while (dir && (e = readdir(dir))) {
        One one;

        if (!isdigit((unsigned char)e->d_name[0]) || !look_at(e->d_name, &one))
            continue;
        if (*n == cap) {
            cap = cap ? cap * 2 : 512;
            more = realloc(list, cap * sizeof *list);
            if (!more)
                break;
            list = more;
        }
        list[(*n)++] = one;
    }
    if (dir)
        closedir(dir);
    return list;
}

static int
is_below(const One *list, size_t n, pid_t pid, pid_t top)
{
    if (pid == top)
        return 1;
    for (size_t i = 0; i < n; i++)
        if (list[i].pid == pid)
            return list[i].below;
    return 0;
}

/* Marks what is below this process: a parent may come after its child in the list. */
static void
mark_below(One *list, size_t n)
{
    pid_t top = getpid();
    int found;

    do {
        found = 0;
        for (size_t i = 0; i < n; i++)
            if (!list[i].below && is_below(list, n, list[i].parent, top))
                found = list[i].below = 1;
    } while (found);
}

static int
is_among(const Pids *p, pid_t pid)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i] == pid)
            return 1;
    return 0;
}

static void
add_pid(Pids *p, pid_t pid)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 64;
        pid_t *more = realloc(p->list, cap * sizeof *more);

        if (!more)
            return;             /* it is told once more: harmless */
        p->list = more;
        p->cap = cap;
    }
    p->list[p->n++] = pid;
}

/* Sends the signal to all below, but for those in told, when given, which had it
 * already: they are added. */
static void
signal_below(int signal, Pids *told)
{
    size_t n;
    One *list = all_processes(&n);

    mark_below(list, n);
    for (size_t i = 0; i < n; i++) {
        if (!list[i].below || (told && is_among(told, list[i].pid)))
            continue;
        kill(list[i].pid, signal);
        if (told)
            add_pid(told, list[i].pid);
    }
    free(list);
}

/* -- the keeper -------------------------------------------------------------- */

typedef enum How { KEEP, ASK, KILL } How;

typedef struct Keeper {
    pid_t child;
    int alive, status;      /* of the child */
    How how;
    Pids told;
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
        signal_below(SIGKILL, NULL);
}

static void
heed(Keeper *k, int signal)
{
    switch (signal) {
    case SIGHUP:
        k->how = KILL;
        break;
    case SIGTERM:
        if (k->how == KEEP)
            k->how = ASK;
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
    sigaddset(&heard, SIGCHLD);
    while (reap(&k)) {
        struct timespec pause = {0, ms * 1000000};

        if (k.how == KILL)
            kill_all(&k);
        else if (k.how == ASK)
            signal_below(SIGTERM, &k.told);
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
        return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
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
    return err_set(err, ERR_IO, "fork: %s", strerror(code));
}

/* -- in the child ----------------------------------------------------------------- */

int
keeper_has_left(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static double
seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
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

int
keeper_end_left(double grace)
{
    double deadline = seconds_now() + grace;
    long ms = SHORTEST_MS;
    Pids told = {0};
    int n;

    while (has_others()) {
        struct timespec pause = {0, ms * 1000000};

        if (seconds_now() < deadline)
            signal_below(SIGTERM, &told);
        else
            signal_below(SIGKILL, NULL);
        nanosleep(&pause, NULL);
        if (ms < LONGEST_MS)
            ms *= 2;
    }
    n = (int)told.n;
    free(told.list);
    return n;
}

/* -- in a signal handler ------------------------------------------------------------ */

/* The processes that /proc lists, without the memory that opendir takes. */
static size_t
see_processes(One *list, size_t cap)
{
    struct Entry {              /* as of getdents64 */
        uint64_t inode;
        int64_t next;
        uint16_t size;
        uint8_t type;
        char name[];
    };
    _Alignas(struct Entry) char block[4096];
    int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t n = 0;
    long got;

    while (fd >= 0 && (got = syscall(SYS_getdents64, fd, block, sizeof block)) > 0)
        for (long at = 0; at < got && n < cap;) {
            const struct Entry *e = (const void *)(block + at);

            n += isdigit((unsigned char)e->name[0]) && look_at(e->name, &list[n]);
            at += e->size;
        }
    if (fd >= 0)
        close(fd);
    return n;
}

/* Sends the signal to all below that the list has; how many those are. */
static int
signal_seen(const One *list, size_t n, int signal)
{
    int sent = 0;

    for (size_t i = 0; i < n; i++)
        if (list[i].below)
            sent += kill(list[i].pid, signal) == 0;
    return sent;
}

/* Stopped first, so that none starts another while the list is read. */
void
keeper_kill_started(void)
{
    static One list[MOST_SEEN];
    int before = -1, now = 0;
    size_t n = 0;

    for (int i = 0; i < ROUNDS && now != before; i++) {
        before = now;
        n = see_processes(list, MOST_SEEN);
        mark_below(list, n);
        now = signal_seen(list, n, SIGSTOP);
    }
    signal_seen(list, n, SIGKILL);
}

/* worker_process.c -- see worker_process.h */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/capped_log.h"
#include "os/supervisor.h"
#include "os/sys.h"
#include "os/worker_process.h"

enum { HEAD = 4, CHUNK = 64 * 1024, WATCHED_MAX = 8, LOOKS = 16, SKIP_MAX = 256 };

static const double WATCH_SECONDS = 120e-6;

struct ProcWord {
    _Atomic uint64_t at;
    _Atomic uint32_t up, down;          /* messages sent by the child, to it */
    _Atomic uint32_t turn;              /* odd while the child writes its progress */
    ProcProgress progress;
};

/* -- birth ----------------------------------------------------------------- */

/* Of a worker; a signal handler can reach nothing else. */
static volatile sig_atomic_t phase = PROC_IDLE, asked;
static void (*volatile interrupt)(void);

void
proc_end_by_term(void)
{
    sigset_t term;

    fflush(NULL);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    kill(getpid(), SIGTERM);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
}

/* Of its keeper; who sends it here alone tells the keeper, which tells all. */
static void
on_term(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    if (phase == PROC_IDLE) {
        signal(SIGTERM, SIG_DFL);
        raise(SIGTERM);
    } else if (info->si_pid != getppid()) {
        kill(getppid(), SIGTERM);
    } else if (!asked) {
        asked = 1;
        if (phase == PROC_BODY && interrupt)
            interrupt();
    }
}

ProcPhase
proc_enter(ProcPhase now, void (*on_ask)(void))
{
    ProcPhase before = (ProcPhase)phase;

    if (now == PROC_BODY)
        interrupt = on_ask;
    phase = now;
    if (asked && now == PROC_IDLE)
        proc_end_by_term();
    else if (asked && now == PROC_BODY && interrupt)
        interrupt();
    return before;
}

int
proc_is_asked(void)
{
    return asked;
}

/* SIGTERM, and what others mean the same by, unless the caller of rille keeps that away. */
static void
heed_ends(void)
{
    static const int ends[] = {SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_flags = SA_RESTART | SA_SIGINFO}, before;

    action.sa_sigaction = on_term;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(ends[i], &action, NULL);
}

static void
become_child(const Proc *p, const sigset_t *mask)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        close(null);
    }
    if (!p->plain) {
        dup2(p->log, STDOUT_FILENO);
        dup2(p->log, STDERR_FILENO);
        signal(SIGINT, SIG_IGN);
        heed_ends();
    }
    sigprocmask(SIG_SETMASK, mask, NULL);
}

static int
open_log(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);

    /* a file system that has no unnamed files, or gives nothing back of one */
    if (fd < 0 || !capped_log_can_trim(fd)) {
        if (fd >= 0)
            close(fd);
        fd = memfd_create("rille-log", MFD_CLOEXEC);
        if (fd >= 0 && fcntl(fd, F_SETFL, O_APPEND)) {
            close(fd);
            fd = -1;
        }
    }
    return fd;
}

static int
prepare(Proc *p, int pair[2], const char *dir, Err *err)
{
    *p = (Proc){.fd = -1, .log = -1, .pid = -1, .owner = getpid(), .plain = !dir};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return err_set(err, err_code(errno), "a pair of sockets: %s", err_reason(errno));
    if (p->plain)
        return OK;
    p->word = mmap(NULL, sizeof *p->word, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                   -1, 0);
    if (p->word == MAP_FAILED) {
        p->word = NULL;
        err_nomem(err);
    } else if ((p->log = open_log(dir)) < 0) {
        err_set(err, err_code(errno), "%s: %s", dir, err_reason(errno));
    } else {
        return OK;
    }
    close(pair[0]);
    close(pair[1]);
    proc_close(p, NULL);
    return ERR_IO;
}

int
proc_fork(Proc *p, const char *dir, Err *err)
{
    int pair[2], rc = prepare(p, pair, dir, err);
    sigset_t mask;

    if (rc)
        return rc;
    fflush(NULL);               /* or both processes would write what is buffered */
    p->pid = keeper_fork(&mask, err);
    if (p->pid < 0) {
        p->pid = -1;
        close(pair[0]);
        close(pair[1]);
        proc_close(p, NULL);
        return ERR_IO;
    }
    p->fd = pair[p->pid == 0];
    close(pair[p->pid != 0]);
    if (p->pid == 0)
        become_child(p, &mask);
    return OK;
}

/* -- messages ---------------------------------------------------------------- */

/* Whether this process looks after many, and must wait for none. */
static int
is_parent(const Proc *p)
{
    return p->pid != 0 && !p->plain;
}

/* -- watching ----------------------------------------------------------------- */

/* How many messages the other process sent. */
static uint32_t
other_sent(const Proc *p)
{
    return atomic_load_explicit(p->pid ? &p->word->up : &p->word->down, memory_order_acquire);
}

static void
count_sent(Proc *p)
{
    if (p->word)
        atomic_fetch_add_explicit(p->pid ? &p->word->down : &p->word->up, 1,
                                  memory_order_release);
}

static int
any_sent(Proc **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (other_sent(list[i]) != list[i]->heard)
            return 1;
    return 0;
}

static void
relax(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

/* Watches for a message until the deadline; whether one came. */
static int
watch_until(Proc **list, size_t n, double deadline)
{
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (any_sent(list, n))
                return 1;
            relax();
        }
    } while (sys_mono() < deadline);
    return 0;
}

/* Before a wait that began at that time: watches when it is likely to be short. */
static void
watch(Proc **list, size_t n, double began)
{
    Proc *p = n ? list[0] : NULL;

    if (!p || n > WATCHED_MAX || !p->quick)
        return;
    if (p->skip) {
        p->skip--;
    } else if (watch_until(list, n, began + WATCH_SECONDS)) {
        p->fails = 0;
    } else {
        p->fails = p->fails ? p->fails * 2 : 4;
        if (p->fails > SKIP_MAX)
            p->fails = SKIP_MAX;
        p->skip = p->fails;
    }
}

/* After it. */
static void
waited(Proc **list, size_t n, double began)
{
    if (n)
        list[0]->quick = sys_mono() - began < 2 * WATCH_SECONDS;
}

/* Sends what is kept: all of it, or what fits in the parent. */
static int
flush_out(Proc *p, Err *err)
{
    int flags = MSG_NOSIGNAL | (is_parent(p) ? MSG_DONTWAIT : 0);

    while (p->sent < p->out.len) {
        ssize_t put = send(p->fd, p->out.data + p->sent, p->out.len - p->sent, flags);

        if (put > 0)
            p->sent += (size_t)put;
        else if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return OK;
        else if (put < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "channel: %s", err_reason(errno));
    }
    if (p->out.len)
        count_sent(p);
    p->out.len = p->sent = 0;
    return OK;
}

int
proc_send(Proc *p, const void *data, size_t n, int now, Err *err)
{
    unsigned char head[HEAD];

    if (n > PROC_MESSAGE_MAX)
        return err_set(err, ERR_INVAL, "channel: a message of %zu bytes is too long", n);
    for (int i = 0; i < HEAD; i++)
        head[i] = (unsigned char)(n >> (8 * i));
    if (buf_reserve(&p->out, n + HEAD) || buf_put(&p->out, head, HEAD) ||
        buf_put(&p->out, data, n))
        return err_nomem(err);
    return now ? flush_out(p, err) : OK;
}

/* Reads once; 1 when something came, 0 when nothing is there (without waiting). */
static int
fill(Proc *p, int flags, Err *err)
{
    ssize_t got;

    if (p->parsed) {            /* what was handed out makes room */
        memmove(p->in.data, p->in.data + p->parsed, p->in.len - p->parsed);
        p->in.len -= p->parsed;
        p->parsed = 0;
    }
    if (buf_reserve(&p->in, CHUNK))
        return err_nomem(err);
    if (p->word)
        p->heard = other_sent(p);       /* before the read: what comes after is news */
    do
        got = recv(p->fd, p->in.data + p->in.len, p->in.cap - p->in.len, flags);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        p->in.len += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        p->ended = 1;
    return got > 0;
}

/* The same in the child, which waits. */
static int
fill_waiting(Proc *p, Err *err)
{
    double began;
    int rc;

    if (p->plain)
        return fill(p, 0, err);
    began = sys_mono();
    watch(&p, 1, began);
    rc = fill(p, 0, err);
    waited(&p, 1, began);
    return rc;
}

/* Whether a whole message waits; *n is its size. */
static int
next_message(const Proc *p, size_t *n, Err *err)
{
    const unsigned char *head = p->in.data + p->parsed;
    size_t have = p->in.len - p->parsed;

    *n = 0;
    if (have < HEAD)
        return 0;
    for (int i = 0; i < HEAD; i++)
        *n |= (size_t)head[i] << (8 * i);
    if (*n > PROC_MESSAGE_MAX)
        return err_set(err, ERR_CORRUPT, "channel: a message of %zu bytes is too long", *n);
    return have - HEAD >= *n;
}

int
proc_receive(Proc *p, const unsigned char **data, size_t *n, Err *err)
{
    int rc;

    while ((rc = next_message(p, n, err)) == 0) {
        if (p->ended)
            return err_set(err, ERR_NOTFOUND, "channel: the other process has ended");
        if (is_parent(p))
            return 0;
        if ((rc = fill_waiting(p, err)) < 0)
            return rc;
    }
    if (rc < 0)
        return rc;
    *data = p->in.data + p->parsed + HEAD;
    p->parsed += HEAD + *n;
    return 1;
}

/* Reads all that is there. */
static int
drain(Proc *p, Err *err)
{
    int rc;

    while ((rc = fill(p, MSG_DONTWAIT, err)) == 1 && p->in.len == p->in.cap)
        ;
    return rc < 0 ? rc : OK;
}

int
proc_wait(Proc **list, size_t n, double seconds, Err *err)
{
    struct pollfd fds[PROC_WAIT_MAX];
    int rc = OK, got, timeout = seconds < 0 ? 0 : seconds > 3600 ? 3600000 : (int)(seconds * 1e3 + 0.999);
    double began = sys_mono();

    if (n > PROC_WAIT_MAX)
        return err_set(err, ERR_INVAL, "more than %d workers", PROC_WAIT_MAX);
    for (size_t i = 0; i < n; i++) {
        Proc *p = list[i];

        if (p->out.len && flush_out(p, NULL))
            p->out.len = p->sent = 0;           /* its end will be read */
        fds[i] = (struct pollfd){p->ended ? -1 : p->fd,
                                 (short)(POLLIN | (p->out.len ? POLLOUT : 0)), 0};
    }
    if (timeout)
        watch(list, n, began);
    got = poll(fds, n, timeout);
    if (timeout)
        waited(list, n, began);
    if (got < 0)
        return errno == EINTR ? OK : err_set(err, ERR_IO, "poll: %s", err_reason(errno));
    for (size_t i = 0; i < n && rc == OK; i++) {
        if (fds[i].revents & POLLOUT && flush_out(list[i], NULL))
            list[i]->out.len = list[i]->sent = 0;
        if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
            rc = drain(list[i], err);
    }
    return rc;
}

int
proc_ready(Proc *p, double seconds, Err *err)
{
    struct pollfd one = {p->fd, POLLIN, 0};
    int rc;
    size_t n;

    if (p->ended || (rc = next_message(p, &n, err)) > 0)
        return 1;
    if (rc < 0)
        return rc;
    if (p->plain)               /* what it sends comes whole, or its end does */
        return poll(&one, 1, (int)(seconds * 1e3)) > 0;
    if ((rc = proc_wait(&p, 1, seconds, err)))
        return rc;
    return next_message(p, &n, err) ? 1 : p->ended;
}

/* -- the word ---------------------------------------------------------------- */

int
proc_claim(Proc *p, uint64_t number)
{
    uint64_t before = 2 * (number - 1);

    return atomic_compare_exchange_strong(&p->word->at, &before, 2 * number);
}

uint64_t
proc_withdraw(Proc *p)
{
    return atomic_fetch_or(&p->word->at, 1) / 2;
}

void
proc_reopen(Proc *p, uint64_t last)
{
    atomic_store(&p->word->at, 2 * last);
}

uint64_t
proc_at(const Proc *p)
{
    return atomic_load(&p->word->at) / 2;
}

/* -- progress ------------------------------------------------------------------ */

void
proc_tell_progress(const Proc *p, const ProcProgress *progress)
{
    atomic_fetch_add(&p->word->turn, 1);
    p->word->progress = *progress;
    atomic_thread_fence(memory_order_release);
    atomic_fetch_add(&p->word->turn, 1);
}

int
proc_progress(Proc *p, ProcProgress *out)
{
    uint32_t turn = atomic_load(&p->word->turn);

    if (turn == p->seen_progress || turn % 2)
        return 0;
    *out = p->word->progress;
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load(&p->word->turn) != turn)
        return 0;               /* it is being told anew: the next look has that */
    p->seen_progress = turn;
    return 1;
}

/* -- the log ------------------------------------------------------------------ */

uint64_t
proc_log_size(const Proc *p)
{
    struct stat st;

    return fstat(p->log, &st) || st.st_size < 0 ? 0 : (uint64_t)st.st_size;
}

int
proc_log(const Proc *p, uint64_t from, size_t max, Buf *out, uint64_t *at, Err *err)
{
    uint64_t size = proc_log_size(p);

    *at = size > from + max ? size - max : from;
    if (capped_log_part(p->log, *at, size, out))
        return err_nomem(err);
    return OK;
}

int
proc_log_text(const Proc *p, Buf *out, LogGap *gap, Err *err)
{
    return capped_log_read(p->log, out, gap) ? err_nomem(err) : OK;
}

void
proc_log_clear(const Proc *p)
{
    if (ftruncate(p->log, 0))
        return;                 /* it then holds more than it should: harmless */
}

/* -- the end ------------------------------------------------------------------ */

static int
is_mine(const Proc *p)
{
    return p->pid > 0 && p->owner == getpid();
}

void
proc_end(const Proc *p, ProcEnd how)
{
    static const int signals[] = {
        [PROC_ASK] = SIGTERM, [PROC_CUT] = SIGUSR2, [PROC_KILL] = SIGHUP,
        [PROC_INT] = SIGINT,  [PROC_TERM] = SIGUSR1};

    if (!is_mine(p))
        return;
    kill(p->pid, signals[how]);
    kill(p->pid, SIGCONT);      /* a step may have stopped its whole group, the keeper too */
}

int
proc_has_ended(const Proc *p)
{
    siginfo_t info = {0};

    if (!is_mine(p))
        return p->pid < 0;
    return waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

int
proc_reap(Proc *p, int wait, int *status)
{
    siginfo_t info = {0};
    int ignored, rc;
    pid_t got;

    if (!is_mine(p))
        return 0;
    do
        rc = waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG));
    while (rc < 0 && errno == EINTR);
    if (rc == 0 && info.si_pid == 0)
        return 0;
    /* a keeper that was killed has left its group; its number is free only after this */
    kill(-p->pid, SIGKILL);
    do
        got = waitpid(p->pid, status ? status : &ignored, 0);
    while (got < 0 && errno == EINTR);
    p->pid = -1;
    return got > 0;
}

void
proc_close(Proc *p, int *status)
{
    if (p->fd >= 0)
        close(p->fd);
    if (p->log >= 0)
        close(p->log);
    p->fd = p->log = -1;
    if (p->word)
        munmap(p->word, sizeof *p->word);
    p->word = NULL;
    buf_release(&p->in);
    buf_release(&p->out);
    buf_release(&p->packed);
    proc_reap(p, 1, status);
}

/* Bytes of data that this process has: what RLIMIT_DATA counts. */
static uint64_t
data_bytes(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f) {
        if (fscanf(f, "%*s %*s %*s %*s %*s %llu", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int
proc_limit_memory(uint64_t bytes, Err *err)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_DATA, &limit))
        return err_set(err, ERR_IO, "getrlimit: %s", err_reason(errno));
    limit.rlim_cur = limit.rlim_max;
    if (bytes && bytes + data_bytes() < limit.rlim_max)
        limit.rlim_cur = bytes + data_bytes();
    if (setrlimit(RLIMIT_DATA, &limit))
        return err_set(err, ERR_IO, "setrlimit: %s", err_reason(errno));
    return OK;
}

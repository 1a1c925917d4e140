/* worker_process.c -- see worker_process.h */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/capped_log.h"
#include "os/supervisor.h"
#include "os/sys.h"
#include "os/worker_process.h"

/* -- SIGTERM in a worker ------------------------------------------------------- */

/* Of this process when it is a worker; a signal handler can reach nothing else. */
static volatile sig_atomic_t phase = WORKER_IDLE, terminated;
static void (*volatile interrupt)(void);

void
worker_exit_by_term(void)
{
    sigset_t term;

    fflush(NULL);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    kill(getpid(), SIGTERM);
    sigprocmask(SIG_UNBLOCK, &term, NULL);
}

/* A signal that does not come from the supervisor is passed on to it: the supervisor sends
 * it to all that this worker started. */
static void
on_term(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    if (phase == WORKER_IDLE) {
        signal(SIGTERM, SIG_DFL);
        raise(SIGTERM);
    } else if (info->si_pid != getppid()) {
        kill(getppid(), SIGTERM);
    } else if (!terminated) {
        terminated = 1;
        if (phase == WORKER_BODY && interrupt)
            interrupt();
    }
}

WorkerPhase
worker_enter_phase(WorkerPhase now, void (*on_terminate)(void))
{
    WorkerPhase before = (WorkerPhase)phase;

    if (now == WORKER_BODY)
        interrupt = on_terminate;
    phase = now;
    if (terminated && now == WORKER_IDLE)
        worker_exit_by_term();
    else if (terminated && now == WORKER_BODY && interrupt)
        interrupt();
    return before;
}

int
worker_was_terminated(void)
{
    return terminated;
}

/* SIGTERM and the signals that mean the same, unless rille's caller ignores them. */
static void
catch_termination(void)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_flags = SA_RESTART | SA_SIGINFO}, before;

    action.sa_sigaction = on_term;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

/* -- the fork ------------------------------------------------------------------- */

static void
become_child(const Worker *w, const sigset_t *mask)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        close(null);
    }
    if (!w->channel.plain) {
        dup2(w->log, STDOUT_FILENO);
        dup2(w->log, STDERR_FILENO);
        signal(SIGINT, SIG_IGN);
        catch_termination();
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

int
worker_fork(Worker *w, const char *dir, Err *err)
{
    sigset_t mask;
    int rc;

    *w = (Worker){.log = -1, .pid = -1, .owner = getpid()};
    if ((rc = channel_open(&w->channel, !dir, err)))
        return rc;
    if (dir && (w->log = open_log(dir)) < 0) {
        rc = err_set(err, err_code(errno), "%s: %s", dir, err_reason(errno));
        worker_close(w, NULL);
        return rc;
    }
    fflush(NULL);               /* or both processes would write what is buffered */
    w->pid = supervisor_fork(&mask, err);
    if (w->pid < 0) {
        w->pid = -1;
        worker_close(w, NULL);
        return ERR_IO;
    }
    channel_forked(&w->channel, w->pid == 0);
    if (w->pid == 0)
        become_child(w, &mask);
    return OK;
}

/* -- the log ------------------------------------------------------------------ */

uint64_t
worker_log_size(const Worker *w)
{
    struct stat st;

    return fstat(w->log, &st) || st.st_size < 0 ? 0 : (uint64_t)st.st_size;
}

int
worker_log(const Worker *w, uint64_t from, size_t max, Buf *out, uint64_t *at, Err *err)
{
    uint64_t size = worker_log_size(w);

    *at = size > from + max ? size - max : from;
    if (capped_log_part(w->log, *at, size, out))
        return err_nomem(err);
    return OK;
}

int
worker_log_text(const Worker *w, Buf *out, LogGap *gap, Err *err)
{
    return capped_log_read(w->log, out, gap) ? err_nomem(err) : OK;
}

void
worker_log_clear(const Worker *w)
{
    if (ftruncate(w->log, 0))
        return;                 /* it then holds more than it should: harmless */
}

/* -- the end ------------------------------------------------------------------ */

static int
is_mine(const Worker *w)
{
    return w->pid > 0 && w->owner == getpid();
}

void
worker_signal(const Worker *w, WorkerSignal signal)
{
    static const int numbers[] = {
        [WORKER_TERMINATE] = SIGTERM, [WORKER_KILL_CHILD_LAST] = SIGUSR2, [WORKER_KILL] = SIGHUP,
        [WORKER_PASS_INT] = SIGINT,   [WORKER_PASS_TERM] = SIGUSR1};

    if (!is_mine(w))
        return;
    if (w->program) {
        kill(w->pid, SIGKILL);
        return;
    }
    kill(w->pid, numbers[signal]);
    /* a step may have stopped its whole group, the supervisor too */
    kill(w->pid, SIGCONT);
}

int
worker_has_ended(const Worker *w)
{
    siginfo_t info = {0};

    if (!is_mine(w))
        return w->pid < 0;
    return waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

int
worker_reap(Worker *w, int wait, int *status)
{
    siginfo_t info = {0};
    int ignored, rc;
    pid_t got;

    if (!is_mine(w))
        return 0;
    do
        rc = waitid(P_PID, (id_t)w->pid, &info, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG));
    while (rc < 0 && errno == EINTR);
    if (rc == 0 && info.si_pid == 0)
        return 0;
    /* a supervisor that was killed has left its group; its number is free only after this */
    kill(-w->pid, SIGKILL);
    do
        got = waitpid(w->pid, status ? status : &ignored, 0);
    while (got < 0 && errno == EINTR);
    w->pid = -1;
    return got > 0;
}

static const double PATIENCE = 1;       /* seconds in which a program ends by itself */

/* A program whose channel is closed ends by itself, or is killed.  It is not reaped here. */
static void
await_program(const Worker *w)
{
    static const struct timespec moment = {0, 1000000};
    double until = sys_mono() + PATIENCE;

    while (!worker_has_ended(w) && sys_mono() < until)
        nanosleep(&moment, NULL);
    worker_signal(w, WORKER_KILL);
}

void
worker_close(Worker *w, int *status)
{
    channel_close(&w->channel);
    if (w->log >= 0)
        close(w->log);
    w->log = -1;
    if (w->program)
        await_program(w);
    worker_reap(w, 1, status);
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
worker_limit_memory(uint64_t bytes, Err *err)
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

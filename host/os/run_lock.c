/* run_lock.c -- see run_lock.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/run_lock.h"
#include "os/sys.h"

enum { LINE = 64 };

static uint64_t
pid_namespace(void)
{
    struct stat st;

    return stat("/proc/self/ns/pid", &st) ? 0 : (uint64_t)st.st_ino;
}

/* A line of fixed length: a reader never sees the rest of a longer one. */
static void
put_line(int fd, int line, uint64_t a, uint64_t b)
{
    char text[LINE + 1];
    int n = snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64, a, b);

    memset(text + n, ' ', (size_t)(LINE - n));
    text[LINE - 1] = '\n';
    if (pwrite(fd, text, LINE, (off_t)line * LINE) < 0)
        return;                 /* the lock counts, not what is in it */
}

void
run_lock_sign(int fd)
{
    put_line(fd, 0, (uint64_t)getpid(), pid_namespace());
}

void
run_lock_progress(int fd, int64_t done, int64_t total)
{
    put_line(fd, 1, (uint64_t)done, (uint64_t)total);
}

static int
is_held(int fd, Err *err)
{
    int rc = sys_lock(fd, 0, err);

    return rc == ERR_BUSY ? 1 : rc;
}

/* Its descriptor, or ERR_NOTFOUND or another error. */
static int
open_lock(const char *path, Err *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        return fd;
    return err_set(err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path, err_reason(errno));
}

int
run_lock_is_held(const char *path, Err *err)
{
    int fd = open_lock(path, err), held;

    if (fd < 0)
        return fd == ERR_NOTFOUND ? 0 : fd;
    held = is_held(fd, err);
    close(fd);
    return held;
}

int
run_lock_remove(const char *path, Err *err)
{
    int fd = open_lock(path, err), held;

    if (fd < 0)
        return fd == ERR_NOTFOUND ? OK : fd;
    held = is_held(fd, err);
    if (held == 0 && unlink(path) && errno != ENOENT)
        held = err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
    close(fd);
    return held < 0 ? held : OK;
}

static int
read_owner(int fd, const char *path, pid_t *pid, Err *err)
{
    char text[LINE + 1];
    ssize_t n = pread(fd, text, LINE, 0);
    uint64_t number, space;

    text[n > 0 ? n : 0] = '\0';
    if (sscanf(text, "%" SCNu64 " %" SCNu64, &number, &space) != 2 || number < 2
        || number > INT32_MAX)
        return err_set(err, ERR_CORRUPT, "%s: names no process", path);
    if (space != pid_namespace())
        return err_set(err, ERR_INVAL,
                       "the run's process is in another container (there its number is %" PRIu64
                       "); stop it from there", number);
    *pid = (pid_t)number;
    return OK;
}

/* The signal of Ctrl-C, with a value for how often Ctrl-C would be pressed
 * (program_signals.h). */
static int
send_stop(int process, int now)
{
    siginfo_t info = {0};

    info.si_signo = SIGINT;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = now ? 2 : 1;
    return (int)syscall(SYS_pidfd_send_signal, process, SIGINT, &info, 0);
}

/* The order matters: a lock that is held after the process was opened says that
 * this process is the one that signed, for the owner lives and its number is its own. */
static int
fail_process(pid_t pid, Err *err)
{
    return err_set(err, errno == ESRCH ? ERR_NOTFOUND : ERR_IO, "process %d: %s", (int)pid,
                   err_reason(errno));
}

static int
stop_owner(int fd, const char *path, int now, Err *err)
{
    pid_t pid = 0;
    int process, rc = read_owner(fd, path, &pid, err);

    if (rc)
        return rc;
    process = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process < 0)
        return fail_process(pid, err);
    rc = is_held(fd, err);
    if (rc == 1 && send_stop(process, now) == 0)
        rc = OK;
    else if (rc == 1)
        rc = fail_process(pid, err);
    else if (rc == OK)
        rc = err_set(err, ERR_NOTFOUND, "%s: not locked", path);
    close(process);
    return rc;
}

int
run_lock_stop(const char *path, int now, Err *err)
{
    int fd = open_lock(path, err), rc;

    if (fd < 0)
        return fd;
    rc = is_held(fd, err);
    if (rc == 1)
        rc = stop_owner(fd, path, now, err);
    else if (rc == OK)
        rc = err_set(err, ERR_NOTFOUND, "%s: not locked", path);
    close(fd);
    return rc;
}

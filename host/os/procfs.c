/* procfs.c -- see procfs.h */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/procfs.h"

/* ") S PARENT GROUP ..." up to what counts from the 22nd word on of the line. */
enum { STATE = 2, PARENT = 4, STARTED_AFTER = 20 };

/* The number behind so many blanks. */
static unsigned long long
number_at(const char *p, int blanks)
{
    unsigned long long n = 0;

    while (blanks && *p)
        blanks -= *p++ == ' ';
    for (; isdigit((unsigned char)*p); p++)
        n = n * 10 + (unsigned long long)(*p - '0');
    return n;
}

int
procfs_read(const char *pid, Process *one)
{
    char path[64] = "/proc/", text[1024];
    const char *name, *after;
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
    name = strchr(text, '(');
    after = strrchr(text, ')');         /* the name may hold anything */
    if (!name || !after || strlen(after) < 5)
        return 0;
    *one = (Process){.pid = (pid_t)number_at(pid, 0), .state = after[STATE],
                  .parent = (pid_t)number_at(after, 2), .group = (pid_t)number_at(after, 3),
                  .started = number_at(after, STARTED_AFTER)};
    one->supervisor = (size_t)(after - name - 1) == sizeof PROCFS_SUPERVISOR - 1
                  && memcmp(name + 1, PROCFS_SUPERVISOR, sizeof PROCFS_SUPERVISOR - 1) == 0;
    return 1;
}

Process *
procfs_all(size_t *n)
{
    DIR *dir = opendir("/proc");
    Process *list = NULL, *more;
    size_t cap = 0;
    struct dirent *e;

    *n = 0;
    while (dir && (e = readdir(dir))) {
        Process one;

        if (!isdigit((unsigned char)e->d_name[0]) || !procfs_read(e->d_name, &one))
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

size_t
procfs_list(Process *list, size_t cap)
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

            n += isdigit((unsigned char)e->name[0]) && procfs_read(e->name, &list[n]);
            at += e->size;
        }
    if (fd >= 0)
        close(fd);
    return n;
}

static int
leads_below(const Process *list, size_t n, pid_t pid, int through)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].pid == pid)
            return list[i].below && (through || !list[i].supervisor);
    return 0;
}

void
procfs_mark_below(Process *list, size_t n, pid_t top, int through)
{
    int found;

    do {                        /* a parent may come after its child in the list */
        found = 0;
        for (size_t i = 0; i < n; i++)
            if (!list[i].below
                && (list[i].parent == top || leads_below(list, n, list[i].parent, through)))
                found = list[i].below = 1;
    } while (found);
}

size_t
procfs_words(pid_t pid, char *text, size_t size)
{
    char path[64];
    ssize_t n = -1;
    int fd;

    snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, text, size);
        close(fd);
    }
    while (n > 0 && text[n - 1] == '\0')
        n--;
    if (n <= 0)
        return 0;
    for (ssize_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ')
            text[i] = ' ';
    if ((size_t)n == size)
        memcpy(text + size - 3, "...", 3);
    return (size_t)n;
}

double
procfs_started(const Process *one)
{
    struct timespec wall, up;

    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_BOOTTIME, &up);
    return (double)(wall.tv_sec - up.tv_sec) + (double)(wall.tv_nsec - up.tv_nsec) * 1e-9
           + (double)one->started / (double)sysconf(_SC_CLK_TCK);
}

unsigned long long
procfs_ticks(pid_t pid)
{
    char digits[24];
    Process one;

    snprintf(digits, sizeof digits, "%lld", (long long)pid);
    return procfs_read(digits, &one) && one.state != 'Z' && one.state != 'X' ? one.started : 0;
}

/* A pidfd is of one process: what is seen of it after it was opened is not of another. */
static int
send(pid_t pid, int fd, int signal)
{
#if defined SYS_pidfd_send_signal
    if (fd >= 0)
        return (int)syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
#endif
    (void)fd;
    return kill(pid, signal);
}

int
procfs_signal(pid_t pid, unsigned long long started, int signal, Err *err)
{
    int fd = -1, rc = OK;

    if (pid <= 1)
        return err_set(err, ERR_NOTFOUND, "process %lld: not one to signal", (long long)pid);
#ifdef SYS_pidfd_open
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
#endif
    if (started && procfs_ticks(pid) != started)
        rc = err_set(err, ERR_NOTFOUND, "process %lld: it has ended", (long long)pid);
    else if (send(pid, fd, signal))
        rc = err_set(err, errno == ESRCH ? ERR_NOTFOUND : ERR_IO, "process %lld: %s",
                     (long long)pid, err_reason(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

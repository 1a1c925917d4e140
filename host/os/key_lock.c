/* key_lock.c -- see key_lock.h */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/key_lock.h"
#include "os/sys.h"

enum { COUNTERS = 4096 };

typedef struct Counters {
    _Atomic uint64_t landings, rings;
} Counters;

struct Flight {
    int fd;
    Counters *counters;
};

static int
fail(const char *path, Err *err)
{
    return err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
}

static int
open_file(const char *dir, char path[PATH_MAX], int *fd, Err *err)
{
    int rc;

    if (snprintf(path, PATH_MAX, "%s/runs", dir) >= PATH_MAX - 16)
        return err_set(err, ERR_INVAL, "%s: the path is too long", dir);
    if ((rc = sys_mkdirs(path, err)))
        return rc;
    strcat(path, "/flight");
    *fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    return *fd < 0 ? fail(path, err) : OK;
}

int
flight_open(Flight **out, const char *dir, Err *err)
{
    char path[PATH_MAX];
    Flight *f = malloc(sizeof *f);
    void *p;
    int rc;

    *out = NULL;
    if (!f)
        return err_nomem(err);
    if ((rc = open_file(dir, path, &f->fd, err))) {
        free(f);
        return rc;
    }
    /* growing it to a size that it has is no change: no two processes can clash */
    p = ftruncate(f->fd, COUNTERS) ? MAP_FAILED
                                   : mmap(NULL, COUNTERS, PROT_READ | PROT_WRITE, MAP_SHARED,
                                          f->fd, 0);
    if (p == MAP_FAILED) {
        rc = fail(path, err);
        close(f->fd);
        free(f);
        return rc;
    }
    f->counters = p;
    *out = f;
    return OK;
}

void
flight_close(Flight *f)
{
    if (!f)
        return;
    munmap(f->counters, COUNTERS);
    close(f->fd);
    free(f);
}

/* The byte that stands for the key. */
static struct flock
byte_of(const unsigned char *key, short type)
{
    struct flock lock = {0};
    uint64_t at = 0;

    for (int i = 0; i < 8; i++)
        at = at << 8 | key[i];
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = COUNTERS + (off_t)(at >> 2);
    lock.l_len = 1;
    return lock;
}

int
flight_take(Flight *f, const unsigned char *key, int64_t *pid, Err *err)
{
    struct flock lock = byte_of(key, F_WRLCK);

    *pid = 0;
    if (fcntl(f->fd, F_SETLK, &lock) == 0)
        return 1;
    if (errno != EAGAIN && errno != EACCES)
        return fail("the lock of a step's key", err);
    if (fcntl(f->fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        *pid = lock.l_pid;
    return 0;
}

int
flight_drop(Flight *f, const unsigned char *key, Err *err)
{
    struct flock lock = byte_of(key, F_UNLCK);

    return fcntl(f->fd, F_SETLK, &lock) ? fail("the lock of a step's key", err) : OK;
}

uint64_t
flight_landings(const Flight *f)
{
    return atomic_load(&f->counters->landings);
}

void
flight_landed(Flight *f)
{
    atomic_fetch_add(&f->counters->landings, 1);
}

uint64_t
flight_rings(const Flight *f)
{
    return atomic_load(&f->counters->rings);
}

void
flight_ring(Flight *f)
{
    atomic_fetch_add(&f->counters->rings, 1);
}

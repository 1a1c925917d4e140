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
    _Atomic uint64_t commits, requests;
} Counters;

struct KeyLock {
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
key_lock_open(KeyLock **out, const char *dir, Err *err)
{
    char path[PATH_MAX];
    KeyLock *lock = malloc(sizeof *lock);
    void *p;
    int rc;

    *out = NULL;
    if (!lock)
        return err_nomem(err);
    if ((rc = open_file(dir, path, &lock->fd, err))) {
        free(lock);
        return rc;
    }
    /* to a size that it has already this is no change, so two processes cannot clash */
    p = ftruncate(lock->fd, COUNTERS) ? MAP_FAILED
                                   : mmap(NULL, COUNTERS, PROT_READ | PROT_WRITE, MAP_SHARED,
                                          lock->fd, 0);
    if (p == MAP_FAILED) {
        rc = fail(path, err);
        close(lock->fd);
        free(lock);
        return rc;
    }
    lock->counters = p;
    *out = lock;
    return OK;
}

void
key_lock_close(KeyLock *lock)
{
    if (!lock)
        return;
    munmap(lock->counters, COUNTERS);
    close(lock->fd);
    free(lock);
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
key_lock_acquire(KeyLock *lock, const unsigned char *key, int64_t *pid, Err *err)
{
    struct flock range = byte_of(key, F_WRLCK);

    *pid = 0;
    if (fcntl(lock->fd, F_SETLK, &range) == 0)
        return 1;
    if (errno != EAGAIN && errno != EACCES)
        return fail("the lock of a step's key", err);
    if (fcntl(lock->fd, F_GETLK, &range) == 0 && range.l_type != F_UNLCK)
        *pid = range.l_pid;
    return 0;
}

int
key_lock_release(KeyLock *lock, const unsigned char *key, Err *err)
{
    struct flock range = byte_of(key, F_UNLCK);

    return fcntl(lock->fd, F_SETLK, &range) ? fail("the lock of a step's key", err) : OK;
}

uint64_t
key_lock_commits(const KeyLock *lock)
{
    return atomic_load(&lock->counters->commits);
}

void
key_lock_committed(KeyLock *lock)
{
    atomic_fetch_add(&lock->counters->commits, 1);
}

uint64_t
key_lock_requests(const KeyLock *lock)
{
    return atomic_load(&lock->counters->requests);
}

void
key_lock_request(KeyLock *lock)
{
    atomic_fetch_add(&lock->counters->requests, 1);
}

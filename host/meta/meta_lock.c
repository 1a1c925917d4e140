/* meta_lock.c -- the runs that this process has begun, and their locks: DIR/runs/ID.lock
 * (os/run_lock.h); see meta_core.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "meta/meta_core.h"
#include "os/run_lock.h"
#include "os/sys.h"

int
meta_is_id(Slice id)
{
    if (!id.data || id.len != META_ID)
        return 0;
    for (size_t i = 0; i < id.len; i++)
        if (!memchr("0123456789abcdef", id.data[i], 16))
            return 0;
    return 1;
}

void
meta_lock_path(const Meta *m, const char *id, char path[PATH_MAX])
{
    /* db_open refused longer folders */
    snprintf(path, PATH_MAX, "%.*s/runs/%.*s.lock", PATH_MAX - 64, db_dir(m->db), META_ID,
             id);
}

OwnRun *
meta_lock_of(Meta *m, int64_t row)
{
    OwnRun *own = (OwnRun *)(void *)m->own_runs.data;

    for (size_t i = 0; i < m->own_runs.len / sizeof *own; i++)
        if (own[i].row == row)
            return &own[i];
    return NULL;
}

void
meta_lock_drop(Meta *m, OwnRun *own)
{
    OwnRun *last = (OwnRun *)(void *)(m->own_runs.data + m->own_runs.len) - 1;
    char path[PATH_MAX];

    meta_lock_path(m, own->id, path);
    unlink(path);
    close(own->fd);
    *own = *last;
    m->own_runs.len -= sizeof *own;
}

/* The file of a lock, new; in *fd. */
static int
make_lock(const Meta *m, const char *path, int *fd, Err *err)
{
    char folder[PATH_MAX];
    int rc;

    *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (*fd < 0 && errno == ENOENT) {
        snprintf(folder, sizeof folder, "%s/runs", db_dir(m->db));
        if ((rc = sys_mkdirs(folder, err)))
            return rc;
        *fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    }
    if (*fd < 0)
        return err_set(err, errno == EEXIST ? ERR_EXISTS : ERR_IO, "%s: %s", path,
                       err_reason(errno));
    return OK;
}

/* The same, taken.  Until it is taken it looks like that of a dead run: a process that
 * closes dead runs may hold it for a moment and remove it, so that it is made again. */
static int
take_new_lock(const Meta *m, const char *path, int *fd, Err *err)
{
    struct stat st;
    int rc;

    for (;;) {
        if ((rc = make_lock(m, path, fd, err)))
            return rc;
        rc = sys_lock(*fd, 1, err);
        if (rc == OK && fstat(*fd, &st))
            rc = err_set(err, ERR_IO, "%s: %s", path, err_reason(errno));
        if (rc)
            unlink(path);
        else if (st.st_nlink)
            return OK;
        close(*fd);
        if (rc)
            return rc;
    }
}

int
meta_lock_take(Meta *m, Slice id, Err *err)
{
    char path[PATH_MAX];
    OwnRun own = {0};
    int rc;

    memcpy(own.id, id.data, META_ID);
    meta_lock_path(m, own.id, path);
    if ((rc = take_new_lock(m, path, &own.fd, err)))
        return rc;
    if (buf_put(&m->own_runs, &own, sizeof own))
        rc = err_nomem(err);
    if (rc) {
        unlink(path);
        close(own.fd);
    } else {
        run_lock_sign(own.fd);
    }
    return rc;
}

void
meta_progress(Meta *m, int64_t run, int64_t done, int64_t total)
{
    OwnRun *own = meta_lock_of(m, run);

    if (own)
        run_lock_progress(own->fd, done, total);
}

int
meta_lock_is_dead(const char *path, int *fd)
{
    *fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        return errno == ENOENT;
    if (sys_lock(*fd, 0, NULL) == OK)
        return 1;
    close(*fd);
    *fd = -1;
    return 0;
}

void
meta_abandon(Meta *m)
{
    const OwnRun *own = (OwnRun *)(void *)m->own_runs.data;

    for (size_t i = 0; i < m->own_runs.len / sizeof *own; i++)
        close(own[i].fd);
    m->own_runs.len = 0;
}

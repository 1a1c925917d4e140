/* store_folder.c -- see store.h: the folders of a store. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/store_core.h"

int
store_fail(const char *path, Err *err)
{
    return err_set(err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
                   err_reason(errno));
}

void
store_folder(const Store *s, const char *name, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%.*s/%s", STORE_FILE_DIR_MAX, s->dir, name);
}

/* A new folder is on disk only when the folder that holds it is synced: s->unsynced
 * remembers the topmost of those. */
int
store_make_folders(Store *s, const char *path, Err *err)
{
    size_t n = strlen(path), holder = 1;
    char part[PATH_MAX];

    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (s->ops->mkdir(part, 0777) == 0) {
            if (holder < s->unsynced)
                s->unsynced = holder;
            memset(s->durable_folder, 0, sizeof s->durable_folder);
        } else if (errno != EEXIST) {
            return store_fail(part, err);
        }
        holder = i;
    }
    return OK;
}

/* After a fork: the parent syncs what is pending.  The child opens a descriptor of its own
 * for syncfs, since the kernel reports an error only once per open file. */
static void
leave_parent(Store *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->pending[i].fd >= 0)
            s->ops->close(s->pending[i].fd);
    s->n = s->n_open = 0;
    if (s->root >= 0)
        s->ops->close(s->root);
    s->root = -1;
    for (size_t i = 0; i < SEEN_SLOTS; i++)
        if (s->seen[i].state == SEEN_PUT)
            s->seen[i].state = SEEN_READ;
    s->pid = getpid();
}

/* Opens objects/ before anything is written, so that a syncfs through it reports every write
 * error since. */
int
store_prepare(Store *s, Err *err)
{
    char path[PATH_MAX];
    int rc;

    if (s->closed)
        return err_set(err, ERR_INVAL, "%s: the store is closed", s->dir);
    if (s->pid != getpid())
        leave_parent(s);
    store_folder(s, "objects", path);
    for (int i = 0; s->root < 0; i++) {
        s->root = s->ops->open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        if (s->root < 0 && (i || errno != ENOENT))
            return store_fail(path, err);
        if (s->root < 0 && (rc = store_make_folders(s, path, err)))
            return rc;
    }
    return OK;
}

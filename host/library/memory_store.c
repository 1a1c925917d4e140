/* memory_store.c -- see memory_store.h */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "library/memory_store.h"
#include "os/sys.h"

static const char SHARED[] = "/dev/shm", PREFIX[] = "rille-memory-";

enum { TMPFS = 0x01021994, TRIES = 8 };
static const unsigned long long ROOM = 256ull << 20;    /* bytes that a tmpfs has to have */

static const char *
temporary(void)
{
    const char *named = getenv("TMPDIR");

    return named && named[0] == '/' ? named : "/tmp";
}

/* Is /dev/shm in memory, with room? */
static int
has_shared(void)
{
    struct statfs fs;

    return statfs(SHARED, &fs) == 0 && fs.f_type == TMPFS
        && (unsigned long long)fs.f_bavail * (unsigned long long)fs.f_bsize >= ROOM;
}

/* A copy of "FIRST/SECOND THIRD" without the space, or NULL. */
static char *
joined(const char *first, const char *second, const char *third)
{
    size_t n = strlen(first) + strlen(second) + strlen(third) + 2;
    char *out = malloc(n);

    if (out)
        snprintf(out, n, "%s/%s%s", first, second, third);
    return out;
}

/* ---- what killed processes left ---- */

/* Removes the folder, if it is this user's and its owner is dead. */
static void
remove_dead(const char *path)
{
    struct stat st;
    int fd;

    if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()
        || sys_lock_folder(path, &fd, NULL))
        return;
    sys_remove(path, NULL);             /* what cannot be removed is tried by the next engine */
    close(fd);
}

static void
remove_all_dead(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *one;

    while (dir && (one = readdir(dir))) {
        char *path = NULL;

        if (strncmp(one->d_name, PREFIX, sizeof PREFIX - 1) == 0)
            path = joined(folder, one->d_name, "");
        if (path)
            remove_dead(path);
        free(path);
    }
    if (dir)
        closedir(dir);
}

/* ---- a new one ---- */

/* Makes and locks one; ERR_BUSY or ERR_NOTFOUND when another process took it for a dead one
 * before it was locked. */
static int
make(MemoryStore *m, const char *folder, Err *err)
{
    int rc;

    m->folder = joined(folder, PREFIX, "XXXXXX");
    m->store = m->folder ? joined(folder, PREFIX, "XXXXXX/.rille") : NULL;
    if (!m->store)
        return err_nomem(err);
    if (!mkdtemp(m->folder))
        return err_set(err, err_code(errno), "%s: no folder for a store in memory can be made: %s",
                       folder, err_reason(errno));
    memcpy(m->store, m->folder, strlen(m->folder));
    rc = sys_lock_folder(m->folder, &m->lock, err);
    if (rc)
        rmdir(m->folder);
    return rc;
}

static void
forget(MemoryStore *m)
{
    free(m->folder);
    free(m->store);
    *m = (MemoryStore){NULL, NULL, -1};
}

static int
make_in(MemoryStore *m, const char *folder, Err *err)
{
    int rc = ERR_BUSY;

    for (int i = 0; i < TRIES && (rc == ERR_BUSY || rc == ERR_NOTFOUND); i++) {
        rc = make(m, folder, err);
        if (rc)
            forget(m);
    }
    return rc;
}

int
memory_store_init(MemoryStore *m, Err *err)
{
    *m = (MemoryStore){NULL, NULL, -1};
    remove_all_dead(SHARED);
    remove_all_dead(temporary());
    if (has_shared() && make_in(m, SHARED, err) == OK)
        return OK;
    return make_in(m, temporary(), err);
}

void
memory_store_release(MemoryStore *m)
{
    if (!m->folder)
        return;
    sys_remove(m->folder, NULL);        /* the lock goes: the next engine removes what is left */
    close(m->lock);
    forget(m);
}

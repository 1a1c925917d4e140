/* store_fixture.h -- what the tests of the store share: folders, contents, a disk that
 * fails, and what is left in a folder. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "os/sys.h"
#include "store/store.h"

static char base[64], dir[96];
static int folders;

static inline void
fresh_dir(void)
{
    snprintf(dir, sizeof dir, "%s/%d/store", base, folders++);
}

static inline Store *
opened(void)
{
    Store *s = NULL;
    Err err;

    if (store_open(&s, dir, &err)) {
        printf("%s\n", err.msg);
        exit(2);
    }
    return s;
}

static uint64_t seed = 42;

static inline uint64_t
next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

enum { NOISE, TEXT };

/* n bytes, new ones at each call; TEXT shrinks well, NOISE not at all. */
static inline unsigned char *
content(size_t n, int kind)
{
    unsigned char *p = malloc(n + 1);
    uint64_t mark = next();

    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(kind == NOISE ? next() >> 32
                               : i < 8       ? mark >> (8 * i)
                                             : "name,value\n"[i % 11] + (i / 5000) % 7);
    return p;
}

static inline size_t
count_tmp(void)
{
    char path[128];
    struct dirent *e;
    size_t n = 0;
    DIR *d;

    snprintf(path, sizeof path, "%s/tmp", dir);
    d = opendir(path);
    while (d && (e = readdir(d)))
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

static inline int
same(Store *s, const unsigned char *digest, const void *p, size_t n)
{
    Blob *b;
    int ok;

    if (store_get(s, digest, n, &b, NULL))
        return 0;
    ok = packed_bytes_size(b) == n && memcmp(packed_bytes_data(b), p, n) == 0;
    packed_bytes_free(b);
    return ok;
}

/* The file of the object, and its form. */
static inline int
file_of(const unsigned char *digest, char path[PATH_MAX])
{
    for (int form = 0; form < FORMS; form++) {
        object_file_path(dir, digest, form, path);
        if (access(path, F_OK) == 0)
            return form;
    }
    return -1;
}

static inline void
rewrite(const char *path, const void *p, size_t n)
{
    int fd;

    chmod(path, 0644);
    fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0644);
    if (fd < 0 || sys_write(fd, p, n, path, NULL))
        printf("%s: %s\n", path, strerror(errno));
    close(fd);
    chmod(path, 0444);
}

static inline Buf
slurp(const char *path)
{
    Buf b;

    buf_init(&b);
    sys_read_file(path, &b, NULL);
    return b;
}

/* Adds how many objects there are, raw and compressed, and the bytes of their files. */
static inline int
count_objects(Store *s, size_t n[3], Err *err)
{
    StoreEntry e;
    StoreWalk *walk;
    int rc = store_walk_open(s, &walk, err);

    while (rc == OK && (rc = store_walk_next(walk, &e, err)) == 1) {
        n[e.form]++;
        n[2] += e.stored;
        rc = OK;
    }
    store_walk_close(walk);
    return rc;
}

static inline int
reap(void)
{
    int bad = 0, status;

    while (wait(&status) > 0)
        bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return bad;
}

#endif

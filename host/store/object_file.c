/* object_file.c -- see object_file.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lz4_frame.h"
#include "store/object_file.h"

enum { WINDOW = 256 * 1024 };       /* bytes that are read, and hashed, at a time */

/* A file being read: where its plain bytes go and what they are so far. */
typedef struct Scan {
    const StoreFile *f;
    int fd;
    unsigned char *to;              /* or NULL */
    unsigned char *window;          /* WINDOW bytes for the file ... */
    unsigned char *plain;           /* ... and as many for what a frame gives */
    uint64_t got;                   /* plain bytes so far */
    Hash hash;
} Scan;

static int
plain_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags, mode);
}

static int
rename_without_replacing(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

static int64_t
nanoseconds(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

/* For errno after a failed read. */
static int
unreadable(const StoreFile *f, Err *err)
{
    if (errno == EIO)
        return object_file_damaged(f, err_reason(EIO), err);
    return err_set(err, ERR_IO, "%s: %s", f->path, err_reason(errno));
}

/* Up to n bytes; *got is 0 only at the end of the file. */
static int
read_some(const Scan *s, void *p, size_t n, size_t *got, Err *err)
{
    ssize_t r;

    do
        r = s->f->ops->read(s->fd, p, n);
    while (r < 0 && errno == EINTR);
    *got = r < 0 ? 0 : (size_t)r;
    return r < 0 ? unreadable(s->f, err) : OK;
}

/* Takes the next n plain bytes, at p. */
static int
take(Scan *s, const void *p, size_t n, Err *err)
{
    hash_bytes(&s->hash, p, n);
    s->got += n;
    if (s->got > s->f->size)
        return object_file_damaged(s->f, "it is too long", err);
    return OK;
}

/* Where the next plain bytes go, and how many: one more than are expected, so that a file
 * that is too long is noticed. */
static unsigned char *
room(const Scan *s, unsigned char *other, size_t *n)
{
    uint64_t left = s->f->size - s->got;

    *n = left < WINDOW ? (size_t)left + 1 : WINDOW;
    return s->to ? s->to + s->got : other;
}

static int
scan_raw(Scan *s, Err *err)
{
    for (;;) {
        size_t n, got;
        unsigned char *p = room(s, s->window, &n);
        int rc = read_some(s, p, n, &got, err);

        if (rc || got == 0)
            return rc;
        if ((rc = take(s, p, got, err)))
            return rc;
    }
}

/* Unpacks the n bytes in the window; sets *ended when the frame ended with the last of
 * them. */
static int
scan_piece(Scan *s, Lz4Unpack *z, size_t n, int *ended, Err *err)
{
    const unsigned char *in = s->window;
    size_t taken, made, space;
    Err why;
    int rc;

    do {
        unsigned char *out = room(s, s->plain, &made);

        if (*ended)
            return object_file_damaged(s->f, "bytes follow the frame", err);
        taken = n;
        space = made;
        rc = lz4_unpack(z, in, &taken, out, &made, &why);
        if (rc == ERR_CORRUPT)
            return object_file_damaged(s->f, why.msg, err);
        if (rc < 0)
            return err_set(err, rc, "%s: %s", s->f->path, why.msg);
        *ended = rc;
        if (!rc && !taken && !made && n)
            return object_file_damaged(s->f, "the frame makes no progress", err);
        if ((rc = take(s, out, made, err)))
            return rc;
        in += taken;
        n -= taken;
    } while (n || (made == space && !*ended));
    return OK;
}

static int
scan_lz4(Scan *s, Err *err)
{
    Lz4Unpack *z;
    int ended = 0, rc = lz4_unpack_new(&z, err);
    size_t n = 1;

    while (rc == OK && n) {
        if ((rc = read_some(s, s->window, WINDOW, &n, err)) == OK && n)
            rc = scan_piece(s, z, n, &ended, err);
    }
    lz4_unpack_free(z);
    if (rc == OK && !ended)
        return object_file_damaged(s->f, "the frame is cut short", err);
    return rc;
}

/* Compares what was read with the name and with the size that the caller gave. */
static int
check_content(Scan *s, Err *err)
{
    unsigned char digest[HASH_SIZE];

    if (s->f->size != STORE_ANY_SIZE && s->got != s->f->size)
        return object_file_damaged(s->f, "it is too short", err);
    hash_final(&s->hash, digest);
    if (memcmp(digest, s->f->digest, HASH_SIZE) != 0)
        return object_file_damaged(s->f, "its bytes hash to another name", err);
    return OK;
}

void
object_file_path(const char *dir, const unsigned char *digest, int form,
                char out[PATH_MAX])
{
    char hex[HASH_HEX + 1];

    hash_hex(digest, hex);
    snprintf(out, PATH_MAX, "%.*s/objects/%.2s/%s%s", STORE_FILE_DIR_MAX, dir, hex,
             hex + 2, form == FORM_LZ4 ? ".lz4" : "");
}

StoreSig
object_file_sig(const struct stat *st)
{
    StoreSig sig = {st->st_ino, (uint64_t)st->st_size, nanoseconds(&st->st_mtim),
                    nanoseconds(&st->st_ctim)};

    return sig;
}

int
object_file_same(const StoreSig *a, const StoreSig *b)
{
    return a->ino == b->ino && a->size == b->size && a->mtime_ns == b->mtime_ns
           && a->ctime_ns == b->ctime_ns;
}

int
object_file_fits(int form, uint64_t stored, uint64_t size)
{
    if (size == STORE_ANY_SIZE)
        return 1;
    if (form == FORM_RAW)
        return stored == size;
    /* an empty frame has 11 bytes; LZ4 packs at most 255 bytes into one */
    return stored >= 11 && size / 256 <= stored;
}

int
object_file_open(const StoreFile *f, int *fd, StoreSig *sig, Err *err)
{
    struct stat st;
    int rc = OK;

    /* O_NONBLOCK: a FIFO that someone put here must not hang us */
    *fd = f->ops->open(f->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0);
    if (*fd < 0 && errno == ENOENT)
        return err_set(err, ERR_NOTFOUND, "%s: %s", f->path, err_reason(ENOENT));
    if (*fd < 0 && (errno == ELOOP || errno == ENXIO))
        return object_file_damaged(f, "it is not a plain file", err);
    if (*fd < 0 && errno == ENOTDIR)
        return object_file_damaged(f, "a file is where its folder should be", err);
    if (*fd < 0)
        return unreadable(f, err);
    if (fstat(*fd, &st))
        rc = unreadable(f, err);
    else if (!S_ISREG(st.st_mode))
        rc = object_file_damaged(f, "it is not a plain file", err);
    else if (!object_file_fits(f->form, (uint64_t)st.st_size, f->size))
        rc = object_file_damaged(f, "it has the wrong size", err);
    else
        *sig = object_file_sig(&st);
    if (rc) {
        f->ops->close(*fd);
        *fd = -1;
    }
    return rc;
}

int
object_file_read(const StoreFile *f, int fd, unsigned char *to, Err *err)
{
    Scan s = {.f = f, .fd = fd, .to = to};
    int rc;

    s.window = malloc(2 * WINDOW);
    if (!s.window)
        return err_nomem(err);
    s.plain = s.window + WINDOW;
    hash_init(&s.hash);
    rc = f->form == FORM_RAW ? scan_raw(&s, err) : scan_lz4(&s, err);
    if (rc == OK)
        rc = check_content(&s, err);
    free(s.window);
    return rc;
}

int
object_file_damaged(const StoreFile *f, const char *what, Err *err)
{
    char hex[HASH_HEX + 1];

    hash_hex(f->digest, hex);
    /* the path has all digits */
    return err_set(err, ERR_CORRUPT, "object %.12s is damaged: %s: %s", hex, what,
                   f->path);
}

const StoreOps object_file_system = {
    .open = plain_open, .read = read, .write = write, .close = close,
    .fdatasync = fdatasync, .fsync = fsync, .syncfs = syncfs, .mkdir = mkdir,
    .rename_new = rename_without_replacing, .rename = rename, .link = link,
    .unlink = unlink};

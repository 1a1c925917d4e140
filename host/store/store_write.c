/* store_write.c -- see store.h: writing objects and giving them their names.
 *
 * The calls that change the disk stand in the first functions, one each. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lz4_frame.h"
#include "os/sys.h"
#include "store/store_core.h"

enum {
    CHUNK = 256 * 1024,     /* hashed and written at a time; also the sample */
    PACK_MIN = 512,         /* smaller content is stored as it is */
    THREAD_MIN = 4 << 20,   /* bytes from which a hashing thread is faster */
    AHEAD = 8 << 20,        /* bytes after which the kernel is asked to begin writing */
    UNDECIDED = -1
};

struct StoreWriter {
    Store *s;
    int flags, form, fd;    /* fd is -1 while there is no temporary file */
    int hashed;             /* digest is known from the start */
    uint64_t salt, ino, size, stored;
    Hash hash;
    unsigned char digest[HASH_SIZE];
    Buf held, packed;       /* bytes before they are written; frame made of them */
    Lz4Pack *pack;
    Err err;                /* why an earlier call failed */
};

static int
write_all(const Store *s, int fd, const void *p, size_t n, const char *path, Err *err)
{
    const unsigned char *from = p;

    while (n) {
        ssize_t put = s->ops->write(fd, from, n);

        if (put == 0)
            errno = ENOSPC;
        if (put == 0 || (put < 0 && errno != EINTR))
            return store_fail(path, err);
        if (put > 0) {
            from += put;
            n -= (size_t)put;
        }
    }
    return OK;
}

/* Gives the temporary file its name unless that is taken: 0, or -1 and errno. */
static int
name_file(const Store *s, const char *tmp, const char *name)
{
    if (s->ops->rename_new(tmp, name) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return -1;
    /* a file system without it (NFS): a link does not replace either */
    if (s->ops->link(tmp, name) == 0) {
        s->ops->unlink(tmp);
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
        return -1;
    /* and one without links (FAT): replacing content by the same is harmless */
    return s->ops->rename(tmp, name);
}

/* -- the temporary file -- */

static void
tmp_path(const Store *s, uint64_t salt, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%.*s/tmp/put-%016llx", STORE_FILE_DIR_MAX, s->dir,
             (unsigned long long)salt);
}

static void
drop_tmp(StoreWriter *w)
{
    char path[PATH_MAX];

    if (w->fd < 0)
        return;
    tmp_path(w->s, w->salt, path);
    w->s->ops->unlink(path);        /* while it is still locked */
    w->s->ops->close(w->fd);
    w->fd = -1;
}

/* Takes the lock that store_clean_tmp respects.  0 when that was faster. */
static int
lock_tmp(StoreWriter *w)
{
    struct stat st;
    int busy = sys_lock(w->fd, 0, NULL) == ERR_BUSY;

    if (busy || fstat(w->fd, &st) || st.st_nlink == 0)
        return 0;
    w->ino = st.st_ino;
    return 1;
}

static int
open_tmp(StoreWriter *w, Err *err)
{
    Store *s = w->s;
    char path[PATH_MAX], folder[PATH_MAX];
    int rc = store_prepare(s, err);

    for (int i = 0; rc == OK && i < 8; i++) {
        if ((rc = sys_random(&w->salt, sizeof w->salt, err)))
            break;
        tmp_path(s, w->salt, path);
        w->fd = s->ops->open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             0444);
        if (w->fd >= 0 && lock_tmp(w))
            return OK;
        if (w->fd >= 0) {
            drop_tmp(w);
        } else if (errno == ENOENT && i == 0) {
            store_folder(s, "tmp", folder);
            rc = store_make_folders(s, folder, err);
        } else if (errno != EEXIST) {
            rc = store_fail(path, err);
        }
    }
    return rc ? rc : err_set(err, ERR_BUSY, "%s: cannot make a temporary file", path);
}

/* -- the writer -- */

static int
append(StoreWriter *w, const void *p, size_t n, Err *err)
{
    char path[PATH_MAX];

    uint64_t before = w->stored / AHEAD;
    int rc;

    tmp_path(w->s, w->salt, path);
    w->stored += n;
    rc = write_all(w->s, w->fd, p, n, path, err);
    /* a hint, so that the sync at the end has little left to do; that sync reports an error
     * of the disk */
    if (rc == OK && w->stored / AHEAD != before)
        sync_file_range(w->fd, (off_t)(before * AHEAD), AHEAD, SYNC_FILE_RANGE_WRITE);
    return rc;
}

/* Chooses the form by the first bytes and opens the temporary file. */
static int
start(StoreWriter *w, const void *p, size_t n, Err *err)
{
    int rc;

    w->form = !(w->flags & STORE_RAW) && n >= PACK_MIN && lz4_pays(p, n) ? FORM_LZ4
                                                                        : FORM_RAW;
    if ((rc = open_tmp(w, err)) || w->form == FORM_RAW)
        return rc;
    if ((rc = lz4_pack_new(&w->pack, err)))
        return rc;
    return lz4_pack_begin(w->pack, &w->packed, err);
}

static int
put_chunk(StoreWriter *w, const void *p, size_t n, Err *err)
{
    int rc;

    if (w->form == UNDECIDED && (rc = start(w, p, n, err)))
        return rc;
    if (w->form == FORM_RAW)
        return append(w, p, n, err);
    if ((rc = lz4_pack_more(w->pack, p, n, &w->packed, err)))
        return rc;
    rc = append(w, w->packed.data, w->packed.len, err);
    w->packed.len = 0;
    return rc;
}

/* Takes the next bytes, already hashed.  It fills up what is held, writes whole chunks
 * without copying them, and holds the rest: so a short header does not cause all that
 * follows to be copied, and the sample and the writes are as large as the data allows. */
static int
take(StoreWriter *w, const unsigned char *p, size_t n, Err *err)
{
    int rc = OK;

    w->size += n;
    while (rc == OK && n) {
        size_t part = CHUNK - w->held.len < n ? CHUNK - w->held.len : n;

        if (w->held.len == 0 && n >= CHUNK) {
            rc = put_chunk(w, p, CHUNK, err);
        } else if (buf_put(&w->held, p, part)) {
            rc = err_nomem(err);
        } else if (w->held.len == CHUNK) {
            rc = put_chunk(w, w->held.data, CHUNK, err);
            w->held.len = 0;
        }
        p += part;
        n -= part;
    }
    return rc;
}

/* -- hashing in a thread --
 *
 * The bytes of one large store_write are hashed by a thread while the caller
 * writes them.  It lives within that call, so no fork can meet it, takes no
 * signals, and touches nothing but the hash. */
typedef struct HashThread {
    pthread_t thread;
    Hash *hash;
    const unsigned char *p;
    size_t n;
    atomic_int stop;            /* the write failed: the hash is not wanted */
} HashThread;

static void *
hash_in_thread(void *user)
{
    HashThread *b = user;

    for (size_t done = 0, part; done < b->n && !atomic_load(&b->stop); done += part) {
        part = b->n - done < CHUNK ? b->n - done : CHUNK;
        hash_bytes(b->hash, b->p + done, part);
    }
    return NULL;
}

/* 1 when the thread runs; then it must be joined. */
static int
start_thread(HashThread *b)
{
    sigset_t all, before;
    int started;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before))
        return 0;
    started = pthread_create(&b->thread, NULL, hash_in_thread, b) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static int
hash_and_take(StoreWriter *w, const unsigned char *p, size_t n, Err *err)
{
    HashThread b = {0};
    int rc;

    b.hash = &w->hash;
    b.p = p;
    b.n = n;
    if (!start_thread(&b)) {
        hash_bytes(&w->hash, p, n);
        return take(w, p, n, err);
    }
    rc = take(w, p, n, err);
    atomic_store(&b.stop, rc != OK);
    pthread_join(b.thread, NULL);
    return rc;
}

/* Writes what is still held. */
static int
complete(StoreWriter *w, Err *err)
{
    int rc = OK;

    if (w->held.len || w->form == UNDECIDED)
        rc = put_chunk(w, w->held.data, w->held.len, err);
    if (rc || w->form == FORM_RAW)
        return rc;
    if ((rc = lz4_pack_end(w->pack, &w->packed, err)))
        return rc;
    return append(w, w->packed.data, w->packed.len, err);
}

static void
release(StoreWriter *w)
{
    drop_tmp(w);
    lz4_pack_free(w->pack);
    buf_release(&w->held);
    buf_release(&w->packed);
    store_unref(w->s);
    free(w);
}

/* -- the name -- */

/* 1 when the object is there, good and in a form that will do; 0; or an error.
 * A damaged raw file, which readers meet first, is to be replaced by a raw one:
 * then no raw file is ever removed, only frames beside a durable raw file, and
 * two processes cannot remove each other's form. */
static int
is_stored(StoreWriter *w, uint64_t size, Err *err)
{
    Store *s = w->s;
    char path[PATH_MAX];
    int rc = store_prepare(s, err);

    for (int form = 0; rc == OK && form < FORMS; form++) {
        StoreFile f = object_file_for(s, w->digest, form, size, path);
        int found = store_check(s, &f, NULL);

        if (found == ERR_CORRUPT && form == FORM_RAW)
            w->flags |= STORE_RAW;
        if (found != OK || (form == FORM_LZ4 && (w->flags & STORE_RAW)))
            continue;
        rc = store_pend_existing(s, &f, err);
        return rc ? rc : 1;
    }
    return rc;
}

/* A folder in an object's place (made by another program) prevents the rename: it is moved
 * away.  1 when it is gone. */
static int
move_away(const StoreWriter *w, const char *path)
{
    char away[PATH_MAX], name[64];
    Err why;

    snprintf(name, sizeof name, "tmp/folder-%016llx", (unsigned long long)w->salt);
    store_folder(w->s, name, away);
    if (w->s->ops->rename(path, away))
        return 0;
    /* what cannot be removed does no harm in tmp/ */
    sys_remove(away, &why);
    return 1;
}

/* Gives the complete temporary file its name: 1; 0 when another process put a good file
 * there first. */
static int
install(StoreWriter *w, const StoreFile *f, Err *err)
{
    Store *s = w->s;
    char tmp[PATH_MAX], folder[PATH_MAX];
    int rc;

    tmp_path(s, w->salt, tmp);
    for (int i = 0;; i++) {
        if (name_file(s, tmp, f->path) == 0)
            return 1;
        if ((errno != ENOENT && errno != ENOTDIR) || i)
            break;
        snprintf(folder, sizeof folder, "%.*s",
                 (int)(strrchr(f->path, '/') - f->path), f->path);
        /* a file in the folder's place; a folder that another process made by now is
         * not removed by this */
        if (errno == ENOTDIR)
            s->ops->unlink(folder);
        if ((rc = store_make_folders(s, folder, err)))
            return rc;
    }
    if (errno != EEXIST)
        return store_fail(f->path, err);
    if (store_check(s, f, NULL) == OK)
        return 0;
    store_forget(s, f->digest);
    if (s->ops->rename(tmp, f->path) == 0)
        return 1;
    if ((errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST) || !move_away(w, f->path))
        return store_fail(f->path, err);
    return s->ops->rename(tmp, f->path) ? store_fail(f->path, err) : 1;
}

/* The file has its name: notes that it waits for the next sync. */
static void
record(StoreWriter *w, const StoreFile *f, int keep)
{
    Store *s = w->s;
    Pending *p = store_pend(s, f);
    char frame[PATH_MAX];
    struct stat st;
    StoreSig sig;

    p->ino = w->ino;
    p->bytes = w->stored;
    p->fresh = 1;
    object_file_path(s->dir, f->digest, FORM_LZ4, frame);
    p->drop_frame = f->form == FORM_RAW && lstat(frame, &st) == 0;
    if (keep) {
        p->fd = w->fd;
        s->n_open++;
    }
    /* another process may have replaced the file by now */
    if (lstat(f->path, &st) || st.st_ino != w->ino)
        return;
    sig = object_file_sig(&st);
    store_set_seen(s, f, &sig, SEEN_PUT);
}

/* Closes a copy of the descriptor, since a network file system may report a write error only
 * at close.  The file has no name yet, and our descriptor keeps its lock. */
static int
flush(StoreWriter *w, const char *path, Err *err)
{
    int fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0 || w->s->ops->close(fd))
        return store_fail(path, err);
    return OK;
}

/* Gives the complete temporary file its name. */
static int
publish(StoreWriter *w, Err *err)
{
    Store *s = w->s;
    int keep = s->n_open < STORE_FEW, rc = store_reserve(s, err);
    char path[PATH_MAX];
    StoreFile f = object_file_for(s, w->digest, w->form, w->size, path);

    if (rc || (rc = flush(w, path, err)) || (rc = install(w, &f, err)) < 0)
        return rc;
    if (rc == 0) {
        drop_tmp(w);
        return store_pend_existing(s, &f, err);
    }
    record(w, &f, keep);
    if (!keep)
        s->ops->close(w->fd);
    w->fd = -1;                     /* it is no temporary file any more */
    return OK;
}

/* After the last byte. */
static int
finish_file(StoreWriter *w, Err *err)
{
    int rc;

    if (w->err.code)
        return err_set(err, w->err.code, "%s", w->err.msg);
    if (!w->hashed)
        hash_final(&w->hash, w->digest);
    if (!w->hashed && (rc = is_stored(w, w->size, err)))
        return rc < 0 ? rc : OK;
    if ((rc = complete(w, err)))
        return rc;
    return publish(w, err);
}

/* store_put and store_put_raw: the digest first, so that content which is there
 * already costs no write. */
static int
put(Store *s, const void *p, size_t n, int flags, unsigned char *digest, Err *err)
{
    StoreWriter *w;
    int rc = store_begin(s, flags, &w, err);

    if (rc)
        return rc;
    hash_of(p, n, w->digest);
    w->hashed = 1;
    memcpy(digest, w->digest, HASH_SIZE);
    if ((rc = is_stored(w, n, err))) {
        store_abort(w);
        return rc < 0 ? rc : OK;
    }
    if ((rc = store_write(w, p, n, err))) {
        store_abort(w);
        return rc;
    }
    return store_finish(w, digest, NULL, err);
}

int
store_begin(Store *s, int flags, StoreWriter **out, Err *err)
{
    StoreWriter *w;

    *out = NULL;
    if (s->closed)
        return err_set(err, ERR_INVAL, "%s: the store is closed", s->dir);
    w = calloc(1, sizeof *w);
    if (!w)
        return err_nomem(err);
    w->s = s;
    s->refs++;
    w->flags = flags;
    w->form = UNDECIDED;
    w->fd = -1;
    hash_init(&w->hash);
    buf_init(&w->held);
    buf_init(&w->packed);
    *out = w;
    return OK;
}

int
store_write(StoreWriter *w, const void *p, size_t n, Err *err)
{
    int rc = w->err.code;

    if (rc == OK && !w->hashed && n >= THREAD_MIN) {
        rc = hash_and_take(w, p, n, &w->err);
    } else if (rc == OK) {
        if (!w->hashed)
            hash_bytes(&w->hash, p, n);
        rc = take(w, p, n, &w->err);
    }
    if (rc == OK)
        return OK;
    drop_tmp(w);
    return err_set(err, rc, "%s", w->err.msg);
}

int
store_finish(StoreWriter *w, unsigned char digest[HASH_SIZE], uint64_t *size, Err *err)
{
    int rc = finish_file(w, err);

    if (rc == OK) {
        memcpy(digest, w->digest, HASH_SIZE);
        if (size)
            *size = w->size;
    }
    release(w);
    return rc;
}

void
store_abort(StoreWriter *w)
{
    if (w)
        release(w);
}

int
store_put(Store *s, const void *p, size_t n, unsigned char digest[HASH_SIZE], Err *err)
{
    return put(s, p, n, 0, digest, err);
}

int
store_put_raw(Store *s, const void *p, size_t n, unsigned char digest[HASH_SIZE],
              Err *err)
{
    return put(s, p, n, STORE_RAW, digest, err);
}

/* Opens a file to be copied in: a plain one, not a device or a pipe. */
static int
open_source(const Store *s, const char *path, int *fd, Err *err)
{
    struct stat st;
    int rc = OK;

    *fd = s->ops->open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (*fd < 0)
        return store_fail(path, err);
    if (fstat(*fd, &st))
        rc = store_fail(path, err);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(err, ERR_INVAL, "%s: it is not a plain file", path);
    if (rc)
        s->ops->close(*fd);
    return rc;
}

/* Copies the file, open as fd, into the writer. */
static int
copy_file(StoreWriter *w, int fd, const char *path, Err *err)
{
    unsigned char *piece = malloc(CHUNK);
    int rc = piece ? OK : err_nomem(err);

    while (rc == OK) {
        ssize_t got = w->s->ops->read(fd, piece, CHUNK);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = store_fail(path, err);
        if (got <= 0)
            break;
        rc = store_write(w, piece, (size_t)got, err);
    }
    free(piece);
    return rc;
}

int
store_put_file(Store *s, const char *path, int flags, unsigned char digest[HASH_SIZE],
               uint64_t *size, Err *err)
{
    StoreWriter *w;
    int fd, rc = open_source(s, path, &fd, err);

    if (rc)
        return rc;
    if ((rc = store_begin(s, flags, &w, err)) == OK) {
        rc = copy_file(w, fd, path, err);
        if (rc)
            store_abort(w);
        else
            rc = store_finish(w, digest, size, err);
    }
    s->ops->close(fd);
    return rc;
}

/* store.c -- see store.h: opening, reading, checking.  store_write.c writes,
 * store_sync.c syncs. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/sys.h"
#include "store/store_core.h"

/* How old a file must be before the memo is told that a reader found it good: by then
 * the kernel has written the file, so a power loss cannot lose what the memo trusts. */
enum { SETTLED_SECONDS = 60 };

/* A frame whose plain size is this large, and this many times its own size, is unpacked
 * once without memory before memory is allocated (prove_size). */
enum { PROVE_MIN = 16 << 20, PROVE_RATIO = 16 };

/* The order in which the forms are looked up.  Raw again, because a raw file may have
 * replaced the frame between the two look-ups. */
static const int looks[] = {FORM_RAW, FORM_LZ4, FORM_RAW};
enum { LOOKS = sizeof looks / sizeof looks[0] };

struct Blob {
    void *data;
    size_t size;
    int mapped;
};

struct StoreWalk {
    DIR *dir;                       /* of the folder fan - 1, or NULL */
    int fan;                        /* the next one, up to 256 */
    char path[PATH_MAX];
};

static int
absolute(const char *dir, char out[STORE_FILE_DIR_MAX], Err *err)
{
    char cwd[PATH_MAX] = "";
    int relative = dir[0] != '/', n;

    if (relative && !getcwd(cwd, sizeof cwd))
        return store_fail(dir, err);
    n = snprintf(out, STORE_FILE_DIR_MAX, "%s%s%s", cwd, relative ? "/" : "", dir);
    if (n < 0 || n >= STORE_FILE_DIR_MAX)
        return err_set(err, ERR_INVAL, "%s: the path is too long", dir);
    while (n > 1 && out[n - 1] == '/')
        out[--n] = 0;
    return OK;
}

static Seen *
slot(const Store *s, const unsigned char *digest)
{
    return s->seen + (((size_t)digest[0] << 8 | digest[1]) & (SEEN_SLOTS - 1));
}

static int
mappable(const StoreFile *f, uint64_t size)
{
    return f->form == FORM_RAW && size >= STORE_MAP_MIN;
}

/* Whether this file, in this state, is known to be good. */
static int
trusted(Store *s, const StoreFile *f, const StoreSig *sig)
{
    const Seen *seen = store_seen(s, f->digest);

    if (seen && seen->form == f->form && object_file_same(&seen->sig, sig))
        return 1;
    if (!s->memo.lookup || s->memo.lookup(s->memo.user, f->digest, sig) != 1)
        return 0;
    store_set_seen(s, f, sig, SEEN_DURABLE);
    return 1;
}

/* A reader found the file to be good. */
static void
found_good(Store *s, const StoreFile *f, const StoreSig *sig)
{
    const Seen *seen;

    store_set_seen(s, f, sig, SEEN_READ);
    seen = store_seen(s, f->digest);
    if (s->memo.remember && seen && seen->state == SEEN_READ
        && sys_now() - (double)sig->mtime_ns * 1e-9 >= SETTLED_SECONDS)
        s->memo.remember(s->memo.user, f->digest, sig);
}

/* Reads the open file to its end, to *to or nowhere. */
static int
read_good(Store *s, const StoreFile *f, int fd, const StoreSig *sig, unsigned char *to,
          Err *err)
{
    struct stat st;
    StoreSig now;
    int rc = object_file_read(f, fd, to, err);

    if (rc)
        return rc;
    if (fstat(fd, &st))
        return store_fail(f->path, err);
    now = object_file_sig(&st);
    /* ctime also changes with the link count or the mode, when another process renames or
     * unlinks the file: then the bytes are good, but the signature is not remembered */
    if (object_file_same(&now, sig))
        found_good(s, f, sig);
    else if (now.size != sig->size || now.mtime_ns != sig->mtime_ns)
        return object_file_damaged(f, "changed while being read", err);
    return OK;
}

/* Maps the open file, which is checked first unless it is known to be good. */
static int
map_file(Store *s, const StoreFile *f, int fd, const StoreSig *sig, Blob *b, Err *err)
{
    void *p;
    int rc;

    /* checked by read(2), not through the mapping: a bad sector is then an error instead
     * of a SIGBUS */
    if (!trusted(s, f, sig) && (rc = read_good(s, f, fd, sig, NULL, err)))
        return rc;
    p = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return err_set(err, errno == ENOMEM ? ERR_NOMEM : ERR_IO, "%s: %s", f->path,
                       err_reason(errno));
    b->data = p;
    b->mapped = 1;
    return OK;
}

/* Of a frame with a far larger plain size: unpacks it once without keeping the bytes, so
 * that memory is allocated only when the size is true. */
static int
prove_size(const StoreFile *f, int fd, const StoreSig *sig, Err *err)
{
    int rc;

    if (f->form != FORM_LZ4 || f->size < PROVE_MIN || f->size / PROVE_RATIO < sig->size)
        return OK;
    rc = object_file_read(f, fd, NULL, err);
    if (rc == OK && lseek(fd, 0, SEEK_SET) < 0)
        rc = store_fail(f->path, err);
    return rc;
}

static int
read_file(Store *s, const StoreFile *f, int fd, const StoreSig *sig, Blob *b, Err *err)
{
    int rc = prove_size(f, fd, sig, err);

    if (rc)
        return rc;
    b->data = malloc(b->size + 1);
    if (!b->data)
        return err_nomem(err);
    return read_good(s, f, fd, sig, b->data, err);
}

/* The object from the file of one form. */
static int
load(Store *s, const StoreFile *f, Blob **out, Err *err)
{
    StoreSig sig;
    Blob *b;
    int fd, rc;

    if ((rc = object_file_open(f, &fd, &sig, err)))
        return rc;
    b = calloc(1, sizeof *b);
    if (!b || f->size >= SIZE_MAX) {
        rc = err_nomem(err);
    } else {
        b->size = (size_t)f->size;
        rc = mappable(f, f->size) ? map_file(s, f, fd, &sig, b, err)
                                  : read_file(s, f, fd, &sig, b, err);
    }
    s->ops->close(fd);
    if (rc) {
        packed_bytes_free(b);
        return rc;
    }
    *out = b;
    return OK;
}

static int
not_found(const Store *s, const unsigned char *digest, Err *err)
{
    char hex[HASH_HEX + 1];

    hash_hex(digest, hex);
    return err_set(err, ERR_NOTFOUND, "object %s is not in %s", hex, s->dir);
}

/* 1 when there is a file of that form; fills st and path. */
static int
stat_form(const Store *s, const unsigned char *digest, int form, struct stat *st,
          char path[PATH_MAX])
{
    object_file_path(s->dir, digest, form, path);
    return lstat(path, st) == 0 && S_ISREG(st->st_mode);
}

Seen *
store_seen(const Store *s, const unsigned char *digest)
{
    Seen *seen;

    if (!s->seen)
        return NULL;
    seen = slot(s, digest);
    return seen->state != SEEN_NOT && memcmp(seen->digest, digest, HASH_SIZE) == 0
               ? seen : NULL;
}

void
store_set_seen(Store *s, const StoreFile *f, const StoreSig *sig, int state)
{
    Seen *seen = store_seen(s, f->digest);

    if (!s->seen)
        return;
    /* a read does not take away the state "put" or "durable" */
    if (seen && seen->form == f->form && object_file_same(&seen->sig, sig)
        && seen->state > state)
        return;
    seen = slot(s, f->digest);
    memcpy(seen->digest, f->digest, HASH_SIZE);
    seen->sig = *sig;
    seen->form = (unsigned char)f->form;
    seen->state = (unsigned char)state;
}

void
store_forget(Store *s, const unsigned char *digest)
{
    Seen *seen = store_seen(s, digest);

    if (seen)
        seen->state = SEEN_NOT;
}

int
store_check(Store *s, const StoreFile *f, Err *err)
{
    StoreSig sig;
    int fd, rc = object_file_open(f, &fd, &sig, err);

    if (rc)
        return rc;
    if (!trusted(s, f, &sig))
        rc = read_good(s, f, fd, &sig, NULL, err);
    s->ops->close(fd);
    return rc;
}

StoreFile
object_file_for(const Store *s, const unsigned char *digest, int form, uint64_t size,
               char path[PATH_MAX])
{
    StoreFile f = {s->ops, path, digest, form, size};

    object_file_path(s->dir, digest, form, path);
    return f;
}

void
store_unref(Store *s)
{
    if (--s->refs)
        return;
    free(s->seen);
    free(s->pending);
    free(s);
}

int
store_open(Store **out, const char *dir, Err *err)
{
    Store *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return err_nomem(err);
    s->refs = 1;
    s->root = -1;
    s->pid = getpid();
    s->ops = &object_file_system;
    s->seen = calloc(SEEN_SLOTS, sizeof *s->seen);
    rc = dir[0] ? absolute(dir, s->dir, err)
                : err_set(err, ERR_INVAL, "the store's folder has no name");
    if (rc == OK && !s->seen)
        rc = err_nomem(err);
    if (rc) {
        store_unref(s);
        return rc;
    }
    s->unsynced = strlen(s->dir);
    *out = s;
    return OK;
}

void
store_close(Store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (s->pending[i].fd >= 0)
            s->ops->close(s->pending[i].fd);
    if (s->root >= 0)
        s->ops->close(s->root);
    s->n = s->n_open = 0;
    s->root = -1;
    s->closed = 1;
    store_unref(s);
}

void
store_set_memo(Store *s, const StoreMemo *memo)
{
    static const StoreMemo none;

    s->memo = memo ? *memo : none;
}

void
store_set_ops(Store *s, const StoreOps *ops)
{
    s->ops = ops ? ops : &object_file_system;
}

int
store_has(Store *s, const unsigned char *digest, uint64_t size)
{
    char path[PATH_MAX];
    struct stat st;

    for (int i = 0; i < LOOKS; i++)
        if (stat_form(s, digest, looks[i], &st, path)
            && object_file_fits(looks[i], (uint64_t)st.st_size, size))
            return 1;
    return 0;
}

int
store_intact(Store *s, const unsigned char *digest, uint64_t size)
{
    char path[PATH_MAX];

    for (int i = 0; i < LOOKS; i++) {
        StoreFile f = object_file_for(s, digest, looks[i], size, path);

        if (store_check(s, &f, NULL) == OK)
            return 1;
    }
    return 0;
}

int
store_get(Store *s, const unsigned char *digest, uint64_t size, Blob **out, Err *err)
{
    int worst = ERR_NOTFOUND;
    char path[PATH_MAX];
    Err why;

    *out = NULL;
    for (int i = 0; i < LOOKS && (i < FORMS || worst == ERR_NOTFOUND); i++) {
        StoreFile f = object_file_for(s, digest, looks[i], size, path);
        int rc = load(s, &f, out, &why);

        if (rc == OK)
            return OK;
        if (rc != ERR_NOTFOUND && worst == ERR_NOTFOUND)
            worst = err_set(err, rc, "%s", why.msg);
    }
    return worst == ERR_NOTFOUND ? not_found(s, digest, err) : worst;
}

const void *
packed_bytes_data(const Blob *b)
{
    return b->data;
}

size_t
packed_bytes_size(const Blob *b)
{
    return b->size;
}

int
packed_bytes_mapped(const Blob *b)
{
    return b->mapped;
}

void
packed_bytes_free(Blob *b)
{
    if (!b)
        return;
    if (b->mapped)
        munmap(b->data, b->size);
    else
        free(b->data);
    free(b);
}

int
store_map_path(Store *s, const unsigned char *digest, uint64_t size, char out[PATH_MAX],
               Err *err)
{
    StoreFile f = object_file_for(s, digest, FORM_RAW, size, out);
    int rc = ERR_NOTFOUND;
    char path[PATH_MAX];
    struct stat st;

    /* twice, because of the same race as in looks */
    for (int i = 0; i < 2 && rc == ERR_NOTFOUND; i++) {
        if ((rc = store_check(s, &f, err)) == OK)
            return OK;
        if (stat_form(s, digest, FORM_LZ4, &st, path)) {
            out[0] = 0;
            return OK;
        }
    }
    return rc == ERR_NOTFOUND ? not_found(s, digest, err) : rc;
}

int
store_raw_path(Store *s, const unsigned char *digest, char out[PATH_MAX])
{
    struct stat st;

    return stat_form(s, digest, FORM_RAW, &st, out);
}

int
store_copy_out(Store *s, const unsigned char *digest, uint64_t size, const char *path,
               int mode, Err *err)
{
    Blob *b;
    int rc = store_get(s, digest, size, &b, err);

    if (rc)
        return rc;
    rc = sys_write_scratch(path, b->data, b->size, mode, err);
    packed_bytes_free(b);
    return rc;
}

int
store_sig(const Store *s, const unsigned char *digest, StoreSig *out)
{
    const Seen *seen = store_seen(s, digest);

    if (!seen || seen->form != FORM_RAW)
        return 0;
    *out = seen->sig;
    return 1;
}

void
store_trust(Store *s, const unsigned char *digest, const StoreSig *sig)
{
    StoreFile f = {.digest = digest, .form = FORM_RAW};

    store_set_seen(s, &f, sig, SEEN_READ);
}

int
store_verify(Store *s, const unsigned char *digest, uint64_t size, Err *err)
{
    int there = 0, worst = OK;
    char path[PATH_MAX];
    StoreSig sig;
    Err why;

    for (int form = 0; form < FORMS; form++) {
        StoreFile f = object_file_for(s, digest, form, size, path);
        int fd, rc = object_file_open(&f, &fd, &sig, &why);

        if (rc == ERR_NOTFOUND)
            continue;
        there = 1;
        if (rc == OK) {
            rc = read_good(s, &f, fd, &sig, NULL, &why);
            s->ops->close(fd);
        }
        if (rc) {
            store_forget(s, digest);
            worst = err_set(err, rc, "%s", why.msg);
        }
    }
    return there ? worst : not_found(s, digest, err);
}

int
store_walk_open(Store *s, StoreWalk **out, Err *err)
{
    StoreWalk *k = calloc(1, sizeof *k);

    *out = NULL;
    if (!k)
        return err_nomem(err);
    store_folder(s, "objects", k->path);
    *out = k;
    return OK;
}

/* Opens the next of objects/00 to objects/ff that is there: 1, 0 after the last,
 * or an error. */
static int
next_folder(StoreWalk *k, Err *err)
{
    char path[PATH_MAX];

    if (k->dir)
        closedir(k->dir);
    k->dir = NULL;
    while (k->fan < 256) {
        snprintf(path, sizeof path, "%.*s/%02x", PATH_MAX - 8, k->path,
                 (unsigned)k->fan++);
        k->dir = opendir(path);
        if (k->dir)
            return 1;
        /* a file in its place: its objects are missing */
        if (errno != ENOENT && errno != ENOTDIR)
            return store_fail(path, err);
    }
    return 0;
}

/* 1 when the file is an object, which *out then describes. */
static int
entry(const StoreWalk *k, const char *name, StoreEntry *out)
{
    size_t n = strlen(name), digits = HASH_HEX - 2;
    char hex[HASH_HEX + 1];
    struct stat st;

    if (n != digits && (n != digits + 4 || strcmp(name + digits, ".lz4") != 0))
        return 0;
    snprintf(hex, sizeof hex, "%02x%.62s", (unsigned)(k->fan - 1) & 255, name);
    if (hash_unhex(hex, out->digest)
        || fstatat(dirfd(k->dir), name, &st, AT_SYMLINK_NOFOLLOW)
        || !S_ISREG(st.st_mode))
        return 0;
    out->stored = (uint64_t)st.st_size;
    out->form = n == digits ? FORM_RAW : FORM_LZ4;
    return 1;
}

int
store_walk_next(StoreWalk *k, StoreEntry *out, Err *err)
{
    for (;;) {
        struct dirent *e;

        errno = 0;
        e = k->dir ? readdir(k->dir) : NULL;
        if (!e && errno)
            return store_fail(k->path, err);
        if (!e) {
            int rc = next_folder(k, err);

            if (rc != 1)
                return rc;
        } else if (entry(k, e->d_name, out)) {
            return 1;
        }
    }
}

void
store_walk_close(StoreWalk *k)
{
    if (!k)
        return;
    if (k->dir)
        closedir(k->dir);
    free(k);
}

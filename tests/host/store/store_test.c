/* store_test.c -- store.h: round trips, damage, races, and a disk that fails. */
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

/* -- a folder of its own for each test -- */

static char base[64], dir[96];
static int folders;

static void
fresh_dir(void)
{
    snprintf(dir, sizeof dir, "%s/%d/store", base, folders++);
}

static Store *
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

/* -- content -- */

static uint64_t seed = 42;

static uint64_t
next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

enum { NOISE, TEXT };

/* n bytes, new ones at each call; TEXT shrinks well, NOISE not at all. */
static unsigned char *
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

static size_t
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

static int
same(Store *s, const unsigned char *digest, const void *p, size_t n)
{
    Blob *b;
    int ok;

    if (store_get(s, digest, n, &b, NULL))
        return 0;
    ok = blob_size(b) == n && memcmp(blob_data(b), p, n) == 0;
    blob_free(b);
    return ok;
}

/* The file of the object, and its form. */
static int
file_of(const unsigned char *digest, char path[PATH_MAX])
{
    for (int form = 0; form < FORMS; form++) {
        store_file_path(dir, digest, form, path);
        if (access(path, F_OK) == 0)
            return form;
    }
    return -1;
}

static void
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

static Buf
slurp(const char *path)
{
    Buf b;

    buf_init(&b);
    sys_read_file(path, &b, NULL);
    return b;
}

/* -- the plain life of an object -- */

static void
what_is_put_comes_back_at_every_size(void)
{
    static const size_t sizes[] = {0, 1, 511, 512, 65535, 65536, 262144, 262145,
                                   1048577};
    unsigned char digest[32], want[32];
    Store *s;

    fresh_dir();
    s = opened();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int kind = NOISE; kind <= TEXT; kind++)
            for (int raw = 0; raw < 2; raw++) {
                size_t n = sizes[i];
                unsigned char *p = content(n, kind);
                char path[PATH_MAX];
                int rc = raw ? store_put_raw(s, p, n, digest, NULL)
                             : store_put(s, p, n, digest, NULL);

                hash_of(p, n, want);
                CHECK(rc == OK && memcmp(digest, want, 32) == 0);
                CHECK(store_has(s, digest, n) && !store_has(s, digest, n + 256 * 1048578));
                CHECK(same(s, digest, p, n));
                CHECK(store_verify(s, digest, n, NULL) == OK);
                CHECK(store_verify(s, digest, STORE_ANY_SIZE, NULL) == OK);
                CHECK(store_verify(s, digest, n + 1, NULL) == ERR_CORRUPT);
                CHECK(n == 0 || store_verify(s, digest, n - 1, NULL) == ERR_CORRUPT);
                CHECK(file_of(digest, path)
                      == (kind == TEXT && n >= 512 && !raw ? FORM_LZ4 : FORM_RAW));
                free(p);
            }
    CHECK(count_tmp() == 0);
    CHECK(store_sync(s, NULL) == OK && store_pending(s, NULL) == 0);
    store_close(s);
}

static void
a_stream_in_odd_pieces_is_the_same_object(void)
{
    size_t n = 3000000;
    unsigned char digest[32], want[32];
    Store *s;

    fresh_dir();
    s = opened();
    for (int kind = NOISE; kind <= TEXT; kind++)
        for (int raw = 0; raw < 2; raw++) {
            unsigned char *p = content(n, kind);
            StoreWriter *w;
            uint64_t size = 0;

            CHECK(store_begin(s, raw ? STORE_RAW : 0, &w, NULL) == OK);
            for (size_t at = 0; at < n;) {
                size_t part = next() % 3 ? next() % 1000 : next() % 700000;

                part = part < n - at ? part : n - at;
                CHECK(store_write(w, p + at, part, NULL) == OK);
                at += part;
            }
            CHECK(store_finish(w, digest, &size, NULL) == OK && size == n);
            hash_of(p, n, want);
            CHECK(memcmp(digest, want, 32) == 0 && same(s, digest, p, n));
            free(p);
        }
    CHECK(count_tmp() == 0);
    store_close(s);
}

static void
an_aborted_stream_leaves_nothing(void)
{
    unsigned char *p = content(1000000, NOISE);
    StoreWriter *w;
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_begin(s, 0, &w, NULL) == OK);
    CHECK(store_write(w, p, 1000000, NULL) == OK && count_tmp() == 1);
    store_abort(w);
    CHECK(count_tmp() == 0 && store_pending(s, NULL) == 0);
    store_abort(NULL);
    free(p);
    store_close(s);
}

static void
a_writer_outlives_its_store_and_then_fails(void)
{
    unsigned char digest[32];
    StoreWriter *w;
    Store *s;
    Err err;

    fresh_dir();
    s = opened();
    CHECK(store_begin(s, 0, &w, NULL) == OK);
    store_close(s);
    CHECK(store_write(w, "abc", 3, NULL) == OK);
    CHECK(store_finish(w, digest, NULL, &err) == ERR_INVAL && strstr(err.msg, "closed"));
}

static void
opening_and_reading_make_no_folder(void)
{
    unsigned char digest[32] = {7};
    char path[PATH_MAX];
    Store *s;
    Blob *b;
    Err err;

    fresh_dir();
    s = opened();
    CHECK(!store_has(s, digest, 1));
    CHECK(store_get(s, digest, 1, &b, &err) == ERR_NOTFOUND && b == NULL);
    CHECK(strstr(err.msg, "object 0700") && strstr(err.msg, dir));
    CHECK(store_verify(s, digest, 1, NULL) == ERR_NOTFOUND);
    CHECK(store_map_path(s, digest, 1, path, NULL) == ERR_NOTFOUND);
    CHECK(store_note(s, digest, NULL) == ERR_NOTFOUND || 1);
    CHECK(store_sync(s, NULL) == OK && store_clean_tmp(s, 0, NULL, NULL) == OK);
    store_close(s);
    fresh_dir();
    s = opened();
    CHECK(store_get(s, digest, 1, &b, NULL) == ERR_NOTFOUND && access(dir, F_OK) != 0);
    store_close(s);
    store_close(NULL);
}

static void
big_raw_objects_are_mapped_and_others_are_not(void)
{
    unsigned char *p = content(100000, TEXT), digest[32];
    char path[PATH_MAX];
    Store *s;
    Blob *b;

    fresh_dir();
    s = opened();
    CHECK(store_put_raw(s, p, 100000, digest, NULL) == OK);
    CHECK(store_get(s, digest, 100000, &b, NULL) == OK && blob_mapped(b));
    blob_free(b);
    CHECK(store_map_path(s, digest, 100000, path, NULL) == OK && path[0] == '/');
    CHECK(store_put(s, p, 90000, digest, NULL) == OK);
    CHECK(store_get(s, digest, 90000, &b, NULL) == OK && !blob_mapped(b));
    blob_free(b);
    CHECK(store_map_path(s, digest, 90000, path, NULL) == OK && path[0] == 0);
    CHECK(!store_raw_path(s, digest, path));
    CHECK(store_put_raw(s, p, 1000, digest, NULL) == OK && store_raw_path(s, digest, path));
    CHECK(store_get(s, digest, 1000, &b, NULL) == OK && !blob_mapped(b));
    blob_free(b);
    blob_free(NULL);
    free(p);
    store_close(s);
}

static void
a_raw_put_replaces_the_frame_once_it_is_durable(void)
{
    unsigned char *p = content(100000, TEXT), digest[32];
    char raw[PATH_MAX], lz4[PATH_MAX];
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_put(s, p, 100000, digest, NULL) == OK && store_sync(s, NULL) == OK);
    store_file_path(dir, digest, FORM_RAW, raw);
    store_file_path(dir, digest, FORM_LZ4, lz4);
    CHECK(access(raw, F_OK) != 0 && access(lz4, F_OK) == 0);
    CHECK(store_put_raw(s, p, 100000, digest, NULL) == OK);
    CHECK(access(raw, F_OK) == 0 && access(lz4, F_OK) == 0);
    CHECK(store_sync(s, NULL) == OK);
    CHECK(access(raw, F_OK) == 0 && access(lz4, F_OK) != 0);
    CHECK(store_put(s, p, 100000, digest, NULL) == OK && access(lz4, F_OK) != 0);
    CHECK(same(s, digest, p, 100000));
    free(p);
    store_close(s);
}

static int
count_entry(void *user, const StoreEntry *e, Err *err)
{
    size_t *n = user;

    (void)err;
    n[e->form]++;
    n[2] += e->stored;
    return OK;
}

static int
stop_at_once(void *user, const StoreEntry *e, Err *err)
{
    (void)user;
    (void)e;
    return err_set(err, ERR_CANCELLED, "enough");
}

static void
a_walk_meets_every_object_and_nothing_else(void)
{
    size_t n[3] = {0};
    unsigned char digest[32];
    char path[160];
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_each(s, count_entry, n, NULL) == OK && n[0] == 0);
    for (int i = 0; i < 300; i++) {
        unsigned char *p = content(600, i % 3 ? NOISE : TEXT);

        CHECK(store_put(s, p, 600, digest, NULL) == OK);
        free(p);
    }
    snprintf(path, sizeof path, "%s/objects/00/README", dir);
    rewrite(path, "x", 1);
    CHECK(store_each(s, count_entry, n, NULL) == OK);
    CHECK(n[FORM_RAW] == 200 && n[FORM_LZ4] == 100 && n[2] > 200 * 600);
    CHECK(store_each(s, stop_at_once, NULL, NULL) == ERR_CANCELLED);
    store_close(s);
}

static void
files_go_in_and_out(void)
{
    unsigned char *p = content(700000, TEXT), digest[32], want[32];
    char in[128], out[128];
    uint64_t size;
    Store *s;
    Buf b;
    Err err;

    fresh_dir();
    s = opened();
    snprintf(in, sizeof in, "%s/in", base);
    snprintf(out, sizeof out, "%s/out", base);
    rewrite(in, p, 700000);
    hash_of(p, 700000, want);
    CHECK(store_put_file(s, in, 0, digest, &size, NULL) == OK && size == 700000);
    CHECK(memcmp(digest, want, 32) == 0);
    CHECK(store_copy_out(s, digest, size, out, 0666, NULL) == OK);
    b = slurp(out);
    CHECK(b.len == 700000 && memcmp(b.data, p, b.len) == 0);
    buf_release(&b);
    CHECK(store_put_file(s, base, 0, digest, &size, &err) == ERR_INVAL
          && strstr(err.msg, "not a plain file"));
    CHECK(store_put_file(s, "/nowhere/at/all", 0, digest, &size, NULL) == ERR_NOTFOUND);
    CHECK(store_copy_out(s, want, size, "/nowhere/at/all", 0666, NULL) == ERR_NOTFOUND);
    unlink(in);
    CHECK(mkfifo(in, 0666) == 0);
    CHECK(store_put_file(s, in, 0, digest, &size, NULL) == ERR_INVAL);
    unlink(in);
    free(p);
    store_close(s);
}

/* -- damage -- */

static void
every_flipped_bit_is_noticed_and_healed_by_a_put(void)
{
    int swallowed = 0, served = 0, rejected = 0;

    fresh_dir();
    for (int i = 0; i < 500; i++) {
        size_t n = i % 5 == 0 ? 66000 + next() % 4000 : 1 + next() % 4000, at;
        unsigned char *p = content(n, i % 2), digest[32];
        char path[PATH_MAX];
        Store *s = opened();
        Buf b;

        CHECK(store_put(s, p, n, digest, NULL) == OK);
        store_close(s);
        CHECK(file_of(digest, path) >= 0);
        b = slurp(path);
        at = (size_t)(next() % (b.len * 8));
        b.data[at / 8] ^= (unsigned char)(1 << at % 8);
        rewrite(path, b.data, b.len);
        buf_release(&b);
        s = opened();
        served += same(s, digest, p, n);
        rejected += store_verify(s, digest, n, NULL) == ERR_CORRUPT;
        CHECK(store_put(s, p, n, digest, NULL) == OK);
        store_close(s);
        s = opened();
        swallowed += store_verify(s, digest, n, NULL) != OK || !same(s, digest, p, n);
        store_close(s);
        free(p);
    }
    CHECK(served == 0 && rejected == 500 && swallowed == 0);
    CHECK(count_tmp() == 0);
}

/* Replaces the object's file by these bytes; every reader must refuse. */
static void
refused(const unsigned char *digest, size_t size, const char *path, const void *p,
        size_t n)
{
    char out[PATH_MAX];
    Store *s = opened();
    Blob *b;
    Err err;

    rewrite(path, p, n);
    CHECK(store_get(s, digest, size, &b, &err) == ERR_CORRUPT);
    CHECK(strstr(err.msg, "is damaged") && strstr(err.msg, path));
    CHECK(store_verify(s, digest, size, NULL) == ERR_CORRUPT);
    CHECK(store_verify(s, digest, STORE_ANY_SIZE, NULL) == ERR_CORRUPT);
    if (!strstr(path, ".lz4"))
        CHECK(store_map_path(s, digest, size, out, NULL) == ERR_CORRUPT);
    store_close(s);
}

static void
short_long_and_senseless_files_are_refused(void)
{
    static const size_t cuts[] = {0, 1, 6, 7, 10, 15, 100};

    fresh_dir();
    for (int kind = NOISE; kind <= TEXT; kind++) {
        size_t n = 70000;
        unsigned char *p = content(n, kind), digest[32];
        char path[PATH_MAX];
        Store *s = opened();
        Buf b;

        CHECK(store_put(s, p, n, digest, NULL) == OK);
        CHECK(file_of(digest, path) == (kind == TEXT ? FORM_LZ4 : FORM_RAW));
        b = slurp(path);
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
            refused(digest, n, path, b.data, cuts[i]);
        refused(digest, n, path, b.data, b.len - 1);
        CHECK(buf_put(&b, b.data, 50) == 0);
        refused(digest, n, path, b.data, b.len - 49);
        refused(digest, n, path, b.data, b.len);
        memset(b.data, 0, b.len);
        refused(digest, n, path, b.data, b.len);
        CHECK(store_put(s, p, n, digest, NULL) == OK && same(s, digest, p, n));
        buf_release(&b);
        free(p);
        store_close(s);
    }
}

static void
a_frame_that_unpacks_to_too_much_is_stopped(void)
{
    size_t big = 64 << 20, n = 5000;
    unsigned char *p = content(n, TEXT), *zeros = calloc(1, big), digest[32], zd[32];
    char path[PATH_MAX], bomb[PATH_MAX];
    Store *s;
    Blob *b;
    Err err;
    Buf f;

    fresh_dir();
    s = opened();
    CHECK(store_put(s, p, n, digest, NULL) == OK && file_of(digest, path) == FORM_LZ4);
    CHECK(store_put(s, zeros, big, zd, NULL) == OK && file_of(zd, bomb) == FORM_LZ4);
    f = slurp(bomb);
    rewrite(path, f.data, f.len);
    CHECK(store_get(s, digest, n, &b, &err) == ERR_CORRUPT && strstr(err.msg, "too long"));
    /* a size that no frame of this length can hold is refused before any memory */
    CHECK(store_get(s, zd, (uint64_t)1 << 60, &b, &err) == ERR_CORRUPT);
    CHECK(store_verify(s, digest, STORE_ANY_SIZE, NULL) == ERR_CORRUPT);
    buf_release(&f);
    free(p);
    free(zeros);
    store_close(s);
}

static void
links_folders_and_pipes_are_no_objects(void)
{
    unsigned char *p = content(3000, NOISE), digest[32];
    char path[PATH_MAX], aside[PATH_MAX + 8];
    Store *s;
    Blob *b;

    fresh_dir();
    s = opened();
    CHECK(store_put(s, p, 3000, digest, NULL) == OK && file_of(digest, path) == FORM_RAW);
    snprintf(aside, sizeof aside, "%s.aside", path);
    CHECK(rename(path, aside) == 0 && symlink(aside, path) == 0);
    CHECK(store_get(s, digest, 3000, &b, NULL) == ERR_CORRUPT && !store_has(s, digest, 3000));
    CHECK(store_put(s, p, 3000, digest, NULL) == OK && same(s, digest, p, 3000));
    unlink(path);
    CHECK(mkfifo(path, 0666) == 0);
    CHECK(store_get(s, digest, 3000, &b, NULL) == ERR_CORRUPT);
    CHECK(store_put(s, p, 3000, digest, NULL) == OK && same(s, digest, p, 3000));
    unlink(path);
    CHECK(mkdir(path, 0777) == 0);
    CHECK(store_get(s, digest, 3000, &b, NULL) == ERR_CORRUPT);
    CHECK(store_put(s, p, 3000, digest, NULL) == OK && same(s, digest, p, 3000));
    CHECK(store_intact(s, digest, 3000) && !store_intact(s, digest, 3001));
    unlink(path);
    snprintf(aside, sizeof aside, "%s/inside", path);
    CHECK(mkdir(path, 0777) == 0 && mkdir(aside, 0777) == 0);
    CHECK(!store_intact(s, digest, 3000));
    CHECK(store_put(s, p, 3000, digest, NULL) == OK && store_intact(s, digest, 3000));
    CHECK(count_tmp() == 0);
    free(p);
    store_close(s);
}

static void
a_damaged_form_beside_a_good_one_does_no_harm(void)
{
    unsigned char *p = content(80000, TEXT), digest[32];
    char raw[PATH_MAX], lz4[PATH_MAX];
    Store *s;

    fresh_dir();
    s = opened();
    store_file_path(dir, (hash_of(p, 80000, digest), digest), FORM_RAW, raw);
    store_file_path(dir, digest, FORM_LZ4, lz4);
    CHECK(store_put(s, p, 80000, digest, NULL) == OK);
    rewrite(raw, p, 79999);
    CHECK(same(s, digest, p, 80000));
    CHECK(store_verify(s, digest, 80000, NULL) == ERR_CORRUPT);
    CHECK(store_put(s, p, 80000, digest, NULL) == OK && access(raw, F_OK) == 0);
    CHECK(store_verify(s, digest, 80000, NULL) == OK && access(lz4, F_OK) == 0);
    CHECK(store_sync(s, NULL) == OK && access(lz4, F_OK) != 0);
    CHECK(store_verify(s, digest, 80000, NULL) == OK);
    rewrite(lz4, p, 100);
    CHECK(store_put_raw(s, p, 80000, digest, NULL) == OK && store_sync(s, NULL) == OK);
    CHECK(store_verify(s, digest, 80000, NULL) == OK && access(lz4, F_OK) != 0);
    free(p);
    store_close(s);
}

/* -- what is verified once -- */

typedef struct Memo {
    int asked, told;
    StoreSig sig;
    unsigned char digest[32];
} Memo;

static int
memo_lookup(void *user, const unsigned char *digest, const StoreSig *sig)
{
    Memo *m = user;

    m->asked++;
    return m->told && memcmp(digest, m->digest, 32) == 0 && store_file_same(sig, &m->sig);
}

static void
memo_remember(void *user, const unsigned char *digest, const StoreSig *sig)
{
    Memo *m = user;

    m->told++;
    m->sig = *sig;
    memcpy(m->digest, digest, 32);
}

static int reads;

static ssize_t
counted_read(int fd, void *p, size_t n)
{
    reads++;
    return read(fd, p, n);
}

static void
a_mapped_object_is_hashed_once_and_again_when_touched(void)
{
    StoreOps ops = store_file_system;
    unsigned char *p = content(200000, NOISE), digest[32];
    Memo m = {0};
    StoreMemo memo = {&m, memo_lookup, memo_remember};
    char path[PATH_MAX];
    StoreSig sig;
    Store *s;

    ops.read = counted_read;
    fresh_dir();
    s = opened();
    store_set_memo(s, &memo);
    store_set_ops(s, &ops);
    CHECK(store_put(s, p, 200000, digest, NULL) == OK && m.told == 0);
    CHECK(store_sync(s, NULL) == OK && m.told == 1);
    reads = 0;
    CHECK(same(s, digest, p, 200000) && reads == 0);
    CHECK(store_sig(s, digest, &sig));
    store_close(s);

    s = opened();                               /* the memo speaks for it */
    store_set_ops(s, &ops);
    store_set_memo(s, &memo);
    CHECK(same(s, digest, p, 200000) && reads == 0 && m.asked > 0);
    store_close(s);

    s = opened();                               /* another process does */
    store_set_ops(s, &ops);
    store_trust(s, digest, &sig);
    CHECK(same(s, digest, p, 200000) && reads == 0);
    CHECK(file_of(digest, path) == FORM_RAW);
    p[100] ^= 1;
    rewrite(path, p, 200000);                   /* a new mtime: nobody does */
    store_set_memo(s, &memo);
    CHECK(!same(s, digest, p, 200000) && reads > 0);
    store_close(s);

    s = opened();
    store_set_ops(s, &ops);
    p[100] ^= 1;
    rewrite(path, p, 200000);
    reads = 0;
    CHECK(same(s, digest, p, 200000) && reads > 0);
    reads = 0;
    CHECK(same(s, digest, p, 200000) && reads == 0);
    free(p);
    store_close(s);
}

static void
a_put_of_known_content_writes_nothing(void)
{
    unsigned char *p = content(200000, NOISE), digest[32];
    uint64_t bytes;
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_put(s, p, 200000, digest, NULL) == OK);
    CHECK(store_pending(s, &bytes) == 1 && bytes == 200000);
    CHECK(store_put(s, p, 200000, digest, NULL) == OK && store_pending(s, NULL) == 1);
    CHECK(store_sync(s, NULL) == OK);
    CHECK(store_put(s, p, 200000, digest, NULL) == OK && store_pending(s, NULL) == 0);
    store_close(s);
    /* who finds it does not know whether it was synced */
    s = opened();
    CHECK(store_put(s, p, 200000, digest, NULL) == OK && store_pending(s, NULL) == 1);
    CHECK(store_sync(s, NULL) == OK && same(s, digest, p, 200000));
    free(p);
    store_close(s);
}

/* -- several processes -- */

static int
reap(void)
{
    int bad = 0, status;

    while (wait(&status) > 0)
        bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return bad;
}

static void
four_processes_put_the_same_content(void)
{
    enum { N = 60 };
    unsigned char *p[N], digest[32];
    size_t n[3] = {0};
    Store *s;

    fresh_dir();
    for (int i = 0; i < N; i++)
        p[i] = content(5000 + 3000 * (size_t)i, i % 2);
    for (int child = 0; child < 4; child++)
        if (fork() == 0) {
            int ok = 1;

            s = opened();
            for (int i = 0; i < N; i++)
                ok &= store_put(s, p[i], 5000 + 3000 * (size_t)i, digest, NULL) == OK
                      && same(s, digest, p[i], 5000 + 3000 * (size_t)i);
            ok &= store_sync(s, NULL) == OK;
            store_close(s);
            _exit(!ok);
        }
    CHECK(reap() == 0 && count_tmp() == 0);
    s = opened();
    CHECK(store_each(s, count_entry, n, NULL) == OK && n[0] + n[1] == N);
    for (int i = 0; i < N; i++) {
        hash_of(p[i], 5000 + 3000 * (size_t)i, digest);
        CHECK(store_verify(s, digest, 5000 + 3000 * (size_t)i, NULL) == OK);
        free(p[i]);
    }
    store_close(s);
}

static void
a_fork_has_nothing_pending_and_a_note_hands_its_work_over(void)
{
    unsigned char *p = content(9000, NOISE), digest[32], mine[32];
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_put(s, "mine", 4, mine, NULL) == OK);
    hash_of(p, 9000, digest);
    if (fork() == 0) {
        int ok = store_pending(s, NULL) == 0 && store_put(s, p, 9000, digest, NULL) == OK
                 && store_pending(s, NULL) == 1;

        _exit(!ok);
    }
    CHECK(reap() == 0);
    CHECK(store_pending(s, NULL) == 1 && store_note(s, digest, NULL) == OK);
    CHECK(store_pending(s, NULL) == 2 && store_sync(s, NULL) == OK);
    CHECK(store_pending(s, NULL) == 0);
    digest[0] ^= 1;
    CHECK(store_note(s, digest, NULL) == ERR_NOTFOUND);
    free(p);
    store_close(s);
}

static void
what_a_dead_writer_left_is_cleaned_and_a_live_one_is_spared(void)
{
    unsigned char *p = content(600000, NOISE), digest[32];
    StoreWriter *w;
    size_t n = 9;
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_begin(s, 0, &w, NULL) == OK && store_write(w, p, 600000, NULL) == OK);
    if (fork() == 0) {
        Store *t = opened();
        StoreWriter *v;

        _exit(store_begin(t, 0, &v, NULL) || store_write(v, p, 600000, NULL));
    }
    CHECK(reap() == 0 && count_tmp() == 2);
    CHECK(store_clean_tmp(s, 3600, &n, NULL) == OK && n == 0);
    CHECK(store_clean_tmp(s, 0, &n, NULL) == OK && n == 1 && count_tmp() == 1);
    CHECK(store_finish(w, digest, NULL, NULL) == OK && same(s, digest, p, 600000));
    CHECK(count_tmp() == 0);
    free(p);
    store_close(s);
}

/* -- a disk that fails -- */

/* The n-th call fails, once or from then on, or moves one byte; never while it is
 * calm.  Nothing is really synced here. */
static struct {
    long calls, at;
    int error, sticky, shorten, calm;
    const char *hit;            /* which call it was */
} fault;

static int
faulty(const char *name)
{
    long n = ++fault.calls;

    if (fault.calm || !fault.at || (fault.sticky ? n < fault.at : n != fault.at))
        return 0;
    if (!fault.hit)
        fault.hit = name;
    errno = fault.error;
    return 1;
}

static int
f_open(const char *path, int flags, mode_t mode)
{
    return faulty("open") ? -1 : store_file_system.open(path, flags, mode);
}

static ssize_t
f_read(int fd, void *p, size_t n)
{
    if (faulty("read")) {
        if (!fault.shorten)
            return -1;
        n = n > 1 ? 1 : n;
    }
    return read(fd, p, n);
}

static ssize_t
f_write(int fd, const void *p, size_t n)
{
    if (faulty("write")) {
        if (!fault.shorten)
            return -1;
        n = n > 1 ? 1 : n;
    }
    return write(fd, p, n);
}

static int
f_close(int fd)
{
    int bad = faulty("close"), error = errno, rc = close(fd);

    errno = error;
    return bad ? -1 : rc;
}

static int
f_fdatasync(int fd)
{
    return faulty("fdatasync") ? -1 : 0 * fd;
}

static int
f_fsync(int fd)
{
    return faulty("fsync") ? -1 : 0 * fd;
}

static int
f_syncfs(int fd)
{
    return faulty("syncfs") ? -1 : 0 * fd;
}

static int
f_mkdir(const char *path, mode_t mode)
{
    return faulty("mkdir") ? -1 : mkdir(path, mode);
}

static int no_rename_new, no_link;

static int
f_rename_new(const char *from, const char *to)
{
    if (no_rename_new) {
        errno = EINVAL;
        return -1;
    }
    return faulty("rename_new") ? -1 : store_file_system.rename_new(from, to);
}

static int
f_rename(const char *from, const char *to)
{
    return faulty("rename") ? -1 : rename(from, to);
}

static int
f_link(const char *from, const char *to)
{
    if (no_link) {
        errno = EPERM;
        return -1;
    }
    return faulty("link") ? -1 : link(from, to);
}

static int
f_unlink(const char *path)
{
    /* a full disk refuses no unlink */
    return !fault.sticky && faulty("unlink") ? -1 : unlink(path);
}

static const StoreOps faulty_ops = {
    .open = f_open, .read = f_read, .write = f_write, .close = f_close,
    .fdatasync = f_fdatasync, .fsync = f_fsync, .syncfs = f_syncfs, .mkdir = f_mkdir,
    .rename_new = f_rename_new, .rename = f_rename, .link = f_link, .unlink = f_unlink};

/* The content of one round of work, the same in each. */
enum { ITEMS = 3, MANY = 12 };
static unsigned char *item[ITEMS], item_digest[ITEMS][32];
static const size_t item_size[ITEMS] = {100, 70000, 270000};

/* Puts everything, one as a stream, one over a damaged file, one that is there;
 * done[i] when the store said so.  The result of the sync. */
static int
work(Store *s, int done[ITEMS], int many)
{
    unsigned char digest[32];
    StoreWriter *w;

    for (int i = 0; i < ITEMS; i++)
        done[i] = store_put(s, item[i], item_size[i], digest, NULL) == OK;
    if (store_begin(s, STORE_RAW, &w, NULL) == OK) {
        if (store_write(w, item[1], item_size[1], NULL) == OK)
            store_finish(w, digest, NULL, NULL);
        else
            store_abort(w);
    }
    for (int i = 0; i < (many ? MANY : 0); i++)
        store_put(s, &i, sizeof i, digest, NULL);
    return store_sync(s, NULL);
}

/* One state of the folder that the work may meet. */
static void
prepare_folder(int state)
{
    unsigned char digest[32];
    char path[PATH_MAX];
    Store *s;

    fresh_dir();
    if (state == 0)
        return;
    s = opened();
    for (int i = 0; i < ITEMS; i++) {
        store_put(s, item[i], item_size[i], digest, NULL);
        file_of(digest, path);
        if (state == 2)
            rewrite(path, "bad", 3);
    }
    store_close(s);
}

/* After a fault: nothing that was called good is bad, nothing is left over, and
 * the work can be done. */
static void
aftermath(Store *s, const int done[ITEMS], int synced)
{
    int again[ITEMS];
    Blob *b;

    for (int i = 0; i < ITEMS; i++) {
        int rc = store_get(s, item_digest[i], item_size[i], &b, NULL);

        if (rc == OK)
            CHECK(memcmp(blob_data(b), item[i], item_size[i]) == 0);
        if (done[i] && synced == OK)
            CHECK(rc == OK);
        blob_free(rc == OK ? b : NULL);
    }
    if (!fault.hit || strcmp(fault.hit, "unlink") != 0)
        CHECK(count_tmp() == 0);
    CHECK(store_clean_tmp(s, 0, NULL, NULL) == OK && count_tmp() == 0);
    CHECK(work(s, again, 0) == OK);
    for (int i = 0; i < ITEMS; i++)
        CHECK(again[i] && same(s, item_digest[i], item[i], item_size[i]));
}

/* Every call in turn fails in that way; how many were reached. */
static long
every_call_fails(int state, int many)
{
    long reached = 0;

    for (fault.at = 1;; fault.at++) {
        int done[ITEMS], synced;
        Store *s;

        prepare_folder(state);
        s = opened();
        store_set_ops(s, &faulty_ops);
        fault.calls = 0;
        fault.hit = NULL;
        synced = work(s, done, many);
        if (!fault.hit)
            fault.at = -1;
        else
            reached++;
        if (!fault.hit)
            CHECK(synced == OK && done[0] && done[1] && done[2]);
        if (fault.hit && strcmp(fault.hit + 1, "sync") == 0)
            CHECK(synced != OK);
        fault.calm = 1;
        aftermath(s, done, synced);
        store_close(s);
        sys_remove(dir, NULL);
        fault.calm = 0;
        if (fault.at < 0)
            break;
    }
    fault.at = 0;
    return reached;
}

static void
no_failing_call_makes_a_false_success(void)
{
    static const int errors[] = {ENOSPC, EIO, EMFILE};
    long reached = 0;

    for (int i = 0; i < ITEMS; i++) {
        item[i] = content(item_size[i], i % 2);
        hash_of(item[i], item_size[i], item_digest[i]);
    }
    for (int state = 0; state < 3; state++)
        for (int many = 0; many < 2; many++)
            for (int e = 0; e < 3; e++) {
                fault.error = errors[e];
                fault.sticky = e == 0 && state == 1;
                reached += every_call_fails(state, many);
            }
    printf("%ld faults\n", reached);
    CHECK(reached >= 400);
    for (int i = 0; i < ITEMS; i++)
        free(item[i]);
    memset(&fault, 0, sizeof fault);
}

/* How often each kind of sync was called, and whether it fails. */
static struct {
    int files, folders, systems, bad;
} syncs;

static int
c_fdatasync(int fd)
{
    (void)fd;
    syncs.files++;
    errno = EIO;
    return syncs.bad ? -1 : 0;
}

static int
c_fsync(int fd)
{
    (void)fd;
    syncs.folders++;
    return 0;
}

static int
c_syncfs(int fd)
{
    (void)fd;
    syncs.systems++;
    errno = EIO;
    return syncs.bad ? -1 : 0;
}

static void
few_objects_are_synced_one_by_one_and_many_at_once(void)
{
    StoreOps ops = store_file_system;
    unsigned char digest[32];
    Store *s;

    ops.fdatasync = c_fdatasync;
    ops.fsync = c_fsync;
    ops.syncfs = c_syncfs;
    memset(&syncs, 0, sizeof syncs);
    fresh_dir();
    s = opened();
    store_set_ops(s, &ops);
    CHECK(store_sync(s, NULL) == OK && syncs.files + syncs.folders + syncs.systems == 0);
    for (int i = 0; i < 3; i++)
        CHECK(store_put(s, &i, sizeof i, digest, NULL) == OK);
    CHECK(store_sync(s, NULL) == OK);
    /* the three names' folders, objects, the store, what holds it, and so on up to
     * the folder that was there */
    CHECK(syncs.files == 3 && syncs.systems == 0 && syncs.folders >= 3 + 3);
    for (int i = 100; i < 150; i++)
        CHECK(store_put(s, &i, sizeof i, digest, NULL) == OK);
    CHECK(store_sync(s, NULL) == OK && syncs.files == 3 && syncs.systems == 1);
    syncs.folders = 0;
    CHECK(store_put_raw(s, "", 0, digest, NULL) == OK && store_sync(s, NULL) == OK);
    CHECK(syncs.files == 4 && syncs.folders >= 1);
    store_close(s);
}

static void
what_could_not_be_synced_is_gone_and_written_again(void)
{
    StoreOps ops = store_file_system;
    unsigned char old[32], digest[32];
    Store *s;
    Err err;

    ops.fdatasync = c_fdatasync;
    ops.fsync = c_fsync;
    ops.syncfs = c_syncfs;
    for (int n = 1; n <= 20; n += 19) {
        fresh_dir();
        s = opened();
        store_set_ops(s, &ops);
        memset(&syncs, 0, sizeof syncs);
        CHECK(store_put(s, "old", 3, old, NULL) == OK && store_sync(s, NULL) == OK);
        for (int i = 0; i < n; i++)
            CHECK(store_put(s, &i, sizeof i, digest, NULL) == OK);
        syncs.bad = 1;
        CHECK(store_sync(s, &err) == ERR_IO && strstr(err.msg, "Input/output error"));
        CHECK(store_pending(s, NULL) == 0 && !store_has(s, digest, sizeof n));
        CHECK(store_has(s, old, 3));
        syncs.bad = 0;
        n--;
        CHECK(store_put(s, &n, sizeof n, digest, NULL) == OK);
        n++;
        CHECK(store_pending(s, NULL) == 1 && store_sync(s, NULL) == OK);
        CHECK(store_verify(s, digest, sizeof n, NULL) == OK);
        store_close(s);
    }
}

static void
short_reads_and_writes_are_made_up_for(void)
{
    StoreOps ops = store_file_system;
    long reached = 0;

    ops.read = f_read;
    ops.write = f_write;
    for (int i = 0; i < ITEMS; i++) {
        item[i] = content(item_size[i], i % 2);
        hash_of(item[i], item_size[i], item_digest[i]);
    }
    fault.shorten = 1;
    for (int state = 0; state < 3; state++) {
        for (fault.at = 1;; fault.at++) {
            int done[ITEMS];
            Store *s;

            prepare_folder(state);
            s = opened();
            store_set_ops(s, &ops);
            fault.calls = 0;
            fault.hit = NULL;
            CHECK(work(s, done, 0) == OK && done[0] && done[1] && done[2]);
            store_set_ops(s, NULL);
            for (int i = 0; i < ITEMS; i++)
                CHECK(store_verify(s, item_digest[i], item_size[i], NULL) == OK);
            store_close(s);
            sys_remove(dir, NULL);
            if (!fault.hit)
                break;
            reached++;
        }
    }
    printf("%ld short ones\n", reached);
    CHECK(reached >= 15);
    for (int i = 0; i < ITEMS; i++)
        free(item[i]);
    memset(&fault, 0, sizeof fault);
}

static void
without_renameat2_or_links_the_names_are_made_all_the_same(void)
{
    unsigned char *p = content(3000, NOISE), digest[32];

    for (no_link = 0; no_link < 2; no_link++) {
        Store *s;
        char path[PATH_MAX];

        no_rename_new = 1;
        fresh_dir();
        s = opened();
        store_set_ops(s, &faulty_ops);
        CHECK(store_put(s, p, 3000, digest, NULL) == OK && same(s, digest, p, 3000));
        CHECK(file_of(digest, path) == FORM_RAW && count_tmp() == 0);
        rewrite(path, "x", 1);
        CHECK(store_put(s, p, 3000, digest, NULL) == OK && same(s, digest, p, 3000));
        CHECK(store_sync(s, NULL) == OK && count_tmp() == 0);
        store_close(s);
    }
    no_rename_new = no_link = 0;
    free(p);
}

static void
a_folder_that_may_not_be_used_says_so(void)
{
    unsigned char digest[32];
    char path[128];
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_put(s, "abc", 3, digest, NULL) == OK);
    store_close(s);
    snprintf(path, sizeof path, "%s/objects/%02x", dir, digest[0]);
    chmod(path, 0);
    snprintf(path, sizeof path, "%s/tmp", dir);
    chmod(path, 0555);
    chmod(base, 0755);
    if (fork() == 0) {
        int ok = geteuid() != 0 || setuid(65534) == 0;
        unsigned char other[32];
        Blob *b;
        Err err;

        s = opened();
        ok &= store_get(s, digest, 3, &b, &err) == ERR_IO
              && strstr(err.msg, "Permission denied") != NULL;
        ok &= store_put(s, "another", 7, other, &err) == ERR_IO
              && strstr(err.msg, "Permission denied") && strstr(err.msg, "/tmp/put-");
        ok &= store_each(s, count_entry, (size_t[3]){0}, &err) == ERR_IO;
        store_close(s);
        _exit(!ok);
    }
    CHECK(reap() == 0);
    snprintf(path, sizeof path, "%s/objects/%02x", dir, digest[0]);
    chmod(path, 0755);
    snprintf(path, sizeof path, "%s/tmp", dir);
    chmod(path, 0755);
    /* a file where the folder should be */
    fresh_dir();
    sys_mkdirs(dir, NULL);
    snprintf(path, sizeof path, "%s/objects", dir);
    rewrite(path, "x", 1);
    s = opened();
    CHECK(store_put(s, "abc", 3, digest, NULL) == ERR_IO);
    store_close(s);
    CHECK(store_open(&s, "", NULL) == ERR_INVAL && s == NULL);
}

/* -- the words of other programs -- */

static void
lz4_and_sha256sum_agree(void)
{
    char cmd[PATH_MAX + 200], path[PATH_MAX], hex[65], line[128] = "";
    unsigned char digest[32];
    Store *s;

    if (system("command -v lz4 >/dev/null && command -v sha256sum >/dev/null")) {
        printf("SKIPPED lz4_and_sha256sum_agree: lz4 or sha256sum is not installed\n");
        return;
    }
    fresh_dir();
    s = opened();
    for (int i = 0; i < 8; i++) {
        static const size_t sizes[] = {0, 511, 600, 300000, 1048577, 5000000};
        size_t n = sizes[i % 6];
        unsigned char *p = content(n, i % 2 || i == 2);
        FILE *f;

        CHECK(store_put(s, p, n, digest, NULL) == OK);
        hash_hex(digest, hex);
        snprintf(cmd, sizeof cmd, "%s %.4095s | sha256sum",
                 file_of(digest, path) == FORM_LZ4 ? "lz4 -dc" : "cat", path);
        f = popen(cmd, "r");
        CHECK(f && fgets(line, sizeof line, f) && strncmp(line, hex, 64) == 0);
        if (f)
            pclose(f);
        free(p);
    }
    /* and a frame that the command made is as good as ours */
    {
        unsigned char *p = content(400000, TEXT);
        char from[128];

        hash_of(p, 400000, digest);
        store_file_path(dir, digest, FORM_LZ4, path);
        CHECK(store_put(s, p, 400000, digest, NULL) == OK);
        unlink(path);
        snprintf(from, sizeof from, "%s/plain", base);
        rewrite(from, p, 400000);
        snprintf(cmd, sizeof cmd, "lz4 -q -9 %s %.4095s", from, path);
        CHECK(system(cmd) == 0 && same(s, digest, p, 400000));
        free(p);
    }
    store_close(s);
}

int
main(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(base, sizeof base, "%.40s/storeXXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(base))
        return 2;
    RUN(what_is_put_comes_back_at_every_size);
    RUN(a_stream_in_odd_pieces_is_the_same_object);
    RUN(an_aborted_stream_leaves_nothing);
    RUN(a_writer_outlives_its_store_and_then_fails);
    RUN(opening_and_reading_make_no_folder);
    RUN(big_raw_objects_are_mapped_and_others_are_not);
    RUN(a_raw_put_replaces_the_frame_once_it_is_durable);
    RUN(a_walk_meets_every_object_and_nothing_else);
    RUN(files_go_in_and_out);
    RUN(every_flipped_bit_is_noticed_and_healed_by_a_put);
    RUN(short_long_and_senseless_files_are_refused);
    RUN(a_frame_that_unpacks_to_too_much_is_stopped);
    RUN(links_folders_and_pipes_are_no_objects);
    RUN(a_damaged_form_beside_a_good_one_does_no_harm);
    RUN(a_mapped_object_is_hashed_once_and_again_when_touched);
    RUN(a_put_of_known_content_writes_nothing);
    RUN(four_processes_put_the_same_content);
    RUN(a_fork_has_nothing_pending_and_a_note_hands_its_work_over);
    RUN(what_a_dead_writer_left_is_cleaned_and_a_live_one_is_spared);
    RUN(no_failing_call_makes_a_false_success);
    RUN(few_objects_are_synced_one_by_one_and_many_at_once);
    RUN(what_could_not_be_synced_is_gone_and_written_again);
    RUN(short_reads_and_writes_are_made_up_for);
    RUN(without_renameat2_or_links_the_names_are_made_all_the_same);
    RUN(a_folder_that_may_not_be_used_says_so);
    RUN(lz4_and_sha256sum_agree);
    sys_remove(base, NULL);
    return check_done();
}

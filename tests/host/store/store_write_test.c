/* store_write_test.c -- see host/store/store.h: puts and writers, on a disk that fails, too. */
#include "store_fixture.h"

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
    CHECK(count_objects(s, n, NULL) == OK && n[0] + n[1] == N);
    for (int i = 0; i < N; i++) {
        hash_of(p[i], 5000 + 3000 * (size_t)i, digest);
        CHECK(store_verify(s, digest, 5000 + 3000 * (size_t)i, NULL) == OK);
        free(p[i]);
    }
    store_close(s);
}

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
    return faulty("open") ? -1 : object_file_system.open(path, flags, mode);
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
    return faulty("rename_new") ? -1 : object_file_system.rename_new(from, to);
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
            CHECK(memcmp(packed_bytes_data(b), item[i], item_size[i]) == 0);
        if (done[i] && synced == OK)
            CHECK(rc == OK);
        packed_bytes_free(rc == OK ? b : NULL);
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

static void
short_reads_and_writes_are_made_up_for(void)
{
    StoreOps ops = object_file_system;
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

int
main(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(base, sizeof base, "%.40s/storeXXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(base))
        return 2;
    RUN(a_stream_in_odd_pieces_is_the_same_object);
    RUN(an_aborted_stream_leaves_nothing);
    RUN(a_writer_outlives_its_store_and_then_fails);
    RUN(every_flipped_bit_is_noticed_and_healed_by_a_put);
    RUN(a_put_of_known_content_writes_nothing);
    RUN(four_processes_put_the_same_content);
    RUN(no_failing_call_makes_a_false_success);
    RUN(short_reads_and_writes_are_made_up_for);
    RUN(without_renameat2_or_links_the_names_are_made_all_the_same);
    sys_remove(base, NULL);
    return check_done();
}

/* store_sync_test.c -- see host/store/store.h: what waits for a sync, the sync, temporary files. */
#include "store_fixture.h"

static void
a_raw_put_replaces_the_frame_once_it_is_durable(void)
{
    unsigned char *p = content(100000, TEXT), digest[32];
    char raw[PATH_MAX], lz4[PATH_MAX];
    Store *s;

    fresh_dir();
    s = opened();
    CHECK(store_put(s, p, 100000, digest, NULL) == OK && store_sync(s, NULL) == OK);
    object_file_path(dir, digest, FORM_RAW, raw);
    object_file_path(dir, digest, FORM_LZ4, lz4);
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

/* A store in a new folder whose syncs are counted. */
static Store *
counted(StoreOps *ops)
{
    Store *s;

    *ops = object_file_system;
    ops->fdatasync = c_fdatasync;
    ops->fsync = c_fsync;
    ops->syncfs = c_syncfs;
    memset(&syncs, 0, sizeof syncs);
    fresh_dir();
    s = opened();
    store_set_ops(s, ops);
    return s;
}

static void
few_objects_are_synced_one_by_one_and_many_at_once(void)
{
    unsigned char digest[32];
    StoreOps ops;
    Store *s = counted(&ops);

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
    unsigned char old[32], digest[32];
    StoreOps ops;
    Err err;

    for (int n = 1; n <= 20; n += 19) {
        Store *s = counted(&ops);

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

/* What was synced once is not synced again: neither the object nor the folders above it. */
static void
a_second_sync_is_of_what_is_new(void)
{
    unsigned char one[32], two[32];
    StoreOps ops;
    Store *s = counted(&ops);
    int folders_of_first;

    CHECK(store_put(s, "one", 3, one, NULL) == OK && store_sync(s, NULL) == OK);
    CHECK(syncs.files == 1 && syncs.folders > 2);
    folders_of_first = syncs.folders;
    CHECK(store_sync(s, NULL) == OK && syncs.files == 1 && syncs.folders == folders_of_first);
    CHECK(store_put(s, "one", 3, one, NULL) == OK && store_pending(s, NULL) == 0);
    CHECK(store_put(s, "two", 3, two, NULL) == OK && store_sync(s, NULL) == OK);
    /* its folder and objects/, in which that is new; nothing above */
    CHECK(syncs.files == 2 && syncs.folders == folders_of_first + (one[0] == two[0] ? 1 : 2));
    store_close(s);
}

/* Bytes are those on disk; all are counted until the sync, and none after it. */
static void
pending_objects_are_counted_with_their_bytes(void)
{
    unsigned char digest[32], *text = content(100000, TEXT);
    uint64_t bytes = 1;
    StoreOps ops;
    Store *s = counted(&ops);

    CHECK(store_pending(s, &bytes) == 0 && bytes == 0);
    CHECK(store_put(s, "12345", 5, digest, NULL) == OK);
    CHECK(store_pending(s, &bytes) == 1 && bytes == 5);
    CHECK(store_put(s, text, 100000, digest, NULL) == OK);
    CHECK(store_pending(s, &bytes) == 2 && bytes > 5 && bytes < 100000);
    CHECK(store_sync(s, NULL) == OK && store_pending(s, &bytes) == 0 && bytes == 0);
    free(text);
    store_close(s);
}

/* It may not be on disk: the process that wrote it may be gone before its own sync. */
static void
an_object_of_another_process_is_synced_by_who_puts_it_too(void)
{
    unsigned char digest[32];
    StoreOps ops;
    Store *s = counted(&ops), *other = opened();

    CHECK(store_put(other, "shared", 6, digest, NULL) == OK);
    CHECK(store_put(s, "shared", 6, digest, NULL) == OK && store_pending(s, NULL) == 1);
    CHECK(store_sync(s, NULL) == OK && syncs.files == 1);
    CHECK(store_put(s, "shared", 6, digest, NULL) == OK && store_pending(s, NULL) == 0);
    store_close(other);
    store_close(s);
}

/* When the sync fails, what another process wrote stays: it was not ours to drop. */
static void
a_failed_sync_drops_what_was_written_here_and_nothing_else(void)
{
    unsigned char mine[32], shared[32];
    StoreOps ops;
    Store *s = counted(&ops), *other = opened();

    CHECK(store_put(other, "shared", 6, shared, NULL) == OK);
    CHECK(store_put(s, "shared", 6, shared, NULL) == OK);
    CHECK(store_put(s, "mine", 4, mine, NULL) == OK);
    syncs.bad = 1;
    CHECK(store_sync(s, NULL) == ERR_IO && store_pending(s, NULL) == 0);
    CHECK(store_has(s, shared, 6) && !store_has(s, mine, 4));
    store_close(other);
    store_close(s);
}

static void
a_note_of_an_object_that_is_not_there_is_refused(void)
{
    unsigned char digest[32] = {7};
    StoreOps ops;
    Store *s = counted(&ops);
    Err err;

    CHECK(store_note(s, digest, &err) == ERR_NOTFOUND && strstr(err.msg, "object 07000000"));
    CHECK(store_pending(s, NULL) == 0);
    store_close(s);
}

int
main(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(base, sizeof base, "%.40s/storeXXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(base))
        return 2;
    RUN(a_raw_put_replaces_the_frame_once_it_is_durable);
    RUN(a_fork_has_nothing_pending_and_a_note_hands_its_work_over);
    RUN(what_a_dead_writer_left_is_cleaned_and_a_live_one_is_spared);
    RUN(few_objects_are_synced_one_by_one_and_many_at_once);
    RUN(what_could_not_be_synced_is_gone_and_written_again);
    RUN(a_second_sync_is_of_what_is_new);
    RUN(pending_objects_are_counted_with_their_bytes);
    RUN(an_object_of_another_process_is_synced_by_who_puts_it_too);
    RUN(a_failed_sync_drops_what_was_written_here_and_nothing_else);
    RUN(a_note_of_an_object_that_is_not_there_is_refused);
    sys_remove(base, NULL);
    return check_done();
}

/* store_test.c -- see host/store/store.h: reading, mapping, damage, walks. */
#include "store_fixture.h"

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
    CHECK(store_get(s, digest, 100000, &b, NULL) == OK && packed_bytes_mapped(b));
    packed_bytes_free(b);
    CHECK(store_map_path(s, digest, 100000, path, NULL) == OK && path[0] == '/');
    CHECK(store_put(s, p, 90000, digest, NULL) == OK);
    CHECK(store_get(s, digest, 90000, &b, NULL) == OK && !packed_bytes_mapped(b));
    packed_bytes_free(b);
    CHECK(store_map_path(s, digest, 90000, path, NULL) == OK && path[0] == 0);
    CHECK(!store_raw_path(s, digest, path));
    CHECK(store_put_raw(s, p, 1000, digest, NULL) == OK && store_raw_path(s, digest, path));
    CHECK(store_get(s, digest, 1000, &b, NULL) == OK && !packed_bytes_mapped(b));
    packed_bytes_free(b);
    packed_bytes_free(NULL);
    free(p);
    store_close(s);
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
    CHECK(count_objects(s, n, NULL) == OK && n[0] == 0);
    for (int i = 0; i < 300; i++) {
        unsigned char *p = content(600, i % 3 ? NOISE : TEXT);

        CHECK(store_put(s, p, 600, digest, NULL) == OK);
        free(p);
    }
    snprintf(path, sizeof path, "%s/objects/00/README", dir);
    rewrite(path, "x", 1);
    CHECK(count_objects(s, n, NULL) == OK);
    CHECK(n[FORM_RAW] == 200 && n[FORM_LZ4] == 100 && n[2] > 200 * 600);
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
    object_file_path(dir, (hash_of(p, 80000, digest), digest), FORM_RAW, raw);
    object_file_path(dir, digest, FORM_LZ4, lz4);
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
    return m->told && memcmp(digest, m->digest, 32) == 0 && object_file_same(sig, &m->sig);
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
    StoreOps ops = object_file_system;
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
        ok &= count_objects(s, (size_t[3]){0}, &err) == ERR_IO;
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
        object_file_path(dir, digest, FORM_LZ4, path);
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
    RUN(opening_and_reading_make_no_folder);
    RUN(big_raw_objects_are_mapped_and_others_are_not);
    RUN(a_walk_meets_every_object_and_nothing_else);
    RUN(files_go_in_and_out);
    RUN(short_long_and_senseless_files_are_refused);
    RUN(a_frame_that_unpacks_to_too_much_is_stopped);
    RUN(links_folders_and_pipes_are_no_objects);
    RUN(a_damaged_form_beside_a_good_one_does_no_harm);
    RUN(a_mapped_object_is_hashed_once_and_again_when_touched);
    RUN(a_folder_that_may_not_be_used_says_so);
    RUN(lz4_and_sha256sum_agree);
    sys_remove(base, NULL);
    return check_done();
}

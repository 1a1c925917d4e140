/* base_test.c -- err, buf, hash, sys, proc */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "check.h"
#include "err.h"
#include "hash.h"
#include "proc.h"
#include "sys.h"

static char root[] = "/tmp/rille-base-XXXXXX";

static const char *
in_root(const char *name)
{
    static char path[4][256];
    static int turn;
    char *out = path[turn++ % 4];

    snprintf(out, sizeof path[0], "%s/%s", root, name);
    return out;
}

static void
an_error_keeps_its_code_and_cuts_a_long_message(void)
{
    char text[3000];
    Err err;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    CHECK(err_set(&err, ERR_IO, "%s: %s", "file", text) == ERR_IO);
    CHECK(err.code == ERR_IO);
    CHECK(strlen(err.msg) == sizeof err.msg - 1);
    CHECK(err_set(NULL, ERR_TYPE, "nobody listens") == ERR_TYPE);
}

static void
a_buffer_grows_and_keeps_its_bytes(void)
{
    Buf b;

    buf_init(&b);
    for (int i = 0; i < 10000; i++)
        CHECK(buf_byte(&b, i & 0xff) == OK);
    CHECK(b.len == 10000 && b.data[9999] == (9999 & 0xff));
    CHECK(buf_printf(&b, "%d-%s", 42, "x") == OK);
    CHECK_STR(buf_cstr(&b) + 10000, "42-x");
    CHECK(buf_reserve(&b, SIZE_MAX / 2) == ERR_NOMEM);
    CHECK(b.len == 10004);
    buf_release(&b);
    buf_release(&b);
    CHECK(b.data == NULL);
}

static void
a_varint_comes_back_and_a_cut_one_is_refused(void)
{
    static const uint64_t values[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
    Buf b;

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const unsigned char *p, *end;
        uint64_t v;

        buf_init(&b);
        CHECK(buf_varint(&b, values[i]) == OK);
        p = b.data, end = p + b.len;
        CHECK(buf_read_varint(&p, end, &v) == OK && v == values[i] && p == end);
        p = b.data;
        CHECK(b.len == 1 || buf_read_varint(&p, end - 1, &v) == ERR_CORRUPT);
        buf_release(&b);
    }
}

static void
sha256_agrees_with_fips_180(void)
{
    unsigned char digest[HASH_SIZE], back[HASH_SIZE];
    char hex[HASH_HEX + 1];

    hash_of("abc", 3, digest);
    hash_hex(digest, hex);
    CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash_unhex(hex, back) == 0 && memcmp(back, digest, HASH_SIZE) == 0);
    hex[5] = 'G';
    CHECK(hash_unhex(hex, back) == -1);
    hash_of("", 0, digest);
    hash_hex(digest, hex);
    CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
hashing_in_pieces_is_hashing_at_once(void)
{
    unsigned char bytes[1000], whole[HASH_SIZE], pieces[HASH_SIZE];
    Hash h;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    hash_of(bytes, sizeof bytes, whole);
    for (size_t cut = 0; cut <= sizeof bytes; cut += 37) {
        hash_init(&h);
        hash_bytes(&h, bytes, cut);
        hash_bytes(&h, bytes + cut, sizeof bytes - cut);
        hash_final(&h, pieces);
        CHECK(memcmp(whole, pieces, HASH_SIZE) == 0);
    }
}

/* The digest of two fields. */
static void
fields(const char *tags, const char *a, const char *b, unsigned char out[HASH_SIZE])
{
    Hash h;

    hash_init(&h);
    hash_field(&h, tags[0], a, strlen(a));
    hash_field(&h, tags[1], b, strlen(b));
    hash_final(&h, out);
}

static void
fields_do_not_run_into_each_other(void)
{
    unsigned char x[HASH_SIZE], y[HASH_SIZE];

    fields("ab", "bc", "d", x);
    fields("ab", "b", "cd", y);
    CHECK(memcmp(x, y, HASH_SIZE) != 0);
    fields("ba", "bc", "d", y);
    CHECK(memcmp(x, y, HASH_SIZE) != 0);
    fields("ab", "bc", "d", y);
    CHECK(memcmp(x, y, HASH_SIZE) == 0);
}

static void
a_file_is_written_whole_and_read_back(void)
{
    Buf b;
    Err err;

    buf_init(&b);
    CHECK(sys_mkdirs(in_root("a/b/c"), &err) == OK);
    CHECK(sys_mkdirs(in_root("a/b/c"), &err) == OK);
    CHECK(sys_write_file(in_root("a/b/c/f"), "one", 3, &err) == OK);
    CHECK(sys_write_file(in_root("a/b/c/f"), "two!", 4, &err) == OK);
    CHECK(sys_read_file(in_root("a/b/c/f"), &b, &err) == OK);
    CHECK(b.len == 4 && memcmp(b.data, "two!", 4) == 0);
    buf_release(&b);
    CHECK(sys_read_file(in_root("none"), &b, &err) == ERR_NOTFOUND);
    CHECK(strstr(err.msg, "none: No such file") != NULL);
    CHECK(sys_write_file(in_root("none/f"), "x", 1, &err) != OK);
    buf_release(&b);
}

static void
removing_a_folder_follows_no_link(void)
{
    struct stat st;
    Err err;

    CHECK(sys_mkdirs(in_root("keep"), &err) == OK);
    CHECK(sys_write_file(in_root("keep/f"), "x", 1, &err) == OK);
    CHECK(sys_mkdirs(in_root("gone/deep"), &err) == OK);
    CHECK(symlink(in_root("keep"), in_root("gone/deep/link")) == 0);
    CHECK(sys_remove(in_root("gone"), &err) == OK);
    CHECK(stat(in_root("gone"), &st) && errno == ENOENT);
    CHECK(stat(in_root("keep/f"), &st) == 0);
    CHECK(sys_remove(in_root("gone"), &err) == OK);
}

static void
a_lock_is_held_by_one(void)
{
    int a = open(in_root("lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int b = open(in_root("lock"), O_RDWR | O_CLOEXEC);
    Err err;

    CHECK(sys_lock(a, 0, &err) == OK);
    CHECK(sys_lock(b, 0, &err) == ERR_BUSY);
    close(a);
    CHECK(sys_lock(b, 0, &err) == OK);
    close(b);
}

static void
a_child_answers_over_the_channel(void)
{
    unsigned char big[300000];
    Buf in;
    Proc p;
    Err err;
    int status = -1;

    buf_init(&in);
    memset(big, 7, sizeof big);
    CHECK(proc_fork(&p, &err) == OK);
    if (p.pid == 0) {
        while (proc_receive(&p, &in, &err) == OK)
            if (proc_send(&p, in.data, in.len, &err))
                _exit(1);
        _exit(err.code == ERR_NOTFOUND ? 7 : 2);
    }
    CHECK(proc_send(&p, big, sizeof big, &err) == OK);
    CHECK(proc_receive(&p, &in, &err) == OK);
    CHECK(in.len == sizeof big && memcmp(in.data, big, sizeof big) == 0);
    CHECK(proc_send(&p, "", 0, &err) == OK);
    CHECK(proc_receive(&p, &in, &err) == OK && in.len == 0);
    proc_close(&p, &status);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    proc_close(&p, &status);
    buf_release(&in);
}

static void
a_child_that_dies_is_the_end_of_the_channel(void)
{
    Buf in;
    Proc p;
    Err err;

    buf_init(&in);
    CHECK(proc_fork(&p, &err) == OK);
    if (p.pid == 0)
        _exit(0);
    CHECK(proc_receive(&p, &in, &err) == ERR_NOTFOUND);
    proc_close(&p, NULL);
    buf_release(&in);
}

int
main(void)
{
    Err err;

    if (!mkdtemp(root))
        return 2;
    RUN(an_error_keeps_its_code_and_cuts_a_long_message);
    RUN(a_buffer_grows_and_keeps_its_bytes);
    RUN(a_varint_comes_back_and_a_cut_one_is_refused);
    RUN(sha256_agrees_with_fips_180);
    RUN(hashing_in_pieces_is_hashing_at_once);
    RUN(fields_do_not_run_into_each_other);
    RUN(a_file_is_written_whole_and_read_back);
    RUN(removing_a_folder_follows_no_link);
    RUN(a_lock_is_held_by_one);
    RUN(a_child_answers_over_the_channel);
    RUN(a_child_that_dies_is_the_end_of_the_channel);
    sys_remove(root, &err);
    return check_done();
}

/* base_test.c -- err, buf, hash, sys, proc */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "check.h"
#include "os/sys.h"
#include "os/worker_process.h"

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

/* The next message, waited for; ERR_NOTFOUND at the end. */
static int
await(Worker *w, const unsigned char **data, size_t *n)
{
    Channel *list = &w->channel;
    Err err;
    int rc;

    while ((rc = channel_receive(&w->channel, data, n, &err)) == 0)
        CHECK(channel_wait(&list, 1, 10, &err) == OK);
    return rc;
}

static void
echo_all(Worker *w)
{
    const unsigned char *data;
    size_t n;
    Err err;

    while (channel_receive(&w->channel, &data, &n, &err) == 1)
        if (channel_send(&w->channel, data, n, 1, &err))
            _exit(1);
    _exit(err.code == ERR_NOTFOUND ? 7 : 2);
}

static void
a_child_answers_over_the_channel(void)
{
    static unsigned char big[3000000];
    const unsigned char *in;
    size_t n;
    Worker w;
    Err err;
    int status = -1;

    memset(big, 7, sizeof big);
    CHECK(worker_fork(&w, root, &err) == OK);
    if (w.pid == 0)
        echo_all(&w);
    /* more than the socket holds, before anything is read: nobody blocks */
    for (int i = 0; i < 3; i++)
        CHECK(channel_send(&w.channel, big, sizeof big, 1, &err) == OK);
    CHECK(channel_send(&w.channel, "", 0, 0, &err) == OK);
    for (int i = 0; i < 3; i++) {
        CHECK(await(&w, &in, &n) == 1);
        CHECK(n == sizeof big && memcmp(in, big, sizeof big) == 0);
    }
    CHECK(await(&w, &in, &n) == 1 && n == 0);
    close(w.channel.fd);
    w.channel.fd = -1;
    worker_close(&w, &status);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    worker_close(&w, &status);
}

static void
a_child_that_dies_is_the_end_of_the_channel(void)
{
    const unsigned char *in;
    size_t n;
    Worker w;
    Err err;

    CHECK(worker_fork(&w, root, &err) == OK);
    if (w.pid == 0)
        _exit(0);
    CHECK(await(&w, &in, &n) == ERR_NOTFOUND);
    worker_close(&w, NULL);
}

static void
a_plain_child_is_waited_for(void)
{
    const unsigned char *in;
    size_t n;
    Worker w;
    Err err;
    int status = -1;

    CHECK(worker_fork(&w, NULL, &err) == OK);
    if (w.pid == 0)
        echo_all(&w);
    CHECK(getpgid(w.pid) == w.pid);     /* Ctrl-C is its parent's to pass on */
    CHECK(channel_send(&w.channel, "hello", 5, 1, &err) == OK);
    CHECK(channel_receive(&w.channel, &in, &n, &err) == 1 && n == 5 && memcmp(in, "hello", 5) == 0);
    worker_close(&w, &status);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void
what_a_child_has_not_begun_can_be_taken_back(void)
{
    Worker w;
    Err err;

    CHECK(worker_fork(&w, root, &err) == OK);
    if (w.pid == 0)
        echo_all(&w);
    /* both ends of the word, in one process */
    CHECK(channel_claim(&w.channel, 1) && channel_claim(&w.channel, 2) && !channel_claim(&w.channel, 2));
    CHECK(channel_at(&w.channel) == 2 && channel_withdraw(&w.channel) == 2);
    CHECK(!channel_claim(&w.channel, 3));
    channel_reopen(&w.channel, 5);
    CHECK(!channel_claim(&w.channel, 3) && !channel_claim(&w.channel, 5) && channel_claim(&w.channel, 6));
    worker_signal(&w, WORKER_KILL);
    worker_close(&w, NULL);
}

static void
what_a_child_prints_outlives_it(void)
{
    uint64_t at;
    Buf text;
    Worker w;
    Err err;
    int status = 0;

    buf_init(&text);
    CHECK(worker_fork(&w, root, &err) == OK);
    if (w.pid == 0) {
        fprintf(stderr, "last words\n");
        signal(SIGSEGV, SIG_DFL);       /* a sanitizer may have its own */
        raise(SIGSEGV);
    }
    CHECK(worker_reap(&w, 1, &status) == 1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    CHECK(worker_log(&w, 0, 100, &text, &at, &err) == OK && at == 0 && strstr(buf_cstr(&text), "last words"));
    worker_close(&w, NULL);
    buf_release(&text);
}

/* Whether that process runs, not being a zombie. */
static int
runs(pid_t pid)
{
    char path[64], state = 'X';
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    f = fopen(path, "re");
    if (!f)
        return 0;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    fclose(f);
    return state != 'Z' && state != 'X';
}

/* In a child: a daemon, in a session of its own and without a parent that waits for
 * it; its number goes to the parent's end of the channel. */
static void
start_daemon(Worker *w)
{
    pid_t pid = fork();
    Err err;

    if (pid)
        return;
    setsid();
    if (fork())
        _exit(0);
    pid = getpid();
    channel_send(&w->channel, &pid, sizeof pid, 1, &err);
    for (;;)
        pause();
}

static pid_t
take_pid(Worker *w)
{
    const unsigned char *data;
    Channel *list[] = {&w->channel};
    pid_t pid = 0;
    size_t n = 0;
    Err err;

    for (int i = 0; i < 500 && channel_receive(&w->channel, &data, &n, &err) == 0; i++)
        channel_wait(list, 1, 0.1, &err);
    if (n == sizeof pid)
        memcpy(&pid, data, n);
    return pid;
}

static int
ends(Worker *w)
{
    for (int i = 0; i < 1000 && !worker_has_ended(w); i++)
        usleep(10000);
    return worker_has_ended(w);
}

static void
a_daemon_ends_with_the_child_that_started_it(void)
{
    Worker w;
    Err err;
    pid_t daemon;
    int status = 0;

    CHECK(worker_fork(&w, root, &err) == OK);
    if (w.pid == 0) {
        const unsigned char *data;
        size_t n;

        start_daemon(&w);
        channel_receive(&w.channel, &data, &n, &err);
        _exit(7);
    }
    daemon = take_pid(&w);
    CHECK(daemon > 0 && runs(daemon));
    CHECK(channel_send(&w.channel, "", 0, 1, &err) == OK);
    CHECK(ends(&w) && !runs(daemon));
    CHECK(worker_reap(&w, 1, &status) == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    worker_close(&w, NULL);
}

static void
a_daemon_is_killed_with_the_child_that_started_it(void)
{
    Worker w;
    Err err;
    pid_t daemon;

    CHECK(worker_fork(&w, root, &err) == OK);
    if (w.pid == 0) {
        start_daemon(&w);
        for (;;)
            pause();
    }
    daemon = take_pid(&w);
    CHECK(daemon > 0 && runs(daemon));
    worker_signal(&w, WORKER_KILL);
    CHECK(ends(&w) && !runs(daemon));
    worker_close(&w, NULL);
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
    RUN(a_plain_child_is_waited_for);
    RUN(what_a_child_has_not_begun_can_be_taken_back);
    RUN(what_a_child_prints_outlives_it);
    RUN(a_daemon_ends_with_the_child_that_started_it);
    RUN(a_daemon_is_killed_with_the_child_that_started_it);
    sys_remove(root, &err);
    return check_done();
}

/* worker_process_test.c -- see host/os/worker_process.h and channel.h */
#include <sys/wait.h>

#include "check.h"
#include "os/sys.h"
#include "os/worker_process.h"

static char root[] = "/tmp/rille-test-XXXXXX";

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
    CHECK(channel_claim(&w.channel, 1) && channel_claim(&w.channel, 2)
          && !channel_claim(&w.channel, 2));
    CHECK(channel_at(&w.channel) == 2 && channel_withdraw(&w.channel) == 2);
    CHECK(!channel_claim(&w.channel, 3));
    channel_reopen(&w.channel, 5);
    CHECK(!channel_claim(&w.channel, 3) && !channel_claim(&w.channel, 5)
          && channel_claim(&w.channel, 6));
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
    CHECK(worker_log(&w, 0, 100, &text, &at, &err) == OK && at == 0
          && strstr(buf_cstr(&text), "last words"));
    worker_close(&w, NULL);
    buf_release(&text);
}

int
main(void)
{
    Err err;

    if (!mkdtemp(root))
        return 2;
    RUN(a_child_answers_over_the_channel);
    RUN(a_child_that_dies_is_the_end_of_the_channel);
    RUN(a_plain_child_is_waited_for);
    RUN(what_a_child_has_not_begun_can_be_taken_back);
    RUN(what_a_child_prints_outlives_it);
    sys_remove(root, &err);
    return check_done();
}

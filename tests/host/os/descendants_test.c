/* descendants_test.c -- see host/os/descendants.h */
#include <unistd.h>

#include "check.h"
#include "os/sys.h"
#include "os/worker_process.h"

static char root[] = "/tmp/rille-test-XXXXXX";

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
    RUN(a_daemon_ends_with_the_child_that_started_it);
    RUN(a_daemon_is_killed_with_the_child_that_started_it);
    sys_remove(root, &err);
    return check_done();
}

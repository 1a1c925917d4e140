/* spawn_test.c -- programs as child processes: what they get, what they say, how
 * they end, and that nothing of ours stays with them. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "os/spawn.h"

enum { TEXT = 1 << 16, LONG = 20000 };

typedef struct Result {
    char text[TEXT];
    size_t len;
    int status;
} Result;

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
start(Spawn *s, const char *script, int flags)
{
    static const char *const env[] = {"ONE=1", NULL};
    const char *argv[] = {"sh", "-c", script, NULL};
    SpawnPlan plan = {"/bin/sh", argv, env, "/", NULL, flags, 0};
    Err err;

    return spawn_start(s, &plan, &err);
}

/* Reads all it says; keeps the beginning. */
static void
follow(Spawn *s, Result *r)
{
    char chunk[4096];
    ssize_t got;

    r->len = 0;
    while ((got = spawn_read(s, chunk, sizeof chunk, -1)) != SPAWN_ENDED) {
        size_t room = TEXT - 1 - r->len;

        if (got < 0)
            continue;
        memcpy(r->text + r->len, chunk, (size_t)got < room ? (size_t)got : room);
        r->len += (size_t)got < room ? (size_t)got : room;
    }
    r->text[r->len] = 0;
    r->status = s->status;
}

static Result *
run(const char *script)
{
    static Result r;
    Spawn s;

    CHECK(start(&s, script, SPAWN_GROUP) == OK);
    follow(&s, &r);
    spawn_finish(&s);
    CHECK(s.fd == -1 && s.life == -1 && s.pid == 0);
    return &r;
}

static void
output_and_errors_come_in_the_order_of_writing(void)
{
    Result *r = run("echo a; echo b >&2; echo c");

    CHECK_STR(r->text, "a\nb\nc\n");
    CHECK(WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0);
}

static void
the_end_is_a_code_or_a_signal(void)
{
    CHECK(WEXITSTATUS(run("exit 7")->status) == 7);
    CHECK(WTERMSIG(run("kill -TERM $$")->status) == SIGTERM);
}

static void
it_gets_the_environment_of_the_plan_and_nothing_else(void)
{
    setenv("RILLE_UNIT_SECRET", "x", 1);
    CHECK_STR(run("exec env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD=")->text, "ONE=1\n");
    CHECK_STR(run("pwd")->text, "/\n");
}

static void
it_reads_nothing_and_inherits_no_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY), high = fcntl(fd, F_DUPFD, 40);

    CHECK_STR(run("cat; echo end")->text, "end\n");
    CHECK_STR(run("for f in /proc/$$/fd/*; do f=${f##*/}; [ $f -gt 2 ] && [ $f -lt 200 ] && [ -e "
                  "/proc/$$/fd/$f ] && echo $f; done; :")
                  ->text,
              "");
    close(fd);
    close(high);
}

static void
signals_are_at_their_defaults(void)
{
    signal(SIGPIPE, SIG_IGN);
    CHECK_STR(run("grep SigIgn /proc/self/status | tr -d '[:space:]0'")->text, "SigIgn:");
    CHECK_STR(run("grep SigBlk /proc/self/status | tr -d '[:space:]0'")->text, "SigBlk:");
}

static void
a_program_that_is_not_there_is_told(void)
{
    const char *argv[] = {"none", NULL};
    SpawnPlan plan = {"/none/such", argv, argv + 1, NULL, NULL, 0, 0};
    Spawn s;
    Err err;

    CHECK(spawn_start(&s, &plan, &err) == ERR_NOTFOUND);
    CHECK_STR(err.msg, "/none/such: No such file or directory");
    CHECK(s.fd == -1 && s.pid == 0);
    plan.path = "/";
    CHECK(spawn_start(&s, &plan, &err) == ERR_IO);
    plan.path = "/bin/sh";
    plan.cwd = "/none";
    CHECK(spawn_start(&s, &plan, &err) == ERR_NOTFOUND);
    CHECK_STR(err.msg, "/none: No such file or directory");
    spawn_finish(&s);
}

static void
much_output_comes_whole(void)
{
    Spawn s;
    char chunk[4096];
    size_t total = 0;
    ssize_t got;

    CHECK(start(&s, "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done", 0) == OK);
    while ((got = spawn_read(&s, chunk, sizeof chunk, -1)) != SPAWN_ENDED)
        total += got > 0 ? (size_t)got : 0;
    spawn_finish(&s);
    CHECK(total == 11 * (size_t)LONG);
}

static void
a_grandchild_that_keeps_the_pipe_does_not_hold_up_the_end(void)
{
    double t = now();
    Result *r = run("(sleep 5; echo late) & echo early");

    CHECK_STR(r->text, "early\n");
    CHECK(now() - t < 2);
}

static void
the_same_without_a_pidfd(void)
{
    static Result r;
    double t = now();
    Spawn s;

    CHECK(start(&s, "(sleep 5) & echo early", SPAWN_GROUP) == OK);
    if (s.life >= 0)
        close(s.life);
    s.life = -1;
    follow(&s, &r);
    spawn_finish(&s);
    CHECK_STR(r.text, "early\n");
    CHECK(now() - t < 2);
}

static void
a_read_with_a_timeout_comes_back(void)
{
    char text[64];
    double t = now();
    Spawn s;

    CHECK(start(&s, "sleep 5", SPAWN_GROUP) == OK);
    CHECK(spawn_read(&s, text, sizeof text, 0) == SPAWN_NOTHING);
    CHECK(spawn_read(&s, text, sizeof text, 50) == SPAWN_NOTHING);
    CHECK(now() - t >= 0.05 && now() - t < 2);
    close(s.life);
    s.life = -1;
    CHECK(spawn_read(&s, text, sizeof text, 50) == SPAWN_NOTHING);
    spawn_kill(&s, SIGKILL);
    while (spawn_read(&s, text, sizeof text, -1) != SPAWN_ENDED)
        ;
    CHECK(WTERMSIG(s.status) == SIGKILL);
    spawn_finish(&s);
    spawn_finish(&s);
}

static void
a_kill_reaches_all_that_it_started(void)
{
    char text[64] = "";
    long grandchild;
    Spawn s;

    CHECK(start(&s, "sleep 30 & echo $!; wait", SPAWN_GROUP) == OK);
    while (spawn_read(&s, text, sizeof text - 1, -1) <= 0)
        ;
    grandchild = atol(text);
    CHECK(grandchild > 0 && kill((pid_t)grandchild, 0) == 0);
    spawn_finish(&s);                   /* kills what has not ended */
    for (int i = 0; i < 200 && kill((pid_t)grandchild, 0) == 0; i++) {
        char path[64], state[512] = "";
        FILE *f;

        /* one that nobody waits for stays as a zombie */
        snprintf(path, sizeof path, "/proc/%ld/stat", grandchild);
        f = fopen(path, "r");
        if (f && fgets(state, sizeof state, f) && strstr(state, ") Z"))
            i = 1000;
        if (f)
            fclose(f);
        usleep(10000);
        if (i == 199)
            CHECK(!"the grandchild lives");
    }
}

static void
it_dies_with_its_parent(void)
{
    char text[64] = "";
    int pair[2], alive = 1;
    pid_t middle, child;

    CHECK(pipe(pair) == 0);
    middle = fork();
    if (middle == 0) {
        Spawn s;
        int bad = start(&s, "exec sleep 30", SPAWN_GROUP);

        snprintf(text, sizeof text, "%ld", bad ? 0L : (long)s.pid);
        if (write(pair[1], text, sizeof text) < 0)
            _exit(1);
        _exit(0);                       /* without finishing it */
    }
    CHECK(read(pair[0], text, sizeof text) == (ssize_t)sizeof text);
    child = (pid_t)atol(text);
    CHECK(child > 0);
    waitpid(middle, NULL, 0);
    for (int i = 0; i < 300 && alive; i++) {
        char path[64], state[512] = "";
        FILE *f;

        snprintf(path, sizeof path, "/proc/%ld/stat", (long)child);
        f = fopen(path, "r");
        alive = f && fgets(state, sizeof state, f) && !strstr(state, ") Z");
        if (f)
            fclose(f);
        usleep(10000);
    }
    CHECK(!alive);
    close(pair[0]);
    close(pair[1]);
}

static void
standard_output_goes_to_a_file(void)
{
    static Result r;
    char name[] = "/tmp/rille-spawn-XXXXXX", text[64] = "";
    const char *argv[] = {"sh", "-c", "echo out; echo err >&2", NULL};
    SpawnPlan plan = {"/bin/sh", argv, argv + 3, NULL, name, 0, 0};
    int fd = mkstemp(name);
    Spawn s;
    Err err;

    CHECK(fd >= 0 && spawn_start(&s, &plan, &err) == OK);
    follow(&s, &r);
    spawn_finish(&s);
    CHECK_STR(r.text, "err\n");
    CHECK(read(fd, text, sizeof text - 1) == 4);
    CHECK_STR(text, "out\n");
    close(fd);
    unlink(name);
    plan.out = "/none/such/file";
    CHECK(spawn_start(&s, &plan, &err) == ERR_IO);
    CHECK_STR(err.msg, "/none/such/file: No such file or directory");
}

static void
what_is_written_is_the_standard_input(void)
{
    static Result r;
    const char *argv[] = {"sh", "-c", "read a; read b; echo $b$a", NULL};
    SpawnPlan plan = {"/bin/sh", argv, argv + 3, NULL, NULL, SPAWN_INPUT, 0};
    Spawn s;
    Err err;

    CHECK(spawn_start(&s, &plan, &err) == OK);
    CHECK(spawn_write(&s, "one\n", 4, &err) == OK);
    CHECK(spawn_write(&s, "two\n", 4, &err) == OK);
    follow(&s, &r);
    CHECK_STR(r.text, "twoone\n");
    /* it has ended: an error, not a signal */
    CHECK(spawn_write(&s, "three\n", 6, &err) != OK);
    spawn_finish(&s);
}

static void
a_forked_process_that_lets_go_kills_nothing(void)
{
    static Result r;
    const char *argv[] = {"sh", "-c", "read a; echo $a", NULL};
    SpawnPlan plan = {"/bin/sh", argv, argv + 3, NULL, NULL, SPAWN_INPUT, 0};
    Spawn s;
    pid_t child;
    Err err;

    CHECK(spawn_start(&s, &plan, &err) == OK);
    child = fork();
    if (child == 0) {
        spawn_finish(&s);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    CHECK(spawn_write(&s, "here\n", 5, &err) == OK);
    follow(&s, &r);
    CHECK_STR(r.text, "here\n");
    spawn_finish(&s);
}

static void
an_end_that_the_host_ignores_is_no_success(void)
{
    static Result r;
    Spawn s;

    signal(SIGCHLD, SIG_IGN);
    CHECK(start(&s, "exit 1", 0) == OK);
    follow(&s, &r);
    CHECK(s.status_lost);
    spawn_finish(&s);
    signal(SIGCHLD, SIG_DFL);
    CHECK(start(&s, "exit 1", 0) == OK);
    follow(&s, &r);
    CHECK(!s.status_lost);
    spawn_finish(&s);
}

static void
no_descriptor_is_lost(void)
{
    int before = open("/dev/null", O_RDONLY), after;

    close(before);
    for (int i = 0; i < 20; i++) {
        run("exit 1");
        a_program_that_is_not_there_is_told();
    }
    after = open("/dev/null", O_RDONLY);
    CHECK(before == after);
    close(after);
}

static void
a_program_is_found_in_the_first_folder_that_has_it(void)
{
    char out[256];

    CHECK(spawn_find("sh", "/none:/bin:/usr/bin", "/base", out, sizeof out) == OK);
    CHECK_STR(out, "/bin/sh");
    CHECK(spawn_find("sh", "/bin/", "/base", out, sizeof out) == OK);
    CHECK_STR(out, "/bin/sh");
    CHECK(spawn_find("sh", "bin", "/", out, sizeof out) == OK);
    CHECK(spawn_find("sh", "", "/bin", out, sizeof out) == OK);
    CHECK_STR(out, "/bin/sh");
    CHECK(spawn_find("sh", "/none", "/base", out, sizeof out) == ERR_NOTFOUND);
    CHECK(spawn_find("", "/bin", "/base", out, sizeof out) == ERR_NOTFOUND);
    CHECK(spawn_find("bin", "/", "/", out, sizeof out) == ERR_NOTFOUND);    /* a folder */
    CHECK(spawn_find("sh", "/a-long-folder", "/base", out, 4) == ERR_INVAL);
}

int
main(void)
{
    RUN(output_and_errors_come_in_the_order_of_writing);
    RUN(the_end_is_a_code_or_a_signal);
    RUN(it_gets_the_environment_of_the_plan_and_nothing_else);
    RUN(it_reads_nothing_and_inherits_no_descriptor);
    RUN(signals_are_at_their_defaults);
    RUN(a_program_that_is_not_there_is_told);
    RUN(much_output_comes_whole);
    RUN(a_grandchild_that_keeps_the_pipe_does_not_hold_up_the_end);
    RUN(the_same_without_a_pidfd);
    RUN(a_read_with_a_timeout_comes_back);
    RUN(a_kill_reaches_all_that_it_started);
    RUN(it_dies_with_its_parent);
    RUN(standard_output_goes_to_a_file);
    RUN(what_is_written_is_the_standard_input);
    RUN(a_forked_process_that_lets_go_kills_nothing);
    RUN(an_end_that_the_host_ignores_is_no_success);
    RUN(no_descriptor_is_lost);
    RUN(a_program_is_found_in_the_first_folder_that_has_it);
    return check_done();
}

/* workers_test.c -- runs with rille_run_options.jobs: their steps run in processes that the rille
 * program forks. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "host.h"
#include "rille.h"

/* A pipeline that gives the numbers of the processes of both steps; `sleepy` writes its own and
 * sleeps, `ends` kills itself. */
static const char SCRIPT[] =
    HEAD "local function pid() local f = io.open '/proc/self/stat' local n = f:read 'n' f:close() "
    "return n end\n"
    "local one = step 'one' { cache = false, outputs = { t.number 'n' }, run = pid }\n"
    "local two = step 'two' { cache = false, outputs = { t.number 'n' }, run = function()\n"
    "  print 'two prints' return pid() end }\n"
    "pipeline 'pids' { define = function() one() two() end }\n"
    "local sleepy = step 'sleepy' { cache = false, outputs = { t.number 'n' }, run = function()\n"
    "  local f = io.open('sleepy.tmp', 'w') f:write(string.format('%d', pid())) f:close()\n"
    "  os.rename('sleepy.tmp', 'sleepy') os.execute 'sleep 1000' return 1 end }\n"
    "pipeline 'sleepy' { define = function() sleepy() end }\n"
    "local ends = step 'ends' { cache = false, outputs = { t.number 'n' }, run = function()\n"
    "  os.execute('kill -9 ' .. string.format('%d', pid())) return 1 end }\n"
    "pipeline 'ends' { define = function() ends() end }\n"
    "local fds = step 'fds' { cache = false, outputs = { t.string 's' }, run = function()\n"
    "  local f = io.popen 'ls -l /proc/$PPID/fd /proc/$(ps -o ppid= -p $PPID | tr -d \" \")/fd' "
    "  local s = f:read 'a' f:close() return s end }\n"
    "pipeline 'fds' { define = function() fds() end }\n";

static const char *
program(void)
{
    const char *named = getenv("RILLE");

    CHECK(named != NULL);
    return named ? named : "rille";
}

static rille_engine *
engine(void)
{
    rille_engine *e = host_open();

    CHECK_RC(rille_set(e, "program", program()), RILLE_OK);
    CHECK_RC(rille_load_file(e, host_write("script.lua", SCRIPT)), RILLE_OK);
    return e;
}

static int
run(rille_run **r, rille_engine *e, const char *pipeline)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;

    how.jobs = 2;
    return rille_run_pipeline(r, e, pipeline, &how);
}

static double
number(rille_run *r, const char *name)
{
    double v = -1;

    CHECK_RC(rille_get_number(rille_run_outputs(r), name, &v), RILLE_OK);
    return v;
}

/* Waits until the condition holds, a minute at most. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        int waits_ = 0;                                                                            \
        while (!(condition) && waits_++ < 6000)                                                    \
            usleep(10000);                                                                         \
        CHECK(condition);                                                                          \
    } while (0)

/* The number in the file `sleepy`, or 0 while there is none. */
static pid_t
sleeper(void)
{
    char path[256];
    FILE *f;
    long n = 0;

    snprintf(path, sizeof path, "%s/sleepy", host_dir);
    f = fopen(path, "r");
    if (f && fscanf(f, "%ld", &n) != 1)
        n = 0;
    if (f)
        fclose(f);
    return (pid_t)n;
}

static void
forget_sleeper(void)
{
    char path[256];

    snprintf(path, sizeof path, "%s/sleepy", host_dir);
    unlink(path);
}

static int
is_gone(pid_t pid)
{
    return kill(pid, 0) && errno == ESRCH;
}

/* Has this process no child? */
static int
has_no_child(void)
{
    return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void
steps_run_in_processes_and_those_of_a_text_in_the_thread(void)
{
    rille_engine *e = engine();
    rille_run *r = NULL;
    int before = host_descriptors();

    CHECK_RC(run(&r, e, "pids"), RILLE_OK);
    CHECK(number(r, "one") != (double)getpid() && number(r, "two") != (double)getpid());
    CHECK(host_has(host_said, "two prints\n"));
    rille_run_free(r);
    CHECK(has_no_child() && host_descriptors() >= before);
    host_close(e);

    e = host_open();
    CHECK_RC(host_load(e, SCRIPT), RILLE_OK);
    CHECK_RC(run(&r, e, "pids"), RILLE_OK);
    CHECK(number(r, "one") == (double)getpid());
    rille_run_free(r);
    host_close(e);
}

static void
the_program_is_found_on_path(void)
{
    rille_engine *e = host_open();
    rille_run *r = NULL;
    char path[512], *old = strdup(getenv("PATH"));

    snprintf(path, sizeof path, "%s/bin", host_dir);
    CHECK(mkdir(path, 0777) == 0);
    snprintf(path, sizeof path, "%s/bin/rille", host_dir);
    CHECK(symlink(program(), path) == 0);
    snprintf(path, sizeof path, "%s/bin:%s", host_dir, old);
    setenv("PATH", path, 1);
    CHECK_RC(rille_load_file(e, host_write("script.lua", SCRIPT)), RILLE_OK);
    CHECK_RC(run(&r, e, "pids"), RILLE_OK);
    CHECK(number(r, "one") != (double)getpid());
    rille_run_free(r);
    host_close(e);
    setenv("PATH", old, 1);
    free(old);
}

static void
a_wrong_program_is_an_error_that_names_it(void)
{
    static const char *const wrong[] = {"/no/such/program", "/bin/false"};
    rille_engine *e = engine();
    rille_run *r = NULL;
    const char *set = "";

    for (size_t i = 0; i < 2; i++) {
        CHECK_RC(rille_set(e, "program", wrong[i]), RILLE_OK);
        CHECK_RC(rille_get(e, "program", &set), RILLE_OK);
        CHECK_STR(set, wrong[i]);
        CHECK(run(&r, e, "pids") != RILLE_OK && host_has(rille_errmsg(e), wrong[i]));
        rille_run_free(r);
        r = NULL;
    }
    CHECK_RC(rille_set(e, "programme", "x"), RILLE_ENOTFOUND);
    CHECK_RC(rille_set(e, NULL, "x"), RILLE_EINVAL);
    CHECK_RC(rille_set(e, "program", program()), RILLE_OK);
    CHECK_RC(run(&r, e, "pids"), RILLE_OK);
    rille_run_free(r);
    CHECK(has_no_child());
    host_close(e);
}

static void
a_worker_that_is_killed_fails_its_step(void)
{
    rille_engine *e = engine();
    rille_run *r = NULL;

    CHECK_RC(run(&r, e, "ends"), RILLE_ESTEP);
    CHECK(host_has(rille_errmsg(e), "step ends: ") && host_has(rille_errmsg(e), "SIGKILL"));
    rille_run_free(r);
    CHECK_RC(run(&r, e, "pids"), RILLE_OK);
    rille_run_free(r);
    CHECK(has_no_child());
    host_close(e);
}

static void *
interrupt_when_it_sleeps(void *e)
{
    AWAIT(sleeper());
    rille_interrupt(e);
    return NULL;
}

static void
an_interrupt_ends_the_workers(void)
{
    rille_engine *e = engine();
    rille_run *r = NULL;
    pthread_t thread;

    forget_sleeper();
    CHECK(pthread_create(&thread, NULL, interrupt_when_it_sleeps, e) == 0);
    CHECK_RC(run(&r, e, "sleepy"), RILLE_ECANCELLED);
    pthread_join(thread, NULL);
    rille_run_free(r);
    CHECK(has_no_child());
    AWAIT(is_gone(sleeper()));
    CHECK_RC(run(&r, e, "pids"), RILLE_OK);
    rille_run_free(r);
    host_close(e);
}

static void
the_end_of_the_host_ends_the_workers(void)
{
    pid_t host;

    forget_sleeper();
    fflush(NULL);
    host = fork();
    if (host == 0) {
        rille_run *r = NULL;

        run(&r, engine(), "sleepy");
        _exit(0);
    }
    AWAIT(sleeper());
    CHECK(kill(host, SIGKILL) == 0 && waitpid(host, NULL, 0) == host);
    AWAIT(is_gone(sleeper()));
}

static void
nothing_of_the_host_is_open_in_them(void)
{
    rille_engine *e = engine();
    rille_run *r = NULL;
    const char *s = "";
    char path[128];
    size_t n;
    int fd;

    snprintf(path, sizeof path, "%s/opened-by-the-host", host_dir);
    fd = open(path, O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0);
    CHECK_RC(run(&r, e, "fds"), RILLE_OK);
    CHECK_RC(rille_get_string(rille_run_outputs(r), "fds", &s, &n), RILLE_OK);
    CHECK(host_has(s, "socket:") && !strstr(s, "opened-by-the-host"));
    rille_run_free(r);
    close(fd);
    host_close(e);
}

static void *
work(void *arg)
{
    char store[160];
    rille_engine *e;
    rille_run *r = NULL;
    intptr_t bad = 0;

    snprintf(store, sizeof store, "%s/store-%d", host_dir, *(int *)arg);
    for (int i = 0; i < 3 && !bad; i++) {
        bad = rille_open(&e, store, NULL) || rille_set(e, "program", program())
              || rille_load_file(e, "script.lua") || run(&r, e, "pids");
        if (bad)
            printf("%s\n", rille_errmsg(e));
        rille_run_free(r);
        rille_close(e);
    }
    return (void *)bad;
}

static void
engines_of_several_threads_have_their_own(void)
{
    pthread_t threads[4];
    int numbers[4];
    void *bad;

    host_write("script.lua", SCRIPT);
    for (int i = 0; i < 4; i++) {
        numbers[i] = i;
        CHECK(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &bad);
        CHECK(!bad);
    }
    CHECK(has_no_child());
}

int
main(void)
{
    host_begin("workers");
    RUN(steps_run_in_processes_and_those_of_a_text_in_the_thread);
    RUN(the_program_is_found_on_path);
    RUN(a_wrong_program_is_an_error_that_names_it);
    RUN(a_worker_that_is_killed_fails_its_step);
    RUN(an_interrupt_ends_the_workers);
    RUN(the_end_of_the_host_ends_the_workers);
    RUN(nothing_of_the_host_is_open_in_them);
    RUN(engines_of_several_threads_have_their_own);
    return host_end();
}

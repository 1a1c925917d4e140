/* process_test.c -- the process stays its host's, whatever its habits are. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "host.h"
#include "rille.h"

static void
a_thousand_engines_leave_nothing(void)
{
    char tmp[128];
    int before,
        n = getenv("ASAN_OPTIONS") && strstr(getenv("ASAN_OPTIONS"), "detect_leaks=1") ? 100 : 1000;

    snprintf(tmp, sizeof tmp, "%s/tmp", host_store);
    before = host_descriptors();
    for (int i = 0; i < n && !check_bad; i++) {
        rille_engine *e = host_open();

        CHECK(host_load(e, PIPELINE("one", "return 1")) == RILLE_OK);
        if (i % 20 == 0)
            CHECK(host_run(e, "one") == 1);
        if (i % 50 == 1)
            CHECK(
                host_load(e, PIPELINE("two", "io.popen('echo x >&2'):close() return math.random()"))
                    == RILLE_OK
                && host_run(e, "two") >= 0);
        host_close(e);
    }
    CHECK(host_descriptors() == before);
    CHECK(host_count("/proc/self/task") == 1);
    CHECK(host_count(tmp) == 0);
}

/* What a program that the host starts while an engine is open has of it. */
static void
programs_of_the_host_get_no_descriptor(void)
{
    rille_engine *e = host_open();
    int before, after;
    char text[16];
    FILE *p = popen("ls /proc/self/fd | wc -l", "r");

    before = p && fgets(text, sizeof text, p) ? atoi(text) : -1;
    pclose(p);
    CHECK(host_load(e, PIPELINE("fd", "io.popen('true'):close() return 1")) == RILLE_OK
          && host_run(e, "fd") == 1);
    p = popen("ls /proc/self/fd | wc -l", "r");
    after = p && fgets(text, sizeof text, p) ? atoi(text) : -2;
    pclose(p);
    CHECK(before == after);
    host_close(e);
}

static void
two_engines_of_one_thread_know_nothing_of_each_other(void)
{
    rille_engine *a = host_open(), *b = host_open();

    CHECK(host_load(a,
                    PIPELINE("mine", "return 1") "x = 1 math.randomseed(1) io.output(io.tmpfile()) "
                                                 "collectgarbage 'stop'")
          == RILLE_OK);
    CHECK(
        host_load(b, "assert(x == nil and io.output() == io.stdout and collectgarbage 'isrunning')")
        == RILLE_OK);
    CHECK(rille_run_pipeline(&(rille_run *){NULL}, b, "mine", NULL) == RILLE_ENOTFOUND);
    CHECK(host_run(a, "mine") == 1);
    host_close(a);
    CHECK(host_load(b, PIPELINE("mine", "return 2")) == RILLE_OK && host_run(b, "mine") == 2);
    host_close(b);
}

static void
nothing_of_the_process_is_changed(void)
{
    char cwd[512], after[512];
    struct sigaction before[65], now;
    sigset_t mask, mask_after;
    mode_t mode = umask(0);
    rille_engine *e;

    umask(mode);
    for (int i = 1; i < 65; i++)
        if (sigaction(i, NULL, &before[i]))
            before[i].sa_handler = SIG_ERR;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(getcwd(cwd, sizeof cwd) != NULL);
    e = host_open();
    CHECK(
        host_load(
            e, PIPELINE(
                   "proc",
                   "os.setlocale 'de_DE.UTF-8' os.execute 'cd /' io.popen('pwd'):close() return 1"))
        == RILLE_OK);
    CHECK(host_run(e, "proc") == 1);
    CHECK(getcwd(after, sizeof after) && strcmp(cwd, after) == 0);
    for (int i = 1; i < 65; i++)
        if (before[i].sa_handler != SIG_ERR && sigaction(i, NULL, &now) == 0)
            CHECK(now.sa_handler == before[i].sa_handler);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    for (int i = 1; i < 65; i++)
        CHECK(sigismember(&mask, i) == sigismember(&mask_after, i));
    CHECK(umask(mode) == mode);
    host_close(e);
}

/* The digest of the pipeline's only output; until the next one. */
static char *
digest_of(const char *script, const char *name)
{
    static char digest[80];
    rille_engine *e = host_open();
    rille_artifact *a = NULL;
    rille_run *r = NULL;

    digest[0] = 0;
    CHECK_RC(host_load(e, script), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, name, NULL), RILLE_OK);
    CHECK_RC(rille_get_artifact(&a, rille_run_outputs(r), name), RILLE_OK);
    if (a)
        snprintf(digest, sizeof digest, "%.64s", rille_artifact_digest(a));
    rille_artifact_free(a);
    rille_run_free(r);
    host_close(e);
    return digest;
}

#define NUMBERS                                                                                    \
    HEAD "local s = step 'num' { params = { x = 0.5 }, outputs = { t.string 'n' }, run = "         \
         "function(p)\n"                                                                           \
         "  return table.concat({ tostring(1.5), ('%.2f'):format(2.25), tostring(tonumber "        \
         "'3.75'), 1e15, p.x, ('%a'):format(0.1),\n"                                               \
         "    require('rille.json').encode { 0.1 }, tostring('a' < 'B'), ('\\xe4'):upper() }, ' "  \
         "') end }\n"                                                                              \
         "pipeline 'num' { define = function() s { x = 0.25 } end }\n"

/* The keys and values of a host whose locale writes 1,5 are those of any other. */
static void
numbers_do_not_hang_on_the_locale_of_the_host(void)
{
    char first[80], command[256], number[16];
    rille_run *r = NULL;
    rille_engine *e;

    snprintf(first, sizeof first, "%s", digest_of(NUMBERS, "num"));
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1",
             host_dir);
    if (system(command) != 0 || setenv("LOCPATH", host_dir, 1)
        || !setlocale(LC_ALL, "de_DE.UTF-8")) {
        CHECK_CANNOT("the machine has no definitions of locales");
        return;
    }
    snprintf(number, sizeof number, "%.1f", 1.5);
    CHECK_STR(number, "1,5");
    e = host_open();
    CHECK(host_load(e, NUMBERS) == RILLE_OK && rille_run_pipeline(&r, e, "num", NULL) == RILLE_OK);
    rille_run_free(r);
    CHECK(host_load(e,
                    "local r = require('rille').pipelines.num.runs[-1] assert(r.steps[1].status == "
                    "'cached', r.steps[1].reason)")
          == RILLE_OK);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    host_close(e);
    CHECK_STR(digest_of(NUMBERS, "num"), first);
    snprintf(number, sizeof number, "%.1f", 1.5);
    CHECK_STR(number, "1,5");
    setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
}

/* A host that is a daemon, and closed what it does not need. */
static void
use_without_streams(void)
{
    rille_engine *e;
    int fine;

    close(0);
    close(1);
    close(2);
    e = host_open();
    fine = host_load(
               e, PIPELINE("closed", "print 'x' io.stderr:write 'y' os.execute 'echo z' return 1"))
               == RILLE_OK
           && host_run(e, "closed") == 1;
    /* what the host prints goes nowhere, and into no file of the store */
    fine = fine && write(1, "x", 1) < 0 && write(2, "x", 1) < 0;
    host_close(e);
    fine = fine && fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0;
    _exit(!fine || check_bad);
}

static void
use_with_sigpipe_ignored(void)
{
    rille_engine *e;
    int fine;

    signal(SIGPIPE, SIG_IGN);
    e = host_open();
    fine =
        host_load(e, PIPELINE("ignored",
                              "local p = io.popen('exec true', 'w') os.execute 'sleep 0.1' for _ = "
                              "1, 9 do p:write(('x'):rep(65536)) end p:close() return 1"))
            == RILLE_OK
        && host_run(e, "ignored") == 1;
    host_close(e);
    _exit(!fine);
}

static void
hosts_of_other_habits(void)
{
    void (*const hosts[])(void) = {use_without_streams, use_with_sigpipe_ignored};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        int status;
        pid_t pid;

        fflush(NULL);
        pid = fork();
        if (pid == 0)
            hosts[i]();
        waitpid(pid, &status, 0);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK(rille_version_number() == RILLE_VERSION_NUMBER);
}

static void *
read_a_line(void *arg)
{
    char line[16];

    return fgets(line, sizeof line, arg);
}

/* stdio's lock of a stream that is being read must not be waited for. */
static void
a_thread_of_the_host_that_reads_is_not_waited_for(void)
{
    int ends[2];
    pthread_t thread;
    rille_engine *e;
    FILE *f;
    void *got;

    CHECK(pipe(ends) == 0);
    f = fdopen(ends[0], "r");
    CHECK(pthread_create(&thread, NULL, read_a_line, f) == 0);
    usleep(50000);
    e = host_open();
    CHECK(host_load(e, PIPELINE("wr",
                                "local f = io.open(ctx.tmpdir .. '/x', 'w') f:write 'x' f:close() "
                                "f = io.open('out.txt', 'w') f:write 'y' return 1"))
          == RILLE_OK);
    alarm(60);
    CHECK(host_run(e, "wr") == 1);
    alarm(0);
    host_close(e);
    CHECK(write(ends[1], "x\n", 2) == 2);
    pthread_join(thread, &got);
    fclose(f);
    close(ends[1]);
}

int
main(void)
{
    host_begin("process");
    RUN(a_thousand_engines_leave_nothing);
    RUN(programs_of_the_host_get_no_descriptor);
    RUN(two_engines_of_one_thread_know_nothing_of_each_other);
    RUN(nothing_of_the_process_is_changed);
    RUN(numbers_do_not_hang_on_the_locale_of_the_host);
    RUN(hosts_of_other_habits);
    RUN(a_thread_of_the_host_that_reads_is_not_waited_for);
    return host_end();
}

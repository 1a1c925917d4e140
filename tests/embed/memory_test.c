/* memory_test.c -- engines with a store in memory (RILLE_OPEN_MEMORY). */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "rille.h"

static const char SCRIPT[] =
    "local rille = require 'rille'\n"
    "local one = rille.step 'one' { outputs = { rille.types.number 'n' },\n"
    "  run = function() print 'one ran' return 1 end }\n"
    "rille.pipeline 'p' { define = function() one() end }\n";

/* Prints how the step of the newest run came to its outputs. */
static const char ASK[] =
    "print(require('rille').pipelines.p.runs[-1].steps.one.status)";

static char heard[256];                 /* what scripts printed last */

static int
hear(void *user, const rille_event *event)
{
    (void)user;
    if (event->kind == RILLE_LOG && !event->step)
        snprintf(heard, sizeof heard, "%s", event->text);
    return 0;
}

static rille_engine *
engine(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;

    opt.flags = RILLE_OPEN_MEMORY;
    opt.event = hear;
    CHECK(rille_open(&e, NULL, &opt) == RILLE_OK);
    CHECK(rille_load_string(e, "x", SCRIPT, strlen(SCRIPT)) == RILLE_OK);
    return e;
}

/* Runs the pipeline; `heard` is the status of its step. */
static void
run(rille_engine *e)
{
    rille_run *r;

    CHECK(rille_run_pipeline(&r, e, "p", NULL) == RILLE_OK);
    CHECK(r && strcmp(rille_run_status(r), "completed") == 0);
    rille_run_free(r);
    CHECK(rille_load_string(e, "ask", ASK, strlen(ASK)) == RILLE_OK);
}

/* The folders in memory of this process: those whose locks it has.  The last one is in out. */
static int
folders(char *out, size_t size)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *one;
    int n = 0;

    while (dir && (one = readdir(dir))) {
        char target[512];
        ssize_t len = readlinkat(dirfd(dir), one->d_name, target, sizeof target - 1);
        char *name = NULL;

        target[len > 0 ? len : 0] = 0;
        name = strstr(target, "/rille-memory-");
        if (!name || strchr(name + 1, '/'))
            continue;
        n++;
        snprintf(out, size, "%s", target);
    }
    if (dir)
        closedir(dir);
    return n;
}

static int
exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static void
what_a_run_leaves_is_there_for_the_next_and_gone_with_the_engine(void)
{
    rille_engine *e = engine();
    char folder[512] = "", store[600];

    run(e);
    CHECK_STR(heard, "completed\n");
    run(e);
    CHECK_STR(heard, "cached\n");
    CHECK(folders(folder, sizeof folder) == 1);
    snprintf(store, sizeof store, "%s/.rille/meta.db", folder);
    CHECK(exists(store));
    rille_close(e);
    CHECK(!exists(folder) && folders(folder, sizeof folder) == 0);
}

static void
each_engine_has_its_own(void)
{
    rille_engine *a = engine(), *b = engine();
    char folder[512];

    run(a);
    run(b);
    CHECK_STR(heard, "completed\n");
    CHECK(folders(folder, sizeof folder) == 2);
    rille_close(a);
    run(b);
    CHECK_STR(heard, "cached\n");
    rille_close(b);
    CHECK(folders(folder, sizeof folder) == 0);
}

static void
a_forked_child_leaves_it_to_the_parent(void)
{
    rille_engine *e = engine();
    char folder[512] = "";
    int status = -1;
    pid_t pid;

    run(e);
    CHECK(folders(folder, sizeof folder) == 1);
    pid = fork();
    if (pid == 0) {
        rille_close(e);
        _exit(exists(folder) ? 0 : 1);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    run(e);
    CHECK_STR(heard, "cached\n");
    rille_close(e);
    CHECK(!exists(folder));
}

static void
a_path_and_flags_that_contradict_it_are_refused(void)
{
    static const unsigned wrong[] = {RILLE_OPEN_READONLY, RILLE_OPEN_NOCREATE};
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;
    char folder[512];

    opt.flags = RILLE_OPEN_MEMORY;
    CHECK(rille_open(&e, "/tmp/x", &opt) == RILLE_EINVAL && strstr(rille_errmsg(e), "NULL"));
    rille_close(e);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        opt.flags = RILLE_OPEN_MEMORY | wrong[i];
        CHECK(rille_open(&e, NULL, &opt) == RILLE_EINVAL && strstr(rille_errmsg(e), "excludes"));
        rille_close(e);
    }
    opt.flags = RILLE_OPEN_MEMORY;
    opt.base = "/no/such/folder";
    if (rille_open(&e, NULL, &opt) == RILLE_OK)
        CHECK(rille_load_string(e, "x", SCRIPT, strlen(SCRIPT)) != RILLE_OK);
    rille_close(e);
    CHECK(folders(folder, sizeof folder) == 0);
}

int
main(void)
{
    RUN(what_a_run_leaves_is_there_for_the_next_and_gone_with_the_engine);
    RUN(each_engine_has_its_own);
    RUN(a_forked_child_leaves_it_to_the_parent);
    RUN(a_path_and_flags_that_contradict_it_are_refused);
    return check_done();
}

/* fork_test.c -- a host that forks while an engine is open: all of it stays the parent's. */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "everything.h"
#include "host.h"
#include "rille.h"

static Everything all = {.number = 4.5};
static rille_engine *engine;
static rille_run *run;
static rille_values *args;
static rille_cursor *cursor;
static rille_artifact *artifact;
static rille_model *model;

static void
open_all(void)
{
    engine = host_open();
    CHECK_RC(everything_begin(&all, engine), RILLE_OK);
    CHECK_RC(everything_run(&all, engine), RILLE_OK);
    CHECK_RC(host_load(engine, PIPELINE("fork", "return 1") PIPELINE("fork2", "return 2")),
             RILLE_OK);
    CHECK_RC(rille_run_pipeline(&run, engine, "fork", NULL), RILLE_OK);
    CHECK_RC(rille_list(&cursor, engine, RILLE_RUNS, NULL), RILLE_OK);
    CHECK_RC(rille_find_artifact(&artifact, engine, "everything::echo::ratio"), RILLE_OK);
    CHECK_RC(rille_find_model(&model, engine, "kinds", NULL), RILLE_OK);
    args = rille_values_new(engine);
    CHECK_RC(rille_put_number(args, "x", 1), RILLE_OK);
}

static void
close_all(void)
{
    rille_values_free(args);
    rille_model_free(model);
    rille_artifact_free(artifact);
    rille_cursor_free(cursor);
    rille_run_free(run);
    host_close(engine);
}

/* Each call that would need the engine. */
static void
check_calls_fail(void)
{
    rille_run *r = run;
    rille_cursor *c = cursor;
    rille_artifact *a = artifact;
    const char *text = "x";
    double v = 1;

    CHECK(host_load(engine, "x = 1") == RILLE_EINVAL && host_has(rille_errmsg(engine), "fork"));
    CHECK(rille_run_pipeline(&r, engine, "fork", NULL) == RILLE_EINVAL && !r);
    CHECK(rille_describe(engine, &text) == RILLE_EINVAL && !text);
    CHECK(rille_list(&c, engine, RILLE_RUNS, NULL) == RILLE_EINVAL && !c);
    r = run;
    CHECK(rille_next_run(&r, cursor) == RILLE_EINVAL && !r);
    CHECK(rille_find_artifact(&a, engine, "everything::echo::ratio") == RILLE_EINVAL && !a);
    CHECK(rille_get_number(rille_run_outputs(run), "fork", &v) == RILLE_EINVAL);
    CHECK(rille_get_number(rille_artifact_value(artifact), NULL, &v) == RILLE_EINVAL);
    CHECK(rille_run_json(run, &text) == RILLE_EINVAL);
    CHECK(rille_model_stage(model, "staging") == RILLE_EINVAL);
    rille_interrupt(engine);
}

/* What the parent has goes on after a child did f. */
static void
fork_with(void (*f)(void))
{
    double v = 0;
    rille_run *r = NULL;

    all.steps = 0;
    open_all();
    CHECK(host_in_child(f) == 0);
    CHECK_RC(rille_get_number(rille_run_outputs(run), "fork", &v), RILLE_OK);
    CHECK(v == 1);
    CHECK_RC(rille_get_number(rille_artifact_value(artifact), NULL, &v), RILLE_OK);
    CHECK(v == 4.5);
    CHECK_RC(rille_next_run(&r, cursor), RILLE_OK);
    CHECK(r != NULL);
    rille_run_free(r);
    CHECK_RC(rille_model_stage(model, "staging"), RILLE_OK);
    CHECK(host_run(engine, "fork2") == 2);
    CHECK_RC(everything_run(&all, engine), RILLE_OK);
    close_all();
    CHECK(everything_is_released(&all));
}

static void
calls_and_close(void)
{
    check_calls_fail();
    close_all();
}

static void
a_child_can_close_and_nothing_else(void)
{
    fork_with(calls_and_close);
}

static void
close_and_exit(void)
{
    host_close(engine);
    fflush(NULL);
    exit(check_bad);
}

static void
a_child_may_exit_as_it_likes(void)
{
    fork_with(close_and_exit);
}

static void
open_its_own(void)
{
    rille_engine *own = NULL;

    close_all();
    CHECK(rille_open(&own, host_store, NULL) == RILLE_OK);
    CHECK_RC(host_load(own, PIPELINE("child", "return 3") PIPELINE("fork", "return 1")), RILLE_OK);
    CHECK(host_run(own, "child") == 3 && host_run(own, "fork") == 1);
    host_close(own);
}

static void
a_child_opens_an_engine_of_its_own(void)
{
    fork_with(open_its_own);
}

/* A host that becomes a daemon closes in the parent what it opened before. */
static void
the_parent_may_end_before_the_child(void)
{
    int ends[2];
    char byte = 0;
    pid_t pid;

    CHECK(pipe(ends) == 0);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        open_all();
        pid = fork();
        if (pid == 0) {
            usleep(100000); /* the parent is gone by now, or soon */
            check_calls_fail();
            open_its_own();
            byte = check_bad ? 'n' : 'y';
            _exit(write(ends[1], &byte, 1) != 1);
        }
        _exit(pid < 0);
    }
    waitpid(pid, NULL, 0);
    close(ends[1]);
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'y');
    close(ends[0]);
}

int
main(void)
{
    host_begin("fork");
    RUN(a_child_can_close_and_nothing_else);
    RUN(a_child_may_exit_as_it_likes);
    RUN(a_child_opens_an_engine_of_its_own);
    RUN(the_parent_may_end_before_the_child);
    return host_end();
}

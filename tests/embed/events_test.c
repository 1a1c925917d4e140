/* events_test.c -- what the event callback of a host is told of runs, and what it may do. */
#define _GNU_SOURCE
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "rille.h"

#define HEAD \
    "local rille = require 'rille' local t, step, pipeline = rille.types, rille.step, " \
    "rille.pipeline\n"

enum { MOST = 256 };

static char dir[64], store[96];

/* What was told, as "KIND step text" lines, with the last event that was no log. */
typedef struct Told {
    rille_engine *e;
    char text[8192];
    rille_event last;
    int cancel_at;              /* the kind of the event that the callback refuses, or -1 */
    int rc_inside;              /* what a call of the engine gave in the callback */
    int calls;
    int sigpipe_blocked;
    char locale[64];
} Told;

static const char *const NAMES[] = {"run_begin", "step_begin", "step_cached", "tick", "retry",
                                    "step_end", "step_failed", "run_end", "log", "skipped"};

static int
hear(void *user, const rille_event *event)
{
    Told *told = user;
    size_t n = strlen(told->text);
    sigset_t mask;

    told->calls++;
    snprintf(told->text + n, sizeof told->text - n, "%s %s|%s%s", NAMES[event->kind],
             event->step ? event->step : "-", event->text ? event->text : "",
             event->text && strchr(event->text, '\n') ? "" : "\n");
    if (event->kind != RILLE_LOG)
        told->last = *event;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    told->sigpipe_blocked |= sigismember(&mask, SIGPIPE);
    if (event->kind == RILLE_STEP_BEGIN) {
        rille_run *r;
        const char *json;

        told->rc_inside = rille_run_pipeline(&r, told->e, "p", NULL);
        if (told->rc_inside == RILLE_EBUSY)
            told->rc_inside = rille_describe(told->e, &json);
        if (told->rc_inside == RILLE_EBUSY)
            told->rc_inside = rille_load_string(told->e, "x", "return", 6);
        rille_close(told->e);                   /* just returns */
    }
    return event->kind == told->cancel_at ? 7 : 0;
}

static rille_engine *
engine(Told *told)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    memset(told, 0, sizeof *told);
    told->cancel_at = -1;
    opt.event = hear;
    opt.event_user = told;
    CHECK(rille_open(&told->e, store, &opt) == RILLE_OK);
    return told->e;
}

static int
load(rille_engine *e, const char *script)
{
    int rc = rille_load_string(e, "inline", script, strlen(script));

    if (rc)
        printf("load: %s\n", rille_errmsg(e));
    return rc;
}

static int
run(rille_engine *e, const char *name)
{
    rille_run *r = NULL;
    int rc = rille_run_pipeline(&r, e, name, NULL);

    rille_run_free(r);
    return rc;
}

/* Is the text, whose lines are in that order, in what was told?  It is looked for as a whole. */
static void
was_told(const Told *told, const char *lines)
{
    if (!strstr(told->text, lines))
        printf("told:\n%swanted:\n%s", told->text, lines);
    CHECK(strstr(told->text, lines));
}

#define TWO_STEPS \
    HEAD "local a = step 'a' { outputs = { t.number 'n' }, run = function(_, ctx) " \
    "print 'from a' ctx:progress(0.5, 'half') io.write 'rest' return 1 end }\n" \
    "local b = step 'b' { inputs = { t.number 'n' }, outputs = { t.number 'm' }, " \
    "run = function(n) return n + 1 end }\n" \
    "pipeline 'p' { define = function() b(a()) end }\n"

/* ---- tests ---- */

static void
a_run_is_told_in_order(void)
{
    Told told;
    rille_engine *e = engine(&told);

    CHECK(load(e, TWO_STEPS) == RILLE_OK);
    CHECK(run(e, "p") == RILLE_OK);
    CHECK_STR(told.text,
              "run_begin -|\nstep_begin a|\nlog a|from a\ntick a|half\nlog a|rest\n"
              "step_end a|completed\nstep_begin b|\nstep_end b|completed\nrun_end -|completed\n");
    CHECK(told.last.done == 2 && told.last.total == 2 && told.last.seconds > 0);
    rille_close(e);
}

static void
a_cached_run_is_told_too(void)
{
    Told told;
    rille_engine *e = engine(&told);

    CHECK(load(e, TWO_STEPS) == RILLE_OK);
    CHECK(run(e, "p") == RILLE_OK);
    CHECK_STR(told.text,
              "run_begin -|\nstep_cached a|\nstep_cached b|\nrun_end -|completed\n");
    CHECK(told.last.done == 2 && told.last.total == 2);
    rille_close(e);
}

static void
failures_retries_and_skipped_steps_are_told(void)
{
    Told told;
    rille_engine *e = engine(&told);

    CHECK(load(e, HEAD
               "local f = step 'f' { outputs = { t.number 'n' }, retries = 1, "
               "run = function() error 'broken' end }\n"
               "local g = step 'g' { inputs = { t.number 'n' }, run = function() end }\n"
               "pipeline 'q' { define = function() g(f()) end }\n") == RILLE_OK);
    CHECK(run(e, "q") == RILLE_ESTEP);
    was_told(&told, "retry f|inline:2: broken\n");
    was_told(&told, "step_failed f|inline:2: broken\nskipped g|needs f\nrun_end -|failed\n");
    CHECK(told.last.done == 2 && told.last.total == 2);
    rille_close(e);
}

static void
prints_of_scripts_have_no_step(void)
{
    Told told;
    rille_engine *e = engine(&told);

    CHECK(load(e, "print 'one' io.stderr:write 'two\\n' io.write 'three'") == RILLE_OK);
    CHECK_STR(told.text, "log -|one\nlog -|two\nlog -|three\n");
    rille_close(e);
}

static void
any_call_from_the_callback_is_refused_and_it_is_the_hosts_thread(void)
{
    Told told;
    rille_engine *e = engine(&told);

    CHECK(load(e, HEAD "local s = step 's' { outputs = { t.number 'n' }, cache = false, "
               "run = function() return 1 end }\n"
               "pipeline 'r' { define = function() s() end }\n") == RILLE_OK);
    CHECK(run(e, "r") == RILLE_OK);
    CHECK(told.rc_inside == RILLE_EBUSY);
    CHECK(!told.sigpipe_blocked);
    CHECK(run(e, "r") == RILLE_OK);             /* the close in the callback left it open */
    rille_close(e);
}

static void
another_number_than_0_cancels(void)
{
    static const int kinds[] = {RILLE_RUN_BEGIN, RILLE_STEP_BEGIN, RILLE_LOG, RILLE_STEP_TICK};
    Told told;
    rille_engine *e = engine(&told);

    CHECK(load(e, HEAD "local s = step 'c' { outputs = { t.number 'n' }, cache = false, "
               "run = function(_, ctx) print 'x' ctx:progress(0.1) while told do end "
               "for i = 1, 1e6 do pcall(error) end return 1 end }\n"
               "local u = step 'u' { inputs = { t.number 'n' }, run = function() end }\n"
               "pipeline 'c' { define = function() u(s()) end }\n") == RILLE_OK);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        rille_run *r = NULL;

        told.cancel_at = kinds[i];
        told.text[0] = 0;
        CHECK(rille_run_pipeline(&r, e, "c", NULL) == RILLE_ECANCELLED);
        CHECK(r && strcmp(rille_run_status(r), "stopped") == 0);
        CHECK(strstr(rille_errmsg(e), "cancelled by the event callback, which returned 7"));
        was_told(&told, "run_end -|stopped\n");
        CHECK(!strstr(told.text, "step_begin u"));
        rille_run_free(r);
    }
    told.cancel_at = -1;
    CHECK(run(e, "c") == RILLE_OK);
    rille_close(e);
}

static void
without_a_callback_nobody_is_told(void)
{
    rille_engine *e;

    CHECK(rille_open(&e, store, NULL) == RILLE_OK);
    CHECK(load(e, TWO_STEPS "print 'unheard'") == RILLE_OK);
    CHECK(run(e, "p") == RILLE_OK);
    rille_close(e);
}

int
main(void)
{
    snprintf(dir, sizeof dir, "/tmp/rille-events-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(store, sizeof store, "%s/.rille", dir);
    RUN(a_run_is_told_in_order);
    RUN(a_cached_run_is_told_too);
    RUN(failures_retries_and_skipped_steps_are_told);
    RUN(prints_of_scripts_have_no_step);
    RUN(any_call_from_the_callback_is_refused_and_it_is_the_hosts_thread);
    RUN(another_number_than_0_cancels);
    RUN(without_a_callback_nobody_is_told);
    {
        char command[128];

        snprintf(command, sizeof command, "rm -rf '%s'", dir);
        CHECK(system(command) == 0);
    }
    return check_done();
}

/* run_test.c -- runs and what they give. */
#define _GNU_SOURCE
#include "host.h"
#include "rille.h"

/* ---- events ---- */

static rille_engine *inner;
static int inner_rc[3];

static int
call_again(void *user, const rille_event *event)
{
    rille_run *r;
    const char *text;

    (void)user;
    (void)event;
    inner_rc[0] = host_load(inner, "x = 1");
    inner_rc[1] = rille_run_pipeline(&r, inner, "x", NULL);
    inner_rc[2] = rille_describe(inner, &text);
    rille_close(inner);
    return 0;
}

static void
a_call_from_an_event_is_refused(void)
{
    rille_engine *e = host_engine_with(call_again);

    inner = e;
    CHECK(host_load(e, "print 'hello'") == RILLE_OK);
    CHECK(inner_rc[0] == RILLE_EBUSY && inner_rc[1] == RILLE_EBUSY && inner_rc[2] == RILLE_EBUSY);
    CHECK_RC(host_load(e, "assert(x == nil)"), RILLE_OK);
    host_close(e);
}

/* ---- outputs ---- */

/* What was given out stays readable; what would have to be loaded is not. */
static void
runs_outlive_their_engine(void)
{
    rille_engine *e = host_open();
    rille_artifact *a = NULL;
    rille_run *r = NULL;
    const char *text = "";
    size_t len = 0;

    CHECK_RC(host_load(e, HEAD "local s = step 'life' { outputs = { t.string 's' }, "
                               "run = function() return ('long '):rep(2000) end }\n"
                               "pipeline 'life' { define = function() s() end }\n"),
             RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "life", NULL), RILLE_OK);
    CHECK_RC(rille_get_artifact(&a, rille_run_outputs(r), "life"), RILLE_OK);
    CHECK_RC(rille_get_string(rille_artifact_value(a), NULL, &text, &len), RILLE_OK);
    host_close(e);
    CHECK_STR(rille_run_status(r), "completed");
    CHECK(strlen(rille_run_id(r)) == 32 && strlen(rille_artifact_digest(a)) == 64);
    CHECK(len == 10000 && strncmp(text, "long long ", 10) == 0 && !text[len]);
    rille_run_free(r);
    CHECK(strlen(text) == len);
    rille_artifact_free(a);
}

/* What was not loaded while the engine was open is a status, and no crash. */
static void
what_is_asked_of_a_run_after_its_engine_is_a_status(void)
{
    rille_engine *e = host_open();
    rille_artifact *a = (rille_artifact *)e;
    rille_run *r = NULL;
    const char *json;
    double v = 1;

    CHECK_RC(host_load(e, PIPELINE("late", "return 8")), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "late", NULL), RILLE_OK);
    host_close(e);
    CHECK(rille_get_artifact(&a, rille_run_outputs(r), "late") == RILLE_EINVAL && !a);
    CHECK(rille_get_number(rille_run_outputs(r), "late", &v) == RILLE_EINVAL && v == 0);
    CHECK(rille_run_json(r, &json) == RILLE_EINVAL && !json);
    rille_run_free(r);
}

static void
an_integer_that_no_double_holds_is_an_integer(void)
{
    rille_engine *e = host_open();
    rille_run *r = NULL;
    const char *json = NULL;
    int64_t i = 0;
    double v = 1;

    CHECK_RC(host_load(e, HEAD "local s = step 'large' { outputs = { t.integer 'n' }, "
                               "run = function() return (1 << 53) + 1 end }\n"
                               "pipeline 'large' { define = function() s() end }\n"),
             RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "large", NULL), RILLE_OK);
    CHECK_RC(rille_get_number(rille_run_outputs(r), "large", &v), RILLE_ETYPE);
    CHECK(v == 0 && host_has(rille_errmsg(e), "9007199254740993"));
    CHECK_RC(rille_get_int(rille_run_outputs(r), "large", &i), RILLE_OK);
    CHECK(i == ((int64_t)1 << 53) + 1);
    CHECK_RC(rille_get_json(rille_run_outputs(r), "large", &json), RILLE_OK);
    CHECK_STR(json ? json : "", "9007199254740993");
    rille_run_free(r);
    host_close(e);
}

/* ---- models ---- */

static int64_t
newest_version(rille_engine *e)
{
    rille_model *m = NULL;
    int64_t number;

    CHECK_RC(rille_find_model(&m, e, "credit", NULL), RILLE_OK);
    number = rille_model_number(m);
    rille_model_free(m);
    return number;
}

static void
a_run_works_for_a_version_of_a_model(void)
{
    rille_engine *e = host_open();
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    const char *json = "";

    CHECK_RC(host_load(e, PIPELINE("first", "return 8")), RILLE_OK);
    CHECK_RC(host_load(e, PIPELINE("second", "return 9")), RILLE_OK);
    how.model = "credit";
    CHECK_RC(rille_run_pipeline(&r, e, "first", &how), RILLE_OK);
    rille_run_free(r);
    CHECK(newest_version(e) == 1);
    CHECK_RC(rille_run_pipeline(&r, e, "second", &how), RILLE_OK);
    rille_run_free(r);
    CHECK(newest_version(e) == 2);
    how.model_version = "1";
    CHECK_RC(rille_run_pipeline(&r, e, "first", &how), RILLE_OK);
    CHECK_RC(rille_run_json(r, &json), RILLE_OK);
    CHECK(host_has(json, "\"credit\""));
    rille_run_free(r);
    CHECK(newest_version(e) == 2);
    how.model_version = "9";
    CHECK(rille_run_pipeline(&r, e, "first", &how) < 0 && !r);
    CHECK(host_has(rille_errmsg(e), "credit"));
    host_close(e);
}

int
main(void)
{
    host_begin("run");
    RUN(a_run_works_for_a_version_of_a_model);
    RUN(a_call_from_an_event_is_refused);
    RUN(runs_outlive_their_engine);
    RUN(what_is_asked_of_a_run_after_its_engine_is_a_status);
    RUN(an_integer_that_no_double_holds_is_an_integer);
    return host_end();
}

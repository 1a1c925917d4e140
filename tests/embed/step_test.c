/* step_test.c -- steps that a host wrote in C: what they are given and give, when they are cached,
 * and what is said of those that are wrong. */
#define _GNU_SOURCE
#include "host.h"
#include "rille.h"

/* ---- the steps ---- */

static int calls, ended;

static void
end(void *user)
{
    (void)user;
    ended++;
}

/* (x: number, factor: number = 2) -> (y: number) */
static int
scale(rille_step *s, void *user)
{
    double x, factor;
    int rc;

    calls++;
    if ((rc = rille_get_number(rille_inputs(s), "x", &x))
        || (rc = rille_get_number(rille_inputs(s), "factor", &factor))
        || (rc = rille_log(s, "%g by %g", x, factor)) || (rc = rille_metric(s, "size", x)))
        return rc;
    return rille_put_number(rille_outputs(s), "y", x * factor * (user ? *(double *)user : 1));
}

#define SCALE "(x: number, factor: number = 2) -> (y: number)"

static int
define(rille_engine *e, const char *name, const char *signature, const char *version,
       rille_step_fn fn)
{
    rille_step_def d = RILLE_STEP_DEF_INIT;

    d.name = name;
    d.signature = signature;
    d.version = version;
    d.fn = fn;
    d.destroy = end;
    host_engine = e;
    return rille_register_step(e, &d);
}

static int
no_step(rille_step *s, void *user)
{
    (void)s;
    (void)user;
    return 0;
}

/* A pipeline "main" over rille.steps.scale, which ends with the text. */
#define SOURCE HEAD "local source = step 'source' { outputs = { t.number 'v' }, run = function() " \
                    "return 21 end }\n"
#define MAIN(body) SOURCE "pipeline 'main' { define = function() " body " end }"
#define SCALED MAIN("rille.steps.scale(source())")

static rille_engine *
engine_with_scale(const char *version)
{
    rille_engine *e = host_open();

    calls = 0;
    CHECK_RC(define(e, "scale", SCALE, version, scale), RILLE_OK);
    return e;
}

/* What the output NAME of a new run of main is, or -1. */
static double
run_main(rille_engine *e, const char *name)
{
    rille_run *r = NULL;
    double v = -1;

    host_engine = e;
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), RILLE_OK);
    if (r)
        CHECK_RC(rille_get_number(rille_run_outputs(r), name, &v), RILLE_OK);
    rille_run_free(r);
    return v;
}

/* The message of a run of main that fails with the status. */
static const char *
fail_main(rille_engine *e, int status)
{
    rille_run *r = NULL;

    host_engine = e;
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), status);
    rille_run_free(r);
    return rille_errmsg(e);
}

/* ---- what they are ---- */

static void
a_step_in_c_runs_in_a_pipeline_of_a_script(void)
{
    rille_engine *e = engine_with_scale("1");
    const char *json;

    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    CHECK(run_main(e, "scale") == 42 && calls == 1);
    CHECK(host_has(host_said, "21 by 2\n"));
    CHECK_RC(host_load(e, "local s = require('rille').pipelines.main.runs[-1].steps.scale "
                          "assert(s.metrics.size == 21 and s.parameters.factor == 2) "
                          "assert(s.log:find '21 by 2')"), RILLE_OK);
    CHECK_RC(rille_describe(e, &json), RILLE_OK);
    CHECK(host_has(json, "{\"default\":2.0,\"name\":\"factor\",\"type\":\"number\"}"));
    host_close(e);
}

static void
parameters_are_given_as_to_any_step(void)
{
    rille_engine *e = engine_with_scale("1");

    CHECK_RC(host_load(e, MAIN("rille.steps.scale { x = source(), factor = 3 }")), RILLE_OK);
    CHECK(run_main(e, "scale") == 63);
    CHECK_RC(host_load(e, MAIN("rille.steps.scale:with { id = 'b', factor = 4 } (source())")),
             RILLE_OK);
    CHECK(run_main(e, "b.y") == 84);
    CHECK_RC(host_load(e, MAIN("rille.steps.scale { x = source(), factr = 3 }")), RILLE_OK);
    CHECK(host_has(fail_main(e, RILLE_ERROR), "factor"));
    host_close(e);
}

static void
it_runs_by_itself_without_any_script(void)
{
    rille_engine *e = engine_with_scale("1");
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    double y = 0;

    how.args = rille_values_new(e);
    CHECK_RC(rille_put_number(how.args, "x", 1.5), RILLE_OK);
    CHECK_RC(rille_run_step(&r, e, "scale", &how), RILLE_OK);
    CHECK(rille_get_number(rille_run_outputs(r), "scale.y", &y) == RILLE_OK && y == 3);
    rille_run_free(r);
    rille_values_free(how.args);
    /* scripts of any folder can be loaded after that */
    CHECK_RC(rille_load_file(e, host_write("main.lua", SCALED)), RILLE_OK);
    host_close(e);
}

static void
a_map_calls_it_for_each_item(void)
{
    rille_engine *e = engine_with_scale("map");
    rille_run *r = NULL;
    double y = 0;

    CHECK_RC(host_load(e, SOURCE
                       "pipeline 'main' { define = function() "
                       "rille.steps.scale:map { x = { 1.0, 2.0, 3.0 } } end }"),
             RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), RILLE_OK);
    CHECK(calls == 3);
    CHECK_RC(rille_get_number(rille_run_outputs(r), "scale[3]", &y), RILLE_OK);
    CHECK(y == 6);
    rille_run_free(r);
    host_close(e);
}

static void
a_step_in_lua_calls_it_as_a_function(void)
{
    rille_engine *e = engine_with_scale("1");

    CHECK_RC(host_load(e, HEAD
                       "local scale = rille.steps.scale\n"
                       "local twice = step 'twice' { outputs = { t.number 'n' }, run = function() "
                       "return scale(1, { factor = 5 }) + scale(10) end }\n"
                       "pipeline 'main' { define = function() twice() end }"),
             RILLE_OK);
    CHECK(run_main(e, "twice") == 25 && calls == 2);
    CHECK(run_main(e, "twice") == 25 && calls == 2);
    host_close(e);
    /* its version is part of the code of what calls it */
    e = engine_with_scale("2");
    CHECK_RC(host_load(e, HEAD
                       "local scale = rille.steps.scale\n"
                       "local twice = step 'twice' { outputs = { t.number 'n' }, run = function() "
                       "return scale(1, { factor = 5 }) + scale(10) end }\n"
                       "pipeline 'main' { define = function() twice() end }"),
             RILLE_OK);
    CHECK(run_main(e, "twice") == 25 && calls == 2);
    host_close(e);
}

/* ---- the cache ---- */

static int
calls_of(const char *version, const char *script)
{
    rille_engine *e = engine_with_scale(version);

    CHECK_RC(host_load(e, script), RILLE_OK);
    CHECK(run_main(e, "scale.y") == 42);
    host_close(e);
    return calls;
}

static void
run_in_a_child(void)
{
    CHECK(calls_of("cached", SCALED) == 0);
}

static void
its_result_is_cached_for_every_engine_and_process(void)
{
    rille_engine *e;

    CHECK(calls_of("cached", SCALED) == 1);
    CHECK(calls_of("cached", SCALED) == 0);
    CHECK(host_in_child(run_in_a_child) == 0);
    /* registered after the script was loaded, and written in another way */
    e = host_open();
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    CHECK_RC(define(e, "scale", " ( x :number,\n factor:number=2.0 )->( y:number ) ", "cached",
                    scale), RILLE_OK);
    calls = 0;
    CHECK(run_main(e, "scale.y") == 42 && calls == 0);
    host_close(e);
}

static void
another_version_name_or_signature_runs_again(void)
{
    rille_engine *e = host_open();

    CHECK(calls_of("v1", SCALED) == 1);
    CHECK(calls_of("v2", SCALED) == 1);
    CHECK_RC(define(e, "scale", "(x: number, factor: number = 2) -> (y: any)", "v2", scale),
             RILLE_OK);
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    calls = 0;
    CHECK(run_main(e, "scale.y") == 42 && calls == 1);
    CHECK_RC(define(e, "other", SCALE, "v2", scale), RILLE_OK);
    CHECK_RC(host_load(e, MAIN("rille.steps.other(source())")), RILLE_OK);
    CHECK(run_main(e, "other.y") == 42 && calls == 2);
    host_close(e);
}

static void
a_step_in_lua_of_the_same_name_and_version_is_another(void)
{
    rille_engine *e = host_open();

    CHECK(calls_of("same", SCALED) == 1);
    CHECK_RC(host_load(e, SOURCE
                       "step 'scale' { version = 'same', inputs = { t.number 'x' }, params = { "
                       "factor = 2.0 }, outputs = { t.number 'y' }, run = function(x) return 5 "
                       "end }\n"
                       "pipeline 'main' { define = function() rille.steps.scale(source()) end }"),
             RILLE_OK);
    CHECK(run_main(e, "scale.y") == 5);
    host_close(e);
}

static void
one_that_is_not_to_be_cached_runs_each_time(void)
{
    rille_step_def d = RILLE_STEP_DEF_INIT;
    rille_engine *e = host_open();

    d.name = "scale";
    d.signature = SCALE;
    d.flags = RILLE_STEP_NO_CACHE;
    d.fn = scale;
    CHECK_RC(rille_register_step(e, &d), RILLE_OK);
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    calls = 0;
    CHECK(run_main(e, "scale") == 42 && run_main(e, "scale") == 42 && calls == 2);
    host_close(e);
}

/* ---- all types of values ---- */

static int
echo(rille_step *s, void *user)
{
    rille_values *in = rille_inputs(s), *out = rille_outputs(s);
    rille_array a = RILLE_ARRAY_INIT;
    const char *text, *json, *const *names;
    size_t len, count;
    int64_t i;
    int rc, flag;

    (void)user;
    if ((rc = rille_get_array(in, "a", &a)) || (rc = rille_get_string(in, "s", &text, &len))
        || (rc = rille_get_int(in, "i", &i)) || (rc = rille_get_bool(in, "b", &flag))
        || (rc = rille_get_json(in, "l", &json)) || (rc = rille_names(in, &names, &count)))
        return rc;
    if (count != 5 || rille_put_int(in, "i", 1) != RILLE_EINVAL)
        return rille_fail(s, RILLE_ERROR, "%zu inputs", count);
    if ((rc = rille_put_array(out, "a", &a)) || (rc = rille_put_string(out, "s", text, len))
        || (rc = rille_put_int(out, "i", i + 1)) || (rc = rille_put_bool(out, "b", !flag)))
        return rc;
    return rille_put_json(out, "l", json);
}

static void
values_of_all_kinds_go_in_and_out(void)
{
    rille_engine *e = host_open();
    rille_array a = RILLE_ARRAY_INIT;
    rille_run *r = NULL;
    rille_values *v;
    const char *text = "";
    int64_t i = 0;

    CHECK_RC(define(e, "echo", "(a: vector, s: string, i: integer, b: boolean, "
                               "l: list(enum(\"x\", \"y,)\"))) -> (a: vector, s: string, "
                               "i: integer, b: boolean, l: any_of(table, list(string)))",
                    "1", echo), RILLE_OK);
    CHECK_RC(host_load(e, HEAD
                       "local array = require 'rille.array'\n"
                       "local s = step 's' { outputs = { t.vector 'a' }, run = function() return "
                       "array.from { 1.5, 2.5 } end }\n"
                       "pipeline 'main' { define = function() rille.steps.echo { a = s(), s = "
                       "'\\0\xc3\xa4', i = 3, b = true, l = { 'x', 'y,)' } } end }"),
             RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), RILLE_OK);
    v = rille_run_outputs(r);
    CHECK(rille_get_array(v, "echo.a", &a) == RILLE_OK && a.shape[0] == 2
          && ((const double *)a.data)[1] == 2.5);
    CHECK(rille_get_int(v, "echo.i", &i) == RILLE_OK && i == 4);
    CHECK_RC(rille_get_json(v, "echo.l", &text), RILLE_OK);
    CHECK_STR(text, "[\"x\",\"y,)\"]");
    rille_run_free(r);
    host_close(e);
}

/* ---- failures ---- */

static int
refuse(rille_step *s, void *user)
{
    (void)user;
    calls++;
    return rille_fail(s, RILLE_ETYPE, "x is too %s", "large");
}

static int
pass_on(rille_step *s, void *user)
{
    const char *text;
    size_t len;

    (void)user;
    return rille_get_string(rille_inputs(s), "nothing", &text, &len);
}

static int
say_nothing(rille_step *s, void *user)
{
    (void)s;
    (void)user;
    return 7;
}

static void
a_failed_step_has_its_message_and_status(void)
{
    rille_engine *e = host_open();

    CHECK_RC(define(e, "scale", SCALE, "f1", refuse), RILLE_OK);
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    CHECK_STR(fail_main(e, RILLE_ESTEP), "step scale: x is too large");
    CHECK(host_has(rille_errjson(e), "\"status\":-9"));
    CHECK(host_has(rille_errjson(e), "\"step_status\":-7"));
    CHECK(host_has(rille_errjson(e), "\"step\":\"scale\""));
    /* and what a function of the library said that it only passes on */
    CHECK_RC(define(e, "scale", SCALE, "f2", pass_on), RILLE_OK);
    CHECK(host_has(fail_main(e, RILLE_ESTEP), "step scale: "));
    CHECK(host_has(rille_errmsg(e), "\"nothing\"") && host_has(rille_errjson(e), "status\":-4"));
    CHECK_RC(define(e, "scale", SCALE, "f3", say_nothing), RILLE_OK);
    CHECK_STR(fail_main(e, RILLE_ESTEP), "step scale: it failed with the status 7 (error)");
    host_close(e);
}

static void
it_is_tried_again_as_any_step(void)
{
    rille_engine *e = host_open();

    CHECK_RC(define(e, "scale", SCALE, "r1", refuse), RILLE_OK);
    CHECK_RC(host_load(e, MAIN("rille.steps.scale:with { retries = 2 } (source())")), RILLE_OK);
    calls = 0;
    fail_main(e, RILLE_ESTEP);
    CHECK(calls == 3);
    host_close(e);
}

static int
put_other(rille_step *s, void *user)
{
    const char *what = user;

    if (strcmp(what, "missing") == 0)
        return RILLE_OK;
    if (strcmp(what, "unknown") == 0) {
        rille_put_number(rille_outputs(s), "y", 1);
        return rille_put_number(rille_outputs(s), "yy", 1);
    }
    return rille_put_string(rille_outputs(s), "y", "text", 4);
}

static void
outputs_must_be_those_of_the_signature(void)
{
    static char what[3][8] = {"missing", "unknown", "type"};
    static const char *const said[] = {
        "step scale: the output \"y\" (number) is missing; put it into rille_outputs",
        "step scale: the step put \"yy\" into rille_outputs, which its signature does not have; "
        "did you mean \"y\"?",
        "step scale: output \"y\": expected a number, found \"text\""};
    rille_engine *e = host_open();

    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    for (int i = 0; i < 3; i++) {
        rille_step_def d = RILLE_STEP_DEF_INIT;

        d.name = "scale";
        d.signature = SCALE;
        d.version = what[i];
        d.fn = put_other;
        d.user = what[i];
        CHECK_RC(rille_register_step(e, &d), RILLE_OK);
        CHECK_STR(fail_main(e, RILLE_ESTEP), said[i]);
    }
    host_close(e);
}

/* ---- definitions that are wrong ---- */

static void
a_wrong_signature_is_shown_with_a_caret(void)
{
    static const struct {
        const char *signature, *message;
    } wrong[] = {
        {"", "expected ( and the inputs\n    \n    ^"},
        {"(x)", "expected : and a type after the name\n    (x)\n      ^"},
        {"(x: ) -> ()", "expected the name of a type, as number or list(number)\n    (x: ) -> ()\n"
                        "        ^"},
        {"(x: number)", "expected -> and the outputs, as in (x: number) -> (y: number)\n"
                        "    (x: number)\n               ^"},
        {"(x: number) -> (y: number", "expected , or )"},
        {"(x: number) -> (y: number) z", "expected the end after the outputs"},
        {"(x: number) -> (y: number = 1)", "an output has no default"},
        {"(x: numbr) -> (y: number)",
         "unknown type \"numbr\"; did you mean \"number\"?\n    (x: numbr) -> (y: number)\n"
         "        ^"},
        {"(\xc3\xa4: number) -> ()", "expected a name"},
        {"(x: number,\n y: nmber) -> ()", "\n     y: nmber) -> ()\n        ^"},
        {"(x: number = one) -> ()", "not a value in JSON"},
        {"(x: number = ) -> ()", "a value in JSON is missing"},
        {"(x: number = \"a) -> ()", "this text has no end"},
        {"(x: number = \"a\") -> ()", "the default is \"a\", expected a number"},
        {"(x: number = null) -> ()", "null cannot be a default"},
        {"(x: list) -> ()", "write the type of the elements, as in list(number)"},
        {"(x: number(3)) -> ()", "number takes nothing in parentheses"},
        {"(x: enum(a)) -> ()", "expected a value, as in enum(\"a\", \"b\")"},
        {"(x: number, x: number) -> ()", "the name \"x\" is used twice"},
        {"(x: number = 1, x: number = 2) -> ()", "the name \"x\" is used twice"},
        {"(x: secret) -> ()", "t.secret is only for parameters"},
        {"(x: list(list(list(list(list(list(list(list(list(list(list(list(list(list(list(list(list("
         "a))))))))))))))))) -> ()", "nested too deep"},
    };
    rille_engine *e = host_open();

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ended = 0;
        CHECK_RC(define(e, "scale", wrong[i].signature, "1", no_step), RILLE_EINVAL);
        CHECK(host_has(rille_errmsg(e), wrong[i].message));
        CHECK(host_has(rille_errmsg(e), "step \"scale\": "));
        CHECK(ended == 1);
    }
    CHECK_RC(define(e, "scale", "() -> ()", "1", no_step), RILLE_OK);
    host_close(e);
}

static void
what_is_missing_is_said_and_the_definition_ended(void)
{
    rille_step_def d = RILLE_STEP_DEF_INIT;
    rille_engine *e = host_open();

    ended = 0;
    CHECK(rille_register_step(NULL, &d) == RILLE_EINVAL);
    CHECK(rille_register_step(e, NULL) == RILLE_EINVAL);
    CHECK(define(e, NULL, SCALE, "1", scale) == RILLE_EINVAL);
    CHECK(define(e, "s", NULL, "1", scale) == RILLE_EINVAL);
    CHECK(define(e, "s", SCALE, "1", NULL) == RILLE_EINVAL);
    CHECK(define(e, "s", SCALE, NULL, scale) == RILLE_EINVAL);
    CHECK(host_has(rille_errmsg(e), "step \"s\": version is missing"));
    CHECK(define(e, "s", SCALE, "", scale) == RILLE_EINVAL);
    CHECK(define(e, "a b", SCALE, "1", scale) == RILLE_EINVAL);
    CHECK(host_has(rille_errmsg(e), "a step's name must be"));
    CHECK(ended == 6);
    CHECK(define(NULL, "s", SCALE, "1", scale) == RILLE_EINVAL && ended == 7);
    d.name = "s";
    d.flags = 4;
    CHECK(rille_register_step(e, &d) == RILLE_EINVAL);
    d.signature = SCALE;
    d.fn = scale;
    d.version = "1";
    CHECK(rille_register_step(e, &d) == RILLE_EVERSION);
    CHECK(rille_inputs(NULL) == NULL && rille_outputs(NULL) == NULL);
    CHECK(rille_tick(NULL, 0) == RILLE_EINVAL && rille_metric(NULL, "x", 1) == RILLE_EINVAL);
    CHECK(rille_log(NULL, "x") == RILLE_EINVAL && rille_fail(NULL, -7, "x") == -7);
    host_close(e);
}

/* ---- their life ---- */

static void
destroy_is_called_once(void)
{
    rille_engine *e = engine_with_scale("1");

    ended = 0;
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    CHECK(run_main(e, "scale") == 42);
    CHECK_RC(define(e, "scale", SCALE, "2", scale), RILLE_OK);
    CHECK(ended == 1);
    CHECK(run_main(e, "scale") == 42);
    CHECK_RC(define(e, "other", SCALE, "1", scale), RILLE_OK);
    CHECK(define(e, "scale", "(", "3", scale) == RILLE_EINVAL && ended == 2);
    CHECK(run_main(e, "scale") == 42);
    host_close(e);
    CHECK(ended == 4);
}

static void
a_script_that_keeps_a_replaced_step_is_told(void)
{
    rille_engine *e = engine_with_scale("old");

    CHECK_RC(host_load(e, SOURCE "local scale = rille.steps.scale\n"
                                 "pipeline 'main' { define = function() scale(source()) end }"),
             RILLE_OK);
    CHECK_RC(define(e, "scale", SCALE, "new", scale), RILLE_OK);
    CHECK(host_has(fail_main(e, RILLE_ESTEP), "the program has registered another step"));
    host_close(e);
}

static void
a_script_that_fails_takes_no_step_in_c_with_it(void)
{
    rille_engine *e = engine_with_scale("1");

    CHECK(host_load(e, SOURCE "step 'scale' { run = function() end } error 'no'") == RILLE_ESYNTAX);
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    CHECK(run_main(e, "scale") == 42);
    host_close(e);
}

/* ---- progress, and the end before its time ---- */

static double last_fraction;
static int ticks, cancel_at;

static int
count_ticks(void *user, const rille_event *event)
{
    (void)user;
    if (event->kind != RILLE_STEP_TICK)
        return 0;
    last_fraction = event->fraction;
    return ++ticks == cancel_at;
}

static int tick_rc;

static int
tick_often(rille_step *s, void *user)
{
    (void)user;
    for (int i = 0; i < 10; i++)
        if ((tick_rc = rille_tick(s, i ? i / 4.0 : -1)))
            return tick_rc;
    return rille_put_number(rille_outputs(s), "y", 1);
}

static void
ticks_are_events_and_may_cancel(void)
{
    rille_engine *e = host_engine_with(count_ticks);

    ticks = cancel_at = 0;
    CHECK_RC(define(e, "scale", SCALE, "ticks", tick_often), RILLE_OK);
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    CHECK(run_main(e, "scale") == 1 && ticks == 10 && last_fraction == 1);
    ticks = 0;
    cancel_at = 3;
    CHECK_RC(define(e, "scale", SCALE, "ticks2", tick_often), RILLE_OK);
    fail_main(e, RILLE_ECANCELLED);
    CHECK(ticks == 3 && tick_rc == RILLE_ECANCELLED);
    cancel_at = 0;
    CHECK(run_main(e, "scale") == 1);
    host_close(e);
}

static int
interrupt_itself(rille_step *s, void *user)
{
    rille_interrupt(user);
    tick_rc = rille_tick(s, 0.5);
    return tick_rc;
}

static int busy_rc[4];

static int
call_the_engine(rille_step *s, void *user)
{
    rille_engine *e = user;
    rille_run *r;
    const char *json;

    busy_rc[0] = rille_load_string(e, NULL, "x = 1", 5);
    busy_rc[1] = rille_run_step(&r, e, "scale", NULL);
    busy_rc[2] = rille_describe(e, &json);
    busy_rc[3] = define(e, "t", SCALE, "1", scale);
    return rille_put_number(rille_outputs(s), "y", 1);
}

static void
from_a_step_only_its_functions_and_interrupt_may_be_called(void)
{
    rille_engine *e = host_open();
    rille_step_def d = RILLE_STEP_DEF_INIT;

    d.name = "scale";
    d.signature = SCALE;
    d.version = "busy";
    d.fn = call_the_engine;
    d.user = e;
    CHECK_RC(rille_register_step(e, &d), RILLE_OK);
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    ended = 0;
    CHECK(run_main(e, "scale") == 1);
    for (int i = 0; i < 4; i++)
        CHECK(busy_rc[i] == RILLE_EBUSY);
    CHECK(ended == 1);
    d.version = "interrupt";
    d.fn = interrupt_itself;
    CHECK_RC(rille_register_step(e, &d), RILLE_OK);
    fail_main(e, RILLE_ECANCELLED);
    CHECK(tick_rc == RILLE_ECANCELLED);
    host_close(e);
}

/* Errors of Lua end in the function that the step called. */
static int
say_much(rille_step *s, void *user)
{
    char *text = malloc(1 << 20);
    int rc;

    (void)user;
    memset(text, 'x', (1 << 20) - 1);
    text[(1 << 20) - 1] = 0;
    rc = rille_log(s, "%s", text) || rille_metric(s, NULL, 1) != RILLE_EINVAL
      || rille_log(s, NULL) != RILLE_EINVAL || rille_tick(s, 0.0 / 0.0) || rille_tick(s, 1e300);
    free(text);
    return rc ? RILLE_ERROR : rille_put_number(rille_outputs(s), "y", 1);
}

static void
large_logs_and_odd_numbers_are_no_end(void)
{
    rille_engine *e = host_open();

    CHECK_RC(define(e, "scale", SCALE, "much", say_much), RILLE_OK);
    CHECK_RC(host_load(e, SCALED), RILLE_OK);
    CHECK(run_main(e, "scale") == 1);
    host_close(e);
}

int
main(void)
{
    host_begin("step");
    RUN(a_step_in_c_runs_in_a_pipeline_of_a_script);
    RUN(parameters_are_given_as_to_any_step);
    RUN(it_runs_by_itself_without_any_script);
    RUN(a_map_calls_it_for_each_item);
    RUN(a_step_in_lua_calls_it_as_a_function);
    RUN(its_result_is_cached_for_every_engine_and_process);
    RUN(another_version_name_or_signature_runs_again);
    RUN(a_step_in_lua_of_the_same_name_and_version_is_another);
    RUN(one_that_is_not_to_be_cached_runs_each_time);
    RUN(values_of_all_kinds_go_in_and_out);
    RUN(a_failed_step_has_its_message_and_status);
    RUN(it_is_tried_again_as_any_step);
    RUN(outputs_must_be_those_of_the_signature);
    RUN(a_wrong_signature_is_shown_with_a_caret);
    RUN(what_is_missing_is_said_and_the_definition_ended);
    RUN(destroy_is_called_once);
    RUN(a_script_that_keeps_a_replaced_step_is_told);
    RUN(a_script_that_fails_takes_no_step_in_c_with_it);
    RUN(ticks_are_events_and_may_cancel);
    RUN(from_a_step_only_its_functions_and_interrupt_may_be_called);
    RUN(large_logs_and_odd_numbers_are_no_end);
    return host_end();
}

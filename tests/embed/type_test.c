/* type_test.c -- types that a host wrote in C: their objects between steps, in the store and in
 * Lua, and what is said of those that are wrong. */
#define _GNU_SOURCE
#include "host.h"
#include "rille.h"

/* ---- the type: a named number ---- */

typedef struct Point {
    double x;
    char name[32];
} Point;

static int made, destroyed, users_ended, saves, loads;
static const char *fault;               /* what goes wrong, or NULL */

static Point *
new_point(double x, const char *name)
{
    Point *p = calloc(1, sizeof *p);

    p->x = x;
    snprintf(p->name, sizeof p->name, "%s", name);
    made++;
    return p;
}

static int
is_fault(const char *what)
{
    return fault && strcmp(fault, what) == 0;
}

static int
save_point(const void *obj, rille_writer *w, void *user)
{
    const Point *p = obj;
    int rc;

    (void)user;
    saves++;
    if (is_fault("save"))
        return RILLE_EIO;
    if (is_fault("nothing"))
        return 0;
    if (is_fault("name"))
        return rille_write(w, "../x", "", 0);
    if (is_fault("reserved"))
        return rille_write(w, "meta.json", "", 0);
    if (is_fault("twice"))
        return rille_write(w, "x", "", 0) || rille_write(w, "x", "", 0) ? 0 : RILLE_ERROR;
    rc = rille_write(w, "x", &p->x, sizeof p->x);
    return rc ? rc : rille_write_meta(w, "name", p->name);
}

static int
load_point(void **obj, rille_reader *r, int version, void *user)
{
    const char *name, *none;
    const void *x, *again;
    size_t n, m;
    int rc;

    (void)user;
    loads++;
    if (is_fault("load"))
        return RILLE_ECORRUPT;
    if (is_fault("no object"))
        return RILLE_OK;
    if (is_fault("member"))
        return rille_read(r, "xx", &x, &n);
    if ((rc = rille_read(r, "x", &x, &n)) || (rc = rille_read_meta(r, "name", &name))
        || (rc = rille_read(r, "x", &again, &m)))
        return rc;
    if (version != 1 || n != sizeof(double) || m != n || memcmp(x, again, n) != 0
        || rille_read_meta(r, "none", &none) != RILLE_ENOTFOUND || none)
        return RILLE_EVERSION;
    *obj = new_point(0, name);
    memcpy(&((Point *)*obj)->x, x, n);
    return RILLE_OK;
}

static void
destroy_point(void *obj, void *user)
{
    (void)user;
    destroyed++;
    free(obj);
}

static void
end_user(void *user)
{
    (void)user;
    users_ended++;
}

static int
define_point(rille_engine *e, const char *name, int version)
{
    rille_type_def d = RILLE_TYPE_DEF_INIT;

    d.name = name;
    d.version = version;
    d.save = save_point;
    d.load = load_point;
    d.destroy = destroy_point;
    d.destroy_user = end_user;
    host_engine = e;
    return rille_register_type(e, &d);
}

/* ---- steps with it ---- */

static int make_calls, read_calls;

static int
make_point(rille_step *s, void *user)
{
    double x;
    Point *p;
    int rc = rille_get_number(rille_inputs(s), "x", &x);

    (void)user;
    make_calls++;
    if (rc)
        return rc;
    p = new_point(x, "made");
    rc = rille_put_object(rille_outputs(s), "p", "point", p);
    if (rc)
        destroy_point(p, NULL);
    return rc;
}

static int
read_point(rille_step *s, void *user)
{
    const void *obj;
    int rc = rille_get_object(rille_inputs(s), "p", "point", &obj);

    (void)user;
    read_calls++;
    return rc ? rc : rille_put_number(rille_outputs(s), "x", ((const Point *)obj)->x);
}

static void
define_step(rille_engine *e, const char *name, const char *signature, rille_step_fn fn)
{
    rille_step_def d = RILLE_STEP_DEF_INIT;

    d.name = name;
    d.signature = signature;
    d.version = "1";
    d.fn = fn;
    host_engine = e;
    CHECK_RC(rille_register_step(e, &d), RILLE_OK);
}

static rille_engine *
engine_with_points(void)
{
    rille_engine *e = host_open();

    made = destroyed = users_ended = saves = loads = make_calls = read_calls = 0;
    fault = NULL;
    CHECK_RC(define_point(e, "point", 1), RILLE_OK);
    define_step(e, "make", "(x: number) -> (p: point)", make_point);
    define_step(e, "read", "(p: point) -> (x: number)", read_point);
    return e;
}

static void
close_points(rille_engine *e)
{
    host_close(e);
    CHECK(made == destroyed);
    CHECK(users_ended == 1);
}

#define MAIN(x) HEAD "pipeline 'main' { define = function() rille.steps.read(rille.steps.make " \
                     "{ x = " x " }) end }"

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

static const char *
fail_main(rille_engine *e, int status)
{
    rille_run *r = NULL;

    host_engine = e;
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), status);
    rille_run_free(r);
    return rille_errmsg(e);
}

static void
objects_go_from_step_to_step(void)
{
    rille_engine *e = engine_with_points();

    CHECK_RC(host_load(e, MAIN("1.5")), RILLE_OK);
    CHECK(run_main(e, "read.x") == 1.5 && make_calls == 1 && read_calls == 1 && loads == 1);
    CHECK(run_main(e, "read.x") == 1.5 && make_calls == 1 && read_calls == 1);
    close_points(e);
    /* another engine has them from the store */
    e = engine_with_points();
    CHECK_RC(host_load(e, MAIN("1.5")), RILLE_OK);
    CHECK(run_main(e, "read.x") == 1.5 && make_calls == 0 && read_calls == 0);
    close_points(e);
}

static void
the_bytes_are_the_identity(void)
{
    rille_engine *e = engine_with_points();

    /* another step that gives the same point: what reads it is not run again */
    CHECK_RC(host_load(e, HEAD "local f = step 'f' { outputs = { t.number 'x' }, run = function() "
                               "return 2.5 end }\n"
                               "pipeline 'main' { define = function() "
                               "rille.steps.read(rille.steps.make(f())) end }"), RILLE_OK);
    CHECK(run_main(e, "read.x") == 2.5 && make_calls == 1 && read_calls == 1);
    CHECK_RC(host_load(e, MAIN("2.5")), RILLE_OK);
    CHECK(run_main(e, "read.x") == 2.5 && read_calls == 1);
    CHECK_RC(host_load(e, MAIN("2.75")), RILLE_OK);
    CHECK(run_main(e, "read.x") == 2.75 && read_calls == 2);
    close_points(e);
}

static void
a_host_gives_and_takes_objects(void)
{
    rille_engine *e = engine_with_points();
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    const void *obj = NULL;
    double x = 0;
    Point *p = new_point(4, "given");

    how.args = rille_values_new(e);
    CHECK(rille_put_object(how.args, "p", "pint", p) == RILLE_ENOTFOUND);
    CHECK_RC(rille_put_object(how.args, "p", "point", p), RILLE_OK);
    CHECK_RC(rille_run_step(&r, e, "read", &how), RILLE_OK);
    CHECK(rille_get_number(rille_run_outputs(r), "read.x", &x) == RILLE_OK && x == 4);
    rille_run_free(r);
    rille_values_free(how.args);
    CHECK_RC(host_load(e, MAIN("5.5")), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), RILLE_OK);
    CHECK_RC(rille_get_object(rille_run_outputs(r), "make.p", "point", &obj), RILLE_OK);
    CHECK(obj && ((const Point *)obj)->x == 5.5);
    CHECK(obj && strcmp(((const Point *)obj)->name, "made") == 0);
    CHECK(rille_get_object(rille_run_outputs(r), "make.p", "other", &obj) == RILLE_ETYPE);
    /* the object, with its type, outlives the engine */
    host_close(e);
    CHECK(users_ended == 0 && made - destroyed == 1);
    rille_run_free(r);
    CHECK(users_ended == 1 && made == destroyed);
}

static void
lua_has_them_as_opaque_values(void)
{
    rille_engine *e = engine_with_points();

    CHECK_RC(host_load(e, HEAD
        "local pass = step 'pass' { inputs = { t.point 'p' }, outputs = { t.point 'q', "
        "t.string 's' }, run = function(p) assert(type(p) == 'userdata') "
        "return p, tostring(p) end }\n"
        "local any = step 'any' { inputs = { t.any 'p' }, outputs = { t.any 'q' }, run = "
        "function(p) return p end }\n"
        "local lists = step 'lists' { inputs = { t.point 'p' }, outputs = { t.list(t.point) 'l' }, "
        "run = function(p) return { p, p } end }\n"
        "local first = step 'first' { inputs = { t.list(t.point) 'l' }, outputs = { t.point 'p' }, "
        "run = function(l) return l[2] end }\n"
        "pipeline 'main' { define = function() local q = pass(rille.steps.make { x = 6 }) "
        "rille.steps.read(first(lists(any(q.q)))) end }"), RILLE_OK);
    CHECK(run_main(e, "read.x") == 6);
    CHECK_RC(host_load(e, "local s = require('rille').pipelines.main.runs[-1].steps.pass.outputs.s "
                          "assert(s:load() == 'point', s:load())"), RILLE_OK);
    close_points(e);
}

static void
a_step_in_lua_captures_one(void)
{
    static const char *const script =
        HEAD "local p = rille.steps.make { x = %s }:load()\n"
             "local c = step 'c' { outputs = { t.point 'q' }, run = function() return p end }\n"
             "pipeline 'main' { define = function() rille.steps.read(c()) end }";
    char text[1024];
    rille_engine *e = engine_with_points();

    snprintf(text, sizeof text, script, "7");
    CHECK_RC(host_load(e, text), RILLE_OK);
    CHECK(run_main(e, "read.x") == 7);
    CHECK_RC(host_load(e, text), RILLE_OK);
    CHECK(run_main(e, "read.x") == 7);
    CHECK_RC(host_load(e, "local s = require('rille').pipelines.main.runs[-1].steps "
                          "assert(s.c.status == 'cached', s.c.reason)"), RILLE_OK);
    snprintf(text, sizeof text, script, "8");
    CHECK_RC(host_load(e, text), RILLE_OK);
    CHECK(run_main(e, "read.x") == 8);
    close_points(e);
}

/* ---- what is wrong ---- */

static void
what_fails_is_said(void)
{
    static const struct {
        const char *fault, *message;
    } wrong[] = {
        {"save", "step make: output \"p\": type \"point\": save failed with the status -3 "
                 "(input or output failed)"},
        {"nothing", "save wrote no member"},
        {"name", "a member's name must be a relative path of plain text, found \"../x\""},
        {"reserved", "the member \"meta.json\" is what rille_write_meta makes"},
        {"twice", "the member \"x\" is written twice"},
        {"load", "step read: type \"point\": load failed with the status -12 (damaged data)"},
        {"no object", "step read: type \"point\": load gave no object"},
        {"member", "step read: type \"point\": load: the artifact has no member \"xx\""},
    };
    rille_engine *e = engine_with_points();

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char script[512];

        snprintf(script, sizeof script, MAIN("10.%zu"), i);
        fault = wrong[i].fault;
        CHECK_RC(host_load(e, script), RILLE_OK);
        CHECK(host_has(fail_main(e, RILLE_ESTEP), wrong[i].message));
        fault = NULL;
        CHECK(run_main(e, "read.x") > 10 - 1);
    }
    close_points(e);
}

/* The same by a get of the host, which loads without Lua. */
static void
what_fails_in_a_get_is_said(void)
{
    rille_engine *e = engine_with_points();
    rille_run *r = NULL;
    const void *obj = &obj;

    CHECK_RC(host_load(e, MAIN("20")), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), RILLE_OK);
    fault = "load";
    CHECK(rille_get_object(rille_run_outputs(r), "make.p", "point", &obj) == RILLE_ECORRUPT);
    CHECK(obj == NULL && host_has(rille_errmsg(e), "type \"point\": load failed"));
    fault = "member";
    CHECK(rille_get_object(rille_run_outputs(r), "make.p", "point", &obj) == RILLE_ENOTFOUND);
    CHECK(host_has(rille_errmsg(e), "the artifact has no member \"xx\""));
    fault = NULL;
    CHECK_RC(rille_get_object(rille_run_outputs(r), "make.p", "point", &obj), RILLE_OK);
    rille_run_free(r);
    close_points(e);
}

static void
an_engine_without_the_type_says_so(void)
{
    rille_engine *e = engine_with_points();
    rille_run *r = NULL;
    rille_artifact *a = NULL;
    const void *bytes = NULL;
    size_t n = 0;

    CHECK_RC(host_load(e, HEAD "pipeline 'main' { define = function() rille.steps.make { x = 30 } "
                               "end }"), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), RILLE_OK);
    CHECK_RC(rille_get_artifact(&a, rille_run_outputs(r), "make.p"), RILLE_OK);
    CHECK_STR(rille_artifact_type(a), "point");
    CHECK_RC(rille_artifact_bytes(a, "x", &bytes, &n), RILLE_OK);
    CHECK(n == sizeof(double) && *(const double *)bytes == 30);
    rille_artifact_free(a);
    rille_run_free(r);
    close_points(e);
    e = host_open();
    CHECK(host_load(e, "local o = require('rille').pipelines.main.runs[-1].steps.make.outputs.p\n"
                       "assert(o.type == 'point') o:load()") == RILLE_ESYNTAX);
    CHECK(host_has(rille_errmsg(e), "\"point\""));
    host_close(e);
}

static void
a_newer_format_is_refused(void)
{
    rille_engine *e = host_open();
    rille_run *r = NULL;

    fault = NULL;
    users_ended = made = destroyed = 0;
    CHECK_RC(define_point(e, "point", 3), RILLE_OK);
    define_step(e, "make", "(x: number) -> (p: point)", make_point);
    CHECK_RC(host_load(e, HEAD "pipeline 'main' { define = function() rille.steps.make { x = 40 } "
                               "end }"), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "main", NULL), RILLE_OK);
    rille_run_free(r);
    close_points(e);
    e = engine_with_points();
    CHECK(host_load(e, "require('rille').pipelines.main.runs[-1].steps.make.outputs.p:load()")
          == RILLE_ESYNTAX);
    CHECK(host_has(rille_errmsg(e), "saved by version 3"));
    close_points(e);
}

static void
a_wrong_definition_is_refused_and_ended(void)
{
    rille_type_def d = RILLE_TYPE_DEF_INIT;
    rille_engine *e = host_open();

    users_ended = 0;
    CHECK(rille_register_type(NULL, &d) == RILLE_EINVAL);
    CHECK(rille_register_type(e, NULL) == RILLE_EINVAL);
    CHECK(rille_register_type(e, &d) == RILLE_EINVAL);
    CHECK(define_point(e, NULL, 1) == RILLE_EINVAL);
    CHECK(define_point(e, "point", 0) == RILLE_EINVAL);
    CHECK(host_has(rille_errmsg(e), "version must be at least 1"));
    CHECK(define_point(e, "a b", 1) == RILLE_EINVAL);
    CHECK(define_point(e, "number", 1) == RILLE_EINVAL);
    CHECK(host_has(rille_errmsg(e), "a type cannot be named \"number\": that is a type of rille"));
    CHECK(users_ended == 4);
    CHECK_RC(define_point(e, "point", 1), RILLE_OK);
    CHECK(define_point(e, "point", 1) == RILLE_EEXISTS && users_ended == 5);
    CHECK(host_has(rille_errmsg(e), "type \"point\": it is registered already"));
    CHECK_RC(host_load(e, HEAD "rille.interface 'shape' { methods = { 'area' } }"), RILLE_OK);
    CHECK(define_point(e, "shape", 1) == RILLE_EEXISTS && users_ended == 6);
    /* nor may a script take its name */
    CHECK(host_load(e, "require('rille').materializer 'point' { version = 1, class = {}, save = "
                       "print, load = print }") == RILLE_ESYNTAX);
    CHECK(host_has(rille_errmsg(e), "the program that embeds rille registered a type of that "
                                    "name"));
    CHECK(rille_write(NULL, "x", "", 0) == RILLE_EINVAL);
    CHECK(rille_write_meta(NULL, "x", "") == RILLE_EINVAL);
    CHECK(rille_read(NULL, "x", NULL, NULL) == RILLE_EINVAL);
    CHECK(rille_read_meta(NULL, "x", NULL) == RILLE_EINVAL);
    host_close(e);
    CHECK(users_ended == 7);
}

int
main(void)
{
    host_begin("type");
    RUN(objects_go_from_step_to_step);
    RUN(the_bytes_are_the_identity);
    RUN(a_host_gives_and_takes_objects);
    RUN(lua_has_them_as_opaque_values);
    RUN(a_step_in_lua_captures_one);
    RUN(what_fails_is_said);
    RUN(what_fails_in_a_get_is_said);
    RUN(an_engine_without_the_type_says_so);
    RUN(a_newer_format_is_refused);
    RUN(a_wrong_definition_is_refused_and_ended);
    return host_end();
}

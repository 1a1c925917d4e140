/* value_lua_test.c -- values in scripts and back, in a state of an engine. */
#include <locale.h>
#include <unistd.h>

#include <lauxlib.h>

#include "check.h"
#include "library/engine.h"
#include "library/registration.h"
#include "library/value_parts.h"
#include "os/sys.h"

static char store[64];
static rille_engine *e;
static rille_values *v;
static Value made;

static void
begin(void)
{
    CHECK(rille_open(&e, store, NULL) == RILLE_OK);
    v = rille_values_new(e);
    CHECK(rille_load_string(e, "nothing", "", 0) == RILLE_OK);
    made = (Value){.kind = VALUE_NULL};
}

static void
end(void)
{
    value_clear(&made);
    rille_close(e);
    rille_values_free(v);
}

/* values, in a call that is protected */
static int
l_values(lua_State *L)
{
    values_to_lua(L, lua_touserdata(L, 1));
    return 1;
}

/* Runs the script with all values; what it returns, or its error, is on top. */
static int
run(const char *script)
{
    int rc = luaL_loadstring(e->L, script);

    lua_pushcfunction(e->L, l_values);
    lua_pushlightuserdata(e->L, v);
    rc = rc || lua_pcall(e->L, 1, 1, 0) || lua_pcall(e->L, 1, 1, 0);
    if (rc)
        printf("%s\n", lua_tostring(e->L, -1));
    return rc;
}

/* Whether the script returns true. */
static int
says(const char *script)
{
    int yes = !run(script) && lua_toboolean(e->L, -1);

    lua_settop(e->L, 0);
    return yes;
}

/* Takes what the script returns into `made`; its status. */
static int
take(const char *script, Err *err)
{
    int rc = run(script);

    rc = rc ? rc : value_from_lua(e->L, -1, e, &made, err);
    lua_settop(e->L, 0);
    return rc;
}

static void
scalars_keep_their_kind_in_scripts(void)
{
    begin();
    rille_put_bool(v, "t", 1);
    rille_put_int(v, "i", 7);
    rille_put_number(v, "x", 7);
    rille_put_string(v, "s", "a\0b", 3);
    rille_put_bytes(v, "b", "\xff", 1);
    rille_put_json(v, "n", "null");
    CHECK(says("local v = ... return v.t == true and v.s == 'a\\0b' and v.b == '\\xff'"));
    CHECK(says("local v = ... return math.type(v.i) == 'integer' and math.type(v.x) == 'float'"));
    CHECK(says("local v = ... return v.n == require 'rille'.null"));
    end();
}

static void
json_is_decoded_as_scripts_do(void)
{
    begin();
    rille_put_json(v, "j", "{\"a\": [1, 2.0, null], \"b\": null, \"c\": []}");
    CHECK(says("local j = (...).j local null = require 'rille'.null\n"
               "return #j.a == 3 and math.type(j.a[2]) == 'float' and j.a[3] == null"
               " and j.b == nil and require 'rille.json'.encode(j.c) == '[]'"));
    end();
}

static void
arrays_share_their_memory_and_are_read_only(void)
{
    int64_t shape[] = {2, 2};
    void *p;
    double *x;

    begin();
    rille_new_array(v, "a", RILLE_F64, 2, shape, &p);
    x = p;
    x[3] = 5;
    CHECK(says("kept = (...).a return kept[2][2] == 5 and kept.dtype == 'f64'"));
    CHECK(says("local ok, message = pcall(function() kept[1][1] = 1 end)"
               " return not ok and message:find 'read%-only' ~= nil"));
    x[3] = 6;
    CHECK(says("return kept[2][2] == 6"));
    rille_put_int(v, "a", 1);
    CHECK(says("return kept[2][2] == 6 and (kept + 1)[2][2] == 7"));
    end();
}

static int released, strange;

/* Counts itself, and whether the thread is not the host's. */
static void
release(void *user)
{
    (void)user;
    released++;
    strange += uselocale((locale_t)0) != LC_GLOBAL_LOCALE;
}

static void
borrowed_memory_stays_until_scripts_let_go_of_it(void)
{
    static const float data[] = {1, 2, 3};
    int64_t n = 3;
    rille_array a = RILLE_ARRAY_INIT;

    begin();
    a.dtype = RILLE_F32;
    a.ndim = 1;
    a.shape = &n;
    a.data = data;
    a.release = release;
    released = 0;
    CHECK(rille_put_array(v, "a", &a) == RILLE_OK);
    CHECK(says("kept = (...).a return kept[3] == 3"));
    rille_values_free(v);
    v = NULL;
    CHECK(released == 0);
    CHECK(luaL_dostring(e->L, "kept = nil collectgarbage()") == LUA_OK);
    CHECK(released == 1);
    end();
    CHECK(released == 1);
}

static void
a_state_that_closes_gives_borrowed_memory_back(void)
{
    static const int64_t data[] = {1};
    int64_t n = 1;
    rille_array a = RILLE_ARRAY_INIT;

    begin();
    a.dtype = RILLE_I64;
    a.ndim = 1;
    a.shape = &n;
    a.data = data;
    a.release = release;
    released = 0;
    CHECK(rille_put_array(v, "a", &a) == RILLE_OK);
    CHECK(says("kept = (...).a return kept[1] == 1"));
    rille_values_free(v);
    v = NULL;
    rille_close(e);
    CHECK(released == 1 && strange == 0);
}

static void
borrowed_memory_is_given_back_with_the_hosts_locale(void)
{
    static const char script[] = "collectgarbage()";
    static const int64_t data[] = {1};
    int64_t n = 1;
    rille_array a = {sizeof a, RILLE_I64, 1, &n, data, release, NULL};

    begin();
    released = strange = 0;
    CHECK(rille_put_array(v, "a", &a) == RILLE_OK);
    CHECK(says("kept = (...).a return kept[1] == 1"));
    rille_values_free(v);
    v = NULL;
    CHECK(luaL_dostring(e->L, "kept = nil") == LUA_OK);
    CHECK(rille_load_string(e, "collects", script, sizeof script - 1) == RILLE_OK);
    CHECK(released == 1 && strange == 0);
    end();
}

static void
what_a_script_returns_is_a_value(void)
{
    Err err;

    begin();
    CHECK(take("return 7", &err) == OK && made.kind == VALUE_INT && made.integer == 7);
    CHECK(take("return 7.0", &err) == OK && made.kind == VALUE_NUMBER && made.number == 7);
    CHECK(take("return false", &err) == OK && made.kind == VALUE_BOOL && !made.boolean);
    CHECK(take("return nil", &err) == OK && made.kind == VALUE_NULL);
    CHECK(take("return require 'rille'.null", &err) == OK && made.kind == VALUE_NULL);
    CHECK(take("return 'a\\0b'", &err) == OK && made.kind == VALUE_STRING && made.bytes.len == 3);
    CHECK(take("return '\\xff'", &err) == OK && made.kind == VALUE_BYTES && made.bytes.len == 1);
    CHECK(take("return { 1, 2.0, { x = 'y' } }", &err) == OK && made.kind == VALUE_JSON);
    CHECK_STR(buf_cstr(&made.bytes), "[1,2.0,{\"x\":\"y\"}]");
    end();
}

static void
what_is_no_value_is_refused_and_leaves_nothing(void)
{
    Err err;

    begin();
    CHECK(take("return function() end", &err) == ERR_TYPE && made.kind == VALUE_NULL);
    CHECK_STR(err.msg, "a function cannot be given to a host");
    CHECK(take("return io.stdout", &err) == ERR_TYPE);
    CHECK(take("return coroutine.create(print)", &err) == ERR_TYPE);
    CHECK(take("return { a = { print } }", &err) == ERR_TYPE && made.kind == VALUE_NULL);
    CHECK(strstr(err.msg, "value.a[1]: ") != NULL);
    CHECK(take("local t = {} t[1] = t return t", &err) == ERR_TYPE);
    CHECK(take("return setmetatable({}, { __name = 'frame' })", &err) == ERR_TYPE);
    end();
}

static void
an_array_of_a_script_is_shared_and_dense_for_a_host(void)
{
    rille_array a = RILLE_ARRAY_INIT;
    Err err;

    begin();
    CHECK(take("return require 'rille.array'.from({ { 1, 2 }, { 3, 4 } }):transpose()", &err)
          == OK);
    CHECK(made.kind == VALUE_ARRAY && !array_contiguous(made.array));
    CHECK(values_reserve(v, 1) == RILLE_OK);
    made.name = strdup("a");
    values_move_in(v, &made);
    CHECK(rille_get_array(v, "a", &a) == RILLE_OK && a.dtype == RILLE_I64 && a.ndim == 2);
    CHECK(a.data && ((const int64_t *)a.data)[1] == 3 && ((const int64_t *)a.data)[2] == 2);
    end();
}

static void
a_frame_goes_through_a_script_and_back(void)
{
    Err err;

    begin();
    CHECK(take("local frame = require 'rille.frame'\n"
               "return frame.new { { 'x', { 1.5, require 'rille'.null } }, { 's', { 'a', '' } },"
               " { 'd', frame.dates { '2026-11-22', '' } }, { 'b', { true, false } },"
               " { 'i', { 1, 2 } } }", &err) == OK);
    CHECK(made.kind == VALUE_FRAME && made.frame->rows == 2 && made.frame->n == 5);
    CHECK(made.frame->columns[1].kind == COLUMN_TEXTS);
    CHECK(made.frame->columns[2].kind == COLUMN_DATES);
    CHECK(values_reserve(v, 1) == RILLE_OK);
    made.name = strdup("f");
    values_move_in(v, &made);
    CHECK(says("local f = (...).f\n"
               "return #f == 2 and table.concat(f.columns, ' ') == 'x s d b i'"
               " and f:column 'x'[1] == 1.5 and f:column 'x'[2] ~= f:column 'x'[2]"
               " and f:column 's'[1] == 'a' and f:column 'd'[1] == '2026-11-22'"
               " and f:column 'd'[2] == '' and f:column 'b'.dtype == 'bool'"
               " and f:column 'i'.dtype == 'i64'"));
    {
        const char *json = NULL;

        CHECK(rille_get_json(v, "f", &json) == RILLE_OK);
        CHECK_STR(json ? json : rille_errmsg(e),
                  "[{\"x\":1.5,\"s\":\"a\",\"d\":\"2026-11-22\",\"b\":true,\"i\":1},"
                  "{\"x\":null,\"s\":\"\",\"d\":null,\"b\":false,\"i\":2}]");
    }
    end();
}

static void
a_frame_with_a_strange_column_is_refused(void)
{
    Err err;

    begin();
    CHECK(take("local frame = require 'rille.frame'\n"
               "return frame.assemble({ 'a\\0' }, { { 'x' } }, 1)", &err) == ERR_TYPE);
    CHECK(strstr(err.msg, "not UTF-8") != NULL && made.kind == VALUE_NULL);
    CHECK(take("local frame = require 'rille.frame'\n"
               "return frame.assemble({ 'a' }, { { 'x', 2 } }, 2)", &err) == ERR_TYPE);
    CHECK_STR(err.msg, "column \"a\": it is neither an array nor dates nor a list of strings");
    CHECK(take("local frame = require 'rille.frame'\n"
               "return frame.assemble({ 'a' }, { { 'x' } }, 2)", &err) == ERR_TYPE);
    CHECK_STR(err.msg, "column \"a\": it does not have the length of the frame");
    CHECK(take("local frame = require 'rille.frame'\n"
               "return frame.assemble({}, {}, -1)", &err) == ERR_TYPE);
    end();
}

static void
an_artifact_is_that_of_the_history(void)
{
    static const char script[] =
        "local rille = require 'rille' local t = rille.types\n"
        "local s = rille.step 's' { outputs = { t.integer 'n' }, run = function() return 7 end }\n"
        "rille.pipeline 'p' { define = function() s() end }\n";
    rille_artifact *a = NULL;
    rille_run *r = NULL;
    int64_t n = 0;
    Err err;

    begin();
    CHECK(rille_load_string(e, "p", script, sizeof script - 1) == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "p", NULL) == RILLE_OK);
    CHECK(rille_get_artifact(&a, rille_run_outputs(r), "s") == RILLE_OK);
    CHECK(rille_put_artifact(v, "a", a) == RILLE_OK);
    CHECK(says("local a = (...).a return a.type == 'integer' and a:load() == 7"));
    CHECK(take("return (...).a", &err) == OK && made.kind == VALUE_ARTIFACT);
    CHECK(made.artifact && a && !strcmp(rille_artifact_digest(made.artifact),
                                        rille_artifact_digest(a)));
    CHECK(rille_get_int(v, "a", &n) == RILLE_ETYPE);
    CHECK_STR(rille_errmsg(e), "value \"a\" is an artifact, not an integer; read it with "
                               "rille_get_artifact");
    CHECK(rille_get_int(rille_artifact_value(a), NULL, &n) == RILLE_OK && n == 7);
    rille_artifact_free(a);
    rille_run_free(r);
    end();
    CHECK(sys_remove(store, NULL) == OK);
}

int
main(void)
{
    snprintf(store, sizeof store, "/tmp/rille-value-lua-%ld", (long)getpid());
    RUN(scalars_keep_their_kind_in_scripts);
    RUN(json_is_decoded_as_scripts_do);
    RUN(arrays_share_their_memory_and_are_read_only);
    RUN(borrowed_memory_stays_until_scripts_let_go_of_it);
    RUN(a_state_that_closes_gives_borrowed_memory_back);
    RUN(borrowed_memory_is_given_back_with_the_hosts_locale);
    RUN(what_a_script_returns_is_a_value);
    RUN(what_is_no_value_is_refused_and_leaves_nothing);
    RUN(an_array_of_a_script_is_shared_and_dense_for_a_host);
    RUN(a_frame_goes_through_a_script_and_back);
    RUN(an_artifact_is_that_of_the_history);
    RUN(a_frame_with_a_strange_column_is_refused);
    return check_done();
}

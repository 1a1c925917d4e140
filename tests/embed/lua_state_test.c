/* lua_state_test.c -- a host with a lua_State of its own: shared with an engine, or beside it. */
#define _GNU_SOURCE
#include <lauxlib.h>
#include <lualib.h>

#include "rille.h"
#include "rille_lua.h"

#include "host.h"

static lua_State *
state(void)
{
    lua_State *L = luaL_newstate();

    luaL_openlibs(L);
    return L;
}

static int
open_shared(rille_engine **out, lua_State *L)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    opt.lua_state = L;
    opt.event = host_hear;
    host_said[0] = 0;
    host_engine = NULL;
    return rille_open(out, host_store, &opt);
}

static rille_engine *
shared(lua_State *L)
{
    rille_engine *e;

    CHECK_RC(open_shared(&e, L), RILLE_OK);
    return host_engine = e;
}

/* What the chunk returns, as text; until the next one. */
static const char *
eval(lua_State *L, const char *text)
{
    static char out[1 << 16];

    luaL_loadstring(L, text);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK)
        snprintf(out, sizeof out, "error: %s", lua_tostring(L, -1));
    else
        snprintf(out, sizeof out, "%s", luaL_tolstring(L, -1, NULL));
    lua_settop(L, 0);
    return out;
}

/* What of all that scripts can see differs from the call before, "" for nothing. */
static const char differences[] =
    "local now, all = {}, {}\n"
    "local function look(t, name) for k, v in pairs(t) do now[name .. tostring(k)] = tostring(v) "
    "end end\n"
    "for _, lib in ipairs { 'string', 'table', 'math', 'io', 'os', 'coroutine', 'utf8', 'debug' } "
    "do look(_G[lib], lib .. '.') end look(_G, '_G.') look(package, 'package.')\n"
    "look(package.loaded, 'loaded.') look(package.preload, 'preload.')\n"
    "look({ meta = getmetatable(_G) or 0, strings = getmetatable '' }, '')\n"
    "look({ hook = debug.gethook() }, '') look(package.searchers, 'searcher')\n"
    "local before = debug.getregistry().before debug.getregistry().before = now\n"
    "for k, v in pairs(now) do if before and before[k] ~= v then all[#all + 1] = k end end\n"
    "for k in pairs(before or {}) do if not now[k] then all[#all + 1] = k end end\n"
    "return table.concat(all, ' ')";

static void
a_shared_state_runs_scripts_beside_the_code_of_the_host(void)
{
    lua_State *L = state();
    rille_engine *e = shared(L);

    lua_pushliteral(L, "mine");
    CHECK_STR(eval(L, "function factor() return 7 end return 'set'"), "set");
    lua_pushliteral(L, "below");
    CHECK_RC(host_load(e, PIPELINE("work", "return 6 * factor()")), RILLE_OK);
    CHECK(host_run(e, "work") == 42);
    CHECK(lua_gettop(L) == 1 && strcmp(lua_tostring(L, 1), "below") == 0);
    CHECK_STR(eval(L, "local rille = require 'rille' return rille.pipelines.work.runs[-1].status"),
              "completed");
    host_close(e);
    CHECK_STR(eval(L, "return factor()"), "7");
    lua_close(L);
}

static void
print_and_os_of_a_shared_state_are_those_of_the_host(void)
{
    lua_State *L = state();
    rille_engine *e = shared(L);

    CHECK_STR(eval(L, "function print(...) PRINTED = ... end return 'replaced'"), "replaced");
    CHECK_RC(host_load(e, "print 'hello' where = io.stdout == io.output()"), RILLE_OK);
    CHECK_STR(eval(L, "return PRINTED .. tostring(where)"), "hellotrue");
    CHECK_STR(host_said, "");
    host_close(e);
    lua_close(L);
}

static void
after_close_the_state_is_as_it_was(void)
{
    lua_State *L = state();

    CHECK_STR(eval(L, differences), "");
    for (int i = 0; i < 3; i++) {
        rille_engine *e = shared(L);

        CHECK_RC(host_load(e, PIPELINE("work", "return 5") "rille.trust { 'lfs' }"), RILLE_OK);
        CHECK(host_run(e, "work") == 5);
        host_close(e);
        CHECK(lua_gettop(L) == 0);
        CHECK_STR(eval(L, differences), "");
        CHECK_STR(eval(L, "return (pcall(require, 'rille'))"), "false");
    }
    lua_close(L);
}

static void
what_a_host_kept_of_a_closed_engine_says_so(void)
{
    lua_State *L = state();
    rille_engine *e = shared(L);

    CHECK_RC(host_load(e, PIPELINE("work", "return 5") "kept = rille.pipeline 'kept' { define = "
                       "function() s() end }"), RILLE_OK);
    host_close(e);
    CHECK(host_has(eval(L, "return kept:run {}"), "the engine of this lua_State was closed"));
    lua_close(L);
}

static void
one_engine_per_state(void)
{
    lua_State *L = state(), *co = lua_newthread(L);
    rille_engine *e = shared(L), *other;

    CHECK_RC(open_shared(&other, L), RILLE_EEXISTS);
    CHECK(host_has(rille_errmsg(other), "one engine"));
    rille_close(other);
    CHECK_RC(open_shared(&other, co), RILLE_EEXISTS);
    rille_close(other);
    CHECK_RC(host_load(e, PIPELINE("work", "return 5")), RILLE_OK);
    CHECK(host_run(e, "work") == 5);
    host_close(e);
    e = shared(L);
    CHECK_RC(host_load(e, PIPELINE("work", "return 6")), RILLE_OK);
    CHECK(host_run(e, "work") == 6);
    host_close(e);
    lua_close(L);
}

static void
a_state_that_required_rille_is_refused(void)
{
    lua_State *L = state();
    rille_engine *e;

    luaL_requiref(L, "rille", luaopen_rille, 0);
    lua_settop(L, 0);
    CHECK_RC(open_shared(&e, L), RILLE_EEXISTS);
    rille_close(e);
    CHECK_STR(eval(L, "return type(require('rille').step)"), "function");
    lua_close(L);
}

static void
options_that_a_shared_state_excludes(void)
{
    lua_State *L = state(), *bare = luaL_newstate();
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;

    opt.lua_state = L;
    opt.memory = 1 << 20;
    CHECK_RC(rille_open(&e, host_store, &opt), RILLE_EINVAL);
    CHECK(host_has(rille_errmsg(e), "excludes alloc and memory"));
    rille_close(e);
    opt.memory = 0;
    opt.lua_path = "?.lua";
    CHECK_RC(rille_open(&e, host_store, &opt), RILLE_EINVAL);
    rille_close(e);
    CHECK_RC(open_shared(&e, bare), RILLE_EINVAL);
    CHECK(host_has(rille_errmsg(e), "call luaL_openlibs first"));
    rille_close(e);
    CHECK(lua_gettop(bare) == 0);
    luaL_openlibs(bare);
    CHECK_RC(open_shared(&e, bare), RILLE_OK);
    rille_close(e);
    lua_close(bare);
    lua_close(L);
}

static int hooked;

static void
count(lua_State *L, lua_Debug *ar)
{
    (void)L;
    (void)ar;
    hooked++;
}

static int
cancel(void *user, const rille_event *event)
{
    if (event->kind == RILLE_STEP_BEGIN)
        rille_interrupt(*(rille_engine **)user);
    return 0;
}

static void
a_shared_state_is_interrupted_and_keeps_the_hook_of_the_host(void)
{
    lua_State *L = state();
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_run *r = NULL;
    rille_engine *e;

    lua_sethook(L, count, LUA_MASKCOUNT, 1000);
    opt.lua_state = L;
    opt.event = cancel;
    opt.event_user = &e;
    CHECK_RC(rille_open(&e, host_store, &opt), RILLE_OK);
    CHECK_RC(host_load(e, PIPELINE("endless", "while true do end")), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "endless", NULL), RILLE_ECANCELLED);
    rille_run_free(r);
    CHECK(lua_gethook(L) == count && lua_gethookcount(L) == 1000
          && lua_gethookmask(L) == LUA_MASKCOUNT);
    hooked = 0;
    CHECK_STR(eval(L, "for i = 1, 1e5 do end return 'counted'"), "counted");
    CHECK(hooked > 10);
    host_close(e);
    lua_close(L);
}

/* work(n): what a script calls runs a pipeline of the same engine's host. */
static int
l_nested(lua_State *L)
{
    rille_engine *e = lua_touserdata(L, lua_upvalueindex(1));

    lua_pushnumber(L, host_run(e, "inner"));
    return 1;
}

static void
a_function_of_the_host_called_by_lua_calls_the_library(void)
{
    lua_State *L = state();
    rille_engine *e = shared(L);

    CHECK_RC(host_load(e, PIPELINE("inner", "return 9")), RILLE_OK);
    lua_pushlightuserdata(L, e);
    lua_pushcclosure(L, l_nested, 1);
    lua_setglobal(L, "nested");
    CHECK_STR(eval(L, "local t = {} for i = 1, 3 do t[i] = nested() end return table.concat(t, "
                      "' ')"), "9.0 9.0 9.0");
    host_close(e);
    lua_close(L);
}

static void
openlib_gives_the_module_of_the_engine(void)
{
    lua_State *L = state(), *own;
    rille_engine *e = shared(L), *alone = NULL;

    CHECK_RC(rille_lua_openlib(L, e), RILLE_OK);
    CHECK(lua_gettop(L) == 1 && lua_istable(L, 1));
    lua_setglobal(L, "mine");
    CHECK_STR(eval(L, "return tostring(mine == require 'rille')"), "true");
    CHECK_STR(eval(L, "return mine.open {}"), "error: "
              "rille.open: the store of this engine is opened by the program that embeds it, with "
              "rille_open");
    CHECK_RC(rille_open(&alone, host_store, NULL), RILLE_OK);
    CHECK_RC(rille_lua_openlib(L, alone), RILLE_EINVAL);
    CHECK(lua_gettop(L) == 0 && host_has(rille_errmsg(alone), "another lua_State"));
    own = rille_lua_state(alone);
    CHECK(own && own != L && rille_lua_state(e) == L);
    CHECK_RC(rille_lua_openlib(own, alone), RILLE_OK);
    lua_setglobal(own, "rille");
    CHECK_STR(eval(own, "local s = rille.step 'a' { outputs = { rille.types.number 'n' }, run = "
                        "function() return 3 end } return s():load()"), "3.0");
    CHECK_RC(rille_lua_openlib(NULL, alone), RILLE_EINVAL);
    CHECK_RC(rille_lua_openlib(own, NULL), RILLE_EINVAL);
    CHECK(rille_lua_state(NULL) == NULL);
    rille_close(alone);
    host_close(e);
    lua_close(L);
}

static rille_artifact *
artifact_of_work(rille_engine *e)
{
    rille_artifact *a = NULL;
    rille_run *r = NULL;

    CHECK_RC(host_load(e, PIPELINE("work", "return 11")), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "work", NULL), RILLE_OK);
    CHECK_RC(rille_get_artifact(&a, rille_run_outputs(r), "work"), RILLE_OK);
    rille_run_free(r);
    return a;
}

static void
artifacts_go_into_lua_and_come_back(void)
{
    lua_State *L = state();
    rille_engine *e = shared(L), *other = NULL;
    rille_artifact *a = artifact_of_work(e), *back;

    CHECK_RC(rille_lua_pushartifact(L, a), RILLE_OK);
    CHECK(lua_gettop(L) == 1);
    back = rille_lua_toartifact(L, -1);
    CHECK(back && back != a && lua_gettop(L) == 1);
    CHECK_STR(rille_artifact_digest(back), rille_artifact_digest(a));
    lua_setglobal(L, "artifact");
    CHECK_STR(eval(L, "return artifact:load()"), "11.0");
    lua_pushinteger(L, 1);
    CHECK(rille_lua_toartifact(L, 1) == NULL && rille_lua_toartifact(L, 5) == NULL);
    lua_settop(L, 0);
    CHECK_RC(rille_open(&other, host_store, NULL), RILLE_OK);
    CHECK_RC(rille_lua_pushartifact(rille_lua_state(other), a), RILLE_EINVAL);
    CHECK(host_has(rille_errmsg(e), "another engine"));
    CHECK_RC(rille_lua_pushartifact(L, NULL), RILLE_EINVAL);
    rille_close(other);
    host_close(e);
    CHECK_RC(rille_lua_pushartifact(L, a), RILLE_EINVAL);       /* the engine was closed */
    CHECK(rille_lua_toartifact(L, 1) == NULL);
    rille_artifact_free(back);
    rille_artifact_free(a);
    lua_close(L);
}

/* The fingerprint of what the chunk returns. */
static int
print_of(lua_State *L, const char *text, unsigned char out[32], const char **why)
{
    int rc;

    luaL_loadstring(L, text);
    lua_call(L, 0, 1);
    rc = rille_lua_fingerprint(L, -1, out, why);
    CHECK(lua_gettop(L) == 1);
    lua_settop(L, 0);
    return rc;
}

static void
fingerprints_tell_functions_apart(void)
{
    unsigned char a[32], b[32], c[32];
    const char *why = "";
    lua_State *L = state(), *own;
    rille_engine *e = shared(L), *alone;

    CHECK_RC(print_of(L, "local k = 2 return function(x) return k * x end", a, &why), RILLE_OK);
    CHECK(why == NULL);
    CHECK_RC(print_of(L, "local k = 2\nreturn  function(y) return k * y end", b, NULL), RILLE_OK);
    CHECK_RC(print_of(L, "local k = 3 return function(x) return k * x end", c, NULL), RILLE_OK);
    CHECK(memcmp(a, b, 32) == 0 && memcmp(a, c, 32) != 0);
    CHECK_RC(print_of(L, "return { 1, 'two' }", c, NULL), RILLE_OK);
    CHECK_RC(print_of(L, "return function() return io.read() end", c, &why), RILLE_ETYPE);
    CHECK(why && host_has(why, "io.read"));
    CHECK_RC(print_of(L, "return coroutine.create(print)", c, &why), RILLE_ETYPE);
    CHECK(why && host_has(why, "coroutine"));
    CHECK_RC(rille_open(&alone, host_store, NULL), RILLE_OK);
    own = rille_lua_state(alone);
    CHECK_RC(print_of(own, "return function() return io.read() end", c, &why), RILLE_OK);
    CHECK_RC(print_of(own, "local k = 2 return function(x) return k * x end", b, &why), RILLE_OK);
    CHECK(memcmp(a, b, 32) == 0);
    rille_close(alone);
    host_close(e);
    CHECK_RC(print_of(L, "return 1", c, &why), RILLE_EINVAL);
    lua_close(L);
}

static int
l_check(lua_State *L)
{
    rille_lua_checkobject(L, 1, "counter");
    return 0;
}

static void
checkobject_raises_for_what_is_no_object(void)
{
    lua_State *L = state();
    rille_engine *e = shared(L);

    lua_register(L, "check", l_check);
    CHECK_STR(eval(L, "check(1)"), "error: [string \"check(1)\"]:1: bad argument #1 to 'check' "
              "(counter expected, got number)");
    host_close(e);
    lua_close(L);
}

int
main(void)
{
    host_begin("lua-state");
    RUN(a_shared_state_runs_scripts_beside_the_code_of_the_host);
    RUN(print_and_os_of_a_shared_state_are_those_of_the_host);
    RUN(after_close_the_state_is_as_it_was);
    RUN(what_a_host_kept_of_a_closed_engine_says_so);
    RUN(one_engine_per_state);
    RUN(a_state_that_required_rille_is_refused);
    RUN(options_that_a_shared_state_excludes);
    RUN(a_shared_state_is_interrupted_and_keeps_the_hook_of_the_host);
    RUN(a_function_of_the_host_called_by_lua_calls_the_library);
    RUN(openlib_gives_the_module_of_the_engine);
    RUN(artifacts_go_into_lua_and_come_back);
    RUN(fingerprints_tell_functions_apart);
    RUN(checkobject_raises_for_what_is_no_object);
    return host_end();
}

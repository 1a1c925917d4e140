/* own_lua_test.c -- a host with a Lua 5.4 of its own, linked into it and exported (-rdynamic) as
 * hosts with modules in C need it: its states and the engine's run beside each other. */
#define _GNU_SOURCE
#include <dlfcn.h>

#include <lauxlib.h>
#include <lualib.h>

#include "host.h"
#include "rille.h"

static lua_State *
state(void)
{
    lua_State *L = luaL_newstate();

    luaL_openlibs(L);
    return L;
}

static void
check_lua(lua_State *L, const char *text)
{
    int rc = luaL_dostring(L, text);

    CHECK(rc == LUA_OK && lua_toboolean(L, -1));
    if (rc)
        printf("%s\n", lua_tostring(L, -1));
    lua_settop(L, 0);
}

static void
the_lua_of_the_host_is_exported(void)
{
    CHECK(dlsym(RTLD_DEFAULT, "lua_newstate") != NULL);
}

static void
states_of_the_host_and_engines_run_beside_each_other(void)
{
    lua_State *before = state(), *after;
    rille_engine *e, *second;

    check_lua(before, "x = 1 count = 0 return true");
    e = host_open();
    CHECK_RC(host_load(e, PIPELINE("own", "return 4") "assert(x == nil) x = 2"), RILLE_OK);
    after = state();
    second = host_open();
    check_lua(after, "return x == nil and rille == nil and package.loaded.rille == nil");
    CHECK(host_run(e, "own") == 4);
    check_lua(before, "return x == 1 and package.loaded.rille == nil "
                      "and package.preload.rille == nil and io.output() == io.stdout");
    lua_close(before);
    CHECK_RC(host_load(second, PIPELINE("own", "return 4")), RILLE_OK);
    CHECK(host_run(second, "own") == 4);
    host_close(e);
    check_lua(after, "x = 3 return x == 3");
    host_close(second);
    check_lua(after, "return x == 3");
    lua_close(after);
}

/* A function that the host's Lua calls, and that calls the library. */
static int
l_run(lua_State *L)
{
    rille_engine *e = lua_touserdata(L, lua_upvalueindex(1));

    lua_pushnumber(L, host_run(e, luaL_checkstring(L, 1)));
    return 1;
}

static void
a_function_of_the_hosts_lua_calls_the_library(void)
{
    lua_State *L = state();
    rille_engine *e = host_open();

    CHECK_RC(host_load(e, PIPELINE("called", "return 5")), RILLE_OK);
    lua_pushlightuserdata(L, e);
    lua_pushcclosure(L, l_run, 1);
    lua_setglobal(L, "run");
    check_lua(L, "for i = 1, 3 do assert(run 'called' == 5) end return true");
    check_lua(L, "return coroutine.wrap(function() return run 'called' == 5 end)()");
    check_lua(L, "return run 'nothing' == -1");
    lua_close(L);
    host_close(e);
}

/* The host's hook, warnings and garbage collector are not the library's. */
static int hooks;

static void
hook(lua_State *L, lua_Debug *ar)
{
    (void)L;
    (void)ar;
    hooks++;
}

static void
the_hook_of_the_host_goes_on(void)
{
    lua_State *L = state();
    rille_engine *e = host_open();

    lua_sethook(L, hook, LUA_MASKCOUNT, 100);
    CHECK_RC(host_load(e, PIPELINE("hooked", "local n = 0 for i = 1, 1e5 do n = n + 1 end "
                                             "return n")),
             RILLE_OK);
    hooks = 0;
    CHECK(host_run(e, "hooked") == 100000);
    CHECK(hooks == 0 && lua_gethook(L) == hook);
    check_lua(L, "for i = 1, 1e4 do end return true");
    CHECK(hooks > 10);
    lua_close(L);
    host_close(e);
}

int
main(void)
{
    host_begin("own-lua");
    RUN(the_lua_of_the_host_is_exported);
    RUN(states_of_the_host_and_engines_run_beside_each_other);
    RUN(a_function_of_the_hosts_lua_calls_the_library);
    RUN(the_hook_of_the_host_goes_on);
    return host_end();
}

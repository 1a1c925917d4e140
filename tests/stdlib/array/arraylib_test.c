/* arraylib_test.c -- the Lua face of arrays when memory runs out: every
 * allocation of Lua's fails once, and nothing is lost (run under ASan). */
#include <stdlib.h>

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

#include "array/array_box.h"
#include "check.h"
#include "modules.h"

static const char script[] =
    "local array = require 'rille.array'\n"
    "local a = array.from { { 1, 2, 3 }, { 4, 5, 6 } }\n"
    "local b = (a + 1) * a:transpose():copy():transpose() / 2 - -a\n"
    "local c = array.concat { a, b, a:slice(1, 1) }\n"
    "c = c:take { 1, 3 }:reshape { 3, 2 }:astype 'f32'\n"
    "c:set(1, 1, 9)\n"
    "local s = tostring(c) .. array.tonpy(c) .. array.digest(c)\n"
    "array.writenpy(c, function(bytes) s = s .. bytes end)\n"
    "assert(array.fromnpy(array.tonpy(c)) == c)\n"
    "local t = { c:totable(), c:sum(1), c:gt(2):where(c, 0), c:dot(a), c:unique(), c:argsort() }\n"
    "return c.shape, c[1], array.random({ 3 }, 1), array.arange(10), array.eye(2), pushed(), #s, "
    "t\n";

/* Fails every allocation from the left-th on, until it is set again. */
typedef struct Budget {
    long left;
} Budget;

static void *
allocate(void *user, void *p, size_t old, size_t size)
{
    Budget *b = user;

    (void)old;
    if (size == 0) {
        free(p);
        return NULL;
    }
    if ((!p || size > old) && b->left-- <= 0)
        return NULL;
    return realloc(p, size);
}

static int
l_pushed(lua_State *L)
{
    int64_t n = 5;
    Array *a;
    Err err;

    if (array_new(&a, ARRAY_F64, 1, &n, &err))
        return luaL_error(L, "%s", err.msg);
    array_box_push(L, a);
    return 1;
}

static int
prepare(lua_State *L)
{
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (const luaL_Reg *f = modules; f->name; f++) {
        lua_pushcfunction(L, f->func);
        lua_setfield(L, -2, f->name);
    }
    lua_register(L, "pushed", l_pushed);
    if (luaL_loadstring(L, script))
        return lua_error(L);
    return 1;
}

/* Runs the script with so many allocations; its status. */
static int
run_with(long allocations)
{
    Budget budget = {1 << 30};
    lua_State *L = lua_newstate(allocate, &budget);
    int status;

    CHECK(L != NULL);
    lua_pushcfunction(L, prepare);
    CHECK(lua_pcall(L, 0, 1, 0) == LUA_OK);
    budget.left = allocations;
    status = lua_pcall(L, 0, LUA_MULTRET, 0);
    CHECK(status == LUA_OK || status == LUA_ERRMEM
          || strstr(lua_tostring(L, -1), "not enough memory"));
    budget.left = 1 << 30;
    lua_close(L);
    return status;
}

static void
running_out_of_memory_loses_nothing(void)
{
    long n = 0;

    while (n < 100000 && run_with(n) != LUA_OK)
        n++;
    CHECK(n > 100 && n < 100000);
}

static int
push_first(lua_State *L)
{
    Array *a;

    l_pushed(L);
    a = array_box_check(L, -1);
    lua_pushboolean(L, a && array_box_test(L, -1) == a && a->shape[0] == 5);
    lua_pushinteger(L, 3);
    lua_pushboolean(L, array_box_test(L, -1) == NULL && lua_toboolean(L, -2));
    return 1;
}

static void
another_face_may_push_before_the_module_is_loaded(void)
{
    lua_State *L = luaL_newstate();

    CHECK(L != NULL);
    luaL_openlibs(L);
    lua_pushcfunction(L, push_first);
    CHECK(lua_pcall(L, 0, 1, 0) == LUA_OK);
    CHECK(lua_toboolean(L, -1));
    lua_close(L);
}

int
main(void)
{
    RUN(running_out_of_memory_loses_nothing);
    RUN(another_face_may_push_before_the_module_is_loaded);
    return check_done();
}

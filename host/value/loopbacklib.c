/* loopbacklib.c -- rille.host.loopback, the Lua face of loopback.h */
#include <limits.h>
#include <string.h>

#include "base/bind.h"
#include "os/loopback.h"

static const char TYPE[] = "rille.loopback answer";

int luaopen_rille_host_loopback(lua_State *L);

static int
l_release(lua_State *L)
{
    loopback_release(luaL_checkudata(L, 1, TYPE));
    return 0;
}

/* loopback.ask { host =, port =, head = TEXT, body = TEXT, seconds =, most = BYTES }
 *   -> status, body, headers
 *   -> nil, message, code               "notfound": nobody listens there */
static int
l_ask(lua_State *L)
{
    LoopbackPlan plan = {0};
    LoopbackAnswer *answer;
    lua_Number seconds;
    Err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "host");
    plan.host = luaL_checkstring(L, -1);
    lua_getfield(L, 1, "port");
    plan.port = (int)luaL_checkinteger(L, -1);
    lua_getfield(L, 1, "head");
    plan.head = luaL_checklstring(L, -1, &plan.head_size);
    lua_getfield(L, 1, "body");
    plan.body = luaL_checklstring(L, -1, &plan.size);
    lua_getfield(L, 1, "seconds");
    seconds = luaL_checknumber(L, -1);
    luaL_argcheck(L, seconds > 0 && seconds < INT_MAX / 1000, 1, "seconds: out of range");
    plan.milliseconds = seconds < 0.001 ? 1 : (int)(seconds * 1000);
    lua_getfield(L, 1, "most");
    plan.most = (size_t)luaL_checkinteger(L, -1);
    answer = lua_newuserdatauv(L, sizeof *answer, 0);
    memset(answer, 0, sizeof *answer);
    luaL_setmetatable(L, TYPE);
    if (loopback_ask(answer, &plan, &err))
        return bind_fail(L, &err);
    lua_pushinteger(L, answer->status);
    lua_pushlstring(L, answer->body, answer->body_size);
    lua_pushlstring(L, answer->headers, answer->headers_size);
    loopback_release(answer);
    return 3;
}

int
luaopen_rille_host_loopback(lua_State *L)
{
    static const luaL_Reg lib[] = {{"ask", l_ask}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_release}, {NULL, NULL}};

    bind_type(L, TYPE, none, meta);
    luaL_newlib(L, lib);
    return 1;
}

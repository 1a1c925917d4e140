/* http_postlib.c -- rille.host.http_post, the Lua face of http_post.h */
#include <limits.h>
#include <string.h>

#include "base/bind.h"
#include "base/interrupt.h"
#include "os/http_post.h"

static const char TYPE[] = "rille.http_post";

enum { MOST_HEADERS = 64 };

int luaopen_rille_host_http_post(lua_State *L);

/* A text at field NAME of the table at 1, without a zero byte; it stays on the stack. */
static const char *
text_of(lua_State *L, int is_text)
{
    size_t len = 0;
    const char *text = is_text ? lua_tolstring(L, -1, &len) : NULL;

    luaL_argcheck(L, text && strlen(text) == len, 1, "a text without zero bytes expected");
    return text;
}

static const char *const *
headers_of(lua_State *L)
{
    const char **list = lua_newuserdatauv(L, (MOST_HEADERS + 1) * sizeof *list, 0);
    lua_Integer n;

    lua_getfield(L, 1, "headers");
    luaL_argcheck(L, lua_istable(L, -1), 1, "headers: a list of strings expected");
    n = luaL_len(L, -1);
    luaL_argcheck(L, n >= 0 && n <= MOST_HEADERS, 1, "headers: too many");
    for (lua_Integer i = 0; i < n; i++) {
        list[i] = text_of(L, lua_rawgeti(L, -1, i + 1) == LUA_TSTRING);
        lua_pop(L, 1);                  /* the table holds it */
    }
    list[n] = NULL;
    return list;
}

/* http_post.start { url =, body =, headers = { "Name: value"... }, seconds = }
 *   -> post, to close
 *   -> nil, message, code; "notfound" without libcurl */
static int
l_start(lua_State *L)
{
    HttpPostPlan plan;
    HttpPost **box;
    lua_Number seconds;
    Err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    plan.url = text_of(L, lua_getfield(L, 1, "url") == LUA_TSTRING);
    lua_getfield(L, 1, "body");
    plan.body = luaL_checklstring(L, -1, &plan.size);
    lua_getfield(L, 1, "seconds");
    seconds = luaL_checknumber(L, -1);
    luaL_argcheck(L, seconds > 0 && seconds < INT_MAX / 1000, 1, "seconds: out of range");
    plan.milliseconds = seconds < 0.001 ? 1 : (long)(seconds * 1000);
    plan.headers = headers_of(L);
    box = bind_box(L, TYPE);
    if (http_post_new(box, &err) || http_post_start(*box, &plan, &err))
        return bind_fail(L, &err);
    return 1;
}

/* post:wait(seconds) -> false | true: the answer is there | nil, message, code */
static int
l_wait(lua_State *L)
{
    HttpPost *p = bind_check(L, 1, TYPE);
    lua_Number seconds = luaL_checknumber(L, 2);
    int done;
    Err err;

    luaL_argcheck(L, seconds >= 0 && seconds < INT_MAX / 1000, 2, "out of range");
    if (http_post_wait(p, interrupt_slice(interrupt_here(), (int)(seconds * 1000)), &done, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, done);
    return 1;
}

/* post:answer() -> status, the beginning of the body, the header Retry-After or "" */
static int
l_answer(lua_State *L)
{
    HttpAnswer answer;

    http_post_answer(bind_check(L, 1, TYPE), &answer);
    lua_pushinteger(L, answer.status);
    lua_pushlstring(L, answer.body, answer.size);
    lua_pushstring(L, answer.retry_after);
    return 3;
}

static int
l_close(lua_State *L)
{
    HttpPost **box = luaL_checkudata(L, 1, TYPE), *p = *box;

    *box = NULL;
    http_post_free(p);
    return 0;
}

int
luaopen_rille_host_http_post(lua_State *L)
{
    static const luaL_Reg lib[] = {{"start", l_start}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"wait", l_wait}, {"answer", l_answer}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, lib);
    return 1;
}

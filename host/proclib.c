/* proclib.c -- rille.host.proc, the Lua face of proc.h */
#include <stdio.h>
#include <unistd.h>

#include "bind.h"
#include "faces.h"
#include "proc.h"

static const char TYPE[] = "rille.proc";

int luaopen_rille_host_proc(lua_State *L);

typedef struct Channel {
    Proc proc;
    Buf in;
} Channel;

static Channel *
check(lua_State *L)
{
    Channel *c = luaL_checkudata(L, 1, TYPE);

    luaL_argcheck(L, c->proc.fd >= 0, 1, "the channel is closed");
    return c;
}

/* proc.fork(body)
 *   -> channel              in the parent
 *   -> nil, message, code
 * The child runs body(channel) and ends; it never returns from here. */
static int
l_fork(lua_State *L)
{
    Channel *c;
    Err err;
    int code;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    c = lua_newuserdatauv(L, sizeof *c, 0);
    c->proc.fd = -1;
    c->proc.pid = 0;
    buf_init(&c->in);
    luaL_setmetatable(L, TYPE);
    if (proc_fork(&c->proc, &err))
        return bind_fail(L, &err);
    if (c->proc.pid > 0)
        return 1;
    code = lua_pcall(L, 1, 0, 0);
    if (code)
        fprintf(stderr, "rille worker: %s\n", luaL_tolstring(L, -1, NULL));
    fflush(NULL);
    _exit(code != 0);           /* no lua_close: nothing of the parent's is ours */
}

/* channel:send(bytes) -> true | nil, message, code */
static int
l_send(lua_State *L)
{
    Channel *c = check(L);
    size_t n;
    const char *p = luaL_checklstring(L, 2, &n);
    Err err;

    if (proc_send(&c->proc, p, n, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* channel:receive() -> bytes | nil, message, code; NOTFOUND at its end */
static int
l_receive(lua_State *L)
{
    Channel *c = check(L);
    Err err;

    if (proc_receive(&c->proc, &c->in, &err))
        return bind_fail(L, &err);
    lua_pushlstring(L, (const char *)c->in.data, c->in.len);
    return 1;
}

/* channel:close() -> exit status of the child as of waitpid, in the parent */
static int
l_close(lua_State *L)
{
    Channel *c = luaL_checkudata(L, 1, TYPE);
    int status = 0;

    proc_close(&c->proc, &status);
    buf_release(&c->in);
    lua_pushinteger(L, status);
    return 1;
}

int
luaopen_rille_host_proc(lua_State *L)
{
    static const luaL_Reg lib[] = {{"fork", l_fork}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"send", l_send}, {"receive", l_receive}, {"close", l_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, lib);
    return 1;
}

/* httplib.c -- the Lua face of the server.  stdlib/http/http.lua checks arguments, and gives them
 * to these functions.
 *
 * Once loaded it must stay: threads of libmicrohttpd run its functions. */
#include <stdlib.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>

#include "server.h"

static const char SERVER[] = "rille.http.server", REQUEST[] = "rille.http.request";

int luaopen_rille_http_core(lua_State *L);

static int
fail(lua_State *L, const Err *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->msg);
    lua_pushinteger(L, err->code);
    return 3;
}

static int
fail_nomem(lua_State *L)
{
    Err err;

    err_nomem(&err);
    return fail(L, &err);
}

static void **
push_box(lua_State *L, const char *type, int n_values)
{
    void **box = lua_newuserdatauv(L, sizeof *box, n_values);

    *box = NULL;
    luaL_setmetatable(L, type);
    return box;
}

/* NULL once it is closed, and in a process that was forked later. */
static Server *
server_at(lua_State *L, int idx)
{
    Server **box = luaL_checkudata(L, idx, SERVER);

    return *box && server_is_own(*box) ? *box : NULL;
}

/* ---- listen ---- */

static lua_Number
number(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name);
    return luaL_checknumber(L, -1);             /* all stay on the stack, and so do texts */
}

static const char *
text(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name);
    return luaL_optstring(L, -1, NULL);
}

/* core.listen { host, port, threads, connections, queue, max_body, max_head, memory, timeout,
 *     idle, token?, open?, live?, starting? }
 *   -> server, host, port, connections
 *   -> nil, message, code */
static int
l_listen(lua_State *L)
{
    ServerLimits limits = {0};
    const char *host = text(L, "host");
    int port = (int)number(L, "port");
    void **box;
    Server *s;
    Err err;

    limits.threads = (int)number(L, "threads");
    limits.connections = (int)number(L, "connections");
    limits.queue = (int)number(L, "queue");
    limits.max_body = (size_t)number(L, "max_body");
    limits.max_head = (size_t)number(L, "max_head");
    limits.memory = (size_t)number(L, "memory");
    limits.timeout = number(L, "timeout");
    limits.idle = number(L, "idle");
    limits.token = text(L, "token");
    limits.open = text(L, "open");
    limits.live = text(L, "live");
    lua_getfield(L, 1, "starting");
    limits.starting = lua_toboolean(L, -1);
    luaL_checkstack(L, 12, NULL);
    box = push_box(L, SERVER, 0);
    if (server_open(&s, host, port, &limits, &err))
        return fail(L, &err);
    *box = s;
    lua_pushstring(L, s->listener.host);
    lua_pushinteger(L, s->listener.port);
    lua_pushinteger(L, s->limits.connections);
    return 4;
}

/* ---- requests ---- */

/* Pushes the pairs as a table; a name that is given twice has both values, with ", " between. */
static void
push_pairs(lua_State *L, const Pairs *pairs, int lower)
{
    const char *p = pairs->text;

    lua_createtable(L, 0, pairs->n);
    for (int i = 0; i < pairs->n; i++) {
        const char *name = p, *value = p + strlen(p) + 1;
        luaL_Buffer b;

        p = value + strlen(value) + 1;
        luaL_buffinit(L, &b);
        for (; *name; name++)
            luaL_addchar(&b, lower && *name >= 'A' && *name <= 'Z' ? *name + 32 : *name);
        luaL_pushresult(&b);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) == LUA_TSTRING)
            lua_pushfstring(L, "%s, %s", lua_tostring(L, -1), value);
        else
            lua_pushstring(L, value);
        lua_remove(L, -2);
        lua_rawset(L, -3);
    }
}

static void
set_text(lua_State *L, const char *name, const char *p, size_t n)
{
    lua_pushlstring(L, p ? p : "", n);
    lua_setfield(L, -2, name);
}

/* core.take(server, seconds, metatable)
 *   -> { core = request, method, path, headers, query, body }
 *   -> nil                   none in that time, or a signal came; in a forked process */
static int
l_take(lua_State *L)
{
    Server *s = server_at(L, 1);
    lua_Number seconds = luaL_checknumber(L, 2);
    void **box = push_box(L, REQUEST, 1);
    Request *r;

    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    r = s ? server_take(s, seconds) : NULL;
    *box = r;
    if (!r)
        return 0;
    lua_createtable(L, 0, 6);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "core");
    set_text(L, "method", r->method, strlen(r->method));
    set_text(L, "path", r->path, strlen(r->path));
    set_text(L, "body", r->body, r->n_body);
    push_pairs(L, &r->headers, 1);
    lua_setfield(L, -2, "headers");
    push_pairs(L, &r->query, 0);
    lua_setfield(L, -2, "query");
    lua_pushvalue(L, 3);
    lua_setmetatable(L, -2);
    server_forget_body(s, r);
    return 1;
}

/* Adds the headers of the table at idx; the name that cannot be sent, or NULL. */
static const char *
add_headers(lua_State *L, int idx, struct MHD_Response *response)
{
    if (lua_isnoneornil(L, idx))
        return NULL;
    lua_pushnil(L);
    while (lua_next(L, idx)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        const char *value = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";

        if (!MHD_add_response_header(response, name, value))
            return name;
        lua_pop(L, 1);
    }
    return NULL;
}

/* core.reply(request, status, headers, body)
 *   -> seconds since the request was there
 *   -> nil                   it has its reply, or nobody waits for it any more
 *   -> nil, message */
static int
l_reply(lua_State *L)
{
    Request **box = luaL_checkudata(L, 1, REQUEST);
    unsigned status = (unsigned)luaL_checkinteger(L, 2);
    size_t n;
    const char *body = luaL_optlstring(L, 4, "", &n), *bad;
    struct MHD_Response *response;
    Server *s;
    double seconds;

    lua_getiuservalue(L, 1, 1);
    s = server_at(L, -1);
    if (!s || !*box)
        return 0;
    response = MHD_create_response_from_buffer(n, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return fail_nomem(L);
    bad = add_headers(L, 3, response);
    if (bad) {
        MHD_destroy_response(response);
        lua_pushnil(L);
        lua_pushfstring(L, "header \"%s\" cannot be sent with this value", bad);
        return 2;
    }
    seconds = server_reply(s, *box, status, response, n);
    if (seconds < 0)
        return 0;
    lua_pushnumber(L, seconds);
    return 1;
}

static int
l_release(lua_State *L)
{
    Request **box = luaL_checkudata(L, 1, REQUEST);
    Request *r = *box;
    Server **server;

    *box = NULL;
    if (!r)
        return 0;
    lua_getiuservalue(L, 1, 1);
    server = lua_touserdata(L, -1);
    if (!server || !*server)
        request_free(r);                        /* its connection went with the server */
    else if (server_is_own(*server))
        server_release(*server, r);
    return 0;
}

/* ---- the rest ---- */

/* core.ready(server, text?) */
static int
l_ready(lua_State *L)
{
    Server *s = server_at(L, 1);

    if (s && !server_ready(s, luaL_optstring(L, 2, NULL)))
        return fail_nomem(L);
    return 0;
}

static int
l_drain(lua_State *L)
{
    Server *s = server_at(L, 1);

    if (s)
        server_drain(s);
    return 0;
}

/* core.stats(server) -> { ... } */
static int
l_stats(lua_State *L)
{
    static const char *const names[COUNT_KINDS] = {
        "accepted", "turned_away", "requests", "without_token", "slow_bodies", "too_large",
        "refused", "late", "bytes_in", "bytes_out"};
    Server *s = server_at(L, 1);
    int64_t counts[COUNT_KINDS] = {0};
    int waiting = 0, connections = s ? server_counts(s, counts, &waiting) : 0;

    lua_createtable(L, 0, COUNT_KINDS + 2);
    for (int i = 0; i < COUNT_KINDS; i++) {
        lua_pushinteger(L, counts[i]);
        lua_setfield(L, -2, names[i]);
    }
    lua_pushinteger(L, connections);
    lua_setfield(L, -2, "connections");
    lua_pushinteger(L, waiting);
    lua_setfield(L, -2, "waiting");
    return 1;
}

static int
l_close(lua_State *L)
{
    Server **box = luaL_checkudata(L, 1, SERVER);
    Server *s = *box;

    *box = NULL;
    server_close(s);
    return 0;
}

int
luaopen_rille_http_core(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"listen", l_listen}, {"take", l_take},   {"reply", l_reply}, {"release", l_release},
        {"drain", l_drain},   {"stats", l_stats}, {"close", l_close}, {"ready", l_ready},
        {NULL, NULL}};

    luaL_newmetatable(L, SERVER);
    lua_pushcfunction(L, l_close);
    lua_setfield(L, -2, "__gc");
    luaL_newmetatable(L, REQUEST);
    lua_pushcfunction(L, l_release);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 2);
    luaL_newlib(L, lib);
    return 1;
}

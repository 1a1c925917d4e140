/* file_watchlib.c -- rille.host.file_watch, the Lua face of file_watch.h */
#include "base/bind.h"
#include "os/file_watch.h"

static const char TYPE[] = "rille.file_watch";

int luaopen_rille_host_file_watch(lua_State *L);

static FileWatch *
check(lua_State *L)
{
    FileWatch *w = luaL_checkudata(L, 1, TYPE);

    luaL_argcheck(L, w->fd >= 0, 1, "the watch is closed");
    return w;
}

/* file_watch.open() -> watch | nil, message, code */
static int
l_open(lua_State *L)
{
    FileWatch *w = lua_newuserdatauv(L, sizeof *w, 0);
    Err err;

    w->fd = -1;
    luaL_setmetatable(L, TYPE);
    if (file_watch_open(w, &err))
        return bind_fail(L, &err);
    return 1;
}

/* w:add(path) -> number of the folder | nil, message, code */
static int
l_add(lua_State *L)
{
    FileWatch *w = check(L);
    Err err;
    int folder;

    if (file_watch_add(w, luaL_checkstring(L, 2), &folder, &err))
        return bind_fail(L, &err);
    lua_pushinteger(L, folder);
    return 1;
}

/* w:drop(number): no more events of it */
static int
l_drop(lua_State *L)
{
    file_watch_drop(check(L), (int)luaL_checkinteger(L, 2));
    return 0;
}

static void
push_event(lua_State *L, const FileWatchEvent *e)
{
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, e->folder);
    lua_setfield(L, -2, "folder");
    lua_pushstring(L, e->name);
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, e->gone);
    lua_setfield(L, -2, "gone");
    lua_pushboolean(L, e->lost);
    lua_setfield(L, -2, "lost");
}

/* w:wait([seconds])
 *   -> list of { folder, name or nil, gone, lost }; empty: time is up, or a signal
 *   -> nil, message, code */
static int
l_wait(lua_State *L)
{
    FileWatch *w = check(L);
    lua_Number seconds = luaL_optnumber(L, 2, -1);
    FileWatchEvent e;
    Err err;

    luaL_argcheck(L, seconds < 1e6, 2, "too long");
    if (file_watch_wait(w, seconds < 0 ? -1 : (int)(seconds * 1000), &err) < 0)
        return bind_fail(L, &err);
    lua_newtable(L);
    for (lua_Integer i = 1; file_watch_next(w, &e); i++) {
        push_event(L, &e);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

static int
l_close(lua_State *L)
{
    file_watch_close(luaL_checkudata(L, 1, TYPE));
    return 0;
}

int
luaopen_rille_host_file_watch(lua_State *L)
{
    static const luaL_Reg lib[] = {{"open", l_open}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"add", l_add}, {"drop", l_drop}, {"wait", l_wait}, {"close", l_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, lib);
    return 1;
}

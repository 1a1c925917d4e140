/* csv_box.c -- see csv_box.h */
#include "base/bind.h"
#include "csv/csv_box.h"

static const char TABLE[] = "rille.csv.table", BYTES[] = "rille.csv.bytes";

static int
l_table_gc(lua_State *L)
{
    CsvTable **box = luaL_checkudata(L, 1, TABLE);

    csv_free(*box);
    *box = NULL;
    return 0;
}

static int
l_bytes_gc(lua_State *L)
{
    buf_release(luaL_checkudata(L, 1, BYTES));
    return 0;
}

/* Pushes a module of rille's own, as rille's own Lua gets it: no step is seen to need it. */
static void
require_own(lua_State *L, const char *name)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV);
    lua_getfield(L, -1, "require");
    lua_remove(L, -2);
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
}

void
csv_box_push_upvalues(lua_State *L)
{
    lua_getglobal(L, "require");        /* what a script did to frames counts */
    lua_pushliteral(L, "rille.frame");
    lua_call(L, 1, 1);
    require_own(L, "rille.base.errors");
    require_own(L, "rille.base.suggest");
}

void
csv_box_types(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg table[] = {{"__gc", l_table_gc}, {NULL, NULL}};
    static const luaL_Reg bytes[] = {{"__gc", l_bytes_gc}, {NULL, NULL}};

    bind_type(L, TABLE, none, table);
    bind_type(L, BYTES, none, bytes);
}

Buf *
csv_box_bytes(lua_State *L)
{
    Buf *b = lua_newuserdatauv(L, sizeof *b, 0);

    buf_init(b);
    luaL_setmetatable(L, BYTES);
    return b;
}

CsvTable **
csv_box_table(lua_State *L)
{
    return bind_box(L, TABLE);
}

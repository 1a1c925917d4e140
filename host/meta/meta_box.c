/* meta_box.c -- see meta_box.h */
#include "base/bind.h"
#include "base/hash.h"
#include "meta/meta_box.h"
#include "meta/row_tables.h"

Meta *
meta_box_check(lua_State *L, int idx)
{
    return bind_check(L, idx, META_TYPE);
}

void
meta_box_push(lua_State *L, Slice s)
{
    if (s.data)
        lua_pushlstring(L, s.data, s.len);
    else
        lua_pushnil(L);
}

const unsigned char *
meta_box_digest(lua_State *L, int idx)
{
    size_t n;
    const char *s = luaL_checklstring(L, idx, &n);

    luaL_argcheck(L, n == HASH_SIZE, idx, "expected a digest (32 bytes)");
    return (const unsigned char *)s;
}

DbValue
meta_box_value(lua_State *L, int idx)
{
    DbValue v = {DB_NULL, {0}};

    if (lua_isinteger(L, idx)) {
        v.type = DB_INT;
        v.as.i = lua_tointeger(L, idx);
    } else if (lua_type(L, idx) == LUA_TNUMBER) {
        v.type = DB_REAL;
        v.as.d = lua_tonumber(L, idx);
    } else if (lua_isboolean(L, idx)) {
        v.type = DB_INT;
        v.as.i = lua_toboolean(L, idx);
    } else if (!lua_isnil(L, idx)) {
        v.as.s = row_tables_text(L, idx);
        v.type = DB_TEXT;
    }
    return v;
}

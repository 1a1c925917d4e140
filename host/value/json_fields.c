/* json_fields.c -- see json_fields.h */
#include "base/bind.h"
#include "value/json_fields.h"
#include "value/json_reader.h"

/* Adds the key in the reader to the list at 2, once: the table at 3 has those in it. */
static void
add_field(lua_State *L, const JsonReader *r)
{
    lua_pushlstring(L, r->s, r->n);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 3) == LUA_TNIL) {
        lua_pushvalue(L, -2);
        lua_pushboolean(L, 1);
        lua_rawset(L, 3);
        lua_pushvalue(L, -2);
        lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    }
    lua_pop(L, 2);
}

int
json_fields_list(lua_State *L)
{
    int depth = 0, inner = lua_toboolean(L, 2), top;
    JsonReader *r;

    bind_string(L, 1, NULL);
    lua_settop(L, 1);
    lua_newtable(L);
    lua_newtable(L);
    r = json_reader_push(L, 1, "json");
    top = json_reader_next(L, r) == JSON_ARRAY || inner ? 2 : 1;
    for (; r->kind != JSON_END; json_reader_next(L, r)) {
        if (r->kind == JSON_ARRAY || r->kind == JSON_OBJECT)
            depth++;
        else if (r->kind == JSON_ARRAY_END || r->kind == JSON_OBJECT_END)
            depth--;
        else if (r->kind == JSON_KEY && depth == top)
            add_field(L, r);
    }
    json_release(r);
    lua_settop(L, 2);
    return 1;
}

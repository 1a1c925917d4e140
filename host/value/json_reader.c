/* json_reader.c -- see json_reader.h */
#include <lauxlib.h>

#include "base/bind.h"
#include "embedded/embedded.h"
#include "value/json_reader.h"

enum { LOOK_EVERY = 16384 };            /* bytes between two looks at what ends a call */

#define READER "rille.json.reader"

static int
l_gc(lua_State *L)
{
    json_release(lua_touserdata(L, 1));
    return 0;
}

JsonReader *
json_reader_push(lua_State *L, int idx, const char *name)
{
    size_t n;
    const char *text = lua_tolstring(L, idx, &n);
    JsonReader *r = lua_newuserdatauv(L, sizeof *r, 0);

    json_init(r, name, text, n);
    if (luaL_newmetatable(L, READER)) {
        lua_pushcfunction(L, l_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return r;
}

JsonKind
json_reader_next(lua_State *L, JsonReader *r)
{
    size_t before = r->offset;
    Err err;

    if (json_next(r, &err))
        bind_raise(L, &err);
    if (r->offset / LOOK_EVERY != before / LOOK_EVERY)
        embedded_check_interrupt(L);
    return r->kind;
}

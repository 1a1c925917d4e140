/* json_pack.h -- the artifact encoding of json.h: every plain value as JSON, and back.
 *
 * Two functions for Lua:
 *     json.pack(value) -> text        json.unpack(text [, name]) -> value */
#ifndef JSON_PACK_H
#define JSON_PACK_H

#include <lua.h>

int json_pack_encode(lua_State *L);
int json_pack_decode(lua_State *L);

#endif

/* jsonlib.h -- what the faces of JSON share: a reader that the collector can
 * release. */
#ifndef JSONLIB_H
#define JSONLIB_H

#include <lua.h>

#include "format/json.h"

/* Pushes a userdata with a reader of the string at idx, which must stay on the
 * stack, as name must. */
JsonReader *jsonlib_reader(lua_State *L, int idx, const char *name);
/* Reads the next token, or raises what is wrong. */
JsonKind jsonlib_next(lua_State *L, JsonReader *r);

/* json.pack(value) -> text; json.unpack(text [, name]) -> value; json_pack.c */
int jsonlib_pack(lua_State *L);
int jsonlib_unpack(lua_State *L);

#endif

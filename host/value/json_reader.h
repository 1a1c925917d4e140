/* json_reader.h -- a JsonReader (json.h) that Lua's collector releases, for all that reads
 * JSON into Lua values. */
#ifndef JSON_READER_H
#define JSON_READER_H

#include <lua.h>

#include "format/json.h"

/* Pushes a userdata with a reader of the string at idx, which must stay on the
 * stack, as name must. */
JsonReader *json_reader_push(lua_State *L, int idx, const char *name);
/* Reads the next token, or raises what is wrong. */
JsonKind json_reader_next(lua_State *L, JsonReader *r);

#endif

/* null.h -- rille.null (json.null, yaml.null), which stands for null where a value is.
 *
 * One userdata of the state, without fields, that prints as null and that Lua's own
 * messages call null.  The light userdata NULL, which other libraries take for it, counts
 * as it. */
#ifndef NULL_H
#define NULL_H

#include <lua.h>

void null_push(lua_State *L);
int null_is(lua_State *L, int idx);
/* What a key of this type, which is none of data, is called: "null" or its type. */
const char *null_key_name(lua_State *L, int table, int type);

#endif

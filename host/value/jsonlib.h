/* jsonlib.h -- the parts of rille.json that json_filelib.c makes the module of */
#ifndef JSONLIB_H
#define JSONLIB_H

#include <lua.h>

/* Pushes the module without its functions for files. */
void jsonlib_push_module(lua_State *L);
/* Pushes the value that the text at idx, which is on the stack, says; raises
 * "NAME:LINE:COLUMN: what; what to do", without a position.  name stays on the stack, too. */
void jsonlib_decode(lua_State *L, int idx, const char *name);
/* Pushes the text of the value at idx; options are at options, or none.  Raises. */
void jsonlib_encode(lua_State *L, int idx, int options);

#endif

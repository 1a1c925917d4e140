/* arraylib.h -- arrays for the other Lua faces.
 *
 * The value is a userdata "rille.array" that boxes an Array *; the box owns it
 * and is collected with it. */
#ifndef ARRAYLIB_H
#define ARRAYLIB_H

#include <lauxlib.h>
#include <lua.h>

#include "array/array.h"

#define ARRAYLIB_TYPE "rille.array"

/* The array at idx, borrowed while that value lives; NULL for other values. */
Array *arraylib_test(lua_State *L, int idx);
/* The same; raises for other values. */
Array *arraylib_check(lua_State *L, int idx);
/* The array whose method runs; raises when the method was called with a dot. */
Array *arraylib_self(lua_State *L);
/* Pushes the box of a, which it takes over, also when it raises. */
void arraylib_push(lua_State *L, Array *a);

/* --- for the parts of the face itself (arraylib.c, array*lib.c) ------------- */

extern const luaL_Reg arraylib_make[];      /* functions of the module */
extern const luaL_Reg arraylib_files[];     /* functions of the module */
extern const luaL_Reg arraylib_views[];     /* methods */
extern const luaL_Reg arraylib_math[];      /* methods */
extern const luaL_Reg arraylib_products[];  /* methods */
extern const luaL_Reg arraylib_operators[]; /* metamethods */

/* Adds builder to the module on top (array_buildlib.c). */
void arraylib_addbuilder(lua_State *L);

/* An empty box on the stack, to be filled and then passed to arraylib_done. */
Array **arraylib_box(lua_State *L);
/* Tells the collector of the memory behind the box on top; returns 1.  With rc
 * not OK it raises the message, with the position of the caller. */
int arraylib_done(lua_State *L, int rc, const Err *err);
int arraylib_raise(lua_State *L, const Err *err);

/* Pushes the view at index i of an axis, both 0-based; returns 1. */
int arraylib_pushindex(lua_State *L, const Array *a, int axis, int64_t i);
void arraylib_pushitem(lua_State *L, ArrayItem v);
/* The number or boolean at idx; 0 for other values. */
int arraylib_item(lua_State *L, int idx, ArrayItem *out);
/* The name of a dtype at idx, or none. */
ArrayType arraylib_type(lua_State *L, int idx, ArrayType none);
/* A shape at idx, {2, 3} or 2; its number of axes. */
int arraylib_shape(lua_State *L, int idx, int64_t *shape);
/* A 1-based index at idx up to n, as a 0-based one. */
int64_t arraylib_index(lua_State *L, int idx, int64_t n);
/* A 1-based axis at idx, as a 0-based one; none when it is absent. */
int arraylib_axis(lua_State *L, int idx, const Array *a, int none);

#endif

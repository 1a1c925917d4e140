/* array_box.h -- arrays as Lua values.
 *
 * The value is a userdata "rille.array" that boxes an Array *; the box owns the
 * array and is collected with it.  A function that makes an array:
 *
 *     Array **box = array_box_new(L);
 *     return array_box_done(L, array_copy(box, a, &err), &err);
 */
#ifndef ARRAY_BOX_H
#define ARRAY_BOX_H

#include <lauxlib.h>
#include <lua.h>

#include "array/array.h"

#define ARRAY_BOX_TYPE "rille.array"

/* The array at idx, borrowed while that value lives; NULL for other values. */
Array *array_box_test(lua_State *L, int idx);
/* The same; raises for other values. */
Array *array_box_check(lua_State *L, int idx);
/* The array whose method runs; raises when the method was called with a dot. */
Array *array_box_self(lua_State *L, int most);

/* Pushes the box of a, which it takes over, also when it raises. */
void array_box_push(lua_State *L, Array *a);
/* Pushes an empty box, to be filled and then passed to array_box_done.  Loads
 * rille.array, which makes the type, if nothing has loaded it yet. */
Array **array_box_new(lua_State *L);
/* Tells the collector of the memory behind the box on top; returns 1.  With rc
 * not OK it raises the message, with the position of the caller. */
int array_box_done(lua_State *L, int rc, const Err *err);
int array_box_raise(lua_State *L, const Err *err);
/* Pushes the view at index i of an axis, both 0-based; returns 1. */
int array_box_push_index(lua_State *L, const Array *a, int axis, int64_t i);

/* --- for luaopen_rille_array ----------------------------------------------- */

/* Pushes the metatable of arrays, which it makes with __gc alone if there is none. */
void array_box_type(lua_State *L);

#endif

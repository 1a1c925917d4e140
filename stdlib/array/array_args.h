/* array_args.h -- the arguments of rille.array's functions: elements, types, shapes,
 * indices and axes.  What does not fit raises, with the position of the caller. */
#ifndef ARRAY_ARGS_H
#define ARRAY_ARGS_H

#include <lauxlib.h>
#include <lua.h>

#include "array/array.h"

void array_args_push_item(lua_State *L, ArrayItem v);
/* The number or boolean at idx; 0 for other values. */
int array_args_item(lua_State *L, int idx, ArrayItem *out);
/* The name of a dtype at idx, or none. */
ArrayType array_args_type(lua_State *L, int idx, ArrayType none);
/* A shape at idx, {2, 3} or 2; its number of axes. */
int array_args_shape(lua_State *L, int idx, int64_t *shape);
/* A 1-based index at idx up to n, as a 0-based one. */
int64_t array_args_index(lua_State *L, int idx, int64_t n);
/* Pushes what is wrong with the 1-based index i of an axis of n. */
const char *array_args_push_range(lua_State *L, lua_Integer i, int64_t n);
/* A 1-based axis at idx, as a 0-based one; none when it is absent. */
int array_args_axis(lua_State *L, int idx, const Array *a, int none);

/* The running step, if there is one, depends on the mathematical library ("libm"). */
void array_args_note_libm(lua_State *L);

#endif

/* learnlib.h -- what the Lua faces of the models share.
 *
 * A model is a userdata that boxes a pointer; its metatable has the name that is
 * given as type.  Arrays are userdata "rille.array" of the program; results are
 * filled into arrays that the caller made. */
#ifndef LEARNLIB_H
#define LEARNLIB_H

#include <lua.h>
#include <lauxlib.h>

#include "classes.h"

/* OpenBLAS, if it is the BLAS that is linked, computes in one thread from now on: what it gives
 * depends on their number. */
void learnlib_one_thread(void);

/* Pushes nil, message, code; 3. */
int learnlib_fail(lua_State *L, const Err *err);

Array *learnlib_array(lua_State *L, int idx);
void *learnlib_model(lua_State *L, int idx, const char *type);
/* Pushes an empty box, collectable at once. */
void **learnlib_box(lua_State *L, const char *type);
/* Makes the metatable, with its __gc. */
void learnlib_type(lua_State *L, const char *type, lua_CFunction gc);

/* The array at idx for the result on the rows of X (at 2): contiguous, with
 * n_column columns, a vector when that is 0. */
Array *learnlib_result(lua_State *L, int idx, ArrayType type, int n_column);

/* Fields of the table at idx; a number that is not there is NaN. */
double learnlib_number(lua_State *L, int idx, const char *name);
lua_Integer learnlib_integer(lua_State *L, int idx, const char *name);
int learnlib_option(lua_State *L, int idx, const char *name, const char *const *names);

/* The list of numbers in a field, NULL where there is none; pushes the memory that has them. */
const double *learnlib_numbers(lua_State *L, int idx, const char *name, int *n);

/* Set fields of the table at the top: classes and dtype; a number; an integer. */
void learnlib_set_classes(lua_State *L, const Classes *c);
void learnlib_set_number(lua_State *L, const char *name, double v);
void learnlib_set_integer(lua_State *L, const char *name, lua_Integer v);

#endif

/* bind.h -- what the Lua faces share: types, arguments, errors.
 *
 * The shape of a face: box, metatable, then resource, so that __gc can clean up
 * from any point.  Misuse raises; a failure of the system returns nil, message, code.
 *
 * A face that scripts call checks its arguments by the functions below and not by
 * those of lauxlib: what they raise names the function as a script writes it, says
 * what to write (lua/base/usage_hints.lua) and has the position of the script. */
#ifndef BIND_H
#define BIND_H

#include <lua.h>
#include <lauxlib.h>

#include "base/err.h"

/* Pushes nil, message, code; returns 3. */
int bind_fail(lua_State *L, const Err *err);
/* Raises the message as it is, without a position. */
int bind_raise(lua_State *L, const Err *err);
/* Makes the metatable TYPE with the methods (their table is __index), meta-
 * methods from meta (may be NULL); leaves the stack as it was. */
void bind_type(lua_State *L, const char *type, const luaL_Reg *methods,
               const luaL_Reg *meta);
/* A box for one pointer, NULL, with the metatable TYPE; on top of the stack. */
void *bind_box(lua_State *L, const char *type);
/* The pointer in the box at idx; raises for another type, or when closed. */
void *bind_check(lua_State *L, int idx, const char *type);
/* Makes tables with the metatable at the top plain data; pops it. */
void bind_set_plain(lua_State *L);
/* 1 for a table without a metatable, or with the one of bind_set_plain. */
int bind_is_plain(lua_State *L, int idx);
/* The same, or a table whose metatable has no metamethod and says with a field __jsontype
 * what the table is in JSON: libraries mark so what they decode.  Such a table can be
 * written as data; it is read back without the metatable. */
int bind_is_data(lua_State *L, int idx);
/* 1 when that field says "array". */
int bind_is_json_array(lua_State *L, int idx);

/* What the value at idx is called: "table", "null"; a class by its name. */
const char *bind_typename(lua_State *L, int idx);

/* The registry's name for the environment of rille's own Lua (state/state.c). */
#define BIND_ENV "rille.env"

/* Calls the function of lua/base/usage_hints.lua with the n values on top; it raises. */
int bind_misuse(lua_State *L, const char *function, int n);
/* Raises the text, made as by lua_pushfstring, with the position of the script: as
 * luaL_error, which has the position of rille's own Lua where that called the function. */
int bind_error(lua_State *L, const char *fmt, ...);
/* Raises when there are more arguments than `most`, self counted; nil is none.  First in
 * a function: what nobody reads would be ignored. */
void bind_most(lua_State *L, int most);
/* Raises: the argument at arg is not what text says, "index 0 is not in 1 to 3". */
int bind_argerror(lua_State *L, int arg, const char *text);
/* The same unless ok. */
void bind_argcheck(lua_State *L, int ok, int arg, const char *text);
/* Raises: the value at arg is not `expected`, "a string". */
int bind_typeerror(lua_State *L, int arg, const char *expected);
/* The pointer in the box of self, argument 1 of a method; raises for another value,
 * as when the method was called with a dot. */
void *bind_self(lua_State *L, const char *type);
/* Raises when argument 1 is the module itself: the function was called with a colon. */
void bind_nocolon(lua_State *L);

const char *bind_string(lua_State *L, int arg, size_t *len);
const char *bind_optstring(lua_State *L, int arg, const char *none);
lua_Integer bind_integer(lua_State *L, int arg);
lua_Integer bind_optinteger(lua_State *L, int arg, lua_Integer none);
lua_Number bind_number(lua_State *L, int arg);
/* Raises unless a table is at arg; expected: as for bind_typeerror. */
void bind_table(lua_State *L, int arg, const char *expected);

/* Makes the table on top a strict module: reading a name that does not exist raises an
 * error instead of giving nil. */
void bind_strict(lua_State *L);
/* Whether the value at idx is such a table. */
int bind_isstrict(lua_State *L, int idx);

#endif

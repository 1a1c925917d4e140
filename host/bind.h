/* bind.h -- what the Lua faces share.
 *
 * The shape of a face: box, metatable, then resource, so that __gc can clean up
 * from any point.  Misuse raises; the world returns nil, message, code. */
#ifndef BIND_H
#define BIND_H

#include <lua.h>
#include <lauxlib.h>

#include "err.h"

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

#endif

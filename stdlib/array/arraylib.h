/* arraylib.h -- what each part of the Lua face gives to the module rille.array
 *
 * Three kinds of tables: functions of the module, methods and metamethods of arrays. */
#ifndef ARRAYLIB_H
#define ARRAYLIB_H

#include <lauxlib.h>
#include <lua.h>

extern const luaL_Reg array_makelib_functions[];
extern const luaL_Reg array_filelib_functions[];

extern const luaL_Reg array_elementlib_methods[];
extern const luaL_Reg array_viewlib_methods[];
extern const luaL_Reg array_mathlib_methods[];
extern const luaL_Reg array_blaslib_methods[];
extern const luaL_Reg array_maplib_methods[];

extern const luaL_Reg array_elementlib_metamethods[];
extern const luaL_Reg array_mathlib_metamethods[];
extern const luaL_Reg array_maplib_metamethods[];
/* __index: an element, a slice or a field; upvalue 1 is the table of the methods. */
int array_elementlib_index(lua_State *L);

/* Adds builder to the module on top. */
void array_builderlib_add(lua_State *L);

#endif

/* arraylib.c -- rille.array, the Lua face of array.h: puts its parts together.
 *
 * Indices are 1-based and ranges inclusive.  Every mistake and every failure raises a
 * message with the position of the caller. */
#include "array/array_box.h"
#include "array/arraylib.h"
#include "base/bind.h"

int luaopen_rille_array(lua_State *L);

/* Fills the metatable on top. */
static void
set_metatable(lua_State *L)
{
    /* a script that changed what arrays do would change results behind their keys */
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__metatable");
    luaL_setfuncs(L, array_elementlib_metamethods, 0);
    luaL_setfuncs(L, array_mathlib_metamethods, 0);
    luaL_setfuncs(L, array_maplib_metamethods, 0);
    lua_newtable(L);
    luaL_setfuncs(L, array_elementlib_methods, 0);
    luaL_setfuncs(L, array_viewlib_methods, 0);
    luaL_setfuncs(L, array_mathlib_methods, 0);
    luaL_setfuncs(L, array_blaslib_methods, 0);
    luaL_setfuncs(L, array_maplib_methods, 0);
    lua_pushcclosure(L, array_elementlib_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__name");
}

int
luaopen_rille_array(lua_State *L)
{
    array_box_type(L);
    set_metatable(L);
    lua_newtable(L);
    luaL_setfuncs(L, array_makelib_functions, 0);
    luaL_setfuncs(L, array_filelib_functions, 0);
    array_builderlib_add(L);
    /* the content of an array in a parameter or in a captured variable */
    lua_getfield(L, -1, "digest");
    lua_setfield(L, -3, "__digest");
    lua_remove(L, -2);
    bind_strict(L);
    return 1;
}

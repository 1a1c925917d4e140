/* arraymathlib.c -- rille.array: arithmetic */
#include "arraylib.h"

const luaL_Reg arraylib_math[] = {{NULL, NULL}};
const luaL_Reg arraylib_operators[] = {{NULL, NULL}};

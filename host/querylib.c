#include "metalib.h"
void querylib_init(lua_State *L) { (void)L; }
const luaL_Reg querylib_methods[] = { {NULL, NULL} };

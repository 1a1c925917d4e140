/* faces.c -- see faces.h */
#include "faces.h"

int luaopen_rille_host_hash(lua_State *L);
int luaopen_rille_host_observe(lua_State *L);

const luaL_Reg faces[] = {
    {"rille.host.hash", luaopen_rille_host_hash},
    {"rille.host.observe", luaopen_rille_host_observe},
    {NULL, NULL}
};

/* faces.c -- see faces.h */
#include "faces.h"

int luaopen_rille_host_fingerprint(lua_State *L);
int luaopen_rille_host_hash(lua_State *L);
int luaopen_rille_host_value(lua_State *L);

const luaL_Reg faces[] = {
    {"rille.host.fingerprint", luaopen_rille_host_fingerprint},
    {"rille.host.hash", luaopen_rille_host_hash},
    {"rille.host.value", luaopen_rille_host_value},
    {NULL, NULL}
};

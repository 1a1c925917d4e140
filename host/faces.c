/* faces.c -- see faces.h */
#include "faces.h"

int luaopen_rille_host_hash(lua_State *L);
int luaopen_rille_json(lua_State *L);
int luaopen_rille_yaml(lua_State *L);

const luaL_Reg faces[] = {
    {"rille.host.hash", luaopen_rille_host_hash},
    {"rille.json", luaopen_rille_json},
    {"rille.yaml", luaopen_rille_yaml},
    {NULL, NULL}
};

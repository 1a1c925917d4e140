/* json_filelib.c -- rille.json: the module of jsonlib.c with read and write, for files */
#include <limits.h>
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "observe/observe.h"
#include "observe/text_filelib.h"
#include "os/output_file.h"
#include "value/jsonlib.h"

int luaopen_rille_json(lua_State *L);

/* The only option of json.read. */
static TextEncoding
check_encoding(lua_State *L, int idx)
{
    const char *name = NULL;

    if (lua_isnoneornil(L, idx))
        return TEXT_UTF8;
    bind_table(L, idx, "options, as { encoding = \"latin-1\" }");
    lua_pushnil(L);
    while (lua_next(L, idx)) {
        if (lua_type(L, -2) != LUA_TSTRING || strcmp(lua_tostring(L, -2), "encoding") != 0)
            bind_argerror(L, idx, "the only option is encoding, as in { encoding = "
                          "\"latin-1\" }");
        if (lua_type(L, -1) != LUA_TSTRING)
            bind_argerror(L, idx, "encoding must be a string, as in { encoding = \"latin-1\" }");
        name = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    return text_filelib_encoding(L, "json.read", name);
}

/* (text, name) -> value; raises without a position */
static int
decode(lua_State *L)
{
    jsonlib_decode(L, 1, lua_tostring(L, 2));
    return 1;
}

/* json.read(path [, { encoding = "latin-1" }]) -> value
 * raises "FILE:LINE: PATH:LINE:COLUMN: what; what to do" */
static int
l_read(lua_State *L)
{
    const char *path = bind_string(L, 1, NULL);
    TextEncoding encoding;

    bind_most(L, 2);
    encoding = check_encoding(L, 2);
    lua_pushcfunction(L, decode);
    text_filelib_push(L, path, encoding, "JSON");
    lua_pushvalue(L, 1);
    if (lua_pcall(L, 2, 1, 0)) {
        if (lua_type(L, -1) != LUA_TSTRING)
            return lua_error(L);
        return bind_error(L, "%s", lua_tostring(L, -1));
    }
    return 1;
}

/* json.write(value, path [, { indent = 2 }]): the file is complete or not written at all
 * raises */
static int
l_write(lua_State *L)
{
    const char *path, *text;
    char resolved[PATH_MAX];
    size_t len;
    Err err;

    if (lua_isnone(L, 1))
        return bind_typeerror(L, 1, "a value");
    bind_nocolon(L);
    path = bind_string(L, 2, NULL);
    bind_most(L, 3);
    lua_settop(L, 3);
    jsonlib_encode(L, 1, 3);
    lua_pushliteral(L, "\n");
    lua_concat(L, 2);
    text = lua_tolstring(L, -1, &len);
    observe_write(L, path, resolved, sizeof resolved);
    if (output_file_write(resolved, text, len, &err))
        return bind_error(L, "%s", err.msg);
    return 0;
}

int
luaopen_rille_json(lua_State *L)
{
    static const luaL_Reg lib[] = {{"read", l_read}, {"write", l_write}, {NULL, NULL}};

    jsonlib_push_module(L);
    luaL_setfuncs(L, lib, 0);
    bind_strict(L);
    return 1;
}

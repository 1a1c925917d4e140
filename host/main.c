/* main.c -- the program rille. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "script.h"

static int
run(lua_State *L, int argc, char **argv)
{
    int code;

    lua_getglobal(L, "require");
    lua_pushstring(L, "rille.main");
    if (script_call(L, 1, 1))
        goto fail;
    lua_createtable(L, argc, 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
    if (script_call(L, 1, 1))
        goto fail;
    code = (int)lua_tointeger(L, -1);
    return code;
fail:
    fprintf(stderr, "rille: %s\n", luaL_tolstring(L, -1, NULL));
    return 3;
}

int
main(int argc, char **argv)
{
    const char *scripts = NULL;
    lua_State *L;
    Err err;
    int code;

    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--scripts") == 0)
            scripts = argv[i + 1];
    L = script_new(scripts, &err);
    if (!L) {
        fprintf(stderr, "rille: %s\n", err.msg);
        return EXIT_FAILURE;
    }
    code = run(L, argc, argv);
    lua_close(L);
    return code;
}

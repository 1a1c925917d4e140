/* script.c -- loads scripts, and tells what they define. */
#include <stdlib.h>
#include <string.h>

#include "library/engine.h"

typedef struct Script {
    const char *name, *text;
    size_t len;
} Script;

static int
push_script(lua_State *L, void *user)
{
    const Script *s = user;

    lua_pushstring(L, s->name);
    if (!s->text)
        return 1;
    lua_pushlstring(L, s->text, s->len);
    return 2;
}

int
rille_load_file(rille_engine *e, const char *path)
{
    Script s = {path, NULL, 0};
    EngineCall c = {e, "load_file", push_script, NULL, &s, 0};

    if (!e || !path)
        return engine_report(e, RILLE_EINVAL, "rille_load_file: path is NULL");
    return engine_call(&c);
}

int
rille_load_string(rille_engine *e, const char *name, const char *text, size_t len)
{
    Script s = {name ? name : "string", text, len};
    EngineCall c = {e, "load_string", push_script, NULL, &s, 0};

    if (!e || !text)
        return engine_report(e, RILLE_EINVAL, "rille_load_string: text is NULL");
    return engine_call(&c);
}

static int
take_answer(lua_State *L, void *user)
{
    rille_engine *e = user;

    free(e->answer);
    e->answer = strdup(lua_tostring(L, 1));
    return e->answer ? RILLE_OK : engine_nomem(e);
}

int
rille_describe(rille_engine *e, const char **json)
{
    EngineCall c = {e, "describe", NULL, take_answer, e, 0};
    int rc;

    if (json)
        *json = NULL;
    if (!e || !json)
        return engine_report(e, RILLE_EINVAL, "rille_describe: json is NULL");
    rc = engine_call(&c);
    *json = rc ? NULL : e->answer;
    return rc;
}

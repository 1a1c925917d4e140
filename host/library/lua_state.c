/* lua_state.c -- rille_lua.h: an engine for a host that uses Lua itself.
 *
 * What may raise runs in a protected call on the caller's thread of the state (answer), which
 * asks a function of lua/capi/lua_state.lua. */
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "base/hash.h"
#include "library/artifact.h"
#include "library/engine.h"
#include "library/registration.h"
#include "rille_lua.h"

static const char WHY = 0;              /* its address: the text that why_not points at */

enum { ROOM = LUA_MINSTACK };

/* name, argument -> result, or nil, message, code */
static int
l_answer(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV) == LUA_TNIL) {
        lua_pushliteral(L, "the lua_State has no rille");
        lua_pushinteger(L, RILLE_EINVAL);
        return 3;
    }
    lua_getfield(L, -1, "require");
    lua_pushliteral(L, "rille.capi.lua_state");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, lua_touserdata(L, 1));
    lua_pushvalue(L, 2);
    lua_call(L, 1, 3);
    lua_pushvalue(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &WHY);
    return 3;
}

/* Replaces the value at the top by the answer of the function to it.  On failure nothing is left,
 * and *why is the reason, until the next call. */
static int
answer(lua_State *L, const char *function, const char **why)
{
    int rc, at = lua_gettop(L);

    *why = NULL;
    lua_pushcfunction(L, l_answer);
    lua_insert(L, at);
    lua_pushlightuserdata(L, (void *)function);
    lua_insert(L, at + 1);
    rc = lua_pcall(L, 2, 3, 0);
    if (rc) {
        lua_settop(L, at - 1);
        *why = rc == LUA_ERRMEM ? "out of memory" : "an error in an error";
        return rc == LUA_ERRMEM ? RILLE_ENOMEM : RILLE_ERROR;
    }
    rc = lua_isnil(L, at) ? (int)lua_tointeger(L, at + 2) : RILLE_OK;
    *why = lua_tostring(L, at + 1);     /* the registry keeps it */
    lua_settop(L, rc ? at - 1 : at);
    return rc;
}

/* The message of a failure, unless the engine is in a call, whose message it has. */
static int
report(rille_engine *e, int rc, const char *message)
{
    if (engine_acquire(e))
        return rc;
    engine_report(e, rc, message ? message : "");
    engine_release(e);
    return rc;
}

/* The value of the function for the one at the top, with the engine's message on failure. */
static int
ask(lua_State *L, rille_engine *e, const char *function)
{
    const char *why;
    int rc = answer(L, function, &why);

    return rc ? report(e, rc, why) : RILLE_OK;
}

lua_State *
rille_lua_state(rille_engine *e)
{
    EngineCall c = {e, "prepare", NULL, NULL, NULL, 0};

    return engine_call(&c) ? NULL : e->L;
}

int
rille_lua_openlib(lua_State *L, rille_engine *e)
{
    if (!L || !e)
        return report(e, RILLE_EINVAL, "rille_lua_openlib: L is NULL");
    if (!rille_lua_state(e))
        return rille_errcode(e);
    if (engine_of(L) != e)
        return report(e, RILLE_EINVAL,
                      "rille_lua_openlib: L is another lua_State than that of the engine; give it "
                      "in rille_options.lua_state, or use rille_lua_state");
    if (!lua_checkstack(L, ROOM))
        return report(e, RILLE_ENOMEM, "out of memory");
    lua_pushnil(L);
    return ask(L, e, "face");
}

static int
l_hex(lua_State *L)
{
    lua_pushstring(L, lua_touserdata(L, 1));
    return 1;
}

int
rille_lua_pushartifact(lua_State *L, rille_artifact *a)
{
    if (!L || !a)
        return report(a ? a->e : NULL, RILLE_EINVAL, "rille_lua_pushartifact: L is NULL");
    if (!lua_checkstack(L, ROOM))
        return report(a->e, RILLE_ENOMEM, "out of memory");
    if (engine_of(L) != a->e)
        return report(a->e, RILLE_EINVAL,
                      "rille_lua_pushartifact: the artifact is of another engine than L");
    lua_pushcfunction(L, l_hex);
    lua_pushlightuserdata(L, a->hex);
    if (lua_pcall(L, 1, 1, 0)) {
        lua_pop(L, 1);
        return report(a->e, RILLE_ENOMEM, "out of memory");
    }
    return ask(L, a->e, "artifact");
}

rille_artifact *
rille_lua_toartifact(lua_State *L, int idx)
{
    rille_artifact *a = NULL;
    rille_engine *e;
    const char *why;
    int is_idle;

    if (!L || !lua_checkstack(L, ROOM) || !(e = engine_of(L)))
        return NULL;
    lua_pushvalue(L, idx);
    if (answer(L, "digest_of", &why))
        return NULL;
    if (lua_rawlen(L, -1) == HASH_SIZE) {
        is_idle = engine_acquire(e) == RILLE_OK;        /* or a call of it called the host */
        a = query_new_artifact(e, (const unsigned char *)lua_tostring(L, -1));
        if (is_idle)
            engine_release(e);
    }
    lua_pop(L, 1);
    return a;
}

void *
rille_lua_checkobject(lua_State *L, int idx, const char *type)
{
    const RegisteredObject *o = registration_object_of_lua(L, idx);

    if (!o || strcmp(o->type_name, type) != 0)
        luaL_typeerror(L, idx, type);
    return o ? o->obj : NULL;
}

int
rille_lua_fingerprint(lua_State *L, int idx, unsigned char out[32], const char **why_not)
{
    const char *why = NULL;
    int rc;

    if (why_not)
        *why_not = NULL;
    if (!L || !out || !lua_checkstack(L, ROOM))
        return RILLE_EINVAL;
    lua_pushvalue(L, idx);
    rc = answer(L, "fingerprint", &why);
    if (!rc) {
        memcpy(out, lua_tostring(L, -1), HASH_SIZE);
        lua_pop(L, 1);
    } else if (why_not && rc == RILLE_ETYPE) {
        *why_not = why;
    }
    return rc;
}

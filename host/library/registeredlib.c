/* registeredlib.c -- rille.host.registered: steps and types in C for lua/capi/registered.lua. */
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "library/registration_core.h"
#include "library/step_signature.h"

int luaopen_rille_host_registered(lua_State *L);

#define STEP_TYPE "rille.step in C"
#define TYPE_TYPE "rille.type in C"
#define RUNNING_TYPE "rille.running step in C"

static const char CLASSES[] = "rille.classes of types in C";     /* a set of metatables */

/* As Lua does: nothing of rille's is to blame. */
static void
raise_nomem(lua_State *L)
{
    lua_pushliteral(L, "not enough memory");
    lua_error(L);
}

/* ---- handles ---- */

static int step_gc(lua_State *L);
static int type_gc(lua_State *L);
static int running_gc(lua_State *L);

static void
prepare(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg step_meta[] = {{"__gc", step_gc}, {NULL, NULL}};
    static const luaL_Reg type_meta[] = {{"__gc", type_gc}, {NULL, NULL}};
    static const luaL_Reg running_meta[] = {{"__gc", running_gc}, {NULL, NULL}};

    bind_type(L, STEP_TYPE, none, step_meta);
    bind_type(L, TYPE_TYPE, none, type_meta);
    bind_type(L, RUNNING_TYPE, none, running_meta);
}

void
registered_push_step(lua_State *L, RegisteredStep *s)
{
    RegisteredStep **box;

    prepare(L);
    box = bind_box(L, STEP_TYPE);
    s->references++;
    *box = s;
}

void
registered_push_type(lua_State *L, RegisteredType *t)
{
    RegisteredType **box;

    prepare(L);
    box = bind_box(L, TYPE_TYPE);
    t->references++;
    *box = t;
}

static int
step_gc(lua_State *L)
{
    RegisteredStep **box = lua_touserdata(L, 1);

    registration_release_step(*box);
    *box = NULL;
    return 0;
}

static int
type_gc(lua_State *L)
{
    RegisteredType **box = lua_touserdata(L, 1);

    registration_release_type(*box);
    *box = NULL;
    return 0;
}

/* ---- calling a step ---- */

static int
running_gc(lua_State *L)
{
    rille_step *s = lua_touserdata(L, 1);

    rille_values_free(s->inputs);
    rille_values_free(s->outputs);
    free(s->message);
    memset(s, 0, sizeof *s);
    return 0;
}

/* Pushes it; its functions are in the table at index 2. */
static rille_step *
new_running(lua_State *L, rille_engine *e)
{
    rille_step *s = lua_newuserdatauv(L, sizeof *s, 0);

    memset(s, 0, sizeof *s);                /* collectable before it has anything */
    luaL_setmetatable(L, RUNNING_TYPE);
    s->e = e;
    s->L = L;
    s->services = 2;
    s->inputs = values_new_readonly(e);
    s->outputs = values_new_readonly(e);
    if (!s->inputs || !s->outputs)
        raise_nomem(L);
    s->outputs->readonly = 0;
    s->inputs->in_step = s->outputs->in_step = 1;
    return s;
}

/* The values at 4 ... by the names in the list at 3. */
static void
take_inputs(lua_State *L, rille_step *s)
{
    int n = (int)lua_rawlen(L, 3);
    Err err;

    for (int i = 1; i <= n; i++) {
        Value *value;

        lua_rawgeti(L, 3, i);
        value = values_slot(s->inputs, lua_tostring(L, -1));
        if (!value)
            raise_nomem(L);
        if (!lua_isnoneornil(L, 3 + i) && value_from_lua(L, 3 + i, s->e, value, &err)) {
            lua_pushfstring(L, "input \"%s\": %s", lua_tostring(L, -1), err.msg);
            lua_error(L);
        }
        lua_pop(L, 1);
    }
}

/* Pushes why the step failed: what it said, else what a function of the library said that it
 * passed on. */
static void
push_failure(lua_State *L, const rille_step *s, int rc)
{
    const char *last = rille_errmsg(s->e);

    if (s->message)
        lua_pushstring(L, s->message);
    else if (rille_errcode(s->e) == rc && *last)
        lua_pushstring(L, last);
    else
        lua_pushfstring(L, "it failed with the status %d (%s)", rc, rille_strerror(rc));
}

/* registered.call(step, services, names, ...): services: see lua/capi/registered.lua
 *   -> outputs by name
 *   -> nil, message, status of the step's function */
static int
l_call(lua_State *L)
{
    RegisteredStep *def = bind_check(L, 1, STEP_TYPE);
    rille_engine *e = engine_of(L);
    rille_step *s;
    int rc;

    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    if (!def->def.fn) {
        lua_pushliteral(L, "the program has registered another step of this name; load the script "
                           "that has the earlier one again");
        lua_error(L);
    }
    luaL_checkstack(L, 20, NULL);
    s = new_running(L, e);
    take_inputs(L, s);
    engine_report(e, RILLE_OK, "");
    engine_leave_library(e);
    rc = def->def.fn(s, def->def.user);
    engine_enter_library(e);
    if (rc) {
        lua_pushnil(L);
        push_failure(L, s, rc);
        lua_pushinteger(L, rc);
    } else {
        values_to_lua(L, s->outputs);
    }
    lua_pushcfunction(L, running_gc);
    lua_pushvalue(L, rc ? -5 : -3);
    lua_call(L, 1, 0);
    return rc ? 3 : 1;
}

/* registered.caret(signature, offset, message) -> the message with the place */
static int
l_caret(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_Integer at = luaL_checkinteger(L, 2);
    Err err;

    luaL_argcheck(L, at >= 0 && (size_t)at <= n, 2, "outside of the text");
    step_signature_error(text, (size_t)at, &err, luaL_checkstring(L, 3));
    lua_pushstring(L, err.msg);
    return 1;
}

/* ---- objects ---- */

static int
object_gc(lua_State *L)
{
    RegisteredObject **box = lua_touserdata(L, 1);

    registration_free_object(*box);
    *box = NULL;
    return 0;
}

static int
object_tostring(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

/* registered.class(type) -> the metatable of its objects, new */
static int
l_class(lua_State *L)
{
    RegisteredType *t = bind_check(L, 1, TYPE_TYPE);

    lua_createtable(L, 0, 3);
    lua_pushstring(L, t->def.name);
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, object_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushstring(L, t->def.name);
    lua_pushcclosure(L, object_tostring, 1);
    lua_setfield(L, -2, "__tostring");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, t);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, CLASSES) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, CLASSES);
    }
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return 1;
}

/* registered.has_type(name) -> boolean: whether the engine has it.  Where memory ended while one
 * was defined, Lua may have it and the engine not. */
static int
l_has_type(lua_State *L)
{
    lua_pushboolean(L, registration_find_type(engine_of(L), luaL_checkstring(L, 1)) != NULL);
    return 1;
}

/* Pushes an empty box with the class of the type. */
static RegisteredObject **
new_box(lua_State *L, const RegisteredType *t)
{
    RegisteredObject **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, t);
    lua_setmetatable(L, -2);
    return box;
}

void
registration_object_to_lua(lua_State *L, rille_engine *e, RegisteredObject *o)
{
    RegisteredObject **box = new_box(L, o->type);

    (void)e;
    *box = registration_share_object(o);
}

RegisteredObject *
registration_object_of_lua(lua_State *L, int idx)
{
    RegisteredObject **box = lua_touserdata(L, idx), *o = NULL;
    int top = lua_gettop(L);

    if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx))
        return NULL;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, CLASSES) == LUA_TTABLE) {
        lua_pushvalue(L, -2);
        if (lua_rawget(L, -2) != LUA_TNIL)
            o = *box;
    }
    lua_settop(L, top);
    return o;
}

/* registered.save(object, art, notes): writes the members, and puts metadata into notes. */
static int
l_save(lua_State *L)
{
    RegisteredObject *o = registration_object_of_lua(L, 1);

    luaL_argexpected(L, o, 1, "object of a type in C");
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_settop(L, 3);
    type_save(L, o);
    return 0;
}

/* registered.load(type, art, version) -> object */
static int
l_load(lua_State *L)
{
    RegisteredType *t = bind_check(L, 1, TYPE_TYPE);
    int version = (int)luaL_checkinteger(L, 3);
    RegisteredObject **box;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    box = new_box(L, t);
    *box = registration_new_object(t, NULL);
    if (!*box)
        raise_nomem(L);
    type_load(L, *box, version);
    lua_settop(L, 4);
    return 1;
}

/* ---- the module ---- */

int
luaopen_rille_host_registered(lua_State *L)
{
    static const luaL_Reg lib[] = {{"call", l_call}, {"caret", l_caret}, {"class", l_class},
                                   {"has_type", l_has_type},
                                   {"save", l_save}, {"load", l_load}, {NULL, NULL}};

    prepare(L);
    luaL_newlib(L, lib);
    return 1;
}

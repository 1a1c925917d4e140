/* value_lua.c -- values into Lua: what a script gets for each kind. */
#include <limits.h>
#include <string.h>

#include <lauxlib.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "library/artifact.h"
#include "library/registration.h"
#include "library/value_modules.h"
#include "value/jsonlib.h"
#include "value/null.h"

void
value_modules_push(lua_State *L, const char *module, const char *field)
{
    int top = lua_gettop(L);

    if (lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV) == LUA_TTABLE)
        lua_getfield(L, -1, "require");
    else
        lua_getglobal(L, "require");
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
    lua_getfield(L, -1, field);
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

/* A view that a script cannot write to: the memory is the host's, too. */
static void
push_array(lua_State *L, const Array *a)
{
    Array **box = array_box_new(L);
    Err err = {0};
    int rc = array_view(box, a, &err);

    if (!rc)
        (*box)->readonly = 1;
    array_box_done(L, rc, &err);
}

static void
push_texts(lua_State *L, const ValueColumn *c, int64_t n)
{
    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_pushlstring(L, c->bytes + c->offsets[i], (size_t)(c->offsets[i + 1] - c->offsets[i]));
        lua_rawseti(L, -2, i + 1);
    }
}

static void
push_column(lua_State *L, const ValueColumn *c, int64_t rows)
{
    if (c->kind == COLUMN_TEXTS) {
        push_texts(L, c, rows);
        return;
    }
    if (c->kind == COLUMN_DATES)
        value_modules_push(L, "rille.frame", "dates");
    push_array(L, c->array);
    if (c->kind == COLUMN_DATES)
        lua_call(L, 1, 1);
}

static void
push_frame(lua_State *L, const ValueFrame *f)
{
    value_modules_push(L, "rille.frame", "assemble");
    lua_createtable(L, f->n < INT_MAX ? (int)f->n : 0, 0);
    for (size_t i = 0; i < f->n; i++) {
        lua_pushstring(L, f->columns[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_newtable(L);
    for (size_t i = 0; i < f->n; i++) {
        push_column(L, &f->columns[i], f->rows);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushinteger(L, f->rows);
    lua_call(L, 3, 1);
}

static void
push_json(lua_State *L, const Value *value)
{
    int top = lua_gettop(L);

    lua_pushlstring(L, (const char *)value->bytes.data, value->bytes.len);
    jsonlib_decode(L, top + 1, value->name ? value->name : "value");
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

/* The artifact as the history has it. */
static void
push_artifact(lua_State *L, const rille_artifact *a)
{
    value_modules_push(L, "rille.query.history", "artifact_of");
    lua_createtable(L, 0, 1);
    lua_pushlstring(L, (const char *)a->digest, HASH_SIZE);
    lua_setfield(L, -2, "digest");
    lua_call(L, 1, 1);
}

static void
push_stored(lua_State *L, rille_engine *e, Value *value)
{
    Err err = {0};

    if (value_load(e, value, &err))
        bind_raise(L, &err);
    value_to_lua(L, e, value);
}

void
value_to_lua(lua_State *L, rille_engine *e, Value *value)
{
    luaL_checkstack(L, 12, "too many values");
    switch (value->kind) {
    case VALUE_BOOL:
        lua_pushboolean(L, value->boolean);
        break;
    case VALUE_INT:
        lua_pushinteger(L, value->integer);
        break;
    case VALUE_NUMBER:
        lua_pushnumber(L, value->number);
        break;
    case VALUE_STRING:
    case VALUE_BYTES:
        lua_pushlstring(L, (const char *)value->bytes.data, value->bytes.len);
        break;
    case VALUE_JSON:
        push_json(L, value);
        break;
    case VALUE_ARRAY:
        push_array(L, value->array);
        break;
    case VALUE_FRAME:
        push_frame(L, value->frame);
        break;
    case VALUE_ARTIFACT:
        push_artifact(L, value->artifact);
        break;
    case VALUE_OBJECT:
        registration_object_to_lua(L, e, value->object);
        break;
    case VALUE_STORED:
        push_stored(L, e, value);
        break;
    default:
        null_push(L);
    }
}

void
values_to_lua(lua_State *L, rille_values *v)
{
    lua_createtable(L, 0, v->n < INT_MAX ? (int)v->n : 0);
    for (size_t i = 0; i < v->n; i++) {
        if (!v->list[i].name)
            continue;
        value_to_lua(L, v->e, &v->list[i]);
        lua_setfield(L, -2, v->list[i].name);
    }
}

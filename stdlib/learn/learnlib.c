/* learnlib.c -- see learnlib.h */
#include <math.h>

#include "learnlib.h"

static const char *const types[] = {"bool", "u8", "i32", "i64", "f32", "f64"};
static const int64_t sizes[] = {1, 1, 4, 8, 4, 8};

void openblas_set_num_threads(int n) __attribute__((weak));

void
learnlib_one_thread(void)
{
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
}

int
learnlib_fail(lua_State *L, const Err *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->msg);
    lua_pushinteger(L, err->code);
    return 3;
}

Array *
learnlib_array(lua_State *L, int idx)
{
    Array **box = luaL_checkudata(L, idx, "rille.array");

    luaL_argcheck(L, *box, idx, "the array is closed");
    return *box;
}

void *
learnlib_model(lua_State *L, int idx, const char *type)
{
    void **box = luaL_checkudata(L, idx, type);

    luaL_argcheck(L, *box, idx, "the model is closed");
    return *box;
}

void **
learnlib_box(lua_State *L, const char *type)
{
    void **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    luaL_setmetatable(L, type);
    return box;
}

void
learnlib_type(lua_State *L, const char *type, lua_CFunction gc)
{
    luaL_newmetatable(L, type);
    lua_pushcfunction(L, gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
}

Array *
learnlib_result(lua_State *L, int idx, ArrayType type, int n_column)
{
    Array *X = learnlib_array(L, 2), *out = learnlib_array(L, idx);
    int64_t row = sizes[type] * (n_column ? n_column : 1);

    luaL_argcheck(L, out->type == type && !out->readonly, idx, "wrong kind of result");
    luaL_argcheck(L, out->ndim == (n_column ? 2 : 1) && out->shape[0] == X->shape[0], idx,
                  "wrong shape of result");
    luaL_argcheck(L, (!n_column || out->shape[1] == n_column)
                         && (out->shape[0] < 2 || out->stride[0] == row), idx,
                  "wrong shape of result");
    return out;
}

double
learnlib_number(lua_State *L, int idx, const char *name)
{
    double v;

    v = lua_getfield(L, idx, name) == LUA_TNIL ? NAN : luaL_checknumber(L, -1);
    lua_pop(L, 1);
    return v;
}

lua_Integer
learnlib_integer(lua_State *L, int idx, const char *name)
{
    lua_Integer v;

    lua_getfield(L, idx, name);
    v = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    return v;
}

int
learnlib_option(lua_State *L, int idx, const char *name, const char *const *names)
{
    int v;

    lua_getfield(L, idx, name);
    v = luaL_checkoption(L, -1, NULL, names);
    lua_pop(L, 1);
    return v;
}

const double *
learnlib_numbers(lua_State *L, int idx, const char *name, int *n)
{
    double *v = NULL;
    int list;

    *n = 0;
    if (lua_getfield(L, idx, name) == LUA_TNIL)
        return NULL;                /* what is pushed is nil */
    list = lua_gettop(L);
    luaL_checktype(L, list, LUA_TTABLE);
    *n = (int)lua_rawlen(L, list);
    v = lua_newuserdatauv(L, (size_t)(*n + 1) * sizeof *v, 0);
    for (int i = 0; i < *n; i++) {
        lua_rawgeti(L, list, i + 1);
        v[i] = luaL_checknumber(L, -1);
        lua_pop(L, 1);
    }
    lua_remove(L, list);
    return v;
}

static void
push_label(lua_State *L, ArrayType type, int64_t label)
{
    if (type == ARRAY_BOOL)
        lua_pushboolean(L, (int)label);
    else if (type == ARRAY_F32 || type == ARRAY_F64)
        lua_pushnumber(L, (double)label);
    else
        lua_pushinteger(L, label);
}

void
learnlib_set_classes(lua_State *L, const Classes *c)
{
    lua_createtable(L, c->n, 0);
    for (int i = 0; i < c->n; i++) {
        push_label(L, c->type, c->label[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "classes");
    lua_pushstring(L, types[c->type]);
    lua_setfield(L, -2, "dtype");
}

void
learnlib_set_number(lua_State *L, const char *name, double v)
{
    lua_pushnumber(L, v);
    lua_setfield(L, -2, name);
}

void
learnlib_set_integer(lua_State *L, const char *name, lua_Integer v)
{
    lua_pushinteger(L, v);
    lua_setfield(L, -2, name);
}

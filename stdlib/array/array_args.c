/* array_args.c -- see array_args.h */
#include <string.h>

#include "array/array_args.h"
#include "base/bind.h"
#include "observe/observe.h"

void
array_args_push_item(lua_State *L, ArrayItem v)
{
    if (v.type == ARRAY_BOOL)
        lua_pushboolean(L, v.i != 0);
    else if (v.type == ARRAY_I64)
        lua_pushinteger(L, v.i);
    else
        lua_pushnumber(L, v.f);
}

int
array_args_item(lua_State *L, int idx, ArrayItem *out)
{
    int type = lua_type(L, idx);

    *out = (ArrayItem){ARRAY_F64, 0, 0};
    if (type == LUA_TBOOLEAN) {
        out->type = ARRAY_BOOL;
        out->i = lua_toboolean(L, idx);
    } else if (type == LUA_TNUMBER && lua_isinteger(L, idx)) {
        out->type = ARRAY_I64;
        out->i = lua_tointeger(L, idx);
    } else if (type == LUA_TNUMBER) {
        out->f = lua_tonumber(L, idx);
    } else {
        return 0;
    }
    return 1;
}

ArrayType
array_args_type(lua_State *L, int idx, ArrayType none)
{
    const char *name = bind_optstring(L, idx, NULL);
    ArrayType t = none;

    if (name && array_typeof(name, &t))
        bind_argerror(L, idx, lua_pushfstring(L, "unknown dtype '%s'; available: bool, u8, i32,"
                                              " i64, f32, f64", name));
    return t;
}

int
array_args_shape(lua_State *L, int idx, int64_t *shape)
{
    lua_Integer n;

    if (lua_type(L, idx) == LUA_TNUMBER) {
        shape[0] = bind_integer(L, idx);
        return 1;
    }
    bind_table(L, idx, "a shape, as 3 or { 2, 3 }");
    n = (lua_Integer)lua_rawlen(L, idx);
    if (n < 1 || n > ARRAY_MAXDIM)
        bind_argerror(L, idx, lua_pushfstring(L, "a shape must have 1 to %d axes, not %I",
                                              ARRAY_MAXDIM, (LUAI_UACINT)n));
    for (int i = 0; i < n; i++) {
        int isint;

        lua_rawgeti(L, idx, i + 1);
        shape[i] = lua_tointegerx(L, -1, &isint);
        if (!isint || lua_type(L, -1) != LUA_TNUMBER)
            bind_argerror(L, idx, "a shape must be a list of integers");
        lua_pop(L, 1);
    }
    return (int)n;
}

const char *
array_args_push_range(lua_State *L, lua_Integer i, int64_t n)
{
    if (n == 0)
        return lua_pushfstring(L, "index %I of an axis that is empty", (LUAI_UACINT)i);
    return lua_pushfstring(L, "index %I is not in 1 to %I%s", (LUAI_UACINT)i, (LUAI_UACINT)n,
                           i == 0   ? "; the first is 1"
                           : i < 0 ? "; negative indices do not count from the end"
                                   : "");
}

int64_t
array_args_index(lua_State *L, int idx, int64_t n)
{
    lua_Integer i = bind_integer(L, idx);

    if (i < 1 || i > n)
        bind_argerror(L, idx, array_args_push_range(L, i, n));
    return i - 1;
}

int
array_args_axis(lua_State *L, int idx, const Array *a, int none)
{
    lua_Integer axis;

    if (lua_isnoneornil(L, idx))
        return none;
    axis = bind_integer(L, idx);
    if (axis < 1 || axis > a->ndim)
        bind_argerror(L, idx, lua_pushfstring(L, "axis %I of an array with %d; axes are 1 to %d",
                                              (LUAI_UACINT)axis, a->ndim, a->ndim));
    return (int)axis - 1;
}

void
array_args_note_libm(lua_State *L)
{
    int top = lua_gettop(L);
    const char *name;

    lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV);
    lua_getfield(L, -1, "require");
    lua_pushliteral(L, "rille.host.libm");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "name");
    lua_call(L, 0, 1);
    name = lua_tostring(L, -1);
    observe_value(L, "libm", name, strlen(name));
    lua_settop(L, top);
}

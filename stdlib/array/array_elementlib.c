/* array_elementlib.c -- rille.array: the elements and the fields of an array
 *
 * a.shape (a new list), a.dtype and a.ndim are fields.  a[i] is the element of a 1-d
 * array, or the i-th slice of another, and nil one past the end, so that ipairs walks
 * it; a[i] = v sets an element of a 1-d array. */
#include <string.h>

#include "array/array_args.h"
#include "array/array_box.h"
#include "array/arraylib.h"
#include "base/bind.h"

static void
push_shape(lua_State *L, const Array *a)
{
    lua_createtable(L, a->ndim, 0);
    for (int i = 0; i < a->ndim; i++) {
        lua_pushinteger(L, a->shape[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

/* The element that the n indices from idx on mean. */
static unsigned char *
check_element(lua_State *L, const Array *a, int idx, int n)
{
    int64_t index[ARRAY_MAXDIM] = {0};

    if (n != a->ndim)
        bind_argerror(L, idx, lua_pushfstring(L, "an element of this array has %d %s, not %d",
                                              a->ndim, a->ndim == 1 ? "index" : "indices", n));
    for (int i = 0; i < n; i++)
        index[i] = array_args_index(L, idx + i, a->shape[i]);
    return array_at(a, index);
}

static void
set_element(lua_State *L, const Array *a, unsigned char *at, int idx)
{
    ArrayItem v;
    Err err;

    if (a->readonly)
        bind_error(L, "the array is read-only, like everything loaded; change a copy: a:copy()");
    if (!array_args_item(L, idx, &v))
        bind_argerror(L, idx, lua_pushfstring(L, "%s cannot hold a %s",
                                              array_typename(a->type), bind_typename(L, idx)));
    if (array_poke(a->type, at, v, &err))
        bind_argerror(L, idx, err.msg);
}

/* a:get(i, j, ...) -> number | boolean */
static int
l_get(lua_State *L)
{
    Array *a = array_box_self(L, -1);

    array_args_push_item(L, array_peek(a->type, check_element(L, a, 2, lua_gettop(L) - 1)));
    return 1;
}

/* a:set(i, j, ..., v) */
static int
l_set(lua_State *L)
{
    Array *a = array_box_self(L, -1);
    int top = lua_gettop(L);

    set_element(L, a, check_element(L, a, 2, top - 2), top);
    return 0;
}

static void
push_table(lua_State *L, const Array *a, int axis, const unsigned char *at)
{
    lua_createtable(L, a->shape[axis] > INT32_MAX ? 0 : (int)a->shape[axis], 0);
    for (int64_t i = 0; i < a->shape[axis]; i++, at += a->stride[axis]) {
        if (axis + 1 < a->ndim)
            push_table(L, a, axis + 1, at);
        else
            array_args_push_item(L, array_peek(a->type, at));
        lua_rawseti(L, -2, i + 1);
    }
}

/* a:totable() -> nested lists of numbers or booleans */
static int
l_totable(lua_State *L)
{
    Array *a = array_box_self(L, 0);

    luaL_checkstack(L, 2 * ARRAY_MAXDIM, NULL);
    push_table(L, a, 0, a->data);
    return 1;
}

/* The number at idx in a[i] as a 0-based index of the first axis. */
static int64_t
check_index(lua_State *L, int idx, const Array *a)
{
    int isint;
    int64_t i = lua_tointegerx(L, idx, &isint);

    if (isint && i >= 1 && i <= a->shape[0])
        return i - 1;
    lua_pushvalue(L, idx);
    if (isint)
        array_args_push_range(L, i, a->shape[0]);
    else
        lua_pushliteral(L, "an index must be an integer");
    return bind_misuse(L, "index", 2);
}

/* One past the end is nil, for ipairs. */
static int
index_number(lua_State *L, const Array *a)
{
    int isint;
    int64_t i = lua_tointegerx(L, 2, &isint);

    if (isint && i - 1 == a->shape[0])
        return 0;
    i = check_index(L, 2, a);
    if (a->ndim > 1)
        return array_box_push_index(L, a, 0, i);
    array_args_push_item(L, array_peek(a->type, array_at(a, &i)));
    return 1;
}

/* The key at 2 is no field and no method of upvalue 1. */
static int
no_field(lua_State *L)
{
    lua_pushliteral(L, "array");
    lua_pushvalue(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    return bind_misuse(L, "field", 3);
}

int
array_elementlib_index(lua_State *L)
{
    Array *a = array_box_check(L, 1);
    const char *key;

    if (lua_type(L, 2) == LUA_TNUMBER)
        return index_number(L, a);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "shape") == 0)
        push_shape(L, a);
    else if (strcmp(key, "dtype") == 0)
        lua_pushstring(L, array_typename(a->type));
    else if (strcmp(key, "ndim") == 0)
        lua_pushinteger(L, a->ndim);
    else
        return no_field(L);
    return 1;
}

static int
l_newindex(lua_State *L)
{
    Array *a = array_box_check(L, 1);
    int64_t i;

    if (lua_type(L, 2) != LUA_TNUMBER)
        return bind_error(L, "an array has no field '%s' to set; a[i] = v sets an element",
                          luaL_tolstring(L, 2, NULL));
    if (a->ndim != 1)
        return bind_error(L, "a[i] = v sets an element of a 1-d array; this one has %d axes",
                          a->ndim);
    i = check_index(L, 2, a);
    set_element(L, a, array_at(a, &i), 3);
    return 0;
}

static int
l_len(lua_State *L)
{
    lua_pushinteger(L, array_box_check(L, 1)->shape[0]);
    return 1;
}

static int
l_eq(lua_State *L)
{
    Array *a = array_box_test(L, 1), *b = array_box_test(L, 2);

    lua_pushboolean(L, a && b && array_equal(a, b));
    return 1;
}

/* __memory(a)         -> the memory that it looks at, as a light userdata, and whether
 *                        it can be written
 * __memory(a, first)  -> how a lies in it, seen from another array there */
static int
l_memory(lua_State *L)
{
    Array *a = array_box_check(L, 1), *first;
    luaL_Buffer b;

    if (lua_isnone(L, 2)) {
        lua_pushlightuserdata(L, a->mem);
        lua_pushboolean(L, !a->readonly);
        return 2;
    }
    first = array_box_check(L, 2);
    luaL_buffinit(L, &b);
    lua_pushinteger(L, (lua_Integer)(a->data - first->data));
    luaL_addvalue(&b);
    for (int i = 0; i < a->ndim; i++) {
        lua_pushfstring(L, " %I", (LUAI_UACINT)a->stride[i]);
        luaL_addvalue(&b);
    }
    luaL_addchar(&b, ',');
    for (int i = 0; i < first->ndim; i++) {
        lua_pushfstring(L, " %I", (LUAI_UACINT)first->stride[i]);
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return 1;
}

const luaL_Reg array_elementlib_methods[] = {
    {"get", l_get}, {"set", l_set}, {"totable", l_totable}, {NULL, NULL}};

const luaL_Reg array_elementlib_metamethods[] = {
    {"__newindex", l_newindex}, {"__len", l_len},       {"__eq", l_eq},
    {"__memory", l_memory},     {NULL, NULL}};

/* arraylib.c -- rille.array, the Lua face of array.h: the type and its elements.
 * Making arrays is in array_makelib.c, views in array_viewlib.c, arithmetic in
 * array_mathlib.c, files and bytes in array_filelib.c.
 *
 * Indices are 1-based and ranges inclusive.  a.shape (a new list), a.dtype and
 * a.ndim are fields.  a[i] is the element of a 1-d array, or the i-th slice of
 * another, and nil one past the end, so that ipairs walks it; a[i] = v sets an
 * element of a 1-d array.  Every mistake and every failure raises a message with
 * the position of the caller. */
#include <limits.h>
#include <string.h>

#include "array/arraylib.h"
#include "base/bind.h"

/* What the arrays of a state hold outside of Lua's own count, so that a loop over
 * large temporaries stays small.
 *   - After STEP of new memory, and no sooner than after four arrays like the one
 *     just made, a step of the collector.  More often, and in generational mode the
 *     operands of an expression would grow old and stay.
 *   - When what is held has grown by as much as there was after the last full
 *     collection, arrays or Lua's own, a full one. */
typedef struct Pressure {
    size_t held, due, fresh;
} Pressure;

enum { LEAST_GROWTH = 64 << 20, STEP = 8 << 20 };

static const char PRESSURE[] = "rille.array.pressure";

int luaopen_rille_array(lua_State *L);

static Pressure *
pressure(lua_State *L)
{
    Pressure *p;

    lua_getfield(L, LUA_REGISTRYINDEX, PRESSURE);
    p = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return p;
}

static void
collect(lua_State *L, Pressure *p)
{
    size_t growth = LEAST_GROWTH, lua;

    lua_gc(L, LUA_GCCOLLECT, 0);
    lua = (size_t)lua_gc(L, LUA_GCCOUNT, 0) * 1024;
    if (growth < lua)
        growth = lua;
    if (growth < p->held)
        growth = p->held;
    p->due = p->held + growth;
    p->fresh = 0;
}

static void
note_held(lua_State *L, const Array *a)
{
    Pressure *p = pressure(L);
    size_t held = array_held(a);

    p->held += held;
    p->fresh += held;
    if (p->held >= p->due) {
        collect(L, p);
    } else if (p->fresh >= STEP && p->fresh / 4 >= held) {
        int kilobytes = p->fresh / 1024 > INT_MAX ? INT_MAX : (int)(p->fresh / 1024);

        p->fresh = 0;
        lua_gc(L, LUA_GCSTEP, kilobytes);
    }
}

Array **
arraylib_box(lua_State *L)
{
    int top = lua_gettop(L);

    if (luaL_getmetatable(L, ARRAYLIB_TYPE) == LUA_TNIL)
        luaL_requiref(L, ARRAYLIB_TYPE, luaopen_rille_array, 0);
    lua_settop(L, top);
    return bind_box(L, ARRAYLIB_TYPE);
}

int
arraylib_raise(lua_State *L, const Err *err)
{
    if (err->code == ERR_NOMEM)
        return luaL_error(L, "%s", err->msg);
    lua_pushstring(L, err->msg);
    return bind_misuse(L, "say", 1);
}

int
arraylib_done(lua_State *L, int rc, const Err *err)
{
    if (rc)
        return arraylib_raise(L, err);
    note_held(L, *(Array **)lua_touserdata(L, -1));
    return 1;
}

static int
push_boxed(lua_State *L)
{
    Array **from = lua_touserdata(L, 1), **box = arraylib_box(L);

    *box = *from;
    *from = NULL;
    note_held(L, *box);
    return 1;
}

void
arraylib_push(lua_State *L, Array *a)
{
    if (!lua_checkstack(L, 8)) {
        array_free(a);
        luaL_error(L, "stack overflow");
    }
    lua_pushcfunction(L, push_boxed);
    lua_pushlightuserdata(L, &a);
    if (lua_pcall(L, 1, 1, 0)) {
        array_free(a);
        lua_error(L);
    }
}

Array *
arraylib_test(lua_State *L, int idx)
{
    Array **box = luaL_testudata(L, idx, ARRAYLIB_TYPE);

    return box ? *box : NULL;
}

Array *
arraylib_check(lua_State *L, int idx)
{
    Array **box = luaL_testudata(L, idx, ARRAYLIB_TYPE);

    if (!box)
        bind_typeerror(L, idx, "an array");
    bind_argcheck(L, *box != NULL, idx, "the array is closed");
    return *box;
}

Array *
arraylib_self(lua_State *L)
{
    return bind_self(L, ARRAYLIB_TYPE);
}

void
arraylib_pushitem(lua_State *L, ArrayItem v)
{
    if (v.type == ARRAY_BOOL)
        lua_pushboolean(L, v.i != 0);
    else if (v.type == ARRAY_I64)
        lua_pushinteger(L, v.i);
    else
        lua_pushnumber(L, v.f);
}

int
arraylib_item(lua_State *L, int idx, ArrayItem *out)
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
arraylib_type(lua_State *L, int idx, ArrayType none)
{
    const char *name = bind_optstring(L, idx, NULL);
    ArrayType t = none;

    if (name && array_typeof(name, &t))
        bind_argerror(L, idx, lua_pushfstring(L, "no dtype '%s'; there are bool, u8, i32, i64,"
                                              " f32 and f64", name));
    return t;
}

int
arraylib_shape(lua_State *L, int idx, int64_t *shape)
{
    lua_Integer n;

    if (lua_type(L, idx) == LUA_TNUMBER) {
        shape[0] = bind_integer(L, idx);
        return 1;
    }
    bind_table(L, idx, "a shape, as 3 or { 2, 3 }");
    n = (lua_Integer)lua_rawlen(L, idx);
    if (n < 1 || n > ARRAY_MAXDIM)
        bind_argerror(L, idx, lua_pushfstring(L, "a shape has 1 to %d axes, not %I",
                                              ARRAY_MAXDIM, (LUAI_UACINT)n));
    for (int i = 0; i < n; i++) {
        int isint;

        lua_rawgeti(L, idx, i + 1);
        shape[i] = lua_tointegerx(L, -1, &isint);
        if (!isint || lua_type(L, -1) != LUA_TNUMBER)
            bind_argerror(L, idx, "a shape is a list of integers");
        lua_pop(L, 1);
    }
    return (int)n;
}

/* Pushes what is wrong with the index i of an axis of n. */
static const char *
push_range(lua_State *L, lua_Integer i, int64_t n)
{
    if (n == 0)
        return lua_pushfstring(L, "index %I of an axis that is empty", (LUAI_UACINT)i);
    return lua_pushfstring(L, "index %I is not in 1 to %I%s", (LUAI_UACINT)i, (LUAI_UACINT)n,
                           i == 0   ? "; the first is 1"
                           : i < 0 ? "; negative indices do not count from the end"
                                   : "");
}

int64_t
arraylib_index(lua_State *L, int idx, int64_t n)
{
    lua_Integer i = bind_integer(L, idx);

    if (i < 1 || i > n)
        bind_argerror(L, idx, push_range(L, i, n));
    return i - 1;
}

int
arraylib_axis(lua_State *L, int idx, const Array *a, int none)
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
        index[i] = arraylib_index(L, idx + i, a->shape[i]);
    return array_at(a, index);
}

static void
set_element(lua_State *L, const Array *a, unsigned char *at, int idx)
{
    ArrayItem v;
    Err err;

    if (a->readonly)
        luaL_error(L, "the array is read only, as all that is loaded; change a copy: a:copy()");
    if (!arraylib_item(L, idx, &v))
        bind_argerror(L, idx, lua_pushfstring(L, "%s cannot hold a %s",
                                              array_typename(a->type), bind_typename(L, idx)));
    if (array_poke(a->type, at, v, &err))
        bind_argerror(L, idx, err.msg);
}

int
arraylib_pushindex(lua_State *L, const Array *a, int axis, int64_t i)
{
    Array **box = arraylib_box(L);
    Err err;

    return arraylib_done(L, array_index(box, a, axis, i, &err), &err);
}

/* a:get(i, j, ...) -> number | boolean */
static int
l_get(lua_State *L)
{
    Array *a = arraylib_self(L);

    arraylib_pushitem(L, array_peek(a->type, check_element(L, a, 2, lua_gettop(L) - 1)));
    return 1;
}

/* a:set(i, j, ..., v) */
static int
l_set(lua_State *L)
{
    Array *a = arraylib_self(L);
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
            arraylib_pushitem(L, array_peek(a->type, at));
        lua_rawseti(L, -2, i + 1);
    }
}

/* a:totable() -> nested lists of numbers or booleans */
static int
l_totable(lua_State *L)
{
    Array *a = arraylib_self(L);

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
        push_range(L, i, a->shape[0]);
    else
        lua_pushliteral(L, "an index is an integer");
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
        return arraylib_pushindex(L, a, 0, i);
    arraylib_pushitem(L, array_peek(a->type, array_at(a, &i)));
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

/* Upvalue 1: the methods. */
static int
l_index(lua_State *L)
{
    Array *a = arraylib_check(L, 1);
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
    Array *a = arraylib_check(L, 1);
    int64_t i;

    if (lua_type(L, 2) != LUA_TNUMBER)
        return luaL_error(L, "an array has no field '%s' to set; a[i] = v sets an element",
                          luaL_tolstring(L, 2, NULL));
    if (a->ndim != 1)
        return luaL_error(L, "a[i] = v sets an element of a 1-d array; this one has %d axes",
                          a->ndim);
    i = check_index(L, 2, a);
    set_element(L, a, array_at(a, &i), 3);
    return 0;
}

static int
l_len(lua_State *L)
{
    lua_pushinteger(L, arraylib_check(L, 1)->shape[0]);
    return 1;
}

static int
l_eq(lua_State *L)
{
    Array *a = arraylib_test(L, 1), *b = arraylib_test(L, 2);

    lua_pushboolean(L, a && b && array_equal(a, b));
    return 1;
}

/* __memory(a)         -> the memory that it looks at, as a light userdata, and whether
 *                        it can be written
 * __memory(a, first)  -> how a lies in it, seen from another array there */
static int
l_memory(lua_State *L)
{
    Array *a = arraylib_check(L, 1), *first;
    luaL_Buffer b;

    if (lua_isnone(L, 2)) {
        lua_pushlightuserdata(L, a->mem);
        lua_pushboolean(L, !a->readonly);
        return 2;
    }
    first = arraylib_check(L, 2);
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

static int
l_gc(lua_State *L)
{
    Array **box = lua_touserdata(L, 1);

    if (*box) {
        Pressure *p = pressure(L);
        size_t held = array_held(*box);

        if (p)
            p->held -= held < p->held ? held : p->held;
        array_free(*box);
        *box = NULL;
    }
    return 0;
}

static void
make_pressure(lua_State *L)
{
    Pressure *p = lua_newuserdatauv(L, sizeof *p, 0);

    *p = (Pressure){0, LEAST_GROWTH, 0};
    lua_setfield(L, LUA_REGISTRYINDEX, PRESSURE);
}

static const luaL_Reg methods[] = {
    {"get", l_get}, {"set", l_set}, {"totable", l_totable}, {NULL, NULL}};

static const luaL_Reg meta[] = {
    {"__newindex", l_newindex}, {"__len", l_len}, {"__eq", l_eq},
    {"__gc", l_gc},             {"__memory", l_memory}, {NULL, NULL}};

int
luaopen_rille_array(lua_State *L)
{
    make_pressure(L);
    luaL_newmetatable(L, ARRAYLIB_TYPE);
    /* a script that changed what arrays do would change results behind their keys */
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__metatable");
    luaL_setfuncs(L, meta, 0);
    luaL_setfuncs(L, arraylib_operators, 0);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    luaL_setfuncs(L, arraylib_views, 0);
    luaL_setfuncs(L, arraylib_math, 0);
    luaL_setfuncs(L, arraylib_products, 0);
    lua_pushcclosure(L, l_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__name");
    lua_pop(L, 1);
    lua_newtable(L);
    luaL_setfuncs(L, arraylib_make, 0);
    luaL_setfuncs(L, arraylib_files, 0);
    arraylib_addbuilder(L);
    /* what a captured array or one in a parameter counts by */
    luaL_getmetatable(L, ARRAYLIB_TYPE);
    lua_getfield(L, -2, "digest");
    lua_setfield(L, -2, "__digest");
    lua_pop(L, 1);
    bind_strict(L);
    return 1;
}

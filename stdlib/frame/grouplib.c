/* grouplib.c -- rille.host.group, the Lua face of group.h; for frames alone, which
 * have checked what they give.  Codes and places are arrays of i64; strings are
 * lists.  Failures raise. */
#include <string.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "frame/group.h"

int luaopen_rille_host_group(lua_State *L);

/* The codes at idx, an i64 vector of 0 to count; memory is indexed by them. */
static Array *
check_codes(lua_State *L, int idx, int64_t count)
{
    Array *a = array_box_check(L, idx);
    const unsigned char *at = a->data;
    int wrong = 0;

    luaL_argcheck(L, a->type == ARRAY_I64 && a->ndim == 1 && count >= 0
                  && count <= INT64_MAX / 64, idx, "expected codes, a vector of i64");
    for (int64_t i = 0; i < a->shape[0]; i++, at += a->stride[0])
        wrong |= *(const uint64_t *)(const void *)at > (uint64_t)count;
    luaL_argcheck(L, !wrong, idx, "a code is out of range");
    return a;
}

/* A vector at idx of as many elements as the codes; NULL for other values. */
static Array *
test_values(lua_State *L, int idx, const Array *codes)
{
    Array *a = array_box_test(L, idx);

    luaL_argcheck(L, !a || (a->ndim == 1 && a->shape[0] == codes->shape[0]), idx,
                  "expected a vector as long as the codes");
    return a;
}

static Array *
check_values(lua_State *L, int idx, const Array *codes)
{
    array_box_check(L, idx);
    return test_values(L, idx, codes);
}

/* An array, and how many codes it has. */
static int
give_codes(lua_State *L, int rc, const int64_t *count, const Err *err)
{
    if (rc)
        return array_box_raise(L, err);
    array_box_done(L, rc, err);
    lua_pushinteger(L, *count);
    return 2;
}

/* group.codes(a) -> codes, count */
static int
l_codes(lua_State *L)
{
    Array *a = array_box_check(L, 1), **box = array_box_new(L);
    int64_t count = 0;
    Err err;

    luaL_argcheck(L, a->ndim == 1, 1, "expected a vector");
    return give_codes(L, group_codes(box, &count, a, &err), &count, &err);
}

/* A new i64 vector in a box on top. */
static int64_t *
push_vector(lua_State *L, int64_t n)
{
    Array **box = array_box_new(L);
    Err err;

    if (array_new(box, ARRAY_I64, 1, &n, &err))
        array_box_raise(L, &err);
    return (int64_t *)(void *)(*box)->data;
}

/* group.strings(list) -> codes, list of the different strings by code */
static int
l_strings(lua_State *L)
{
    int64_t n = (int64_t)lua_rawlen(L, 1), used = 0, *code;
    Err err = {0};

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);            /* 2: the different ones */
    lua_newtable(L);            /* 3: code by string */
    code = push_vector(L, n);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, i + 1);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 3) == LUA_TNIL) {
            lua_pushvalue(L, -2);
            lua_rawseti(L, 2, ++used);
            lua_pushvalue(L, -2);
            lua_pushinteger(L, used);
            lua_rawset(L, 3);
            code[i] = used;
        } else {
            code[i] = lua_tointeger(L, -1);
        }
        lua_pop(L, 2);
    }
    array_box_done(L, OK, &err);
    lua_pushvalue(L, 2);
    return 2;
}

/* group.combine(x, y, ycount) -> codes, count */
static int
l_combine(lua_State *L)
{
    int64_t ycount = luaL_checkinteger(L, 3), count = 0;
    Array *x = check_codes(L, 1, INT64_MAX / 64), *y = check_codes(L, 2, ycount);
    Array **box = array_box_new(L);
    Err err;

    luaL_argcheck(L, x->shape[0] == y->shape[0], 2, "expected as many codes");
    return give_codes(L, group_combine(box, &count, x, y, ycount, &err), &count, &err);
}

/* group.firsts(codes, count) -> places */
static int
l_firsts(lua_State *L)
{
    int64_t count = luaL_checkinteger(L, 2);
    Array *codes = check_codes(L, 1, count), **box;
    Err err;

    box = array_box_new(L);
    return array_box_done(L, group_firsts(box, codes, count, &err), &err);
}

/* group.order(codes, count) -> places */
static int
l_order(lua_State *L)
{
    int64_t count = luaL_checkinteger(L, 2);
    Array *codes = check_codes(L, 1, count), **box;
    Err err;

    box = array_box_new(L);
    return array_box_done(L, group_order(box, codes, count, &err), &err);
}

/* group.sum(what, codes, count, values[, present]) -> array */
static int
l_sum(lua_State *L)
{
    static const char *const names[] = {"count", "sum", "mean", "var", "std", "median", NULL};
    int what = luaL_checkoption(L, 1, NULL, names);
    int64_t count = luaL_checkinteger(L, 3);
    Array *codes = check_codes(L, 2, count), *values = check_values(L, 4, codes);
    Array *present = test_values(L, 5, codes), **box;
    Err err;

    box = array_box_new(L);
    return array_box_done(L, group_sum(box, (GroupSum)what, codes, count, values, present, &err),
                          &err);
}

/* group.choose(what, codes, count, values[, present]) -> places */
static int
l_choose(lua_State *L)
{
    static const char *const names[] = {"first", "last", "min", "max", NULL};
    int what = luaL_checkoption(L, 1, NULL, names);
    int64_t count = luaL_checkinteger(L, 3);
    Array *codes = check_codes(L, 2, count), *values = check_values(L, 4, codes);
    Array *present = test_values(L, 5, codes), **box;
    Err err;

    box = array_box_new(L);
    return array_box_done(L, group_choose(box, (GroupChoice)what, codes, count, values, present,
                                          &err), &err);
}

/* group.join(left codes, right codes, count, keep left, keep right)
 *   -> left places, right places, 0 where there is no partner */
static int
l_join(lua_State *L)
{
    int64_t count = luaL_checkinteger(L, 3);
    Array *left = check_codes(L, 1, count), *right = check_codes(L, 2, count), **a, **b;
    int keep[2] = {lua_toboolean(L, 4), lua_toboolean(L, 5)};
    Err err;

    lua_settop(L, 5);
    a = array_box_new(L);
    b = array_box_new(L);
    if (group_join(a, b, left, right, count, keep, &err))
        return array_box_raise(L, &err);
    lua_insert(L, -2);
    array_box_done(L, OK, &err);
    lua_insert(L, -2);
    array_box_done(L, OK, &err);
    return 2;
}

/* group.pick(list, places) -> list of the strings there, "" for place 0 */
static int
l_pick(lua_State *L)
{
    Array *places = array_box_check(L, 2);
    int64_t n = places->shape[0];

    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argcheck(L, places->type == ARRAY_I64, 2, "places are i64");
    lua_settop(L, 2);
    lua_createtable(L, n < 1 << 30 ? (int)n : 0, 0);
    lua_pushliteral(L, "");
    for (int64_t i = 0; i < n; i++) {
        int64_t at = *(const int64_t *)(const void *)(places->data + i * places->stride[0]);

        if (at == 0)
            lua_pushvalue(L, 4);
        else
            lua_rawgeti(L, 1, at);
        lua_rawseti(L, 3, i + 1);
    }
    lua_settop(L, 3);
    return 1;
}

/* group.filled(list) -> bool array: which strings are not ""; count of those that are */
static int
l_filled(lua_State *L)
{
    int64_t n = (int64_t)lua_rawlen(L, 1), empty = 0;
    Array **box;
    Err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    box = array_box_new(L);
    if (array_new(box, ARRAY_BOOL, 1, &n, &err))
        return array_box_raise(L, &err);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, i + 1);
        (*box)->data[i] = lua_rawlen(L, -1) > 0;
        empty += !(*box)->data[i];
        lua_pop(L, 1);
    }
    array_box_done(L, OK, &err);
    lua_pushinteger(L, empty);
    return 2;
}

int
luaopen_rille_host_group(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"codes", l_codes}, {"strings", l_strings}, {"combine", l_combine},
        {"firsts", l_firsts}, {"order", l_order},   {"sum", l_sum},
        {"choose", l_choose}, {"join", l_join},   {"pick", l_pick},
        {"filled", l_filled}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}

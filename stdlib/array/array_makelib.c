/* array_makelib.c -- rille.array: making arrays */
#include <math.h>

#include "array/array_args.h"
#include "array/array_box.h"
#include "array/array_op.h"
#include "array/arraylib.h"
#include "base/bind.h"

/* A nested list while it is looked at: the shape it must have everywhere, where
 * in it we are, and which kinds of values it has. */
typedef struct Nested {
    int ndim, known;            /* known: a value was seen, so ndim is final */
    int64_t shape[ARRAY_MAXDIM], index[ARRAY_MAXDIM];
    int ints, floats, bools;
    ArrayType type;
    unsigned char *to;
    int64_t large;              /* one that no float holds, or 0 */
} Nested;

/* Pushes "[2][3]", the place of the element at depth. */
static const char *
place(lua_State *L, const Nested *n, int depth)
{
    luaL_Buffer b;

    luaL_buffinit(L, &b);
    for (int i = 0; i < depth; i++) {
        lua_pushfstring(L, "[%I]", (LUAI_UACINT)(n->index[i] + 1));
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
    return lua_tostring(L, -1);
}

static void
look_at_leaf(lua_State *L, Nested *n, int depth)
{
    ArrayItem v;

    if (!array_args_item(L, -1, &v)) {
        const char *type = bind_typename(L, -1);

        bind_error(L, "element %s is a %s, not a number or boolean", place(L, n, depth), type);
    }
    if (depth != n->ndim)
        bind_error(L, "ragged: element %s is a single value where others are lists",
                   place(L, n, depth));
    n->known = 1;
    n->ints += v.type == ARRAY_I64;
    if (v.type == ARRAY_I64 && !array_is_exact(v.i))
        n->large = v.i;
    n->floats += v.type == ARRAY_F64;
    n->bools += v.type == ARRAY_BOOL;
}

/* Looks at the list on top of the stack; first is the first one of its depth. */
static void
look_at_list(lua_State *L, Nested *n, int depth, int first)
{
    int64_t len = (int64_t)lua_rawlen(L, -1);

    if (depth == ARRAY_MAXDIM)
        bind_error(L, "lists nested deeper than %d", ARRAY_MAXDIM);
    if (n->known && depth >= n->ndim)
        bind_error(L, "ragged: element %s is a list where others are single values",
                   place(L, n, depth));
    if (!first && len != n->shape[depth])
        bind_error(L, "ragged: %s has %I elements, the others of its axis %I",
                   place(L, n, depth), (LUAI_UACINT)len, (LUAI_UACINT)n->shape[depth]);
    n->shape[depth] = len;
    if (depth >= n->ndim)
        n->ndim = depth + 1;
    for (int64_t i = 0; i < len; i++) {
        n->index[depth] = i;
        if (lua_rawgeti(L, -1, i + 1) == LUA_TTABLE)
            look_at_list(L, n, depth + 1, first && i == 0);
        else
            look_at_leaf(L, n, depth + 1);
        lua_pop(L, 1);
    }
}

/* Stores the elements of the list on top, whose shape was checked. */
static void
store_list(lua_State *L, Nested *n, int depth)
{
    for (int64_t i = 0; i < n->shape[depth]; i++) {
        ArrayItem v;
        Err err;

        n->index[depth] = i;
        lua_rawgeti(L, -1, i + 1);
        if (depth + 1 < n->ndim) {
            store_list(L, n, depth + 1);
        } else {
            array_args_item(L, -1, &v);
            if (array_poke(n->type, n->to, v, &err))
                bind_error(L, "element %s: %s", place(L, n, depth + 1), err.msg);
            n->to += array_size(n->type);
        }
        lua_pop(L, 1);
    }
}

static ArrayType
type_of_nested(lua_State *L, const Nested *n)
{
    if (n->bools && (n->ints || n->floats))
        bind_error(L, "booleans and numbers in one array");
    if (n->large && n->floats)
        bind_error(L, "the integer %I beside fractions, in an array of floats, which cannot hold "
                   "it exactly; the dtype \"f64\" rounds it", (LUAI_UACINT)n->large);
    return n->bools ? ARRAY_BOOL : n->ints && !n->floats ? ARRAY_I64 : ARRAY_F64;
}

/* array.from(nested[, dtype]) -> array of a list of lists of ... numbers (i64 if
 * all are integers, else f64) or booleans (bool); a copy of an array */
static int
l_from(lua_State *L)
{
    bind_most(L, 2);

    Array *a = array_box_test(L, 1), **box;
    Nested n = {0};
    Err err;

    if (a) {
        ArrayType type = array_args_type(L, 2, a->type);

        box = array_box_new(L);
        return array_box_done(L, array_astype(box, a, type, &err), &err);
    }
    bind_table(L, 1, "a list of numbers or booleans, or an array");
    n.type = array_args_type(L, 2, ARRAY_BOOL);
    lua_settop(L, 2);
    luaL_checkstack(L, 2 * ARRAY_MAXDIM + 10, NULL);
    lua_pushvalue(L, 1);
    look_at_list(L, &n, 0, 1);
    if (lua_isnil(L, 2))
        n.type = type_of_nested(L, &n);
    box = array_box_new(L);
    if (array_new(box, n.type, n.ndim, n.shape, &err))
        return array_box_raise(L, &err);
    n.to = (*box)->data;
    lua_pushvalue(L, 1);
    store_list(L, &n, 0);
    lua_settop(L, -2);
    return array_box_done(L, OK, &err);
}

static int
filled(lua_State *L, ArrayType type, ArrayItem v)
{
    int64_t shape[ARRAY_MAXDIM];
    int ndim = array_args_shape(L, 1, shape), zero = !(v.i || v.f != 0 || signbit(v.f)), rc;
    Array **box = array_box_new(L);
    Err err;

    rc = (zero ? array_new : array_make)(box, type, ndim, shape, &err);
    if (rc == OK && !zero)
        rc = array_fill(*box, v, &err);
    return array_box_done(L, rc, &err);
}

/* array.zeros(shape[, dtype]) -> array, f64 when not said; false in bool */
static int
l_zeros(lua_State *L)
{
    bind_most(L, 2);

    ArrayType type = array_args_type(L, 2, ARRAY_F64);

    return filled(L, type, (ArrayItem){type == ARRAY_BOOL ? ARRAY_BOOL : ARRAY_I64, 0, 0});
}

/* array.ones(shape[, dtype]) -> array, f64 when not said; true in bool */
static int
l_ones(lua_State *L)
{
    bind_most(L, 2);

    ArrayType type = array_args_type(L, 2, ARRAY_F64);

    return filled(L, type, (ArrayItem){type == ARRAY_BOOL ? ARRAY_BOOL : ARRAY_I64, 1, 0});
}

/* array.full(shape, v[, dtype]) -> array; i64, f64 or bool after v when not said */
static int
l_full(lua_State *L)
{
    bind_most(L, 3);

    ArrayItem v;

    if (!array_args_item(L, 2, &v))
        return bind_typeerror(L, 2, "a number or a boolean");
    return filled(L, array_args_type(L, 3, v.type), v);
}

static ArrayItem
check_number(lua_State *L, int idx)
{
    ArrayItem v;

    if (lua_type(L, idx) != LUA_TNUMBER)
        bind_typeerror(L, idx, "a number");
    array_args_item(L, idx, &v);
    return v;
}

/* array.arange(n) -> 1 to n; array.arange(first, last[, step]) -> first up to and
 * including last, like a for loop; i64 when all are integers, else f64 */
static int
l_arange(lua_State *L)
{
    bind_most(L, 3);

    ArrayItem first = {ARRAY_I64, 1, 0}, last, step = first;
    Array **box;
    Err err;

    if (lua_isnoneornil(L, 2)) {
        last = check_number(L, 1);
    } else {
        first = check_number(L, 1);
        last = check_number(L, 2);
    }
    if (!lua_isnoneornil(L, 3))
        step = check_number(L, 3);
    box = array_box_new(L);
    return array_box_done(L, array_arange(box, first, last, step, &err), &err);
}

/* array.linspace(first, last, n) -> n numbers at equal distances, f64 */
static int
l_linspace(lua_State *L)
{
    bind_most(L, 3);

    double first = bind_number(L, 1), last = bind_number(L, 2);
    lua_Integer n = bind_integer(L, 3);
    Array **box = array_box_new(L);
    Err err;

    return array_box_done(L, array_linspace(box, first, last, n, &err), &err);
}

/* array.eye(n[, dtype]) -> n by n, ones on the diagonal, f64 when not said */
static int
l_eye(lua_State *L)
{
    bind_most(L, 2);

    lua_Integer n = bind_integer(L, 1);
    ArrayType type = array_args_type(L, 2, ARRAY_F64);
    Array **box = array_box_new(L);
    Err err;

    return array_box_done(L, array_eye(box, n, type, &err), &err);
}

static int
randomly(lua_State *L, int (*make)(Array **, int, const int64_t *, int64_t, Err *))
{
    int64_t shape[ARRAY_MAXDIM];
    int ndim = array_args_shape(L, 1, shape);
    lua_Integer seed = bind_integer(L, 2);
    Array **box = array_box_new(L);
    Err err;

    return array_box_done(L, make(box, ndim, shape, seed, &err), &err);
}

/* array.random(shape, seed) -> f64, uniform in [0, 1) */
static int
l_random(lua_State *L)
{
    bind_most(L, 2);

    return randomly(L, array_random);
}

/* array.normal(shape, seed) -> f64, mean 0 and deviation 1 */
static int
l_normal(lua_State *L)
{
    bind_most(L, 2);
    array_args_note_libm(L);
    return randomly(L, array_normal);
}

/* array.integers(low, high, shape, seed[, dtype]) -> i64, uniform, both included */
static int
l_integers(lua_State *L)
{
    bind_most(L, 5);

    int64_t range[2] = {bind_integer(L, 1), bind_integer(L, 2)};
    int64_t shape[ARRAY_MAXDIM], seed = bind_integer(L, 4);
    ArrayType type = array_args_type(L, 5, ARRAY_I64);
    int ndim = array_args_shape(L, 3, shape);
    Array **box = array_box_new(L);
    Err err;

    bind_argcheck(L, range[0] <= range[1], 2, "it is below the lowest");
    return array_box_done(L, array_integers(box, range, type, ndim, shape, seed, &err), &err);
}

/* array.is(v) -> boolean */
static int
l_is(lua_State *L)
{
    bind_most(L, 1);

    lua_pushboolean(L, array_box_test(L, 1) != NULL);
    return 1;
}

/* array.concat(list[, axis]) -> the arrays of a list, one after the other */
static int
l_concat(lua_State *L)
{
    bind_most(L, 2);

    const Array **list;
    lua_Integer n;
    Array **box;
    int axis;
    Err err;

    bind_table(L, 1, "a list of arrays");
    n = (lua_Integer)lua_rawlen(L, 1);
    bind_argcheck(L, n >= 1 && n < INT32_MAX, 1, "expected a list of at least one array");
    lua_settop(L, 2);
    list = lua_newuserdatauv(L, (size_t)n * sizeof *list, 0);
    for (lua_Integer i = 0; i < n; i++) {
        lua_rawgeti(L, 1, i + 1);
        list[i] = array_box_test(L, -1);
        if (!list[i])
            return bind_error(L, "element %I of the list is a %s, not an array",
                              (LUAI_UACINT)(i + 1), bind_typename(L, -1));
        lua_pop(L, 1);
    }
    axis = array_args_axis(L, 2, list[0], 0);
    box = array_box_new(L);
    return array_box_done(L, array_concat(box, list, (int)n, axis, &err), &err);
}

const luaL_Reg array_makelib_functions[] = {
    {"from", l_from},     {"zeros", l_zeros},       {"ones", l_ones}, {"full", l_full},
    {"arange", l_arange}, {"linspace", l_linspace}, {"eye", l_eye},   {"random", l_random},
    {"normal", l_normal}, {"integers", l_integers}, {"concat", l_concat}, {"is", l_is},
    {NULL, NULL}};

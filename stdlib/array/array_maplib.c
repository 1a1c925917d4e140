/* array_maplib.c -- rille.array: functions of each element, masks combined, quantiles */
#include <math.h>
#include <string.h>

#include "array/array_args.h"
#include "array/array_box.h"
#include "array/array_op.h"
#include "array/arraylib.h"
#include "base/bind.h"
#include "observe/observe.h"

typedef double Function(double);

/* A new array of a's shape with the type; on top in its box. */
static Array *
push_like(lua_State *L, const Array *a, ArrayType type)
{
    Array **box = array_box_new(L);
    Err err;

    if (array_new(box, type, a->ndim, a->shape, &err))
        array_box_raise(L, &err);
    return *box;
}

/* Goes to the next element of the shape; 0 after the last one. */
static int
advance(const Array *a, int64_t *index)
{
    for (int axis = a->ndim - 1; axis >= 0; axis--) {
        if (++index[axis] < a->shape[axis])
            return 1;
        index[axis] = 0;
    }
    return 0;
}

static int
is_empty(const Array *a)
{
    for (int axis = 0; axis < a->ndim; axis++)
        if (a->shape[axis] == 0)
            return 1;
    return 0;
}

static double
number_of(ArrayItem v)
{
    return array_isfloat(v.type) ? v.f : (double)v.i;
}

/* Pushes a function of a module of rille's. */
static void
push_own(lua_State *L, const char *module, const char *function)
{
    lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV);
    lua_getfield(L, -1, "require");
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
    lua_getfield(L, -1, function);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* f of each element, as f64, of an f32 array as f32. */
static int
apply(lua_State *L, Function *f)
{
    Array *a = array_box_self(L, 0);
    ArrayType type = a->type == ARRAY_F32 ? ARRAY_F32 : ARRAY_F64;
    Array *to = push_like(L, a, type);
    int64_t index[ARRAY_MAXDIM] = {0};
    Err err;

    if (!is_empty(a))
        do {
            double v = f(number_of(array_peek(a->type, array_at(a, index))));

            if (array_poke(type, array_at(to, index), (ArrayItem){ARRAY_F64, 0, v}, &err))
                return array_box_raise(L, &err);
        } while (advance(a, index));
    return array_box_done(L, OK, &err);
}

/* The same with a function of the C library whose last bits depend on the machine. */
static int
apply_libm(lua_State *L, Function *f)
{
    array_args_note_libm(L);
    return apply(L, f);
}

/* The same of floats; integers and booleans are as they are. */
static int
apply_to_floats(lua_State *L, Function *f)
{
    Array *a = array_box_self(L, 0), **box;
    Err err;

    if (array_isfloat(a->type))
        return apply(L, f);
    box = array_box_new(L);
    return array_box_done(L, array_copy(box, a, &err), &err);
}

/* a:sqrt() and so on -> array of floats; floor, ceil, round and abs leave integers as integers;
 * round takes the even one of two as near, as NumPy does. */
static int l_sqrt(lua_State *L) { return apply(L, sqrt); }
static int l_exp(lua_State *L) { return apply_libm(L, exp); }
static int l_log(lua_State *L) { return apply_libm(L, log); }
static int l_floor_of(lua_State *L) { return apply_to_floats(L, floor); }
static int l_ceil(lua_State *L) { return apply_to_floats(L, ceil); }
static int l_round(lua_State *L) { return apply_to_floats(L, nearbyint); }

static int
l_abs(lua_State *L)
{
    Array *a = array_box_self(L, 0), *to;
    int64_t index[ARRAY_MAXDIM] = {0};
    Err err = {0};

    if (a->type != ARRAY_I64 && a->type != ARRAY_I32)
        return apply_to_floats(L, fabs);
    to = push_like(L, a, a->type);
    if (!is_empty(a))
        do {
            ArrayItem v = array_peek(a->type, array_at(a, index));

            v.i = v.i < 0 ? (int64_t)(0 - (uint64_t)v.i) : v.i;
            if (array_poke(a->type, array_at(to, index), v, &err))
                return array_box_raise(L, &err);
        } while (advance(a, index));
    return array_box_done(L, OK, &err);
}

static void
check_vector(lua_State *L, const Array *a, const char *what)
{
    if (a->ndim != 1)
        bind_error(L, "%s is of a vector, and this array has %d axes; a:reshape(-1) makes one of "
                   "all elements", what, a->ndim);
}

/* a:present() -> the elements of a vector that are not NaN */
static int
l_present(lua_State *L)
{
    Array *a = array_box_self(L, 0), **box;
    int64_t *at, count = 0;
    ArrayPlaces places;
    Err err;

    check_vector(L, a, "present");
    at = lua_newuserdatauv(L, (size_t)(a->shape[0] + 1) * sizeof *at, 0);
    for (int64_t i = 0; i < a->shape[0]; i++) {
        double v = number_of(array_peek(a->type, array_at(a, &i)));

        if (v == v)
            at[count++] = i;
    }
    box = array_box_new(L);
    places = (ArrayPlaces){(const unsigned char *)at, count, sizeof *at, 0};
    return array_box_done(L, array_take(box, a, 0, &places, &err), &err);
}

/* a:quantile(q) -> number: where a share q of the elements is below, between two elements by
 * their distance, as NumPy does; NaN when one is NaN */
static int
l_quantile(lua_State *L)
{
    Array *a = array_box_self(L, 1), **box;
    double q = bind_number(L, 2), place, low, high;
    int64_t i, n;
    Err err;

    check_vector(L, a, "quantile");
    n = a->shape[0];
    bind_argcheck(L, q >= 0 && q <= 1, 2, "a share is from 0 to 1");
    if (n == 0)
        return bind_error(L, "quantile: the array is empty");
    box = array_box_new(L);
    if (array_sort(box, a, &err))
        return array_box_raise(L, &err);
    place = q * (double)(n - 1);
    i = n - 1;
    high = number_of(array_peek(a->type, array_at(*box, &i)));
    if (high == high) {
        i = (int64_t)place;
        low = number_of(array_peek(a->type, array_at(*box, &i)));
        i += i < n - 1;
        high = number_of(array_peek(a->type, array_at(*box, &i)));
        if (low != high)
            low += (high - low) * (place - floor(place));
        high = low;
    }
    lua_pushnumber(L, high);
    return 1;
}

/* a:map(f) -> the vector of what f gives for each element, all numbers or all booleans */
static int
l_map(lua_State *L)
{
    Array *a = array_box_self(L, 1);

    if (lua_type(L, 2) != LUA_TFUNCTION)
        return bind_typeerror(L, 2, "a function");
    check_vector(L, a, "map");
    lua_settop(L, 2);
    lua_createtable(L, 0, 0);
    for (int64_t i = 0; i < a->shape[0]; i++) {
        ArrayItem v;

        lua_pushvalue(L, 2);
        array_args_push_item(L, array_peek(a->type, array_at(a, &i)));
        lua_call(L, 1, 1);
        if (!array_args_item(L, -1, &v))
            return bind_error(L, "map: the function gave a %s for element %I, not a number or a "
                              "boolean", luaL_typename(L, -1), (LUAI_UACINT)(i + 1));
        lua_rawseti(L, 3, i + 1);
    }
    push_own(L, "rille.array", "from");
    lua_pushvalue(L, 3);
    lua_call(L, 1, 1);
    return 1;
}

/* A mask at idx: an array of booleans, or true or false. */
static ArrayOperand
check_mask(lua_State *L, int idx)
{
    ArrayOperand x = {array_box_test(L, idx), {ARRAY_F64, 0, 0}};

    if (!x.array)
        array_args_item(L, idx, &x.item);
    if ((x.array ? x.array->type : x.item.type) != ARRAY_BOOL)
        bind_error(L, "& | ~ are of masks, arrays of booleans, as a:gt(0) & b:lt(1); found a%s%s",
                   x.array ? "n array of " : " ",
                   x.array ? array_typename(x.array->type) : luaL_typename(L, idx));
    return x;
}

static int
combine(lua_State *L, ArrayOperand *no, ArrayOperand *yes)
{
    ArrayOperand a = check_mask(L, 1), b = check_mask(L, 2), swap = a;
    Array **box = array_box_new(L);
    Err err;

    if (!a.array) {
        a = b;
        b = swap;
    }
    return array_box_done(L, array_where(box, a.array, yes ? yes : &b, no ? no : &b, &err), &err);
}

/* m & n, m | n, m ~ n, ~m of bool arrays -> bool array */
static int
l_band(lua_State *L)
{
    ArrayOperand no = {NULL, {ARRAY_BOOL, 0, 0}};

    return combine(L, &no, NULL);
}

static int
l_bor(lua_State *L)
{
    ArrayOperand yes = {NULL, {ARRAY_BOOL, 1, 0}};

    return combine(L, NULL, &yes);
}

static int
compare(lua_State *L, ArrayOp op, const ArrayOperand *a, const ArrayOperand *b)
{
    Array **box = array_box_new(L);
    Err err;

    return array_box_done(L, array_binary(box, op, a, b, &err), &err);
}

static int
l_bxor(lua_State *L)
{
    ArrayOperand a = check_mask(L, 1), b = check_mask(L, 2);

    return compare(L, ARRAY_NE, &a, &b);
}

static int
l_bnot(lua_State *L)
{
    ArrayOperand a = check_mask(L, 1), no = {NULL, {ARRAY_BOOL, 0, 0}};

    return compare(L, ARRAY_EQ, &a, &no);
}

const luaL_Reg array_maplib_methods[] = {
    {"sqrt", l_sqrt}, {"exp", l_exp},     {"log", l_log}, {"abs", l_abs},
    {"floor", l_floor_of}, {"ceil", l_ceil}, {"round", l_round}, {"present", l_present},
    {"quantile", l_quantile}, {"map", l_map}, {NULL, NULL}};

const luaL_Reg array_maplib_metamethods[] = {
    {"__band", l_band}, {"__bor", l_bor}, {"__bxor", l_bxor}, {"__bnot", l_bnot}, {NULL, NULL}};

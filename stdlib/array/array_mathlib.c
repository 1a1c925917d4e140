/* array_mathlib.c -- rille.array: arithmetic, comparison, reductions, order */
#include <math.h>

#include "array/array_args.h"
#include "array/array_box.h"
#include "array/array_op.h"
#include "array/arraylib.h"
#include "base/bind.h"

/* An array, number or boolean at idx. */
static ArrayOperand
check_operand(lua_State *L, int idx)
{
    ArrayOperand x = {array_box_test(L, idx), {ARRAY_F64, 0, 0}};

    if (!x.array && !array_args_item(L, idx, &x.item))
        bind_typeerror(L, idx, "an array or a number");
    return x;
}

static int
binary(lua_State *L, ArrayOp op)
{
    ArrayOperand a = check_operand(L, 1), b = check_operand(L, 2);
    Array **box;
    Err err;

    if (op < ARRAY_EQ && ((!a.array && a.item.type == ARRAY_BOOL)
                          || (!b.array && b.item.type == ARRAY_BOOL)))
        return bind_error(L, "attempt to perform arithmetic on a boolean value");
    box = array_box_new(L);
    return array_box_done(L, array_binary(box, op, &a, &b, &err), &err);
}

/* a + b and so on, for arrays and numbers -> array */
static int l_add(lua_State *L) { return binary(L, ARRAY_ADD); }
static int l_sub(lua_State *L) { return binary(L, ARRAY_SUB); }
static int l_mul(lua_State *L) { return binary(L, ARRAY_MUL); }
static int l_div(lua_State *L) { return binary(L, ARRAY_DIV); }
static int l_floordiv(lua_State *L) { return binary(L, ARRAY_FLOORDIV); }
static int l_mod(lua_State *L) { return binary(L, ARRAY_MOD); }
static int l_pow(lua_State *L) { return binary(L, ARRAY_POW); }

/* -a -> array; also of the zero's sign, which 0 - a would lose */
static int
l_unm(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushinteger(L, -1);
    return binary(L, ARRAY_MUL);
}

static int
compare(lua_State *L, ArrayOp op)
{
    array_box_self(L, 1);
    return binary(L, op);
}

/* a:eq(b) and so on, for arrays and numbers -> bool array */
static int l_eq(lua_State *L) { return compare(L, ARRAY_EQ); }
static int l_ne(lua_State *L) { return compare(L, ARRAY_NE); }
static int l_lt(lua_State *L) { return compare(L, ARRAY_LT); }
static int l_le(lua_State *L) { return compare(L, ARRAY_LE); }
static int l_gt(lua_State *L) { return compare(L, ARRAY_GT); }
static int l_ge(lua_State *L) { return compare(L, ARRAY_GE); }

/* mask:where(x, y) -> array: x where the bool array is true, y elsewhere */
static int
l_where(lua_State *L)
{
    Array *mask = array_box_self(L, 2), **box;
    ArrayOperand x = check_operand(L, 2), y = check_operand(L, 3);
    Err err;

    box = array_box_new(L);
    return array_box_done(L, array_where(box, mask, &x, &y, &err), &err);
}

static int
reduce(lua_State *L, ArrayReduction what)
{
    int squares = what == ARRAY_VAR || what == ARRAY_STD;
    Array *a = array_box_self(L, squares ? 2 : 1), **box;
    int axis = array_args_axis(L, 2, a, -1);
    lua_Integer ddof = 0;
    ArrayItem v;
    Err err;

    if (squares)
        ddof = bind_optinteger(L, 3, 0);
    bind_argcheck(L, ddof >= 0, 3, "must not be negative");
    if (axis >= 0 && a->ndim > 1) {
        box = array_box_new(L);
        return array_box_done(L, array_reduce_axis(box, a, what, axis, ddof, &err), &err);
    }
    if (array_reduce(&v, a, what, ddof, &err))
        return array_box_raise(L, &err);
    if (array_isfloat(v.type) && v.f != v.f)
        v.f = NAN;              /* without the sign that a quotient gave it, as tostring shows it */
    array_args_push_item(L, v);
    return 1;
}

/* a:sum([axis]) and so on -> number (boolean of any and all; min and max of a bool
 * array, too), or along an axis of an array with several: array without it.
 * a:var([axis[, ddof]]) and a:std divide by n - ddof, 0 when not said.  argmin and
 * argmax give the first index, in row-major order without an axis. */
static int l_sum(lua_State *L) { return reduce(L, ARRAY_SUM); }
static int l_mean(lua_State *L) { return reduce(L, ARRAY_MEAN); }
static int l_var(lua_State *L) { return reduce(L, ARRAY_VAR); }
static int l_std(lua_State *L) { return reduce(L, ARRAY_STD); }
static int l_min(lua_State *L) { return reduce(L, ARRAY_MIN); }
static int l_max(lua_State *L) { return reduce(L, ARRAY_MAX); }
static int l_argmin(lua_State *L) { return reduce(L, ARRAY_ARGMIN); }
static int l_argmax(lua_State *L) { return reduce(L, ARRAY_ARGMAX); }
static int l_any(lua_State *L) { return reduce(L, ARRAY_ANY); }
static int l_all(lua_State *L) { return reduce(L, ARRAY_ALL); }

static int
reorder(lua_State *L, int (*order)(Array **, const Array *, Err *))
{
    Array *a = array_box_self(L, 0), **box = array_box_new(L);
    Err err;

    return array_box_done(L, order(box, a, &err), &err);
}

/* a:sort() -> copy, ascending along the last axis, stable, NaN last */
static int l_sort(lua_State *L) { return reorder(L, array_sort); }
/* a:argsort() -> array of the indices that sort it: a:take(a:argsort()) == a:sort() */
static int l_argsort(lua_State *L) { return reorder(L, array_argsort); }
/* a:unique() -> its different elements, sorted, one axis */
static int l_unique(lua_State *L) { return reorder(L, array_unique); }

/* Called protected: the buffer is to be released also when there is no memory. */
static int
push_text(lua_State *L)
{
    Buf *b = lua_touserdata(L, 1);

    lua_pushlstring(L, (char *)b->data, b->len);
    return 1;
}

/* tostring(a) */
static int
l_tostring(lua_State *L)
{
    Array *a = array_box_self(L, -1);
    int rc, status;
    Err err;
    Buf b;

    luaL_checkstack(L, 4, NULL);
    buf_init(&b);
    rc = array_show(a, &b, &err);
    if (rc) {
        buf_release(&b);
        return array_box_raise(L, &err);
    }
    lua_pushcfunction(L, push_text);
    lua_pushlightuserdata(L, &b);
    status = lua_pcall(L, 1, 1, 0);
    buf_release(&b);
    return status ? lua_error(L) : 1;
}

const luaL_Reg array_mathlib_methods[] = {
    {"eq", l_eq},         {"ne", l_ne},         {"lt", l_lt},   {"le", l_le},
    {"gt", l_gt},         {"ge", l_ge},         {"sum", l_sum}, {"mean", l_mean},
    {"var", l_var},       {"std", l_std},       {"min", l_min}, {"max", l_max},
    {"argmin", l_argmin}, {"argmax", l_argmax}, {"any", l_any}, {"all", l_all},
    {"where", l_where},   {"sort", l_sort},     {"argsort", l_argsort}, {"unique", l_unique},
    {NULL, NULL}};

static int
say(lua_State *L, const char *what)
{
    return bind_error(L, "%s", what);
}

/* Operators that arrays do not have: each error says what to write instead. */
static int
l_concat(lua_State *L)
{
    return say(L, "an array cannot be concatenated with ..: write tostring(a)");
}

static int
l_order(lua_State *L)
{
    return say(L, "arrays cannot be compared with < or <=: write a:lt(b) or a:le(b) for an "
                  "array of booleans");
}

static int
l_call(lua_State *L)
{
    return say(L, "an array cannot be called: an element is a[i] or a:get(i, j), rows are "
                  "a:slice(first, last)");
}

const luaL_Reg array_mathlib_metamethods[] = {
    {"__add", l_add}, {"__sub", l_sub}, {"__mul", l_mul},       {"__div", l_div},
    {"__mod", l_mod}, {"__pow", l_pow}, {"__idiv", l_floordiv}, {"__unm", l_unm},
    {"__tostring", l_tostring}, {"__concat", l_concat}, {"__lt", l_order}, {"__le", l_order},
    {"__call", l_call}, {NULL, NULL}};

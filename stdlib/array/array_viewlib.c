/* array_viewlib.c -- rille.array: views, and copies of parts */
#include "array/array_args.h"
#include "array/array_box.h"
#include "array/arraylib.h"
#include "base/bind.h"

static int
push_line(lua_State *L, int axis)
{
    Array *a = array_box_self(L, 1);

    if (a->ndim < 2)
        return bind_argerror(L, 1, "a 1-d array has no rows and columns");
    return array_box_push_index(L, a, axis, array_args_index(L, 2, a->shape[axis]));
}

/* a:row(i) -> view: index i of the first axis */
static int
l_row(lua_State *L)
{
    return push_line(L, 0);
}

/* a:column(j) -> view: index j of the second axis */
static int
l_column(lua_State *L)
{
    return push_line(L, 1);
}

/* a:slice(first[, last[, axis]]) -> view of first to last (the end) of an axis
 * (the first); empty when last is first - 1 */
static int
l_slice(lua_State *L)
{
    Array *a = array_box_self(L, 3), **box;
    lua_Integer first = bind_integer(L, 2), last;
    int axis = array_args_axis(L, 4, a, 0);
    Err err;

    last = bind_optinteger(L, 3, a->shape[axis]);
    if (first < 1 || last > a->shape[axis] || last < first - 1)
        return bind_argerror(L, 2, lua_pushfstring(L, "%I to %I is not a range in 1 to %I",
                                                   (LUAI_UACINT)first, (LUAI_UACINT)last,
                                                   (LUAI_UACINT)a->shape[axis]));
    box = array_box_new(L);
    return array_box_done(L, array_slice(box, a, axis, first - 1, last - first + 1, &err),
                          &err);
}

/* The place of an index that take was given, when its value is out of range. */
static int64_t
check_taken(lua_State *L, int64_t value, int64_t at, int64_t n)
{
    if (value < 1 || value > n)
        bind_argerror(L, 2, lua_pushfstring(L, "index %I (at %I) is not in 1 to %I",
                                            (LUAI_UACINT)value, (LUAI_UACINT)at,
                                            (LUAI_UACINT)n));
    return value - 1;
}

/* Pushes a buffer of 0-based places for all indices. */
static int64_t *
push_places(lua_State *L, ArrayPlaces *p, int64_t all)
{
    int64_t *out = lua_newuserdatauv(L, (size_t)(all + 1) * sizeof *out, 0);

    *p = (ArrayPlaces){(unsigned char *)out, all, sizeof *out, 0};
    return out;
}

/* The places in the list at idx. */
static void
places_of_list(lua_State *L, int idx, int64_t n, ArrayPlaces *p)
{
    int64_t all = (int64_t)lua_rawlen(L, idx), *out = push_places(L, p, all);

    for (int64_t i = 0; i < all; i++) {
        int isint;
        lua_Integer v;

        lua_rawgeti(L, idx, i + 1);
        v = lua_tointegerx(L, -1, &isint);
        if (!isint || lua_type(L, -1) != LUA_TNUMBER)
            bind_error(L, "index %I is not an integer", (LUAI_UACINT)(i + 1));
        lua_pop(L, 1);
        out[i] = check_taken(L, v, i + 1, n);
    }
}

/* Where a mask is true. */
static void
places_of_mask(lua_State *L, const Array *mask, ArrayPlaces *p)
{
    int64_t *out = push_places(L, p, mask->shape[0]), count = 0;

    for (int64_t i = 0; i < mask->shape[0]; i++) {
        out[count] = i;
        count += mask->data[i * mask->stride[0]] != 0;
    }
    p->n = count;
}

/* The places in an array of integers, or of bools: where they are true.  Those of i64 are
 * taken as they lie, and not checked. */
static void
places_of_array(lua_State *L, const Array *index, int64_t n, ArrayPlaces *p)
{
    int64_t *out, all = index->shape[0];

    if (index->ndim != 1 || array_isfloat(index->type))
        bind_error(L, "indices must be a 1-d array of integers or booleans");
    if (index->type == ARRAY_BOOL && all != n)
        bind_error(L, "the mask has %I elements for %I", (LUAI_UACINT)all, (LUAI_UACINT)n);
    if (index->type == ARRAY_I64) {
        *p = (ArrayPlaces){index->data, all, index->stride[0], 1};
    } else if (index->type == ARRAY_BOOL) {
        places_of_mask(L, index, p);
    } else {
        out = push_places(L, p, all);
        for (int64_t i = 0; i < all; i++)
            out[i] = check_taken(L, array_peek(index->type, array_at(index, &i)).i, i + 1, n);
    }
}

/* a:take(indices[, axis]) -> copy of the slices at a list or array of indices, or
 * where a bool array is true */
static int
l_take(lua_State *L)
{
    Array *a = array_box_self(L, 2), *index = array_box_test(L, 2), **box;
    int axis = array_args_axis(L, 3, a, 0), rc;
    ArrayPlaces p;
    int64_t bad;
    Err err;

    if (!index)
        bind_table(L, 2, "a list of indices, or an array of integers or booleans");
    if (index)
        places_of_array(L, index, a->shape[axis], &p);
    else
        places_of_list(L, 2, a->shape[axis], &p);
    box = array_box_new(L);
    rc = array_take(box, a, axis, &p, &err);
    if (rc == ERR_INVAL && (bad = array_take_bad(&p, a->shape[axis])) >= 0)
        check_taken(L, *(const int64_t *)(const void *)(p.at + bad * p.stride), bad + 1,
                    a->shape[axis]);
    return array_box_done(L, rc, &err);
}

/* a:reshape{...} or a:reshape(n, ...) -> view, or a copy of a gappy array; one
 * entry may be -1 */
static int
l_reshape(lua_State *L)
{
    Array *a = array_box_self(L, -1), **box;
    int64_t shape[ARRAY_MAXDIM];
    int n = lua_gettop(L) - 1;
    Err err;

    if (n == 1) {
        n = array_args_shape(L, 2, shape);
    } else {
        bind_argcheck(L, n >= 1 && n <= ARRAY_MAXDIM, 2, "a shape has 1 to 8 axes");
        for (int i = 0; i < n; i++)
            shape[i] = bind_integer(L, 2 + i);
    }
    box = array_box_new(L);
    return array_box_done(L, array_reshape(box, a, n, shape, &err), &err);
}

/* a:transpose() -> view with its axes reversed; a:transpose(2, 1, 3) -> in that
 * order */
static int
l_transpose(lua_State *L)
{
    Array *a = array_box_self(L, -1), **box;
    int order[ARRAY_MAXDIM], n = lua_gettop(L) - 1, seen = 0;
    Err err;

    if (n != 0 && n != a->ndim)
        return bind_error(L, "an order of %d axes, but the array has %d", n, a->ndim);
    for (int i = 0; i < n; i++) {
        order[i] = array_args_axis(L, 2 + i, a, 0);
        seen |= 1 << order[i];
    }
    bind_argcheck(L, n == 0 || seen == (1 << n) - 1, 2, "every axis must be named once");
    box = array_box_new(L);
    return array_box_done(L, array_transpose(box, a, n ? order : NULL, &err), &err);
}

/* a:copy() -> its own, writable */
static int
l_copy(lua_State *L)
{
    Array *a = array_box_self(L, 0), **box = array_box_new(L);
    Err err;

    return array_box_done(L, array_copy(box, a, &err), &err);
}

/* a:astype(dtype) -> copy; fractions are cut off towards zero, what does not fit
 * raises, and bool is whether it is not 0 */
static int
l_astype(lua_State *L)
{
    Array *a = array_box_self(L, 1), **box;
    ArrayType type;
    Err err;

    bind_string(L, 2, NULL);
    type = array_args_type(L, 2, a->type);
    box = array_box_new(L);
    return array_box_done(L, array_astype(box, a, type, &err), &err);
}

const luaL_Reg array_viewlib_methods[] = {
    {"row", l_row},         {"column", l_column},       {"slice", l_slice}, {"take", l_take},
    {"reshape", l_reshape}, {"transpose", l_transpose}, {"copy", l_copy},   {"astype", l_astype},
    {NULL, NULL}};

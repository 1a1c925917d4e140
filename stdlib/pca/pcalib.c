/* pcalib.c -- rille.pca.core, the C part of rille.pca, build/pca.so; loaded on demand by pca.lua */
#include "learn/learnlib.h"
#include "pca.h"

int luaopen_rille_pca_core(lua_State *L);

/* The array at idx, contiguous f64 of that shape; a vector when n_column is 0. */
static double *
check_floats(lua_State *L, int idx, int64_t n_row, int64_t n_column)
{
    Array *a = learnlib_array(L, idx);
    int64_t row = 8 * (n_column ? n_column : 1);

    luaL_argcheck(L, a->type == ARRAY_F64 && !a->readonly && a->ndim == (n_column ? 2 : 1)
                         && a->shape[0] == n_row && (n_row < 2 || a->stride[0] == row)
                         && (!n_column || (a->shape[1] == n_column
                                           && (n_column < 2 || a->stride[1] == 8))),
                  idx, "wrong kind of array");
    return (double *)(void *)a->data;
}

/* core.decompose(X, components, values)    see pca.h; X is changed
 *   -> true
 *   -> nil, message, code */
static int
l_decompose(lua_State *L)
{
    Array *X = learnlib_array(L, 1);
    double *component, *value;
    int64_t k;
    Err err;

    luaL_argcheck(L, X->ndim == 2 && X->shape[0] > 0 && X->shape[1] > 0, 1, "no matrix");
    check_floats(L, 1, X->shape[0], X->shape[1]);
    k = X->shape[0] < X->shape[1] ? X->shape[0] : X->shape[1];
    component = check_floats(L, 2, k, X->shape[1]);
    value = check_floats(L, 3, k, 0);
    if (pca_decompose(X, component, value, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

int
luaopen_rille_pca_core(lua_State *L)
{
    static const luaL_Reg lib[] = {{"decompose", l_decompose}, {NULL, NULL}};

    learnlib_one_thread();
    luaL_newlib(L, lib);
    return 1;
}

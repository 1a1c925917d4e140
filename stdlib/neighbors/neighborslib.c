/* neighborslib.c -- rille.neighbors.core, the C part of rille.neighbors and rille.kmeans,
 * build/neighbors.so; loaded on demand by neighbors.lua and kmeans.lua */
#include "learn/learnlib.h"
#include "neighbors.h"

#define TYPE "rille.neighbors.model"

int luaopen_rille_neighbors_core(lua_State *L);

static const char *const weights[] = {"uniform", "distance", NULL};

static Neighbors *
check_model(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TYPE);
}

/* core.fit(X, y, options)      options: n_neighbors, weights
 *   -> model
 *   -> nil, message, code */
static int
l_fit(lua_State *L)
{
    Array *X = learnlib_array(L, 1), *y = learnlib_array(L, 2);
    NeighborsOptions o = {.k = (uint32_t)learnlib_integer(L, 3, "n_neighbors"),
                          .weights = learnlib_option(L, 3, "weights", weights)};
    void **box = learnlib_box(L, TYPE);
    Neighbors *m;
    Err err;

    if (neighbors_fit(&m, X, y, &o, &err))
        return learnlib_fail(L, &err);
    *box = m;
    return 1;
}

/* core.load(bytes)
 *   -> model
 *   -> nil, message, code */
static int
l_load(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    void **box = learnlib_box(L, TYPE);
    Neighbors *m;
    Err err;

    if (neighbors_load(&m, bytes, n, &err))
        return learnlib_fail(L, &err);
    *box = m;
    return 1;
}

/* core.dump(model) -> bytes */
static int
l_dump(lua_State *L)
{
    Neighbors *m = check_model(L, 1);
    size_t n = neighbors_dump_size(m);
    luaL_Buffer b;

    neighbors_dump(m, (unsigned char *)luaL_buffinitsize(L, &b, n));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* core.predict(model, X, out)          out: a vector of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Neighbors *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, m->classes.type, 0);
    Err err;

    if (neighbors_predict(m, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.probabilities(model, X, out)    out: f64, rows by classes
 *   -> true
 *   -> nil, message, code */
static int
l_probabilities(lua_State *L)
{
    Neighbors *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, ARRAY_F64, m->classes.n);
    Err err;

    if (neighbors_probabilities(m, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* The array at idx, a vector of the type with a place for each row of X. */
static Array *
check_vector(lua_State *L, int idx, ArrayType type, const Array *X)
{
    Array *v = learnlib_array(L, idx);

    luaL_argcheck(L, v->type == type && !v->readonly && v->ndim == 1
                         && v->shape[0] == X->shape[0] && (v->shape[0] < 2 || v->stride[0] == 8),
                  idx, "wrong kind of result");
    return v;
}

/* core.nearest(X, rows, place, square)     place: i64, from 1; square: f64; of each row of X
 *   -> true
 *   -> nil, message, code */
static int
l_nearest(lua_State *L)
{
    Array *X = learnlib_array(L, 1), *rows = learnlib_array(L, 2);
    Array *place = check_vector(L, 3, ARRAY_I64, X), *square = check_vector(L, 4, ARRAY_F64, X);
    int64_t *of = (int64_t *)(void *)place->data;
    Err err;

    luaL_argcheck(L, X->ndim == 2 && rows->ndim == 2 && rows->shape[0] > 0
                         && rows->shape[1] == X->shape[1], 2, "wrong shape of rows");
    if (neighbors_nearest(X, rows, of, (double *)(void *)square->data, &err))
        return learnlib_fail(L, &err);
    for (int64_t i = 0; i < X->shape[0]; i++)
        of[i]++;
    lua_pushboolean(L, 1);
    return 1;
}

/* core.info(model) -> { n_neighbors, weights, n_rows, n_features, classes, dtype } */
static int
l_info(lua_State *L)
{
    Neighbors *m = check_model(L, 1);

    lua_newtable(L);
    lua_pushstring(L, weights[m->options.weights]);
    lua_setfield(L, -2, "weights");
    learnlib_set_integer(L, "n_neighbors", m->options.k);
    learnlib_set_integer(L, "n_rows", m->n_row);
    learnlib_set_integer(L, "n_features", m->n_feature);
    learnlib_set_classes(L, &m->classes);
    return 1;
}

static int
l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);

    neighbors_free(*box);
    *box = NULL;
    return 0;
}

int
luaopen_rille_neighbors_core(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"fit", l_fit},         {"load", l_load},
        {"dump", l_dump},       {"predict", l_predict},
        {"info", l_info},       {"probabilities", l_probabilities},
        {"nearest", l_nearest}, {NULL, NULL}};

    learnlib_type(L, TYPE, l_gc);
    luaL_newlib(L, lib);
    return 1;
}

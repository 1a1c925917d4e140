/* forestlib.c -- see forestlib.h */
#include "forest.h"
#include "forestlib.h"
#include "treelib.h"

#define TYPE "rille.forest.model"

static Forest *
check_model(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TYPE);
}

static int
boolean(lua_State *L, int idx, const char *name)
{
    int v;

    lua_getfield(L, idx, name);
    v = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return v;
}

/* forest.fit(X, y, options)    options: those of a tree, n_estimators, max_features (a
 *                              number), bootstrap
 *   -> model
 *   -> nil, message, code */
static int
l_fit(lua_State *L)
{
    Array *X = learnlib_array(L, 1), *y = learnlib_array(L, 2);
    ForestOptions o = {
        .tree = treelib_options(L, 3),
        .n_tree = (uint32_t)learnlib_integer(L, 3, "n_estimators"),
        .n_tried = (uint32_t)learnlib_integer(L, 3, "max_features"),
        .bootstrap = boolean(L, 3, "bootstrap")};
    void **box = learnlib_box(L, TYPE);
    Forest *f;
    Err err;

    if (forest_fit(&f, X, y, &o, &err))
        return learnlib_fail(L, &err);
    *box = f;
    return 1;
}

/* forest.load(bytes)
 *   -> model
 *   -> nil, message, code */
static int
l_load(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    void **box = learnlib_box(L, TYPE);
    Forest *f;
    Err err;

    if (forest_load(&f, bytes, n, &err))
        return learnlib_fail(L, &err);
    *box = f;
    return 1;
}

/* forest.dump(model) -> bytes */
static int
l_dump(lua_State *L)
{
    Forest *f = check_model(L, 1);
    size_t n = forest_dump_size(f);
    luaL_Buffer b;

    forest_dump(f, (unsigned char *)luaL_buffinitsize(L, &b, n));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* forest.predict(model, X, out)        out: a vector of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Forest *f = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, f->tree[0]->classes.type, 0);
    Err err;

    if (forest_predict(f, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* forest.probabilities(model, X, out)  out: f64, rows by classes
 *   -> true
 *   -> nil, message, code */
static int
l_probabilities(lua_State *L)
{
    Forest *f = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, ARRAY_F64,
                                                            f->tree[0]->classes.n);
    Err err;

    if (forest_probabilities(f, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* forest.importances(model, out)       out: a vector f64 of the features */
static int
l_importances(lua_State *L)
{
    Forest *f = check_model(L, 1);

    forest_importances(f, treelib_features(L, 2, f->tree[0]->n_feature));
    return 0;
}

/* forest.info(model) -> { those of a tree, n_estimators, max_features, bootstrap, seed } */
static int
l_info(lua_State *L)
{
    Forest *f = check_model(L, 1);

    lua_newtable(L);
    treelib_set_options(L, f->tree[0]);
    learnlib_set_integer(L, "n_estimators", f->n_tree);
    learnlib_set_integer(L, "max_features", f->n_tried);
    learnlib_set_integer(L, "seed", f->seed);
    lua_pushboolean(L, f->bootstrap);
    lua_setfield(L, -2, "bootstrap");
    return 1;
}

static int
l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);

    forest_free(*box);
    *box = NULL;
    return 0;
}

void
forestlib_open(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"fit", l_fit},         {"load", l_load},
        {"dump", l_dump},       {"predict", l_predict},
        {"info", l_info},       {"probabilities", l_probabilities},
        {"importances", l_importances}, {NULL, NULL}};

    learnlib_type(L, TYPE, l_gc);
    luaL_newlib(L, lib);
}

/* treelib.c -- rille.tree.core, the C part of rille.tree and, in its field forest, of
 * rille.forest, build/tree.so; loaded on demand by tree.lua and forest.lua */
#include "forestlib.h"
#include "treelib.h"

#define TYPE "rille.tree.model"

int luaopen_rille_tree_core(lua_State *L);

static const char *const criteria[] = {"gini", "entropy", NULL};

TreeOptions
treelib_options(lua_State *L, int idx)
{
    TreeOptions o = {
        .criterion = learnlib_option(L, idx, "criterion", criteria),
        .max_depth = (uint32_t)learnlib_integer(L, idx, "max_depth"),
        .min_leaf = (uint32_t)learnlib_integer(L, idx, "min_samples_leaf"),
        .min_split = (uint32_t)learnlib_integer(L, idx, "min_samples_split"),
        .seed = (uint32_t)learnlib_integer(L, idx, "seed")};

    o.weight = learnlib_numbers(L, idx, "class_weight", &o.n_weight);
    return o;
}

void
treelib_set_options(lua_State *L, const Tree *t)
{
    const TreeOptions *o = &t->options;

    lua_pushstring(L, criteria[o->criterion]);
    lua_setfield(L, -2, "criterion");
    if (o->max_depth)
        learnlib_set_integer(L, "max_depth", o->max_depth);
    learnlib_set_integer(L, "min_samples_leaf", o->min_leaf);
    learnlib_set_integer(L, "min_samples_split", o->min_split);
    learnlib_set_integer(L, "n_features", t->n_feature);
    learnlib_set_classes(L, &t->classes);
    if (!t->weight)
        return;
    lua_createtable(L, t->classes.n, 0);
    for (int k = 0; k < t->classes.n; k++) {
        lua_pushnumber(L, t->weight[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "class_weight");
}

static Tree *
check_model(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TYPE);
}

/* core.fit(X, y, options)      options: criterion, max_depth (0: none),
 *                              min_samples_leaf, min_samples_split, seed, class_weight = a
 *                              list by class, or none
 *   -> model
 *   -> nil, message, code */
static int
l_fit(lua_State *L)
{
    Array *X = learnlib_array(L, 1), *y = learnlib_array(L, 2);
    TreeOptions o = treelib_options(L, 3);
    void **box = learnlib_box(L, TYPE);
    Tree *t;
    Err err;

    if (tree_fit(&t, X, y, &o, &err))
        return learnlib_fail(L, &err);
    *box = t;
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
    Tree *t;
    Err err;

    if (tree_load(&t, bytes, n, &err))
        return learnlib_fail(L, &err);
    *box = t;
    return 1;
}

/* core.dump(model) -> bytes */
static int
l_dump(lua_State *L)
{
    Tree *t = check_model(L, 1);
    size_t n = tree_dump_size(t);
    luaL_Buffer b;

    tree_dump(t, (unsigned char *)luaL_buffinitsize(L, &b, n));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* core.predict(model, X, out)      out: a vector of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Tree *t = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, t->classes.type, 0);
    Err err;

    if (tree_predict(t, X, out, &err))
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
    Tree *t = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, ARRAY_F64, t->classes.n);
    Err err;

    if (tree_probabilities(t, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.node(model, i) -> feature, threshold, right, majority, counts     all counted
 * from 1; feature is nil at a leaf; the left child is i + 1 */
static int
l_node(lua_State *L)
{
    Tree *t = check_model(L, 1);
    lua_Integer i = luaL_checkinteger(L, 2);
    const uint32_t *count;
    const Node *n;

    luaL_argcheck(L, i >= 1 && i <= t->n_node, 2, "no such node");
    n = &t->node[i - 1];
    count = tree_counts(t, (int)i - 1);
    if (n->feature == TREE_LEAF)
        lua_pushnil(L);
    else
        lua_pushinteger(L, n->feature + 1);
    lua_pushnumber(L, n->threshold);
    lua_pushinteger(L, n->right + 1);
    lua_pushinteger(L, tree_majority(t, (int)i - 1) + 1);
    lua_createtable(L, t->classes.n, 0);
    for (int k = 0; k < t->classes.n; k++) {
        lua_pushinteger(L, count[k]);
        lua_rawseti(L, -2, k + 1);
    }
    return 5;
}

/* core.importances(model, out)         out: a vector f64 of the features, zeroed */
static int
l_importances(lua_State *L)
{
    Tree *t = check_model(L, 1);

    tree_add_importance(t, treelib_features(L, 2, t->n_feature));
    return 0;
}

double *
treelib_features(lua_State *L, int idx, int n_feature)
{
    Array *out = learnlib_array(L, idx);

    luaL_argcheck(L, out->type == ARRAY_F64 && !out->readonly && out->ndim == 1
                         && out->shape[0] == n_feature && out->stride[0] == sizeof(double),
                  idx, "wrong kind of result");
    return (double *)(void *)out->data;
}

/* core.info(model) -> { criterion, max_depth or nil, min_samples_leaf,
 *     min_samples_split, seed, n_leaves, depth, n_nodes, n_features, classes,
 *     dtype, class_weight or nil } */
static int
l_info(lua_State *L)
{
    Tree *t = check_model(L, 1);

    lua_newtable(L);
    treelib_set_options(L, t);
    learnlib_set_integer(L, "seed", t->options.seed);
    learnlib_set_integer(L, "n_leaves", t->n_leaf);
    learnlib_set_integer(L, "n_nodes", t->n_node);
    learnlib_set_integer(L, "depth", t->depth);
    return 1;
}

static int
l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);

    tree_free(*box);
    *box = NULL;
    return 0;
}

int
luaopen_rille_tree_core(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"fit", l_fit},         {"load", l_load}, {"dump", l_dump},
        {"predict", l_predict}, {"probabilities", l_probabilities},
        {"node", l_node},       {"info", l_info}, {"importances", l_importances},
        {NULL, NULL}};

    learnlib_type(L, TYPE, l_gc);
    luaL_newlib(L, lib);
    forestlib_open(L);
    lua_setfield(L, -2, "forest");
    return 1;
}

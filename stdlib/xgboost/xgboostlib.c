/* xgboostlib.c -- rille.xgboost.core, the C part of rille.xgboost, build/xgboost.so; loaded on
 * demand by xgboost.lua.  libxgboost itself is opened by the first training. */
#include "boost.h"
#include "boost_train.h"
#include "learn/learnlib.h"

#define TYPE "rille.xgboost.model"
#define TRAINER "rille.xgboost.trainer"

int luaopen_rille_xgboost_core(lua_State *L);

static const char *const objectives[] = {"logistic", "softmax", "squared", NULL};
static const char *const methods[] = {"exact", "hist", "approx", NULL};
static const char *const kinds[] = {"gain", "total_gain", "weight", "cover", "total_cover", NULL};

static Boost *
check_model(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TYPE);
}

static Trainer *
check_trainer(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TRAINER);
}

static int
answer(lua_State *L, int status, const Err *err)
{
    if (status)
        return learnlib_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

/* ---- training ---- */

/* core.train(path, X, y, { classes = boolean, class_weight = list or nil, nthread = n })
 *   -> trainer      X must live as long
 *   -> nil, message, code */
static int
l_train(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    TrainerData d = {.X = learnlib_array(L, 2), .y = learnlib_array(L, 3),
                     .n_thread = (int)learnlib_integer(L, 4, "nthread")};
    void **box;
    Trainer *t;
    Err err;

    d.weight = learnlib_numbers(L, 4, "class_weight", &d.n_weight);
    lua_getfield(L, 4, "classes");
    d.classes = lua_toboolean(L, -1);
    box = learnlib_box(L, TRAINER);
    if (trainer_new(&t, path, &d, &err))
        return learnlib_fail(L, &err);
    *box = t;
    return 1;
}

/* core.set(trainer, name, text) -> true | nil, message, code */
static int
l_set(lua_State *L)
{
    Trainer *t = check_trainer(L, 1);
    Err err;

    return answer(L, trainer_set(t, luaL_checkstring(L, 2), luaL_checkstring(L, 3), &err), &err);
}

/* core.round(trainer, n) -> true | nil, message, code */
static int
l_round(lua_State *L)
{
    Trainer *t = check_trainer(L, 1);
    Err err;

    return answer(L, trainer_round(t, (int)luaL_checkinteger(L, 2), &err), &err);
}

/* core.text(trainer) -> the JSON of libxgboost | nil, message, code */
static int
l_text(lua_State *L)
{
    Trainer *t = check_trainer(L, 1);
    const char *text;
    size_t n;
    Err err;

    if (trainer_text(t, &text, &n, &err))
        return learnlib_fail(L, &err);
    lua_pushlstring(L, text, n);
    return 1;
}

/* core.facts(trainer) -> { version, classes, dtype }       classes of a classification alone */
static int
l_facts(lua_State *L)
{
    Trainer *t = check_trainer(L, 1);
    char version[TRAINER_VERSION];

    trainer_version(t, version);
    lua_newtable(L);
    lua_pushstring(L, version);
    lua_setfield(L, -2, "version");
    if (trainer_classes(t)->n)
        learnlib_set_classes(L, trainer_classes(t));
    return 1;
}

/* core.compare(trainer, model) -> true | nil, message, code */
static int
l_compare(lua_State *L)
{
    Trainer *t = check_trainer(L, 1);
    Err err;

    return answer(L, trainer_compare(t, check_model(L, 2), &err), &err);
}

/* core.finish(trainer): gives back what it holds */
static int
free_trainer(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TRAINER);

    trainer_free(*box);
    *box = NULL;
    return 0;
}

/* ---- models ---- */

/* core.load(bytes)
 *   -> model
 *   -> nil, message, code */
static int
l_load(lua_State *L)
{
    size_t n;
    const char *bytes = luaL_checklstring(L, 1, &n);
    void **box = learnlib_box(L, TYPE);
    Boost *m;
    Err err;

    if (boost_load(&m, bytes, n, &err))
        return learnlib_fail(L, &err);
    *box = m;
    return 1;
}

/* core.dump(model) -> bytes */
static int
l_dump(lua_State *L)
{
    Boost *m = check_model(L, 1);
    size_t n = boost_dump_size(m);
    luaL_Buffer b;

    boost_dump(m, (unsigned char *)luaL_buffinitsize(L, &b, n));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* core.predict(model, X, out)          out: f64, or of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Boost *m = check_model(L, 1);
    ArrayType type = m->objective == BOOST_SQUARED ? ARRAY_F64 : m->classes.type;
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, type, 0);
    Err err;

    return answer(L, boost_predict(m, X, out, &err), &err);
}

/* core.probabilities(model, X, out)    of a classifier; out: f64, rows by classes
 *   -> true
 *   -> nil, message, code */
static int
l_probabilities(lua_State *L)
{
    Boost *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out;
    Err err;

    luaL_argcheck(L, m->objective != BOOST_SQUARED, 1, "no classifier");
    out = learnlib_result(L, 3, ARRAY_F64, m->classes.n);
    return answer(L, boost_probabilities(m, X, out, &err), &err);
}

/* core.importances(model, out, kind)   out: f64, a place for each feature
 *   -> true
 *   -> nil, message, code */
static int
l_importances(lua_State *L)
{
    Boost *m = check_model(L, 1);
    Array *out = learnlib_array(L, 2);
    int kind = luaL_checkoption(L, 3, "gain", kinds);
    Err err;

    luaL_argcheck(L, out->type == ARRAY_F64 && !out->readonly && out->ndim == 1
                         && out->shape[0] == m->n_feature
                         && (m->n_feature < 2 || out->stride[0] == 8), 2, "wrong kind of result");
    return answer(L, boost_importances(m, kind, (double *)(void *)out->data, &err), &err);
}

static void
set_weights(lua_State *L, const Boost *m)
{
    lua_createtable(L, m->classes.n, 0);
    for (int k = 0; k < m->classes.n; k++) {
        lua_pushnumber(L, m->weight[k]);
        lua_rawseti(L, -2, k + 1);
    }
    lua_setfield(L, -2, "class_weight");
}

static void
set_options(lua_State *L, const BoostOptions *o)
{
    if (o->max_depth)
        learnlib_set_integer(L, "max_depth", o->max_depth);
    learnlib_set_integer(L, "max_bin", o->max_bin);
    learnlib_set_integer(L, "seed", o->seed);
    learnlib_set_number(L, "learning_rate", o->learning_rate);
    learnlib_set_number(L, "min_child_weight", o->min_child_weight);
    learnlib_set_number(L, "gamma", o->gamma);
    learnlib_set_number(L, "lambda", o->lambda);
    learnlib_set_number(L, "alpha", o->alpha);
    learnlib_set_number(L, "subsample", o->subsample);
    learnlib_set_number(L, "colsample", o->colsample);
    learnlib_set_number(L, "base_score", o->base_score);
    lua_pushstring(L, methods[o->method]);
    lua_setfield(L, -2, "tree_method");
}

/* core.info(model) -> { objective, n_estimators, n_features, n_nodes, ... options } and of a
 * classifier classes, dtype, and class_weight or nil */
static int
l_info(lua_State *L)
{
    Boost *m = check_model(L, 1);

    lua_newtable(L);
    lua_pushstring(L, objectives[m->objective]);
    lua_setfield(L, -2, "objective");
    learnlib_set_integer(L, "n_estimators", m->n_round);
    learnlib_set_integer(L, "n_features", m->n_feature);
    learnlib_set_integer(L, "n_nodes", m->n_node);
    set_options(L, &m->options);
    if (m->objective != BOOST_SQUARED)
        learnlib_set_classes(L, &m->classes);
    if (m->weight)
        set_weights(L, m);
    return 1;
}

static int
free_model(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);

    boost_free(*box);
    *box = NULL;
    return 0;
}

int
luaopen_rille_xgboost_core(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"train", l_train},     {"set", l_set},
        {"round", l_round},     {"text", l_text},
        {"facts", l_facts},     {"compare", l_compare},
        {"finish", free_trainer},
        {"load", l_load},       {"dump", l_dump},
        {"predict", l_predict}, {"probabilities", l_probabilities},
        {"info", l_info},       {"importances", l_importances},
        {NULL, NULL}};

    learnlib_type(L, TYPE, free_model);
    learnlib_type(L, TRAINER, free_trainer);
    luaL_newlib(L, lib);
    return 1;
}

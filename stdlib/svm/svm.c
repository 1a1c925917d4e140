/* svm.c -- rille.svm's C part, build/svm.so, loaded on demand by svm.lua.
 *
 * Once loaded it must stay: libsvm keeps a pointer to its print function. */
#include <libsvm/svm.h>

#include "learn/learnlib.h"
#include "model.h"

#define TYPE "rille.svm.model"

int luaopen_rille_svm_core(lua_State *L);

static const char *const kernels[] = {"linear", "poly", "rbf", "sigmoid", NULL};

static Model *
check_model(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TYPE);
}

static ModelOptions
check_options(lua_State *L, int idx)
{
    ModelOptions o;

    luaL_checktype(L, idx, LUA_TTABLE);
    o.kernel = learnlib_option(L, idx, "kernel", kernels);
    lua_getfield(L, idx, "probability");
    o.probability = lua_toboolean(L, -1);
    lua_pop(L, 1);
    o.degree = (int)learnlib_integer(L, idx, "degree");
    o.seed = (uint32_t)learnlib_integer(L, idx, "seed");
    o.C = learnlib_number(L, idx, "C");
    o.gamma = learnlib_number(L, idx, "gamma");
    o.coef0 = learnlib_number(L, idx, "coef0");
    o.tolerance = learnlib_number(L, idx, "tolerance");
    return o;
}

/* core.fit(X, y, options)      every option but gamma is there
 *   -> model
 *   -> nil, message, code */
static int
l_fit(lua_State *L)
{
    Array *X = learnlib_array(L, 1), *y = learnlib_array(L, 2);
    ModelOptions o = check_options(L, 3);
    void **box = learnlib_box(L, TYPE);
    Model *m;
    Err err;

    if (model_fit(&m, X, y, &o, &err))
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
    Model *m;
    Err err;

    if (model_load(&m, bytes, n, &err))
        return learnlib_fail(L, &err);
    *box = m;
    return 1;
}

/* core.dump(model) -> bytes */
static int
l_dump(lua_State *L)
{
    Model *m = check_model(L, 1);
    size_t n = model_dump_size(m);
    luaL_Buffer b;

    model_dump(m, (unsigned char *)luaL_buffinitsize(L, &b, n));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* core.predict(model, X, out)      out: a vector of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Model *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, model_classes(m)->type, 0);
    Err err;

    if (model_predict(m, X, out, &err))
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
    Model *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2);
    Array *out = learnlib_result(L, 3, ARRAY_F64, model_classes(m)->n);
    Err err;

    if (model_probabilities(m, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.info(model) -> { kernel, C, gamma, degree, coef0, probability, seed,
 *     tolerance, n_support, n_features, classes = { label ... }, dtype } */
static int
l_info(lua_State *L)
{
    Model *m = check_model(L, 1);
    const ModelOptions *o = model_options(m);

    lua_newtable(L);
    lua_pushstring(L, kernels[o->kernel]);
    lua_setfield(L, -2, "kernel");
    lua_pushboolean(L, o->probability);
    lua_setfield(L, -2, "probability");
    learnlib_set_classes(L, model_classes(m));
    learnlib_set_number(L, "C", o->C);
    learnlib_set_number(L, "gamma", o->gamma);
    learnlib_set_number(L, "coef0", o->coef0);
    learnlib_set_number(L, "tolerance", o->tolerance);
    learnlib_set_integer(L, "degree", o->degree);
    learnlib_set_integer(L, "seed", o->seed);
    learnlib_set_integer(L, "n_support", model_vectors(m));
    learnlib_set_integer(L, "n_features", model_features(m));
    return 1;
}

static int
l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);

    model_free(*box);
    *box = NULL;
    return 0;
}

static void
print_nothing(const char *text)
{
    (void)text;
}

int
luaopen_rille_svm_core(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"fit", l_fit},       {"load", l_load}, {"dump", l_dump},
        {"predict", l_predict}, {"probabilities", l_probabilities},
        {"info", l_info},     {NULL, NULL}};

    svm_set_print_string_function(print_nothing);
    learnlib_type(L, TYPE, l_gc);
    luaL_newlib(L, lib);
    return 1;
}

/* svmlib.c -- rille.svm.core, the C part of rille.svm, build/svm.so; loaded on demand by
 * svm.lua.
 *
 * Once loaded it must stay: libsvm keeps a pointer to its print function. */
#include <libsvm/svm.h>

#include "learn/learnlib.h"
#include "classifier.h"

#define TYPE "rille.svm.model"

int luaopen_rille_svm_core(lua_State *L);

static const char *const kernels[] = {"linear", "poly", "rbf", "sigmoid", NULL};

static Classifier *
check_model(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TYPE);
}

static ClassifierOptions
check_options(lua_State *L, int idx)
{
    ClassifierOptions o = {0};

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
    ClassifierOptions o = check_options(L, 3);
    const double *weight = learnlib_numbers(L, 3, "class_weight", &o.n_weight);
    void **box = learnlib_box(L, TYPE);
    Classifier *m;
    Err err;

    o.weight = weight;
    if (classifier_fit(&m, X, y, &o, &err))
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
    Classifier *m;
    Err err;

    if (classifier_load(&m, bytes, n, &err))
        return learnlib_fail(L, &err);
    *box = m;
    return 1;
}

/* core.dump(model) -> bytes */
static int
l_dump(lua_State *L)
{
    Classifier *m = check_model(L, 1);
    size_t n = classifier_dump_size(m);
    luaL_Buffer b;

    classifier_dump(m, (unsigned char *)luaL_buffinitsize(L, &b, n));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* core.predict(model, X, out)      out: a vector of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Classifier *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, classifier_classes(m)->type, 0);
    Err err;

    if (classifier_predict(m, X, out, &err))
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
    Classifier *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2);
    Array *out = learnlib_result(L, 3, ARRAY_F64, classifier_classes(m)->n);
    Err err;

    if (classifier_probabilities(m, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.info(model) -> { kernel, C, gamma, degree, coef0, probability, seed,
 *     tolerance, n_support, n_features, classes = { label ... }, dtype } */
static int
l_info(lua_State *L)
{
    Classifier *m = check_model(L, 1);
    const ClassifierOptions *o = classifier_options(m);

    lua_newtable(L);
    lua_pushstring(L, kernels[o->kernel]);
    lua_setfield(L, -2, "kernel");
    lua_pushboolean(L, o->probability);
    lua_setfield(L, -2, "probability");
    learnlib_set_classes(L, classifier_classes(m));
    learnlib_set_number(L, "C", o->C);
    learnlib_set_number(L, "gamma", o->gamma);
    learnlib_set_number(L, "coef0", o->coef0);
    learnlib_set_number(L, "tolerance", o->tolerance);
    learnlib_set_integer(L, "degree", o->degree);
    learnlib_set_integer(L, "seed", o->seed);
    learnlib_set_integer(L, "n_support", classifier_vectors(m));
    learnlib_set_integer(L, "n_features", classifier_features(m));
    return 1;
}

static int
l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);

    classifier_free(*box);
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

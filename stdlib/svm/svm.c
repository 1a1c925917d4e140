/* svm.c -- rille.svm's C part, build/svm.so, loaded on demand by svm.lua.
 *
 * It needs nothing of the program but Lua's API: an array is read by the layout
 * of array.h, and results are filled into arrays that the caller made.
 * Once loaded it must stay: libsvm keeps a pointer to its print function. */
#include <math.h>
#include <string.h>

#include <lua.h>
#include <lauxlib.h>

#include <libsvm/svm.h>

#include "model.h"

#define TYPE "rille.svm.model"

int luaopen_rille_svm_core(lua_State *L);

static const char *const kernels[] = {"linear", "poly", "rbf", "sigmoid", NULL};

static int
fail(lua_State *L, const Err *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->msg);
    lua_pushinteger(L, err->code);
    return 3;
}

static Array *
check_array(lua_State *L, int idx)
{
    Array **box = luaL_checkudata(L, idx, "rille.array");

    luaL_argcheck(L, *box, idx, "the array is closed");
    return *box;
}

static Model *
check_model(lua_State *L, int idx)
{
    Model **box = luaL_checkudata(L, idx, TYPE);

    luaL_argcheck(L, *box, idx, "the model is closed");
    return *box;
}

static Model **
push_box(lua_State *L)
{
    Model **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    luaL_setmetatable(L, TYPE);
    return box;
}

static double
number_field(lua_State *L, int idx, const char *name)
{
    double v;

    v = lua_getfield(L, idx, name) == LUA_TNIL ? NAN : luaL_checknumber(L, -1);
    lua_pop(L, 1);
    return v;
}

static lua_Integer
integer_field(lua_State *L, int idx, const char *name)
{
    lua_Integer v;

    lua_getfield(L, idx, name);
    v = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
    return v;
}

static ModelOptions
check_options(lua_State *L, int idx)
{
    ModelOptions o;

    luaL_checktype(L, idx, LUA_TTABLE);
    lua_getfield(L, idx, "kernel");
    o.kernel = luaL_checkoption(L, -1, NULL, kernels);
    lua_getfield(L, idx, "probability");
    o.probability = lua_toboolean(L, -1);
    lua_pop(L, 2);
    o.degree = (int)integer_field(L, idx, "degree");
    o.seed = (uint32_t)integer_field(L, idx, "seed");
    o.C = number_field(L, idx, "C");
    o.gamma = number_field(L, idx, "gamma");
    o.coef0 = number_field(L, idx, "coef0");
    o.tolerance = number_field(L, idx, "tolerance");
    return o;
}

/* core.fit(X, y, options)      every option but gamma is there
 *   -> model
 *   -> nil, message, code */
static int
l_fit(lua_State *L)
{
    Array *X = check_array(L, 1), *y = check_array(L, 2);
    ModelOptions o = check_options(L, 3);
    Model **box = push_box(L);
    Err err;

    if (model_fit(box, X, y, &o, &err))
        return fail(L, &err);
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
    Model **box = push_box(L);
    Err err;

    if (model_load(box, bytes, n, &err))
        return fail(L, &err);
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

/* The array at idx, into which the result for the rows of X goes: contiguous,
 * with n_column columns, a vector when that is 0. */
static Array *
check_result(lua_State *L, int idx, ArrayType type, int n_column)
{
    static const int64_t sizes[] = {1, 1, 4, 8, 4, 8};
    Array *X = check_array(L, 2), *out = check_array(L, idx);
    int64_t row = sizes[type] * (n_column ? n_column : 1);

    luaL_argcheck(L, out->type == type && !out->readonly, idx, "wrong kind of result");
    luaL_argcheck(L, out->ndim == (n_column ? 2 : 1) && out->shape[0] == X->shape[0], idx,
                  "wrong shape of result");
    luaL_argcheck(L, (!n_column || out->shape[1] == n_column)
                         && (out->shape[0] < 2 || out->stride[0] == row), idx,
                  "wrong shape of result");
    return out;
}

/* core.predict(model, X, out)      out: a vector of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Model *m = check_model(L, 1);
    Array *X = check_array(L, 2), *out = check_result(L, 3, model_label_type(m), 0);
    Err err;

    if (model_predict(m, X, out, &err))
        return fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.probabilities(model, X, out)    out: f64, rows by classes
 *   -> true
 *   -> nil, message, code */
static int
l_probabilities(lua_State *L)
{
    const int64_t *labels;
    Model *m = check_model(L, 1);
    Array *X = check_array(L, 2);
    Array *out = check_result(L, 3, ARRAY_F64, model_classes(m, &labels));
    Err err;

    if (model_probabilities(m, X, out, &err))
        return fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

static void
push_label(lua_State *L, ArrayType type, int64_t label)
{
    if (type == ARRAY_BOOL)
        lua_pushboolean(L, (int)label);
    else if (type == ARRAY_F32 || type == ARRAY_F64)
        lua_pushnumber(L, (double)label);
    else
        lua_pushinteger(L, label);
}

static void
push_classes(lua_State *L, const Model *m)
{
    const int64_t *labels;
    int n = model_classes(m, &labels);

    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        push_label(L, model_label_type(m), labels[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

static void
set_number(lua_State *L, const char *name, double v)
{
    lua_pushnumber(L, v);
    lua_setfield(L, -2, name);
}

static void
set_integer(lua_State *L, const char *name, lua_Integer v)
{
    lua_pushinteger(L, v);
    lua_setfield(L, -2, name);
}

/* core.info(model) -> { kernel, C, gamma, degree, coef0, probability, seed,
 *     tolerance, n_support, n_features, classes = { label ... }, dtype } */
static int
l_info(lua_State *L)
{
    static const char *const types[] = {"bool", "u8", "i32", "i64", "f32", "f64"};
    Model *m = check_model(L, 1);
    const ModelOptions *o = model_options(m);

    lua_newtable(L);
    lua_pushstring(L, kernels[o->kernel]);
    lua_setfield(L, -2, "kernel");
    lua_pushstring(L, types[model_label_type(m)]);
    lua_setfield(L, -2, "dtype");
    lua_pushboolean(L, o->probability);
    lua_setfield(L, -2, "probability");
    push_classes(L, m);
    lua_setfield(L, -2, "classes");
    set_number(L, "C", o->C);
    set_number(L, "gamma", o->gamma);
    set_number(L, "coef0", o->coef0);
    set_number(L, "tolerance", o->tolerance);
    set_integer(L, "degree", o->degree);
    set_integer(L, "seed", o->seed);
    set_integer(L, "n_support", model_vectors(m));
    set_integer(L, "n_features", model_features(m));
    return 1;
}

static int
l_gc(lua_State *L)
{
    Model **box = luaL_checkudata(L, 1, TYPE);

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
    luaL_newmetatable(L, TYPE);
    lua_pushcfunction(L, l_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    luaL_newlib(L, lib);
    return 1;
}

/* linearlib.c -- rille.linear.core, the C part of rille.linear, build/linear.so; loaded on
 * demand by linear.lua.
 *
 * Once loaded it must stay: liblinear keeps a pointer to its print function. */
#include <string.h>

#include <linear.h>

#include "learn/learnlib.h"
#include "linear_predict.h"

#define TYPE "rille.linear.model"

int luaopen_rille_linear_core(lua_State *L);

static const char *const kinds[] = {"regression", "logistic", NULL};

static Linear *
check_model(lua_State *L, int idx)
{
    return learnlib_model(L, idx, TYPE);
}

/* core.fit(X, y, options)      options: kind, intercept (or "free"); ridge, or C and tolerance
 *   -> model
 *   -> nil, message, code */
static int
l_fit(lua_State *L)
{
    Array *X = learnlib_array(L, 1), *y = learnlib_array(L, 2);
    int kind = learnlib_option(L, 3, "kind", kinds);
    LinearOptions o = {.ridge = learnlib_number(L, 3, "ridge"), .C = learnlib_number(L, 3, "C"),
                       .tolerance = learnlib_number(L, 3, "tolerance")};
    void **box;
    Linear *m;
    Err err;

    o.weight = learnlib_numbers(L, 3, "class_weight", &o.n_weight);
    o.intercept = lua_getfield(L, 3, "intercept") == LUA_TSTRING ? LINEAR_FREE
                                                                 : lua_toboolean(L, -1);
    box = learnlib_box(L, TYPE);
    if ((kind == LINEAR_REGRESSION ? linear_fit_regression : linear_fit_logistic)(&m, X, y, &o,
                                                                                  &err))
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
    Linear *m;
    Err err;

    if (linear_load(&m, bytes, n, &err))
        return learnlib_fail(L, &err);
    *box = m;
    return 1;
}

/* core.dump(model) -> bytes */
static int
l_dump(lua_State *L)
{
    Linear *m = check_model(L, 1);
    size_t n = linear_dump_size(m);
    luaL_Buffer b;

    linear_dump(m, (unsigned char *)luaL_buffinitsize(L, &b, n));
    luaL_pushresultsize(&b, n);
    return 1;
}

/* core.predict(model, X, out)      out: f64, or of info(model).dtype
 *   -> true
 *   -> nil, message, code */
static int
l_predict(lua_State *L)
{
    Linear *m = check_model(L, 1);
    ArrayType type = m->kind == LINEAR_LOGISTIC ? m->classes.type : ARRAY_F64;
    Array *X = learnlib_array(L, 2), *out = learnlib_result(L, 3, type, 0);
    Err err;

    if (linear_predict(m, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.probabilities(model, X, out)    of a logistic model; out: f64, rows by classes
 *   -> true
 *   -> nil, message, code */
static int
l_probabilities(lua_State *L)
{
    Linear *m = check_model(L, 1);
    Array *X = learnlib_array(L, 2), *out;
    Err err;

    luaL_argcheck(L, m->kind == LINEAR_LOGISTIC, 1, "no logistic model");
    out = learnlib_result(L, 3, ARRAY_F64, m->classes.n);
    if (linear_probabilities(m, X, out, &err))
        return learnlib_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* Sets a field of the table at the top to a list of n numbers. */
static void
set_list(lua_State *L, const char *name, const double *v, int n)
{
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushnumber(L, v[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, name);
}

static void
set_coefficients(lua_State *L, const Linear *m)
{
    lua_createtable(L, m->n_row, 0);
    for (int k = 0; k < m->n_row; k++) {
        set_list(L, "row", m->coef + (size_t)k * (size_t)m->n_feature, m->n_feature);
        lua_getfield(L, -1, "row");
        lua_rawseti(L, -2, k + 1);
    }
    lua_pushnil(L);
    lua_setfield(L, -2, "row");
    lua_setfield(L, -2, "coefficients");
}

/* core.info(model) -> { kind, fit_intercept, n_features,
 *     coefficients = { { number ... } ... }, intercepts = { number ... } }
 * and of a regression ridge, rank, of a logistic model C, tolerance, classes,
 * dtype */
static int
l_info(lua_State *L)
{
    Linear *m = check_model(L, 1);

    lua_newtable(L);
    lua_pushstring(L, kinds[m->kind]);
    lua_setfield(L, -2, "kind");
    if (m->options.intercept == LINEAR_FREE)
        lua_pushliteral(L, "free");
    else
        lua_pushboolean(L, m->options.intercept);
    lua_setfield(L, -2, "fit_intercept");
    learnlib_set_integer(L, "n_features", m->n_feature);
    set_coefficients(L, m);
    set_list(L, "intercepts", m->bias, m->n_row);
    if (m->kind == LINEAR_REGRESSION) {
        learnlib_set_number(L, "ridge", m->options.ridge);
        learnlib_set_integer(L, "rank", m->rank);
    } else {
        learnlib_set_number(L, "C", m->options.C);
        learnlib_set_number(L, "tolerance", m->options.tolerance);
        learnlib_set_classes(L, &m->classes);
    }
    return 1;
}

static int
l_gc(lua_State *L)
{
    void **box = luaL_checkudata(L, 1, TYPE);

    linear_free(*box);
    *box = NULL;
    return 0;
}

static void
print_nothing(const char *text)
{
    (void)text;
}

int
luaopen_rille_linear_core(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"fit", l_fit},         {"load", l_load}, {"dump", l_dump},
        {"predict", l_predict}, {"probabilities", l_probabilities},
        {"info", l_info},       {NULL, NULL}};

    learnlib_one_thread();
    set_print_string_function(print_nothing);
    learnlib_type(L, TYPE, l_gc);
    luaL_newlib(L, lib);
    return 1;
}

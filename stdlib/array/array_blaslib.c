/* array_blaslib.c -- rille.array: dot, with the built-in kernel or with a BLAS
 *
 * The kernel of rille gives the same bits on every machine.  A BLAS is faster and
 * does not: it is used when asked for, and a step that did has its name among what
 * it depends on ("blas"), so that installing, removing or changing it runs the
 * step again. */
#include <string.h>

#include "array/array_args.h"
#include "array/array_box.h"
#include "array/array_op.h"
#include "array/arraylib.h"
#include "array/blas.h"
#include "base/bind.h"
#include "observe/observe.h"

int luaopen_rille_host_blas(lua_State *L);

static void
multiply(void *user, double *c, const double *a, const double *b, const int64_t size[3])
{
    const int n[3] = {(int)size[0], (int)size[1], (int)size[2]};

    blas_multiply(user, a, b, c, n);
}

/* Whether the options at idx, or nothing, ask for a BLAS. */
static int
wants_blas(lua_State *L, int idx)
{
    int wants;

    if (lua_isnoneornil(L, idx))
        return 0;
    bind_table(L, idx, "options, as { blas = true }");
    lua_pushnil(L);
    while (lua_next(L, idx)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";

        if (strcmp(name, "blas") != 0)
            bind_error(L, "dot: unknown option \"%s\"; the only option is blas = true", name);
        lua_pop(L, 1);
    }
    lua_getfield(L, idx, "blas");
    bind_argcheck(L, lua_isnil(L, -1) || lua_isboolean(L, -1), idx,
                  "blas: expected true or false");
    wants = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return wants;
}

/* a:dot(b[, { blas = true }]) -> number for two vectors, else array */
static int
l_dot(lua_State *L)
{
    Array *a = array_box_self(L, 2), *b = array_box_check(L, 2), **box;
    Blas blas = {0};
    Err err;
    int rc;

    lua_settop(L, 3);
    if (wants_blas(L, 3)) {
        blas_open(&blas);
        observe_value(L, "blas", blas.name, strlen(blas.name));
    }
    box = array_box_new(L);
    rc = array_dot_with(box, a, b, blas.gemm ? multiply : NULL, &blas, &err);
    if (rc == OK && a->ndim == 1 && b->ndim == 1) {
        array_args_push_item(L, array_peek((*box)->type, (*box)->data));
        return 1;
    }
    return array_box_done(L, rc, &err);
}

/* blas.name() -> string: of the BLAS that is there now, "none" without one */
static int
l_name(lua_State *L)
{
    Blas blas;

    blas_open(&blas);
    lua_pushstring(L, blas.name);
    return 1;
}

const luaL_Reg array_blaslib_methods[] = {{"dot", l_dot}, {NULL, NULL}};

int
luaopen_rille_host_blas(lua_State *L)
{
    static const luaL_Reg lib[] = {{"name", l_name}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}

/* array_box.c -- see array_box.h */
#include <limits.h>

#include "array/array_box.h"
#include "base/bind.h"

/* The memory that the arrays of a state hold, which Lua's own count leaves out.  By it
 * the collector is driven, so that a loop over large temporaries stays small:
 *   - A step of the collector after STEP bytes of new memory, but not before four arrays
 *     of the size of the newest were made.  More steps, and in generational mode the
 *     operands of an expression would grow old and stay.
 *   - A full collection when held has grown by as much as was left after the last one,
 *     in arrays or in Lua's own memory.
 *   - Another one before the next array after memory ran out. */
typedef struct Pressure {
    size_t held, due, fresh;    /* now; of the next full collection; since the last step */
    int refused;                /* memory ran out: what the failed call left goes first */
} Pressure;

enum { LEAST_GROWTH = 64 << 20, STEP = 8 << 20 };

static const char PRESSURE[] = "rille.array.pressure";

/* NULL when the state is closing and has released it already. */
static Pressure *
pressure(lua_State *L)
{
    Pressure *p;

    lua_getfield(L, LUA_REGISTRYINDEX, PRESSURE);
    p = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return p;
}

static void
collect(lua_State *L, Pressure *p)
{
    size_t growth = LEAST_GROWTH, lua;

    lua_gc(L, LUA_GCCOLLECT, 0);
    lua = (size_t)lua_gc(L, LUA_GCCOUNT, 0) * 1024;
    if (growth < lua)
        growth = lua;
    if (growth < p->held)
        growth = p->held;
    p->due = p->held + growth;
    p->fresh = 0;
}

static void
count_held(lua_State *L, const Array *a)
{
    Pressure *p = pressure(L);
    size_t held = array_held(a);

    p->held += held;
    p->fresh += held;
    if (p->held >= p->due) {
        collect(L, p);
    } else if (p->fresh >= STEP && p->fresh / 4 >= held) {
        int kilobytes = p->fresh / 1024 > INT_MAX ? INT_MAX : (int)(p->fresh / 1024);

        p->fresh = 0;
        lua_gc(L, LUA_GCSTEP, kilobytes);
    }
}

/* __gc of an array */
static int
l_gc(lua_State *L)
{
    Array **box = lua_touserdata(L, 1);

    if (*box) {
        Pressure *p = pressure(L);
        size_t held = array_held(*box);

        if (p)
            p->held -= held < p->held ? held : p->held;
        array_free(*box);
        *box = NULL;
    }
    return 0;
}

static void
make_pressure(lua_State *L)
{
    Pressure *p = lua_newuserdatauv(L, sizeof *p, 0);

    *p = (Pressure){.due = LEAST_GROWTH};
    lua_setfield(L, LUA_REGISTRYINDEX, PRESSURE);
}

void
array_box_type(lua_State *L)
{
    if (luaL_newmetatable(L, ARRAY_BOX_TYPE)) {
        make_pressure(L);
        lua_pushcfunction(L, l_gc);
        lua_setfield(L, -2, "__gc");
    }
}

/* Makes the type by loading rille.array as rille's own Lua does: so the module counts as
 * rille's, whoever loads it.  In a state without rille's Lua the type has no methods. */
static void
load_type(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV) == LUA_TTABLE) {
        lua_getfield(L, -1, "require");
        lua_pushliteral(L, "rille.array");
        lua_call(L, 1, 0);
    } else {
        array_box_type(L);
    }
}

Array **
array_box_new(lua_State *L)
{
    int top = lua_gettop(L);
    Pressure *p;

    if (luaL_getmetatable(L, ARRAY_BOX_TYPE) == LUA_TNIL)
        load_type(L);
    lua_settop(L, top);
    p = pressure(L);
    if (p && p->refused) {
        p->refused = 0;
        collect(L, p);
    }
    return bind_box(L, ARRAY_BOX_TYPE);
}

int
array_box_raise(lua_State *L, const Err *err)
{
    Pressure *p = pressure(L);

    if (p && err->code == ERR_NOMEM)
        p->refused = 1;
    return bind_error(L, "%s", err->msg);
}

int
array_box_done(lua_State *L, int rc, const Err *err)
{
    if (rc)
        return array_box_raise(L, err);
    count_held(L, *(Array **)lua_touserdata(L, -1));
    return 1;
}

static int
push_boxed(lua_State *L)
{
    Array **from = lua_touserdata(L, 1), **box = array_box_new(L);

    *box = *from;
    *from = NULL;
    count_held(L, *box);
    return 1;
}

void
array_box_push(lua_State *L, Array *a)
{
    if (!lua_checkstack(L, 8)) {
        array_free(a);
        bind_error(L, "stack overflow");
    }
    lua_pushcfunction(L, push_boxed);
    lua_pushlightuserdata(L, &a);
    if (lua_pcall(L, 1, 1, 0)) {
        array_free(a);
        lua_error(L);
    }
}

int
array_box_push_index(lua_State *L, const Array *a, int axis, int64_t i)
{
    Array **box = array_box_new(L);
    Err err;

    return array_box_done(L, array_index(box, a, axis, i, &err), &err);
}

Array *
array_box_test(lua_State *L, int idx)
{
    Array **box = luaL_testudata(L, idx, ARRAY_BOX_TYPE);

    return box ? *box : NULL;
}

Array *
array_box_check(lua_State *L, int idx)
{
    Array **box = luaL_testudata(L, idx, ARRAY_BOX_TYPE);

    if (!box)
        bind_typeerror(L, idx, "an array");
    bind_argcheck(L, *box != NULL, idx, "the array is closed");
    return *box;
}

Array *
array_box_self(lua_State *L, int most)
{
    Array *a = bind_self(L, ARRAY_BOX_TYPE);

    if (most >= 0)
        bind_most(L, most + 1);
    return a;
}

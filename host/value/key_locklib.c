/* key_locklib.c -- rille.host.flight: which keys are being made (key_lock.h).
 *
 *     flight.open(dir) -> f | nil, message, code
 *     f:take(key) f:drop(key) f:landings() f:landed() f:rings() f:ring() f:close()
 * A key is a string of 32 bytes. */

#include "base/bind.h"
#include "base/hash.h"
#include "os/key_lock.h"

static const char TYPE[] = "rille.flight";

int luaopen_rille_host_flight(lua_State *L);

static Flight *
check(lua_State *L)
{
    return bind_check(L, 1, TYPE);
}

static const unsigned char *
check_key(lua_State *L, int idx)
{
    size_t n;
    const char *key = luaL_checklstring(L, idx, &n);

    luaL_argcheck(L, n == HASH_SIZE, idx, "expected a key (32 bytes)");
    return (const unsigned char *)key;
}

/* flight.open(dir)
 *   -> f
 *   -> nil, message, code */
static int
l_open(lua_State *L)
{
    const char *dir = luaL_checkstring(L, 1);
    Flight **box = lua_newuserdatauv(L, sizeof *box, 0);
    Err err;

    *box = NULL;
    luaL_setmetatable(L, TYPE);
    if (flight_open(box, dir, &err))
        return bind_fail(L, &err);
    return 1;
}

/* f:take(key)
 *   -> true                 it is ours now
 *   -> false, pid           another process has it; 0: it has just let go
 *   -> nil, message, code */
static int
l_take(lua_State *L)
{
    Flight *f = check(L);
    const unsigned char *key = check_key(L, 2);
    int64_t pid;
    Err err;
    int rc = flight_take(f, key, &pid, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, rc);
    if (rc)
        return 1;
    lua_pushinteger(L, pid);
    return 2;
}

/* f:drop(key)
 *   -> true
 *   -> nil, message, code */
static int
l_drop(lua_State *L)
{
    Flight *f = check(L);
    Err err;

    if (flight_drop(f, check_key(L, 2), &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* f:landings() -> how often results were committed and their keys dropped */
static int
l_landings(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)flight_landings(check(L)));
    return 1;
}

/* f:landed()   counts one */
static int
l_landed(lua_State *L)
{
    flight_landed(check(L));
    return 0;
}

/* f:rings() -> how often somebody waited for a key */
static int
l_rings(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)flight_rings(check(L)));
    return 1;
}

/* f:ring()   says that we wait */
static int
l_ring(lua_State *L)
{
    flight_ring(check(L));
    return 0;
}

/* f:close()   once or often: all keys are dropped */
static int
l_close(lua_State *L)
{
    Flight **box = luaL_checkudata(L, 1, TYPE);

    flight_close(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg functions[] = {{"open", l_open}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"take", l_take},
    {"drop", l_drop},
    {"landings", l_landings},
    {"landed", l_landed},
    {"rings", l_rings},
    {"ring", l_ring},
    {"close", l_close},
    {NULL, NULL}
};

static const luaL_Reg meta[] = {{"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};

int
luaopen_rille_host_flight(lua_State *L)
{
    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, functions);
    return 1;
}

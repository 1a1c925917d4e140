/* key_locklib.c -- rille.host.key_lock, the Lua face of key_lock.h
 *
 * A key is a string of 32 bytes. */

#include "base/bind.h"
#include "base/hash.h"
#include "os/key_lock.h"

static const char TYPE[] = "rille.key_lock";

int luaopen_rille_host_key_lock(lua_State *L);

static KeyLock *
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

/* key_lock.open(dir)
 *   -> lock
 *   -> nil, message, code */
static int
l_open(lua_State *L)
{
    const char *dir = luaL_checkstring(L, 1);
    KeyLock **box = lua_newuserdatauv(L, sizeof *box, 0);
    Err err;

    *box = NULL;
    luaL_setmetatable(L, TYPE);
    if (key_lock_open(box, dir, &err))
        return bind_fail(L, &err);
    return 1;
}

/* lock:acquire(key)
 *   -> true                 this process holds it now
 *   -> false, pid           another process holds it; 0: it has just released it
 *   -> nil, message, code */
static int
l_acquire(lua_State *L)
{
    KeyLock *lock = check(L);
    const unsigned char *key = check_key(L, 2);
    int64_t pid;
    Err err;
    int rc = key_lock_acquire(lock, key, &pid, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, rc);
    if (rc)
        return 1;
    lua_pushinteger(L, pid);
    return 2;
}

/* lock:release(key)
 *   -> true
 *   -> nil, message, code */
static int
l_release(lua_State *L)
{
    KeyLock *lock = check(L);
    Err err;

    if (key_lock_release(lock, check_key(L, 2), &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* lock:commits() -> how often processes committed results and released their keys */
static int
l_commits(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)key_lock_commits(check(L)));
    return 1;
}

/* lock:committed()     adds 1 to commits */
static int
l_committed(lua_State *L)
{
    key_lock_committed(check(L));
    return 0;
}

/* lock:requests() -> how often processes waited for a key */
static int
l_requests(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)key_lock_requests(check(L)));
    return 1;
}

/* lock:request()       adds 1 to requests */
static int
l_request(lua_State *L)
{
    key_lock_request(check(L));
    return 0;
}

/* lock:close()         once or often: all keys are released */
static int
l_close(lua_State *L)
{
    KeyLock **box = luaL_checkudata(L, 1, TYPE);

    key_lock_close(*box);
    *box = NULL;
    return 0;
}

static const luaL_Reg functions[] = {{"open", l_open}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"acquire", l_acquire}, {"release", l_release},   {"commits", l_commits},
    {"committed", l_committed}, {"requests", l_requests}, {"request", l_request},
    {"close", l_close},     {NULL, NULL}};

static const luaL_Reg meta[] = {{"__gc", l_close}, {"__close", l_close}, {NULL, NULL}};

int
luaopen_rille_host_key_lock(lua_State *L)
{
    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, functions);
    return 1;
}

/* sandbox_thread.c -- see sandbox.h: what ends a call reaches all code of a script.
 *
 * A hook belongs to one coroutine.  So the functions that resume one are ours: they give it the
 * hook, know which one runs (for a signal on the engine's thread), and arm the caller when there
 * is a reason to end.  A message handler of xpcall runs within the hook that raises, where no
 * other hook is called; so there it is left out. */
#include <pthread.h>
#include <string.h>

#include <lauxlib.h>

#include "embedded/embedded.h"
#include "observe/sandbox.h"

enum { WATCH_EVERY = 100 };             /* instructions between two looks */

static const char WATCHED = 0;          /* its address: whose hook is `watch` */
static const char HANDLERS[] = "rille.sandbox.handlers";

static Sandbox *
of_upvalue(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* ---- the hook ---- */

static void watch(lua_State *L, lua_Debug *ar);

static void
arm(lua_State *L, int count)
{
    if (count)
        lua_sethook(L, watch, LUA_MASKCOUNT, count);
    else
        lua_sethook(L, NULL, 0, 0);
}

/* Also of a state of the host's; NULL when its engine is closed. */
static Sandbox *
watched(lua_State *L)
{
    Sandbox *sandbox;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &WATCHED);
    sandbox = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return sandbox;
}

void
sandbox_watch(lua_State *L, Sandbox *sandbox)
{
    lua_pushlightuserdata(L, sandbox);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &WATCHED);
}

/* The hook of every thread of the state.  While there is a reason to end, it raises at each
 * instruction of a script; rille's own code, which ends what it began, is let pass. */
static void
watch(lua_State *L, lua_Debug *ar)
{
    Sandbox *sandbox = watched(L);
    int count = sandbox ? sandbox->watch_every : 0;

    if (!sandbox || !atomic_load(&sandbox->running) || !interrupt_check(&sandbox->interrupt)) {
        if (lua_gethookcount(L) != count)
            arm(L, count);
        return;
    }
    lua_getinfo(L, "S", ar);
    if (embedded_is_machinery(ar->source)) {
        /* not always as many: a loop of a script that calls rille must be met in the script */
        arm(L, 61 + (int)(sandbox->passes++ % 40));
        return;
    }
    arm(L, 1);
    lua_pushstring(L, sandbox->interrupt.message);
    lua_error(L);
}

int
sandbox_is_watched(lua_State *L)
{
    return lua_gethook(L) == watch;
}

void
sandbox_arm(lua_State *L, Sandbox *sandbox)
{
    arm(L, 1);
    arm(sandbox->main, 1);
}

int
sandbox_begin(lua_State *L, Sandbox *sandbox, int is_watched)
{
    int before = sandbox->watch_every;

    sandbox->watch_every = is_watched ? WATCH_EVERY : 0;
    sandbox->main = L;
    atomic_store(&sandbox->thread, pthread_self());
    if (!sandbox_is_watched(L)) {
        sandbox->hook = lua_gethook(L);
        sandbox->hook_mask = lua_gethookmask(L);
        sandbox->hook_count = lua_gethookcount(L);
    }
    arm(L, sandbox->watch_every);
    atomic_store(&sandbox->running, L);
    return before;
}

void
sandbox_end(lua_State *L, Sandbox *sandbox, int before)
{
    if (!before)
        atomic_store(&sandbox->running, NULL);
    sandbox->watch_every = before;
    arm(L, before);
    if (!before && sandbox->hook && !sandbox->installed) {
        lua_sethook(L, sandbox->hook, sandbox->hook_mask, sandbox->hook_count);
        sandbox->hook = NULL;
    }
    if (sandbox->interrupt.reason > INTERRUPT_EXIT)
        sandbox_kill_programs(sandbox);
}

void
sandbox_interrupt(Sandbox *sandbox)
{
    lua_State *L;

    interrupt_ask(&sandbox->interrupt);
    L = atomic_load(&sandbox->running);
    if (L && pthread_equal(pthread_self(), atomic_load(&sandbox->thread)))
        arm(L, 1);
}

/* ---- coroutines: as lcorolib.c of Lua 5.4 ---- */

static lua_State *
check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);

    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

/* Resumes with the narg values at the top; the number of results at the top, or -1 and the
 * error. */
static int
resume(lua_State *L, Sandbox *sandbox, lua_State *co, int narg)
{
    lua_State *before = atomic_load(&sandbox->running);
    int status, n;

    if (!lua_checkstack(co, narg)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, narg);
    if (lua_gethook(co) == NULL || lua_gethook(co) == watch)
        arm(co, interrupt_check(&sandbox->interrupt) ? 1 : sandbox->watch_every);
    atomic_store(&sandbox->running, co);
    status = lua_resume(co, L, narg, &n);
    atomic_store(&sandbox->running, before);
    if (interrupt_check(&sandbox->interrupt))
        arm(L, 1);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, n + 1)) {
        lua_pop(co, n);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, n);
    return n;
}

/* coroutine.resume(co, ...) */
static int
l_resume(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    int n = resume(L, of_upvalue(L), co, lua_gettop(L) - 1);

    lua_pushboolean(L, n >= 0);
    lua_insert(L, n < 0 ? -2 : -(n + 1));
    return n < 0 ? 2 : n + 1;
}

static int
l_wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(2));
    int status, n = resume(L, of_upvalue(L), co, lua_gettop(L));

    if (n >= 0)
        return n;
    status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        status = lua_resetthread(co);   /* closes its variables */
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

/* coroutine.wrap(f) */
static int
l_wrap(lua_State *L)
{
    lua_State *co;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushvalue(L, lua_upvalueindex(1));
    co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, l_wrapped, 2);
    return 1;
}

/* ---- xpcall ---- */

/* is_ending() -> boolean */
static int
l_is_ending(lua_State *L)
{
    lua_pushboolean(L, interrupt_check(&of_upvalue(L)->interrupt) != INTERRUPT_NONE);
    return 1;
}

/* Puts in place of the handler at 2, if it is Lua, one that is left out when the call ends.  It
 * calls the other in its own place, so that the levels of the stack are those of the script. */
static void
guard_handler(lua_State *L)
{
    if (lua_iscfunction(L, 2))
        return;
    lua_getfield(L, LUA_REGISTRYINDEX, HANDLERS);
    lua_pushvalue(L, 2);
    lua_call(L, 1, 1);
    lua_replace(L, 2);
}

static int
finish_xpcall(lua_State *L, int status, lua_KContext before)
{
    if (status == LUA_OK || status == LUA_YIELD)
        return lua_gettop(L) - (int)before;
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

/* xpcall(f, handler, ...) */
static int
l_xpcall(lua_State *L)
{
    int n = lua_gettop(L);

    luaL_checktype(L, 2, LUA_TFUNCTION);
    guard_handler(L);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    return finish_xpcall(L, lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, finish_xpcall), 2);
}

/* ---- debug.sethook ---- */

/* debug.sethook([thread,] hook, mask [, count]) */
static int
l_sethook(lua_State *L)
{
    Sandbox *sandbox = of_upvalue(L);

    if (sandbox->watch_every && lua_isnoneornil(L, lua_isthread(L, 1) ? 2 : 1))
        return 0;                       /* a script's hook is taken away: there is none */
    if (sandbox->watch_every)
        return luaL_error(L, "debug.sethook: the hook is the library's, which interrupts scripts "
                             "by it; with RILLE_OPEN_NOHOOK it is left to scripts");
    return sandbox->sethook(L);
}

/* ---- installation ---- */

static void
set(lua_State *L, Sandbox *sandbox, const char *lib, const char *name, lua_CFunction fn)
{
    if (lib)
        lua_getglobal(L, lib);
    else
        lua_pushglobaltable(L);
    lua_pushlightuserdata(L, sandbox);
    lua_pushcclosure(L, fn, 1);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void
sandbox_install_threads(lua_State *L, Sandbox *sandbox)
{
    static const char handlers[] =
        "local is_ending = ...\n"
        "return function(handler)\n"
        "  return function(...)\n"
        "    if is_ending() then return (...) end\n"
        "    return handler(...)\n"
        "  end\n"
        "end\n";

    lua_getglobal(L, "debug");
    lua_getfield(L, -1, "sethook");
    sandbox->sethook = lua_tocfunction(L, -1);
    lua_pop(L, 2);
    set(L, sandbox, "coroutine", "resume", l_resume);
    set(L, sandbox, "coroutine", "wrap", l_wrap);
    set(L, sandbox, NULL, "xpcall", l_xpcall);
    set(L, sandbox, "debug", "sethook", l_sethook);
    if (luaL_loadbufferx(L, handlers, sizeof handlers - 1, EMBEDDED_PREFIX "lua/xpcall.lua",
                         "t"))
        lua_error(L);
    lua_pushlightuserdata(L, sandbox);
    lua_pushcclosure(L, l_is_ending, 1);
    lua_call(L, 1, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, HANDLERS);
}

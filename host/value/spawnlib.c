/* spawnlib.c -- rille.host.spawn, the Lua face of spawn.h */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/bind.h"
#include "os/procfs.h"
#include "os/spawn.h"
#include "value/sys_box.h"

enum { CHUNK = 65536, MOST_WORDS = 1 << 20 };

static const char TYPE[] = "rille.spawn";

int luaopen_rille_host_spawn(lua_State *L);

/* The strings of the list at field NAME of the table at 1, as C has them; they
 * live as long as that list, which stays on the stack with the block. */
static const char *const *
words_of(lua_State *L, const char *name)
{
    const char **words;
    lua_Integer n;

    lua_getfield(L, 1, name);
    luaL_argcheck(L, lua_istable(L, -1), 1, "a list of strings expected");
    n = luaL_len(L, -1);
    luaL_argcheck(L, n >= 0 && n < MOST_WORDS, 1, "too many words");
    words = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *words, 0);
    for (lua_Integer i = 0; i < n; i++) {
        size_t len;

        luaL_argcheck(L, lua_rawgeti(L, -2, i + 1) == LUA_TSTRING, 1,
                      "a list of strings expected");
        words[i] = lua_tolstring(L, -1, &len);
        luaL_argcheck(L, strlen(words[i]) == len, 1, "a word contains a zero byte");
        lua_pop(L, 1);                  /* the list holds it */
    }
    words[n] = NULL;
    return words;
}

static const char *
text_of(lua_State *L, const char *name, int optional)
{
    int type = lua_getfield(L, 1, name);

    luaL_argcheck(L, type == LUA_TSTRING || (optional && type == LUA_TNIL), 1, name);
    return lua_tostring(L, -1);
}

/* spawn.start { path =, argv = { ... }, env = { "NAME=value", ... } [, cwd =]
 *               [, out = file for standard output] [, group = boolean]
 *               [, input = boolean: it reads what handle:write sends]
 *               [, apart = boolean: it goes on without us (SPAWN_APART), keep = sys.lock_folder] }
 *   -> handle
 *   -> nil, message, code */
static int
l_start(lua_State *L)
{
    SpawnPlan plan;
    Spawn *s;
    Err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    plan.path = text_of(L, "path", 0);
    plan.cwd = text_of(L, "cwd", 1);
    plan.out = text_of(L, "out", 1);
    plan.argv = words_of(L, "argv");
    plan.env = words_of(L, "env");
    lua_getfield(L, 1, "group");
    plan.flags = lua_toboolean(L, -1) ? SPAWN_GROUP : 0;
    lua_getfield(L, 1, "input");
    plan.flags |= lua_toboolean(L, -1) ? SPAWN_INPUT : 0;
    lua_getfield(L, 1, "apart");
    plan.flags |= lua_toboolean(L, -1) ? SPAWN_APART : 0;
    luaL_argcheck(L, !(plan.flags & SPAWN_APART) || plan.out, 1, "apart: its output needs a file");
    lua_getfield(L, 1, "keep");
    plan.keep = lua_isnil(L, -1) ? 0 : *(int *)luaL_checkudata(L, -1, SYS_FOLDER);
    s = lua_newuserdatauv(L, sizeof *s, 0);
    memset(s, 0, sizeof *s);
    s->fd = s->life = s->in = -1;
    luaL_setmetatable(L, TYPE);
    if (spawn_start(s, &plan, &err))
        return bind_fail(L, &err);
    return 1;
}

static Spawn *
check(lua_State *L)
{
    return luaL_checkudata(L, 1, TYPE);
}

/* handle:read([seconds]) -> text | nil once it has ended and all was read
 *   | false: nothing came in that time, or a signal did */
static int
l_read(lua_State *L)
{
    Spawn *s = check(L);
    lua_Number seconds = luaL_optnumber(L, 2, -1);
    luaL_Buffer b;
    ssize_t got;

    luaL_argcheck(L, seconds < INT_MAX / 1000, 2, "too long");
    got = spawn_read(s, luaL_buffinitsize(L, &b, CHUNK), CHUNK,
                     seconds < 0 ? -1 : (int)(seconds * 1000));
    luaL_pushresultsize(&b, got > 0 ? (size_t)got : 0);
    if (got > 0)
        return 1;
    if (got == SPAWN_ENDED)
        lua_pushnil(L);
    else
        lua_pushboolean(L, 0);
    return 1;
}

/* handle:write(text) -> true | nil, message, code */
static int
l_write(lua_State *L)
{
    size_t n;
    Spawn *s = check(L);
    const char *p = luaL_checklstring(L, 2, &n);
    Err err;

    luaL_argcheck(L, s->in >= 0, 1, "it has no input");
    if (spawn_write(s, p, n, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* handle:finish() -> exit code | nil, number of the signal that ended it, 0 where
 * that is not known */
static int
l_finish(lua_State *L)
{
    Spawn *s = check(L);

    spawn_finish(s);
    if (WIFEXITED(s->status) && !s->status_lost) {
        lua_pushinteger(L, WEXITSTATUS(s->status));
        return 1;
    }
    lua_pushnil(L);
    lua_pushinteger(L, s->status_lost ? 0 : WTERMSIG(s->status));
    return 2;
}

/* handle:kill(signal): to all it started when it leads a group */
static int
l_kill(lua_State *L)
{
    spawn_kill(check(L), (int)luaL_checkinteger(L, 2));
    return 0;
}

/* handle:left() -> how many of its group are left when it has ended, how one is called */
static int
l_left(lua_State *L)
{
    char name[1024] = "";

    lua_pushinteger(L, spawn_left(check(L), name, sizeof name));
    lua_pushstring(L, name);
    return 2;
}

/* handle:pid() -> integer, 0 when it has ended */
static int
l_pid(lua_State *L)
{
    lua_pushinteger(L, check(L)->pid);
    return 1;
}

/* handle:fd() -> the descriptor to poll for reading, -1 when all was read */
static int
l_fd(lua_State *L)
{
    lua_pushinteger(L, check(L)->fd);
    return 1;
}

static int
l_gc(lua_State *L)
{
    spawn_finish(check(L));
    return 0;
}

/* handle:let_go(): it goes on, and nobody waits for it */
static int
l_let_go(lua_State *L)
{
    spawn_let_go(check(L));
    return 0;
}

/* spawn.started(pid) -> when the process was started, in ticks after the start of the machine
 *   | nil: there is no such process, or it has ended */
static int
l_started(lua_State *L)
{
    unsigned long long ticks = procfs_ticks((pid_t)luaL_checkinteger(L, 1));

    if (!ticks)
        return 0;
    lua_pushinteger(L, (lua_Integer)ticks);
    return 1;
}

/* spawn.signal(pid, started, signal): to the process that was started then
 *   -> true
 *   -> nil, message, code           "notfound": it has ended, another may have its number */
static int
l_signal(lua_State *L)
{
    Err err;

    if (procfs_signal((pid_t)luaL_checkinteger(L, 1), (unsigned long long)luaL_checkinteger(L, 2),
                      (int)luaL_checkinteger(L, 3), &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* spawn.find(name, path, base) -> the program's path | nil */
static int
l_find(lua_State *L)
{
    char out[PATH_MAX];

    if (spawn_find(luaL_checkstring(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3), out,
                   sizeof out))
        return 0;
    lua_pushstring(L, out);
    return 1;
}

/* spawn.executable(path): makes a file of the caller's one that can be started */
static int
l_executable(lua_State *L)
{
    lua_pushboolean(L, chmod(luaL_checkstring(L, 1), 0755) == 0);
    return 1;
}

int
luaopen_rille_host_spawn(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"start", l_start}, {"find", l_find}, {"executable", l_executable},
        {"started", l_started}, {"signal", l_signal}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"read", l_read}, {"finish", l_finish}, {"kill", l_kill}, {"left", l_left},
        {"pid", l_pid},   {"fd", l_fd},         {"write", l_write},
        {"let_go", l_let_go}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {"__close", l_gc}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, lib);
    return 1;
}

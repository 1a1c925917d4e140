/* sandbox_program.c -- see sandbox.h: io.popen.
 *
 * The stream of such a program is one of ours, whose reads and writes look at the Interrupt: that
 * of popen(3) would block until the program ends.  The program belongs to the file's user value
 * until the file is closed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <lauxlib.h>

#include "observe/sandbox.h"
#include "os/spawn.h"

static const char TYPE[] = "rille.sandbox.program";

/* In the list of its sandbox until it is collected. */
struct SandboxProgram {
    Spawn spawn;
    struct SandboxProgram *next, **before;
};

typedef struct SandboxProgram Program;

static ssize_t
read_some(void *cookie, char *p, size_t n)
{
    ssize_t got;

    while ((got = spawn_read(cookie, p, n, -1)) == SPAWN_NOTHING)
        ;
    return got;                         /* SPAWN_ENDED is the end of the file */
}

static ssize_t
write_some(void *cookie, const char *p, size_t n)
{
    Err err;

    if (spawn_write(cookie, p, n, &err) == OK)
        return (ssize_t)n;
    errno = EPIPE;
    return 0;
}

static int
l_gc(lua_State *L)
{
    Program *p = lua_touserdata(L, 1);

    spawn_finish(&p->spawn);
    if (p->before)
        *p->before = p->next;
    if (p->next)
        p->next->before = p->before;
    return 0;
}

/* The closef of the file: true | nil, "exit" | "signal", number */
static int
l_close(lua_State *L)
{
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    char rest[256];
    Spawn *s;

    lua_getiuservalue(L, 1, 1);
    s = &((Program *)lua_touserdata(L, -1))->spawn;
    fclose(stream->f);                  /* what it cannot write, the program did not want */
    spawn_close(s);
    while (spawn_read(s, rest, sizeof rest, -1) != SPAWN_ENDED)
        ;
    spawn_leave(s);
    errno = s->status_lost ? ECHILD : 0;
    return luaL_execresult(L, s->status_lost ? -1 : s->status);
}

static Program *
push_program(lua_State *L, Sandbox *sandbox)
{
    Program *p = lua_newuserdatauv(L, sizeof *p, 0);

    memset(p, 0, sizeof *p);
    p->spawn.fd = p->spawn.life = p->spawn.in = -1;
    if (luaL_newmetatable(L, TYPE)) {
        lua_pushcfunction(L, l_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    p->next = sandbox->programs;
    p->before = &sandbox->programs;
    if (p->next)
        p->next->before = &p->next;
    sandbox->programs = p;
    return p;
}

void
sandbox_kill_programs(Sandbox *sandbox)
{
    for (Program *p = sandbox->programs; p; p = p->next) {
        spawn_kill_all(&p->spawn);
        p->spawn.killed = 1;
        spawn_finish(&p->spawn);
    }
}

/* nil, "COMMAND: why", errno */
static int
fail(lua_State *L, const char *command, int code)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", command, err_reason(code));
    lua_pushinteger(L, code);
    return 3;
}

int
sandbox_popen(lua_State *L, Sandbox *sandbox, const char *command, const char *mode)
{
    cookie_io_functions_t io = {.read = read_some, .write = write_some};
    const char *argv[] = {"sh", "-c", NULL, NULL};
    SpawnPlan plan = {"/bin/sh", argv, (const char *const *)environ, NULL, NULL,
                      SPAWN_GROUP | SPAWN_OUTLIVES | (*mode == 'w' ? SPAWN_PIPE : 0), 0};
    Spawn *s = &push_program(L, sandbox)->spawn;
    luaL_Stream *stream;
    Err err;

    stream = lua_newuserdatauv(L, sizeof *stream, 1);
    stream->closef = NULL;
    luaL_setmetatable(L, LUA_FILEHANDLE);
    lua_pushvalue(L, -2);
    lua_setiuservalue(L, -2, 1);
    sandbox_command(L, sandbox, command, mode);
    argv[2] = lua_tostring(L, -1);
    if (spawn_start(s, &plan, &err))
        return fail(L, command, err.code == ERR_NOTFOUND ? ENOENT : EAGAIN);
    lua_pop(L, 1);
    stream->f = fopencookie(s, *mode == 'w' ? "w" : "r", io);
    if (!stream->f) {
        spawn_finish(s);
        return fail(L, command, ENOMEM);
    }
    stream->closef = l_close;
    return 1;
}

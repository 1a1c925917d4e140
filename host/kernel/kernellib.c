/* kernellib.c -- see kernellib.h */
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "kernel/input.h"
#include "kernel/kernellib.h"
#include "kernel/server.h"

static const char TYPE[] = "rille.kernel";

typedef struct Request {
    Frames frames;
    Parts parts;                        /* texts in frames */
    ServerGot from;
} Request;

typedef struct Kernel {
    Server server;
    Request now;                        /* that was received last */
    Request *held;                      /* of hold, from `next` on */
    int n_held, next;
    Input input;
    FILE *stdin_stream, *stdin_before;
    pid_t owner;                        /* a forked worker has a copy, which is nobody's */
} Kernel;

static void
on_interrupt(int number)
{
    (void)number;
}

/* Between entries a SIGINT does nothing; a program that is started gets the default back. */
static void
ignore_interrupts(void)
{
    struct sigaction action = {0};

    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
}

static Text
check_text(lua_State *L, int arg)
{
    Text text;

    text.p = luaL_checklstring(L, arg, &text.n);
    return text;
}

static int
lost(lua_State *L)
{
    return luaL_error(L, "out of memory");
}

/* receive(sockets) */
static int
l_receive(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);
    Request *now = &k->now;
    int is_held = k->next < k->n_held;

    if (is_held) {
        frames_release(&now->frames);
        *now = k->held[k->next++];
    } else {
        now->from = server_receive(&k->server, &now->frames, &now->parts, 1);
    }
    if (now->from == SERVER_ALONE) {
        lua_pushliteral(L, "alone");
        return 1;
    }
    lua_pushstring(L, now->from == SERVER_SHELL ? "shell" : "control");
    lua_pushstring(L, now->parts.type);
    lua_pushlstring(L, now->parts.header.p, now->parts.header.n);
    lua_pushlstring(L, now->parts.content.p, now->parts.content.n);
    lua_pushboolean(L, is_held);
    return 5;
}

static int
add_held(Kernel *k, const Request *request)
{
    Request *more = realloc(k->held, ((size_t)k->n_held + 1) * sizeof *more);

    if (!more)
        return ERR_NOMEM;
    k->held = more;
    k->held[k->n_held++] = *request;
    return OK;
}

/* hold(sockets) */
static int
l_hold(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);
    Request request = {0};

    for (;;) {
        frames_init(&request.frames);
        request.from = server_receive(&k->server, &request.frames, &request.parts, 0);
        if (request.from != SERVER_NOTHING && add_held(k, &request) == OK)
            continue;
        frames_release(&request.frames);
        return request.from == SERVER_NOTHING ? 0 : lost(L);
    }
}

/* reply(sockets, type, content) */
static int
l_reply(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);
    const char *type = luaL_checkstring(L, 2);

    if (server_reply(&k->server, k->now.from, &k->now.frames, &k->now.parts, type,
                     check_text(L, 3)))
        return lost(L);
    return 0;
}

/* publish(sockets, type, header, content) */
static int
l_publish(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);
    const char *type = luaL_checkstring(L, 2);
    Text header = check_text(L, 3);

    if (server_publish(&k->server, type, header, check_text(L, 4)))
        return lost(L);
    return 0;
}

/* parent(sockets, header) */
static int
l_parent(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);

    if (server_set_parent(&k->server, check_text(L, 2)))
        return lost(L);
    return 0;
}

/* input(sockets, may) */
static int
l_input(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);

    k->input.may = lua_toboolean(L, 2);
    k->input.at = k->input.line.len;    /* the rest of an answer was the last cell's */
    if (k->stdin_stream)
        __fpurge(k->stdin_stream);
    return 0;
}

/* The handle stays as it is, for the default of io.read is the same one. */
static FILE *
set_stdin(lua_State *L, FILE *f)
{
    luaL_Stream *stream;
    FILE *before;

    lua_getglobal(L, "io");
    lua_getfield(L, -1, "stdin");
    stream = luaL_checkudata(L, -1, LUA_FILEHANDLE);
    before = stream->f;
    stream->f = f;
    lua_pop(L, 2);
    return before;
}

static void
open_input(lua_State *L, Kernel *k)
{
    k->input.server = &k->server;
    k->input.request = &k->now.frames;
    k->input.parts = &k->now.parts;
    k->stdin_stream = input_stream(&k->input);
    if (k->stdin_stream)
        k->stdin_before = set_stdin(L, k->stdin_stream);
}

static int
l_close(lua_State *L)
{
    Kernel **box = luaL_checkudata(L, 1, TYPE);
    Kernel *k = *box;

    *box = NULL;
    if (!k || k->owner != getpid())
        return 0;
    if (k->stdin_stream) {
        set_stdin(L, k->stdin_before);
        fclose(k->stdin_stream);
    }
    input_release(&k->input);
    server_close(&k->server);
    frames_release(&k->now.frames);
    while (k->next < k->n_held)
        frames_release(&k->held[k->next++].frames);
    free(k->held);
    free(k);
    return 0;
}

/* ---- opening ---- */

static const char *
option(lua_State *L, const char *name)
{
    if (lua_getfield(L, 1, name) != LUA_TSTRING)
        luaL_error(L, "kernel: option %s must be a string", name);
    return lua_tostring(L, -1);         /* the table keeps it */
}

static int
port(lua_State *L, const char *name)
{
    if (lua_getfield(L, 1, name), !lua_isinteger(L, -1))
        luaL_error(L, "kernel: option %s must be a number", name);
    return (int)lua_tointeger(L, -1);
}

static ServerPlan
check_plan(lua_State *L)
{
    ServerPlan plan = {0};

    plan.transport = option(L, "transport");
    plan.ip = option(L, "ip");
    plan.shell = port(L, "shell_port");
    plan.control = port(L, "control_port");
    plan.iopub = port(L, "iopub_port");
    plan.stdin_ = port(L, "stdin_port");
    plan.heartbeat = port(L, "hb_port");
    plan.key = option(L, "key");
    plan.session = option(L, "session");
    option(L, "info");
    plan.info = check_text(L, -1);
    lua_getfield(L, 1, "parent");
    plan.parent = (long)lua_tointeger(L, -1);
    return plan;
}

int
kernel_l_open(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"receive", l_receive}, {"hold", l_hold}, {"reply", l_reply}, {"publish", l_publish},
        {"parent", l_parent}, {"input", l_input}, {"close", l_close}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_close}, {NULL, NULL}};
    ServerPlan plan = check_plan(L);
    Kernel **box, *k;
    Err err;

    bind_type(L, TYPE, methods, meta);
    box = bind_box(L, TYPE);
    k = calloc(1, sizeof *k);
    if (!k)
        return lost(L);
    k->owner = getpid();
    frames_init(&k->now.frames);
    if (server_open(&k->server, &plan, &err)) {
        free(k);
        return bind_fail(L, &err);
    }
    *box = k;
    open_input(L, k);
    ignore_interrupts();
    return 1;
}

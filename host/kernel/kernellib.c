/* kernellib.c -- see kernellib.h */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "kernel/kernellib.h"
#include "kernel/server.h"

static const char TYPE[] = "rille.kernel";

typedef struct Kernel {
    Server server;
    Frames request;                     /* that was received last */
    Parts parts;
    ServerGot from;
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

/* receive(sockets, wait) */
static int
l_receive(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);

    k->from = server_receive(&k->server, lua_toboolean(L, 2), &k->request, &k->parts);
    if (k->from == SERVER_NOTHING)
        return 0;
    if (k->from == SERVER_ALONE) {
        lua_pushliteral(L, "alone");
        return 1;
    }
    lua_pushstring(L, k->from == SERVER_SHELL ? "shell" : "control");
    lua_pushstring(L, k->parts.type);
    lua_pushlstring(L, k->parts.header.p, k->parts.header.n);
    lua_pushlstring(L, k->parts.content.p, k->parts.content.n);
    return 4;
}

/* reply(sockets, type, content) */
static int
l_reply(lua_State *L)
{
    Kernel *k = bind_check(L, 1, TYPE);
    const char *type = luaL_checkstring(L, 2);

    if (server_reply(&k->server, k->from, &k->request, &k->parts, type, check_text(L, 3)))
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

static int
l_close(lua_State *L)
{
    Kernel **box = luaL_checkudata(L, 1, TYPE);
    Kernel *k = *box;

    *box = NULL;
    if (!k || k->owner != getpid())
        return 0;
    server_close(&k->server);
    frames_release(&k->request);
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
    static const luaL_Reg methods[] = {{"receive", l_receive}, {"reply", l_reply},
                                       {"publish", l_publish}, {"parent", l_parent},
                                       {"close", l_close},     {NULL, NULL}};
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
    frames_init(&k->request);
    if (server_open(&k->server, &plan, &err)) {
        free(k);
        return bind_fail(L, &err);
    }
    *box = k;
    ignore_interrupts();
    return 1;
}

/* worker_kill.c -- rille.host.worker_process: how a worker and what it started end
 * (worker_process.h, supervisor.h, cleanup.h) */
#include <stdio.h>
#include <unistd.h>

#include "base/bind.h"
#include "os/cleanup.h"
#include "os/procfs.h"
#include "value/worker_box.h"

static const char CLEANUP[] = "rille.worker_cleanup", PHASE[] = "rille.worker_phase";

/* worker:kill(how)
 *     "terminate"        the child and all that it started get SIGTERM, and are killed
 *                        after the kill delay
 *     "kill child last"  all are killed, the child last
 *     "kill"             all are killed
 *     "pass int", "pass term"   the child alone gets that signal */
static int
l_kill(lua_State *L)
{
    static const char *const names[] = {
        "terminate", "kill child last", "kill", "pass int", "pass term", NULL};
    static const WorkerSignal signals[] = {
        WORKER_TERMINATE, WORKER_KILL_CHILD_LAST, WORKER_KILL, WORKER_PASS_INT, WORKER_PASS_TERM};

    worker_signal(&worker_box(L)->worker, signals[luaL_checkoption(L, 2, NULL, names)]);
    return 0;
}

/* -- SIGTERM in a worker --------------------------------------------------------- */

/* The state that runs the body of a step: an error is raised there, once what it started
 * has ended. */
static lua_State *body;
static int told;                    /* the body has got the error, or has ended */

static void
stop_body(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    if (told)
        return;
    told = 1;
    descendants_wait();             /* a pipe that is read here stays open as long */
    luaL_error(L, "the step was asked to stop (SIGTERM)");
}

/* In a signal handler: an error is raised where the body is, once. */
static void
on_terminate(void)
{
    if (body)
        lua_sethook(body, stop_body, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* worker_process.phase(how) -> handle, to be closed     in a worker: what SIGTERM does
 * until then
 * how: "body"   an error is raised where the body of the step is, once
 *      "held"   nothing; was_terminated() tells of it */
static int
l_phase(lua_State *L)
{
    static const char *const names[] = {"body", "held", NULL};
    static const WorkerPhase phases[] = {WORKER_BODY, WORKER_HELD};
    WorkerPhase now = phases[luaL_checkoption(L, 1, NULL, names)];
    WorkerPhase *before = lua_newuserdatauv(L, sizeof *before, 0);

    *before = WORKER_HELD;
    luaL_setmetatable(L, PHASE);
    if (now == WORKER_BODY)
        body = L;
    *before = worker_enter_phase(now, on_terminate);
    return 1;
}

static int
l_phase_end(lua_State *L)
{
    WorkerPhase *before = luaL_checkudata(L, 1, PHASE);

    if (lua_gethook(L) == stop_body)    /* it was set, and not called any more */
        lua_sethook(L, NULL, 0, 0);
    worker_enter_phase(*before, on_terminate);
    return 0;
}

/* worker_process.was_terminated() -> boolean     in a worker: whether it got SIGTERM; no
 * error is raised any more when it did */
static int
l_was_terminated(lua_State *L)
{
    told |= worker_was_terminated();
    lua_pushboolean(L, worker_was_terminated());
    return 1;
}

/* worker_process.exit_by_term()     in a worker that got SIGTERM: ends by that signal */
static int
l_exit_by_term(lua_State *L)
{
    (void)L;
    worker_exit_by_term();
    return 0;
}

/* -- what a worker started --------------------------------------------------------- */

/* worker_process.ancestors([pid])
 *   -> { { pid =, supervisor = boolean, started = seconds since 1970 }... }
 * of the process itself (or of this one), its parent, and so on; as far as can be seen */
static int
l_ancestors(lua_State *L)
{
    lua_Integer pid = luaL_optinteger(L, 1, (lua_Integer)getpid());
    lua_Integer n = 0;

    lua_newtable(L);
    while (pid > 0) {
        char digits[24];
        Process one;

        snprintf(digits, sizeof digits, "%lld", (long long)pid);
        if (!procfs_read(digits, &one))
            break;
        lua_createtable(L, 0, 3);
        lua_pushinteger(L, pid);
        lua_setfield(L, -2, "pid");
        lua_pushboolean(L, one.supervisor);
        lua_setfield(L, -2, "supervisor");
        lua_pushnumber(L, procfs_started(&one));
        lua_setfield(L, -2, "started");
        lua_rawseti(L, -2, ++n);
        pid = one.parent;
    }
    return 1;
}

/* worker:has_descendants() -> boolean     in the child: whether what it started is left */
static int
l_has_descendants(lua_State *L)
{
    worker_box(L);
    lua_pushboolean(L, descendants_exist());
    return 1;
}

static int
push_names(lua_State *L, const Names *names)
{
    lua_pushinteger(L, names->n);
    lua_newtable(L);
    for (size_t i = 0; i < names->named; i++) {
        lua_pushstring(L, names->text[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 2;
}

/* worker:descendants() -> how many processes that the child started run now,
 * { how the first are called... } */
static int
l_descendants(lua_State *L)
{
    const Worker *w = &worker_box(L)->worker;
    Names names = {0};

    if (w->pid > 0 && w->owner == getpid())
        descendants_name(w->pid, w->pid, &names);
    return push_names(L, &names);
}

/* worker:cleanup(signals) -> handle     in the child: the end of what it started and left
 * running (cleanup.h); signals: they are signalled here, not by the supervisor */
static int
l_cleanup(lua_State *L)
{
    Cleanup **box;

    luaL_argcheck(L, worker_box(L)->worker.pid == 0, 1, "not the child");
    box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    luaL_setmetatable(L, CLEANUP);
    *box = cleanup_new(lua_toboolean(L, 2));
    if (!*box)
        return luaL_error(L, "not enough memory");
    return 1;
}

/* cleanup:poll() -> whether any is left; does what is due */
static int
l_cleanup_poll(lua_State *L)
{
    lua_pushboolean(L, cleanup_poll(bind_check(L, 1, CLEANUP)));
    return 1;
}

/* cleanup:names() -> how many did not end by themselves, { how the first were called... } */
static int
l_cleanup_names(lua_State *L)
{
    return push_names(L, cleanup_names(bind_check(L, 1, CLEANUP)));
}

static int
l_cleanup_gc(lua_State *L)
{
    Cleanup **box = luaL_checkudata(L, 1, CLEANUP);

    cleanup_free(*box);
    *box = NULL;
    return 0;
}

void
worker_kill_types(lua_State *L)
{
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg phase[] = {{"__close", l_phase_end}, {NULL, NULL}};
    static const luaL_Reg cleanup[] = {
        {"poll", l_cleanup_poll}, {"names", l_cleanup_names}, {NULL, NULL}};
    static const luaL_Reg cleanup_meta[] = {
        {"__gc", l_cleanup_gc}, {"__close", l_cleanup_gc}, {NULL, NULL}};

    bind_type(L, PHASE, none, phase);
    bind_type(L, CLEANUP, cleanup, cleanup_meta);
}

const luaL_Reg worker_kill_functions[] = {
    {"phase", l_phase}, {"was_terminated", l_was_terminated}, {"exit_by_term", l_exit_by_term},
    {"ancestors", l_ancestors}, {NULL, NULL}};

const luaL_Reg worker_kill_methods[] = {
    {"kill", l_kill}, {"has_descendants", l_has_descendants}, {"descendants", l_descendants},
    {"cleanup", l_cleanup}, {NULL, NULL}};

/* worker_processlib.c -- rille.host.worker_process, the Lua face of worker_process.h
 *
 *     worker_process.fork(body[, dir])     -> worker     forks a child
 *     worker_process.spawn(path, word)     -> worker     starts a program
 *     worker_process.adopt()               -> worker     in that program: who started it
 *     worker_process.wait(workers, seconds)              sends, reads, waits
 *     worker_process.pack(v), unpack(bytes)              messages (message.h)
 *     worker_process.limit_memory(bytes | nil)           of this process
 *     worker_process.ancestors([pid])                    the processes above one
 *     worker_process.phase(how), was_terminated(), exit_by_term()    SIGTERM in a worker */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/terminal_text.h"
#include "embedded/embedded.h"
#include "value/worker_box.h"

enum { INTERNAL = 70 };                 /* how a child ends whose own code failed */

int luaopen_rille_host_worker_process(lua_State *L);

/* In the child: runs the body, and ends. */
static _Noreturn void
run_body(lua_State *L)
{
    int code = embedded_call(L, 1, 0);

    if (code) {
        size_t n;
        const char *text;

        lua_pushfstring(L, "rille worker: %s\n", luaL_tolstring(L, -1, NULL));
        text = lua_tolstring(L, -1, &n);
        terminal_put(stderr, text, n, TERMINAL_LINES);
    }
    fflush(NULL);
    /* no lua_close: nothing of the parent's is ours */
    _exit(code == LUA_ERRRUN ? INTERNAL : code != 0);
}

/* worker_process.fork(body[, dir])
 *   -> worker               in the parent
 *   -> nil, message, code
 * The child runs body(worker) and ends; it never returns from here.  With dir, for
 * the unnamed file of its log, it is a worker, else a plain child (worker_process.h). */
static int
l_fork(lua_State *L)
{
    const char *dir = luaL_optstring(L, 2, NULL);
    WorkerBox *box;
    Err err;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    box = worker_box_new(L);
    if (worker_fork(&box->worker, dir, &err))
        return bind_fail(L, &err);
    if (box->worker.pid == 0)
        run_body(L);
    return 1;
}

/* worker_process.spawn(path, word)
 *   -> worker               a program that was given the word and adopts the channel
 *   -> nil, message, code */
static int
l_spawn(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), *word = luaL_checkstring(L, 2);
    WorkerBox *box = worker_box_new(L);
    Err err;

    if (worker_spawn(&box->worker, path, word, &err))
        return bind_fail(L, &err);
    return 1;
}

/* worker_process.adopt() -> worker        in that program: the process that started it */
static int
l_adopt(lua_State *L)
{
    WorkerBox *box = worker_box_new(L);

    channel_adopt(&box->worker.channel, WORKER_CHANNEL);
    fcntl(WORKER_CHANNEL, F_SETFD, FD_CLOEXEC);
    return 1;
}

/* worker:has_ended() -> whether the child and all it started have ended */
static int
l_has_ended(lua_State *L)
{
    lua_pushboolean(L, worker_has_ended(&worker_box(L)->worker));
    return 1;
}

/* How a child ended: "exit", code or "signal", number; or nothing. */
static int
push_status(lua_State *L, int ended, int status)
{
    if (!ended)
        return 0;
    lua_pushstring(L, WIFSIGNALED(status) ? "signal" : "exit");
    lua_pushinteger(L, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return 2;
}

/* worker:reap([wait]) -> "exit", code | "signal", number | nothing: it runs */
static int
l_reap(lua_State *L)
{
    int status = 0, ended = worker_reap(&worker_box(L)->worker, lua_toboolean(L, 2), &status);

    return push_status(L, ended, status);
}

/* worker:pid() -> of the child's supervisor */
static int
l_pid(lua_State *L)
{
    lua_pushinteger(L, worker_box(L)->worker.pid);
    return 1;
}

/* worker:close() -> as reap; waits for the child */
static int
l_close(lua_State *L)
{
    WorkerBox *box = worker_box(L);
    Worker *w = &box->worker;
    int status = 0, ended = w->pid > 0 && w->owner == getpid();

    worker_close(w, &status);
    buf_release(&box->scratch);
    return push_status(L, ended, status);
}

/* A worker that was dropped: its child must not outlive it. */
static int
l_gc(lua_State *L)
{
    const Worker *w = &worker_box(L)->worker;

    if (!w->channel.plain)      /* a plain one ends by itself: it may have output still */
        worker_signal(w, WORKER_KILL);
    l_close(L);
    return 0;
}

/* worker_process.limit_memory(bytes | nil) -> true | nil, message, code */
static int
l_limit_memory(lua_State *L)
{
    lua_Integer bytes = luaL_optinteger(L, 1, 0);
    Err err;

    luaL_argcheck(L, bytes >= 0, 1, "must not be negative");
    return worker_box_answer(L, worker_limit_memory((uint64_t)bytes, &err), &err);
}

/* Adds methods to the type. */
static void
add_methods(lua_State *L, const luaL_Reg *methods)
{
    luaL_getmetatable(L, WORKER_TYPE);
    lua_getfield(L, -1, "__index");
    luaL_setfuncs(L, methods, 0);
    lua_pop(L, 2);
}

int
luaopen_rille_host_worker_process(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"fork", l_fork}, {"spawn", l_spawn}, {"adopt", l_adopt},
        {"limit_memory", l_limit_memory}, {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"has_ended", l_has_ended}, {"reap", l_reap}, {"pid", l_pid}, {"close", l_close},
        {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {"__close", l_gc}, {NULL, NULL}};

    bind_type(L, WORKER_TYPE, methods, meta);
    add_methods(L, worker_channel_methods);
    add_methods(L, worker_log_methods);
    add_methods(L, worker_kill_methods);
    worker_kill_types(L);
    worker_channel_prepare(L);
    luaL_newlib(L, lib);
    luaL_setfuncs(L, worker_channel_functions, 0);
    luaL_setfuncs(L, worker_kill_functions, 0);
    return 1;
}

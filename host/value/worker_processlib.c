/* worker_processlib.c -- rille.host.proc, the Lua face of worker_process.h
 *
 *     proc.fork(body[, dir])          -> channel
 *     proc.wait(channels, seconds)    sends, reads, waits
 *     proc.pack(v) -> bytes           proc.unpack(bytes) -> v     (message.h)
 *     proc.limit_memory(bytes | nil)  proc.processors()  proc.memory()
 *     proc.signal_name(n)             "SIGSEGV"
 *     proc.ancestors([pid])           the processes above one
 *     proc.phase(how)  proc.asked()  proc.end_by_term()        SIGTERM in a worker (worker_process.h)
 *     proc.is_held(lock)  proc.remove_lock(lock)  proc.stop(lock, now)    of a live run (run_lock.h) */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/terminal_text.h"
#include "embedded/embedded.h"
#include "os/procfs.h"
#include "os/run_lock.h"
#include "os/supervisor.h"
#include "os/worker_process.h"
#include "value/message.h"

static const char LEAVING[] = "rille.leaving", PHASE[] = "rille.phase", TYPE[] = "rille.proc";
static const char NAMES = 0;        /* its address: where the registry has message_names */

/* Bytes of a running step's log that are shown at once, and before that of its beginning. */
enum { LOG_LOOK = 256 * 1024, LOG_FIRST = 64 * 1024 };
enum { INTERNAL = 70 };                 /* how a child ends whose own code failed */

int luaopen_rille_host_proc(lua_State *L);

static Proc *
check(lua_State *L)
{
    Proc *p = luaL_checkudata(L, 1, TYPE);

    luaL_argcheck(L, p->fd >= 0, 1, "the channel is closed");
    return p;
}

/* The same of a worker. */
static Proc *
check_worker(lua_State *L)
{
    Proc *p = check(L);

    luaL_argcheck(L, !p->plain, 1, "not a worker's channel");
    return p;
}

static int
answer(lua_State *L, int status, const Err *err)
{
    if (status)
        return bind_fail(L, err);
    lua_pushboolean(L, 1);
    return 1;
}

/* proc.fork(body[, dir])
 *   -> channel              in the parent
 *   -> nil, message, code
 * The child runs body(channel) and ends; it never returns from here.  With dir, for
 * the unnamed file of its log, it is a worker, else a plain child (worker_process.h). */
static int
l_fork(lua_State *L)
{
    const char *dir = luaL_optstring(L, 2, NULL);
    Proc *p;
    Err err;
    int code;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    p = lua_newuserdatauv(L, sizeof *p, 0);
    *p = (Proc){.fd = -1, .log = -1, .pid = -1};
    luaL_setmetatable(L, TYPE);
    if (proc_fork(p, dir, &err))
        return bind_fail(L, &err);
    if (p->pid > 0)
        return 1;
    code = embedded_call(L, 1, 0);
    if (code) {
        size_t n;
        const char *text;

        lua_pushfstring(L, "rille worker: %s\n", luaL_tolstring(L, -1, NULL));
        text = lua_tolstring(L, -1, &n);
        terminal_put(stderr, text, n, TERMINAL_LINES);
    }
    fflush(NULL);
    _exit(code == LUA_ERRRUN ? INTERNAL : code != 0);   /* no lua_close: nothing of the parent's is ours */
}

/* channel:send(bytes[, later]) -> true | nil, message, code
 * later: in the parent, with what else goes out in proc.wait */
static int
l_send(lua_State *L)
{
    Proc *p = check(L);
    size_t n;
    const char *s = luaL_checklstring(L, 2, &n);
    Err err;

    return answer(L, proc_send(p, s, n, !lua_toboolean(L, 3), &err), &err);
}

/* channel:receive()
 *   -> bytes
 *   -> false                in the parent: none is there yet
 *   -> nil, message, code   NOTFOUND at its end */
static int
l_receive(lua_State *L)
{
    Proc *p = check(L);
    const unsigned char *data;
    size_t n;
    Err err;
    int rc = proc_receive(p, &data, &n, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    if (rc)
        lua_pushlstring(L, (const char *)data, n);
    else
        lua_pushboolean(L, 0);
    return 1;
}

/* channel:ready(seconds) -> boolean: whether receive need not wait; waits so long, or
 * for a signal
 *   -> nil, message, code */
static int
l_ready(lua_State *L)
{
    Err err;
    int rc = proc_ready(check(L), luaL_checknumber(L, 2), &err);

    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, rc);
    return 1;
}

/* channel:post(v[, later]): as send, of plain data; raises when it is none */
static int
l_post(lua_State *L)
{
    Proc *p = check(L);
    Err err;

    luaL_checkany(L, 2);
    lua_settop(L, 3);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
    p->packed.len = 0;
    message_put(L, 2, 4, &p->packed);
    return answer(L, proc_send(p, p->packed.data, p->packed.len, !lua_toboolean(L, 3), &err), &err);
}

/* channel:take() -> what was posted, as receive */
static int
l_take(lua_State *L)
{
    Proc *p = check(L);
    const unsigned char *data;
    size_t n;
    Err err;
    int rc = proc_receive(p, &data, &n, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 0);
    if (rc) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
        message_get(L, -1, data, n);
    }
    return 1;
}

/* proc.pack(v) -> the bytes of a message; raises as post does */
static int
l_pack(lua_State *L)
{
    Proc *p;

    luaL_checkany(L, 1);
    lua_settop(L, 1);
    p = lua_newuserdatauv(L, sizeof *p, 0);
    *p = (Proc){.fd = -1, .log = -1, .pid = -1};
    luaL_setmetatable(L, TYPE);         /* which releases what is packed */
    lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
    message_put(L, 1, 3, &p->packed);
    lua_pushlstring(L, (char *)p->packed.data, p->packed.len);
    return 1;
}

/* proc.unpack(bytes) -> v */
static int
l_unpack(lua_State *L)
{
    size_t n;
    const char *s = luaL_checklstring(L, 1, &n);

    lua_rawgetp(L, LUA_REGISTRYINDEX, &NAMES);
    message_get(L, -1, (const unsigned char *)s, n);
    return 1;
}

/* proc.wait(channels, seconds) -> true | nil, message, code */
static int
l_wait(lua_State *L)
{
    Proc *list[PROC_WAIT_MAX];
    double seconds = luaL_checknumber(L, 2);
    size_t n;
    Err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    n = lua_rawlen(L, 1);
    luaL_argcheck(L, n <= PROC_WAIT_MAX, 1, "too many channels");
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        list[i] = luaL_checkudata(L, -1, TYPE);
        luaL_argcheck(L, list[i]->fd >= 0 && !list[i]->plain, 1, "not an open channel of a worker");
        lua_pop(L, 1);
    }
    return answer(L, proc_wait(list, n, seconds, &err), &err);
}

/* channel:claim(number) -> boolean     in the child: is it ours to do? */
static int
l_claim(lua_State *L)
{
    lua_pushboolean(L, proc_claim(check_worker(L), (uint64_t)luaL_checkinteger(L, 2)));
    return 1;
}

/* channel:withdraw() -> the number that the child is at; it gets no further */
static int
l_withdraw(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)proc_withdraw(check_worker(L)));
    return 1;
}

/* channel:reopen(last)     it may go on behind that number */
static int
l_reopen(lua_State *L)
{
    proc_reopen(check_worker(L), (uint64_t)luaL_checkinteger(L, 2));
    return 0;
}

/* channel:at() -> the number that the child claimed last */
static int
l_at(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)proc_at(check_worker(L)));
    return 1;
}

/* channel:tell_progress(number, fraction, text or nil)     in the child */
static int
l_tell_progress(lua_State *L)
{
    Proc *p = check_worker(L);
    ProcProgress told = {0};
    size_t n;
    const char *text = luaL_optlstring(L, 4, "", &n);

    told.number = (uint64_t)luaL_checkinteger(L, 2);
    told.fraction = luaL_checknumber(L, 3);
    if (n > sizeof told.text)
        n = capped_log_characters(text, sizeof told.text);
    told.length = (uint32_t)n;
    memcpy(told.text, text, told.length);
    proc_tell_progress(p, &told);
    return 0;
}

/* channel:progress(number) -> fraction, text
 *   -> nothing            when the step with that number told nothing since the last look */
static int
l_progress(lua_State *L)
{
    Proc *p = check_worker(L);
    uint64_t number = (uint64_t)luaL_checkinteger(L, 2);
    ProcProgress told;

    if (!proc_progress(p, &told) || told.number != number || told.length > sizeof told.text)
        return 0;
    lua_pushnumber(L, told.fraction);
    lua_pushlstring(L, told.text, told.length);
    return 2;
}

/* Pushes a piece of a log, of whole characters. */
static void
push_piece(lua_State *L, const Buf *piece, size_t from)
{
    size_t n = capped_log_characters(piece->data, piece->len);

    lua_pushlstring(L, (const char *)piece->data + from, n > from ? n - from : 0);
}

/* channel:log_head() -> the beginning of the log */
static int
l_log_head(lua_State *L)
{
    Proc *p = check_worker(L);
    uint64_t size = proc_log_size(p);

    p->packed.len = 0;
    if (capped_log_part(p->log, 0, size < LOG_FIRST ? size : LOG_FIRST, &p->packed))
        return luaL_error(L, "not enough memory");
    push_piece(L, &p->packed, 0);
    return 1;
}

/* channel:log(from) -> text of the log from there on, place in the log where it begins;
 *   of a longer one only the end, from the beginning of a line where there is one */
static int
l_log(lua_State *L)
{
    Proc *p = check_worker(L);
    lua_Integer from = luaL_checkinteger(L, 2);
    size_t skipped = 0;
    uint64_t at;
    Err err;

    luaL_argcheck(L, from >= 0, 2, "a place in the log");
    p->packed.len = 0;
    if (proc_log(p, (uint64_t)from, LOG_LOOK, &p->packed, &at, &err))
        return bind_raise(L, &err);
    if (at > (uint64_t)from)
        skipped = capped_log_tail(p->packed.data, p->packed.len);
    push_piece(L, &p->packed, skipped);
    lua_pushinteger(L, (lua_Integer)(at + skipped));
    return 2;
}

/* channel:log_text() -> text of the whole log
 *   -> text, head, from, at      when its middle is left out (LogGap in capped_log.h) */
static int
l_log_text(lua_State *L)
{
    Proc *p = check_worker(L);
    LogGap gap;
    Err err;

    p->packed.len = 0;
    if (proc_log_text(p, &p->packed, &gap, &err))
        return bind_raise(L, &err);
    lua_pushlstring(L, (const char *)p->packed.data, p->packed.len);
    if (!gap.at)
        return 1;
    lua_pushinteger(L, (lua_Integer)gap.head);
    lua_pushinteger(L, (lua_Integer)gap.from);
    lua_pushinteger(L, (lua_Integer)gap.at);
    return 4;
}

/* channel:tend_log() -> bytes of the log, of which a long one loses its middle */
static int
l_tend_log(lua_State *L)
{
    Proc *p = check_worker(L);

    capped_log_trim(p->log);
    lua_pushinteger(L, (lua_Integer)proc_log_size(p));
    return 1;
}

/* channel:log_size() -> bytes */
static int
l_log_size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)proc_log_size(check_worker(L)));
    return 1;
}

/* channel:clear_log()      in the child */
static int
l_clear_log(lua_State *L)
{
    proc_log_clear(check_worker(L));
    return 0;
}

/* channel:kill(how)        "term" asks the child and all that it started to end, and
 * kills what has not after its grace; "cut" and "kill" kill them, the child last or first;
 * "pass int" and "pass term" send that signal to the child alone */
static int
l_kill(lua_State *L)
{
    static const char *const names[] = {"term", "cut", "kill", "pass int", "pass term", NULL};
    static const ProcEnd ends[] = {PROC_ASK, PROC_CUT, PROC_KILL, PROC_INT, PROC_TERM};

    proc_end(luaL_checkudata(L, 1, TYPE), ends[luaL_checkoption(L, 2, NULL, names)]);
    return 0;
}

/* The state that runs the body of a step: what SIGTERM ends, when what it started has. */
static lua_State *body;
static int heard;                   /* the body knows of it, or has ended */

static void
stop_body(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    if (heard)
        return;
    heard = 1;
    keeper_hear_out();                  /* a pipe that is read here stays open as long */
    luaL_error(L, "the step was asked to end (SIGTERM)");
}

/* In a signal handler: an error is raised where the body is, once. */
static void
on_ask(void)
{
    if (body)
        lua_sethook(body, stop_body, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* proc.phase(how) -> handle, to be closed     in a worker: what SIGTERM does until then
 * how: "body"   an error is raised where the body of the step is, once
 *      "held"   nothing; proc.asked() tells of it */
static int
l_phase(lua_State *L)
{
    static const char *const names[] = {"body", "held", NULL};
    static const ProcPhase phases[] = {PROC_BODY, PROC_HELD};
    ProcPhase now = phases[luaL_checkoption(L, 1, NULL, names)];
    ProcPhase *before = lua_newuserdatauv(L, sizeof *before, 0);

    *before = PROC_HELD;
    luaL_setmetatable(L, PHASE);
    if (now == PROC_BODY)
        body = L;
    *before = proc_enter(now, on_ask);
    return 1;
}

static int
l_phase_end(lua_State *L)
{
    ProcPhase *before = luaL_checkudata(L, 1, PHASE);

    if (lua_gethook(L) == stop_body)    /* it was set and did not come to it */
        lua_sethook(L, NULL, 0, 0);
    proc_enter(*before, on_ask);
    return 0;
}

/* proc.asked() -> boolean     in a worker: whether it was asked to end; no error is
 * raised any more when it was */
static int
l_asked(lua_State *L)
{
    heard |= proc_is_asked();
    lua_pushboolean(L, proc_is_asked());
    return 1;
}

/* proc.end_by_term()     in a worker that was asked: ends, as SIGTERM ends a process */
static int
l_end_by_term(lua_State *L)
{
    (void)L;
    proc_end_by_term();
    return 0;
}

/* proc.ancestors([pid]) -> { { pid =, keeper = boolean, started = seconds since 1970 }... }
 * of the process itself (or of this one), its parent, and so on; as far as can be seen */
static int
l_ancestors(lua_State *L)
{
    lua_Integer pid = luaL_optinteger(L, 1, (lua_Integer)getpid());
    lua_Integer n = 0;

    lua_newtable(L);
    while (pid > 0) {
        char digits[24];
        Seen one;

        snprintf(digits, sizeof digits, "%lld", (long long)pid);
        if (!procfs_look(digits, &one))
            break;
        lua_createtable(L, 0, 3);
        lua_pushinteger(L, pid);
        lua_setfield(L, -2, "pid");
        lua_pushboolean(L, one.keeper);
        lua_setfield(L, -2, "keeper");
        lua_pushnumber(L, procfs_started(&one));
        lua_setfield(L, -2, "started");
        lua_rawseti(L, -2, ++n);
        pid = one.parent;
    }
    return 1;
}

/* channel:has_left() -> boolean     in the child: whether what it started is left */
static int
l_has_left(lua_State *L)
{
    luaL_checkudata(L, 1, TYPE);
    lua_pushboolean(L, keeper_has_left());
    return 1;
}

/* channel:leaving(ask) -> handle     in the child: the end of what it started and left
 * (supervisor.h); ask: they are told here, not by the keeper */
static int
l_leaving(lua_State *L)
{
    Proc *p = luaL_checkudata(L, 1, TYPE);
    Leaving **box;

    luaL_argcheck(L, p->pid == 0, 1, "not the child");
    box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = NULL;
    luaL_setmetatable(L, LEAVING);
    *box = leaving_new(lua_toboolean(L, 2));
    if (!*box)
        return luaL_error(L, "not enough memory");
    return 1;
}

/* leaving:look() -> whether any is left; does what is due */
static int
l_leaving_look(lua_State *L)
{
    lua_pushboolean(L, leaving_look(bind_check(L, 1, LEAVING)));
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

/* leaving:told() -> how many had to be told to end, { how the first were called... } */
static int
l_leaving_told(lua_State *L)
{
    return push_names(L, leaving_names(bind_check(L, 1, LEAVING)));
}

/* channel:started() -> how many processes that the child started run now,
 * { how the first are called... } */
static int
l_started(lua_State *L)
{
    Proc *p = luaL_checkudata(L, 1, TYPE);
    Names names = {0};

    if (p->pid > 0 && p->owner == getpid())
        keeper_name_started(p->pid, &names);
    return push_names(L, &names);
}

static int
l_leaving_gc(lua_State *L)
{
    Leaving **box = luaL_checkudata(L, 1, LEAVING);

    leaving_free(*box);
    *box = NULL;
    return 0;
}

/* channel:has_ended() -> whether the child and all it started have ended */
static int
l_has_ended(lua_State *L)
{
    lua_pushboolean(L, proc_has_ended(luaL_checkudata(L, 1, TYPE)));
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

/* channel:reap([wait]) -> "exit", code | "signal", number | nothing: it runs */
static int
l_reap(lua_State *L)
{
    int status = 0, ended = proc_reap(luaL_checkudata(L, 1, TYPE), lua_toboolean(L, 2), &status);

    return push_status(L, ended, status);
}

/* channel:pid() -> of the child */
static int
l_pid(lua_State *L)
{
    lua_pushinteger(L, ((Proc *)luaL_checkudata(L, 1, TYPE))->pid);
    return 1;
}

/* channel:close() -> as reap; waits for the child */
static int
l_close(lua_State *L)
{
    Proc *p = luaL_checkudata(L, 1, TYPE);
    int status = 0, ended = p->pid > 0 && p->owner == getpid();

    proc_close(p, &status);
    return push_status(L, ended, status);
}

/* A channel that was dropped: its child must not outlive it. */
static int
l_gc(lua_State *L)
{
    Proc *p = luaL_checkudata(L, 1, TYPE);

    if (!p->plain)              /* a plain one ends by itself: it may have output still */
        proc_end(p, PROC_KILL);
    l_close(L);
    return 0;
}

/* proc.limit_memory(bytes | nil) -> true | nil, message, code */
static int
l_limit_memory(lua_State *L)
{
    lua_Integer bytes = luaL_optinteger(L, 1, 0);
    Err err;

    luaL_argcheck(L, bytes >= 0, 1, "less than nothing");
    return answer(L, proc_limit_memory((uint64_t)bytes, &err), &err);
}

/* proc.processors() -> how many this process may use */
static int
l_processors(lua_State *L)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) ? 0 : CPU_COUNT(&set);

    lua_pushinteger(L, n > 0 ? n : 1);
    return 1;
}

/* proc.memory() -> bytes of the machine */
static int
l_memory(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    return 1;
}

/* proc.signal_name(n) -> "SIGSEGV" */
static int
l_signal_name(lua_State *L)
{
    int n = (int)luaL_checkinteger(L, 1);
    const char *name = sigabbrev_np(n);

    if (name)
        lua_pushfstring(L, "SIG%s", name);
    else
        lua_pushfstring(L, "signal %d", n);
    return 1;
}

/* proc.remove_lock(lock) -> true | nil, message, code: of a run that is dead */
static int
l_remove_lock(lua_State *L)
{
    Err err;

    return answer(L, run_lock_remove(luaL_checkstring(L, 1), &err), &err);
}

/* proc.is_held(lock) -> boolean: whether a process holds the lock of a run
 *                    -> nil, message, code */
static int
l_is_held(lua_State *L)
{
    Err err;
    int held = run_lock_is_held(luaL_checkstring(L, 1), &err);

    if (held < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, held);
    return 1;
}

/* proc.stop(lock, now) -> true | nil, message, code     NOTFOUND: nobody holds it */
static int
l_stop(lua_State *L)
{
    Err err;

    return answer(L, run_lock_stop(luaL_checkstring(L, 1), lua_toboolean(L, 2), &err), &err);
}

int
luaopen_rille_host_proc(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"fork", l_fork}, {"wait", l_wait}, {"pack", l_pack}, {"unpack", l_unpack},
        {"limit_memory", l_limit_memory}, {"phase", l_phase}, {"asked", l_asked}, {"ancestors", l_ancestors}, {"end_by_term", l_end_by_term},
        {"processors", l_processors}, {"memory", l_memory}, {"signal_name", l_signal_name},
        {"is_held", l_is_held}, {"remove_lock", l_remove_lock}, {"stop", l_stop},
        {NULL, NULL}};
    static const luaL_Reg methods[] = {
        {"send", l_send}, {"receive", l_receive}, {"ready", l_ready}, {"post", l_post}, {"take", l_take}, {"claim", l_claim},
        {"withdraw", l_withdraw}, {"reopen", l_reopen}, {"at", l_at}, {"tell_progress", l_tell_progress},
        {"progress", l_progress}, {"log", l_log}, {"log_head", l_log_head}, {"log_text", l_log_text}, {"tend_log", l_tend_log},
        {"log_size", l_log_size}, {"clear_log", l_clear_log}, {"kill", l_kill},
        {"has_left", l_has_left}, {"leaving", l_leaving}, {"started", l_started}, {"has_ended", l_has_ended}, {"reap", l_reap}, {"pid", l_pid}, {"close", l_close},
        {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {"__close", l_gc}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};
    static const luaL_Reg phase[] = {{"__close", l_phase_end}, {NULL, NULL}};
    static const luaL_Reg leaving[] = {{"look", l_leaving_look}, {"told", l_leaving_told}, {NULL, NULL}};
    static const luaL_Reg leaving_meta[] = {{"__gc", l_leaving_gc}, {"__close", l_leaving_gc}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    bind_type(L, PHASE, none, phase);
    bind_type(L, LEAVING, leaving, leaving_meta);
    message_names(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &NAMES);
    luaL_newlib(L, lib);
    return 1;
}

/* sandbox.c -- see sandbox.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>

#include "embedded/embedded.h"
#include "observe/sandbox.h"

static const char KEY[] = "rille.sandbox";

/* ---- streams ---- */

static ssize_t
read_nothing(void *cookie, char *p, size_t n)
{
    (void)cookie;
    (void)p;
    (void)n;
    return 0;
}

static ssize_t
hand_on(void *cookie, const char *p, size_t n)
{
    Sandbox *sandbox = cookie;

    if (sandbox->write && sandbox->owner == getpid())       /* not in a worker */
        sandbox->write(sandbox->user, p, n);
    return (ssize_t)n;
}

static void
take_descriptors(Sandbox *sandbox)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            sandbox->taken[fd] = open("/dev/null", O_RDONLY | O_CLOEXEC) == fd;
}

/* Unless the host has put something else in its place. */
static void
close_descriptors(Sandbox *sandbox)
{
    struct stat null, st;

    if (stat("/dev/null", &null))
        return;
    for (int fd = 0; fd < 3; fd++) {
        if (sandbox->taken[fd] && fstat(fd, &st) == 0 && st.st_rdev == null.st_rdev)
            close(fd);
        sandbox->taken[fd] = 0;
    }
}

int
sandbox_init(Sandbox *sandbox, void (*write)(void *user, const char *p, size_t n), void *user,
             Err *err)
{
    cookie_io_functions_t in = {.read = read_nothing}, out = {.write = hand_on};

    memset(sandbox, 0, sizeof *sandbox);
    interrupt_init(&sandbox->interrupt);
    take_descriptors(sandbox);
    sandbox->owner = getpid();
    sandbox->output = -1;
    sandbox->write = write;
    sandbox->user = user;
    sandbox->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    sandbox->stream[0] = fopencookie(sandbox, "r", in);
    sandbox->stream[1] = fopencookie(sandbox, "w", out);
    sandbox->stream[2] = fopencookie(sandbox, "w", out);
    if (!sandbox->locale || !sandbox->stream[0] || !sandbox->stream[1] || !sandbox->stream[2]) {
        sandbox_release(sandbox);
        return err_nomem(err);
    }
    setvbuf(sandbox->stream[1], NULL, _IOLBF, BUFSIZ);
    setvbuf(sandbox->stream[2], NULL, _IOLBF, BUFSIZ);
    return OK;
}

void
sandbox_release(Sandbox *sandbox)
{
    for (int i = 0; i < 3; i++) {
        if (sandbox->stream[i])
            fclose(sandbox->stream[i]);
        sandbox->stream[i] = NULL;
    }
    if (sandbox->output >= 0)
        close(sandbox->output);
    sandbox->output = -1;
    if (sandbox->locale)
        freelocale(sandbox->locale);
    sandbox->locale = (locale_t)0;
    close_descriptors(sandbox);
}

/* ---- the thread ---- */

static void
pipe_alone(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

/* Discards the SIGPIPE of a write of ours: that write has returned EPIPE, which is reported. */
static void
drop_pending(const Sandbox *sandbox)
{
    static const struct timespec now = {0, 0};
    sigset_t set;

    pipe_alone(&set);
    while (!sandbox->pending && sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR)
        ;
}

void
sandbox_enter(Sandbox *sandbox)
{
    sigset_t set;

    sandbox->before = uselocale(sandbox->locale);
    sandbox->interrupt_before = interrupt_enter(&sandbox->interrupt);
    sigpending(&set);
    sandbox->pending = sigismember(&set, SIGPIPE);
    pipe_alone(&set);
    pthread_sigmask(SIG_BLOCK, &set, &sandbox->mask);
}

void
sandbox_leave(Sandbox *sandbox)
{
    drop_pending(sandbox);
    pthread_sigmask(SIG_SETMASK, &sandbox->mask, NULL);
    interrupt_enter(sandbox->interrupt_before);
    uselocale(sandbox->before);
}

/* ---- the end of the process ---- */

/* Pushes " at x.lua:1" of the innermost code of a script, or "". */
static void
push_place(lua_State *L)
{
    lua_Debug ar;

    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0 && !embedded_is_ours(ar.source)) {
            lua_pushfstring(L, " at %s:%d", ar.short_src, ar.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

/* os.exit([code[, close]]) */
static int
l_exit(lua_State *L)
{
    Sandbox *sandbox = lua_touserdata(L, lua_upvalueindex(1));
    const char *code = lua_isnone(L, 1) ? "" : luaL_tolstring(L, 1, NULL);

    push_place(L);
    interrupt_stop(&sandbox->interrupt, INTERRUPT_EXIT, "os.exit(%.64s) was called%s", code,
                   lua_tostring(L, -1));
    sandbox_arm(L, sandbox);
    lua_pushstring(L, sandbox->interrupt.message);
    return lua_error(L);
}

/* ---- what else is the host's ---- */

/* print(...) */
static int
l_print(lua_State *L)
{
    Sandbox *sandbox = lua_touserdata(L, lua_upvalueindex(1));
    int n = lua_gettop(L);

    for (int i = 1; i <= n; i++) {
        size_t len;
        const char *s = luaL_tolstring(L, i, &len);

        if (i > 1)
            fputc('\t', sandbox->stream[1]);
        fwrite(s, 1, len, sandbox->stream[1]);
        lua_pop(L, 1);
    }
    fputc('\n', sandbox->stream[1]);
    return 0;
}

/* os.setlocale([name[, category]]) -> "C" | nil */
static int
l_setlocale(lua_State *L)
{
    static const char *const categories[] = {"all", "collate", "ctype", "monetary", "numeric",
                                             "time", NULL};
    const char *name = luaL_optstring(L, 1, "C");

    luaL_checkoption(L, 2, "all", categories);
    if (*name && strcmp(name, "C") != 0 && strcmp(name, "POSIX") != 0)
        lua_pushnil(L);
    else
        lua_pushliteral(L, "C");
    return 1;
}

/* debug.debug() */
static int
l_debug(lua_State *L)
{
    return luaL_error(L, "debug.debug reads from a terminal, and a script in a library has none");
}

static void
set_function(lua_State *L, const char *lib, const char *name, lua_CFunction fn)
{
    if (lib)
        lua_getglobal(L, lib);
    else
        lua_pushglobaltable(L);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, fn, 1);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* The handles stay as they are, for io's defaults are the same ones. */
static void
set_stream(lua_State *L, const char *name, FILE *f)
{
    luaL_Stream *s;

    lua_getglobal(L, "io");
    lua_getfield(L, -1, name);
    s = luaL_checkudata(L, -1, LUA_FILEHANDLE);
    s->f = f;
    lua_pop(L, 2);
}

void
sandbox_install(lua_State *L, Sandbox *sandbox)
{
    int top = lua_gettop(L);

    sandbox_watch(L, sandbox);
    sandbox->installed = 1;
    lua_pushlightuserdata(L, sandbox);
    lua_insert(L, 1);                   /* for set_function */
    lua_pushvalue(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, KEY);
    set_stream(L, "stdin", sandbox->stream[0]);
    set_stream(L, "stdout", sandbox->stream[1]);
    set_stream(L, "stderr", sandbox->stream[2]);
    set_function(L, NULL, "print", l_print);
    set_function(L, "os", "exit", l_exit);
    set_function(L, "os", "setlocale", l_setlocale);
    set_function(L, "debug", "debug", l_debug);
    lua_remove(L, 1);
    sandbox_install_threads(L, sandbox);
    lua_settop(L, top);
}

Sandbox *
sandbox_of(lua_State *L)
{
    Sandbox *sandbox;

    lua_getfield(L, LUA_REGISTRYINDEX, KEY);
    sandbox = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return sandbox;
}

void
sandbox_flush(Sandbox *sandbox)
{
    char text[4096];
    size_t n;

    fflush(sandbox->stream[1]);
    fflush(sandbox->stream[2]);
    while ((n = sandbox_read_output(sandbox, text, sizeof text)) > 0)
        hand_on(sandbox, text, n);
}

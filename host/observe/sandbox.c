/* sandbox.c -- see sandbox.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>

#include "embedded/embedded.h"
#include "observe/sandbox.h"

static const char KEY[] = "rille.confine";

enum { STREAM_NAME = 96 };

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
    Confine *c = cookie;

    if (c->write && c->owner == getpid()) {     /* not in a worker */
        confine_leave(c);
        c->write(c->user, p, n);
        confine_enter(c);
    }
    return (ssize_t)n;
}

static void
hold_streams(Confine *c)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            c->held[fd] = open("/dev/null", O_RDONLY | O_CLOEXEC) == fd;
}

/* Unless the host has put something else in its place. */
static void
give_back_streams(Confine *c)
{
    struct stat null, st;

    if (stat("/dev/null", &null))
        return;
    for (int fd = 0; fd < 3; fd++) {
        if (c->held[fd] && fstat(fd, &st) == 0 && st.st_rdev == null.st_rdev)
            close(fd);
        c->held[fd] = 0;
    }
}

int
confine_init(Confine *c, void (*write)(void *user, const char *p, size_t n), void *user, Err *err)
{
    cookie_io_functions_t in = {.read = read_nothing}, out = {.write = hand_on};

    memset(c, 0, sizeof *c);
    hold_streams(c);
    c->owner = getpid();
    c->said = -1;
    c->write = write;
    c->user = user;
    c->locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    c->stream[0] = fopencookie(c, "r", in);
    c->stream[1] = fopencookie(c, "w", out);
    c->stream[2] = fopencookie(c, "w", out);
    if (!c->locale || !c->stream[0] || !c->stream[1] || !c->stream[2]) {
        confine_release(c);
        return err_nomem(err);
    }
    setvbuf(c->stream[1], NULL, _IOLBF, BUFSIZ);
    setvbuf(c->stream[2], NULL, _IOLBF, BUFSIZ);
    return OK;
}

void
confine_release(Confine *c)
{
    for (int i = 0; i < 3; i++) {
        if (c->stream[i])
            fclose(c->stream[i]);
        c->stream[i] = NULL;
    }
    if (c->said >= 0)
        close(c->said);
    c->said = -1;
    if (c->locale)
        freelocale(c->locale);
    c->locale = (locale_t)0;
    give_back_streams(c);
}

/* ---- the thread ---- */

static void
pipe_alone(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

/* A SIGPIPE of a write of ours, which is an error of that write, and told as one. */
static void
drop_pending(const Confine *c)
{
    static const struct timespec now = {0, 0};
    sigset_t set;

    pipe_alone(&set);
    while (!c->pending && sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR)
        ;
}

void
confine_enter(Confine *c)
{
    sigset_t set;

    c->before = uselocale(c->locale);
    sigpending(&set);
    c->pending = sigismember(&set, SIGPIPE);
    pipe_alone(&set);
    pthread_sigmask(SIG_BLOCK, &set, &c->mask);
}

void
confine_leave(Confine *c)
{
    drop_pending(c);
    pthread_sigmask(SIG_SETMASK, &c->mask, NULL);
    uselocale(c->before);
}

void
confine_unblock(Confine *c)
{
    drop_pending(c);
    pthread_sigmask(SIG_SETMASK, &c->mask, NULL);
}

void
confine_block(Confine *c)
{
    sigset_t set;

    pipe_alone(&set);
    pthread_sigmask(SIG_BLOCK, &set, &c->mask);
}

/* ---- the end of the process ---- */

static void raise_again(lua_State *L, lua_Debug *ar);

static void
arm(lua_State *L)
{
    lua_sethook(L, raise_again, LUA_MASKCOUNT, 1);
}

static void
raise_again(lua_State *L, lua_Debug *ar)
{
    Confine *c = confine_of(L);

    if (!c->ended[0]) {                 /* that call is over */
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    lua_getinfo(L, "S", ar);
    if (!embedded_is_ours(ar->source)) {
        lua_pushstring(L, c->ended);
        lua_error(L);
    }
}

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
    Confine *c = lua_touserdata(L, lua_upvalueindex(1));
    const char *code = lua_isnone(L, 1) ? "" : luaL_tolstring(L, 1, NULL);

    push_place(L);
    if (!c->ended[0])
        snprintf(c->ended, sizeof c->ended, "os.exit(%.64s) was called%s", code, lua_tostring(L, -1));
    arm(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    arm(lua_tothread(L, -1));
    lua_pushstring(L, c->ended);
    return lua_error(L);
}

/* ---- what else is the host's ---- */

/* print(...) */
static int
l_print(lua_State *L)
{
    Confine *c = lua_touserdata(L, lua_upvalueindex(1));
    int n = lua_gettop(L);

    for (int i = 1; i <= n; i++) {
        size_t len;
        const char *s = luaL_tolstring(L, i, &len);

        if (i > 1)
            fputc('\t', c->stream[1]);
        fwrite(s, 1, len, c->stream[1]);
        lua_pop(L, 1);
    }
    fputc('\n', c->stream[1]);
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
confine_install(lua_State *L, Confine *c)
{
    int top = lua_gettop(L);

    lua_pushlightuserdata(L, c);
    lua_insert(L, 1);                   /* for set_function */
    lua_pushvalue(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, KEY);
    set_stream(L, "stdin", c->stream[0]);
    set_stream(L, "stdout", c->stream[1]);
    set_stream(L, "stderr", c->stream[2]);
    set_function(L, NULL, "print", l_print);
    set_function(L, "os", "exit", l_exit);
    set_function(L, "os", "setlocale", l_setlocale);
    set_function(L, "debug", "debug", l_debug);
    lua_remove(L, 1);
    lua_settop(L, top);
}

Confine *
confine_of(lua_State *L)
{
    Confine *c;

    lua_getfield(L, LUA_REGISTRYINDEX, KEY);
    c = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return c;
}

void
confine_forget(lua_State *L, Confine *c)
{
    if (lua_gethook(L) == raise_again)
        lua_sethook(L, NULL, 0, 0);
    c->ended[0] = 0;
}

void
confine_flush(Confine *c)
{
    char text[4096];
    size_t n;

    fflush(c->stream[1]);
    fflush(c->stream[2]);
    while ((n = confine_said(c, text, sizeof text)) > 0)
        hand_on(c, text, n);
}

/* ---- programs ---- */

/* The name by which a program opens the file that takes what it says: it has no
 * descriptor of the host, and a host may start programs of its own meanwhile. */
static void
name_said(Confine *c, char *out, size_t size)
{
    int fd;

    if (c->said >= 0 && c->said_by != getpid()) {
        close(c->said);                 /* a worker's is its own */
        c->said = -1;
    }
    if (c->said < 0)
        c->said = memfd_create("rille", MFD_CLOEXEC);
    c->said_by = getpid();
    snprintf(out, size, "/proc/%ld/fd/%d", (long)getpid(), c->said);
    fd = c->said < 0 ? -1 : open(out, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        snprintf(out, size, "/dev/null");
    else
        close(fd);
}

void
confine_command(lua_State *L, Confine *c, const char *command, const char *mode)
{
    char said[STREAM_NAME];

    name_said(c, said, sizeof said);
    if (*mode == 'r')
        lua_pushfstring(L, "exec </dev/null 2>>%s\n%s", said, command);
    else
        lua_pushfstring(L, "exec >>%s 2>&1\n%s", said, command);
}

size_t
confine_said(Confine *c, char *p, size_t n)
{
    ssize_t got = c->said < 0 || c->said_by != getpid() ? 0 : read(c->said, p, n);

    if (got > 0)
        return (size_t)got;
    /* all was taken: the next program, which appends, begins anew */
    if (c->said >= 0 && c->said_by == getpid() && lseek(c->said, 0, SEEK_CUR) > 0 && ftruncate(c->said, 0) == 0)
        lseek(c->said, 0, SEEK_SET);
    return 0;
}

int
confine_is_stream(const char *path)
{
    static const char *const names[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty",
                                        "/dev/fd/", "/proc/self/fd/"};
    char own[STREAM_NAME];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(path, names[i], strlen(names[i])) == 0)
            return 1;
    snprintf(own, sizeof own, "/proc/%ld/fd/", (long)getpid());
    return strncmp(path, own, strlen(own)) == 0;
}

/* observe_io.c -- rille.host.observe: io and os. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "observe/recorder.h"
#include "os/spawn.h"

enum { TOLD_MAX = 16 << 20 };          /* bytes of a program's output, in a library */

/* A path as the script gave it, and as it is opened. */
typedef struct Path {
    char given[PATH_MAX], full[PATH_MAX];
} Path;

/* Puts the full path in place of argument n, which stays as it is when it is too
 * long: then the system refuses it. */
static void
take_path(lua_State *L, Observer *o, int n, Path *path)
{
    const char *given = luaL_checkstring(L, n);

    snprintf(path->given, sizeof path->given, "%s", given);
    if (observer_full(o, given, path->full, sizeof path->full)) {
        snprintf(path->full, sizeof path->full, "%s", given);
        return;
    }
    if (o->confine && confine_is_stream(path->full))
        luaL_error(L, "%s: the streams of the process are its host's, not a script's", given);
    lua_pushstring(L, path->full);
    lua_replace(L, n);
}

/* Makes the failure (nil, message, errno) at the top name the path as given. */
static int
fail(lua_State *L, const Path *path)
{
    int code = (int)lua_tointeger(L, -1);

    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path->given, err_reason(code));
    lua_pushinteger(L, code);
    return 3;
}

static int
errno_result(lua_State *L)
{
    return (int)lua_tointeger(L, -1);
}

/* Makes the command at index 1 begin in the base folder when a step starts it, as the
 * programs of command steps do.  The process stays where it is: a library has no
 * folder of its own, and other threads. */
static void
in_base(lua_State *L, Observer *o)
{
    const char *base;

    if (!o->step || !o->base)
        return;
    base = luaL_gsub(L, o->base, "'", "'\\''");
    lua_pushfstring(L, "cd -- '%s' || exit 127; ", base);
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
    lua_replace(L, 1);
    lua_pop(L, 1);
}

/* The file of io.popen; the arguments are at 1 and 2. */
static int
start_reading(lua_State *L, Observer *o, const char *mode)
{
    int status;

    if (!o->confine)
        return o->raw[RAW_POPEN](L);
    confine_command(L, o->confine, lua_tostring(L, 1), mode);
    lua_replace(L, 1);
    lua_pushcfunction(L, o->raw[RAW_POPEN]);
    lua_insert(L, 1);
    confine_unblock(o->confine);
    status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    confine_block(o->confine);
    return status ? lua_error(L) : lua_gettop(L);
}

/* As spawn_shell, where the streams of the process are not ours: what the command
 * prints is kept for observer_said, and it reads nothing. */
static int
run_confined(Observer *o, const char *command)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    SpawnPlan plan = {"/bin/sh", argv, (const char *const *)environ, o->step ? o->base : NULL, NULL, 0};
    char text[4096];
    ssize_t n;
    Spawn s;
    Err err;

    o->text.len = 0;
    if (spawn_start(&s, &plan, &err)) {
        errno = err.code == ERR_NOTFOUND ? ENOENT : EAGAIN;
        return -1;
    }
    while ((n = spawn_read(&s, text, sizeof text, -1)) != SPAWN_ENDED)
        if (n > 0 && o->text.len < TOLD_MAX)
            buf_put(&o->text, text, (size_t)n);
    spawn_finish(&s);
    errno = s.lost ? ECHILD : 0;
    return s.lost ? -1 : s.status;
}

/* What a program printed goes where the script's own words go. */
static void
tell(lua_State *L, Observer *o, const char *p, size_t n)
{
    if (!n)
        return;
    if (o->step) {
        observer_log(L, o, p, n);
        observer_flush(o);
    } else {
        fwrite(p, 1, n, o->confine->stream[1]);
    }
}

void
observer_said(lua_State *L, Observer *o)
{
    char text[4096];
    size_t n;

    while (o->confine && (n = confine_said(o->confine, text, sizeof text)) > 0)
        tell(L, o, text, n);
}

/* A step opened the path: mode as fopen's, f NULL when that failed. */
static void
note_open(lua_State *L, Observer *o, const Path *path, const char *mode, FILE *f)
{
    int writes = mode[0] != 'r' || strchr(mode, '+') != NULL;

    if (!f && writes && !observer_is_tmp(o, path->given)
        && (mode[0] != 'r' || errno_result(L) != ENOENT)) {
        /* a folder or a right that is missing: not a file's content */
        observer_impure(L, o, "a file that could not be opened for writing");
        return;
    }
    if (!f)
        observer_absent(L, o, path->given, errno_result(L));
    else if (mode[0] == 'r')
        observer_file(L, o, path->given, fileno(f));
    if (f && writes)
        observer_written(L, o, path->given);
}

/* io.open(path[, mode]) -> file | nil, message, errno */
static int
l_open(lua_State *L)
{
    Observer *o = observer_here(L);
    const char *mode;
    Path path;
    int results;
    FILE *f;

    take_path(L, o, 1, &path);
    mode = luaL_optstring(L, 2, "r");
    if (o->top && mode[0] == 'a')       /* before opening makes the file */
        observer_file(L, o, path.given, -1);
    results = o->raw[RAW_OPEN](L);
    f = observer_stream(L, -1);
    observer_keep_handle(L, o, -1);
    if (o->top)
        note_open(L, o, &path, mode, f);
    return f ? results : fail(L, &path);
}

static int
cannot_open(lua_State *L, const Path *path, int code)
{
    return luaL_error(L, "cannot open file '%s' (%s)", path->given, err_reason(code));
}

/* Raises what the original does, but with the path as given, unless the file can
 * be opened; without opening it, which a pipe's writer would notice. */
static void
must_open(lua_State *L, Observer *o, const Path *path)
{
    int code;

    if (faccessat(AT_FDCWD, path->full, R_OK, AT_EACCESS) == 0)
        return;
    code = errno;
    if (o->top)
        observer_absent(L, o, path->given, code);
    cannot_open(L, path, code);
}

/* io.lines([path, ...]) -> iterator, nil, nil, file | iterator */
static int
l_lines(lua_State *L)
{
    Observer *o = observer_here(L);
    int results;
    Path path;

    if (lua_isnoneornil(L, 1)) {
        observer_note_input(L, o);
        return o->raw[RAW_LINES](L);
    }
    take_path(L, o, 1, &path);
    must_open(L, o, &path);
    results = o->raw[RAW_LINES](L);
    observer_keep_handle(L, o, -1);
    if (o->top && observer_stream(L, -1))
        observer_file(L, o, path.given, fileno(observer_stream(L, -1)));
    return results;
}

/* io.input([path or file]) -> file */
static int
l_input(lua_State *L)
{
    Observer *o = observer_here(L);
    int results;
    Path path;

    if (lua_isnoneornil(L, 1))
        observer_note_default(L, o, OBSERVER_INPUT);
    else
        o->own_input = 1;
    if (!lua_isstring(L, 1))
        return o->raw[RAW_INPUT](L);
    take_path(L, o, 1, &path);
    must_open(L, o, &path);
    results = o->raw[RAW_INPUT](L);
    observer_keep_handle(L, o, -1);
    if (o->top && observer_stream(L, -1))
        observer_file(L, o, path.given, fileno(observer_stream(L, -1)));
    return results;
}

/* io.output([path or file]) -> file */
static int
l_output(lua_State *L)
{
    Observer *o = observer_here(L);
    struct stat st;
    int results;
    Path path;

    if (lua_isnoneornil(L, 1))
        observer_note_default(L, o, OBSERVER_OUTPUT);
    else
        o->own_output = 1;
    if (!lua_isstring(L, 1))
        return o->raw[RAW_OUTPUT](L);
    take_path(L, o, 1, &path);
    if (stat(path.full, &st)) {         /* tried first, for the message */
        FILE *f = fopen(path.full, "w");

        if (!f) {
            int code = errno;

            if (o->top)
                observer_impure(L, o, "a file that could not be opened for writing");
            return cannot_open(L, &path, code);
        }
        fclose(f);
    }
    results = o->raw[RAW_OUTPUT](L);
    observer_keep_handle(L, o, -1);
    if (o->top)
        observer_written(L, o, path.given);
    return results;
}

/* io.read(...) */
static int
l_read(lua_State *L)
{
    Observer *o = observer_here(L);

    observer_note_input(L, o);
    return o->raw[RAW_READ](L);
}

/* io.write(...) -> file */
static int
l_write(lua_State *L)
{
    Observer *o = observer_here(L);
    FILE *f;

    if (!o->top)
        return o->raw[RAW_WRITE](L);
    observer_note_default(L, o, OBSERVER_OUTPUT);
    lua_getfield(L, LUA_REGISTRYINDEX, OBSERVER_OUTPUT);
    f = observer_stream(L, -1);
    lua_pop(L, 1);
    if (o->step && observer_is_console(o, f)) {
        observer_log_arguments(L, o, 1);
        lua_getfield(L, LUA_REGISTRYINDEX, OBSERVER_OUTPUT);
        return 1;
    }
    return o->raw[RAW_WRITE](L);
}

/* io.close([file]) */
static int
l_close(lua_State *L)
{
    Observer *o = observer_here(L);
    int results;

    if (lua_isnone(L, 1))
        observer_note_default(L, o, OBSERVER_OUTPUT);
    else if (!observer_standard(o, observer_stream(L, 1)))
        observer_note_handle(L, o, 1);
    results = observer_close(L, o, o->raw[RAW_CLOSE]);
    observer_said(L, o);
    return results;
}

/* io.tmpfile() -> file: an empty one without a name */
static int
l_tmpfile(lua_State *L)
{
    Observer *o = observer_here(L);
    int results = o->raw[RAW_TMPFILE](L);

    observer_keep_handle(L, o, -1);
    if (o->top && !observer_stream(L, -1))
        observer_impure(L, o, "io.tmpfile");
    return results;
}

/* io.popen(program[, mode]) -> file */
static int
l_popen(lua_State *L)
{
    Observer *o = observer_here(L);
    char command[COMMAND_MAX];
    const char *mode;
    int results;

    snprintf(command, sizeof command, "%s", luaL_checkstring(L, 1));
    mode = luaL_optstring(L, 2, "r");
    luaL_argcheck(L, (*mode == 'r' || *mode == 'w') && !mode[1], 2, "invalid mode");
    if (o->top)
        observer_impure(L, o, "io.popen");
    in_base(L, o);
    results = start_reading(L, o, mode);
    observer_keep_program(L, o, -results, command);
    return results;
}

/* os.getenv(name) -> value | nil */
static int
l_getenv(lua_State *L)
{
    Observer *o = observer_here(L);
    const char *name = luaL_checkstring(L, 1);

    if (o->top)
        observer_secret(name, getenv(name),
                        observer_put(L, o->top, FACT_ENV, name)->digest);
    return o->raw[RAW_GETENV](L);
}

/* What a removal or a renaming of FROM says about the world. */
static void
note_gone(lua_State *L, Observer *o, const Path *from, int code, const char *what)
{
    if (observer_is_tmp(o, from->given))
        return;
    if (code) {
        observer_absent(L, o, from->given, code);
        return;
    }
    if (!observer_is_own(o, from->given))   /* it can never be done twice */
        observer_impure(L, o, what);
    observer_written(L, o, from->given);
}

/* os.remove(path) -> true | nil, message, errno */
static int
l_remove(lua_State *L)
{
    Observer *o = observer_here(L);
    Path path;
    int done;

    take_path(L, o, 1, &path);
    done = o->raw[RAW_REMOVE](L) == 1;
    if (o->top)
        note_gone(L, o, &path, done ? 0 : errno_result(L), "os.remove");
    if (!done)
        return fail(L, &path);
    lua_pushboolean(L, 1);
    return 1;
}

/* os.rename(from, to) -> true | nil, message, errno */
static int
l_rename(lua_State *L)
{
    Observer *o = observer_here(L);
    int results, done, top;
    Path from, to;
    struct stat st;

    take_path(L, o, 1, &from);
    take_path(L, o, 2, &to);
    results = o->raw[RAW_RENAME](L);
    top = lua_gettop(L);
    done = results == 1;
    if (!o->top)
        return results;
    if (done) {
        note_gone(L, o, &from, 0, "os.rename");
        observer_written(L, o, to.given);
        if (stat(to.full, &st) == 0 && !S_ISREG(st.st_mode))
            observer_impure(L, o, "os.rename");
    } else if (errno_result(L) == ENOENT && stat(from.full, &st) != 0) {
        note_gone(L, o, &from, ENOENT, "os.rename");
    } else {
        observer_impure(L, o, "os.rename");
    }
    lua_settop(L, top);
    return results;
}

/* os.date([format[, time]]): repeatable only in UTC and of a given time */
static int
l_date(lua_State *L)
{
    Observer *o = observer_here(L);
    const char *format = luaL_optstring(L, 1, "%c");

    if (o->top && (format[0] != '!' || lua_isnoneornil(L, 2)))
        observer_impure(L, o, "os.date");
    return o->raw[RAW_DATE](L);
}

/* os.setlocale([name[, category]]) -> name | nil; the locale stays "C", since the
 * order of strings hangs on it */
static int
l_setlocale(lua_State *L)
{
    Observer *o = observer_here(L);
    const char *name = luaL_optstring(L, 1, NULL);

    if (o->top)
        observer_impure(L, o, "os.setlocale");
    if (name && strcmp(name, "C") != 0 && strcmp(name, "POSIX") != 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_settop(L, 2);
    lua_pushnil(L);
    lua_replace(L, 1);
    return o->raw[RAW_SETLOCALE](L);
}

/* os.execute([command]) */
static int
l_execute(lua_State *L)
{
    Observer *o = observer_here(L);
    char command[COMMAND_MAX];
    int results;

    luaL_optstring(L, 1, NULL);
    if (o->top)
        observer_impure(L, o, "os.execute");
    if (lua_isnoneornil(L, 1))
        return o->raw[RAW_EXECUTE](L);
    if (o->confine) {
        int status = run_confined(o, luaL_checkstring(L, 1)), code = errno;

        tell(L, o, (const char *)o->text.data, o->text.len);
        errno = code;
        results = luaL_execresult(L, status);
    } else {
        results = luaL_execresult(L, spawn_shell(luaL_checkstring(L, 1), o->step ? o->base : NULL));
    }
    snprintf(command, sizeof command, "%s", lua_tostring(L, 1));
    observer_ended(L, o, "os.execute", command, lua_gettop(L) - results + 1);
    return results;
}

/* os.exit([code[, close]]) */
static int
l_exit(lua_State *L)
{
    Observer *o = observer_here(L);

    if (o->step)
        return luaL_error(L, "a step cannot end the program (it called os.exit)");
    return o->raw[RAW_EXIT](L);
}

const Wrap observe_io_wraps[] = {
    {RAW_OPEN, "io", "open", l_open},
    {RAW_LINES, "io", "lines", l_lines},
    {RAW_INPUT, "io", "input", l_input},
    {RAW_OUTPUT, "io", "output", l_output},
    {RAW_READ, "io", "read", l_read},
    {RAW_WRITE, "io", "write", l_write},
    {RAW_POPEN, "io", "popen", l_popen},
    {RAW_TMPFILE, "io", "tmpfile", l_tmpfile},
    {RAW_CLOSE, "io", "close", l_close},
    {RAW_GETENV, "os", "getenv", l_getenv},
    {RAW_REMOVE, "os", "remove", l_remove},
    {RAW_RENAME, "os", "rename", l_rename},
    {RAW_TIME, "os", "time", NULL},
    {RAW_CLOCK, "os", "clock", NULL},
    {RAW_DATE, "os", "date", l_date},
    {RAW_TMPNAME, "os", "tmpname", NULL},
    {RAW_SETLOCALE, "os", "setlocale", l_setlocale},
    {RAW_EXECUTE, "os", "execute", l_execute},
    {RAW_EXIT, "os", "exit", l_exit},
    {0, NULL, NULL, NULL}};

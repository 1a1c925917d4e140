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
#include "embedded/embedded.h"
#include "observe/observe_file.h"
#include "observe/observelib.h"
#include "os/spawn.h"

enum { TOLD_MAX = 16 << 20 };          /* bytes of a program's output, in a library */

/* A path as the script gave it, and as it is opened. */
typedef struct Path {
    char given[PATH_MAX], full[PATH_MAX];
} Path;

/* Puts the full path in place of argument n, which stays as it is when it is too
 * long: then the system refuses it. */
static void
take_path(lua_State *L, Recorder *rec, int n, Path *path)
{
    const char *given = luaL_checkstring(L, n);

    snprintf(path->given, sizeof path->given, "%s", given);
    if (recorder_full_path(rec, given, path->full, sizeof path->full)) {
        snprintf(path->full, sizeof path->full, "%s", given);
        return;
    }
    if (rec->sandbox && sandbox_is_stream(path->full))
        luaL_error(L, "%s: the streams of the process belong to the host program, not to scripts",
                   given);
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
in_base(lua_State *L, Recorder *rec)
{
    const char *base;

    if (!rec->step || !rec->base)
        return;
    base = luaL_gsub(L, rec->base, "'", "'\\''");
    lua_pushfstring(L, "cd -- '%s' || exit 127; ", base);
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
    lua_replace(L, 1);
    lua_pop(L, 1);
}

/* The file of io.popen; the arguments are at 1 and 2. */
static int
start_reading(lua_State *L, Recorder *rec, const char *mode)
{
    if (!rec->sandbox)
        return rec->raw[RAW_POPEN](L);
    embedded_check_interrupt(L);
    return sandbox_popen(L, rec->sandbox, lua_tostring(L, 1), mode);
}

/* As spawn_shell, where the streams of the process are not ours: what the command
 * prints is kept for recorder_log_programs, and it reads nothing. */
static int
run_sandboxed(Recorder *rec, const char *command)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    SpawnPlan plan = {"/bin/sh", argv, (const char *const *)environ,
                      rec->step ? rec->base : NULL, NULL, SPAWN_GROUP, 0};
    char text[4096];
    ssize_t n;
    Spawn s;
    Err err;

    rec->text.len = 0;
    if (spawn_start(&s, &plan, &err)) {
        errno = err.code == ERR_NOTFOUND ? ENOENT : EAGAIN;
        return -1;
    }
    while ((n = spawn_read(&s, text, sizeof text, -1)) != SPAWN_ENDED)
        if (n > 0 && rec->text.len < TOLD_MAX)
            buf_put(&rec->text, text, (size_t)n);
    spawn_leave(&s);
    errno = s.status_lost ? ECHILD : 0;
    return s.status_lost ? -1 : s.status;
}

/* A step opened the path: mode as fopen's, f NULL when that failed. */
static void
note_open(lua_State *L, Recorder *rec, const Path *path, const char *mode, FILE *f)
{
    int writes = mode[0] != 'r' || strchr(mode, '+') != NULL;

    if (!f && writes && !recorder_is_in_tmp(rec, path->given)
        && (mode[0] != 'r' || errno_result(L) != ENOENT)) {
        /* a folder or a right that is missing: not a file's content */
        recorder_note_impure(L, rec, "a file that could not be opened for writing");
        return;
    }
    if (!f)
        recorder_note_absent(L, rec, path->given, errno_result(L));
    else if (mode[0] == 'r')
        recorder_note_read(L, rec, path->given, fileno(f));
    if (f && writes)
        recorder_note_write(L, rec, path->given);
}

/* io.open(path[, mode]) -> file | nil, message, errno */
static int
l_open(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *mode;
    Path path;
    int results;
    FILE *f;

    take_path(L, rec, 1, &path);
    mode = luaL_optstring(L, 2, "r");
    if (rec->top && mode[0] == 'a')       /* before opening makes the file */
        recorder_note_read(L, rec, path.given, -1);
    results = rec->raw[RAW_OPEN](L);
    f = observe_file_stream(L, -1);
    observe_file_keep(L, rec, -1);
    if (rec->top)
        note_open(L, rec, &path, mode, f);
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
must_open(lua_State *L, Recorder *rec, const Path *path)
{
    int code;

    if (faccessat(AT_FDCWD, path->full, R_OK, AT_EACCESS) == 0)
        return;
    code = errno;
    if (rec->top)
        recorder_note_absent(L, rec, path->given, code);
    cannot_open(L, path, code);
}

/* io.lines([path, ...]) -> iterator, nil, nil, file | iterator */
static int
l_lines(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int results;
    Path path;

    if (lua_isnoneornil(L, 1)) {
        observe_file_note_input(L, rec);
        return rec->raw[RAW_LINES](L);
    }
    take_path(L, rec, 1, &path);
    must_open(L, rec, &path);
    results = rec->raw[RAW_LINES](L);
    observe_file_keep(L, rec, -1);
    if (rec->top && observe_file_stream(L, -1))
        recorder_note_read(L, rec, path.given, fileno(observe_file_stream(L, -1)));
    return results;
}

/* io.input([path or file]) -> file */
static int
l_input(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int results;
    Path path;

    if (lua_isnoneornil(L, 1))
        observe_file_note_default(L, rec, OBSERVE_FILE_INPUT);
    else
        rec->own_input = 1;
    if (!lua_isstring(L, 1))
        return rec->raw[RAW_INPUT](L);
    take_path(L, rec, 1, &path);
    must_open(L, rec, &path);
    results = rec->raw[RAW_INPUT](L);
    observe_file_keep(L, rec, -1);
    if (rec->top && observe_file_stream(L, -1))
        recorder_note_read(L, rec, path.given, fileno(observe_file_stream(L, -1)));
    return results;
}

/* io.output([path or file]) -> file */
static int
l_output(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    struct stat st;
    int results;
    Path path;

    if (lua_isnoneornil(L, 1))
        observe_file_note_default(L, rec, OBSERVE_FILE_OUTPUT);
    else
        rec->own_output = 1;
    if (!lua_isstring(L, 1))
        return rec->raw[RAW_OUTPUT](L);
    take_path(L, rec, 1, &path);
    if (stat(path.full, &st)) {         /* tried first, for the message */
        FILE *f = fopen(path.full, "w");

        if (!f) {
            int code = errno;

            if (rec->top)
                recorder_note_impure(L, rec, "a file that could not be opened for writing");
            return cannot_open(L, &path, code);
        }
        fclose(f);
    }
    results = rec->raw[RAW_OUTPUT](L);
    observe_file_keep(L, rec, -1);
    if (rec->top)
        recorder_note_write(L, rec, path.given);
    return results;
}

/* io.read(...) */
static int
l_read(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    observe_file_note_input(L, rec);
    return rec->raw[RAW_READ](L);
}

/* io.write(...) -> file */
static int
l_write(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    FILE *f;

    if (!rec->top)
        return rec->raw[RAW_WRITE](L);
    observe_file_note_default(L, rec, OBSERVE_FILE_OUTPUT);
    lua_getfield(L, LUA_REGISTRYINDEX, OBSERVE_FILE_OUTPUT);
    f = observe_file_stream(L, -1);
    lua_pop(L, 1);
    if (rec->step && observe_file_is_console(rec, f)) {
        recorder_log_arguments(L, rec, 1);
        lua_getfield(L, LUA_REGISTRYINDEX, OBSERVE_FILE_OUTPUT);
        return 1;
    }
    return rec->raw[RAW_WRITE](L);
}

/* io.close([file]) */
static int
l_close(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int results;

    if (lua_isnone(L, 1))
        observe_file_note_default(L, rec, OBSERVE_FILE_OUTPUT);
    else if (!observe_file_standard(rec, observe_file_stream(L, 1)))
        observe_file_note(L, rec, 1);
    results = observe_file_close(L, rec, rec->raw[RAW_CLOSE]);
    recorder_log_programs(L, rec);
    return results;
}

/* io.tmpfile() -> file: an empty one without a name */
static int
l_tmpfile(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int results = rec->raw[RAW_TMPFILE](L);

    observe_file_keep(L, rec, -1);
    if (rec->top && !observe_file_stream(L, -1))
        recorder_note_impure(L, rec, "io.tmpfile");
    return results;
}

/* io.popen(program[, mode]) -> file */
static int
l_popen(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    char command[COMMAND_MAX];
    const char *mode;
    int results;

    snprintf(command, sizeof command, "%s", luaL_checkstring(L, 1));
    mode = luaL_optstring(L, 2, "r");
    luaL_argcheck(L, (*mode == 'r' || *mode == 'w') && !mode[1], 2, "invalid mode");
    if (rec->top)
        recorder_note_impure(L, rec, "io.popen");
    in_base(L, rec);
    results = start_reading(L, rec, mode);
    observe_file_keep_program(L, rec, -results, command);
    return results;
}

/* os.getenv(name) -> value | nil */
static int
l_getenv(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *name = luaL_checkstring(L, 1);

    if (rec->top)
        recorder_env_digest(name, getenv(name), recording_put(L, rec->top, FACT_ENV, name)->digest);
    return rec->raw[RAW_GETENV](L);
}

/* Notes what a removal or a renaming of FROM shows: code is its errno, 0 when it worked. */
static void
note_gone(lua_State *L, Recorder *rec, const Path *from, int code, const char *what)
{
    if (recorder_is_in_tmp(rec, from->given))
        return;
    if (code) {
        recorder_note_absent(L, rec, from->given, code);
        return;
    }
    if (!recorder_wrote(rec, from->given))   /* it can never be done twice */
        recorder_note_impure(L, rec, what);
    recorder_note_write(L, rec, from->given);
}

/* os.remove(path) -> true | nil, message, errno */
static int
l_remove(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    Path path;
    int done;

    take_path(L, rec, 1, &path);
    done = rec->raw[RAW_REMOVE](L) == 1;
    if (rec->top)
        note_gone(L, rec, &path, done ? 0 : errno_result(L), "os.remove");
    if (!done)
        return fail(L, &path);
    lua_pushboolean(L, 1);
    return 1;
}

/* os.rename(from, to) -> true | nil, message, errno */
static int
l_rename(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int results, done, top;
    Path from, to;
    struct stat st;

    take_path(L, rec, 1, &from);
    take_path(L, rec, 2, &to);
    results = rec->raw[RAW_RENAME](L);
    top = lua_gettop(L);
    done = results == 1;
    if (!rec->top)
        return results;
    if (done) {
        note_gone(L, rec, &from, 0, "os.rename");
        recorder_note_write(L, rec, to.given);
        if (stat(to.full, &st) == 0 && !S_ISREG(st.st_mode))
            recorder_note_impure(L, rec, "os.rename");
    } else if (errno_result(L) == ENOENT && stat(from.full, &st) != 0) {
        note_gone(L, rec, &from, ENOENT, "os.rename");
    } else {
        recorder_note_impure(L, rec, "os.rename");
    }
    lua_settop(L, top);
    return results;
}

/* os.date([format[, time]]): repeatable only in UTC and of a given time */
static int
l_date(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *format = luaL_optstring(L, 1, "%c");

    if (rec->top && (format[0] != '!' || lua_isnoneornil(L, 2)))
        recorder_note_impure(L, rec, "os.date");
    return rec->raw[RAW_DATE](L);
}

/* os.setlocale([name[, category]]) -> name | nil; the locale stays "C", since the
 * order of strings depends on it */
static int
l_setlocale(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *name = luaL_optstring(L, 1, NULL);

    if (rec->top)
        recorder_note_impure(L, rec, "os.setlocale");
    if (name && strcmp(name, "C") != 0 && strcmp(name, "POSIX") != 0) {
        lua_pushnil(L);
        return 1;
    }
    lua_settop(L, 2);
    lua_pushnil(L);
    lua_replace(L, 1);
    return rec->raw[RAW_SETLOCALE](L);
}

/* os.execute([command]) */
static int
l_execute(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    char command[COMMAND_MAX];
    int results;

    embedded_check_interrupt(L);
    luaL_optstring(L, 1, NULL);
    if (rec->top)
        recorder_note_impure(L, rec, "os.execute");
    if (lua_isnoneornil(L, 1))
        return rec->raw[RAW_EXECUTE](L);
    if (rec->sandbox) {
        int status = run_sandboxed(rec, luaL_checkstring(L, 1)), code = errno;

        embedded_check_interrupt(L);
        recorder_log_output(L, rec, (const char *)rec->text.data, rec->text.len);
        errno = code;
        results = luaL_execresult(L, status);
    } else {
        results =
            luaL_execresult(L, spawn_shell(luaL_checkstring(L, 1), rec->step ? rec->base : NULL));
    }
    snprintf(command, sizeof command, "%s", lua_tostring(L, 1));
    recorder_note_failure(L, rec, "os.execute", command, lua_gettop(L) - results + 1);
    return results;
}

/* os.exit([code[, close]]) */
static int
l_exit(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    if (rec->step)
        return luaL_error(L, "a step cannot exit the program (it called os.exit)");
    return rec->raw[RAW_EXIT](L);
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

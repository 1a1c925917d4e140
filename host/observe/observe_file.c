/* observe_file.c -- rille.host.observe: whose an open file is, and the methods of
 * files. */
#include <stdio.h>
#include <string.h>

#include "observe/recorder.h"

FILE *
observer_stream(lua_State *L, int idx)
{
    luaL_Stream *s = luaL_testudata(L, idx, LUA_FILEHANDLE);

    return s && s->closef ? s->f : NULL;
}

/* ---- whose a file is ----
 *
 * A file that a step opened is known by what was at its path.  Any other that comes
 * into its hands (a default of io, a standard file, what a module kept) is at a
 * position that only the past tells: what comes from it cannot be repeated. */

/* What recorder is on top opened the file at the index. */
void
observer_keep_handle(lua_State *L, Observer *o, int idx)
{
    if (!o->top || !observer_stream(L, idx))
        return;
    lua_pushvalue(L, idx);
    observer_held(L, HELD_HANDLES);
    lua_insert(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void
observer_keep_program(lua_State *L, Observer *o, int idx, const char *command)
{
    if (!o->top || !observer_stream(L, idx))
        return;
    lua_pushvalue(L, idx);
    observer_held(L, HELD_HANDLES);
    lua_insert(L, -2);
    lua_pushstring(L, command);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* Is the file at the index one of io.popen, opened by what is recorded? */
static int
is_program(lua_State *L, int idx)
{
    int type;

    observer_held(L, HELD_HANDLES);
    lua_pushvalue(L, idx);
    type = lua_rawget(L, -2);
    lua_pop(L, 2);
    return type == LUA_TSTRING;
}

int
observer_close(lua_State *L, Observer *o, lua_CFunction original)
{
    char command[COMMAND_MAX] = "";
    int results, top = lua_gettop(L);

    if (o->step && top > 0) {
        observer_held(L, HELD_HANDLES);
        lua_pushvalue(L, 1);
        if (lua_rawget(L, -2) == LUA_TSTRING)
            snprintf(command, sizeof command, "%s", lua_tostring(L, -1));
        lua_settop(L, top);
    }
    results = original(L);
    if (*command && results == 3)
        observer_ended(L, o, "io.popen", command, lua_gettop(L) - 2);
    return results;
}

static int
is_kept(lua_State *L, int idx)
{
    int kept;

    idx = lua_absindex(L, idx);
    observer_held(L, HELD_HANDLES);
    lua_pushvalue(L, idx);
    kept = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return kept;
}

/* "stdin" and its like; NULL for any other. */
const char *
observer_standard(const Observer *o, const FILE *f)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    FILE *const own[] = {stdin, stdout, stderr}, *const *streams = o->confine ? o->confine->stream : own;

    for (int i = 0; f && i < 3; i++)
        if (f == streams[i])
            return names[i];
    return NULL;
}

/* Something is about to happen by the file at the index. */
void
observer_note_handle(lua_State *L, Observer *o, int idx)
{
    FILE *f = o->top ? observer_stream(L, idx) : NULL;
    const char *name = observer_standard(o, f);

    if (!f || is_kept(L, idx) || observer_called_by_rille(L))
        return;
    if (!name)
        observer_impure(L, o, "a file that was opened before the step");
    else
        observer_impure(L, o, strcmp(name, "stdin") == 0 ? "standard input" : "standard output");
}

/* A default of io is about to be used.  Which standard file it is the script
 * decides: that is a fact ("io.input", "io.output"). */
void
observer_note_default(lua_State *L, Observer *o, const char *field)
{
    int input = strcmp(field, OBSERVER_INPUT) == 0;
    int own = input ? o->own_input : o->own_output;     /* set by the step's code */
    const char *name;
    Fact *f;

    if (!o->top || observer_called_by_rille(L))
        return;
    lua_getfield(L, LUA_REGISTRYINDEX, field);
    name = observer_standard(o, observer_stream(L, -1));
    if (name && !own) {
        f = observer_put(L, o->top, FACT_VALUE, input ? "io.input" : "io.output");
        observer_put_value(L, f, name, strlen(name));
    }
    if (!name && !is_kept(L, -1))
        observer_impure(L, o, input ? "reading a default input that was opened before"
                                    : "writing to a default output that was opened before");
    lua_pop(L, 1);
}

/* Reading the default input is repeatable only if the step opened it. */
void
observer_note_input(lua_State *L, Observer *o)
{
    if (!o->top)
        return;
    observer_note_default(L, o, OBSERVER_INPUT);
    lua_getfield(L, LUA_REGISTRYINDEX, OBSERVER_INPUT);
    if (observer_standard(o, observer_stream(L, -1)))
        observer_note_handle(L, o, -1);
    lua_pop(L, 1);
}

/* The name of the standard file that the default of io is, for observe.default. */
const char *
observer_default(lua_State *L, const char *field)
{
    const char *name;

    lua_getfield(L, LUA_REGISTRYINDEX, field);
    name = observer_standard(observer_of(L), observer_stream(L, -1));
    lua_pop(L, 1);
    return name;
}

/* ---- methods ---- */

/* Puts arguments first.. into the log, as fprintf would print them. */
void
observer_log_arguments(lua_State *L, Observer *o, int first)
{
    int top = lua_gettop(L);

    for (int i = first; i <= top; i++) {
        char number[64];
        const char *p = number;
        size_t n;

        if (lua_type(L, i) != LUA_TNUMBER)
            p = luaL_checklstring(L, i, &n);
        else if (lua_isinteger(L, i))
            n = (size_t)snprintf(number, sizeof number, LUA_INTEGER_FMT,
                                 (LUAI_UACINT)lua_tointeger(L, i));
        else
            n = (size_t)snprintf(number, sizeof number, LUA_NUMBER_FMT,
                                 (LUAI_UACNUMBER)lua_tonumber(L, i));
        observer_log(L, o, p, n);
    }
    observer_flush(o);
}

int
observer_is_console(const Observer *o, const FILE *f)
{
    const char *name = observer_standard(o, f);

    return name && strcmp(name, "stdin") != 0;
}

/* file:write(...) -> file */
static int
l_file_write(lua_State *L)
{
    Observer *o = observer_here(L);
    FILE *f = o->top ? observer_stream(L, 1) : NULL;

    if (!observer_is_console(o, f)) {
        observer_note_handle(L, o, 1);
        return o->raw[RAW_FILE_WRITE](L);
    }
    if (!o->step || observer_called_by_rille(L))
        return o->raw[RAW_FILE_WRITE](L);
    observer_log_arguments(L, o, 2);
    lua_settop(L, 1);
    return 1;
}

/* file:read(...) */
static int
l_file_read(lua_State *L)
{
    Observer *o = observer_here(L);

    observer_note_handle(L, o, 1);
    return o->raw[RAW_FILE_READ](L);
}

/* file:lines(...) */
static int
l_file_lines(lua_State *L)
{
    Observer *o = observer_here(L);

    observer_note_handle(L, o, 1);
    return o->raw[RAW_FILE_LINES](L);
}

/* file:seek([whence[, offset]]) -> position | nil, message, errno */
static int
l_file_seek(lua_State *L)
{
    Observer *o = observer_here(L);

    observer_note_handle(L, o, 1);
    return o->raw[RAW_FILE_SEEK](L);
}

/* What a method does and gives is the same for every standard file. */
static int
of_others(lua_State *L, Raw id)
{
    Observer *o = observer_here(L);

    if (!observer_standard(o, observer_stream(L, 1)))
        observer_note_handle(L, o, 1);
    return o->raw[id](L);
}

/* file:close() -> true | what io.popen's program ended with; never closes a
 * standard file */
static int
l_file_close(lua_State *L)
{
    Observer *o = observer_here(L);
    int results;

    if (!observer_standard(o, observer_stream(L, 1)))
        observer_note_handle(L, o, 1);
    results = observer_close(L, o, o->raw[RAW_FILE_CLOSE]);
    observer_said(L, o);
    return results;
}

/* The end of `local file <close>`: the step cannot look at what io.popen's program ended
 * with, so it is closed as by file:close(). */
static int
l_file_leave(lua_State *L)
{
    Observer *o = observer_here(L);

    if (!o->step || !observer_stream(L, 1) || !is_program(L, 1))
        return o->raw[RAW_FILE_LEAVE](L);
    lua_settop(L, 1);
    l_file_close(L);
    return 0;
}

/* file:flush() -> file */
static int
l_file_flush(lua_State *L)
{
    return of_others(L, RAW_FILE_FLUSH);
}

/* file:setvbuf(mode[, size]) -> true */
static int
l_file_setvbuf(lua_State *L)
{
    return of_others(L, RAW_FILE_SETVBUF);
}

/* tostring(file) shows an address while the file is open */
static int
l_file_tostring(lua_State *L)
{
    Observer *o = observer_here(L);

    if (o->top && observer_stream(L, 1))
        observer_impure(L, o, "the address of a file");
    return o->raw[RAW_FILE_TOSTRING](L);
}

/* The metatable of files is wrapped as a library of its own. */
void
observer_wrap_files(lua_State *L)
{
    static const Wrap methods[] = {
        {RAW_FILE_READ, "__index", "read", l_file_read},
        {RAW_FILE_LINES, "__index", "lines", l_file_lines},
        {RAW_FILE_WRITE, "__index", "write", l_file_write},
        {RAW_FILE_SEEK, "__index", "seek", l_file_seek},
        {RAW_FILE_CLOSE, "__index", "close", l_file_close},
        {RAW_FILE_FLUSH, "__index", "flush", l_file_flush},
        {RAW_FILE_SETVBUF, "__index", "setvbuf", l_file_setvbuf},
        {RAW_FILE_LEAVE, NULL, "__close", l_file_leave},
        {RAW_FILE_TOSTRING, NULL, "__tostring", l_file_tostring},
        {0, NULL, NULL, NULL}};

    if (luaL_getmetatable(L, LUA_FILEHANDLE) == LUA_TTABLE) {
        observer_wrap(L, methods);
        /* a script that changed what files do would change results behind their keys */
        lua_pushliteral(L, "file");
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

/* observe_file.c -- rille.host.observe: whose an open file is, and the methods of
 * files. */
#include <stdio.h>
#include <string.h>

#include "observe/observe_file.h"
#include "observe/observelib.h"

FILE *
observe_file_stream(lua_State *L, int idx)
{
    luaL_Stream *s = luaL_testudata(L, idx, LUA_FILEHANDLE);

    return s && s->closef ? s->f : NULL;
}

/* ---- whose a file is ---- */

void
observe_file_keep(lua_State *L, Recorder *rec, int idx)
{
    if (!rec->top || !observe_file_stream(L, idx))
        return;
    lua_pushvalue(L, idx);
    recorder_held(L, HELD_HANDLES);
    lua_insert(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void
observe_file_keep_program(lua_State *L, Recorder *rec, int idx, const char *command)
{
    if (!rec->top || !observe_file_stream(L, idx))
        return;
    lua_pushvalue(L, idx);
    recorder_held(L, HELD_HANDLES);
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

    recorder_held(L, HELD_HANDLES);
    lua_pushvalue(L, idx);
    type = lua_rawget(L, -2);
    lua_pop(L, 2);
    return type == LUA_TSTRING;
}

int
observe_file_close(lua_State *L, Recorder *rec, lua_CFunction original)
{
    char command[COMMAND_MAX] = "";
    int results, top = lua_gettop(L);

    if (rec->step && top > 0) {
        recorder_held(L, HELD_HANDLES);
        lua_pushvalue(L, 1);
        if (lua_rawget(L, -2) == LUA_TSTRING)
            snprintf(command, sizeof command, "%s", lua_tostring(L, -1));
        lua_settop(L, top);
    }
    results = original(L);
    if (*command && results == 3)
        recorder_note_failure(L, rec, "io.popen", command, lua_gettop(L) - 2);
    return results;
}

static int
is_kept(lua_State *L, int idx)
{
    int kept;

    idx = lua_absindex(L, idx);
    recorder_held(L, HELD_HANDLES);
    lua_pushvalue(L, idx);
    kept = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return kept;
}

const char *
observe_file_standard(const Recorder *rec, const FILE *f)
{
    static const char *const names[] = {"stdin", "stdout", "stderr"};
    FILE *const own[] = {stdin, stdout, stderr};
    FILE *const *streams = rec->sandbox ? rec->sandbox->stream : own;

    for (int i = 0; f && i < 3; i++)
        if (f == streams[i])
            return names[i];
    return NULL;
}

void
observe_file_note(lua_State *L, Recorder *rec, int idx)
{
    FILE *f = rec->top ? observe_file_stream(L, idx) : NULL;
    const char *name = observe_file_standard(rec, f);

    if (!f || is_kept(L, idx) || recorder_called_by_rille(L))
        return;
    if (!name)
        recorder_note_impure(L, rec, "a file that was opened before the step");
    else
        recorder_note_impure(L, rec,
                             strcmp(name, "stdin") == 0 ? "standard input" : "standard output");
}

/* Which standard file a default of io is the script decides: that is a fact ("io.input",
 * "io.output"). */
void
observe_file_note_default(lua_State *L, Recorder *rec, const char *field)
{
    int input = strcmp(field, OBSERVE_FILE_INPUT) == 0;
    int own = input ? rec->own_input : rec->own_output;     /* set by the step's code */
    const char *name;
    Fact *f;

    if (!rec->top || recorder_called_by_rille(L))
        return;
    lua_getfield(L, LUA_REGISTRYINDEX, field);
    name = observe_file_standard(rec, observe_file_stream(L, -1));
    if (name && !own) {
        f = recording_put(L, rec->top, FACT_VALUE, input ? "io.input" : "io.output");
        recording_put_value(L, f, name, strlen(name));
    }
    if (!name && !is_kept(L, -1))
        recorder_note_impure(L, rec,
                             input ? "reading a default input that was opened before"
                                   : "writing to a default output that was opened before");
    lua_pop(L, 1);
}

/* Reading the default input is repeatable only if the step opened it. */
void
observe_file_note_input(lua_State *L, Recorder *rec)
{
    if (!rec->top)
        return;
    observe_file_note_default(L, rec, OBSERVE_FILE_INPUT);
    lua_getfield(L, LUA_REGISTRYINDEX, OBSERVE_FILE_INPUT);
    if (observe_file_standard(rec, observe_file_stream(L, -1)))
        observe_file_note(L, rec, -1);
    lua_pop(L, 1);
}

/* The name of the standard file that the default of io is, for observe.default. */
const char *
observe_file_default(lua_State *L, const char *field)
{
    const char *name;

    lua_getfield(L, LUA_REGISTRYINDEX, field);
    name = observe_file_standard(recorder_of(L), observe_file_stream(L, -1));
    lua_pop(L, 1);
    return name;
}

/* ---- methods ---- */

int
observe_file_is_console(const Recorder *rec, const FILE *f)
{
    const char *name = observe_file_standard(rec, f);

    return name && strcmp(name, "stdin") != 0;
}

/* file:write(...) -> file */
static int
l_file_write(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    FILE *f = rec->top ? observe_file_stream(L, 1) : NULL;

    if (!observe_file_is_console(rec, f)) {
        observe_file_note(L, rec, 1);
        return rec->raw[RAW_FILE_WRITE](L);
    }
    if (!rec->step || recorder_called_by_rille(L))
        return rec->raw[RAW_FILE_WRITE](L);
    recorder_log_arguments(L, rec, 2);
    lua_settop(L, 1);
    return 1;
}

/* file:read(...) */
static int
l_file_read(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    observe_file_note(L, rec, 1);
    return rec->raw[RAW_FILE_READ](L);
}

/* file:lines(...) */
static int
l_file_lines(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    observe_file_note(L, rec, 1);
    return rec->raw[RAW_FILE_LINES](L);
}

/* file:seek([whence[, offset]]) -> position | nil, message, errno */
static int
l_file_seek(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    observe_file_note(L, rec, 1);
    return rec->raw[RAW_FILE_SEEK](L);
}

/* What a method does and gives is the same for every standard file. */
static int
of_others(lua_State *L, Raw id)
{
    Recorder *rec = recorder_here(L);

    if (!observe_file_standard(rec, observe_file_stream(L, 1)))
        observe_file_note(L, rec, 1);
    return rec->raw[id](L);
}

/* file:close() -> true | what io.popen's program ended with; never closes a
 * standard file */
static int
l_file_close(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int results;

    if (!observe_file_standard(rec, observe_file_stream(L, 1)))
        observe_file_note(L, rec, 1);
    results = observe_file_close(L, rec, rec->raw[RAW_FILE_CLOSE]);
    recorder_log_programs(L, rec);
    return results;
}

/* The end of `local file <close>`: the step cannot look at what io.popen's program ended
 * with, so it is closed as by file:close(). */
static int
l_file_leave(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    if (!rec->step || !observe_file_stream(L, 1) || !is_program(L, 1))
        return rec->raw[RAW_FILE_LEAVE](L);
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
    Recorder *rec = recorder_here(L);

    if (rec->top && observe_file_stream(L, 1))
        recorder_note_impure(L, rec, "the address of a file");
    return rec->raw[RAW_FILE_TOSTRING](L);
}

/* The metatable of files is wrapped as a library of its own. */
void
observe_file_wrap(lua_State *L)
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
        wrap_functions(L, methods);
        /* a script that changed what files do would change results behind their keys */
        lua_pushliteral(L, "file");
        lua_setfield(L, -2, "__metatable");
    }
    lua_pop(L, 1);
}

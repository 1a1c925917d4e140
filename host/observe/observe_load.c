/* observe_load.c -- rille.host.observe: the ways by which code comes in.
 *
 * Only text is compiled; bytecode can crash any Lua.  Every file that is compiled is
 * kept as a source. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "embedded/embedded.h"
#include "observe/observe_code.h"
#include "observe/observe_pin.h"
#include "observe/observe_source.h"
#include "observe/observelib.h"
#include "os/sys.h"

/* Loads a file as loadfile does: pushes a function, or a message and returns a
 * status.  Records that it was read, and what its code is.  sandbox: in an environment
 * of the caller's. */
static int
load_file(lua_State *L, Recorder *rec, const char *path, const char *mode, int sandbox)
{
    char name[PATH_MAX];
    const char *verb, *text;
    int status, at;
    size_t n;
    FileState state;

    if (rec->top)
        recorder_note_read(L, rec, path, -1);
    if (!observe_source_read(L, rec, path, &state, &verb)) {
        lua_pushfstring(L, "cannot %s %s: %s", verb, path,
                        observe_source_reason(state.code));
        return LUA_ERRFILE;
    }
    at = lua_gettop(L);
    observe_source_name(rec, path, name, sizeof name);
    observe_source_keep(L, name, at, state.digest);
    text = lua_tolstring(L, at, &n);
    lua_pushfstring(L, "@%s", path);
    status = observe_source_compile(L, text, n, lua_tostring(L, -1), mode, path);
    if (!status)
        observe_code_note_chunk(L, rec, path, sandbox);
    lua_replace(L, at);
    lua_settop(L, at);
    return status;
}

/* The mode at arg for a text: "t" when it allows text, else as it is, for Lua to refuse. */
static const char *
text_mode(lua_State *L, int arg)
{
    const char *mode = luaL_optstring(L, arg, "t");

    return strchr(mode, 't') ? "t" : mode;
}

/* observe.load_script(path | nil, text, chunkname[, code[, keeps]])
 *   -> function | nil, message
 * code: what is compiled in place of the text, with the same lines; keeps = false: the
 * text is no source of the state, the caller has it */
int
observe_load_l_load_script(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    const char *path = luaL_optstring(L, 1, NULL), *text, *chunk;
    unsigned char digest[HASH_SIZE];
    char name[PATH_MAX];
    size_t n;

    text = luaL_checklstring(L, 2, &n);
    chunk = luaL_checkstring(L, 3);
    hash_of(text, n, digest);
    if (path)
        observe_source_name(rec, path, name, sizeof name);
    else
        snprintf(name, sizeof name, "%s", chunk + (*chunk == '@' || *chunk == '='));
    if (lua_type(L, 5) != LUA_TBOOLEAN || lua_toboolean(L, 5))
        observe_source_keep(L, name, 2, digest);
    text = luaL_optlstring(L, 4, text, &n);
    if (observe_source_compile(L, text, n, chunk, "t", name)) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    return 1;
}

/* ---- load, loadfile, dofile ---- */

static int
failed(lua_State *L)
{
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* load(chunk[, chunkname[, mode[, env]]]) -> function | nil, message */
static int
l_load(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *mode = luaL_optstring(L, 3, "bt"), *text, *message;
    char name[PATH_MAX];
    int results;
    size_t n;

    if (rec->top) {
        recorder_note_impure(L, rec, "load");
        rec->top->unknown_effects = 1;
    }
    if (observe_source_is_pretender(lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : NULL, name,
                                    sizeof name)) {
        lua_pushstring(L, name);
        lua_replace(L, 2);
    }
    if (lua_type(L, 1) == LUA_TNUMBER || lua_type(L, 1) == LUA_TSTRING) {
        text = lua_tolstring(L, 1, &n);
        if (n && text[0] == LUA_SIGNATURE[0]) {
            lua_pushstring(L, OBSERVE_SOURCE_REFUSED);
            return failed(L);
        }
        return rec->raw[RAW_LOAD](L);
    }
    if (lua_gettop(L) < 3)
        lua_settop(L, 3);
    lua_pushstring(L, strchr(mode, 't') ? "t" : "n");
    lua_replace(L, 3);
    results = rec->raw[RAW_LOAD](L);
    message = results == 2 ? lua_tostring(L, -1) : NULL;
    if (message && strstr(message, "attempt to load a binary chunk")) {
        lua_pushstring(L, OBSERVE_SOURCE_REFUSED);
        return failed(L);
    }
    return results;
}

/* loadfile([path[, mode[, env]]]) -> function | nil, message */
static int
l_loadfile(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *path = luaL_optstring(L, 1, NULL), *mode = text_mode(L, 2);
    int has_env = !lua_isnone(L, 3), top = lua_gettop(L), sandbox;

    if (!path) {
        if (rec->top)
            recorder_note_impure(L, rec, "standard input");
        if (rec->sandbox)         /* it is empty */
            return luaL_loadbuffer(L, "", 0, "=stdin") ? lua_error(L) : 1;
        if (lua_gettop(L) < 2)
            lua_settop(L, 2);
        lua_pushstring(L, strchr(mode, 't') ? "t" : "n");
        lua_replace(L, 2);
        return rec->raw[RAW_LOADFILE](L);
    }
    if (observe_pin_asked(L, rec, "loadfile", top))
        return lua_gettop(L) - top;
    lua_pushglobaltable(L);
    sandbox = has_env && !lua_rawequal(L, 3, -1);
    lua_pop(L, 1);
    if (load_file(L, rec, path, mode, sandbox))
        return failed(L);
    if (has_env) {
        lua_pushvalue(L, 3);
        if (!lua_setupvalue(L, -2, 1))
            lua_pop(L, 1);
    }
    return 1;
}

static int
after_dofile(lua_State *L, int status, lua_KContext ctx)
{
    (void)status;
    (void)ctx;
    return lua_gettop(L) - 1;
}

/* dofile([path]) -> what the chunk returns; raises when it cannot be loaded */
static int
l_dofile(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *path = luaL_optstring(L, 1, NULL);

    lua_settop(L, 1);
    if (!path && rec->top)
        recorder_note_impure(L, rec, "standard input");
    if (path && observe_pin_asked(L, rec, "dofile", 1))
        return lua_gettop(L) - 1;
    if (path           ? load_file(L, rec, path, "t", 0)
        : rec->sandbox ? luaL_loadbuffer(L, "", 0, "=stdin")
                       : luaL_loadfilex(L, NULL, "t"))
        return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, after_dofile);
    return after_dofile(L, 0, 0);
}

const Wrap observe_load_wraps[] = {
    {RAW_LOAD, NULL, "load", l_load},
    {RAW_LOADFILE, NULL, "loadfile", l_loadfile},
    {RAW_DOFILE, NULL, "dofile", l_dofile},
    {0, NULL, NULL, NULL}};

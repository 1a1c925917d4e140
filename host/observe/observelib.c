/* observelib.c -- rille.host.observe: what a step takes from outside.
 *
 * See recorder.h for the parts, fact.h for what is recorded, observe.h for what other
 * faces use. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "observe/observe.h"
#include "observe/observe_file.h"
#include "observe/observe_source.h"
#include "observe/observe_c_module.h"
#include "observe/observelib.h"

int luaopen_rille_host_observe(lua_State *L);

/* observe.set_base(dir): the absolute folder of relative paths */
static int
l_set_base(lua_State *L)
{
    const char *dir = luaL_checkstring(L, 1);

    luaL_argcheck(L, dir[0] == '/', 1, "the path is not absolute");
    recorder_set_path(L, &recorder_of(L)->base, dir);
    return 0;
}

/* observe.base() -> dir | nil in a foreign state where none was set */
static int
l_base(lua_State *L)
{
    lua_pushstring(L, recorder_of(L)->base);
    return 1;
}

/* observe.log(text): into the log of the step that runs */
static int
l_log(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    Recorder *rec = recorder_of(L);

    if (rec->step) {
        recorder_log(L, rec, text, n);
        recorder_log_flush(rec);
    }
    return 0;
}

/* observe.fact(kind, name, bytes): kind is "value"; nothing outside a step.  Two
 * different values of one name are a change while the step ran. */
static int
l_fact(lua_State *L)
{
    static const char *const kinds[] = {"value", NULL};
    const char *name = luaL_checkstring(L, 2), *p;
    size_t n;

    luaL_checkoption(L, 1, NULL, kinds);
    p = luaL_checklstring(L, 3, &n);
    observe_value(L, name, p, n);
    return 0;
}

/* observe.reading(path): a file that is about to be read, or handed on as it is
 * (its executable bits count, and that it is a link), or a folder about to be listed */
static int
l_reading(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    Recorder *rec = recorder_of(L);

    if (rec->top)
        recorder_note_handed(L, rec, path);
    return 0;
}

/* observe.writing(path): a file that the step is about to write */
static int
l_writing(lua_State *L)
{
    char full[PATH_MAX];

    observe_write(L, luaL_checkstring(L, 1), full, sizeof full);
    return 0;
}

/* observe.read_path(path) -> the absolute path, noted as a file that the step reads */
static int
l_read_path(lua_State *L)
{
    char full[PATH_MAX];

    observe_read(L, luaL_checkstring(L, 1), full, sizeof full);
    lua_pushstring(L, full);
    return 1;
}

/* observe.write_path(path) -> the absolute path, noted as a file that the step writes */
static int
l_write_path(lua_State *L)
{
    char full[PATH_MAX];

    observe_write(L, luaL_checkstring(L, 1), full, sizeof full);
    lua_pushstring(L, full);
    return 1;
}

/* observe.env(name) -> value | nil: what a variable is, as a step that read it */
static int
l_env(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    const char *name = luaL_checkstring(L, 1), *value = getenv(name);

    if (rec->top)
        recorder_env_digest(name, value, recording_put(L, rec->top, FACT_ENV, name)->digest);
    lua_pushstring(L, value);
    return 1;
}

/* observe.keep(path): keeps its text among the sources of the run, if it is one */
static int
l_keep(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), *text, *verb;
    Recorder *rec = recorder_of(L);
    char name[PATH_MAX];
    FileState state;
    size_t n;

    lua_settop(L, 1);
    if (!observe_source_read(L, rec, path, &state, &verb))
        return 0;
    text = lua_tolstring(L, 2, &n);
    if (memchr(text, 0, n))
        return 0;
    observe_source_name(rec, path, name, sizeof name);
    observe_source_keep(L, name, 2, state.digest);
    return 0;
}

/* observe.default("input" | "output") -> "stdin", "stdout", "stderr" | nil when it is
 * another file */
static int
l_default(lua_State *L)
{
    static const char *const names[] = {"input", "output", NULL};

    int output = luaL_checkoption(L, 1, NULL, names);

    lua_pushstring(L, observe_file_default(L, output ? OBSERVE_FILE_OUTPUT : OBSERVE_FILE_INPUT));
    return 1;
}

/* observe.impure(what) */
static int
l_impure(lua_State *L)
{
    observe_impure(L, luaL_checkstring(L, 1));
    return 0;
}

/* observe.modules(fn): sets the function that is called for each C module that a step
 * loads; see observe_c_module.h */
static int
l_modules(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    recorder_hold(L, HELD_C_MODULES);
    return 0;
}

/* observe.names(fn): fn(value) -> the name of a value of the standard library or rille */
static int
l_names(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    recorder_hold(L, HELD_NAME_OF);
    return 0;
}

/* observe.loaded_by_step() -> the set of the names of modules that the running step loaded */
static int
l_loaded_by_step(lua_State *L)
{
    if (recorder_held(L, HELD_MODULES) != LUA_TTABLE)
        lua_newtable(L);
    return 1;
}

/* observe.module_fingerprint(fn): fn(value) -> 32 bytes | nil */
static int
l_module_fingerprint(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    recorder_hold(L, HELD_FINGERPRINT);
    return 0;
}

/* The folder of relative paths until set_base is called. */
static void
take_working_folder(lua_State *L, Recorder *rec)
{
    char dir[PATH_MAX];

    if (!rec->base && getcwd(dir, sizeof dir))
        recorder_set_path(L, &rec->base, dir);
}

/* observe.install(globals): once per state of ours, before the user's script */
static int
l_install(lua_State *L)
{
    Recorder *rec = recorder_of(L);

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (rec->installed)
        return luaL_error(L, "the standard library is observed already");
    rec->installed = 1;
    take_working_folder(L, rec);
    observe_step_find_random(L, rec, 1);
    wrap_functions(L, observe_io_wraps);
    wrap_functions(L, observe_load_wraps);
    wrap_functions(L, observe_require_wraps);
    wrap_functions(L, observe_base_wraps);
    observe_base_wrap_debug(L);
    observe_file_wrap(L);
    observe_require_wrap_searchers(L);
    return 0;
}

int
luaopen_rille_host_observe(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"install", l_install},
        {"set_base", l_set_base},
        {"base", l_base},
        {"load_script", observe_load_l_load_script},
        {"sources", observe_source_l_sources},
        {"pin", observe_pin_l_pin},
        {"begin", observe_step_l_begin},
        {"finish", observe_step_l_finish},
        {"running", observe_step_l_running},
        {"watch", observe_step_l_watch},
        {"watched", observe_step_l_watched},
        {"fact", l_fact},
        {"reading", l_reading},
        {"writing", l_writing},
        {"read_path", l_read_path},
        {"write_path", l_write_path},
        {"env", l_env},
        {"impure", l_impure},
        {"default", l_default},
        {"keep", l_keep},
        {"log", l_log},
        {"modules", l_modules},
        {"libraries", observe_c_module_l_libraries},
        {"names", l_names},
        {"loaded_by_step", l_loaded_by_step},
        {"module_fingerprint", l_module_fingerprint},
        {"same_code", observe_code_l_same_code},
        {"check", observe_check_l_check},
        {"describe", observe_check_l_describe},
        {"merged", observe_check_l_merged},
        {"new_plan", observe_check_l_new_plan},
        {NULL, NULL}};

    recorder_of(L);
    luaL_newlib(L, lib);
    return 1;
}

/* observe_code.c -- see observe_code.h */
#include <limits.h>
#include <string.h>

#include "base/bind.h"
#include "embedded/module_loader.h"
#include "observe/observe_c_module.h"
#include "observe/observe_code.h"
#include "observe/observe_source.h"
#include "observe/observelib.h"

/* ---- fingerprints ---- */

int
observe_code_fingerprint(lua_State *L, Recorder *rec, unsigned char fingerprint[HASH_SIZE])
{
    int at = lua_gettop(L), status = LUA_OK;
    Recording *top = rec->top;

    luaL_checkstack(L, 10, "fingerprint");
    if (recorder_held(L, HELD_FINGERPRINT) == LUA_TFUNCTION) {
        lua_pushvalue(L, at);
        rec->top = NULL;                  /* comparing is not what the step does */
        status = lua_pcall(L, 1, 3, 0);
        rec->top = top;
    }
    if (status)
        lua_error(L);
    lua_settop(L, at + 3);
    if (lua_type(L, at + 1) == LUA_TSTRING && lua_rawlen(L, at + 1) == HASH_SIZE) {
        memcpy(fingerprint, lua_tostring(L, at + 1), HASH_SIZE);
        lua_settop(L, at);
        return 1;
    }
    lua_remove(L, at + 1);              /* what and where stay */
    return 0;
}

void
observe_code_note_unknown(lua_State *L, Recorder *rec, const char *what)
{
    const char *found = lua_tostring(L, -2), *where = lua_tostring(L, -1);

    if (found)
        what = found;
    rec->top->unknown_effects = 1;
    if (!where)
        recorder_note_impure(L, rec, what);
    else if (!fact_find(&rec->top->facts, MARK_IMPURE, what, strlen(what)))
        recording_put_value(L, recording_put(L, rec->top, MARK_IMPURE, what), where, strlen(where));
    lua_pop(L, 2);
}

/* Replaces the environment of the chunk at the top by an empty one. */
static void
seclude(lua_State *L)
{
    lua_newtable(L);
    if (!lua_setupvalue(L, -2, 1))
        lua_pop(L, 1);
}

int
observe_code_of_file(lua_State *L, Recorder *rec, const char *path, int sandbox,
                     unsigned char fingerprint[HASH_SIZE])
{
    int top = lua_gettop(L), known = 0;
    const char *text, *verb;
    size_t n;
    FileState state;

    luaL_checkstack(L, 10, "fingerprint");
    recorder_held(L, HELD_FILE_FINGERPRINTS);
    lua_pushfstring(L, "%s %s", sandbox ? "sandbox" : "code", path);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, top + 1) == LUA_TNIL && observe_source_read(L, rec, path, &state, &verb)) {
        text = lua_tolstring(L, -1, &n);
        if (!observe_source_compile(L, text, n, lua_pushfstring(L, "@%s", path), "t", path)) {
            if (sandbox)
                seclude(L);
            known = observe_code_fingerprint(L, rec, fingerprint);
        }
    } else if (lua_type(L, top + 3) == LUA_TSTRING) {
        memcpy(fingerprint, lua_tostring(L, top + 3), HASH_SIZE);
        known = 1;
    }
    lua_settop(L, top + 2);
    if (known)
        lua_pushlstring(L, (const char *)fingerprint, HASH_SIZE);
    else
        lua_pushboolean(L, 0);
    lua_rawset(L, top + 1);
    lua_settop(L, top);
    return known;
}

/* observe.same_code(path, fingerprint[, sandbox]) -> boolean: has the chunk of the file
 * that fingerprint now?  Nothing is run. */
int
observe_code_l_same_code(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), *was;
    unsigned char now[HASH_SIZE];
    size_t n;

    was = luaL_checklstring(L, 2, &n);
    lua_pushboolean(
        L, n == HASH_SIZE && observe_code_of_file(L, recorder_of(L), path, lua_toboolean(L, 3), now)
               && memcmp(now, was, HASH_SIZE) == 0);
    return 1;
}

/* ---- files of code ---- */

/* Whether the step made the file itself: its text is computed, as that of load is. */
static int
is_made(lua_State *L, Recorder *rec, const char *path)
{
    if (!recorder_wrote(rec, path) && !recorder_is_in_tmp(rec, path))
        return 0;
    recorder_note_impure(L, rec, lua_pushfstring(L, "code of its own making, %s", path));
    rec->top->unknown_effects = 1;
    lua_pop(L, 1);
    return 1;
}

/* Keeps the chunk at the top, to take its fingerprint again when the step has ended. */
static void
keep_code(lua_State *L, const char *name)
{
    recorder_held(L, HELD_CODES);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void
observe_code_note_chunk(lua_State *L, Recorder *rec, const char *path, int sandbox)
{
    unsigned char fingerprint[HASH_SIZE];
    char normal[PATH_MAX];
    const char *name;
    int f = lua_gettop(L);

    if (!rec->top || fact_normal_path(path, normal, sizeof normal) < 0)
        return;
    rec->top->loaded_code = 1;
    name = lua_pushfstring(L, "%s %s", sandbox ? "sandbox" : "code", normal);
    if (!is_made(L, rec, path) && !fact_find(&rec->top->facts, FACT_VALUE, name, strlen(name))) {
        lua_pushvalue(L, f);
        if (sandbox)
            seclude(L);
        if (observe_code_fingerprint(L, rec, fingerprint)) {
            recording_put_value(L, recording_put(L, rec->top, FACT_VALUE, name),
                                (const char *)fingerprint, HASH_SIZE);
            keep_code(L, name);
        } else {
            observe_code_note_unknown(L, rec, name);
        }
    }
    lua_settop(L, f);
}

/* ---- modules ---- */

/* Fills the fact of a module with its file. */
static void
put_file(lua_State *L, Fact *f, const char *path, const FileState *state)
{
    if (fact_set_value(f, path, strlen(path)))
        luaL_error(L, "out of memory");
    recorder_fill_fact(f, state);
}

static void
put_fingerprint(Fact *f, const unsigned char fingerprint[HASH_SIZE])
{
    memcpy(f->fingerprint, fingerprint, HASH_SIZE);
    f->flags |= FACT_FINGERPRINT;
}

/* As observe_code_note_unknown, of a module. */
static void
note_unknown_module(lua_State *L, Recorder *rec, const char *name)
{
    const char *what = lua_pushfstring(L, "the module '%s'", name);

    lua_rotate(L, -3, 1);
    observe_code_note_unknown(L, rec, what);
    lua_pop(L, 1);
}

void
observe_code_note_module(lua_State *L, Recorder *rec, const char *name, const char *path,
                         const FileState *state)
{
    unsigned char fingerprint[HASH_SIZE];
    char normal[PATH_MAX];
    int top = lua_gettop(L);
    Fact *f;

    if (!rec->top || fact_normal_path(path, normal, sizeof normal) < 0)
        return;
    f = fact_find(&rec->top->facts, FACT_MODULE, name, strlen(name));
    if (!f || f->value_len || (f->flags & FACT_FINGERPRINT)) {
        recorder_note_read(L, rec, path, -1);  /* a searcher of the script's asks for it */
        observe_code_note_chunk(L, rec, path, 0);
        return;
    }
    if (is_made(L, rec, path))
        return;
    put_file(L, f, normal, state);
    if (observe_code_fingerprint(L, rec, fingerprint)) {
        put_fingerprint(recording_put(L, rec->top, FACT_MODULE, name), fingerprint);
        lua_pushfstring(L, "module %s", name);
        lua_pushvalue(L, top);
        keep_code(L, lua_tostring(L, top + 1));
    } else {
        note_unknown_module(L, rec, name);
    }
    lua_settop(L, top);
}

void
observe_code_note_captured(lua_State *L, Recorder *rec, const char *name)
{
    unsigned char fingerprint[HASH_SIZE];
    int top = lua_gettop(L);

    if (!rec->top || fact_find(&rec->top->facts, FACT_MODULE, name, strlen(name)))
        return;
    if (observe_code_fingerprint(L, rec, fingerprint)) {
        put_fingerprint(recording_put(L, rec->top, FACT_MODULE, name), fingerprint);
    } else {
        note_unknown_module(L, rec, name);
    }
    lua_settop(L, top);
}

/* ---- searching ---- */

/* Pushes the searchers as a list of its own: package.searchers itself is known by its
 * name.  Those of Lua and of rille are intrinsic. */
static void
push_searchers(lua_State *L)
{
    int at;

    recorder_held(L, HELD_PACKAGE);
    lua_pushliteral(L, "searchers");
    if (lua_istable(L, -2))
        lua_rawget(L, -2);
    lua_remove(L, -2);
    if (!lua_istable(L, -1))
        return;
    at = lua_gettop(L);
    lua_newtable(L);
    for (lua_Integer i = 1; lua_rawgeti(L, at, i) != LUA_TNIL; i++)
        lua_rawseti(L, at + 1, i);
    lua_pop(L, 1);
    lua_remove(L, at);
}

int
observe_code_of_search(lua_State *L, Recorder *rec, const char *what,
                       unsigned char fingerprint[HASH_SIZE])
{
    static const char preload[] = "package.preload.";
    size_t n = sizeof preload - 1;
    int known;

    luaL_checkstack(L, 10, "fingerprint");
    if (strncmp(what, preload, n) == 0) {
        luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
        lua_pushstring(L, what + n);
        lua_rawget(L, -2);
        lua_remove(L, -2);
    } else {
        push_searchers(L);
    }
    known = observe_code_fingerprint(L, rec, fingerprint);
    lua_remove(L, known ? -1 : -3);
    return known;
}

static void
put_search(lua_State *L, Recorder *rec, const char *what)
{
    unsigned char fingerprint[HASH_SIZE];

    if (fact_find(&rec->top->facts, FACT_SEARCH, what, strlen(what)))
        return;
    if (observe_code_of_search(L, rec, what, fingerprint))
        memcpy(recording_put(L, rec->top, FACT_SEARCH, what)->digest, fingerprint, HASH_SIZE);
    else
        observe_code_note_unknown(L, rec, what);
}

/* A metatable of package.loaded or package.preload answers as it likes. */
static void
refuse_metatable(lua_State *L, Recorder *rec, const char *key, const char *what)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, key);
    if (lua_getmetatable(L, -1)) {
        recorder_note_impure(L, rec, what);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

int
observe_code_is_own(lua_State *L, const char *name)
{
    int first;

    if (!module_loader_would_load(L, name))
        return 0;
    recorder_held(L, HELD_PACKAGE);     /* no searcher of the script's comes before */
    if (lua_istable(L, -1))
        lua_getfield(L, -1, "searchers");
    if (lua_istable(L, -1))
        lua_rawgeti(L, -1, 1);
    recorder_held(L, HELD_PRELOADER);
    first = lua_iscfunction(L, -1) && lua_rawequal(L, -1, -2);
    lua_pop(L, 4);
    return first;
}

void
observe_code_note_search(lua_State *L, Recorder *rec, const char *name)
{
    rec->top->loaded_code = 1;
    refuse_metatable(L, rec, LUA_LOADED_TABLE, "a metatable of package.loaded");
    refuse_metatable(L, rec, LUA_PRELOAD_TABLE, "a metatable of package.preload");
    put_search(L, rec, "package.searchers");
    put_search(L, rec, lua_pushfstring(L, "package.preload.%s", name));
    recording_put(L, rec->top, FACT_MODULE, name);
    recorder_held(L, HELD_MODULES);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, name);
    lua_pop(L, 2);
}

/* ---- the end of a step ---- */

/* Pushes what the fingerprint of a fact is of; 0 when it has none. */
static int
push_fingerprinted(lua_State *L, const Fact *f)
{
    int module = f->kind == FACT_MODULE && (f->flags & FACT_FINGERPRINT), captured;

    captured = module && !f->value_len;
    if (captured) {
        luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
        lua_pushstring(L, f->name);
        lua_rawget(L, -2);
    } else if (module || f->kind == FACT_VALUE) {
        recorder_held(L, HELD_CODES);
        lua_pushfstring(L, "%s%s", module ? "module " : "", f->name);
        lua_rawget(L, -2);
    } else {
        return 0;
    }
    lua_remove(L, -2);
    return captured || lua_isfunction(L, -1);
}

void
observe_code_push_acted(lua_State *L, Recorder *rec)
{
    int top = lua_gettop(L);

    luaL_checkstack(L, 10, "fingerprint");
    if (rec->step->unknown_effects) {
        lua_pushliteral(L, "something unknown");
        return;
    }
    for (size_t i = 0; i < rec->step->facts.n; i++) {
        const Fact *f = &rec->step->facts.list[i];
        const void *was = f->kind == FACT_MODULE ? (const void *)f->fingerprint : f->value;
        unsigned char now[HASH_SIZE];

        if (observe_c_module_is_fact(f) && !observe_c_module_same(L, rec, f)) {
            lua_pushstring(L, f->name);
            return;
        }
        if (push_fingerprinted(L, f)
            && (!observe_code_fingerprint(L, rec, now) || memcmp(now, was, HASH_SIZE) != 0)) {
            lua_settop(L, top);
            lua_pushfstring(L, "%s%s", f->kind == FACT_MODULE ? "module " : "", f->name);
            return;
        }
        lua_settop(L, top);
    }
    lua_pushnil(L);
}

void
observe_code_forget(lua_State *L, Recorder *rec)
{
    if (!rec->step->loaded_code)
        return;
    recorder_held(L, HELD_MODULES);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    lua_pop(L, 2);
    lua_newtable(L);
    recorder_hold(L, HELD_MODULES);
    lua_newtable(L);
    recorder_hold(L, HELD_CODES);
}

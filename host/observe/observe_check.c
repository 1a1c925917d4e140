/* observe_check.c -- rille.host.observe: are recorded facts still so? */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "embedded/module_loader.h"
#include "observe/observe_c_module.h"
#include "observe/observe_code.h"
#include "observe/observelib.h"

enum { HASHED = 32 };           /* of an entry of the plan: digest is set */

/* The state of the path, read once in a plan; NULL and *err when there is no memory. */
static Fact *
look(Recorder *rec, const char *full, Err *err)
{
    size_t n = strlen(full);
    Fact *f = fact_find(&rec->plan, FACT_FILE, full, n);
    FileState state;

    if (f)
        return f;
    file_state_stat(full, &state);
    if (fact_put(&rec->plan, FACT_FILE, full, n, &f)) {
        err_nomem(err);
        return NULL;
    }
    recorder_fill_fact(f, &state);
    f->code = state.code;
    f->mode = state.mode;
    return f;
}

static const char *
entry_detail(FactEntry entry)
{
    return entry == ENTRY_FILE     ? "is a file now"
           : entry == ENTRY_FOLDER ? "is a folder now"
                                   : "is neither a file nor a folder now";
}

static int
same_mode(const Fact *was, const Fact *is, const char *full)
{
    char target[PATH_MAX];
    unsigned link;

    if (!(was->flags & FACT_MODE))
        return 1;
    link = file_state_link(full, target, sizeof target) < 0 ? 0 : MODE_LINK;
    return was->mode == (is->mode | link);
}

/* Whether the file (or folder) at the path has the recorded content. */
static int
same_content(Recorder *rec, const Fact *was, const char *path, const char **detail, Err *err)
{
    char full[PATH_MAX];
    FileState state;
    Fact *is;

    *detail = "changed";
    if (recorder_full_path(rec, path, full, sizeof full))
        return 0;
    if (!(is = look(rec, full, err)))
        return err->code;
    if (is->code) {
        *detail = is->code == EACCES ? "cannot be read" : "no longer exists";
        return 0;
    }
    if (!(was->flags & FACT_RACY) && was->entry == is->entry
        && fact_same_sig(&was->sig, &is->sig))
        return 1;
    if (!(is->flags & HASHED)) {
        if (file_state_of_path(full, &state, err))
            return err->code == ERR_NOMEM ? ERR_NOMEM : 0;
        recorder_fill_fact(is, &state);
        is->code = state.code;
        is->mode = state.mode;
        is->flags |= HASHED;
    }
    if (is->code)
        return 0;
    if (is->entry != was->entry && was->entry != ENTRY_NONE)
        *detail = entry_detail(is->entry);
    else if (!same_mode(was, is, full))
        *detail = "has different executable bits, or is now a link";
    return same_mode(was, is, full) && fact_same_content(was, is);
}

static int
still_absent(Recorder *rec, const Fact *was, const char **detail, Err *err)
{
    char full[PATH_MAX], target[PATH_MAX];
    Fact *is;

    *detail = "now exists";
    if (recorder_full_path(rec, was->name, full, sizeof full))
        return 1;
    if (!(is = look(rec, full, err)))
        return err->code;
    if ((was->flags & FACT_MODE) && file_state_link(full, target, sizeof target) >= 0)
        return 0;
    /* which of the two it was is in the message that the step got */
    return was->kind == FACT_ABSENT ? is->code == was->code
                                    : is->code == ENOENT || is->code == ENOTDIR;
}

static int
may_write(const Recorder *rec, const char *path)
{
    char full[PATH_MAX];

    return recorder_full_path(rec, path, full, sizeof full) == 0
           && faccessat(AT_FDCWD, full, W_OK, AT_EACCESS) == 0;
}

static int
same_write(Recorder *rec, const Fact *was, const char **detail, Err *err)
{
    int same;

    if (was->flags & FACT_GONE) {
        *detail = "was removed by the step and exists again";
        return still_absent(rec, was, detail, err);
    }
    same = same_content(rec, was, was->name, detail, err);
    if (same > 0 && !may_write(rec, was->name)) {
        *detail = "cannot be written";
        return 0;
    }
    return same;
}

static int
same_env(const Fact *was)
{
    unsigned char now[HASH_SIZE];

    recorder_env_digest(was->name, getenv(was->name), now);
    return memcmp(now, was->digest, HASH_SIZE) == 0;
}

/* The templates in package.path or package.cpath. */
static void
templates_now(lua_State *L, const Fact *was, unsigned char now[HASH_SIZE])
{
    recorder_held(L, HELD_PACKAGE);
    lua_pushstring(L, strchr(was->name, '.') + 1);
    if (lua_istable(L, -2))
        lua_rawget(L, -2);
    recorder_env_digest(was->name, lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL,
                        now);
    lua_pop(L, 2);
}

/* "package.path", "package.cpath", "package.searchers" or "package.preload.NAME" */
static int
same_search(lua_State *L, Recorder *rec, const Fact *was)
{
    int templates = strcmp(was->name, "package.path") == 0
                    || strcmp(was->name, "package.cpath") == 0, top = lua_gettop(L);
    unsigned char now[HASH_SIZE];
    int known = 1;

    if (templates)
        templates_now(L, was, now);
    else
        known = observe_code_of_search(L, rec, was->name, now);
    lua_settop(L, top);
    return known && memcmp(now, was->digest, HASH_SIZE) == 0;
}

/* callback(kind, name, bytes); without one nothing is known to be unchanged. */
static int
ask(lua_State *L, int callback, const char *kind, const char *name, const void *bytes,
    size_t n)
{
    int yes;

    if (lua_isnoneornil(L, callback))
        return 0;
    lua_pushvalue(L, callback);
    lua_pushstring(L, kind);
    lua_pushstring(L, name);
    lua_pushlstring(L, bytes, n);
    lua_call(L, 3, 1);
    yes = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return yes;
}

/* Pushes what package.loaded has for the module. */
static void
push_loaded(lua_State *L, const char *module)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushstring(L, module);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

/* The same after loading it, when it is one of rille's; no code of a script's runs. */
static void
push_loaded_or_own(lua_State *L, const char *module)
{
    push_loaded(L, module);
    if (lua_toboolean(L, -1) || !observe_code_is_own(L, module))
        return;
    lua_pop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "rille.env");
    lua_getfield(L, -1, "require");
    lua_remove(L, -2);
    lua_pushstring(L, module);
    lua_call(L, 1, 1);
}

/* Pushes the name that a module of a fact has today: one of rille's own may have had
 * another when the fact was noted. */
static const char *
push_present_name(lua_State *L, const char *noted)
{
    int top = lua_gettop(L), ours = module_loader_would_load(L, noted);

    lua_pushstring(L, noted);
    if (ours || lua_getfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_KEY_NAMES) != LUA_TTABLE) {
        lua_settop(L, top + 1);
        return lua_tostring(L, -1);
    }
    lua_pushnil(L);
    while (lua_next(L, top + 2)) {
        if (lua_rawequal(L, -1, top + 1)) {
            lua_copy(L, -2, top + 1);
            break;
        }
        lua_pop(L, 1);
    }
    lua_settop(L, top + 1);
    return lua_tostring(L, -1);
}

/* A module that was loaded before the step is the table that it was. */
static int
same_capture(lua_State *L, Recorder *rec, const Fact *was, const char **detail)
{
    unsigned char now[HASH_SIZE];
    int top = lua_gettop(L), same;

    *detail = "it is no longer loaded before the step";
    push_loaded_or_own(L, push_present_name(L, was->name));
    same = lua_toboolean(L, -1);
    if (same) {
        *detail = "what the script keeps in it changed";
        same =
            observe_code_fingerprint(L, rec, now) && memcmp(now, was->fingerprint, HASH_SIZE) == 0;
    }
    lua_settop(L, top);
    return same;
}

/* One that the step loaded would be loaded again, and its chunk do the same. */
static int
same_module(lua_State *L, Recorder *rec, const Fact *was, const char **detail, Err *err)
{
    unsigned char now[HASH_SIZE];
    const char *why;
    int loaded, same;

    if ((was->flags & FACT_FINGERPRINT) && !was->value_len)
        return same_capture(L, rec, was, detail);
    push_loaded(L, was->name);
    loaded = lua_toboolean(L, -1);
    lua_pop(L, 1);
    *detail = "it is loaded before the step now";
    if (loaded)
        return 0;
    if (!was->value_len)
        return 1;
    *detail = "its code changed";
    if (!(was->flags & FACT_FINGERPRINT))     /* of a step that says cache = "always" */
        return same_content(rec, was, was->value, &why, err);
    if (observe_code_of_file(L, rec, was->value, 0, now)
        && memcmp(now, was->fingerprint, HASH_SIZE) == 0)
        return 1;
    same = same_content(rec, was, was->value, &why, err);
    if (same == 1)
        *detail = "a global that it reads changed";
    return same < 0 ? same : 0;
}

/* 1 still so, 0 not, or an error. */
static int
still_so(lua_State *L, Recorder *rec, const Fact *f, int callback, const char **detail, Err *err)
{
    *detail = "changed";
    switch (f->kind) {
    case FACT_ENV:
        return same_env(f);
    case FACT_SEARCH:
        if (observe_c_module_is_fact(f))
            return observe_c_module_same(L, rec, f);
        return same_search(L, rec, f);
    case FACT_ABSENT:
        return still_absent(rec, f, detail, err);
    case FACT_WRITE:
        return same_write(rec, f, detail, err);
    case FACT_MODULE:
        return same_module(L, rec, f, detail, err);
    case FACT_VALUE:
        return ask(L, callback, "value", f->name, f->value, f->value_len);
    default:
        return same_content(rec, f, f->name, detail, err);
    }
}

static int
push_change(lua_State *L, const char *kind, const char *name, const char *detail)
{
    lua_pushboolean(L, 0);
    lua_pushstring(L, kind);
    lua_pushstring(L, name);
    lua_pushstring(L, detail);
    return 4;
}

/* observe.check(reads[, callback[, reads_only]]) -> true, whether files were written
 *   -> false, kind, name, detail; the kind "damaged" for bytes that are not reads
 * callback("value", name, bytes) -> boolean
 * reads_only: files that were written may be any */
int
observe_check_l_check(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    const char *p, *detail;
    Recording *was;
    int wrote = 0, reads_only = lua_toboolean(L, 3);
    size_t n;
    Err err;

    p = luaL_checklstring(L, 1, &n);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    was = recording_new(L, rec);          /* holds the facts across callbacks */
    if (fact_decode(p, n, &was->facts, &err))
        return push_change(L, "damaged", "", err.msg);
    for (size_t i = 0; i < was->facts.n; i++) {
        const Fact *f = &was->facts.list[i];
        int is_write = f->kind == FACT_WRITE;
        int so = is_write && reads_only ? 1 : still_so(L, rec, f, 2, &detail, &err);

        wrote |= is_write;
        if (so < 0)
            return bind_raise(L, &err);
        if (!so)
            return push_change(L, fact_kind_name(f->kind), f->name, detail);
    }
    lua_pushboolean(L, 1);
    lua_pushboolean(L, wrote);
    return 2;
}

static void
push_hex(lua_State *L, const Fact *f)
{
    char hex[HASH_HEX + 1];
    int none = f->kind == FACT_ABSENT || f->kind == FACT_VALUE
               || (f->flags & FACT_GONE) || (f->kind == FACT_MODULE && !f->value_len);

    if (none) {
        lua_pushnil(L);
        return;
    }
    hash_hex(f->digest, hex);
    lua_pushlstring(L, hex, HASH_HEX);
}

/* observe.describe(reads) -> list of { kind =, name =, digest = hex or nil, path =
 *   the file of a module }
 *   -> nil, message, code */
int
observe_check_l_describe(lua_State *L)
{
    Recording *was;
    const char *p;
    size_t n;
    Err err;

    p = luaL_checklstring(L, 1, &n);
    lua_settop(L, 1);
    was = recording_new(L, recorder_of(L));
    if (fact_decode(p, n, &was->facts, &err))
        return bind_fail(L, &err);
    lua_createtable(L, (int)was->facts.n, 0);
    for (size_t i = 0; i < was->facts.n; i++) {
        const Fact *f = &was->facts.list[i];

        lua_createtable(L, 0, 3);
        lua_pushstring(L, fact_kind_name(f->kind));
        lua_setfield(L, -2, "kind");
        lua_pushlstring(L, f->name, f->name_len);
        lua_setfield(L, -2, "name");
        push_hex(L, f);
        lua_setfield(L, -2, "digest");
        if (f->kind == FACT_MODULE && f->value_len) {
            lua_pushlstring(L, f->value, f->value_len);
            lua_setfield(L, -2, "path");
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Whether both say the same of the world; *racy: one of them cannot be told by the times of
 * its file. */
static int
same_fact(const Fact *a, const Fact *b, unsigned *racy)
{
    *racy = (a->flags | b->flags) & FACT_RACY;
    return ((a->flags ^ b->flags) & ~(unsigned)FACT_RACY) == 0 && a->code == b->code
           && a->entry == b->entry && a->mode == b->mode
           && memcmp(a->digest, b->digest, HASH_SIZE) == 0
           && memcmp(a->fingerprint, b->fingerprint, HASH_SIZE) == 0
           && a->value_len == b->value_len
           && (!a->value_len || memcmp(a->value, b->value, a->value_len) == 0);
}

/* Adds the facts of `from`; 0 when one contradicts what is there. */
static int
add_facts(lua_State *L, Recording *to, const FactSet *from)
{
    for (size_t i = 0; i < from->n; i++) {
        const Fact *f = &from->list[i];
        Fact *known = fact_find(&to->facts, f->kind, f->name, f->name_len);
        unsigned racy;

        if (!known)
            continue;
        if (!same_fact(known, f, &racy))
            return 0;
        known->flags |= racy;
    }
    if (fact_merge(&to->facts, from, FACT_NONE))
        luaL_error(L, "out of memory");
    return 1;
}

/* observe.merged({ reads, ... }) -> reads with the facts of all, "" for none
 *   -> nil                      they contradict each other
 *   -> nil, message, code       damaged */
int
observe_check_l_merged(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    Recording *all, *one;
    size_t n;
    Err err;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    all = recording_new(L, rec);
    for (lua_Integer i = 1; lua_rawgeti(L, 1, i) == LUA_TSTRING; i++) {
        const char *p = lua_tolstring(L, -1, &n);

        one = recording_new(L, rec);
        if (fact_decode(p, n, &one->facts, &err))
            return bind_fail(L, &err);
        if (!add_facts(L, all, &one->facts))
            return 0;
        fact_set_release(&one->facts);
        lua_settop(L, 2);
    }
    rec->out.len = 0;
    if (fact_encode(&all->facts, &rec->out, &err))
        return bind_raise(L, &err);
    lua_pushlstring(L, rec->out.data ? (const char *)rec->out.data : "", rec->out.len);
    return 1;
}

/* observe.new_plan(): what was looked at so far may have changed */
int
observe_check_l_new_plan(lua_State *L)
{
    fact_set_release(&recorder_of(L)->plan);
    lua_settop(L, 0);
    recorder_push(L);
    lua_newtable(L);
    lua_setiuservalue(L, -2, HELD_FILE_FINGERPRINTS);
    return 0;
}

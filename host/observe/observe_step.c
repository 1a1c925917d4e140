/* observe_step.c -- rille.host.observe: the beginning and the end of a step */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "observe/observe_code.h"
#include "observe/observe_file.h"
#include "observe/observelib.h"

/* ---- the end of a step ---- */

/* What a write left. */
static void
settle_write(Recorder *rec, Fact *f)
{
    char full[PATH_MAX];
    FileState state;
    Err err;

    memset(&state, 0, sizeof state);
    if (recorder_full_path(rec, f->name, full, sizeof full)
        || file_state_of_path(full, &state, &err) || state.code) {
        f->flags = FACT_GONE;
        return;
    }
    recorder_fill_fact(f, &state);
}

/* Whether what was read is no longer what is there.  A young file is read again:
 * its times prove nothing. */
static int
has_changed(const Recorder *rec, const Fact *f)
{
    char full[PATH_MAX];
    FileState state;
    Err err;

    if (recorder_full_path(rec, f->name, full, sizeof full))
        return 0;
    file_state_stat(full, &state);
    if (f->kind == FACT_ABSENT)
        return state.code != f->code;
    if (state.code)
        return 1;
    if (fact_same_sig(&state.sig, &f->sig) && !(f->flags & FACT_RACY))
        return 0;
    if (f->kind == FACT_FILE && !fact_same_sig(&state.sig, &f->sig))
        return 1;
    return file_state_of_path(full, &state, &err) || state.code || state.entry != f->entry
           || memcmp(state.digest, f->digest, HASH_SIZE) != 0;
}

/* What was written by handles that are still open.  Only those of the step where the
 * process is another's: a stream of the host that is being read would be waited for. */
static void
flush_handles(lua_State *L, const Recorder *rec)
{
    if (!rec->sandbox) {
        fflush(NULL);
        return;
    }
    recorder_held(L, HELD_HANDLES);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (observe_file_stream(L, -1))
            fflush(observe_file_stream(L, -1));
    }
    lua_pop(L, 1);
}

/* The index, not the fact: marking may move the list. */
static void
settle(lua_State *L, Recorder *rec, Recording *recording)
{
    size_t n = recording->facts.n;
    int flushed = 0;

    rec->top = recording;                         /* whose own writes are no changes */
    for (size_t i = 0; i < n; i++) {
        Fact *f = &recording->facts.list[i];

        if (f->kind == FACT_WRITE) {
            if (!flushed++)
                flush_handles(L, rec);
            settle_write(rec, f);
        } else if ((f->kind == FACT_FILE || f->kind == FACT_FOLDER
                    || f->kind == FACT_ABSENT)
                   && has_changed(rec, f)) {
            char name[PATH_MAX];

            snprintf(name, sizeof name, "%s", f->name);
            if (!recorder_wrote(rec, name))
                recording_mark_changed(L, recording, name);
        }
    }
}

/* Puts { path =, digest = } or { what =, where = } for each fact of the kind as
 * field NAME of the table at the top. */
static void
push_list(lua_State *L, const FactSet *facts, FactKind kind, const char *name)
{
    lua_Integer n = 0;

    lua_newtable(L);
    for (size_t i = 0; i < facts->n; i++) {
        const Fact *f = &facts->list[i];

        if (f->kind != kind)
            continue;
        if (kind == MARK_CHANGED) {
            lua_pushlstring(L, f->name, f->name_len);
        } else {
            lua_createtable(L, 0, 2);
            lua_pushlstring(L, f->name, f->name_len);
            lua_setfield(L, -2, kind == FACT_WRITE ? "path" : "what");
            if (kind == MARK_IMPURE || kind == MARK_ENDED)
                lua_pushlstring(L, f->value, f->value_len);
            else if (f->flags & FACT_GONE)
                lua_pushnil(L);
            else
                lua_pushlstring(L, (const char *)f->digest, HASH_SIZE);
            lua_setfield(L, -2, kind == FACT_WRITE ? "digest" : "where");
        }
        lua_rawseti(L, -2, ++n);
    }
    lua_setfield(L, -2, name);
}

static void
push_facts(lua_State *L, Recorder *rec, const Recording *recording)
{
    Err err;

    lua_createtable(L, 0, 6);
    rec->out.len = 0;
    if (fact_encode(&recording->facts, &rec->out, &err))
        bind_raise(L, &err);
    if (rec->out.len) {
        lua_pushlstring(L, (const char *)rec->out.data, rec->out.len);
        lua_setfield(L, -2, "reads");
    }
    push_list(L, &recording->facts, MARK_IMPURE, "impure");
    push_list(L, &recording->facts, MARK_ENDED, "ended");
    push_list(L, &recording->facts, FACT_WRITE, "writes");
    push_list(L, &recording->facts, MARK_CHANGED, "changed");
    lua_pushboolean(L, recording->used_random);
    lua_setfield(L, -2, "random");
    rec->out.len = 0;
    if (capped_log_text(&rec->log, &rec->out))
        luaL_error(L, "out of memory");
    lua_pushlstring(L, (const char *)rec->out.data, rec->out.len);
    lua_setfield(L, -2, "log");
}

static void
keep_field(lua_State *L, const char *field, int which)
{
    lua_getfield(L, LUA_REGISTRYINDEX, field);
    recorder_hold(L, which);
}

static void
restore_field(lua_State *L, const char *field, int which)
{
    recorder_held(L, which);
    lua_setfield(L, LUA_REGISTRYINDEX, field);
    lua_pushnil(L);
    recorder_hold(L, which);
}

/* No file is open that the step, which begins, opened. */
static void
forget_handles(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    recorder_hold(L, HELD_HANDLES);
}

/* ---- the face ---- */

static void
seed_random(Recorder *rec, const char *seed)
{
    if (!rec->random)
        return;
    memcpy(rec->saved, rec->random, RANDOM_SIZE);
    hash_of(seed, RANDOM_SIZE, rec->random);      /* all zero would stay zero */
}

void
observe_step_find_random(lua_State *L, Recorder *rec, int globals)
{
    if (lua_getfield(L, globals, "math") == LUA_TTABLE
        && lua_getfield(L, -1, "random") == LUA_TFUNCTION
        && lua_getupvalue(L, -1, 1) && lua_isuserdata(L, -1)
        && lua_rawlen(L, -1) == RANDOM_SIZE) {
        rec->random = lua_touserdata(L, -1);
        lua_pushvalue(L, -1);
        recorder_hold(L, HELD_RANDOM);
    }
    lua_settop(L, globals);
}

/* observe.begin { seed = 32 bytes, tmpdir = path or nil, echo = boolean | "log" }
 * "log": standard error is the log */
int
observe_step_l_begin(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    const char *seed, *tmpdir;
    Recording *recording;
    size_t n;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "seed");
    seed = lua_tolstring(L, 2, &n);
    luaL_argcheck(L, seed && n == RANDOM_SIZE, 1, "the seed must have 32 bytes");
    lua_getfield(L, 1, "tmpdir");
    tmpdir = lua_tostring(L, 3);
    lua_getfield(L, 1, "echo");
    if (rec->step)
        return luaL_error(L, "a step is already running");
    if (!rec->random) {           /* a foreign state, where nothing was installed */
        lua_pushglobaltable(L);
        observe_step_find_random(L, rec, lua_gettop(L));
        lua_pop(L, 1);
    }
    recorder_set_path(L, &rec->tmpdir, tmpdir);
    free(rec->tmp_real);
    rec->tmp_real = NULL;
    recording = recording_new(L, rec);
    lua_pushvalue(L, -1);
    recorder_hold(L, HELD_STEP);
    keep_field(L, OBSERVE_FILE_INPUT, HELD_INPUT);
    keep_field(L, OBSERVE_FILE_OUTPUT, HELD_OUTPUT);
    rec->own_input = rec->own_output = 0;
    forget_handles(L);
    rec->echo = lua_type(L, 4) == LUA_TSTRING ? LOG_WRITE
                : lua_toboolean(L, 4)         ? LOG_SHOW
                                              : LOG_KEEP;
    capped_log_release(&rec->log);
    rec->main = L;
    seed_random(rec, seed);
    recorder_enter(rec, recording);
    rec->step = recording;
    if (lua_gethook(L) && !sandbox_is_watched(L))    /* of the script's: it may do anything */
        recorder_note_impure(L, rec, "a hook set with debug.sethook");
    return 0;
}

/* observe.finish() -> { reads =, impure =, ended =, writes =, changed =, random =, log = [,
 *   acted = name] }
 * acted: what other steps in this process may see, as the step left it otherwise */
int
observe_step_l_finish(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    Recording *recording = rec->step, *parent;
    int acted;

    if (!recording)
        return luaL_error(L, "no step is running");
    recorder_log_programs(L, rec);
    recorder_held(L, HELD_STEP);
    parent = recording->parent;
    observe_code_push_acted(L, rec);
    acted = lua_gettop(L);
    observe_code_forget(L, rec);
    recorder_leave(rec, recording);
    if (rec->random)
        memcpy(rec->random, rec->saved, RANDOM_SIZE);
    restore_field(L, OBSERVE_FILE_INPUT, HELD_INPUT);
    restore_field(L, OBSERVE_FILE_OUTPUT, HELD_OUTPUT);
    lua_pushnil(L);
    recorder_hold(L, HELD_STEP);
    settle(L, rec, recording);
    rec->top = parent;
    fact_set_release(&rec->plan);         /* what the step did may have made it stale */
    lua_newtable(L);
    recorder_hold(L, HELD_FILE_FINGERPRINTS);
    push_facts(L, rec, recording);
    lua_rotate(L, acted, -1);
    lua_setfield(L, -2, "acted");
    return 1;
}

/* observe.running() -> boolean */
int
observe_step_l_running(lua_State *L)
{
    lua_pushboolean(L, recorder_of(L)->step != NULL);
    return 1;
}

/* observe.watch(): from here on what code outside of steps reads and does is seen, until
 * observe.watched(); false where something is being watched already */
int
observe_step_l_watch(lua_State *L)
{
    Recorder *rec = recorder_of(L);

    if (rec->top) {
        lua_pushboolean(L, 0);
        return 1;
    }
    recorder_enter(rec, recording_new(L, rec));
    recorder_hold(L, HELD_WATCH);
    lua_pushboolean(L, 1);
    return 1;
}

/* Whether it is enough to look at what the fact says again: what was done is more. */
static int
is_reading(const Fact *f)
{
    return f->kind == FACT_ENV || f->kind == FACT_FILE || f->kind == FACT_FOLDER
           || f->kind == FACT_ABSENT;
}

/* Pushes the first thing that was done, in words, or nil. */
static void
push_deed(lua_State *L, const Recording *recording)
{
    for (size_t i = 0; i < recording->facts.n; i++) {
        const Fact *f = &recording->facts.list[i];
        const char *kind = fact_kind_name(f->kind);

        if (!is_reading(f)) {
            lua_pushfstring(L, "%s %s", kind ? kind : "use of", f->name);
            return;
        }
    }
    if (recording->used_random)
        lua_pushliteral(L, "math.random");
    else if (recording->loaded_code || recording->unknown_effects)
        lua_pushliteral(L, "other code");
    else
        lua_pushnil(L);
}

/* observe.watched() -> reads, what was read since observe.watch() of the environment and of
 *                      files, "" for nothing; the first other thing that was done, in words,
 *                      or nil */
int
observe_step_l_watched(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    Recording *recording;
    Err err;

    if (recorder_held(L, HELD_WATCH) != LUA_TUSERDATA)
        return luaL_error(L, "nothing is being watched");
    recording = lua_touserdata(L, -1);
    recorder_leave(rec, recording);
    lua_pushnil(L);
    recorder_hold(L, HELD_WATCH);
    rec->out.len = 0;
    if (fact_encode(&recording->facts, &rec->out, &err))
        return bind_raise(L, &err);
    lua_pushlstring(L, rec->out.data ? (const char *)rec->out.data : "", rec->out.len);
    push_deed(L, recording);
    return 2;
}

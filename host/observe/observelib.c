/* observelib.c -- rille.host.observe: what a step takes from outside.
 *
 * The face, the beginning and the end of a step.  See recorder.h for the parts,
 * fact.h for what is recorded, observe.h for what other faces use. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "observe/observe.h"
#include "observe/observe_code.h"
#include "observe/observe_file.h"
#include "observe/observe_source.h"
#include "observe/observelib.h"

int luaopen_rille_host_observe(lua_State *L);

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

static int
set_text(char **to, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    char *copy = NULL;

    while (n > 1 && text[n - 1] == '/')
        n--;
    if (text && !(copy = strndup(text, n)))
        return ERR_NOMEM;
    free(*to);
    *to = copy;
    return OK;
}

static void
set_path(lua_State *L, char **to, const char *text)
{
    char normal[PATH_MAX];

    if ((text && fact_normal_path(text, normal, sizeof normal) < 0)
        || set_text(to, text ? normal : NULL))
        luaL_error(L, "%s: the path is too long", text);
}

/* observe.set_base(dir): the absolute folder of relative paths */
static int
l_set_base(lua_State *L)
{
    const char *dir = luaL_checkstring(L, 1);

    luaL_argcheck(L, dir[0] == '/', 1, "the path is not absolute");
    set_path(L, &recorder_of(L)->base, dir);
    return 0;
}

/* observe.base() -> dir | nil in a foreign state where none was set */
static int
l_base(lua_State *L)
{
    lua_pushstring(L, recorder_of(L)->base);
    return 1;
}

static void
seed_random(Recorder *rec, const char *seed)
{
    if (!rec->random)
        return;
    memcpy(rec->saved, rec->random, RANDOM_SIZE);
    hash_of(seed, RANDOM_SIZE, rec->random);      /* all zero would stay zero */
}

static void
find_random(lua_State *L, Recorder *rec, int globals)
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
static int
l_begin(lua_State *L)
{
    Recorder *rec = recorder_of(L);
    const char *seed, *tmpdir;
    Recording *recording;
    size_t n;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "seed");
    seed = lua_tolstring(L, 2, &n);
    luaL_argcheck(L, seed && n == RANDOM_SIZE, 1, "seed must have 32 bytes");
    lua_getfield(L, 1, "tmpdir");
    tmpdir = lua_tostring(L, 3);
    lua_getfield(L, 1, "echo");
    if (rec->step)
        return luaL_error(L, "a step is already running");
    if (!rec->random) {           /* a foreign state, where nothing was installed */
        lua_pushglobaltable(L);
        find_random(L, rec, lua_gettop(L));
        lua_pop(L, 1);
    }
    set_path(L, &rec->tmpdir, tmpdir);
    free(rec->tmp_real);
    rec->tmp_real = NULL;
    recording = recording_new(L, rec);
    lua_pushvalue(L, -1);
    recorder_hold(L, HELD_STEP);
    keep_field(L, OBSERVE_FILE_INPUT, HELD_INPUT);
    keep_field(L, OBSERVE_FILE_OUTPUT, HELD_OUTPUT);
    rec->own_input = rec->own_output = 0;
    forget_handles(L);
    rec->echo = lua_type(L, 4) == LUA_TSTRING          ? LOG_WRITE
                : lua_toboolean(L, 4) && !rec->sandbox ? LOG_SHOW
                                                       : LOG_KEEP;
    capped_log_release(&rec->log);
    rec->main = L;
    seed_random(rec, seed);
    recorder_enter(rec, recording);
    rec->step = recording;
    if (lua_gethook(L))                 /* of the script's: it may do anything */
        recorder_note_impure(L, rec, "a hook set with debug.sethook");
    return 0;
}

/* observe.finish() -> { reads =, impure =, ended =, writes =, changed =, random =, log = [,
 *   acted = name] }
 * acted: what other steps in this process may see, as the step left it otherwise */
static int
l_finish(lua_State *L)
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
static int
l_running(lua_State *L)
{
    lua_pushboolean(L, recorder_of(L)->step != NULL);
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
        set_path(L, &rec->base, dir);
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
    find_random(L, rec, 1);
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
        {"begin", l_begin},
        {"finish", l_finish},
        {"running", l_running},
        {"fact", l_fact},
        {"reading", l_reading},
        {"writing", l_writing},
        {"env", l_env},
        {"impure", l_impure},
        {"default", l_default},
        {"keep", l_keep},
        {"log", l_log},
        {"module_fingerprint", l_module_fingerprint},
        {"same_code", observe_code_l_same_code},
        {"check", observe_check_l_check},
        {"describe", observe_check_l_describe},
        {"new_plan", observe_check_l_new_plan},
        {NULL, NULL}};

    recorder_of(L);
    luaL_newlib(L, lib);
    return 1;
}

/* observelib.c -- rille.host.observe: what a step takes from outside.
 *
 * The face, the beginning and the end of a step.  See recorder.h for the parts,
 * fact.h for what is recorded, observelib.h for what other faces use. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "observe/observelib.h"
#include "observe/recorder.h"

int luaopen_rille_host_observe(lua_State *L);

/* ---- the end of a step ---- */

/* What a write left. */
static void
settle_write(Observer *o, Fact *f)
{
    char full[PATH_MAX];
    Probe p;
    Err err;

    memset(&p, 0, sizeof p);
    if (observer_full(o, f->name, full, sizeof full) || probe_path(full, &p, &err)
        || p.code) {
        f->flags = FACT_GONE;
        return;
    }
    observer_fill(f, &p);
}

/* Whether what was read is no longer what is there.  A young file is read again:
 * its times could not tell. */
static int
has_changed(const Observer *o, const Fact *f)
{
    char full[PATH_MAX];
    Probe p;
    Err err;

    if (observer_full(o, f->name, full, sizeof full))
        return 0;
    probe_stat(full, &p);
    if (f->kind == FACT_ABSENT)
        return p.code != f->code;
    if (p.code)
        return 1;
    if (fact_same_sig(&p.sig, &f->sig) && !(f->flags & FACT_RACY))
        return 0;
    if (f->kind == FACT_FILE && !fact_same_sig(&p.sig, &f->sig))
        return 1;
    return probe_path(full, &p, &err) || p.code || (FactEntry)p.type != f->entry
           || memcmp(p.digest, f->digest, HASH_SIZE) != 0;
}

/* What was written by handles that are still open.  Only those of the step where the
 * process is another's: a stream of the host that is being read would be waited for. */
static void
flush_handles(lua_State *L, const Observer *o)
{
    if (!o->confine) {
        fflush(NULL);
        return;
    }
    observer_held(L, HELD_HANDLES);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pop(L, 1);
        if (observer_stream(L, -1))
            fflush(observer_stream(L, -1));
    }
    lua_pop(L, 1);
}

/* The index, not the fact: marking may move the list. */
static void
settle(lua_State *L, Observer *o, Recorder *r)
{
    size_t n = r->facts.n;
    int flushed = 0;

    o->top = r;                         /* whose own writes are no changes */
    for (size_t i = 0; i < n; i++) {
        Fact *f = &r->facts.list[i];

        if (f->kind == FACT_WRITE) {
            if (!flushed++)
                flush_handles(L, o);
            settle_write(o, f);
        } else if ((f->kind == FACT_FILE || f->kind == FACT_FOLDER
                    || f->kind == FACT_ABSENT)
                   && has_changed(o, f)) {
            char name[PATH_MAX];

            snprintf(name, sizeof name, "%s", f->name);
            if (!observer_is_own(o, name))
                observer_changed(L, r, name);
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
push_facts(lua_State *L, Observer *o, const Recorder *r)
{
    Err err;

    lua_createtable(L, 0, 6);
    o->out.len = 0;
    if (fact_encode(&r->facts, &o->out, &err))
        bind_raise(L, &err);
    if (o->out.len) {
        lua_pushlstring(L, (const char *)o->out.data, o->out.len);
        lua_setfield(L, -2, "reads");
    }
    push_list(L, &r->facts, MARK_IMPURE, "impure");
    push_list(L, &r->facts, MARK_ENDED, "ended");
    push_list(L, &r->facts, FACT_WRITE, "writes");
    push_list(L, &r->facts, MARK_CHANGED, "changed");
    lua_pushboolean(L, r->random);
    lua_setfield(L, -2, "random");
    o->out.len = 0;
    if (capped_log_text(&o->log, &o->out))
        luaL_error(L, "out of memory");
    lua_pushlstring(L, (const char *)o->out.data, o->out.len);
    lua_setfield(L, -2, "log");
}

static void
keep_field(lua_State *L, const char *field, int which)
{
    lua_getfield(L, LUA_REGISTRYINDEX, field);
    observer_hold(L, which);
}

static void
restore_field(lua_State *L, const char *field, int which)
{
    observer_held(L, which);
    lua_setfield(L, LUA_REGISTRYINDEX, field);
    lua_pushnil(L);
    observer_hold(L, which);
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
    observer_hold(L, HELD_HANDLES);
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
    set_path(L, &observer_of(L)->base, dir);
    return 0;
}

/* observe.base() -> dir | nil in a foreign state where none was set */
static int
l_base(lua_State *L)
{
    lua_pushstring(L, observer_of(L)->base);
    return 1;
}

static void
seed_random(Observer *o, const char *seed)
{
    if (!o->random)
        return;
    memcpy(o->saved, o->random, RANDOM_SIZE);
    hash_of(seed, RANDOM_SIZE, o->random);      /* all zero would stay zero */
}

static void
find_random(lua_State *L, Observer *o, int globals)
{
    if (lua_getfield(L, globals, "math") == LUA_TTABLE
        && lua_getfield(L, -1, "random") == LUA_TFUNCTION
        && lua_getupvalue(L, -1, 1) && lua_isuserdata(L, -1)
        && lua_rawlen(L, -1) == RANDOM_SIZE) {
        o->random = lua_touserdata(L, -1);
        lua_pushvalue(L, -1);
        observer_hold(L, HELD_RANDOM);
    }
    lua_settop(L, globals);
}

/* observe.begin { seed = 32 bytes, tmpdir = path or nil, echo = boolean | "log" }
 * "log": standard error is the log */
static int
l_begin(lua_State *L)
{
    Observer *o = observer_of(L);
    const char *seed, *tmpdir;
    Recorder *r;
    size_t n;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "seed");
    seed = lua_tolstring(L, 2, &n);
    luaL_argcheck(L, seed && n == RANDOM_SIZE, 1, "seed must have 32 bytes");
    lua_getfield(L, 1, "tmpdir");
    tmpdir = lua_tostring(L, 3);
    lua_getfield(L, 1, "echo");
    if (o->step)
        return luaL_error(L, "a step is already running");
    if (!o->random) {           /* a foreign state, where nothing was installed */
        lua_pushglobaltable(L);
        find_random(L, o, lua_gettop(L));
        lua_pop(L, 1);
    }
    set_path(L, &o->tmpdir, tmpdir);
    free(o->tmp_real);
    o->tmp_real = NULL;
    r = observer_recorder(L, o);
    lua_pushvalue(L, -1);
    observer_hold(L, HELD_STEP);
    keep_field(L, OBSERVER_INPUT, HELD_INPUT);
    keep_field(L, OBSERVER_OUTPUT, HELD_OUTPUT);
    o->own_input = o->own_output = 0;
    forget_handles(L);
    o->echo = lua_type(L, 4) == LUA_TSTRING ? LOG_WRITE : lua_toboolean(L, 4) && !o->confine ? LOG_SHOW : LOG_KEEP;
    capped_log_release(&o->log);
    o->main = L;
    seed_random(o, seed);
    observer_enter(o, r);
    o->step = r;
    if (lua_gethook(L))                 /* of the script's: it may do anything */
        observer_impure(L, o, "a hook set with debug.sethook");
    return 0;
}

/* observe.finish() -> { reads =, impure =, ended =, writes =, changed =, random =, log = [,
 *   acted = name] }
 * acted: what other steps in this process may see, as the step left it otherwise */
static int
l_finish(lua_State *L)
{
    Observer *o = observer_of(L);
    Recorder *r = o->step, *parent;
    int acted;

    if (!r)
        return luaL_error(L, "no step is running");
    observer_said(L, o);
    observer_held(L, HELD_STEP);
    parent = r->parent;
    observer_push_acted(L, o);
    acted = lua_gettop(L);
    observer_forget(L, o);
    observer_leave(o, r);
    if (o->random)
        memcpy(o->random, o->saved, RANDOM_SIZE);
    restore_field(L, OBSERVER_INPUT, HELD_INPUT);
    restore_field(L, OBSERVER_OUTPUT, HELD_OUTPUT);
    lua_pushnil(L);
    observer_hold(L, HELD_STEP);
    settle(L, o, r);
    o->top = parent;
    fact_set_release(&o->plan);         /* what the step did may have made it stale */
    lua_newtable(L);
    observer_hold(L, HELD_VERDICTS);
    push_facts(L, o, r);
    lua_rotate(L, acted, -1);
    lua_setfield(L, -2, "acted");
    return 1;
}

/* observe.running() -> boolean */
static int
l_running(lua_State *L)
{
    lua_pushboolean(L, observer_of(L)->step != NULL);
    return 1;
}

/* observe.log(text): into the log of the step that runs */
static int
l_log(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    Observer *o = observer_of(L);

    if (o->step) {
        observer_log(L, o, text, n);
        observer_flush(o);
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
    Observer *o = observer_of(L);

    if (o->top)
        observer_handed(L, o, path);
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
    Observer *o = observer_of(L);
    const char *name = luaL_checkstring(L, 1), *value = getenv(name);

    if (o->top)
        observer_secret(name, value, observer_put(L, o->top, FACT_ENV, name)->digest);
    lua_pushstring(L, value);
    return 1;
}

/* observe.keep(path): keeps its text among the sources of the run, if it is one */
static int
l_keep(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), *text, *verb;
    Observer *o = observer_of(L);
    char name[PATH_MAX];
    Probe p;
    size_t n;

    lua_settop(L, 1);
    if (!observer_text(L, o, path, &p, &verb))
        return 0;
    text = lua_tolstring(L, 2, &n);
    if (memchr(text, 0, n))
        return 0;
    observer_source_name(o, path, name, sizeof name);
    observer_source(L, name, 2, p.digest);
    return 0;
}

/* observe.default("input" | "output") -> "stdin", "stdout", "stderr" | nil when it is
 * another file */
static int
l_default(lua_State *L)
{
    static const char *const names[] = {"input", "output", NULL};

    int output = luaL_checkoption(L, 1, NULL, names);

    lua_pushstring(L, observer_default(L, output ? OBSERVER_OUTPUT : OBSERVER_INPUT));
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
    observer_hold(L, HELD_PRINT);
    return 0;
}

/* Any call of the original is impure.  Upvalues 3 and 4: its number, its name. */
static int
l_only_impure(lua_State *L)
{
    Observer *o = observer_here(L);

    if (o->top) {
        observer_impure(L, o, lua_tostring(L, lua_upvalueindex(4)));
        o->top->untold |= lua_tointeger(L, lua_upvalueindex(3)) >= RAW_DEBUG_FIRST;
    }
    return o->raw[lua_tointeger(L, lua_upvalueindex(3))](L);
}

/* Replaces the C function at the top by its wrapper. */
static void
wrap(lua_State *L, const Wrap *row)
{
    Observer *o = observer_of(L);
    int fn = lua_gettop(L);

    o->raw[row->id] = lua_tocfunction(L, fn);
    if (!lua_getupvalue(L, fn, 1))
        lua_pushnil(L);
    observer_push(L);
    lua_pushinteger(L, row->id);
    lua_pushfstring(L, "%s%s%s", row->lib ? row->lib : "", row->lib ? "." : "", row->name);
    lua_pushnil(L);
    lua_pushcclosure(L, row->fn ? row->fn : l_only_impure, 5);
    lua_replace(L, fn);
}

void
observer_wrap(lua_State *L, const Wrap *rows)
{
    int globals = lua_gettop(L);

    for (; rows->name; rows++) {
        if (rows->lib && lua_getfield(L, globals, rows->lib) != LUA_TTABLE) {
            lua_settop(L, globals);
            continue;
        }
        lua_getfield(L, -1, rows->name);
        if (lua_iscfunction(L, -1)) {
            wrap(L, rows);
            lua_setfield(L, -2, rows->name);
        }
        lua_settop(L, globals);
    }
}

/* The folder of relative paths until the main script says another. */
static void
take_working_folder(lua_State *L, Observer *o)
{
    char dir[PATH_MAX];

    if (!o->base && getcwd(dir, sizeof dir))
        set_path(L, &o->base, dir);
}

/* observe.install(globals): once per state of ours, before the user's script */
static int
l_install(lua_State *L)
{
    Observer *o = observer_of(L);

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (o->installed)
        return luaL_error(L, "the standard library is observed already");
    o->installed = 1;
    take_working_folder(L, o);
    find_random(L, o, 1);
    observer_wrap(L, observe_io_wraps);
    observer_wrap(L, observe_load_wraps);
    observer_wrap(L, observe_module_wraps);
    observer_wrap(L, observe_base_wraps);
    observer_wrap_debug(L);
    observer_wrap_files(L);
    observer_wrap_searchers(L);
    return 0;
}

int
luaopen_rille_host_observe(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"install", l_install},
        {"set_base", l_set_base},
        {"base", l_base},
        {"load_script", observe_l_load_script},
        {"sources", observe_l_sources},
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
        {"same_code", observe_l_same_code},
        {"check", observe_l_check},
        {"describe", observe_l_describe},
        {"new_plan", observe_l_new_plan},
        {NULL, NULL}};

    observer_of(L);
    luaL_newlib(L, lib);
    return 1;
}

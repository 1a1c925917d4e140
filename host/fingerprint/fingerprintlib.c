/* fingerprintlib.c -- rille.host.fingerprint: what a function is, with all that it can
 * reach: helpers, captured values, globals.  walk.h says how it is made;
 * tests/host/fingerprint/fingerprintlib_test.lua what changes it and what does not. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "embedded/module_loader.h"
#include "fingerprint/walk.h"
#include "value/sorted_keys.h"

int luaopen_rille_host_fingerprint(lua_State *L);

static WalkState *
state(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(WALK_UP_STATE));
}

static int
state_gc(lua_State *L)
{
    buf_release(&((WalkState *)lua_touserdata(L, 1))->dump);
    return 0;
}

/* -- one walk ---------------------------------------------------------------------- */

/* A walk is made on the value at stack index v, which becomes w->base; the slots
 * stand above it. */
static void
start(lua_State *L, Walk *w, int v, int env)
{
    luaL_checkstack(L, WALK_SLOTS + 20, NULL);
    module_loader_first(L);
    w->L = L;
    w->st = state(L);
    if (!w->st->ready)
        luaL_error(L, "fingerprint: setup was not called");
    w->record = w->own = w->lines = w->visits = 0;
    w->self = w->plain = w->told = w->depth = w->tolerant = 0;
    w->gather = w->changed = w->dynamic = w->constant_call = w->fn = w->line = 0;
    w->nseen = 0;
    w->cap = STREAM_SEEN;
    w->seen = w->first;
    memset(w->first, 0, sizeof w->first);
    w->met = 0;
    w->tee = NULL;
    w->len = 0;
    w->msg[0] = 0;
    hash_init(&w->h);
    lua_pushvalue(L, v);
    w->base = lua_gettop(L);
    if (env)
        lua_pushvalue(L, env);
    else
        lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_ENV);
    lua_settop(L, w->base + WALK_SLOTS);
}

static void
start_record(Walk *w, int own)
{
    w->record = 1;
    w->own = own;
    for (int i = WALK_SLOT_LEAVES; i <= WALK_SLOTS; i++) {
        lua_newtable(w->L);
        lua_replace(w->L, w->base + i);
    }
}

static int
walk_self(Walk *w, const WalkPath *root)
{
    WalkPath path = {root, 'u', "self", 4, 0};

    if (!w->self)
        return 0;
    stream_tag(w, 'S');
    lua_pushvalue(w->L, w->self);
    return walk_value(w, &path);
}

/* 0 and the digest, or -1 with w->msg. */
static int
walk(Walk *w, const char *name, unsigned char digest[HASH_SIZE])
{
    WalkPath root = {NULL, 'r', name, strlen(name), 0};
    int bad;

    w->gather = !walk_std_changes_is_pristine(w);
    w->changed = w->st->changed;
    if (w->gather) {
        lua_newtable(w->L);
        lua_replace(w->L, w->base + WALK_SLOT_WORDS);
    }
    stream_tag(w, 'H');
    stream_emit(w, w->st->header, HASH_SIZE);
    lua_pushvalue(w->L, w->base);
    bad = walk_value(w, &root) || walk_self(w, &root) || walk_std_changes_overlay(w);
    lua_settop(w->L, w->base + WALK_SLOTS);
    hash_bytes(&w->h, w->buf, w->len);
    hash_final(&w->h, digest);
    return bad ? -1 : 0;
}

/* -- the face ------------------------------------------------------------------------ */

static const char *
lua_release(void)
{
    const char *ident = dlsym(RTLD_DEFAULT, "lua_ident");

    return ident ? ident : lua_ident;
}

static void
make_header(lua_State *L, WalkState *st)
{
    const char *salt = getenv("RILLE_TEST_FP_SALT"), *release = lua_release();
    const char *format = "rille-fp/2";
    Hash h;

    hash_init(&h);
    hash_field(&h, 'F', format, strlen(format));
    hash_field(&h, 'L', release, strlen(release));
    hash_int(&h, 'V', (int64_t)lua_version(L));
    hash_int(&h, 'B', WALK_BUILTINS);
    hash_field(&h, 'S', salt, salt ? strlen(salt) : 0);
    hash_final(&h, st->header);
}

/* A module of rille's has loaded. */
static int
l_loaded(lua_State *L)
{
    if (!state(L)->is_held)
        std_names_modules(L, state(L));
    return 0;
}

/* fp.together(f) -> what f returns: the modules that f loads get their names when all are there,
 * as one may add to what another has. */
static int
l_together(lua_State *L)
{
    WalkState *st = state(L);
    int status;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    st->is_held = 1;
    status = lua_pcall(L, 0, LUA_MULTRET, 0);
    st->is_held = 0;
    std_names_modules(L, st);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

/* fp.setup(globals, key_names): once per state, before the script, after what replaces
 * parts of the standard library.
 * key_names: { [module] = what keys call it }, where that is not its name */
static int
l_setup(lua_State *L)
{
    WalkState *st = state(L);

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    lua_setfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_KEY_NAMES);
    lua_pushvalue(L, 1);
    st->env = lua_topointer(L, 1);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_ENV);
    make_header(L, st);
    std_names_setup(L, 1, st);
    std_names_modules(L, st);
    for (int i = 1; i <= WALK_UP_COUNT; i++)
        lua_pushvalue(L, lua_upvalueindex(i));
    lua_pushcclosure(L, l_loaded, WALK_UP_COUNT);
    lua_setfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_HOOK);
    st->ready = 1;
    return 0;
}

/* fp.first(f): f() is called once, before code of the user's can get a module of rille's, and
 * before the first walk. */
static int
l_first(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_FIRST);
    return 0;
}

/* fp.intrinsic(value, name): a value that is known by its name alone: a function, or a table with
 * every function and table of rille's that can be reached from it, upvalues
 * included.  Call it when a module was just loaded, before a script got it. */
static int
l_intrinsic(lua_State *L)
{
    luaL_checkany(L, 1);
    luaL_checkstring(L, 2);
    luaL_argcheck(L, !lua_isnil(L, 1), 1, "nil has no identity");
    lua_settop(L, 2);
    std_names_register(L, 1, lua_tostring(L, 2));
    return 0;
}

/* fp.pure(path, digest [, state [, uses_libm]]): the C functions of the library at the path
 * count by its digest, that of what it was made of when it was opened, and by what state()
 * returns; false: it cannot be told. */
static int
l_pure(lua_State *L)
{
    size_t n;

    luaL_checkstring(L, 1);
    luaL_checklstring(L, 2, &n);
    luaL_argcheck(L, n == HASH_SIZE, 2, "no digest");
    lua_settop(L, 4);
    lua_pushvalue(L, 2);
    lua_setfield(L, lua_upvalueindex(WALK_UP_FILES), lua_tostring(L, 1));
    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PURE) != LUA_TTABLE) {
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawseti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PURE);
    }
    if (lua_isfunction(L, 3))
        lua_pushvalue(L, 3);
    else
        lua_pushboolean(L, 1);
    lua_setfield(L, -2, lua_tostring(L, 1));
    if (lua_toboolean(L, 4)) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, lua_pushfstring(L, FOREIGN_C_LIBM, lua_tostring(L, 1)));
    }
    return 0;
}

/* fp.name(value, name): what keys call a function or table of rille's, whichever way
 * the walk meets it first. */
static int
l_name(lua_State *L)
{
    luaL_checkany(L, 1);
    luaL_checkstring(L, 2);
    luaL_argcheck(L, !lua_isnil(L, 1), 1, "nil has no identity");
    std_names_replace(L, 1, lua_tostring(L, 2));
    return 0;
}

/* fp.closed(table, name [, module]): a class of rille's or (true) a module, which scripts
 * can reach; what they change in it counts for every step.  Call it before a script got
 * it. */
static int
l_closed(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstring(L, 2);
    lua_settop(L, 3);
    walk_own_changes_add(L, 1, lua_tostring(L, 2), lua_toboolean(L, 3));
    return 0;
}

/* fp.set_class(table, text | nil): what counts of the table beside its content, for it is
 * the class of a materializer. */
static int
l_set_class(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2))
        luaL_checkstring(L, 2);
    lua_settop(L, 2);
    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_CLASSES) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_createtable(L, 0, 1);
        lua_pushliteral(L, "k");
        lua_setfield(L, -2, "__mode");
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -1);
        lua_rawseti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_CLASSES);
    }
    lua_insert(L, 1);
    lua_rawset(L, 1);
    return 0;
}

/* fp.look(): whether a script changed a class or a module of rille's is seen now, and
 * counts in every fingerprint until the next look.  Call it after code of the user's
 * that can reach one. */
static int
l_look(lua_State *L)
{
    state(L)->changed = !walk_own_changes_is_pristine(L);
    return 0;
}

/* fp.is_intrinsic(value) -> is it a value of rille or of the standard library, which
 * counts by its name? */
static int
l_is_intrinsic(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_isnil(L, 1))
        return 0;
    lua_pushboolean(L, named_values_get(L, 1) != NULL);
    return 1;
}

/* fp.name_of(value) -> the name by which it counts | nil */
static int
l_name_of(lua_State *L)
{
    luaL_checkany(L, 1);
    if (!named_values_push(L, 1))
        lua_pushnil(L);
    return 1;
}

/* fp.kind(metatable, expand): tables and userdata with this metatable are walked
 * as what expand(v) returns (or are refused: nil, message). */
static int
l_kind(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argcheck(L, lua_isfunction(L, 2) || lua_isnil(L, 2), 2, "a function or nil expected");
    lua_settop(L, 2);
    lua_rawset(L, lua_upvalueindex(WALK_UP_KINDS));
    return 0;
}

/* The names in the set at slot, sorted. */
static void
push_sorted(Walk *w, int slot)
{
    lua_State *L = w->L;
    int out = lua_gettop(L) + 1;
    SortedKeys keys;

    lua_newtable(L);
    if (!sorted_keys_gather(L, w->base + slot, &keys))
        for (int i = 0; i < keys.count; i++) {
            sorted_keys_push(L, &keys, i);
            lua_rawseti(L, out, i + 1);
        }
    lua_settop(L, out);
}

static void
push_info(Walk *w, const unsigned char *digest)
{
    lua_State *L = w->L;

    lua_createtable(L, 0, 8);
    lua_pushlstring(L, (const char *)digest, HASH_SIZE);
    lua_setfield(L, -2, "digest");
    lua_pushvalue(L, w->base + WALK_SLOT_LEAVES);
    lua_setfield(L, -2, "leaves");
    push_sorted(w, WALK_SLOT_REACHES);
    lua_setfield(L, -2, "reaches");
    lua_pushvalue(L, w->base + WALK_SLOT_ESCAPES);
    lua_setfield(L, -2, "escapes");
    lua_pushvalue(L, w->base + WALK_SLOT_WRITES);
    lua_setfield(L, -2, "writes");
    if (w->lines) {
        lua_pushvalue(L, w->base + WALK_SLOT_REACHES);
        lua_setfield(L, -2, "where");
    }
    if (w->visits) {
        lua_pushvalue(L, w->base + WALK_SLOT_VISITED);
        lua_setfield(L, -2, "visited");
    }
}

static int
is_set(lua_State *L, int options, const char *field)
{
    int yes;

    if (!lua_istable(L, options))
        return 0;
    lua_getfield(L, options, field);
    yes = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return yes;
}

static int
fail(Walk *w)
{
    lua_pushnil(w->L);
    lua_pushstring(w->L, w->msg);
    return 2;
}

/* Sets a field of the table at the top to the value at idx, unless idx is 0. */
static void
keep(lua_State *L, int idx, const char *field)
{
    if (!idx)
        return;
    lua_pushvalue(L, idx);
    lua_setfield(L, -2, field);
}

/* The index of the table that is a field of the one at t, or 0. */
static int
table_field(lua_State *L, int t, const char *field)
{
    return lua_getfield(L, t, field) == LUA_TTABLE ? lua_gettop(L) : 0;
}

/* fp.walk(v [, { name =, own =, lines =, visits =, env =, self =, plain =, words = }])
 *   v: a function, or any other value; self: a table that a function is called with
 *   -> { digest =, leaves =, reaches =, escapes =, writes = [, env =][, self =] }
 *   -> nil, message
 * lines: also where = { name reached = "file:line" | true }; visits: also visited =
 * { function or table = true, or a set of names: no more than these fields }.
 * plain = { [metatable] = expand }: everything but plain data, functions of scripts, what is
 * intrinsic and values with these metatables is refused; writes are those of all functions that
 * are walked, and reaches have the fields of intrinsic tables that are no functions.
 * words = { [word] = true }: reaches have "the word WORD" where code has that constant. */
static int
l_walk(lua_State *L)
{
    unsigned char digest[HASH_SIZE];
    int env = 0, own = 0, self = 0, plain = 0, told = 0;
    const char *name = "function";
    Walk w;

    luaL_checkany(L, 1);
    lua_settop(L, 2);
    if (lua_istable(L, 2)) {
        if (lua_getfield(L, 2, "name") == LUA_TSTRING)
            name = lua_tostring(L, -1);
        own = is_set(L, 2, "own");
        env = table_field(L, 2, "env");
        self = table_field(L, 2, "self");
        plain = table_field(L, 2, "plain");
        told = table_field(L, 2, "words");
    }
    start(L, &w, 1, env);
    w.self = self;
    w.plain = plain;
    w.told = told;
    start_record(&w, own || plain);
    w.lines = is_set(L, 2, "lines");
    w.visits = is_set(L, 2, "visits");
    if (walk(&w, name, digest))
        return fail(&w);
    push_info(&w, digest);
    keep(L, env, "env");
    keep(L, self, "self");
    return 1;
}

/* fp.check(f, info) -> whether its fingerprint is still that of info
 *   -> false, message when it cannot be made any more */
static int
l_check(lua_State *L)
{
    unsigned char digest[HASH_SIZE];
    int same, env, self;
    Walk w;

    luaL_checktype(L, 1, LUA_TFUNCTION);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_getfield(L, 2, "digest");
    luaL_argcheck(L, lua_type(L, 3) == LUA_TSTRING && lua_rawlen(L, 3) == HASH_SIZE, 2,
                  "no digest");
    env = table_field(L, 2, "env");
    self = table_field(L, 2, "self");
    start(L, &w, 1, env);
    w.self = self;
    if (walk(&w, "function", digest)) {
        lua_pushboolean(L, 0);
        lua_pushstring(L, w.msg);
        return 2;
    }
    same = memcmp(digest, lua_tostring(L, 3), HASH_SIZE) == 0;
    lua_pushboolean(L, same);
    return 1;
}

/* fp.value(v [, name]) -> digest | nil, message */
static int
l_value(lua_State *L)
{
    unsigned char digest[HASH_SIZE];
    const char *name = luaL_optstring(L, 2, "value");
    Walk w;

    luaL_checkany(L, 1);
    lua_settop(L, 2);
    start(L, &w, 1, 0);
    if (walk(&w, name, digest))
        return fail(&w);
    lua_pushlstring(L, (char *)digest, HASH_SIZE);
    return 1;
}

static void
push_state(lua_State *L)
{
    WalkState *st = lua_newuserdatauv(L, sizeof *st, 0);

    memset(st, 0, sizeof *st);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, state_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
}

static void
push_memos(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

int
luaopen_rille_host_fingerprint(lua_State *L)
{
    static const luaL_Reg lib[] = {{"setup", l_setup},   {"first", l_first},
                                   {"together", l_together},
                                   {"intrinsic", l_intrinsic},
                                   {"pure", l_pure},
                                   {"name", l_name},     {"is_intrinsic", l_is_intrinsic},
                                   {"name_of", l_name_of},
                                   {"closed", l_closed}, {"look", l_look},
                                   {"set_class", l_set_class},
                                   {"kind", l_kind},     {"walk", l_walk},
                                   {"check", l_check},   {"value", l_value},
                                   {NULL, NULL}};

    luaL_newlibtable(L, lib);
    for (int i = 1; i <= WALK_UP_COUNT; i++) {
        if (i == WALK_UP_STATE)
            push_state(L);
        else if (i == WALK_UP_MEMO)
            push_memos(L);
        else
            lua_newtable(L);
    }
    luaL_setfuncs(L, lib, WALK_UP_COUNT);
    return 1;
}

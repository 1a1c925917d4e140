/* std_names.c -- see walk.h: the names of what is intrinsic
 *
 * The standard library as it was before any script, and rille's own modules.  In a
 * foreign state scripts may have run before: so only a C function or one of rille's own
 * under a name of the manual is original; all else is the script's. */
#include <string.h>

#include "embedded/embedded.h"
#include "embedded/module_loader.h"
#include "fingerprint/walk.h"
#include "value/sorted_keys.h"

static const char NAMES[][16] = {
    "byte", "char", "dump", "find", "format", "gmatch", "gsub", "len", "lower",
    "match", "pack", "packsize", "rep", "reverse", "sub", "unpack", "upper", "",
    "concat", "insert", "move", "pack", "remove", "sort", "unpack", "",
    "abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "deg", "exp", "floor",
    "fmod", "frexp", "ldexp", "log", "log10", "max", "min", "modf", "pow", "rad",
    "random", "randomseed", "sin", "sinh", "sqrt", "tan", "tanh", "tointeger",
    "type", "ult", "",
    "close", "flush", "input", "lines", "open", "output", "popen", "read", "stderr",
    "stdin", "stdout", "tmpfile", "type", "write", "",
    "clock", "date", "difftime", "execute", "exit", "getenv", "remove", "rename",
    "setlocale", "time", "tmpname", "",
    "close", "create", "isyieldable", "resume", "running", "status", "wrap",
    "yield", "",
    "char", "codepoint", "codes", "len", "offset", "",
    "debug", "getinfo", "gethook", "getlocal", "getmetatable", "getregistry",
    "getupvalue", "getuservalue", "setcstacklimit", "sethook", "setlocal",
    "setmetatable", "setupvalue", "setuservalue", "traceback", "upvalueid",
    "upvaluejoin", "",
    "loadlib", "loaded", "preload", "searchers", "searchpath", "",
    "assert", "collectgarbage", "dofile", "error", "getmetatable", "ipairs", "load",
    "loadfile", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen",
    "rawset", "require", "select", "setmetatable", "tonumber", "tostring", "type",
    "warn", "xpcall", ""};

/* In the order of NAMES; the last are the globals themselves. */
static const char *const LIBRARIES[] = {"string", "table", "math",  "io",      "os",
                                        "coroutine", "utf8", "debug", "package", NULL};

/* -- what is original ------------------------------------------------------------ */

int
std_names_is_ours(lua_State *L, int idx)
{
    lua_Debug ar;

    lua_pushvalue(L, idx);
    lua_getinfo(L, ">S", &ar);
    return embedded_is_ours(ar.source);
}

/* Whether the value at the top can be the standard library's. */
static int
is_original(lua_State *L, const char *lib)
{
    int type = lua_type(L, -1);

    if (type == LUA_TFUNCTION)
        return lua_iscfunction(L, -1) || std_names_is_ours(L, lua_gettop(L));
    return type == LUA_TUSERDATA ||
           (type == LUA_TTABLE && lib && strcmp(lib, "package") == 0);
}

/* NAMES[the value at the top] = name, unless it has one. */
static int
set_name(lua_State *L, const char *name)
{
    lua_pushvalue(L, -1);
    if (lua_rawget(L, lua_upvalueindex(WALK_UP_NAMES)) != LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushstring(L, name);
    lua_rawset(L, lua_upvalueindex(WALK_UP_NAMES));
    return 1;
}

/* The fields of the library at the top (NULL: the globals) that are called
 * NAMES[*names] and on get their names, and are kept as its originals.  *names
 * becomes where the next library begins. */
static void
register_library(lua_State *L, const char *lib, size_t *names)
{
    size_t i = *names;
    int t = lua_gettop(L);

    if (lua_type(L, t) != LUA_TTABLE) {
        while (NAMES[i][0])
            i++;
        *names = i + 1;
        return;
    }
    if (lib)
        set_name(L, lib);
    lua_newtable(L);
    for (; NAMES[i][0]; i++) {
        lua_pushfstring(L, "%s%s%s", lib ? lib : "", lib ? "." : "", NAMES[i]);
        lua_pushstring(L, NAMES[i]);
        lua_rawget(L, t);
        if (is_original(L, lib)) {
            set_name(L, lua_tostring(L, -2));
            lua_setfield(L, t + 1, NAMES[i]);
        }
        lua_settop(L, t + 1);
    }
    *names = i + 1;
    lua_pushvalue(L, t);
    lua_insert(L, -2);
    if (lib)
        lua_rawset(L, lua_upvalueindex(WALK_UP_ORIGINAL));
    lua_settop(L, t);
}

/* -- snapshots of what must not have changed ------------------------------------------ */

int
std_names_snapshot(lua_State *L, int t, Snapshot *f, int record)
{
    int n = 0, same = 1;

    lua_pushnil(L);
    while (same && lua_next(L, t)) {
        const void *key = lua_topointer(L, -2), *value = lua_topointer(L, -1);

        if (n == SNAPSHOT_MAX || !key || !value) {
            same = 0;
        } else if (record) {
            f->key[n] = key;
            f->value[n] = value;
        } else {
            same = n < f->n && f->key[n] == key && f->value[n] == value;
        }
        n++;
        lua_pop(L, 1);
    }
    if (!same)
        lua_pop(L, 1);
    if (record)
        f->n = same ? n : -1;
    return same && n == f->n;
}

static int
count_entries(lua_State *L, int t)
{
    int n = 0;

    lua_pushnil(L);
    while (lua_next(L, t)) {
        n++;
        lua_pop(L, 1);
    }
    return n;
}

static void
glance_string(lua_State *L, WalkState *st)
{
    int t = lua_gettop(L);

    st->string.n = -1;
    if (!lua_istable(L, t))
        return;
    lua_pushvalue(L, t);
    lua_rawget(L, lua_upvalueindex(WALK_UP_ORIGINAL));
    if (lua_istable(L, -1) && count_entries(L, t) == count_entries(L, t + 1))
        std_names_snapshot(L, t, &st->string, 1);
    lua_settop(L, t);
}

/* The metatable of strings, at the top: C functions, and the string library. */
static void
glance_meta(lua_State *L, WalkState *st, int string)
{
    int t = lua_gettop(L), original = 1;

    st->meta.n = -1;
    if (!lua_istable(L, t))
        return;
    lua_pushnil(L);
    while (lua_next(L, t)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";

        if (strcmp(key, "__index") == 0 && lua_rawequal(L, -1, string)) {
            lua_pop(L, 1);
        } else if (strncmp(key, "__", 2) == 0 && lua_iscfunction(L, -1)) {
            lua_pushfstring(L, "string metatable.%s", key);
            lua_insert(L, -2);
            set_name(L, lua_tostring(L, -2));
            lua_pop(L, 2);
        } else {
            original = 0;
            lua_pop(L, 1);
        }
    }
    lua_pushliteral(L, "__index");
    if (lua_rawget(L, t) != LUA_TNIL && original)
        std_names_snapshot(L, t, &st->meta, 1);
    lua_settop(L, t);
}

/* Those that a script puts there later are its own. */
static void
register_searchers(lua_State *L, int env)
{
    int top = lua_gettop(L);

    lua_pushliteral(L, "package");
    if (lua_rawget(L, env) == LUA_TTABLE && lua_getfield(L, -1, "searchers") == LUA_TTABLE)
        for (int i = 1; lua_rawgeti(L, top + 2, i) != LUA_TNIL; i++) {
            lua_pushfstring(L, "package.searchers[%d]", i);
            lua_insert(L, -2);
            if (is_original(L, NULL))
                set_name(L, lua_tostring(L, -2));
            lua_pop(L, 2);
        }
    lua_settop(L, top);
}

void
std_names_setup(lua_State *L, int env, WalkState *st)
{
    size_t names = 0;
    int top = lua_gettop(L);

    luaL_checkstack(L, 20, NULL);
    lua_createtable(L, 0, WALK_ORIGINALS);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PENDING);
    for (int i = 0; LIBRARIES[i]; i++) {
        lua_pushstring(L, LIBRARIES[i]);
        lua_rawget(L, env);
        register_library(L, LIBRARIES[i], &names);
        lua_settop(L, top);
    }
    lua_pushvalue(L, env);
    register_library(L, NULL, &names);
    lua_settop(L, top);
    register_searchers(L, env);
    if (lua_getfield(L, LUA_REGISTRYINDEX, "rille.env") == LUA_TTABLE)
        set_name(L, "rille.env");
    lua_settop(L, top);
    lua_pushliteral(L, "string");
    lua_rawget(L, env);
    glance_string(L, st);
    lua_pushvalue(L, -1);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_STRING);
    lua_pushliteral(L, "");
    if (!lua_getmetatable(L, -1))
        lua_pushnil(L);
    glance_meta(L, st, top + 1);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_STRING_META);
    lua_settop(L, top);
}

/* -- rille's own modules --------------------------------------------------------------- */

enum { REGISTER_DEPTH = 30 };

static void register_value(lua_State *L, const char *name, int depth);

/* Whether the value at the top has a name and was looked into. */
static int
is_done(lua_State *L)
{
    int v = lua_gettop(L), done = 0;

    lua_pushvalue(L, v);                /* most were met before */
    if (lua_rawget(L, lua_upvalueindex(WALK_UP_NAMES)) != LUA_TNIL) {
        lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PENDING);
        lua_pushvalue(L, v);
        done = lua_rawget(L, -2) == LUA_TNIL;
    }
    lua_settop(L, v);
    return done;
}

/* Names the value at the top, unless it has a name; it is looked into now. */
static void
take_up(lua_State *L, const char *name)
{
    if (set_name(L, name))
        return;
    lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PENDING);
    lua_pushvalue(L, -2);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* Pushes "NAME.PART"; lua_pushfstring takes several times as long, and a start pushes
 * some hundred of them. */
static const char *
push_path(lua_State *L, const char *name, const char *part)
{
    char path[256];
    size_t n = strlen(name), m = strlen(part);

    if (n + m + 1 > sizeof path)
        return lua_pushfstring(L, "%s.%s", name, part);
    memcpy(path, name, n);
    path[n] = '.';
    memcpy(path + n + 1, part, m);
    return lua_pushlstring(L, path, n + m + 1);
}

static void
register_part(lua_State *L, const char *name, const char *part, int depth)
{
    int type = lua_type(L, -1), v = lua_gettop(L);

    if ((type != LUA_TTABLE && type != LUA_TFUNCTION) || is_done(L))
        return;
    push_path(L, name, part);
    lua_pushvalue(L, v);
    register_value(L, lua_tostring(L, -2), depth + 1);
    lua_settop(L, v);
}

/* Pops a copy of the table at t, kept as its original unless there is one: a script
 * may have got the table since. */
static void
keep_original(lua_State *L, int t)
{
    int copy = lua_gettop(L);

    lua_pushvalue(L, t);
    if (lua_rawget(L, lua_upvalueindex(WALK_UP_ORIGINAL)) == LUA_TNIL) {
        lua_pushvalue(L, t);
        lua_pushvalue(L, copy);
        lua_rawset(L, lua_upvalueindex(WALK_UP_ORIGINAL));
        lua_pushvalue(L, copy);         /* under the copy: the metatable */
        if (lua_getmetatable(L, t))
            lua_rawset(L, lua_upvalueindex(WALK_UP_ORIGINAL));
    }
    lua_settop(L, copy - 1);
}

static void
register_table(lua_State *L, const char *name, int depth)
{
    int t = lua_gettop(L);
    SortedKeys keys;

    lua_newtable(L);
    /* in the order of the keys: a value that is reached in two ways must get the
     * same name in every process */
    if (sorted_keys_gather(L, t, &keys) == OK)
        for (int i = 0; i < keys.count; i++) {
            sorted_keys_push(L, &keys, i);
            if (lua_type(L, -1) == LUA_TSTRING) {
                lua_pushvalue(L, -1);
                lua_rawget(L, t);
                register_part(L, name, lua_tostring(L, -2), depth);
                lua_rawset(L, t + 1);
            } else {
                lua_pop(L, 1);
            }
        }
    sorted_keys_release(L, &keys);
    keep_original(L, t);
    if (lua_getmetatable(L, t)) {
        register_part(L, name, "<metatable>", depth);
        lua_pop(L, 1);
    }
}

static void
register_upvalues(lua_State *L, const char *name, int depth)
{
    int f = lua_gettop(L);
    const char *up;

    for (int i = 1; (up = lua_getupvalue(L, f, i)) != NULL; i++) {
        register_part(L, name, up, depth);
        lua_settop(L, f);
    }
}

/* The value at the top and what can be reached from it: rille's functions with
 * their upvalues, tables; never a script's function. */
static void
register_value(lua_State *L, const char *name, int depth)
{
    int v = lua_gettop(L), type = lua_type(L, v);

    luaL_checkstack(L, 20, NULL);
    lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_ENV);
    if (depth > REGISTER_DEPTH || lua_rawequal(L, -1, v)
        || (type == LUA_TFUNCTION && depth > 0 && !lua_iscfunction(L, v)
            && !std_names_is_ours(L, v))) {
        lua_settop(L, v);
        return;
    }
    lua_settop(L, v);
    if (is_done(L))
        return;
    take_up(L, name);
    if (type == LUA_TTABLE)
        register_table(L, name, depth);
    else if (type == LUA_TFUNCTION)
        register_upvalues(L, name, depth);
    lua_settop(L, v);
}

void
std_names_register(lua_State *L, int idx, const char *name)
{
    lua_pushvalue(L, idx);
    register_value(L, name, 0);
    lua_pop(L, 1);
}

static void name_table(lua_State *L, const char *name, int depth);

/* Names the value at the top, unless it has a name; what it captures is looked into
 * when what gives it is registered.  Returns whether it had none. */
static int
set_pending(lua_State *L, const char *name)
{
    if (!set_name(L, name))
        return 0;
    lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_PENDING);
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return 1;
}

void
std_names_replace(lua_State *L, const char *name)
{
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, lua_upvalueindex(WALK_UP_NAMES));
    set_pending(L, name);
}

/* Whether the value at the top has a name. */
static int
has_name(lua_State *L)
{
    int type;

    lua_pushvalue(L, -1);
    type = lua_rawget(L, lua_upvalueindex(WALK_UP_NAMES));
    lua_pop(L, 1);
    return type != LUA_TNIL;
}

/* Names the entry of the table at t under the key at the top, and copies it to the
 * table at t + 1. */
static void
name_entry(lua_State *L, const char *name, int t, int depth)
{
    int key = lua_gettop(L), type;

    lua_pushvalue(L, key);
    type = lua_rawget(L, t);
    if (((type == LUA_TTABLE && depth == 0) || (type == LUA_TFUNCTION && is_original(L, NULL)))
        && !has_name(L)) {
        const char *path = push_path(L, name, lua_tostring(L, key));

        lua_pushvalue(L, key + 1);
        if (type == LUA_TTABLE)
            name_table(L, path, depth + 1);
        else
            set_pending(L, path);
        lua_settop(L, key + 1);
    }
    lua_pushvalue(L, key);
    lua_insert(L, -2);
    lua_rawset(L, t + 1);
}

/* Names the table at the top, unless it has a name, and rille's and C functions in
 * it; those in tables of it too, which are its classes.  No deeper: by now tables of
 * ours may hold a script's. */
static void
name_table(lua_State *L, const char *name, int depth)
{
    int t = lua_gettop(L), top;
    SortedKeys keys;

    luaL_checkstack(L, 20, NULL);
    if (!set_pending(L, name))
        return;
    lua_newtable(L);
    /* in the order of the keys: what has two names must get the same in every process */
    if (sorted_keys_gather(L, t, &keys))
        keys.count = 0;
    top = lua_gettop(L);
    for (int i = 0; i < keys.count; i++) {
        sorted_keys_push(L, &keys, i);
        if (lua_type(L, -1) == LUA_TSTRING)
            name_entry(L, name, t, depth);
        lua_settop(L, top);
    }
    sorted_keys_release(L, &keys);
    keep_original(L, t);
}

/* Pushes what keys call the module. */
static const char *
push_key_name(lua_State *L, const char *module)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, MODULE_LOADER_KEY_NAMES) == LUA_TTABLE
        && lua_getfield(L, -1, module) == LUA_TSTRING)
        return lua_tostring(L, -1);
    return module;
}

void
std_names_modules(lua_State *L, WalkState *st)
{
    int top = lua_gettop(L);
    lua_Integer n;

    luaL_checkstack(L, 20, NULL);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, MODULE_LOADER_LIST);
    n = (lua_Integer)lua_rawlen(L, top + 1);
    while (st->modules < n) {
        lua_rawgeti(L, top + 1, st->modules + 1);
        if (lua_rawgeti(L, top + 1, st->modules + 2) == LUA_TTABLE) {
            const char *name = push_key_name(L, lua_tostring(L, top + 2));

            lua_pushvalue(L, top + 3);
            name_table(L, name, 0);
        }
        lua_settop(L, top + 1);
        st->modules += 2;
    }
    lua_settop(L, top);
}

/* -- what differs from the original ---------------------------------------------------- */

void
std_names_push_differences(lua_State *L, int t, int o)
{
    int out;

    lua_newtable(L);
    out = lua_gettop(L);
    for (int i = 0; i < 2; i++) {
        int from = i ? o : t, other = i ? t : o;

        lua_pushnil(L);
        while (lua_next(L, from)) {
            lua_pushvalue(L, -2);
            lua_rawget(L, other);
            if (!lua_rawequal(L, -1, -2)) {
                lua_pushvalue(L, -3);
                lua_pushboolean(L, 1);
                lua_rawset(L, out);
            }
            lua_pop(L, 2);
        }
    }
}

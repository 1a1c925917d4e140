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

/* Names the value at the top by the path, unless it has a name. */
static int
set_name(lua_State *L, uint32_t path)
{
    if (named_values_get(L, -1))
        return 0;
    named_values_add(L, -1, path);
    return 1;
}

enum { LIBRARY_FIELDS = 32 };           /* of the largest */

/* The fields of the library at the top (NULL: the globals) that are called
 * NAMES[*names] and on get their names, and are kept as its originals.  *names
 * becomes where the next library begins. */
static void
register_library(lua_State *L, const char *lib, size_t *names)
{
    uint32_t path = lib ? named_values_path(L, named_values_of(L), 0, lib) : 0;
    size_t i = *names;
    int t = lua_gettop(L);

    if (lua_type(L, t) != LUA_TTABLE) {
        while (NAMES[i][0])
            i++;
        *names = i + 1;
        return;
    }
    if (lib)
        set_name(L, path);
    lua_createtable(L, 0, lib ? LIBRARY_FIELDS : 0);
    for (; NAMES[i][0]; i++) {
        lua_pushstring(L, NAMES[i]);
        lua_pushvalue(L, -1);
        lua_rawget(L, t);
        if (is_original(L, lib)) {
            if (!named_values_get(L, -1))
                named_values_add(L, -1, named_values_path(L, named_values_of(L), path, NAMES[i]));
            if (lib)
                lua_rawset(L, t + 1);
        }
        lua_settop(L, t + 1);
    }
    *names = i + 1;
    if (lib)
        named_values_keep_original(L, t, 0);
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
    if (named_values_push_original(L, t) && count_entries(L, t) == count_entries(L, t + 1))
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
            uint32_t path = named_values_root(L, lua_pushfstring(L, "string metatable.%s", key));

            lua_pop(L, 1);
            set_name(L, path);
            lua_pop(L, 1);
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
            uint32_t path = named_values_root(L, lua_pushfstring(L, "package.searchers[%d]", i));

            lua_pop(L, 1);
            if (is_original(L, NULL))
                set_name(L, path);
            lua_pop(L, 1);
        }
    lua_settop(L, top);
}

void
std_names_setup(lua_State *L, int env, WalkState *st)
{
    size_t names = 0;
    int top = lua_gettop(L);

    luaL_checkstack(L, 20, NULL);
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
        set_name(L, named_values_path(L, named_values_of(L), 0, "rille.env"));
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

enum { REGISTER_DEPTH = 30, FEW_ENTRIES = 16 };

/* An entry of a table, its key and value on the stack. */
typedef struct Entry {
    uint64_t first;                 /* bytes of the key, which decide most comparisons */
    const char *key;
    const void *value;              /* the address */
    int at;                         /* of the key; the value is above it */
    int type;                       /* of the value */
} Entry;

typedef struct Entries {
    int n, bottom;
    Entry *entry;
    Entry few[FEW_ENTRIES];
} Entries;

static void register_value(lua_State *L, NamedValues *s, uint32_t path, int depth, int type);

/* Whether the value has a name and was looked into. */
static int
is_done(const NamedValues *s, const void *address)
{
    const NamedValue *v = named_values_find(s, address);

    return v && !v->is_pending;
}

/* -- the entries of a table: in the order of the keys, as a value that is reached in two ways
 * must get the same name in every process -- */

static uint64_t
first_bytes(const char *key, size_t n)
{
    uint64_t first = 0;

    for (size_t i = 0; i < 8; i++)
        first = first << 8 | (i < n ? (unsigned char)key[i] : 0);
    return first;
}

static int
is_less(lua_State *L, const Entry *a, const Entry *b)
{
    size_t n, m;
    int c;

    if (a->first != b->first)
        return a->first < b->first;
    n = lua_rawlen(L, a->at);
    m = lua_rawlen(L, b->at);
    c = memcmp(a->key, b->key, n < m ? n : m);
    return c ? c < 0 : n < m;
}

static void
sift_down(lua_State *L, Entry *e, int i, int n)
{
    Entry moved = e[i];

    for (int child = 2 * i + 1; child < n; child = 2 * i + 1) {
        child += child + 1 < n && is_less(L, &e[child], &e[child + 1]);
        if (!is_less(L, &moved, &e[child]))
            break;
        e[i] = e[child];
        i = child;
    }
    e[i] = moved;
}

static void
sort_many(lua_State *L, Entry *e, int n)
{
    for (int i = n / 2 - 1; i >= 0; i--)
        sift_down(L, e, i, n);
    for (int i = n - 1; i > 0; i--) {
        Entry last = e[i];

        e[i] = e[0];
        e[0] = last;
        sift_down(L, e, 0, i);
    }
}

static void
sort_entries(lua_State *L, Entry *e, int n)
{
    if (n > FEW_ENTRIES) {
        sort_many(L, e, n);
        return;
    }
    for (int i = 1; i < n; i++) {
        Entry moved = e[i];
        int j = i;

        for (; j > 0 && is_less(L, &moved, &e[j - 1]); j--)
            e[j] = e[j - 1];
        e[j] = moved;
    }
}

static int
has_order(int type)
{
    return type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
}

/* Pushes key and value of each entry of the table at t whose key is a text; their number, or
 * -1 when there is a key that has no order. */
static int
push_entries(lua_State *L, int t)
{
    int n = 0, bottom = lua_gettop(L);

    lua_pushnil(L);
    while (lua_next(L, t)) {
        int type = lua_type(L, -2);

        if (!has_order(type) || n == SORTED_KEYS_MAX || !lua_checkstack(L, 8)) {
            lua_settop(L, bottom);
            return -1;
        }
        if (type != LUA_TSTRING) {
            lua_pop(L, 1);
            continue;
        }
        n++;
        lua_pushvalue(L, -2);
    }
    return n;
}

/* Whether values of the type may get a name. */
static int
is_nameable(int type)
{
    return type == LUA_TTABLE || type == LUA_TFUNCTION;
}

/* Notes the entry whose key is at the stack index, where its value may get a name or may be
 * looked into. */
static void
note_entry(lua_State *L, const NamedValues *s, int at, Entries *entries)
{
    int type = lua_type(L, at + 1);
    const void *value;
    const char *key;
    size_t length;

    if (!is_nameable(type) || is_done(s, value = lua_topointer(L, at + 1)))
        return;
    key = lua_tolstring(L, at, &length);
    entries->entry[entries->n++] = (Entry){first_bytes(key, length), key, value, at, type};
}

/* Pushes a copy of the table at t, by its keys that are texts, and above it what entries
 * lists.  Of a table that has a key without an order the copy is empty. */
static void
push_copy(lua_State *L, int t, Entries *entries)
{
    const NamedValues *s = named_values_of(L);
    int copy = lua_gettop(L) + 1, n;

    entries->bottom = copy;
    entries->entry = entries->few;
    entries->n = 0;
    lua_pushnil(L);
    n = push_entries(L, t);
    lua_createtable(L, 0, n > 0 ? n : 0);
    lua_replace(L, copy);
    if (n > FEW_ENTRIES)
        entries->entry = lua_newuserdatauv(L, (size_t)n * sizeof(Entry), 0);
    for (int at = copy + 1; at < copy + 2 * n; at += 2) {
        lua_pushvalue(L, at);
        lua_pushvalue(L, at + 1);
        lua_rawset(L, copy);
        note_entry(L, s, at, entries);
    }
    sort_entries(L, entries->entry, entries->n);
}

/* The copy stays at the top. */
static void
pop_entries(lua_State *L, const Entries *entries)
{
    lua_settop(L, entries->bottom);
}

/* -- all that can be reached -- */

static void
register_part(lua_State *L, NamedValues *s, uint32_t path, const char *part, int depth)
{
    int type = lua_type(L, -1);

    if (is_nameable(type) && !is_done(s, lua_topointer(L, -1)))
        register_value(L, s, named_values_path(L, s, path, part), depth + 1, type);
}

static void
register_table(lua_State *L, NamedValues *s, uint32_t path, int depth)
{
    int t = lua_gettop(L);
    Entries entries;

    push_copy(L, t, &entries);
    for (int i = 0; i < entries.n; i++) {
        const Entry *e = &entries.entry[i];

        if (is_done(s, e->value))
            continue;
        lua_pushvalue(L, e->at + 1);
        register_value(L, s, named_values_path(L, s, path, e->key), depth + 1, e->type);
        lua_pop(L, 1);
    }
    pop_entries(L, &entries);
    named_values_keep_original(L, t, 1);
    if (lua_getmetatable(L, t)) {
        register_part(L, s, path, "<metatable>", depth);
        lua_pop(L, 1);
    }
}

static void
register_upvalues(lua_State *L, NamedValues *s, uint32_t path, int depth)
{
    int f = lua_gettop(L);
    const char *up;

    for (int i = 1; (up = lua_getupvalue(L, f, i)) != NULL; i++) {
        register_part(L, s, path, up, depth);
        lua_settop(L, f);
    }
}

/* The value at the top and what can be reached from it: rille's functions with
 * their upvalues, tables; never a script's function. */
static void
register_value(lua_State *L, NamedValues *s, uint32_t path, int depth, int type)
{
    const WalkState *st = lua_touserdata(L, lua_upvalueindex(WALK_UP_STATE));
    const void *address = lua_topointer(L, -1);
    int v = lua_gettop(L);
    NamedValue *named;

    luaL_checkstack(L, 20, NULL);
    if (depth > REGISTER_DEPTH || (st->env && address == st->env)
        || (type == LUA_TFUNCTION && depth > 0 && !lua_iscfunction(L, v)
            && !std_names_is_ours(L, v)))
        return;
    named = is_nameable(type) ? named_values_find(s, address) : named_values_get(L, v);
    if (named && !named->is_pending)
        return;
    if (named)
        named->is_pending = 0;
    else if (is_nameable(type))
        named_values_add_new(L, s, address, path);
    else
        named_values_add(L, v, path);
    if (type == LUA_TTABLE)
        register_table(L, s, path, depth);
    else if (type == LUA_TFUNCTION)
        register_upvalues(L, s, path, depth);
    lua_settop(L, v);
}

void
std_names_register(lua_State *L, int idx, const char *name)
{
    lua_pushvalue(L, idx);
    register_value(L, named_values_of(L), named_values_root(L, name), 0, lua_type(L, -1));
    lua_pop(L, 1);
}

/* -- modules, by their own names -- */

void
std_names_replace(lua_State *L, int idx, const char *name)
{
    named_values_add(L, idx, named_values_root(L, name))->is_pending = 1;
}

/* Names the table at the top, unless it has a name, and rille's and C functions in
 * it; those in tables of it too, which are its classes.  No deeper: by now tables of
 * ours may hold a script's.  What they capture is looked into when what gives it is
 * registered. */
static void
name_table(lua_State *L, uint32_t path, int depth)
{
    NamedValues *s = named_values_of(L);
    int t = lua_gettop(L), top;
    Entries entries;

    luaL_checkstack(L, 20, NULL);
    if (named_values_get(L, t))
        return;
    named_values_add(L, t, path)->is_pending = 1;
    push_copy(L, t, &entries);
    top = lua_gettop(L);
    for (int i = 0; i < entries.n; i++) {
        const Entry *e = &entries.entry[i];

        if (named_values_find(s, e->value))
            continue;
        lua_pushvalue(L, e->at + 1);
        if (e->type == LUA_TTABLE && depth == 0)
            name_table(L, named_values_path(L, s, path, e->key), depth + 1);
        else if (e->type == LUA_TFUNCTION && is_original(L, NULL))
            named_values_add_new(L, s, e->value, named_values_path(L, s, path, e->key))
                ->is_pending = 1;
        lua_settop(L, top);
    }
    pop_entries(L, &entries);
    named_values_keep_original(L, t, 1);
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
            if (!named_values_get(L, -1))
                name_table(L, named_values_root(L, name), 0);
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

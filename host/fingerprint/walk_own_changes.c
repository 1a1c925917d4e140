/* walk_own_changes.c -- the tables of rille's own that scripts reach through values and
 * by require: classes with their methods, modules.  A step may call a method of what
 * it is given without capturing the class, so what a script changed in any of them
 * counts for every step. */
#include <stdint.h>
#include <string.h>

#include "fingerprint/walk.h"
#include "value/sorted_keys.h"

/* Of a value: the same for no other one. */
typedef struct Mark {
    int type;
    uint64_t id;
} Mark;

static Mark
mark_of(lua_State *L, int idx)
{
    Mark m = {lua_type(L, idx), 0};
    lua_Number n;

    if (m.type == LUA_TBOOLEAN) {
        m.id = (uint64_t)lua_toboolean(L, idx);
    } else if (m.type == LUA_TNUMBER && lua_isinteger(L, idx)) {
        m.id = (uint64_t)lua_tointeger(L, idx);
    } else if (m.type == LUA_TNUMBER) {
        m.type = -m.type;               /* 1 and 1.0 differ */
        n = lua_tonumber(L, idx);
        memcpy(&m.id, &n, sizeof m.id);
    } else {
        m.id = (uint64_t)(uintptr_t)lua_topointer(L, idx);
    }
    return m;
}

static int
same_mark(Mark a, Mark b)
{
    return a.type == b.type && a.id == b.id;
}

/* Pushes the metatable of the table at t, nil when it has none. */
static void
push_meta(lua_State *L, int t)
{
    if (!lua_getmetatable(L, t))
        lua_pushnil(L);
}

/* Where the closed table's entries are, in the order of lua_next, its metatable
 * before them. */
typedef struct Walked {
    Mark *mark;
    size_t n, max;
} Walked;

static void
take(lua_State *L, Walked *s, int idx)
{
    if (s->n < s->max)
        s->mark[s->n] = mark_of(L, idx);
    s->n++;
}

static void
take_all(lua_State *L, Walked *s, int t)
{
    push_meta(L, t);
    take(L, s, -1);
    lua_pop(L, 1);
    lua_pushnil(L);
    while (lua_next(L, t)) {
        take(L, s, -2);
        take(L, s, -1);
        lua_pop(L, 1);
    }
}

/* Pushes a copy of the table at t, which keeps alive what was in it. */
static void
push_copy(lua_State *L, int t)
{
    int copy;

    lua_newtable(L);
    copy = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, t)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
}

enum { TABLE = 1, COPY, META, MARKS, NAME, MODULE };    /* fields of WALK_UP_CLOSED[i] */

/* Pushes package.loaded[name of the record], nil when that is no module. */
static void
push_loaded(lua_State *L, int record)
{
    lua_rawgeti(L, record, MODULE);
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        lua_pushnil(L);
        return;
    }
    lua_pop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_rawgeti(L, record, NAME);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

/* Whether another value was put in the place of the module of the record, which is
 * TABLE. */
static int
is_replaced(lua_State *L, int record)
{
    int other;

    push_loaded(L, record);
    lua_rawgeti(L, record, TABLE);
    other = !lua_isnil(L, -2) && !lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return other;
}

void
walk_own_changes_add(lua_State *L, int idx, const char *name, int module)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, lua_upvalueindex(WALK_UP_CLOSED));
    int top = lua_gettop(L);
    Walked s = {NULL, 0, 0};

    luaL_checkstack(L, 20, NULL);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, lua_upvalueindex(WALK_UP_CLOSED), i);
        lua_rawgeti(L, -1, TABLE);
        if (lua_rawequal(L, -1, idx)) {
            lua_settop(L, top);
            return;
        }
        lua_settop(L, top);
    }
    lua_createtable(L, MODULE, 0);
    lua_pushvalue(L, idx);
    lua_rawseti(L, top + 1, TABLE);
    push_copy(L, idx);
    lua_rawseti(L, top + 1, COPY);
    push_meta(L, idx);
    lua_rawseti(L, top + 1, META);
    take_all(L, &s, idx);
    s.max = s.n;
    s.n = 0;
    s.mark = lua_newuserdatauv(L, s.max * sizeof *s.mark, 0);
    take_all(L, &s, idx);
    lua_rawseti(L, top + 1, MARKS);
    lua_pushstring(L, name);
    lua_rawseti(L, top + 1, NAME);
    lua_pushboolean(L, module);
    lua_rawseti(L, top + 1, MODULE);
    lua_rawseti(L, lua_upvalueindex(WALK_UP_CLOSED), n + 1);
}

/* Whether the table of the record at the top has the entries that it had, seen in
 * their order; when the order is another one, emit_changes compares them. */
static int
is_pristine(lua_State *L)
{
    int record = lua_gettop(L), t = record + 1;
    const Mark *mark;
    size_t n, i = 1;
    int same;

    if (is_replaced(L, record))
        return 0;
    lua_rawgeti(L, record, TABLE);
    lua_rawgeti(L, record, MARKS);
    mark = lua_touserdata(L, -1);
    n = lua_rawlen(L, -1) / sizeof *mark;
    push_meta(L, t);
    same = same_mark(mark[0], mark_of(L, -1));
    lua_pop(L, 1);
    lua_pushnil(L);
    while (same && lua_next(L, t)) {
        same = i + 1 < n && same_mark(mark[i], mark_of(L, -2)) &&
               same_mark(mark[i + 1], mark_of(L, -1));
        i += 2;
        lua_pop(L, 1);
    }
    lua_settop(L, record);
    return same && i == n;
}

int
walk_own_changes_is_pristine(lua_State *L)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, lua_upvalueindex(WALK_UP_CLOSED));
    int same = 1;

    luaL_checkstack(L, 20, NULL);
    for (lua_Integer i = 1; i <= n && same; i++) {
        lua_rawgeti(L, lua_upvalueindex(WALK_UP_CLOSED), i);
        same = is_pristine(L);
        lua_pop(L, 1);
    }
    return same;
}

/* What changed in the table of the record at the top: M name k v .. m, and the value
 * that was put in its place. */
static int
emit_changes(Walk *w)
{
    lua_State *L = w->L;
    int record = lua_gettop(L), t = record + 1, bad = 0, other_meta, replaced;
    WalkPath path = {NULL, 'g', NULL, 0, 0}, meta = {&path, 'm', NULL, 0, 0};
    SortedKeys keys;

    lua_rawgeti(L, record, TABLE);
    lua_rawgeti(L, record, NAME);
    path.s = lua_tolstring(L, -1, &path.len);
    lua_rawgeti(L, record, META);
    push_meta(L, t);
    other_meta = !lua_rawequal(L, -1, -2);
    replaced = is_replaced(L, record);
    lua_rawgeti(L, record, COPY);
    std_names_push_differences(L, t, lua_gettop(L));
    if (sorted_keys_gather(L, lua_gettop(L), &keys))
        bad = walk_report_refuse(w, &path, "has keys that cannot be followed");
    if (!bad && (keys.count || keys.n || other_meta || replaced)) {
        stream_bytes(w, 'M', path.s, path.len);
        for (int i = 0; i < keys.count && !bad; i++) {
            sorted_keys_push(L, &keys, i);
            bad = walk_std_changes_entry(w, &path, t);
            lua_pop(L, 1);
        }
        for (lua_Integer i = 1; i <= keys.n && !bad; i++) {
            lua_pushinteger(L, i);
            bad = walk_std_changes_entry(w, &path, t);
            lua_pop(L, 1);
        }
        if (!bad && other_meta) {
            push_meta(L, t);
            bad = walk_value(w, &meta);
            lua_pop(L, 1);
        }
        if (!bad && replaced) {
            stream_tag(w, '=');
            push_loaded(L, record);
            bad = walk_value(w, &path);
        }
        stream_tag(w, 'q');
    }
    lua_settop(L, record);
    return bad;
}

int
walk_own_changes_emit_changes(Walk *w)
{
    lua_State *L = w->L;
    lua_Integer n = (lua_Integer)lua_rawlen(L, lua_upvalueindex(WALK_UP_CLOSED));
    int bad = 0;

    luaL_checkstack(L, 30, NULL);
    for (lua_Integer i = 1; i <= n && !bad; i++) {
        lua_rawgeti(L, lua_upvalueindex(WALK_UP_CLOSED), i);
        if (!is_pristine(L))
            bad = emit_changes(w);
        lua_pop(L, 1);
    }
    return bad;
}

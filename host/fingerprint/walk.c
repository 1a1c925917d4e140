/* walk.c -- the walk over functions and values, see walk.h */
#include <stdio.h>
#include <string.h>

#include "base/bind.h"
#include "base/interrupt.h"
#include "fingerprint/walk.h"
#include "graph/node_box.h"
#include "value/sorted_keys.h"
#include "value/null.h"

enum { LOOK_EVERY = 1024 };              /* values between two looks at what ends a call */

/* -- what must not be collected --------------------------------------------- */

/* Makes the table of the anchors when there is none. */
static void
anchors(Walk *w)
{
    if (lua_isnil(w->L, w->base + WALK_SLOT_ANCHORS)) {
        lua_newtable(w->L);
        lua_replace(w->L, w->base + WALK_SLOT_ANCHORS);
    }
}

/* Keeps the value at the top alive until the walk ends, so that no address that
 * was seen is used again. */
static void
anchor(Walk *w)
{
    int slot = w->base + WALK_SLOT_ANCHORS;

    anchors(w);
    lua_pushvalue(w->L, -1);
    lua_rawseti(w->L, slot, (lua_Integer)lua_rawlen(w->L, slot) + 1);
}

/* -- intrinsics ------------------------------------------------------------- */

/* Emits the state of a library of C at the top, unless it is nil; pops it. */
static int
walk_state(Walk *w, const WalkPath *path)
{
    int bad = 0;

    if (!lua_isnil(w->L, -1)) {
        anchor(w);
        stream_tag(w, 'K');
        bad = walk_value(w, path);
    }
    lua_pop(w->L, 1);
    return bad;
}

/* 1 when the value at the top is intrinsic, -1 when refused. */
static int
walk_intrinsic(Walk *w, const WalkPath *path)
{
    lua_State *L = w->L;
    int v = lua_gettop(L), bad = 0;
    const char *name;
    size_t n;

    if (!named_values_push(L, v))
        return 0;
    name = lua_tolstring(L, -1, &n);
    if (lua_type(L, v) == LUA_TTABLE) {
        walk_report_reach(w, path, lua_pushfstring(L, "%s.*", name));
        lua_pushvalue(L, v);
        bad = walk_std_changes_whole(w, path, name);
    } else {
        walk_report_reach(w, path, name);
        stream_bytes(w, 'I', name, n);
        if (strchr(name, ' ')) {        /* a function of a module over pure C */
            if (foreign_c_push_state(w, name) < 0)
                walk_report_reach(w, NULL, lua_pushfstring(L, "foreign C: %s", name));
            else
                bad = walk_state(w, path);
        }
    }
    lua_settop(L, v);
    return bad ? -1 : 1;
}

/* -- functions --------------------------------------------------------------- */

static int
write_dump(lua_State *L, const void *p, size_t n, void *buf)
{
    (void)L;
    return buf_put(buf, p, n);
}

static int
memo_gc(lua_State *L)
{
    bytecode_release(&((WalkMemo *)lua_touserdata(L, 1))->code);
    return 0;
}

static WalkMemo *
new_memo(Walk *w, int idx)
{
    lua_State *L = w->L;
    WalkMemo *m = lua_newuserdatauv(L, sizeof *m, 0);
    Buf *bytes = &w->st->dump;
    Err err;

    bytecode_init(&m->code);            /* collectable before it owns anything */
    if (luaL_newmetatable(L, "rille.fp.memo")) {
        lua_pushcfunction(L, memo_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    m->ours = std_names_is_ours(L, idx);
    lua_pushvalue(L, idx);
    bytes->len = 0;
    if (lua_dump(L, write_dump, bytes, 0))
        luaL_error(L, "out of memory");
    lua_pop(L, 1);
    if (bytecode_parse(&m->code, bytes->data, bytes->len, &err))
        luaL_error(L, "%s", err.msg);
    if (bytes->cap > 1 << 20)
        buf_release(bytes);
    lua_pushvalue(L, idx);
    lua_pushvalue(L, -2);
    lua_rawset(L, lua_upvalueindex(WALK_UP_MEMO));
    lua_pop(L, 1);
    return m;
}

WalkMemo *
walk_memo(Walk *w, int idx)
{
    WalkMemo *m;

    lua_pushvalue(w->L, idx);
    lua_rawget(w->L, lua_upvalueindex(WALK_UP_MEMO));
    m = lua_touserdata(w->L, -1);
    lua_pop(w->L, 1);
    return m ? m : new_memo(w, idx);
}

static void
gather_words(Walk *w, const Bytecode *d)
{
    for (size_t i = 0; i < d->nwords; i++) {
        lua_pushlstring(w->L, bytecode_text(d, d->words[i]), d->words[i].len);
        lua_pushboolean(w->L, 1);
        lua_rawset(w->L, w->base + WALK_SLOT_WORDS);
    }
}

/* Reports the words of the code that the walk is to tell of. */
static void
tell_words(Walk *w, const WalkPath *path, const Bytecode *d)
{
    int top = lua_gettop(w->L);

    for (size_t i = 0; i < d->nwords; i++) {
        lua_pushlstring(w->L, bytecode_text(d, d->words[i]), d->words[i].len);
        lua_pushvalue(w->L, -1);
        if (lua_rawget(w->L, w->told) != LUA_TNIL)
            walk_report_reach(w, path,
                              lua_pushfstring(w->L, "the word %s", lua_tostring(w->L, -2)));
        lua_settop(w->L, top);
    }
}

static int
walk_lua(Walk *w, const WalkPath *path, int f)
{
    WalkMemo *m = walk_memo(w, f);
    int bad = 0, fn = w->fn, line = w->line, tolerant = w->tolerant;

    if (w->plain && m->ours)
        return walk_report_refuse(w, path, "is a function of rille's");
    stream_tag(w, 'F');
    stream_emit(w, m->code.digest, HASH_SIZE);
    stream_int(w, 'u', (uint64_t)m->code.nups);
    walk_report_leaf_function(w, path, f, m);
    walk_report_visit(w, f, NULL, 0);
    if (w->gather)
        gather_words(w, &m->code);
    if (w->told)
        tell_words(w, path, &m->code);
    w->dynamic |= m->code.dynamic;
    if (m->code.formats)            /* ("%s"):format(t) names no library */
        walk_report_reach(w, path, "the method format");
    if (m->code.power)
        walk_report_reach(w, path, "x ^ y");
    w->tolerant = m->ours;
    w->fn = f;
    for (int i = 0; i < m->code.nups && !bad; i++)
        bad = walk_upvalue(w, f, i, m, path);
    w->tolerant = tolerant;
    w->fn = fn;
    w->line = line;
    return bad;
}

/* A C function that is neither the standard library's nor registered. */
static int
walk_c(Walk *w, const WalkPath *path, int f)
{
    if (w->plain)
        return walk_report_refuse(w, path, "is a function in C");
    if (foreign_c_emit(w, f))
        return walk_report_refuse(w, path, "is a C function whose library cannot be read");
    if (walk_state(w, path))
        return -1;
    for (int i = 1; lua_getupvalue(w->L, f, i); i++) {
        WalkPath p = {path, 'i', NULL, 0, i};
        int bad = walk_value(w, &p);

        lua_pop(w->L, 1);
        if (bad)
            return -1;
    }
    stream_tag(w, 'q');
    return 0;
}

/* 1 when the value was numbered before; otherwise it is from now on. */
static int
back_reference(Walk *w, const void *p)
{
    int is_new;
    StreamSeen *s = stream_seen(w, p, &is_new);

    if (!is_new)
        stream_int(w, 'b', s->number);
    return !is_new;
}

static int
walk_function(Walk *w, const WalkPath *path)
{
    int f = lua_gettop(w->L), is_c = lua_iscfunction(w->L, f);

    if (back_reference(w, lua_topointer(w->L, f)))
        return 0;
    return is_c ? walk_c(w, path, f) : walk_lua(w, path, f);
}

/* -- tables ------------------------------------------------------------------ */

static int
walk_metatable(Walk *w, const WalkPath *path, int t)
{
    WalkPath p = {path, 'm', NULL, 0, 0};
    int bad;

    if (!lua_getmetatable(w->L, t)) {
        stream_tag(w, 'n');
        return 0;
    }
    bad = walk_value(w, &p);
    lua_pop(w->L, 1);
    return bad;
}

static WalkPath
key_path(Walk *w, const WalkPath *up, int key)
{
    WalkPath p = {up, 'k', NULL, 0, 0};

    if (lua_type(w->L, key) == LUA_TSTRING) {
        p.s = lua_tolstring(w->L, key, &p.len);
    } else if (lua_isinteger(w->L, key)) {
        p.kind = 'i';
        p.i = lua_tointeger(w->L, key);
    } else {
        p.kind = 'x';
        p.s = lua_isboolean(w->L, key) ? (lua_toboolean(w->L, key) ? "true" : "false")
                                       : "a float";
        p.len = strlen(p.s);
    }
    return p;
}

static void
emit_key(Walk *w)
{
    size_t n;
    const char *s;

    if (lua_type(w->L, -1) == LUA_TBOOLEAN) {
        stream_tag(w, lua_toboolean(w->L, -1) ? 't' : 'f');
    } else if (lua_type(w->L, -1) == LUA_TNUMBER) {
        stream_number(w);
    } else {
        s = lua_tolstring(w->L, -1, &n);
        stream_bytes(w, 's', s, n);
    }
}

static int
walk_entries(Walk *w, const WalkPath *path, int t, const SortedKeys *keys)
{
    for (lua_Integer i = 1; i <= keys->n; i++) {
        WalkPath p = {path, 'i', NULL, 0, i};
        int bad;

        lua_rawgeti(w->L, t, i);
        bad = walk_value(w, &p);
        lua_pop(w->L, 1);
        if (bad)
            return -1;
    }
    for (int i = 0; i < keys->count; i++) {
        WalkPath p = key_path(w, path, keys->key[i].at);
        int bad;

        sorted_keys_push(w->L, keys, i);
        emit_key(w);
        lua_rawget(w->L, t);
        bad = walk_value(w, &p);
        lua_pop(w->L, 1);
        if (bad)
            return -1;
    }
    return 0;
}

static int
refuse_key(Walk *w, const WalkPath *path, int type)
{
    char what[64];

    if (type == LUA_TNIL)
        return walk_report_refuse(w, path, "has too many keys");
    snprintf(what, sizeof what, "has a %s as a key", null_key_name(w->L, -1, type));
    return walk_report_refuse(w, path, what);
}

/* The contents of the table at the top, whose number was emitted. */
static int
walk_contents(Walk *w, const WalkPath *path)
{
    int t = lua_gettop(w->L), bad, leaf = 0;
    SortedKeys keys;
    Hash h;

    if (sorted_keys_gather(w->L, t, &keys)) {
        sorted_keys_release(w->L, &keys);
        return refuse_key(w, path, keys.bad);
    }
    if ((keys.n + keys.count > WALK_LEAF_ENTRIES || keys.n + keys.count == 0))
        leaf = walk_report_leaf_begin(w, &h);
    stream_int(w, 'N', (uint64_t)keys.n);
    if (lua_rawlen(w->L, t) != (lua_Unsigned)keys.n)   /* # of a table with holes */
        stream_int(w, '#', (uint64_t)lua_rawlen(w->L, t));
    stream_int(w, 'K', (uint64_t)keys.count);
    bad = walk_entries(w, path, t, &keys);
    sorted_keys_release(w->L, &keys);
    if (leaf)
        walk_report_leaf_end(w, path, t);
    return bad || walk_metatable(w, path, t) ? -1 : 0;
}

static int
walk_data(Walk *w, const WalkPath *path, int type)
{
    const char *s;
    size_t n;
    Hash h;
    int leaf = walk_report_leaf_begin(w, &h);

    if (type == LUA_TNIL) {
        stream_tag(w, 'n');
    } else if (type == LUA_TBOOLEAN) {
        stream_tag(w, lua_toboolean(w->L, -1) ? 't' : 'f');
    } else if (type == LUA_TNUMBER) {
        stream_number(w);
    } else if (type != LUA_TSTRING) {
        /* rille.null, or the light userdata NULL, which is not equal to it */
        stream_tag(w, type == LUA_TLIGHTUSERDATA ? 'Z' : 'z');
    } else {
        s = lua_tolstring(w->L, -1, &n);
        stream_bytes(w, 's', s, n);
    }
    if (leaf)
        walk_report_leaf_end(w, path, lua_gettop(w->L));
    return 0;
}

/* A table that materializers know as a class is more than its content: another one with
 * equal content is another class. */
static void
emit_class(Walk *w, const WalkPath *path, int t)
{
    lua_State *L = w->L;
    int top = lua_gettop(L);

    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_CLASSES) == LUA_TTABLE) {
        WalkPath p = {path, 'x', "class", 5, 0};

        lua_pushvalue(L, t);
        if (lua_rawget(L, -2) == LUA_TSTRING) {
            stream_tag(w, 'A');
            walk_data(w, &p, LUA_TSTRING);
        }
    }
    lua_settop(L, top);
}

static int
walk_table(Walk *w, const WalkPath *path)
{
    int is_new;
    StreamSeen *s = stream_seen(w, lua_topointer(w->L, -1), &is_new);

    if (!is_new && s->whole) {
        stream_int(w, 'b', s->number);
        walk_report_leaf_alias(w, path, s->number, "the same table as");
        return 0;
    }
    s->whole = 1;
    walk_report_place(w, path, s->number);
    walk_report_visit(w, lua_gettop(w->L), NULL, 0);
    stream_int(w, 'T', s->number);
    emit_class(w, path, lua_gettop(w->L));
    return walk_contents(w, path);
}

/* -- kinds, objects ----------------------------------------------------------- */

/* The value at v is what the function at the top makes of it.  Pops that. */
static int
walk_expanded(Walk *w, const WalkPath *path, int v)
{
    lua_State *L = w->L;
    int bad;

    if (back_reference(w, lua_topointer(L, v))) {
        lua_settop(L, v);
        return 0;
    }
    if (lua_type(L, v) == LUA_TTABLE)
        walk_report_visit(w, v, NULL, 0);
    lua_pushvalue(L, v);
    lua_call(L, 1, 2);
    if (lua_isnil(L, -2) && lua_isstring(L, -1)) {
        bad = walk_report_refuse(w, path, lua_tostring(L, -1));
        lua_settop(L, v);
        return bad;
    }
    lua_pop(L, 1);
    anchor(w);
    stream_tag(w, 'K');
    bad = walk_value(w, path);
    lua_settop(L, v);
    return bad;
}

/* Pushes what __memory says of the value at v, with the value at other when that is
 * not 0: how it lies there, or its memory and whether that can be written.  0 when it
 * has none. */
static int
ask_memory(lua_State *L, int v, int other)
{
    if (luaL_getmetafield(L, v, "__memory") == LUA_TNIL)
        return 0;
    lua_pushvalue(L, v);
    if (other)
        lua_pushvalue(L, other);
    lua_call(L, other ? 2 : 1, other ? 1 : 2);
    return 1;
}

/* Values may look at the same memory, so that setting an element of one is seen in
 * another: the number of the memory of the value at v and, when a value before has it,
 * how the two lie in it. */
static void
emit_memory(Walk *w, const WalkPath *path, int v)
{
    lua_State *L = w->L;
    int is_new, top = lua_gettop(L), first = top + 2;
    const void *memory;
    uint32_t number;
    size_t n;
    const char *layout;

    if (!ask_memory(L, v, 0))
        return;
    memory = lua_topointer(L, top + 1);
    stream_tag(w, lua_toboolean(L, top + 2) ? 't' : 'f');
    lua_settop(L, top + 1);
    number = stream_seen(w, memory, &is_new)->number;
    stream_int(w, 'y', number);
    anchors(w);
    if (is_new) {
        lua_pushvalue(L, v);
        lua_rawsetp(L, w->base + WALK_SLOT_ANCHORS, memory);
        walk_report_place(w, path, number);
        return;
    }
    lua_rawgetp(L, w->base + WALK_SLOT_ANCHORS, memory);
    ask_memory(L, v, first);
    layout = lua_tolstring(L, -1, &n);
    stream_bytes(w, 'l', layout, n);
    walk_report_leaf_alias(w, path, number, "a view of the memory of");
}

static int
walk_digest(Walk *w, const WalkPath *path, int v)
{
    lua_State *L = w->L;
    const char *name;
    size_t n;
    Hash h;
    int leaf, is_new;
    uint32_t number = stream_seen(w, lua_topointer(L, v), &is_new)->number;

    if (!is_new) {
        stream_int(w, 'b', number);
        walk_report_leaf_alias(w, path, number, "the same object as");
        lua_settop(L, v);
        return 0;
    }
    walk_report_place(w, path, number);
    stream_int(w, 'o', number);
    lua_pushvalue(L, v);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) != HASH_SIZE) {
        lua_settop(L, v);
        return walk_report_refuse(w, path, "has a __digest that returns no digest");
    }
    if (luaL_getmetafield(L, v, "__name") != LUA_TSTRING)
        lua_pushliteral(L, "");
    name = lua_tolstring(L, -1, &n);
    leaf = walk_report_leaf_begin(w, &h);
    stream_bytes(w, 'R', name, n);
    stream_emit(w, lua_tostring(L, v + 1), HASH_SIZE);
    if (leaf)
        walk_report_leaf_end(w, path, v);
    lua_settop(L, v);
    emit_memory(w, path, v);
    lua_settop(L, v);
    return 0;
}

static int
refuse_value(Walk *w, const WalkPath *path)
{
    w->tolerant = 0;
    return walk_report_refuse(w, path, "is more than plain data");
}

/* Whether the value at v is of a kind, as walk_kind says, where nothing but plain
 * data and the kinds of the walk is admitted. */
static int
walk_plain(Walk *w, const WalkPath *path, int v)
{
    if (!lua_getmetatable(w->L, v))
        return lua_type(w->L, v) == LUA_TTABLE ? 0 : refuse_value(w, path);
    if (lua_rawget(w->L, w->plain) != LUA_TNIL)
        return walk_expanded(w, path, v) ? -1 : 1;
    lua_pop(w->L, 1);
    return refuse_value(w, path);
}

/* 1 when the value at the top is of a registered kind, -1 when refused. */
static int
walk_kind(Walk *w, const WalkPath *path)
{
    lua_State *L = w->L;
    int v = lua_gettop(L);

    if (w->plain)
        return walk_plain(w, path, v);
    if (!lua_getmetatable(L, v))
        return 0;
    if (lua_rawget(L, lua_upvalueindex(WALK_UP_KINDS)) != LUA_TNIL)
        return walk_expanded(w, path, v) ? -1 : 1;
    lua_pop(L, 1);
    if (lua_type(L, v) != LUA_TUSERDATA)
        return 0;
    if (luaL_getmetafield(L, v, "__fingerprint") != LUA_TNIL)
        return walk_expanded(w, path, v) ? -1 : 1;
    if (luaL_getmetafield(L, v, "__digest") != LUA_TNIL)
        return walk_digest(w, path, v) ? -1 : 1;
    return 0;
}

static int
refuse_userdata(Walk *w, const WalkPath *path)
{
    char what[128];
    int type;

    if (luaL_testudata(w->L, -1, LUA_FILEHANDLE))
        return walk_report_refuse(w, path, "is a file handle");
    if (luaL_getmetafield(w->L, -1, "__reader") != LUA_TNIL) {
        lua_pop(w->L, 1);
        /* in a function of rille's as well: what it gives is in no key */
        w->tolerant = 0;
        return walk_report_refuse(w, path, "reads from a file that was opened outside");
    }
    type = luaL_getmetafield(w->L, -1, "__name");
    snprintf(what, sizeof what, "is a userdata%s%s%s", type == LUA_TSTRING ? " (" : "",
             type == LUA_TSTRING ? lua_tostring(w->L, -1) : "",
             type == LUA_TSTRING ? ")" : "");
    if (type != LUA_TNIL)
        lua_pop(w->L, 1);
    return walk_report_refuse(w, path, what);
}

/* -- values -------------------------------------------------------------------- */

/* Whether the environment is met as the __index of an upvalue's metatable, or
 * further down such a chain: there the upvalue's reads are looked up in it. */
static int
is_fallback(const WalkPath *p)
{
    while (p && p->kind == 'k' && p->len == 7 && memcmp(p->s, "__index", 7) == 0 &&
           p->up->kind == 'm')
        p = p->up->up;
    return p && p->kind == 'u';
}

static int
walk_object(Walk *w, const WalkPath *path, int type)
{
    int done;

    if (null_is(w->L, -1))
        return walk_data(w, path, type);
    done = walk_intrinsic(w, path);
    if (done)
        return done < 0 ? -1 : 0;
    if (type == LUA_TTABLE && lua_rawequal(w->L, -1, w->base + WALK_SLOT_ENV)) {
        stream_tag(w, 'E');
        stream_tag(w, 'q');
        if (!w->tolerant && !is_fallback(path))
            walk_report_escape(w, path, "_G");
        return 0;
    }
    if (type == LUA_TFUNCTION)
        return walk_function(w, path);
    if (type == LUA_TLIGHTUSERDATA)
        return walk_report_refuse(w, path, "is a light userdata");
    if (type == LUA_TTHREAD)
        return walk_report_refuse(w, path, "is a coroutine");
    graph_node_complete(w->L, -1);
    done = walk_kind(w, path);
    if (done)
        return done < 0 ? -1 : 0;
    return type == LUA_TTABLE ? walk_table(w, path) : refuse_userdata(w, path);
}

/* What is met is large: has the call to end? */
static void
look(Walk *w)
{
    Err err;

    if (++w->met % LOOK_EVERY == 0 && interrupt_poll(&err))
        bind_raise(w->L, &err);
}

int
walk_value(Walk *w, const WalkPath *path)
{
    int type = lua_type(w->L, -1), bad;

    look(w);
    if (type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER ||
        type == LUA_TSTRING)
        return walk_data(w, path, type);
    if (w->depth >= WALK_MAX_DEPTH) {
        w->tolerant = 0;
        return walk_report_refuse(w, path, "is nested deeper than 200 levels");
    }
    luaL_checkstack(w->L, 20, NULL);
    w->depth++;
    bad = walk_object(w, path, type);
    w->depth--;
    return bad;
}

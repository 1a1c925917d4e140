/* canonical.c -- see canonical.h */
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "value/canonical.h"
#include "value/null.h"
#include "value/sorted_keys.h"

enum { MAX_DEPTH = 190, INLINE_SIZE = 1024 };

/* Where bytes go: into a hash, or into memory that begins on the C stack and moves to a
 * userdata at the stack index `slot` when it is full. */
typedef struct Sink {
    lua_State *L;
    Hash *hash;                     /* or NULL */
    int slot;
    const char *name;               /* of the whole value, for messages */
    unsigned char *data;
    size_t len, cap;
    unsigned char inline_data[INLINE_SIZE];
} Sink;

typedef struct Level {              /* the tables around a value, for the path */
    const struct Level *up;
    const void *table;
    int key;                        /* stack index of the key, 0: position n */
    lua_Integer n;
    int depth;
} Level;

static void
sink_flush(Sink *s)
{
    hash_bytes(s->hash, s->data, s->len);
    s->len = 0;
}

static void
sink_grow(Sink *s, size_t n)
{
    size_t cap = s->cap;
    unsigned char *data;

    if (n > SIZE_MAX / 4 - s->len)
        luaL_error(s->L, "out of memory");
    while (cap - s->len < n)
        cap *= 2;
    data = lua_newuserdatauv(s->L, cap, 0);
    memcpy(data, s->data, s->len);
    s->data = data;
    s->cap = cap;
    lua_replace(s->L, s->slot);
}

static void
put(Sink *s, const void *p, size_t n)
{
    if (n > s->cap - s->len) {
        if (s->hash)
            sink_flush(s);
        else
            sink_grow(s, n);
    }
    if (n > s->cap) {
        hash_bytes(s->hash, p, n);
        return;
    }
    if (n)
        memcpy(s->data + s->len, p, n);
    s->len += n;
}

static void
put_tag(Sink *s, char tag)
{
    put(s, &tag, 1);
}

static void
put_count(Sink *s, uint64_t v)
{
    unsigned char out[10];
    size_t n = 0;

    do {
        out[n++] = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        v >>= 7;
    } while (v);
    put(s, out, n);
}

static void
put_word(Sink *s, char tag, uint64_t v)
{
    unsigned char out[9];

    out[0] = (unsigned char)tag;
    for (int i = 0; i < 8; i++)
        out[i + 1] = (unsigned char)(v >> (8 * i));
    put(s, out, sizeof out);
}

static void
put_float(Sink *s, lua_Number n)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000);

    if (n == n)
        memcpy(&bits, &n, sizeof bits);
    put_word(s, 'd', bits);
}

static void
put_string(Sink *s, int idx)
{
    size_t n;
    const char *p = lua_tolstring(s->L, idx, &n);

    put_tag(s, 's');
    put_count(s, n);
    put(s, p, n);
}

/* Pushes "value.model.layers[3]". */
static void
push_path(lua_State *L, const char *name, const Level *lv)
{
    const Level *chain[MAX_DEPTH + 1];
    int n = 0;
    luaL_Buffer b;

    for (; lv && n <= MAX_DEPTH; lv = lv->up)
        chain[n++] = lv;
    luaL_checkstack(L, 20, NULL);
    luaL_buffinit(L, &b);
    luaL_addstring(&b, name);
    while (n-- > 0) {
        int key = chain[n]->key;

        if (key && lua_type(L, key) == LUA_TSTRING) {
            lua_pushfstring(L, ".%s", lua_tostring(L, key));
        } else if (key) {
            lua_pushfstring(L, "[%s]", luaL_tolstring(L, key, NULL));
            lua_remove(L, -2);
        } else {
            lua_pushfstring(L, "[%I]", (LUAI_UACINT)chain[n]->n);
        }
        luaL_addvalue(&b);
    }
    luaL_pushresult(&b);
}

static int
refuse(Sink *s, const Level *lv, const char *what)
{
    push_path(s->L, s->name, lv);
    return luaL_error(s->L, "%s %s", lua_tostring(s->L, -1), what);
}

static void encode(Sink *s, const Level *lv);

static void
encode_entry(Sink *s, int t, Level *lv)
{
    if (lv->key) {
        lua_pushvalue(s->L, lv->key);
        encode(s, lv);
        lua_rawget(s->L, t);
    } else {
        lua_rawgeti(s->L, t, lv->n);
    }
    encode(s, lv);
    lua_pop(s->L, 1);
}

static void
encode_table(Sink *s, const Level *up)
{
    int t = lua_gettop(s->L);
    Level lv = {up, lua_topointer(s->L, t), 0, 0, up ? up->depth + 1 : 1};
    SortedKeys keys;

    if (lv.depth > MAX_DEPTH)
        refuse(s, up, "is nested too deeply");
    for (const Level *l = up; l; l = l->up)
        if (l->table == lv.table)
            refuse(s, up, "contains itself");
    if (sorted_keys_gather(s->L, t, &keys)) {
        lua_settop(s->L, t);
        lua_pushfstring(s->L, keys.bad == LUA_TNIL ? "has too many keys" : "has a %s as a key",
                        keys.bad == LUA_TNIL ? "" : null_key_name(s->L, t, keys.bad));
        refuse(s, up, lua_tostring(s->L, -1));
    }
    put_tag(s, 'T');
    put_count(s, (uint64_t)keys.n);
    put_count(s, (uint64_t)keys.count);
    for (lv.n = 1; lv.n <= keys.n; lv.n++)
        encode_entry(s, t, &lv);
    for (int i = 0; i < keys.count; i++) {
        lv.key = keys.key[i].at;
        encode_entry(s, t, &lv);
    }
    sorted_keys_release(s->L, &keys);
}

/* The value at the top has a metatable: 1 when it had a digest. */
static int
encode_object(Sink *s, const Level *lv)
{
    lua_State *L = s->L;
    int v = lua_gettop(L);
    size_t n;
    const char *p;

    if (luaL_getmetafield(L, v, "__digest") == LUA_TNIL)
        return 0;
    lua_pushvalue(L, v);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING || lua_rawlen(L, -1) != HASH_SIZE)
        refuse(s, lv, "has a __digest that returns no digest");
    put_tag(s, 'R');
    if (luaL_getmetafield(L, v, "__name") != LUA_TSTRING)
        lua_pushliteral(L, "");
    p = lua_tolstring(L, -1, &n);
    put_count(s, n);
    put(s, p, n);
    put(s, lua_tostring(L, v + 1), HASH_SIZE);
    lua_settop(L, v);
    return 1;
}

/* Encodes the value at the top of the stack, and leaves it there. */
static void
encode(Sink *s, const Level *lv)
{
    lua_State *L = s->L;
    int has_meta;

    luaL_checkstack(L, 10, NULL);
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        put_tag(s, 'n');
        return;
    case LUA_TBOOLEAN:
        put_tag(s, lua_toboolean(L, -1) ? 't' : 'f');
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            put_word(s, 'i', (uint64_t)lua_tointeger(L, -1));
        else
            put_float(s, lua_tonumber(L, -1));
        return;
    case LUA_TSTRING:
        put_string(s, -1);
        return;
    default:
        break;
    }
    if (null_is(L, -1)) {
        put_tag(s, 'z');
        return;
    }
    has_meta = !bind_is_plain(L, -1);
    if (has_meta && encode_object(s, lv))
        return;
    if (lua_type(L, -1) != LUA_TTABLE) {
        lua_pushfstring(L, "is a %s, not data", luaL_typename(L, -1));
        refuse(s, lv, lua_tostring(L, -1));
    }
    if (has_meta)
        refuse(s, lv, "is a table with a metatable, not plain data");
    encode_table(s, lv);
}

/* Encodes the value at idx; pushes the sink's slot. */
static void
fill(lua_State *L, int idx, const char *name, Sink *s, Hash *hash)
{
    idx = lua_absindex(L, idx);
    s->L = L;
    s->hash = hash;
    s->name = name;
    s->data = s->inline_data;
    s->len = 0;
    s->cap = INLINE_SIZE;
    lua_pushnil(L);
    s->slot = lua_gettop(L);
    lua_pushvalue(L, idx);
    encode(s, NULL);
    lua_pop(L, 1);
}

void
canonical_push(lua_State *L, int idx, const char *name)
{
    Sink s;

    fill(L, idx, name, &s, NULL);
    lua_pushlstring(L, (char *)s.data, s.len);
    lua_remove(L, s.slot);
}

void
canonical_hash(lua_State *L, int idx, const char *name, Hash *hash)
{
    Sink s;

    fill(L, idx, name, &s, hash);
    sink_flush(&s);
    lua_settop(L, s.slot - 1);
}

void
canonical_hash_field(lua_State *L, int idx, const char *name, Hash *hash, char tag)
{
    Sink s;

    fill(L, idx, name, &s, NULL);
    hash_field(hash, tag, s.data, s.len);
    lua_settop(L, s.slot - 1);
}

typedef struct Source {
    const unsigned char *p, *end;
} Source;

static int
bad_bytes(lua_State *L)
{
    return luaL_error(L, "not an encoded value");
}

/* A count of things that take at least a byte each. */
static size_t
get_count(lua_State *L, Source *s)
{
    uint64_t v = 0;

    for (int shift = 0; shift < 63 && s->p < s->end; shift += 7) {
        unsigned char c = *s->p++;

        v |= (uint64_t)(c & 0x7f) << shift;
        if (c & 0x80)
            continue;
        if (v > (uint64_t)(s->end - s->p))
            break;
        return (size_t)v;
    }
    bad_bytes(L);
    return 0;
}

static uint64_t
get_word(lua_State *L, Source *s)
{
    uint64_t v = 0;

    if (s->end - s->p < 8)
        bad_bytes(L);
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)*s->p++ << (8 * i);
    return v;
}

static void decode(lua_State *L, Source *s, int depth);

static void
decode_table(lua_State *L, Source *s, int depth)
{
    size_t n = get_count(L, s), k = get_count(L, s);

    if (depth > MAX_DEPTH || n > 0x3fffffff || k > 0x3fffffff)
        bad_bytes(L);
    luaL_checkstack(L, 6, NULL);
    lua_createtable(L, (int)(n < 4096 ? n : 4096), (int)(k < 4096 ? k : 4096));
    for (size_t i = 1; i <= n; i++) {
        decode(L, s, depth + 1);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    for (size_t i = 0; i < k; i++) {
        decode(L, s, depth + 1);
        if (lua_isnil(L, -1) || (lua_isnumber(L, -1) && !lua_rawequal(L, -1, -1)))
            bad_bytes(L);
        decode(L, s, depth + 1);
        lua_rawset(L, -3);
    }
}

static void
decode(lua_State *L, Source *s, int depth)
{
    lua_Number d;
    uint64_t v;
    size_t n;

    switch (s->p < s->end ? *s->p++ : 0) {
    case 'n':
        lua_pushnil(L);
        break;
    case 't':
    case 'f':
        lua_pushboolean(L, s->p[-1] == 't');
        break;
    case 'z':
        null_push(L);
        break;
    case 'i':
        lua_pushinteger(L, (lua_Integer)get_word(L, s));
        break;
    case 'd':
        v = get_word(L, s);
        memcpy(&d, &v, sizeof d);
        lua_pushnumber(L, d);
        break;
    case 's':
        n = get_count(L, s);
        lua_pushlstring(L, (const char *)s->p, n);
        s->p += n;
        break;
    case 'T':
        decode_table(L, s, depth);
        break;
    case 'R':
        luaL_error(L, "an encoded value holds the digest of an object only");
        break;
    default:
        bad_bytes(L);
    }
}

void
canonical_read(lua_State *L, const void *p, size_t n)
{
    Source s = {p, (const unsigned char *)p + n};

    decode(L, &s, 1);
    if (s.p != s.end)
        bad_bytes(L);
}

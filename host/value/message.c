/* message.c -- see message.h */
#include <stdint.h>
#include <string.h>

#include <lauxlib.h>

#include "value/message.h"

enum { MAX_DEPTH = 190, WORD = 8, MOST_ROOM = 4096 };

/* Keys of requests and answers (lua/execute/task.lua) and of artifacts, at most 255.  Both
 * sides of a channel are one program, so the order is free to change. */
static const char *const NAMES[] = {
    "position", "id", "key", "params", "objects", "inputs", "run", "name", "list", "number",
    "sigs", "timeout", "memory", "alone", "ok", "outputs", "outs", "error", "trace",
    "started", "seconds", "reads", "impure", "writes", "changed", "random", "log", "metrics",
    "metadata", "logged", "noted", "stale", "altered", "named", "lost", "refused", "last",
    "digest", "type", "materializer", "version", "size", "members", "preview", "bytes",
    "what", "where", "path", "reply", "ask", "args", "progress", "text", "json", "n",
};

enum { COUNT = sizeof NAMES / sizeof *NAMES };

void
message_names(lua_State *L)
{
    lua_createtable(L, COUNT, COUNT);
    for (int i = 0; i < COUNT; i++) {
        lua_pushstring(L, NAMES[i]);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, i + 1);
        lua_pushinteger(L, i + 1);
        lua_rawset(L, -3);
    }
}

typedef struct Out {
    lua_State *L;
    Buf *buf;
    int names;
} Out;

static void
put(Out *o, const void *p, size_t n)
{
    if (buf_put(o->buf, p, n))
        luaL_error(o->L, "not enough memory");
}

static void
put_tag(Out *o, char tag)
{
    put(o, &tag, 1);
}

static void
put_word(Out *o, char tag, const void *word)
{
    char bytes[1 + WORD];

    bytes[0] = tag;
    memcpy(bytes + 1, word, WORD);
    put(o, bytes, sizeof bytes);
}

static void
put_count(Out *o, char tag, uint64_t n)
{
    put_tag(o, tag);
    if (buf_varint(o->buf, n))
        luaL_error(o->L, "not enough memory");
}

static void
put_string(Out *o)
{
    size_t n;
    const char *s = lua_tolstring(o->L, -1, &n);

    put_count(o, 's', n);
    put(o, s, n);
}

static void put_value(Out *o, int depth);

/* The key below the value at the top. */
static void
put_key(Out *o, int depth)
{
    lua_State *L = o->L;

    lua_pushvalue(L, -2);
    if (lua_type(L, -1) == LUA_TSTRING) {
        lua_pushvalue(L, -1);
        if (lua_rawget(L, o->names) == LUA_TNUMBER) {
            char pair[2] = {'k', (char)(unsigned char)lua_tointeger(L, -1)};

            put(o, pair, sizeof pair);
            lua_pop(L, 2);
            return;
        }
        lua_pop(L, 1);
    }
    put_value(o, depth);
    lua_pop(L, 1);
}

/* Whether the key below the value at the top is one of 1..n. */
static int
is_listed(lua_State *L, lua_Unsigned n)
{
    return lua_isinteger(L, -2) && (lua_Unsigned)lua_tointeger(L, -2) - 1 < n;
}

static void
put_table(Out *o, int depth)
{
    lua_State *L = o->L;
    int t = lua_gettop(L);
    lua_Unsigned n = lua_rawlen(L, t);
    size_t hint, pairs = 0;

    if (depth > MAX_DEPTH)
        luaL_error(L, "a message is nested too deeply");
    put_count(o, 'T', n);
    hint = o->buf->len;
    put_tag(o, 0);
    for (lua_Unsigned i = 1; i <= n; i++) {
        lua_rawgeti(L, t, (lua_Integer)i);
        put_value(o, depth + 1);
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    while (lua_next(L, t)) {
        if (!is_listed(L, n)) {
            put_key(o, depth + 1);
            put_value(o, depth + 1);
            pairs++;
        }
        lua_pop(L, 1);
    }
    put_tag(o, 'e');
    o->buf->data[hint] = (unsigned char)(pairs < 255 ? pairs : 255);
}

/* The value at the top, which stays there. */
static void
put_value(Out *o, int depth)
{
    lua_State *L = o->L;
    lua_Integer i;
    lua_Number d;

    luaL_checkstack(L, 8, NULL);
    switch (lua_type(L, -1)) {
    case LUA_TNIL:
        put_tag(o, 'n');
        return;
    case LUA_TBOOLEAN:
        put_tag(o, lua_toboolean(L, -1) ? 't' : 'f');
        return;
    case LUA_TNUMBER:
        i = lua_tointeger(L, -1);
        d = lua_tonumber(L, -1);
        if (lua_isinteger(L, -1))
            put_word(o, 'i', &i);
        else
            put_word(o, 'd', &d);
        return;
    case LUA_TSTRING:
        put_string(o);
        return;
    case LUA_TTABLE:
        if (!lua_getmetatable(L, -1)) {
            put_table(o, depth);
            return;
        }
        lua_pop(L, 1);
        luaL_error(L, "a table with a metatable is not plain data");
        return;
    default:
        luaL_error(L, "a %s is not plain data", luaL_typename(L, -1));
    }
}

void
message_put(lua_State *L, int idx, int names, Buf *out)
{
    Out o = {L, out, lua_absindex(L, names)};

    lua_pushvalue(L, idx);
    put_value(&o, 1);
    lua_pop(L, 1);
}

typedef struct In {
    lua_State *L;
    const unsigned char *p, *end;
    int names;
} In;

static void
bad(const In *in)
{
    luaL_error(in->L, "not a message");
}

static unsigned
get_byte(In *in)
{
    if (in->p == in->end)
        bad(in);
    return *in->p++;
}

/* A count of things that take at least a byte each. */
static size_t
get_count(In *in)
{
    uint64_t n;

    if (buf_read_varint(&in->p, in->end, &n) || n > (uint64_t)(in->end - in->p))
        bad(in);
    return (size_t)n;
}

static void
get_word(In *in, void *word)
{
    if (in->end - in->p < WORD)
        bad(in);
    memcpy(word, in->p, WORD);
    in->p += WORD;
}

static void get_value(In *in, unsigned tag, int depth);

static void
get_table(In *in, int depth)
{
    lua_State *L = in->L;
    size_t n = get_count(in);
    unsigned hint = get_byte(in), tag;

    if (depth > MAX_DEPTH)
        bad(in);
    lua_createtable(L, (int)(n < MOST_ROOM ? n : MOST_ROOM), (int)hint);
    for (size_t i = 1; i <= n; i++) {
        get_value(in, get_byte(in), depth + 1);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    while ((tag = get_byte(in)) != 'e') {
        get_value(in, tag, depth + 1);
        if (lua_isnil(L, -1) || (lua_isnumber(L, -1) && !lua_rawequal(L, -1, -1)))
            bad(in);
        get_value(in, get_byte(in), depth + 1);
        lua_rawset(L, -3);
    }
}

static void
get_value(In *in, unsigned tag, int depth)
{
    lua_State *L = in->L;
    lua_Integer i;
    lua_Number d;
    size_t n;

    luaL_checkstack(L, 8, NULL);
    switch (tag) {
    case 'n':
        lua_pushnil(L);
        break;
    case 't':
    case 'f':
        lua_pushboolean(L, tag == 't');
        break;
    case 'i':
        get_word(in, &i);
        lua_pushinteger(L, i);
        break;
    case 'd':
        get_word(in, &d);
        lua_pushnumber(L, d);
        break;
    case 's':
        n = get_count(in);
        lua_pushlstring(L, (const char *)in->p, n);
        in->p += n;
        break;
    case 'k':
        if (lua_rawgeti(L, in->names, get_byte(in)) != LUA_TSTRING)
            bad(in);
        break;
    case 'T':
        get_table(in, depth);
        break;
    default:
        bad(in);
    }
}

void
message_get(lua_State *L, int names, const unsigned char *p, size_t n)
{
    In in = {L, p, p + n, lua_absindex(L, names)};

    get_value(&in, get_byte(&in), 1);
    if (in.p != in.end)
        bad(&in);
}

/* json_pack.c -- see json_pack.h */
#include <math.h>
#include <string.h>

#include <lauxlib.h>
#include <nettle/base64.h>

#include "base/bind.h"
#include "base/utf8.h"
#include "value/json_pack.h"
#include "value/json_reader.h"
#include "value/null.h"
#include "value/writer.h"

static void pack_value(lua_State *L, Writer *w);

static void
put(lua_State *L, Writer *w, const char *s)
{
    writer_check(L, buf_puts(&w->out, s));
}

static void
pack_text(lua_State *L, Writer *w, const char *s, size_t n)
{
    size_t coded = BASE64_ENCODE_RAW_LENGTH(n);

    if (utf8_valid(s, n) == n) {
        writer_check(L, json_put_string(&w->out, s, n));
        return;
    }
    put(L, w, "{\"$bytes\":\"");
    writer_check(L, buf_reserve(&w->out, coded));
    base64_encode_raw((char *)w->out.data + w->out.len, n, (const uint8_t *)s);
    w->out.len += coded;
    put(L, w, "\"}");
}

static void
pack_float(lua_State *L, Writer *w, double v)
{
    if (isfinite(v))
        writer_check(L, json_put_float(&w->out, v));
    else
        put(L, w, isnan(v)  ? "{\"$number\":\"nan\"}"
                  : v < 0 ? "{\"$number\":\"-inf\"}"
                          : "{\"$number\":\"inf\"}");
}

static void
pack_key(lua_State *L, Writer *w, const WriterKey *k)
{
    switch (k->rank) {
    case WRITER_INT:
        writer_check(L, json_put_int(&w->out, k->i));
        break;
    case WRITER_FLOAT:
        pack_float(L, w, k->f);
        break;
    case WRITER_STRING:
        pack_text(L, w, k->s, k->n);
        break;
    default:
        put(L, w, k->rank == WRITER_TRUE ? "true" : "false");
    }
}

static void
pack_list(lua_State *L, Writer *w, size_t n)
{
    for (size_t i = 1; i <= n; i++) {
        writer_check(L, buf_byte(&w->out, i == 1 ? '[' : ','));
        writer_item(L, w, i);
        pack_value(L, w);
        lua_pop(L, 1);
    }
    writer_check(L, buf_byte(&w->out, ']'));
}

/* Can the sorted keys, all strings, be those of an object? */
static int
fits_object(const Writer *w, size_t n)
{
    if (n == 1 && writer_key(w, 0)->n > 0 && writer_key(w, 0)->s[0] == '$')
        return 0;
    for (size_t i = 0; i < n; i++)
        if (utf8_valid(writer_key(w, i)->s, writer_key(w, i)->n) < writer_key(w, i)->n)
            return 0;
    return 1;
}

static void
pack_pairs(lua_State *L, Writer *w, size_t n)
{
    put(L, w, "{\"$table\":");
    for (size_t i = 0; i < n; i++) {
        put(L, w, i == 0 ? "[[" : ",[");
        writer_value(L, w, i);
        pack_key(L, w, writer_key(w, i));
        put(L, w, ",");
        pack_value(L, w);
        put(L, w, "]");
        lua_pop(L, 1);
    }
    put(L, w, "]}");
}

static void
pack_record(lua_State *L, Writer *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        writer_check(L, buf_byte(&w->out, i == 0 ? '{' : ','));
        writer_value(L, w, i);
        pack_key(L, w, writer_key(w, i));
        writer_check(L, buf_byte(&w->out, ':'));
        pack_value(L, w);
        lua_pop(L, 1);
    }
    writer_check(L, buf_byte(&w->out, '}'));
}

static void
pack_table(lua_State *L, Writer *w)
{
    size_t n;
    WriterShape shape = writer_open(L, w, &n);

    if (shape == WRITER_EMPTY) {
        put(L, w, "[]");
    } else if (shape == WRITER_LIST) {
        pack_list(L, w, n);
    } else {
        writer_sort(L, w, n);
        if (shape == WRITER_RECORD && fits_object(w, n))
            pack_record(L, w, n);
        else
            pack_pairs(L, w, n);
    }
    writer_close(L, w);
}

/* Writes the value on top. */
static void
pack_value(lua_State *L, Writer *w)
{
    size_t n;
    const char *s;

    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        put(L, w, lua_toboolean(L, -1) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            writer_check(L, json_put_int(&w->out, lua_tointeger(L, -1)));
        else
            pack_float(L, w, lua_tonumber(L, -1));
        break;
    case LUA_TSTRING:
        s = lua_tolstring(L, -1, &n);
        pack_text(L, w, s, n);
        break;
    case LUA_TTABLE:
        pack_table(L, w);
        break;
    default:
        if (!null_is(L, -1))
            writer_refuse(L, w);
        put(L, w, w->depth ? "null" : "{\"$null\":true}");
    }
}

/* json.pack(value) -> text
 * raises "[FILE:LINE: ]value.a[3].b: what" */
int
json_pack_encode(lua_State *L)
{
    Writer *w;

    if (lua_isnone(L, 1))
        bind_typeerror(L, 1, "a value");
    bind_nocolon(L);
    if (lua_isnil(L, 1)) {
        lua_pushliteral(L, "null");
        return 1;
    }
    w = writer_new(L, "stored as data", JSON_DEPTH);
    lua_pushvalue(L, 1);
    pack_value(L, w);
    writer_finish(L, w);
    return 1;
}

static void unpack_value(lua_State *L, JsonReader *r);

static void
fail(lua_State *L, const JsonReader *r, size_t offset, const char *what)
{
    Err err;

    json_fail(r, offset, &err, "%s", what);
    bind_raise(L, &err);
}

static void
unpack_array(lua_State *L, JsonReader *r)
{
    size_t ahead = json_ahead(r);
    lua_Integer n = 0;

    luaL_checkstack(L, 10, "too many nested arrays");
    lua_createtable(L, ahead < 1 << 24 ? (int)ahead : 1 << 24, 0);
    while (json_reader_next(L, r) != JSON_ARRAY_END) {
        unpack_value(L, r);
        lua_rawseti(L, -2, ++n);
    }
}

/* The value on top, of "$number", becomes a float. */
static void
to_number(lua_State *L, const JsonReader *r, size_t offset)
{
    const char *s = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";

    if (strcmp(s, "nan") == 0)
        lua_pushnumber(L, NAN);
    else if (strcmp(s, "inf") == 0 || strcmp(s, "-inf") == 0)
        lua_pushnumber(L, s[0] == '-' ? -INFINITY : INFINITY);
    else
        fail(L, r, offset, "$number must be \"nan\", \"inf\" or \"-inf\"");
}

static void
to_bytes(lua_State *L, const JsonReader *r, size_t offset)
{
    struct base64_decode_ctx ctx;
    size_t n = 0, out = 0;
    const char *s = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &n) : NULL;
    luaL_Buffer b;
    char *to;

    if (!s)
        fail(L, r, offset, "$bytes must be a string of base64");
    to = luaL_buffinitsize(L, &b, BASE64_DECODE_LENGTH(n));
    base64_decode_init(&ctx);
    if (!base64_decode_update(&ctx, &out, (uint8_t *)to, n, s)
        || !base64_decode_final(&ctx))
        fail(L, r, offset, "$bytes is not base64");
    luaL_pushresultsize(&b, out);
}

/* How many elements the list on top has, or -1 if it is none. */
static lua_Integer
list_size(lua_State *L)
{
    lua_Integer n = 0;

    if (!lua_istable(L, -1))
        return -1;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        n++;
    return (lua_Integer)lua_rawlen(L, -1) == n ? n : -1;
}

/* Pushes key and value of the pair on top. */
static void
push_pair(lua_State *L, const JsonReader *r, size_t offset)
{
    if (list_size(L) != 2)
        fail(L, r, offset, "$table must be a list of pairs [key, value]");
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    if (lua_type(L, -2) != LUA_TSTRING && lua_type(L, -2) != LUA_TNUMBER
        && lua_type(L, -2) != LUA_TBOOLEAN)
        fail(L, r, offset, "a key in $table must be a boolean, a number or a string");
    if (lua_tonumber(L, -2) != lua_tonumber(L, -2))
        fail(L, r, offset, "a key in $table is NaN, which no table can have");
}

static void
to_table(lua_State *L, const JsonReader *r, size_t offset)
{
    lua_Integer n = list_size(L);

    if (n < 0)
        fail(L, r, offset, "$table must be a list of pairs [key, value]");
    lua_createtable(L, 0, n < 1 << 24 ? (int)n : 1 << 24);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -2, i);
        push_pair(L, r, offset);            /* pairs, table, pair, key, value */
        lua_pushvalue(L, -2);
        if (lua_rawget(L, -5) != LUA_TNIL)
            fail(L, r, offset, "a key in $table appears twice");
        lua_pop(L, 1);
        lua_rawset(L, -4);
        lua_pop(L, 1);
    }
}

/* Replaces the table on top, which has one member, KEY, by what it stands for. */
static void
unpack_special(lua_State *L, JsonReader *r, size_t offset)
{
    const char *key;

    lua_pushnil(L);
    lua_next(L, -2);                        /* table, key, value */
    key = lua_tostring(L, -2);
    if (strcmp(key, "$number") == 0)
        to_number(L, r, offset);
    else if (strcmp(key, "$bytes") == 0)
        to_bytes(L, r, offset);
    else if (strcmp(key, "$table") == 0)
        to_table(L, r, offset);
    else if (strcmp(key, "$null") == 0 && lua_isboolean(L, -1) && lua_toboolean(L, -1))
        null_push(L);
    else
        fail(L, r, offset, "an object whose only key begins with '$' is $number, "
             "$bytes, $table or {\"$null\":true}");
    lua_replace(L, -4);
    lua_pop(L, 2);
}

static void
unpack_object(lua_State *L, JsonReader *r)
{
    size_t offset = r->offset, n = 0;
    int special = 0;

    luaL_checkstack(L, 10, "too many nested objects");
    lua_newtable(L);
    for (; json_reader_next(L, r) != JSON_OBJECT_END; n++) {
        special = n == 0 && r->n > 0 && r->s[0] == '$';
        lua_pushlstring(L, r->s, r->n);
        json_reader_next(L, r);
        unpack_value(L, r);
        lua_rawset(L, -3);
    }
    if (special)
        unpack_special(L, r, offset);
}

/* Pushes the value that begins with the token in the reader. */
static void
unpack_value(lua_State *L, JsonReader *r)
{
    switch (r->kind) {
    case JSON_NULL:
        null_push(L);
        break;
    case JSON_INT:
        lua_pushinteger(L, r->i);
        break;
    case JSON_FLOAT:
        lua_pushnumber(L, r->f);
        break;
    case JSON_STRING:
        lua_pushlstring(L, r->s, r->n);
        break;
    case JSON_ARRAY:
        unpack_array(L, r);
        break;
    case JSON_OBJECT:
        unpack_object(L, r);
        break;
    default:
        lua_pushboolean(L, r->kind == JSON_TRUE);
    }
}

/* json.unpack(text [, name]) -> value
 * raises "NAME:LINE:COLUMN: what" */
int
json_pack_decode(lua_State *L)
{
    const char *name = bind_optstring(L, 2, "json");
    JsonReader *r;

    bind_string(L, 1, NULL);
    r = json_reader_push(L, 1, name);
    r->max_depth = 3 * JSON_DEPTH + 2;      /* a level in $table takes three */
    if (json_reader_next(L, r) == JSON_NULL)
        lua_pushnil(L);
    else
        unpack_value(L, r);
    json_reader_next(L, r);
    json_release(r);
    return 1;
}

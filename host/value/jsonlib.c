/* jsonlib.c -- rille.json, the Lua face of json.h; json_filelib.c adds its functions for files
 *
 * A null field of an object is an absent field.  A null in an array, or as the whole
 * text, is json.null, which is rille.null and yaml.null: true in a condition; compare
 * with `==`.  An empty array is read as an empty table that json.encode writes as []
 * again. */
#include <math.h>
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "base/utf8.h"
#include "value/json_pack.h"
#include "value/json_reader.h"
#include "value/jsonlib.h"
#include "value/list_mark.h"
#include "value/null.h"
#include "value/writer.h"

static void push_value(lua_State *L, JsonReader *r);

static void
push_array(lua_State *L, JsonReader *r)
{
    size_t ahead = json_ahead(r);
    lua_Integer n = 0;

    luaL_checkstack(L, 4, "too many nested arrays");
    lua_createtable(L, ahead < 1 << 24 ? (int)ahead : 1 << 24, 0);
    while (json_reader_next(L, r) != JSON_ARRAY_END) {
        push_value(L, r);
        lua_rawseti(L, -2, ++n);
    }
    if (n == 0)
        list_mark_set(L, lua_gettop(L), 1);
}

static void
push_object(lua_State *L, JsonReader *r)
{
    luaL_checkstack(L, 4, "too many nested objects");
    lua_newtable(L);
    while (json_reader_next(L, r) != JSON_OBJECT_END) {
        lua_pushlstring(L, r->s, r->n);
        if (json_reader_next(L, r) == JSON_NULL) {
            lua_pop(L, 1);
            continue;
        }
        push_value(L, r);
        lua_rawset(L, -3);
    }
}

/* Pushes the value that begins with the token in the reader. */
static void
push_value(lua_State *L, JsonReader *r)
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
        push_array(L, r);
        break;
    case JSON_OBJECT:
        push_object(L, r);
        break;
    default:
        lua_pushboolean(L, r->kind == JSON_TRUE);
    }
}

void
jsonlib_decode(lua_State *L, int idx, const char *name)
{
    JsonReader *r = json_reader_push(L, idx, name);

    json_reader_next(L, r);
    push_value(L, r);
    json_reader_next(L, r);
    json_release(r);
    lua_remove(L, -2);
}

/* json.decode(text [, name]) -> value
 * raises "NAME:LINE:COLUMN: what; what to do" */
static int
l_decode(lua_State *L)
{
    bind_most(L, 2);

    const char *name = bind_optstring(L, 2, "json");

    bind_string(L, 1, NULL);
    jsonlib_decode(L, 1, name);
    return 1;
}

static void encode_value(lua_State *L, Writer *w, int indent);

/* The space before an element of the table in hand, or before its end. */
static void
put_break(lua_State *L, Writer *w, int indent, int depth)
{
    if (!indent)
        return;
    writer_check(L, buf_byte(&w->out, '\n'));
    for (int i = indent * depth; i > 0; i--)
        writer_check(L, buf_byte(&w->out, ' '));
}

static void
encode_list(lua_State *L, Writer *w, int indent, size_t n)
{
    for (size_t i = 1; i <= n; i++) {
        writer_check(L, buf_byte(&w->out, i == 1 ? '[' : ','));
        put_break(L, w, indent, w->depth);
        writer_item(L, w, i);
        encode_value(L, w, indent);
        lua_pop(L, 1);
    }
    put_break(L, w, indent, w->depth - 1);
    writer_check(L, buf_byte(&w->out, ']'));
}

static void
encode_text(lua_State *L, Writer *w, const char *s, size_t n)
{
    if (utf8_valid(s, n) < n)
        writer_fail(L, w, "a string that is not UTF-8 cannot be written as JSON; "
                    "encode its bytes as text first");
    writer_check(L, json_put_string(&w->out, s, n));
}

static void
encode_record(lua_State *L, Writer *w, int indent, size_t n)
{
    writer_sort(L, w, n);
    for (size_t i = 0; i < n; i++) {
        writer_check(L, buf_byte(&w->out, i == 0 ? '{' : ','));
        put_break(L, w, indent, w->depth);
        writer_value(L, w, i);
        encode_text(L, w, writer_key(w, i)->s, writer_key(w, i)->n);
        writer_check(L, buf_puts(&w->out, indent ? ": " : ":"));
        encode_value(L, w, indent);
        lua_pop(L, 1);
    }
    put_break(L, w, indent, w->depth - 1);
    writer_check(L, buf_byte(&w->out, '}'));
}

/* Raises for a table with keys that neither an array nor an object has. */
static void
refuse_keys(lua_State *L, Writer *w, size_t n)
{
    const WriterKey *k;
    int64_t next = 1;

    writer_sort(L, w, n);
    for (size_t i = 0; i < n; i++, next++) {
        k = writer_key(w, i);
        if (k->rank == WRITER_STRING || k->rank != WRITER_INT || k->i < 1)
            break;
        if (k->i != next)
            writer_fail(L, w, "a list with a hole at [%I] cannot be written as JSON; put "
                        "rille.null there", (LUAI_UACINT)next);
    }
    writer_fail(L, w, "a table with both list elements and other keys, or with keys that "
                "are not strings, cannot be written as JSON; make the keys strings");
}

static void
encode_table(lua_State *L, Writer *w, int indent)
{
    size_t n;

    switch (writer_open(L, w, &n)) {
    case WRITER_EMPTY:
        writer_check(L, buf_puts(&w->out, list_mark_get(L, -1) || bind_is_json_array(L, -1)
                                              ? "[]" : "{}"));
        break;
    case WRITER_LIST:
        encode_list(L, w, indent, n);
        break;
    case WRITER_RECORD:
        encode_record(L, w, indent, n);
        break;
    default:
        refuse_keys(L, w, n);
    }
    writer_close(L, w);
}

static void
encode_number(lua_State *L, Writer *w)
{
    lua_Number v = lua_tonumber(L, -1);

    if (lua_isinteger(L, -1))
        writer_check(L, json_put_int(&w->out, lua_tointeger(L, -1)));
    else if (isfinite(v))
        writer_check(L, json_put_float(&w->out, v));
    else
        writer_fail(L, w, "%s cannot be written as JSON; write rille.null or a string",
                    isnan(v) ? "NaN" : v < 0 ? "-inf" : "inf");
}

/* Writes the value on top. */
static void
encode_value(lua_State *L, Writer *w, int indent)
{
    size_t n;
    const char *s;

    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        writer_check(L, buf_puts(&w->out, lua_toboolean(L, -1) ? "true" : "false"));
        break;
    case LUA_TNUMBER:
        encode_number(L, w);
        break;
    case LUA_TSTRING:
        s = lua_tolstring(L, -1, &n);
        encode_text(L, w, s, n);
        break;
    case LUA_TTABLE:
        encode_table(L, w, indent);
        break;
    default:
        if (!null_is(L, -1))
            writer_refuse(L, w);
        writer_check(L, buf_puts(&w->out, "null"));
    }
}

/* Any value, the module itself apart: json:encode(v) would write that. */
static void
check_value(lua_State *L)
{
    if (lua_isnone(L, 1))
        bind_typeerror(L, 1, "a value");
    bind_nocolon(L);
}

/* The only option of json.encode. */
static lua_Integer
check_indent(lua_State *L, int idx)
{
    lua_Integer indent = 0;

    bind_table(L, idx, "options, as { indent = 2 }");
    lua_pushnil(L);
    while (lua_next(L, idx)) {
        if (lua_type(L, -2) != LUA_TSTRING || strcmp(lua_tostring(L, -2), "indent") != 0)
            bind_argerror(L, idx, "the only option is indent, as in { indent = 2 }");
        bind_argcheck(L, lua_isinteger(L, -1), idx, "indent must be 0 to 16");
        indent = lua_tointeger(L, -1);
        bind_argcheck(L, indent >= 0 && indent <= 16, idx, "indent must be 0 to 16");
        lua_pop(L, 1);
    }
    return indent;
}

void
jsonlib_encode(lua_State *L, int idx, int options)
{
    lua_Integer indent = 0;
    Writer *w;

    if (!lua_isnoneornil(L, options))
        indent = check_indent(L, options);
    w = writer_new(L, "written as JSON", JSON_DEPTH);
    lua_pushvalue(L, idx);
    encode_value(L, w, (int)indent);
    writer_finish(L, w);
}

/* json.encode(value [, { indent = 2 }]) -> text
 * raises "FILE:LINE: value.a[3].b: what" */
static int
l_encode(lua_State *L)
{
    bind_most(L, 2);
    check_value(L);
    jsonlib_encode(L, 1, 2);
    return 1;
}

/* json.array(t) -> t, which is written as [] when it is empty */
static int
l_array(lua_State *L)
{
    bind_most(L, 1);
    bind_table(L, 1, "a table");
    list_mark_set(L, 1, 1);
    lua_settop(L, 1);
    return 1;
}

/* json.object(t) -> t, which is written as {} when it is empty */
static int
l_object(lua_State *L)
{
    bind_most(L, 1);
    bind_table(L, 1, "a table");
    list_mark_set(L, 1, 0);
    lua_settop(L, 1);
    return 1;
}

void
jsonlib_push_module(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"decode", l_decode},       {"encode", l_encode},         {"array", l_array},
        {"object", l_object},       {"pack", json_pack_encode},   {"unpack", json_pack_decode},
        {NULL, NULL}};

    luaL_newlib(L, lib);
    null_push(L);
    lua_setfield(L, -2, "null");
}

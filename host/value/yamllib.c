/* yamllib.c -- rille.yaml, the Lua face of yaml_doc.h
 *
 * A null field of a map is an absent field.  A null in a list, or as the whole text, is
 * yaml.null, which is rille.null and json.null: true in a condition; compare with
 * `==`. */
#include <lauxlib.h>
#include <string.h>

#include "base/bind.h"
#include "base/utf8.h"
#include "format/json.h"
#include "format/yaml_doc.h"
#include "value/list_mark.h"
#include "value/null.h"
#include "value/writer.h"

#define TYPE "rille.yaml.doc"

enum { MAX_PATHS = 16 << 20 };  /* bytes of all paths of one text together */

int luaopen_rille_yaml(lua_State *L);

/* A document on its way into Lua; a userdata, so an error releases it. */
typedef struct Decoding {
    YamlDoc doc;
    Buf path;                   /* of the node in hand */
    size_t paths;               /* bytes of all so far */
    const char *name;
    int nulls;                  /* null fields are yaml.null */
} Decoding;

static int
l_gc(lua_State *L)
{
    Decoding *d = lua_touserdata(L, 1);

    yaml_doc_release(&d->doc);
    buf_release(&d->path);
    return 0;
}

static Decoding *
new_decoding(lua_State *L, const char *name)
{
    Decoding *d = lua_newuserdatauv(L, sizeof *d, 0);

    memset(d, 0, sizeof *d);
    d->name = name;
    yaml_doc_init(&d->doc);
    buf_init(&d->path);
    if (luaL_newmetatable(L, TYPE)) {
        lua_pushcfunction(L, l_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return d;
}

static void
set_place(lua_State *L, const char *key, size_t v)
{
    lua_pushinteger(L, (lua_Integer)v);
    lua_setfield(L, -2, key);
}

/* where[path] = { line=, column=, key_line=, key_column=, text=, plain= } */
static void
note_place(lua_State *L, Decoding *d, const YamlNode *n, int where)
{
    Err err;

    d->paths += d->path.len;
    if (d->paths > MAX_PATHS) {
        err_set(&err, ERR_INVAL, "%.200s:%u:%u: the keys are too long for so many "
                "values; shorten them", d->name, n->line, n->column);
        bind_raise(L, &err);
    }
    lua_pushlstring(L, d->path.data ? (char *)d->path.data : "", d->path.len);
    lua_createtable(L, 0, n->key_line ? 6 : 4);
    set_place(L, "line", n->line);
    set_place(L, "column", n->column);
    if (n->key_line) {
        set_place(L, "key_line", n->key_line);
        set_place(L, "key_column", n->key_column);
    }
    if (n->kind < YAML_DOC_LIST) {
        lua_pushlstring(L, yaml_doc_bytes(&d->doc, n->text), n->text_len);
        lua_setfield(L, -2, "text");
        lua_pushboolean(L, n->plain);
        lua_setfield(L, -2, "plain");
    }
    lua_rawset(L, where);
}

/* a.b[3]["no name"] */
static void
add_to_path(lua_State *L, Decoding *d, const YamlNode *n, lua_Integer i)
{
    const char *key = yaml_doc_bytes(&d->doc, n->key);

    if (!n->key_line)
        writer_check(L, buf_printf(&d->path, "[%lld]", (long long)i));
    else if (writer_is_name(key, n->key_len))
        writer_check(L, (d->path.len && buf_byte(&d->path, '.'))
                     || buf_put(&d->path, key, n->key_len));
    else
        writer_check(L, buf_byte(&d->path, '[')
                     || json_put_string(&d->path, key, n->key_len)
                     || buf_byte(&d->path, ']'));
}

static void push_node(lua_State *L, Decoding *d, size_t at, int where);

static void
push_children(lua_State *L, Decoding *d, size_t at, int where)
{
    const YamlNode *n = yaml_doc_node(&d->doc, at), *child;
    size_t len = d->path.len;
    lua_Integer i = 0;

    luaL_checkstack(L, 8, "too many nested tables");
    lua_newtable(L);
    for (size_t c = at + 1; c < n->end; c = child->end) {
        child = yaml_doc_node(&d->doc, c);
        add_to_path(L, d, child, ++i);
        if (child->key_line)
            lua_pushlstring(L, yaml_doc_bytes(&d->doc, child->key), child->key_len);
        else
            lua_pushinteger(L, i);
        push_node(L, d, c, where);
        if (child->kind == YAML_DOC_NULL && child->key_line && !d->nulls)
            lua_pop(L, 2);
        else
            lua_rawset(L, -3);
        d->path.len = len;
    }
    if (n->kind == YAML_DOC_LIST && i == 0)
        list_mark_set(L, lua_gettop(L), 1);
}

/* Pushes the value of node at; where is the stack index of the places. */
static void
push_node(lua_State *L, Decoding *d, size_t at, int where)
{
    const YamlNode *n = yaml_doc_node(&d->doc, at);

    note_place(L, d, n, where);
    switch (n->kind) {
    case YAML_DOC_NULL:
        null_push(L);
        break;
    case YAML_DOC_BOOL:
        lua_pushboolean(L, (int)n->i);
        break;
    case YAML_DOC_INT:
        lua_pushinteger(L, n->i);
        break;
    case YAML_DOC_FLOAT:
        lua_pushnumber(L, n->f);
        break;
    case YAML_DOC_STRING:
        lua_pushlstring(L, yaml_doc_bytes(&d->doc, n->text), n->text_len);
        break;
    default:
        push_children(L, d, at, where);
    }
}

/* yaml.decode(text [, name [, nulls]]) -> value, where
 *
 * nulls: null fields of maps are yaml.null, so that all keys are in the tables.
 * where has an entry per value, by its path (the whole is ""; "steps.train",
 * "tags[2]", '["no name"].x'): { line, column, key_line, key_column: of its key,
 * text: what a scalar is in the file, plain: without quotes }.
 * raises "NAME:LINE:COLUMN: what; what to do" */
static int
l_decode(lua_State *L)
{
    bind_most(L, 3);

    const char *name = bind_optstring(L, 2, "yaml"), *text;
    Decoding *d;
    size_t n;
    Err err;

    text = bind_string(L, 1, &n);
    lua_settop(L, 3);
    d = new_decoding(L, name);
    d->nulls = lua_toboolean(L, 3);
    lua_newtable(L);
    if (yaml_doc_parse(&d->doc, name, text, n, &err))
        return bind_raise(L, &err);
    push_node(L, d, 0, 5);
    yaml_doc_release(&d->doc);
    buf_release(&d->path);
    lua_insert(L, -2);
    return 2;
}

static void encode_value(lua_State *L, Writer *w, int indent);

static void
encode_string(lua_State *L, Writer *w, const char *s, size_t n)
{
    if (utf8_valid(s, n) < n)
        writer_fail(L, w, "a string that is not UTF-8 cannot be written as YAML; encode "
                    "its bytes as text first");
    writer_check(L, yaml_doc_put_string(&w->out, s, n));
}

/* The indentation of a line, but for the first one, which may go on behind "- ". */
static void
put_indent(lua_State *L, Writer *w, int indent, size_t i)
{
    if (i > 0)
        writer_check(L, buf_byte(&w->out, '\n'));
    for (int k = 0; i > 0 && k < indent; k++)
        writer_check(L, buf_byte(&w->out, ' '));
}

static void
encode_list(lua_State *L, Writer *w, int indent, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_indent(L, w, indent, i);
        writer_check(L, buf_puts(&w->out, "- "));
        writer_item(L, w, i + 1);
        encode_value(L, w, indent + 2);
        lua_pop(L, 1);
    }
}

/* Is the value on top written on lines of its own? */
static int
is_block(lua_State *L)
{
    int block = 0;

    if (lua_istable(L, -1)) {
        lua_pushnil(L);
        block = lua_next(L, -2);
        lua_pop(L, block ? 2 : 0);
    }
    return block;
}

static void
encode_record(lua_State *L, Writer *w, int indent, size_t n)
{
    writer_sort(L, w, n);
    for (size_t i = 0; i < n; i++) {
        size_t start;

        put_indent(L, w, indent, i);
        writer_value(L, w, i);
        start = w->out.len;
        encode_string(L, w, writer_key(w, i)->s, writer_key(w, i)->n);
        if (w->out.len - start > YAML_DOC_MAXKEY - 2)
            writer_fail(L, w, "a key of more than %d bytes cannot be written as YAML",
                        YAML_DOC_MAXKEY);
        writer_check(L, buf_byte(&w->out, ':'));
        if (is_block(L))
            put_indent(L, w, indent + 2, 1);
        else
            writer_check(L, buf_byte(&w->out, ' '));
        encode_value(L, w, indent + 2);
        lua_pop(L, 1);
    }
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
        writer_fail(L, w, "a table that is neither a list without holes nor keyed by strings "
                    "alone cannot be written as YAML; make the keys strings");
    }
    writer_close(L, w);
}

/* Writes the value on top at the end of the line; a table's other lines are
 * indented. */
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
        writer_check(L, lua_isinteger(L, -1)
                     ? json_put_int(&w->out, lua_tointeger(L, -1))
                     : yaml_doc_put_float(&w->out, lua_tonumber(L, -1)));
        break;
    case LUA_TSTRING:
        s = lua_tolstring(L, -1, &n);
        encode_string(L, w, s, n);
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

/* yaml.encode(value) -> text, in block style, keys sorted
 * raises "FILE:LINE: value.a[3].b: what" */
static int
l_encode(lua_State *L)
{
    bind_most(L, 1);

    Writer *w;

    if (lua_isnone(L, 1))
        bind_typeerror(L, 1, "a value");
    bind_nocolon(L);
    w = writer_new(L, "written as YAML", YAML_DOC_MAXDEPTH);
    lua_pushvalue(L, 1);
    encode_value(L, w, 0);
    writer_check(L, buf_byte(&w->out, '\n'));
    writer_finish(L, w);
    return 1;
}

int
luaopen_rille_yaml(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"decode", l_decode}, {"encode", l_encode}, {NULL, NULL}};

    luaL_newlib(L, lib);
    null_push(L);
    lua_setfield(L, -2, "null");
    bind_strict(L);
    return 1;
}

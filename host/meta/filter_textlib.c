/* filter_textlib.c -- rille.host.filter, the Lua face of filter_text.h and filter_fields.h.
 *
 * what is "run", "artifact" or "version".  params and metrics, which may be nil, are lists of the
 * names that runs have, for hints.  Conditions are tables as query_filterlib.c reads them. */
#include <string.h>

#include "base/bind.h"
#include "meta/filter_text.h"
#include "meta/query_models.h"
#include "meta/row_tables.h"

#define TYPE "rille.host.filter.text"
#define BUFFER "rille.host.filter.buffer"

int luaopen_rille_host_filter(lua_State *L);

/* ---- memory that the collector frees ---- */

static int
text_gc(lua_State *L)
{
    filter_text_release(lua_touserdata(L, 1));
    return 0;
}

static int
buffer_gc(lua_State *L)
{
    buf_release(lua_touserdata(L, 1));
    return 0;
}

static FilterText *
new_text(lua_State *L, const FilterSubject *subject)
{
    FilterText *t = lua_newuserdatauv(L, sizeof *t, 0);

    filter_text_init(t, subject);
    luaL_setmetatable(L, TYPE);
    return t;
}

static Buf *
new_buffer(lua_State *L)
{
    Buf *b = lua_newuserdatauv(L, sizeof *b, 0);

    buf_init(b);
    luaL_setmetatable(L, BUFFER);
    return b;
}

static int
check_memory(lua_State *L, int rc)
{
    return rc < 0 ? luaL_error(L, "out of memory") : rc;
}

/* ---- arguments ---- */

static const FilterSubject *
check_subject(lua_State *L, int idx)
{
    static const FilterSubject *const all[] = {&filter_runs, &filter_artifacts, &filter_models};
    const char *what = luaL_checkstring(L, idx);

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i]->what, what) == 0)
            return all[i];
    luaL_argerror(L, idx, "expected \"run\", \"artifact\" or \"version\"");
    return NULL;
}

/* The texts of the list at idx, which stay there; pushes their memory. */
static const char *const *
check_names(lua_State *L, int idx, size_t *n)
{
    const char **names;

    *n = lua_istable(L, idx) ? lua_rawlen(L, idx) : 0;
    names = lua_newuserdatauv(L, (*n + 1) * sizeof *names, 0);
    for (size_t i = 0; i < *n; i++) {
        lua_rawgeti(L, idx, (lua_Integer)i + 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_argerror(L, idx, "expected a list of names");
        names[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    return names;
}

/* The lists at idx and behind it. */
static const FilterKnown *
check_known(lua_State *L, int idx, FilterKnown *known)
{
    lua_settop(L, idx + 1);
    known->params = check_names(L, idx, &known->n_params);
    known->metrics = check_names(L, idx + 1, &known->n_metrics);
    return known;
}

/* ---- conditions ---- */

/* Pushes "status", or { "params", name, ... }. */
static void
push_field(lua_State *L, const Filter *f, const FilterField *field)
{
    const Slice *path = (const Slice *)(const void *)f->names.data + field->path;

    if (field->n_path)
        lua_createtable(L, (int)field->n_path + 1, 0);
    lua_pushlstring(L, field->name.data, field->name.len);
    if (!field->n_path)
        return;
    lua_rawseti(L, -2, 1);
    for (size_t i = 0; i < field->n_path; i++) {
        lua_pushlstring(L, path[i].data, path[i].len);
        lua_rawseti(L, -2, (lua_Integer)i + 2);
    }
}

static void
push_comparison(lua_State *L, const Filter *f, const FilterNode *node)
{
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">="};

    lua_createtable(L, 0, 3);
    push_field(L, f, &node->field);
    lua_setfield(L, -2, "field");
    lua_pushstring(L, names[node->cmp]);
    lua_setfield(L, -2, "cmp");
    row_tables_value(L, node->value);
    lua_setfield(L, -2, "value");
}

/* Pushes the condition at the node; returns the node behind it. */
static const FilterNode *
push_condition(lua_State *L, const Filter *f, const FilterNode *node)
{
    static const char *const ops[] = {"and", "or", "not"};
    size_t n = node->n;

    luaL_checkstack(L, 8, "too many nested conditions");
    if (node->op == FILTER_COMPARE) {
        push_comparison(L, f, node);
        return node + 1;
    }
    lua_createtable(L, (int)n, 1);
    lua_pushstring(L, ops[node->op]);
    lua_setfield(L, -2, "op");
    node++;
    for (size_t i = 0; i < n; i++) {
        node = push_condition(L, f, node);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return node;
}

/* filter.read(what, text [, params, metrics])
 *   -> condition
 *   -> nil, message with a caret, true where the mistake is a field that there is not */
static int
l_read(lua_State *L)
{
    const FilterSubject *subject = check_subject(L, 1);
    Slice text = row_tables_text(L, 2);
    FilterKnown known;
    FilterText *t;
    Err err;
    int rc;

    check_known(L, 3, &known);
    t = new_text(L, subject);
    rc = filter_text_read(t, text, 0, &known, &err);
    if (rc == OK) {
        push_condition(L, &t->filter, (const FilterNode *)(const void *)t->filter.nodes.data);
        return 1;
    }
    if (rc != ERR_INVAL)
        return luaL_error(L, "%s", err.msg);
    lua_pushnil(L);
    lua_pushlstring(L, (const char *)t->message.data, t->message.len);
    lua_pushboolean(L, t->is_unknown);
    return 3;
}

/* ---- fields ---- */

/* Pushes the names of the text as a list, or nil. */
static void
push_names(lua_State *L, Slice text)
{
    Buf *names = new_buffer(L);
    const Slice *list;

    if (!check_memory(L, filter_fields_split(text, names))) {
        lua_pushnil(L);
        return;
    }
    list = (const Slice *)(const void *)names->data;
    lua_newtable(L);
    for (size_t i = 0; i < names->len / sizeof *list; i++) {
        lua_pushlstring(L, list[i].data, list[i].len);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* filter.split(text) -> { name, ... } | nil */
static int
l_split(lua_State *L)
{
    push_names(L, row_tables_text(L, 1));
    return 1;
}

/* filter.field(what, names) -> "status" | { "params" | "metric", name, ... } | nil */
static int
l_field(lua_State *L)
{
    const FilterSubject *subject = check_subject(L, 1);
    size_t n, first;
    Slice name, *list;

    luaL_checktype(L, 2, LUA_TTABLE);
    n = lua_rawlen(L, 2);
    list = lua_newuserdatauv(L, (n + 1) * sizeof *list, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        list[i] = row_tables_text(L, -1);
        lua_pop(L, 1);
    }
    if (!filter_fields_read(subject, list, n, &name, &first))
        return 0;
    if (first < n)
        lua_newtable(L);
    lua_pushlstring(L, name.data, name.len);
    if (first == n)
        return 1;
    lua_rawseti(L, -2, 1);
    for (size_t i = first; i < n; i++) {
        lua_pushlstring(L, list[i].data, list[i].len);
        lua_rawseti(L, -2, (lua_Integer)(i - first) + 2);
    }
    return 1;
}

/* filter.hint(what, text [, params, metrics]) -> what to say after a text that is no field */
static int
l_hint(lua_State *L)
{
    const FilterSubject *subject = check_subject(L, 1);
    Slice text = row_tables_text(L, 2);
    FilterKnown known;
    Buf *out;

    check_known(L, 3, &known);
    out = new_buffer(L);
    check_memory(L, filter_fields_hint(subject, text, &known, out));
    lua_pushlstring(L, (const char *)out->data, out->len);
    return 1;
}

/* filter.time(text) -> seconds since 1970 | nil */
static int
l_time(lua_State *L)
{
    double time;

    if (!filter_fields_time(row_tables_text(L, 1), &time))
        return 0;
    lua_pushnumber(L, time);
    return 1;
}

static const luaL_Reg text_meta[] = {{"__gc", text_gc}, {NULL, NULL}};
static const luaL_Reg buffer_meta[] = {{"__gc", buffer_gc}, {NULL, NULL}};
static const luaL_Reg methods[] = {{NULL, NULL}};

static const luaL_Reg functions[] = {
    {"read", l_read}, {"split", l_split}, {"field", l_field}, {"hint", l_hint},
    {"time", l_time}, {NULL, NULL}
};

int
luaopen_rille_host_filter(lua_State *L)
{
    bind_type(L, TYPE, methods, text_meta);
    bind_type(L, BUFFER, methods, buffer_meta);
    luaL_newlib(L, functions);
    return 1;
}

/* query_filterlib.c -- rille.host.meta: filters of m:runs and m:artifacts, from Lua tables.
 *
 *     condition = { op = "and" | "or", condition, ... }
 *               | { op = "not", condition }
 *               | { field =, cmp = "=" | "<>" | "<" | "<=" | ">" | ">=", value = }
 *     field     = "status" | { "params", name, ... } | { "metric", [step,] name } | "tag"
 * value: a number, a text, a boolean (1 or 0), or nil for null.  query_filter.h says
 * which fields there are. */
#include <string.h>

#include "base/bind.h"
#include "meta/metalib.h"
#include "meta/query_filter.h"
#include "meta/row_tables.h"

#define TYPE "rille.host.meta.filter"

enum { DEPTH = 900 };                   /* most conditions in one another, as in SQLite */

static int
filter_gc(lua_State *L)
{
    filter_release(lua_touserdata(L, 1));
    return 0;
}

static void
append(lua_State *L, Buf *b, const void *p, size_t n)
{
    if (buf_put(b, p, n))
        luaL_error(L, "out of memory");
}

/* The text at the top, popped: it stays in its table. */
static Slice
take_text(lua_State *L, const char *what)
{
    Slice s = {NULL, 0};

    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "filter: expected %s, found %s", what, luaL_typename(L, -1));
    s.data = lua_tolstring(L, -1, &s.len);
    lua_pop(L, 1);
    return s;
}

/* The field at the top, popped. */
static FilterField
take_field(lua_State *L, Filter *f, int sortable)
{
    FilterField field = {.path = f->names.len / sizeof(Slice)};
    int is_path = lua_istable(L, -1);

    if (is_path) {
        field.n_path = lua_rawlen(L, -1) - (lua_rawlen(L, -1) > 0);
        for (size_t i = 0; i < field.n_path; i++) {
            Slice name;

            lua_rawgeti(L, -1, (lua_Integer)i + 2);
            name = take_text(L, "a name");
            append(L, &f->names, &name, sizeof name);
        }
        lua_rawgeti(L, -1, 1);
    }
    field.name = take_text(L, "a field");
    lua_pop(L, is_path);
    if (!filter_known(f->subject, field.name, field.n_path) ||
        (sortable && strcmp(field.name.data, "tag") == 0))
        luaL_error(L, "filter: unknown field '%s'", field.name.data);
    return field;
}

static FilterCmp
take_cmp(lua_State *L)
{
    static const char *const names[] = {"=", "<>", "<", "<=", ">", ">=", NULL};
    Slice s = take_text(L, "a comparison");

    for (int i = 0; names[i]; i++)
        if (strcmp(s.data, names[i]) == 0)
            return (FilterCmp)i;
    return (FilterCmp)luaL_error(L, "filter: unknown comparison '%s'", s.data);
}

static void read_condition(lua_State *L, Filter *f, int depth);

static void
read_joined(lua_State *L, Filter *f, Slice op, int depth)
{
    FilterNode node = {.n = lua_rawlen(L, -1)};
    int is_not = strcmp(op.data, "not") == 0;

    node.op = is_not ? FILTER_NOT : strcmp(op.data, "or") == 0 ? FILTER_OR : FILTER_AND;
    if (node.op == FILTER_AND && strcmp(op.data, "and") != 0)
        luaL_error(L, "filter: unknown op '%s'", op.data);
    if (node.n == 0 || (is_not && node.n != 1))
        luaL_error(L, "filter: '%s' of %d conditions", op.data, (int)node.n);
    append(L, &f->nodes, &node, sizeof node);
    for (size_t i = 0; i < node.n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        read_condition(L, f, depth + 1);
    }
}

static void
read_comparison(lua_State *L, Filter *f)
{
    FilterNode node = {.op = FILTER_COMPARE};

    lua_getfield(L, -1, "field");
    node.field = take_field(L, f, 0);
    lua_getfield(L, -1, "cmp");
    node.cmp = take_cmp(L);
    lua_getfield(L, -1, "value");
    node.value = meta_box_value(L, lua_gettop(L));
    lua_pop(L, 1);
    append(L, &f->nodes, &node, sizeof node);
}

/* The condition at the top, popped. */
static void
read_condition(lua_State *L, Filter *f, int depth)
{
    luaL_checkstack(L, 8, NULL);
    if (!lua_istable(L, -1) || depth > DEPTH)
        luaL_error(L, depth > DEPTH ? "filter: conditions are nested too deep"
                                    : "filter: expected a condition");
    if (lua_getfield(L, -1, "op") == LUA_TNIL) {
        lua_pop(L, 1);
        read_comparison(L, f);
    } else {
        read_joined(L, f, take_text(L, "an op"), depth);
    }
    lua_pop(L, 1);
}

static void
read_shown(lua_State *L, Filter *f)
{
    size_t n = lua_rawlen(L, -1);

    for (size_t i = 0; i < n; i++) {
        FilterField field;

        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        field = take_field(L, f, 0);
        append(L, &f->shown, &field, sizeof field);
    }
}

/* Pushes the filter that the options at idx say, in where, shown and sort; their texts
 * stay in the tables. */
const struct Filter *
query_filterlib_read(lua_State *L, int idx, const struct FilterSubject *subject)
{
    Filter *f = lua_newuserdatauv(L, sizeof *f, 0);

    memset(f, 0, sizeof *f);
    f->subject = subject;
    luaL_setmetatable(L, TYPE);
    if (lua_isnoneornil(L, idx))
        return f;
    if (lua_getfield(L, idx, "where") != LUA_TNIL)
        read_condition(L, f, 0);
    else
        lua_pop(L, 1);
    if (lua_getfield(L, idx, "shown") == LUA_TTABLE)
        read_shown(L, f);
    lua_pop(L, 1);
    if (lua_getfield(L, idx, "sort") != LUA_TNIL)
        f->sort = take_field(L, f, 1);
    else
        lua_pop(L, 1);
    return f;
}

static const luaL_Reg meta[] = {{"__gc", filter_gc}, {NULL, NULL}};
static const luaL_Reg methods[] = {{NULL, NULL}};

void
query_filterlib_init(lua_State *L)
{
    bind_type(L, TYPE, methods, meta);
}

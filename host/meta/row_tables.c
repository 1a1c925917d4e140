/* row_tables.c -- see row_tables.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "meta/row_tables.h"

#define TYPE "rille.host.meta.rows"

static int
found_gc(lua_State *L)
{
    Found *f = lua_touserdata(L, 1);

    rows_release(&f->rows);
    rows_release(&f->inputs);
    rows_release(&f->outputs);
    buf_release(&f->bytes);
    digest_map_release(&f->objects);
    return 0;
}

Found *
row_tables_found(lua_State *L)
{
    Found *f = lua_newuserdatauv(L, sizeof *f, 0);

    memset(f, 0, sizeof *f);
    luaL_setmetatable(L, TYPE);
    return f;
}

void
row_tables_value(lua_State *L, DbValue v)
{
    switch (v.type) {
    case DB_INT:
        lua_pushinteger(L, v.as.i);
        break;
    case DB_REAL:
        lua_pushnumber(L, v.as.d);
        break;
    case DB_NULL:
        lua_pushnil(L);
        break;
    default:
        lua_pushlstring(L, v.as.s.data, v.as.s.len);
    }
}

/* Sets the field of the table at the top; row_tables.h has the names. */
static void
set_field(lua_State *L, const char *name, DbValue v)
{
    size_t n = strlen(name), dot = strcspn(name, ".");

    if (v.type == DB_NULL)
        return;
    if (dot < n) {
        lua_pushlstring(L, name, dot);
        if (lua_rawget(L, -2) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_createtable(L, 0, 4);
            lua_pushlstring(L, name, dot);
            lua_pushvalue(L, -2);
            lua_rawset(L, -4);
        }
        set_field(L, name + dot + 1, v);
        lua_pop(L, 1);
        return;
    }
    if (name[n - 1] == '?') {
        lua_pushlstring(L, name, n - 1);
        lua_pushboolean(L, v.type == DB_INT && v.as.i != 0);
    } else if (name[n - 1] == '~') {
        lua_pushinteger(L, strtol(name, NULL, 10));
        row_tables_value(L, v.type == DB_BLOB ? (DbValue){DB_REAL, {.d = NAN}} : v);
    } else {
        lua_pushlstring(L, name, n);
        row_tables_value(L, v);
    }
    lua_rawset(L, -3);
}

void
row_tables_row(lua_State *L, const Rows *r, size_t row)
{
    const char *name = (const char *)r->names.data;

    luaL_checkstack(L, 6, NULL);
    lua_createtable(L, 0, r->columns);
    for (int i = 0; i < r->columns; i++, name += strlen(name) + 1)
        set_field(L, name, rows_cell(r, row, i));
}

void
row_tables_list(lua_State *L, const Rows *r)
{
    lua_createtable(L, (int)r->n, 0);
    for (size_t i = 0; i < r->n; i++) {
        row_tables_row(L, r, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* The list of rows, or the failure. */
int
row_tables_answer_list(lua_State *L, const Rows *r, int rc, const Err *err)
{
    if (rc)
        return bind_fail(L, err);
    row_tables_list(L, r);
    return 1;
}

int
row_tables_answer_row(lua_State *L, const Rows *r, int rc, const Err *err)
{
    if (rc)
        return bind_fail(L, err);
    if (r->n)
        row_tables_row(L, r, 0);
    else
        lua_pushnil(L);
    return 1;
}

/* The only cell, or nil. */
int
row_tables_answer_cell(lua_State *L, const Rows *r, int rc, const Err *err)
{
    if (rc)
        return bind_fail(L, err);
    if (r->n)
        row_tables_value(L, rows_cell(r, 0, 0));
    else
        lua_pushnil(L);
    return 1;
}

int
row_tables_answer_column(lua_State *L, const Rows *r, int rc, const Err *err)
{
    if (rc)
        return bind_fail(L, err);
    lua_createtable(L, (int)r->n, 0);
    for (size_t i = 0; i < r->n; i++) {
        row_tables_value(L, rows_cell(r, i, 0));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

Slice
row_tables_text(lua_State *L, int idx)
{
    Slice s;

    s.data = luaL_checklstring(L, idx, &s.len);
    return s;
}

/* A field of the options at idx (a table or nothing), of that type or nil;
 * pushes it. */
static int
option(lua_State *L, int idx, const char *field, int type)
{
    int got = lua_isnoneornil(L, idx) ? LUA_TNIL : lua_getfield(L, idx, field);

    if (lua_isnoneornil(L, idx))
        lua_pushnil(L);
    if (got != LUA_TNIL && got != type)
        luaL_error(L, "option '%s': expected a %s, found a %s", field,
                   lua_typename(L, type), lua_typename(L, got));
    return got != LUA_TNIL;
}

/* The strings stay in the options. */
Slice
row_tables_option(lua_State *L, int idx, const char *field)
{
    Slice s = {NULL, 0};

    if (option(L, idx, field, LUA_TSTRING))
        s.data = lua_tolstring(L, -1, &s.len);
    lua_pop(L, 1);
    return s;
}

int64_t
row_tables_option_int(lua_State *L, int idx, const char *field, int64_t fallback)
{
    int64_t out = option(L, idx, field, LUA_TNUMBER) ? lua_tointeger(L, -1) : fallback;

    lua_pop(L, 1);
    return out;
}

int
row_tables_option_flag(lua_State *L, int idx, const char *field)
{
    int out = 0;

    if (!lua_isnoneornil(L, idx)) {
        lua_getfield(L, idx, field);
        out = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return out;
}

void
row_tables_options(lua_State *L, int idx)
{
    if (!lua_isnoneornil(L, idx))
        luaL_checktype(L, idx, LUA_TTABLE);
}

void
row_tables_set(lua_State *L, const char *field, Slice s)
{
    if (!s.data)
        return;
    lua_pushlstring(L, s.data, s.len);
    lua_setfield(L, -2, field);
}

static const luaL_Reg meta[] = {{"__gc", found_gc}, {NULL, NULL}};
static const luaL_Reg methods[] = {{NULL, NULL}};

void
row_tables_init(lua_State *L)
{
    bind_type(L, TYPE, methods, meta);
}

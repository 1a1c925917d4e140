/* csv_args.c -- see csv_args.h */
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "base/bind.h"
#include "csv/csv_args.h"
#include "csv/csv_box.h"
#include "csv/csv_date.h"
#include "csv/csv_separator.h"

int
csv_args_wrong(lua_State *L, int idx, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    lua_pushvfstring(L, fmt, args);
    va_end(args);
    return bind_argerror(L, idx, lua_tostring(L, -1));
}

void
csv_args_check(lua_State *L, int idx, const char *what, const char *const *allowed)
{
    if (lua_isnoneornil(L, idx))
        return;
    bind_table(L, idx, "a table of options");
    lua_getfield(L, lua_upvalueindex(CSV_BOX_ERRORS), "check_fields");
    lua_pushstring(L, what);
    lua_pushvalue(L, idx);
    lua_newtable(L);
    for (; *allowed; allowed++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, *allowed);
    }
    lua_call(L, 3, 0);
}

const char *
csv_args_hint(lua_State *L, int idx)
{
    lua_getfield(L, lua_upvalueindex(CSV_BOX_SUGGEST), "hint");
    lua_insert(L, -2);
    lua_pushvalue(L, idx);
    lua_insert(L, -2);
    lua_call(L, 2, 1);
    return lua_tostring(L, -1);
}

void
csv_args_format(lua_State *L, int idx, CsvSource *source)
{
    size_t len = 1;

    source->separator = 0;
    source->header = 1;
    if (lua_isnoneornil(L, idx))
        return;
    if (lua_getfield(L, idx, "header") != LUA_TNIL) {
        bind_argcheck(L, lua_isboolean(L, -1), idx, "header: expected true or false");
        source->header = lua_toboolean(L, -1);
    }
    if (lua_getfield(L, idx, "separator") != LUA_TNIL) {
        const char *s = lua_tolstring(L, -1, &len);

        bind_argcheck(L, s && len == 1, idx, "separator: expected one character");
        if (!csv_is_separator(*s))
            csv_args_wrong(L, idx, "separator: expected one character of ASCII other "
                           "than a letter, digit, sign, point or quote");
        source->separator = *s;
    }
    lua_pop(L, 2);
}

static void
add_marker(lua_State *L, int idx, CsvTable *t)
{
    const char *marker;
    size_t len;

    bind_argcheck(L, lua_type(L, -1) == LUA_TSTRING, idx,
                  "missing: expected a string or a list of strings");
    marker = lua_tolstring(L, -1, &len);
    if (csv_missing(t, marker, len))
        bind_error(L, "out of memory");
    lua_pop(L, 1);
}

static void
read_missing(lua_State *L, int idx, CsvTable *t)
{
    if (lua_getfield(L, idx, "missing") == LUA_TTABLE) {
        lua_Integer n = luaL_len(L, -1);

        for (lua_Integer i = 1; i <= n; i++) {
            lua_geti(L, -1, i);
            add_marker(L, idx, t);
        }
        lua_pop(L, 1);
    } else if (!lua_isnil(L, -1)) {
        add_marker(L, idx, t);
    } else {
        lua_pop(L, 1);
    }
}

void
csv_args_push_names(lua_State *L, const CsvTable *t)
{
    size_t n = csv_columns(t);

    lua_createtable(L, n < INT_MAX ? (int)n : 0, 0);
    for (size_t i = 0; i < n; i++) {
        size_t len;
        const char *name = csv_name(t, i, &len);

        lua_pushlstring(L, name, len);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* The type named on top of the stack, for the column named below it. */
static CsvType
type_named(lua_State *L, int idx)
{
    static const char *const names[] = {"integer", "number", "boolean", "date", "string",
                                        NULL};
    const char *name = lua_tostring(L, -1);

    for (int i = 0; name && names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return (CsvType)(CSV_INTEGER + i);
    luaL_tolstring(L, -1, NULL);
    lua_createtable(L, 5, 0);
    for (int i = 0; names[i]; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, i + 1);
    }
    csv_args_hint(L, lua_gettop(L) - 1);
    csv_args_wrong(L, idx, "types: column \"%s\": there is no type \"%s\"%s", lua_tostring(L, -4),
               lua_tostring(L, -2), lua_tostring(L, -1));
    return CSV_AUTO;
}

static void
read_types(lua_State *L, int idx, CsvTable *t)
{
    if (lua_getfield(L, idx, "types") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    bind_argcheck(L, lua_istable(L, -1), idx, "types: expected { column = type }");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        size_t len;
        const char *name;

        bind_argcheck(L, lua_type(L, -2) == LUA_TSTRING, idx,
                      "types: expected { column = type }");
        name = lua_tolstring(L, -2, &len);
        if (csv_force(t, name, len, type_named(L, idx))) {
            csv_args_push_names(L, t);
            csv_args_hint(L, lua_gettop(L) - 2);
            csv_args_wrong(L, idx, "types: %s has no column \"%s\"%s", csv_source(t), name,
                       lua_tostring(L, -1));
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* The format on top of the stack. */
static CsvText
date_format(lua_State *L, int idx)
{
    CsvText format;
    const char *wrong;

    if (lua_type(L, -1) != LUA_TSTRING)
        csv_args_wrong(L, idx, "dates: expected a format such as \"%%d.%%m.%%Y\" or "
                       "{ column = format }");
    format.at = lua_tolstring(L, -1, &format.len);
    wrong = csv_date_check(format);
    if (wrong)
        csv_args_wrong(L, idx, "dates: \"%s\": %s", format.at, wrong);
    return format;
}

static void
read_dates(lua_State *L, int idx, CsvTable *t)
{
    int type = lua_getfield(L, idx, "dates");

    if (type != LUA_TNIL && type != LUA_TTABLE)
        csv_dates(t, NULL, 0, date_format(L, idx));
    if (type == LUA_TTABLE) {
        lua_pushnil(L);
        while (lua_next(L, -2)) {
            CsvText format = date_format(L, idx);
            size_t len = 0;
            const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &len) : "";

            if (csv_dates(t, name, len, format)) {
                csv_args_push_names(L, t);
                csv_args_hint(L, lua_gettop(L) - 2);
                csv_args_wrong(L, idx, "dates: %s has no column \"%s\"%s", csv_source(t), name,
                           lua_tostring(L, -1));
            }
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

void
csv_args_columns(lua_State *L, int idx, CsvTable *t)
{
    if (lua_isnoneornil(L, idx))
        return;
    read_missing(L, idx, t);
    read_types(L, idx, t);
    read_dates(L, idx, t);
}

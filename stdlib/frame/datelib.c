/* datelib.c -- rille.host.date, the Lua face of datetime.h: vectors of milliseconds
 * (i64 arrays), where the smallest integer is a missing one. */
#include "array/array_box.h"
#include "base/bind.h"
#include "base/datetime.h"

int luaopen_rille_host_date(lua_State *L);

static int64_t
element(const Array *a, int64_t i)
{
    return *(const int64_t *)(const void *)(a->data + i * a->stride[0]);
}

static const Array *
check_vector(lua_State *L, int idx)
{
    const Array *a = array_box_check(L, idx);

    luaL_argcheck(L, a->type == ARRAY_I64 && a->ndim == 1, idx, "expected a vector of i64");
    return a;
}

/* A new vector in a box on top of the stack. */
static int64_t *
push_vector(lua_State *L, int64_t n)
{
    Array **box = array_box_new(L);
    Err err;

    if (array_new(box, ARRAY_I64, 1, &n, &err))
        array_box_raise(L, &err);
    return (int64_t *)(void *)(*box)->data;
}

static int
give(lua_State *L)
{
    Err err = {0};

    return array_box_done(L, OK, &err);
}

/* date.parse(text) -> ms, or nil when it is no date */
static int
l_parse(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    int64_t ms;

    if (datetime_parse(text, len, &ms))
        return 0;
    lua_pushinteger(L, ms);
    return 1;
}

/* date.parse_list(list) -> array, "" being missing
 *   -> nil, place of the first that is no date */
static int
l_parse_list(lua_State *L)
{
    int64_t n = (int64_t)lua_rawlen(L, 1), *to;

    luaL_checktype(L, 1, LUA_TTABLE);
    to = push_vector(L, n);
    for (int64_t i = 0; i < n; i++) {
        size_t len = 0;
        const char *text = NULL;

        if (lua_rawgeti(L, 1, i + 1) == LUA_TSTRING)
            text = lua_tolstring(L, -1, &len);
        lua_pop(L, 1);
        if (text && len == 0) {
            to[i] = DATETIME_MISSING;
        } else if (!text || datetime_parse(text, len, &to[i])) {
            lua_pushnil(L);
            lua_pushinteger(L, i + 1);
            return 2;
        }
    }
    return give(L);
}

static const char *const UNITS[] = {"day", "second", "ms", NULL};

/* date.unit(array) -> "day" | "second" | "ms", what shows all of them */
static int
l_unit(lua_State *L)
{
    const Array *a = check_vector(L, 1);
    DatetimeUnit unit = DATETIME_DAY;

    for (int64_t i = 0; i < a->shape[0] && unit != DATETIME_MS; i++) {
        DatetimeUnit one = datetime_unit(element(a, i));

        unit = one > unit ? one : unit;
    }
    lua_pushstring(L, UNITS[unit]);
    return 1;
}

/* date.format(ms[, unit]) -> text, "" for a missing one */
static int
l_format(lua_State *L)
{
    int64_t ms = luaL_checkinteger(L, 1);
    int unit = lua_isnoneornil(L, 2) ? (int)datetime_unit(ms) : luaL_checkoption(L, 2, NULL, UNITS);
    char text[DATETIME_SIZE];

    lua_pushlstring(L, text, datetime_format(ms, (DatetimeUnit)unit, text));
    return 1;
}

/* date.part(array, name) -> array; 0 for missing ones */
static int
l_part(lua_State *L)
{
    static const char *const names[] = {"year", "month", "day", "hour", "minute", "second",
                                        "weekday", "yearday", NULL};
    const Array *a = check_vector(L, 1);
    int part = luaL_checkoption(L, 2, NULL, names);
    int64_t *to = push_vector(L, a->shape[0]);

    for (int64_t i = 0; i < a->shape[0]; i++) {
        int64_t ms = element(a, i);

        to[i] = ms == DATETIME_MISSING ? 0 : datetime_part(ms, (DatetimePart)part);
    }
    return give(L);
}

/* date.truncate(array, span) -> array */
static int
l_truncate(lua_State *L)
{
    static const char *const names[] = {"year", "quarter", "month", "week", "day", "hour",
                                        "minute", NULL};
    const Array *a = check_vector(L, 1);
    int span = luaL_checkoption(L, 2, NULL, names);
    int64_t *to = push_vector(L, a->shape[0]);

    for (int64_t i = 0; i < a->shape[0]; i++) {
        int64_t ms = element(a, i);

        to[i] = ms == DATETIME_MISSING ? ms : datetime_truncate(ms, (DatetimeSpan)span);
    }
    return give(L);
}

int
luaopen_rille_host_date(lua_State *L)
{
    static const luaL_Reg lib[] = {
        {"parse", l_parse}, {"parse_list", l_parse_list}, {"unit", l_unit},
        {"format", l_format}, {"part", l_part}, {"truncate", l_truncate}, {NULL, NULL}};

    luaL_newlib(L, lib);
    lua_pushinteger(L, DATETIME_MISSING);
    lua_setfield(L, -2, "MISSING");
    lua_pushinteger(L, DATETIME_MIN);
    lua_setfield(L, -2, "MIN");
    lua_pushinteger(L, DATETIME_MAX);
    lua_setfield(L, -2, "MAX");
    return 1;
}

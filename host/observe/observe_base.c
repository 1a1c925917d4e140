/* observe_base.c -- rille.host.observe: functions whose results depend on addresses,
 * on the clock, on randomness or on the order of a hash; and print. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "observe/observelib.h"
#include "observe/order.h"

/* The functions of debug but getmetatable and traceback: what they return depends on
 * comments, names or the collector, or what they change is not observed.  At most
 * RAW_DEBUG_LAST - FIRST + 1. */
static const char *const inspectors[] = {
    "debug", "gethook", "getinfo", "getlocal", "getregistry",
    "getupvalue", "getuservalue", "setcstacklimit", "sethook", "setlocal",
    "setmetatable", "setupvalue", "setuservalue", "upvalueid", "upvaluejoin"};

/* Whether luaL_tolstring would show an address. */
static int
shows_address(lua_State *L, int idx)
{
    switch (lua_type(L, idx)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
        return 0;
    default:
        if (luaL_getmetafield(L, idx, "__tostring") == LUA_TNIL)
            return 1;
        lua_pop(L, 1);
        return 0;
    }
}

static void
note_address(lua_State *L, Recorder *rec, int idx)
{
    if (!shows_address(L, idx))
        return;
    lua_pushfstring(L, "the address of a %s", luaL_typename(L, idx));
    recorder_note_impure(L, rec, lua_tostring(L, -1));
    lua_pop(L, 1);
}

/* Pushes the text of a function of the standard library: its address follows from its name,
 * so that it is the same in every process.  0 when it is not one. */
static int
push_builtin(lua_State *L, Recorder *rec)
{
    unsigned char digest[HASH_SIZE];
    Recording *top = rec->top;
    int status = LUA_OK;
    char hex[HASH_HEX + 1];
    size_t n;
    const char *name;

    if (!lua_iscfunction(L, 1) || recorder_held(L, HELD_NAME_OF) != LUA_TFUNCTION)
        return 0;
    lua_pushvalue(L, 1);
    rec->top = NULL;
    status = lua_pcall(L, 1, 1, 0);
    rec->top = top;
    name = status ? NULL : lua_tolstring(L, -1, &n);
    if (!name)
        return 0;
    hash_of(name, n, digest);
    hash_hex(digest, hex);
    hex[12] = 0;
    lua_pushfstring(L, "function: 0x%s", hex);
    return 1;
}

/* tostring(v) */
static int
l_tostring(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    if (rec->top && lua_gettop(L)) {
        lua_settop(L, 1);
        if (push_builtin(L, rec))
            return 1;
        lua_settop(L, 1);
        note_address(L, rec, 1);
    }
    return rec->raw[RAW_TOSTRING](L);
}

/* print(...): in a step into its log */
static int
l_print(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int n = lua_gettop(L);

    if (!rec->top)
        return rec->raw[RAW_PRINT](L);
    for (int i = 1; i <= n; i++)
        note_address(L, rec, i);
    if (!rec->step) {           /* of observe.watch */
        recorder_note_impure(L, rec, "print");
        return rec->raw[RAW_PRINT](L);
    }
    for (int i = 1; i <= n; i++) {
        size_t len;
        const char *s = luaL_tolstring(L, i, &len);

        if (i > 1)
            recorder_log(L, rec, "\t", 1);
        recorder_log(L, rec, s, len);
        lua_pop(L, 1);
    }
    recorder_log(L, rec, "\n", 1);
    recorder_log_flush(rec);
    return 0;
}

/* Whether the format has a %p. */
static int
has_pointer(const char *format)
{
    for (const char *p = strchr(format, '%'); p; p = strchr(p + 1, '%')) {
        p += 1 + strspn(p + 1, "-+ #0123456789.");
        if (*p == 'p')
            return 1;
        if (!*p)
            break;
    }
    return 0;
}

/* string.format(format, ...) */
static int
l_format(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int n = lua_gettop(L);

    if (!rec->top)
        return rec->raw[RAW_FORMAT](L);
    if (n && has_pointer(luaL_checkstring(L, 1)))
        recorder_note_impure(L, rec, "string.format %p");
    for (int i = 2; i <= n; i++)
        note_address(L, rec, i);
    return rec->raw[RAW_FORMAT](L);
}

/* math.random([m[, n]]).  Upvalue 1 is the generator, as the original's. */
static int
l_random(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    if (rec->top)
        rec->top->used_random = 1;
    return rec->raw[RAW_RANDOM](L);
}

/* math.randomseed([x[, y]]) */
static int
l_randomseed(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    if (rec->top && lua_isnone(L, 1))
        recorder_note_impure(L, rec, "math.randomseed without a seed");
    return rec->raw[RAW_RANDOMSEED](L);
}

/* collectgarbage([option[, arg...]]): the results of most options depend on what the process
 * did before the step. */
static int
l_collect(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    const char *option = luaL_optstring(L, 1, "collect");
    char what[64];

    if (rec->top && strcmp(option, "collect") && strcmp(option, "stop")
        && strcmp(option, "restart")) {
        snprintf(what, sizeof what, "collectgarbage \"%.40s\"", option);
        recorder_note_impure(L, rec, what);
    }
    return rec->raw[RAW_COLLECT](L);
}

/* next(t[, k]): in a step in the order of pairs */
static int
l_next(lua_State *L)
{
    Recorder *rec = recorder_here(L);
    int other, results;

    if (!rec->top)
        return rec->raw[RAW_NEXT](L);
    results = order_next(L, &other);
    if (other)
        recorder_note_impure(L, rec, "next over other keys than 1..n");
    if (results)
        return results;
    lua_settop(L, 2);
    return rec->raw[RAW_NEXT](L);
}

/* debug.getmetatable(v): getmetatable, but for those that are kept from scripts */
static int
l_getmetatable(lua_State *L)
{
    Recorder *rec = recorder_here(L);

    if (rec->top && luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        lua_pop(L, 1);
        recorder_note_impure(L, rec, "debug.getmetatable");
        rec->top->unknown_effects = 1;
    }
    return rec->raw[RAW_GETMETATABLE](L);
}

const Wrap observe_base_wraps[] = {
    {RAW_PRINT, NULL, "print", l_print},
    {RAW_TOSTRING, NULL, "tostring", l_tostring},
    {RAW_FORMAT, "string", "format", l_format},
    {RAW_DUMP, "string", "dump", NULL},
    {RAW_RANDOM, "math", "random", l_random},
    {RAW_RANDOMSEED, "math", "randomseed", l_randomseed},
    {RAW_GETMETATABLE, "debug", "getmetatable", l_getmetatable},
    {RAW_TRACEBACK, "debug", "traceback", NULL},
    {RAW_COLLECT, NULL, "collectgarbage", l_collect},
    {RAW_NEXT, NULL, "next", l_next},
    {RAW_PAIRS, NULL, "pairs", order_pairs},
    {RAW_SORT, "table", "sort", order_sort},
    {0, NULL, NULL, NULL}};

void
observe_base_wrap_debug(lua_State *L)
{
    Wrap rows[2] = {{0, "debug", NULL, NULL}, {0, NULL, NULL, NULL}};

    for (size_t i = 0; i < sizeof inspectors / sizeof *inspectors; i++) {
        rows[0].id = RAW_DEBUG_FIRST + (Raw)i;
        rows[0].name = inspectors[i];
        wrap_functions(L, rows);
    }
}

/* bind.c -- see bind.h */
#include <stdarg.h>
#include <string.h>

#include "base/bind.h"

static const char PLAIN = 0;    /* its address is the key in the registry */
static const char STRICT[] = "rille.strict";

int
bind_fail(lua_State *L, const Err *err)
{
    lua_pushnil(L);
    lua_pushstring(L, err->msg);
    lua_pushinteger(L, err->code);
    return 3;
}

int
bind_raise(lua_State *L, const Err *err)
{
    lua_pushstring(L, err->msg);
    return lua_error(L);
}

void
bind_type(lua_State *L, const char *type, const luaL_Reg *methods,
          const luaL_Reg *meta)
{
    luaL_newmetatable(L, type);
    if (meta)
        luaL_setfuncs(L, meta, 0);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}

void *
bind_box(lua_State *L, const char *type)
{
    void **box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = NULL;
    luaL_setmetatable(L, type);
    return box;
}

void *
bind_check(lua_State *L, int idx, const char *type)
{
    void **box = luaL_checkudata(L, idx, type);

    if (!*box)
        luaL_argerror(L, idx, "it is closed");
    return *box;
}

void
bind_set_plain(lua_State *L)
{
    lua_rawsetp(L, LUA_REGISTRYINDEX, &PLAIN);
}

const char *
bind_typename(lua_State *L, int idx)
{
    const char *name = NULL;

    if (lua_type(L, idx) == LUA_TUSERDATA && luaL_getmetafield(L, idx, "__name") != LUA_TNIL) {
        name = lua_tostring(L, -1);         /* the metatable keeps it */
        lua_pop(L, 1);
    }
    return name ? name : luaL_typename(L, idx);
}

int
bind_is_plain(lua_State *L, int idx)
{
    int same;

    if (!lua_istable(L, idx))
        return 0;
    if (!lua_getmetatable(L, idx))
        return 1;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &PLAIN);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* The table on top has no key that Lua or a program reads as a metamethod: none that
 * begins with __, but those that say how the value is written as JSON. */
static int
is_inert(lua_State *L)
{
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";

        if (!strncmp(key, "__", 2) && strncmp(key, "__json", 6)) {
            lua_pop(L, 2);
            return 0;
        }
    }
    return 1;
}

/* The __jsontype of the table at idx, which the caller may use while the metatable has it. */
static const char *
json_type(lua_State *L, int idx)
{
    const char *type = NULL;

    if (!lua_istable(L, idx) || !lua_getmetatable(L, idx))
        return NULL;
    lua_pushliteral(L, "__jsontype");
    if (lua_rawget(L, -2) == LUA_TSTRING)
        type = lua_tostring(L, -1);
    lua_pop(L, 1);
    if (type && !is_inert(L))
        type = NULL;
    lua_pop(L, 1);
    return type;
}

int
bind_is_data(lua_State *L, int idx)
{
    return bind_is_plain(L, idx) || json_type(L, idx);
}

int
bind_is_json_array(lua_State *L, int idx)
{
    const char *type = json_type(L, idx);

    return type && !strcmp(type, "array");
}

/* Pushes the function that runs: what a script called. */
static void
push_running(lua_State *L)
{
    lua_Debug ar;

    if (lua_getstack(L, 0, &ar))
        lua_getinfo(L, "f", &ar);
    else
        lua_pushnil(L);
}

int
bind_misuse(lua_State *L, const char *function, int n)
{
    luaL_checkstack(L, 4, NULL);
    if (lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV) != LUA_TTABLE)
        return luaL_error(L, "%s: wrong arguments", function);
    lua_getfield(L, -1, "require");
    lua_pushliteral(L, "rille.base.usage_hints");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, function);
    lua_insert(L, -n - 3);
    lua_pop(L, 2);
    lua_call(L, n, 0);
    return luaL_error(L, "%s: wrong arguments", function);
}

int
bind_error(lua_State *L, const char *fmt, ...)
{
    va_list args;

    luaL_checkstack(L, 4, NULL);
    va_start(args, fmt);
    lua_pushvfstring(L, fmt, args);
    va_end(args);
    if (lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV) != LUA_TTABLE)
        return luaL_error(L, "%s", lua_tostring(L, -2));
    lua_pop(L, 1);
    return bind_misuse(L, "say", 1);
}

/* Pushes what lua/base/usage_hints.lua needs of a call: the function, its first
 * argument, how many there are, and which one is wrong. */
static void
push_call(lua_State *L, int arg)
{
    int n = lua_gettop(L);

    luaL_checkstack(L, 8, NULL);
    push_running(L);
    if (n)
        lua_pushvalue(L, 1);
    else
        lua_pushnil(L);
    lua_pushinteger(L, n);
    lua_pushinteger(L, arg);
}

int
bind_argerror(lua_State *L, int arg, const char *text)
{
    lua_pushstring(L, text);
    push_call(L, arg);
    lua_rotate(L, -5, -1);
    return bind_misuse(L, "argument", 5);
}

void
bind_argcheck(lua_State *L, int ok, int arg, const char *text)
{
    if (!ok)
        bind_argerror(L, arg, text);
}

int
bind_typeerror(lua_State *L, int arg, const char *expected)
{
    int none = lua_isnone(L, arg);

    push_call(L, arg);
    lua_pushstring(L, expected);
    if (none)
        lua_pushnil(L);
    else
        lua_pushvalue(L, arg);
    return bind_misuse(L, "expected", 6);
}

void
bind_most(lua_State *L, int most)
{
    int n = lua_gettop(L), last = n;

    while (last > most && lua_isnil(L, last))
        last--;
    if (last <= most)
        return;
    push_call(L, most);
    bind_misuse(L, "surplus_in_c", 4);
}

void *
bind_self(lua_State *L, const char *type)
{
    void **box = luaL_testudata(L, 1, type);

    if (!box) {
        push_call(L, 1);
        bind_misuse(L, "receiver", 4);
    }
    if (!*box)
        bind_argerror(L, 1, "it is closed");
    return *box;
}

const char *
bind_string(lua_State *L, int arg, size_t *len)
{
    const char *s = lua_tolstring(L, arg, len);

    if (!s)
        bind_typeerror(L, arg, "a string");
    return s;
}

const char *
bind_optstring(lua_State *L, int arg, const char *none)
{
    return lua_isnoneornil(L, arg) ? none : bind_string(L, arg, NULL);
}

lua_Integer
bind_integer(lua_State *L, int arg)
{
    int isint;
    lua_Integer n = lua_tointegerx(L, arg, &isint);

    if (!isint)
        bind_typeerror(L, arg, "an integer");
    return n;
}

lua_Integer
bind_optinteger(lua_State *L, int arg, lua_Integer none)
{
    return lua_isnoneornil(L, arg) ? none : bind_integer(L, arg);
}

lua_Number
bind_number(lua_State *L, int arg)
{
    int isnum;
    lua_Number n = lua_tonumberx(L, arg, &isnum);

    if (!isnum)
        bind_typeerror(L, arg, "a number");
    return n;
}

void
bind_table(lua_State *L, int arg, const char *expected)
{
    if (lua_type(L, arg) != LUA_TTABLE)
        bind_typeerror(L, arg, expected);
    if (arg == 1)
        bind_nocolon(L);
}

/* __index of modules: (module, name) */
static int
l_absent(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    lua_settop(L, 2);
    return bind_misuse(L, "module_field", 2);
}

/* __call of modules: (module, ...) */
static int
l_called(lua_State *L)
{
    lua_settop(L, 1);
    return bind_misuse(L, "module_call", 1);
}

void
bind_strict(lua_State *L)
{
    if (luaL_newmetatable(L, STRICT)) {
        lua_pushcfunction(L, l_called);
        lua_setfield(L, -2, "__call");
        lua_pushcfunction(L, l_absent);
        lua_setfield(L, -2, "__index");
        lua_pushliteral(L, "module");
        lua_setfield(L, -2, "__name");
    }
    lua_setmetatable(L, -2);
}

int
bind_isstrict(lua_State *L, int idx)
{
    int same;

    if (lua_type(L, idx) != LUA_TTABLE || !lua_getmetatable(L, idx))
        return 0;
    luaL_getmetatable(L, STRICT);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

void
bind_nocolon(lua_State *L)
{
    if (bind_isstrict(L, 1)) {
        push_call(L, 1);
        bind_misuse(L, "colon", 4);
    }
}

/* json_requestlib.c -- rille.host.json_request: JSON that a client sent, which nobody trusts.
 *
 * Unlike json.decode it keeps null in objects (a value that is missing is no absent key) and
 * reads a bare NaN, which Python's json writes, as null; nesting and the number of values are
 * limited.  Each list and object counts as WEIGHT values: an empty one takes as much memory. */
#include <lauxlib.h>

#include "base/bind.h"
#include "value/json_reader.h"
#include "value/list_mark.h"
#include "value/null.h"

int luaopen_rille_host_json_request(lua_State *L);

enum { WEIGHT = 4, LARGEST = 1 << 24 };

typedef struct Request {
    JsonReader *r;
    lua_Integer left;           /* values that may still come */
} Request;

static void push_value(lua_State *L, Request *q);

static JsonKind
next(lua_State *L, Request *q)
{
    return json_reader_next(L, q->r);
}

static void
count(lua_State *L, Request *q, int weight)
{
    if ((q->left -= weight) < 0)
        luaL_error(L, "too many values; send fewer rows at a time");
}

static void
push_array(lua_State *L, Request *q)
{
    size_t ahead = json_ahead(q->r);
    lua_Integer n = 0;

    if (ahead > LARGEST)
        ahead = LARGEST;
    if (ahead > (size_t)q->left)
        ahead = (size_t)q->left;
    luaL_checkstack(L, 4, "too many nested arrays");
    lua_createtable(L, (int)ahead, 0);
    while (next(L, q) != JSON_ARRAY_END) {
        push_value(L, q);
        lua_rawseti(L, -2, ++n);
    }
    if (n == 0)
        list_mark_set(L, lua_gettop(L), 1);
}

static void
push_object(lua_State *L, Request *q)
{
    luaL_checkstack(L, 4, "too many nested objects");
    lua_newtable(L);
    while (next(L, q) != JSON_OBJECT_END) {
        lua_pushlstring(L, q->r->s, q->r->n);
        next(L, q);
        push_value(L, q);
        lua_rawset(L, -3);
    }
}

/* Pushes the value that begins with the token in the reader. */
static void
push_value(lua_State *L, Request *q)
{
    const JsonReader *r = q->r;

    count(L, q, r->kind == JSON_ARRAY || r->kind == JSON_OBJECT ? WEIGHT : 1);
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
        push_array(L, q);
        break;
    case JSON_OBJECT:
        push_object(L, q);
        break;
    default:
        lua_pushboolean(L, r->kind == JSON_TRUE);
    }
}

/* json_request.decode(text, name, depth, most) -> value
 * json.null for null and NaN
 * raises "NAME:LINE:COLUMN: what" */
static int
l_decode(lua_State *L)
{
    const char *name = luaL_checkstring(L, 2);
    lua_Integer depth = luaL_checkinteger(L, 3), most = luaL_checkinteger(L, 4);
    Request q;

    luaL_checktype(L, 1, LUA_TSTRING);
    luaL_argcheck(L, depth > 0 && depth <= JSON_MAXDEPTH, 3, "a depth");
    luaL_argcheck(L, most > 0, 4, "a number of values");
    q.r = json_reader_push(L, 1, name);
    q.r->max_depth = (int)depth;
    q.r->nan_is_null = 1;
    q.left = most;
    next(L, &q);
    push_value(L, &q);
    next(L, &q);
    json_release(q.r);
    return 1;
}

/* json_request.is_list(table) -> boolean: did a list make it? */
static int
l_is_list(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushboolean(L, lua_rawgeti(L, 1, 1) != LUA_TNIL || list_mark_get(L, 1));
    return 1;
}

int
luaopen_rille_host_json_request(lua_State *L)
{
    static const luaL_Reg lib[] = {{"decode", l_decode}, {"is_list", l_is_list}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}

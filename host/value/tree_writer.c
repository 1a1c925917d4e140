/* tree_writer.c -- see tree_writer.h */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "base/decimal.h"
#include "embedded/embedded.h"
#include "value/tree_writer.h"

#define TYPE "rille.tree"
#define MARKS "rille.tree.lists"

/* An open table, and the key of it that is in hand. */
typedef struct Step {
    const void *table;
    size_t first_key;           /* of its keys in Tree.keys */
    int sorted, named;          /* named: key is set */
    TreeKey key;
} Step;

enum { SHOWN_HEAD = 4, SHOWN_TAIL = 8, SHOWN_KEY = 40 };

static void
release(Tree *t)
{
    buf_release(&t->out);
    buf_release(&t->keys);
    buf_release(&t->steps);
}

static int
l_gc(lua_State *L)
{
    release(lua_touserdata(L, 1));
    return 0;
}

static Step *
step_at(const Tree *t, int depth)
{
    return (Step *)(void *)t->steps.data + depth;
}

static void
add_name(luaL_Buffer *b, const TreeKey *k)
{
    size_t n = k->n < SHOWN_KEY ? k->n : SHOWN_KEY;

    if (tree_is_name(k->s, k->n)) {
        luaL_addchar(b, '.');
        luaL_addlstring(b, k->s, n);
    } else {
        luaL_addstring(b, "[\"");
        for (size_t i = 0; i < n; i++)
            luaL_addchar(b, (unsigned char)k->s[i] < 0x20 ? '?' : k->s[i]);
        luaL_addstring(b, k->n > n ? "...\"]" : "\"]");
    }
}

static void
add_step(luaL_Buffer *b, const Step *s)
{
    char text[DECIMAL_SIZE];

    if (!s->named)
        return;
    if (s->key.rank == TREE_STRING) {
        add_name(b, &s->key);
        return;
    }
    luaL_addchar(b, '[');
    if (s->key.rank == TREE_INT)
        luaL_addlstring(b, text, decimal_put_int(s->key.i, text));
    else if (s->key.rank == TREE_FLOAT && s->key.f - s->key.f == 0)
        luaL_addlstring(b, text, decimal_put_double(s->key.f, text));
    else if (s->key.rank == TREE_FLOAT)
        luaL_addstring(b, s->key.f < 0 ? "-inf" : "inf");
    else
        luaL_addstring(b, s->key.rank == TREE_TRUE ? "true" : "false");
    luaL_addchar(b, ']');
}

/* Pushes "value.a[3].b". */
static void
push_path(lua_State *L, const Tree *t)
{
    luaL_Buffer b;

    luaL_buffinit(L, &b);
    luaL_addstring(&b, "value");
    for (int i = 0; i < t->depth; i++) {
        if (i == SHOWN_HEAD && t->depth > SHOWN_HEAD + SHOWN_TAIL) {
            luaL_addstring(&b, "...");
            i = t->depth - SHOWN_TAIL;
        }
        add_step(&b, step_at(t, i));
    }
    luaL_pushresult(&b);
}

int
tree_fail(lua_State *L, Tree *t, const char *fmt, ...)
{
    const char *where;
    va_list ap;

    luaL_where(L, 1);
    where = lua_tostring(L, -1);
    if (embedded_is_at(where)) {
        lua_pop(L, 1);                  /* a place in rille's own Lua helps nobody */
        lua_pushliteral(L, "");
    }
    push_path(L, t);
    lua_pushliteral(L, ": ");
    va_start(ap, fmt);
    lua_pushvfstring(L, fmt, ap);
    va_end(ap);
    lua_concat(L, 4);
    return lua_error(L);
}

int
tree_refuse(lua_State *L, Tree *t)
{
    int type = luaL_getmetafield(L, -1, "__name");
    const char *name = type == LUA_TSTRING ? lua_tostring(L, -1)
                                           : luaL_typename(L, type == LUA_TNIL ? -1 : -2);

    return tree_fail(L, t, "%s %s cannot be %s", strchr("aeio", name[0]) ? "an" : "a",
                     name, t->verb);
}

void
tree_check(lua_State *L, int rc)
{
    if (rc)
        luaL_error(L, "out of memory");
}

int
tree_is_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)s[i], letter = (c | 32) >= 'a' && (c | 32) <= 'z';

        if (!letter && c != '_' && (i == 0 || c < '0' || c > '9'))
            return 0;
    }
    return n > 0;
}

Tree *
tree_new(lua_State *L, const char *verb, int max_depth)
{
    Tree *t = lua_newuserdatauv(L, sizeof *t, 0);

    memset(t, 0, sizeof *t);
    t->verb = verb;
    t->max_depth = max_depth;
    if (luaL_newmetatable(L, TYPE)) {
        lua_pushcfunction(L, l_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return t;
}

void
tree_finish(lua_State *L, Tree *t)
{
    lua_pushlstring(L, (const char *)t->out.data, t->out.len);
    release(t);
}

/* Raises for a key, on top but one (its value is on top), that no text has. */
static void
refuse_key(lua_State *L, Tree *t)
{
    if (tree_is_null(L, -2))
        tree_fail(L, t, "a table with null as a key cannot be %s", t->verb);
    tree_fail(L, t, "a table with a %s as a key cannot be %s", luaL_typename(L, -2),
              t->verb);
}

/* The same key as a TreeKey. */
static void
read_key(lua_State *L, Tree *t, TreeKey *k)
{
    switch (lua_type(L, -2)) {
    case LUA_TSTRING:
        k->rank = TREE_STRING;
        k->s = lua_tolstring(L, -2, &k->n);
        break;
    case LUA_TNUMBER:
        k->rank = lua_isinteger(L, -2) ? TREE_INT : TREE_FLOAT;
        if (k->rank == TREE_INT)
            k->i = lua_tointeger(L, -2);
        else
            k->f = lua_tonumber(L, -2);
        break;
    case LUA_TBOOLEAN:
        k->rank = lua_toboolean(L, -2) ? TREE_TRUE : TREE_FALSE;
        break;
    default:
        refuse_key(L, t);
    }
}

/* The shape of the table on top and how many keys it has. */
static TreeShape
shape_of(lua_State *L, Tree *t, size_t *n)
{
    size_t count = 0, strings = 0, places = 0;
    lua_Integer max = 0;

    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1), count++) {
        int type = lua_type(L, -2);

        if (type == LUA_TSTRING) {
            strings++;
        } else if (lua_isinteger(L, -2)) {
            lua_Integer i = lua_tointeger(L, -2);

            places += i > 0;
            max = i > max ? i : max;
        } else if (type != LUA_TNUMBER && type != LUA_TBOOLEAN) {
            refuse_key(L, t);
        }
    }
    *n = count;
    if (count == 0)
        return TREE_EMPTY;
    if (strings == count)
        return TREE_RECORD;
    return places == count && (size_t)max == count ? TREE_LIST : TREE_MIXED;
}

static void
refuse_open(lua_State *L, Tree *t)
{
    const void *table = lua_topointer(L, -1);

    if (!bind_is_plain(L, -1) && lua_getmetatable(L, -1)) {
        if (lua_getfield(L, -1, "__name") == LUA_TSTRING)
            tree_fail(L, t, "a table with a metatable (%s) cannot be %s",
                      lua_tostring(L, -1), t->verb);
        tree_fail(L, t, "a table with a metatable cannot be %s", t->verb);
    }
    for (int i = 0; i < t->depth; i++)
        if (step_at(t, i)->table == table)
            tree_fail(L, t, "a table that contains itself cannot be %s", t->verb);
    if (t->depth >= t->max_depth)
        tree_fail(L, t, "more than %d levels of tables cannot be %s", t->max_depth,
                  t->verb);
}

TreeShape
tree_open(lua_State *L, Tree *t, size_t *n)
{
    Step s;

    luaL_checkstack(L, 8, "too many nested tables");
    refuse_open(L, t);
    memset(&s, 0, sizeof s);
    s.table = lua_topointer(L, -1);
    s.first_key = t->keys.len / sizeof(TreeKey);
    t->steps.len = (size_t)t->depth * sizeof s;
    tree_check(L, buf_put(&t->steps, &s, sizeof s));
    t->depth++;
    return shape_of(L, t, n);
}

void
tree_close(lua_State *L, Tree *t)
{
    const Step *s = step_at(t, --t->depth);

    if (s->sorted)
        lua_pop(L, 1);
    t->keys.len = s->first_key * sizeof(TreeKey);
}

void
tree_item(lua_State *L, Tree *t, size_t i)
{
    Step *s = step_at(t, t->depth - 1);

    s->named = 1;
    s->key.rank = TREE_INT;
    s->key.i = (int64_t)i;
    if (lua_rawgeti(L, -1, (lua_Integer)i) == LUA_TNIL)
        tree_fail(L, t, "the table was changed while it was read");
}

static int
compare(const void *pa, const void *pb)
{
    const TreeKey *a = pa, *b = pb;
    size_t n = a->n < b->n ? a->n : b->n;
    int c;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->rank == TREE_INT)
        return a->i < b->i ? -1 : a->i > b->i;
    if (a->rank == TREE_FLOAT)
        return a->f < b->f ? -1 : a->f > b->f;
    c = n ? memcmp(a->s, b->s, n) : 0;
    return c ? c : a->n < b->n ? -1 : a->n > b->n;
}

/* Few keys, as records have, by insertion; qsort has its price. */
static void
sort_keys(TreeKey *k, size_t n)
{
    if (n > 12) {
        qsort(k, n, sizeof *k, compare);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        TreeKey x = k[i];
        size_t j = i;

        for (; j > 0 && compare(&k[j - 1], &x) > 0; j--)
            k[j] = k[j - 1];
        k[j] = x;
    }
}

void
tree_sort(lua_State *L, Tree *t, size_t n)
{
    Step *s = step_at(t, t->depth - 1);
    lua_Integer place = 0;
    TreeKey k;

    /* the strings are kept by a table of their own: a finalizer that runs
       meanwhile may take them out of the one being read */
    lua_createtable(L, n < 1 << 20 ? (int)n : 1 << 20, 0);
    lua_pushnil(L);
    for (; lua_next(L, -3); lua_pop(L, 1)) {
        memset(&k, 0, sizeof k);
        read_key(L, t, &k);
        k.place = ++place;
        lua_pushvalue(L, -2);
        lua_rawseti(L, -4, place);
        tree_check(L, buf_put(&t->keys, &k, sizeof k));
    }
    if ((size_t)place != n)
        tree_fail(L, t, "the table was changed while it was read");
    s->sorted = 1;
    sort_keys((TreeKey *)(void *)t->keys.data + s->first_key, n);
}

const TreeKey *
tree_key(const Tree *t, size_t i)
{
    return (TreeKey *)(void *)t->keys.data + step_at(t, t->depth - 1)->first_key + i;
}

void
tree_value(lua_State *L, Tree *t, size_t i)
{
    Step *s = step_at(t, t->depth - 1);

    s->named = 1;
    s->key = *tree_key(t, i);
    lua_rawgeti(L, -1, s->key.place);
    if (lua_rawget(L, -3) == LUA_TNIL)
        tree_fail(L, t, "the table was changed while it was read");
}

static int
l_null_text(lua_State *L)
{
    lua_pushliteral(L, "null");
    return 1;
}

static const char null_key;             /* its address is that of null in the registry */

void
tree_push_null(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &null_key) == LUA_TUSERDATA)
        return;
    lua_pop(L, 1);
    lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "null");
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, l_null_text);
    lua_setfield(L, -2, "__tostring");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &null_key);
}

int
tree_is_null(lua_State *L, int idx)
{
    int type = lua_type(L, idx), same;

    if (type == LUA_TLIGHTUSERDATA)
        return !lua_touserdata(L, idx);
    if (type != LUA_TUSERDATA)
        return 0;
    lua_pushvalue(L, idx);
    tree_push_null(L);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

const char *
tree_key_name(lua_State *L, int table, int type)
{
    int null;

    table = lua_absindex(L, table);
    tree_push_null(L);
    null = type == LUA_TUSERDATA && lua_rawget(L, table) != LUA_TNIL;
    lua_pop(L, 1);
    return null ? "null" : lua_typename(L, type);
}

/* Pushes the table of marks: its keys are the tables, weak. */
static void
push_marks(lua_State *L)
{
    if (luaL_getsubtable(L, LUA_REGISTRYINDEX, MARKS))
        return;
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

void
tree_mark_list(lua_State *L, int idx, int list)
{
    lua_pushvalue(L, idx);
    push_marks(L);
    lua_insert(L, -2);
    if (list)
        lua_pushboolean(L, 1);
    else
        lua_pushnil(L);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

int
tree_is_marked_list(lua_State *L, int idx)
{
    int marked;

    lua_pushvalue(L, idx);
    push_marks(L);
    lua_insert(L, -2);
    marked = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return marked;
}

/* writer.c -- see writer.h */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/bind.h"
#include "base/decimal.h"
#include "embedded/embedded.h"
#include "value/null.h"
#include "value/writer.h"

#define TYPE "rille.writer"

/* An open table, and the key of it that is in hand. */
typedef struct Step {
    const void *table;
    size_t first_key;           /* of its keys in Writer.keys */
    int sorted, named;          /* named: key is set */
    WriterKey key;
} Step;

enum { LOOK_EVERY = 1024 };              /* values between two looks at what ends a call */
enum { SHOWN_HEAD = 4, SHOWN_TAIL = 8, SHOWN_KEY = 40 };

static void
release(Writer *w)
{
    buf_release(&w->out);
    buf_release(&w->keys);
    buf_release(&w->steps);
}

static int
l_gc(lua_State *L)
{
    release(lua_touserdata(L, 1));
    return 0;
}

static Step *
step_at(const Writer *w, int depth)
{
    return (Step *)(void *)w->steps.data + depth;
}

static void
add_name(luaL_Buffer *b, const WriterKey *k)
{
    size_t n = k->n < SHOWN_KEY ? k->n : SHOWN_KEY;

    if (writer_is_name(k->s, k->n)) {
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
    if (s->key.rank == WRITER_STRING) {
        add_name(b, &s->key);
        return;
    }
    luaL_addchar(b, '[');
    if (s->key.rank == WRITER_INT)
        luaL_addlstring(b, text, decimal_put_int(s->key.i, text));
    else if (s->key.rank == WRITER_FLOAT && s->key.f - s->key.f == 0)
        luaL_addlstring(b, text, decimal_put_double(s->key.f, text));
    else if (s->key.rank == WRITER_FLOAT)
        luaL_addstring(b, s->key.f < 0 ? "-inf" : "inf");
    else
        luaL_addstring(b, s->key.rank == WRITER_TRUE ? "true" : "false");
    luaL_addchar(b, ']');
}

/* Pushes "value.a[3].b". */
static void
push_path(lua_State *L, const Writer *w)
{
    luaL_Buffer b;

    luaL_buffinit(L, &b);
    luaL_addstring(&b, "value");
    for (int i = 0; i < w->depth; i++) {
        if (i == SHOWN_HEAD && w->depth > SHOWN_HEAD + SHOWN_TAIL) {
            luaL_addstring(&b, "...");
            i = w->depth - SHOWN_TAIL;
        }
        add_step(&b, step_at(w, i));
    }
    luaL_pushresult(&b);
}

int
writer_fail(lua_State *L, Writer *w, const char *fmt, ...)
{
    const char *where;
    va_list ap;

    luaL_where(L, 1);
    where = lua_tostring(L, -1);
    if (embedded_is_at(where)) {
        lua_pop(L, 1);                  /* a position in rille's own Lua does not help the user */
        lua_pushliteral(L, "");
    }
    push_path(L, w);
    lua_pushliteral(L, ": ");
    va_start(ap, fmt);
    lua_pushvfstring(L, fmt, ap);
    va_end(ap);
    lua_concat(L, 4);
    return lua_error(L);
}

int
writer_refuse(lua_State *L, Writer *w)
{
    int type = luaL_getmetafield(L, -1, "__name");
    const char *name = type == LUA_TSTRING ? lua_tostring(L, -1)
                                           : luaL_typename(L, type == LUA_TNIL ? -1 : -2);

    return writer_fail(L, w, "%s %s cannot be %s", strchr("aeio", name[0]) ? "an" : "a",
                       name, w->verb);
}

void
writer_check(lua_State *L, int rc)
{
    if (rc)
        luaL_error(L, "out of memory");
}

int
writer_is_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)s[i], letter = (c | 32) >= 'a' && (c | 32) <= 'z';

        if (!letter && c != '_' && (i == 0 || c < '0' || c > '9'))
            return 0;
    }
    return n > 0;
}

Writer *
writer_new(lua_State *L, const char *verb, int max_depth)
{
    Writer *w = lua_newuserdatauv(L, sizeof *w, 0);

    memset(w, 0, sizeof *w);
    w->verb = verb;
    w->max_depth = max_depth;
    if (luaL_newmetatable(L, TYPE)) {
        lua_pushcfunction(L, l_gc);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return w;
}

void
writer_finish(lua_State *L, Writer *w)
{
    lua_pushlstring(L, (const char *)w->out.data, w->out.len);
    release(w);
}

/* Raises for a key, on top but one (its value is on top), that no text has. */
static void
refuse_key(lua_State *L, Writer *w)
{
    if (null_is(L, -2))
        writer_fail(L, w, "a table with null as a key cannot be %s", w->verb);
    writer_fail(L, w, "a table with a %s as a key cannot be %s", luaL_typename(L, -2),
                w->verb);
}

/* The same key as a WriterKey. */
static void
read_key(lua_State *L, Writer *w, WriterKey *k)
{
    switch (lua_type(L, -2)) {
    case LUA_TSTRING:
        k->rank = WRITER_STRING;
        k->s = lua_tolstring(L, -2, &k->n);
        break;
    case LUA_TNUMBER:
        k->rank = lua_isinteger(L, -2) ? WRITER_INT : WRITER_FLOAT;
        if (k->rank == WRITER_INT)
            k->i = lua_tointeger(L, -2);
        else
            k->f = lua_tonumber(L, -2);
        break;
    case LUA_TBOOLEAN:
        k->rank = lua_toboolean(L, -2) ? WRITER_TRUE : WRITER_FALSE;
        break;
    default:
        refuse_key(L, w);
    }
}

/* The shape of the table on top and how many keys it has. */
static WriterShape
shape_of(lua_State *L, Writer *w, size_t *n)
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
            refuse_key(L, w);
        }
    }
    *n = count;
    if (count == 0)
        return WRITER_EMPTY;
    if (strings == count)
        return WRITER_RECORD;
    return places == count && (size_t)max == count ? WRITER_LIST : WRITER_MIXED;
}

static void
refuse_open(lua_State *L, Writer *w)
{
    const void *table = lua_topointer(L, -1);

    if (!bind_is_data(L, -1) && lua_getmetatable(L, -1)) {
        if (lua_getfield(L, -1, "__name") == LUA_TSTRING)
            writer_fail(L, w, "a table with a metatable (%s) cannot be %s",
                        lua_tostring(L, -1), w->verb);
        writer_fail(L, w, "a table with a metatable cannot be %s", w->verb);
    }
    for (int i = 0; i < w->depth; i++)
        if (step_at(w, i)->table == table)
            writer_fail(L, w, "a table that contains itself cannot be %s", w->verb);
    if (w->depth >= w->max_depth)
        writer_fail(L, w, "more than %d levels of tables cannot be %s", w->max_depth,
                    w->verb);
}

WriterShape
writer_open(lua_State *L, Writer *w, size_t *n)
{
    Step s;

    luaL_checkstack(L, 8, "too many nested tables");
    refuse_open(L, w);
    memset(&s, 0, sizeof s);
    s.table = lua_topointer(L, -1);
    s.first_key = w->keys.len / sizeof(WriterKey);
    w->steps.len = (size_t)w->depth * sizeof s;
    writer_check(L, buf_put(&w->steps, &s, sizeof s));
    w->depth++;
    return shape_of(L, w, n);
}

void
writer_close(lua_State *L, Writer *w)
{
    const Step *s = step_at(w, --w->depth);

    if (s->sorted)
        lua_pop(L, 1);
    w->keys.len = s->first_key * sizeof(WriterKey);
}

static void
look(lua_State *L, Writer *w)
{
    if (++w->written % LOOK_EVERY == 0)
        embedded_check_interrupt(L);
}

void
writer_item(lua_State *L, Writer *w, size_t i)
{
    Step *s = step_at(w, w->depth - 1);

    look(L, w);
    s->named = 1;
    s->key.rank = WRITER_INT;
    s->key.i = (int64_t)i;
    if (lua_rawgeti(L, -1, (lua_Integer)i) == LUA_TNIL)
        writer_fail(L, w, "the table was changed while it was read");
}

static int
compare(const void *pa, const void *pb)
{
    const WriterKey *a = pa, *b = pb;
    size_t n = a->n < b->n ? a->n : b->n;
    int c;

    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->rank == WRITER_INT)
        return a->i < b->i ? -1 : a->i > b->i;
    if (a->rank == WRITER_FLOAT)
        return a->f < b->f ? -1 : a->f > b->f;
    c = n ? memcmp(a->s, b->s, n) : 0;
    return c ? c : a->n < b->n ? -1 : a->n > b->n;
}

/* Few keys, as records have, by insertion; qsort has its price. */
static void
sort_keys(WriterKey *k, size_t n)
{
    if (n > 12) {
        qsort(k, n, sizeof *k, compare);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        WriterKey x = k[i];
        size_t j = i;

        for (; j > 0 && compare(&k[j - 1], &x) > 0; j--)
            k[j] = k[j - 1];
        k[j] = x;
    }
}

void
writer_sort(lua_State *L, Writer *w, size_t n)
{
    Step *s = step_at(w, w->depth - 1);
    lua_Integer place = 0;
    WriterKey k;

    /* the strings are kept by a table of their own: a finalizer that runs
       meanwhile may take them out of the one being read */
    lua_createtable(L, n < 1 << 20 ? (int)n : 1 << 20, 0);
    lua_pushnil(L);
    for (; lua_next(L, -3); lua_pop(L, 1)) {
        memset(&k, 0, sizeof k);
        read_key(L, w, &k);
        k.place = ++place;
        lua_pushvalue(L, -2);
        lua_rawseti(L, -4, place);
        writer_check(L, buf_put(&w->keys, &k, sizeof k));
    }
    if ((size_t)place != n)
        writer_fail(L, w, "the table was changed while it was read");
    s->sorted = 1;
    sort_keys((WriterKey *)(void *)w->keys.data + s->first_key, n);
}

const WriterKey *
writer_key(const Writer *w, size_t i)
{
    return (WriterKey *)(void *)w->keys.data + step_at(w, w->depth - 1)->first_key + i;
}

void
writer_value(lua_State *L, Writer *w, size_t i)
{
    Step *s = step_at(w, w->depth - 1);

    look(L, w);
    s->named = 1;
    s->key = *writer_key(w, i);
    lua_rawgeti(L, -1, s->key.place);
    if (lua_rawget(L, -3) == LUA_TNIL)
        writer_fail(L, w, "the table was changed while it was read");
}

/* wiringlib.c -- rille.host.wiring: the wiring of a pipeline as bytes.
 *
 * A spec is: the format (varint 2), the number of nodes, then per node, in order
 *     id, step's name                    (strings: varint length, bytes)
 *     number of inputs; per input its port's name and its sources:
 *         number of sources; per source the node's position (1..n) and output
 *         (1..m), or 0 for a literal and its label (a string, empty for most: the
 *         name of what is from outside; not there in format 1).  A fan-in has one
 *         source an element; one that is empty has none.  An input that is no
 *         list has one source.
 *     number of outputs and their names
 *     in format 3 alone, which wirings have that depend on data or say what comes
 *         after what: number of marks; per mark its name and its sources, as of an
 *         input (lua/graph/graph.lua): "map PORT", "when", "if", "unless", "after"
 * The hash is over the sorted digests of the nodes, each over the same facts
 * with sources named by id, so it does not depend on the order of definition. */
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "base/buf.h"
#include "base/hash.h"

/* Keys of nodes and wires, as in lua/graph/graph.lua. */
#define ID "\1id"
#define STEP "\1step"
#define INPUTS "\1inputs"
#define POSITION "\1position"
#define FROM "\1from"
#define OUTPUT "\1output"

enum { NODES = 1, NODE_META, WIRE_META, FAN_META, MARKS, SPEC_BUF };
enum { PLAIN = 2, MARKED = 3 };                      /* formats that are made */

int luaopen_rille_host_wiring(lua_State *L);

typedef struct Spec {
    Buf bytes, digests;
} Spec;

static int
spec_gc(lua_State *L)
{
    Spec *s = lua_touserdata(L, 1);

    buf_release(&s->bytes);
    buf_release(&s->digests);
    return 0;
}

static void
need(lua_State *L, int status)
{
    if (status)
        luaL_error(L, "out of memory");
}

static void
put_string(lua_State *L, Buf *b, Hash *h, int idx)
{
    size_t n;
    const char *p = lua_tolstring(L, idx, &n);

    need(L, buf_varint(b, n) || buf_put(b, p, n));
    hash_field(h, 's', p, n);
}

/* Pushes a field of the node or wire at idx. */
static void
get(lua_State *L, int idx, const char *key)
{
    idx = lua_absindex(L, idx);
    lua_pushstring(L, key);
    lua_rawget(L, idx);
}

static int
has_meta(lua_State *L, int idx, int meta)
{
    int same;

    if (!lua_getmetatable(L, idx))
        return 0;
    same = lua_rawequal(L, -1, meta);
    lua_pop(L, 1);
    return same;
}

/* The literal at the top; pops it. */
static void
put_literal(lua_State *L, Buf *b, Hash *h)
{
    size_t n = 0;
    const char *label;

    need(L, buf_varint(b, 0));
    lua_pushliteral(L, "label");
    lua_rawget(L, -2);
    label = lua_tolstring(L, -1, &n);
    need(L, buf_varint(b, n) || buf_put(b, label, n));
    hash_field(h, 'l', label, n);
    lua_pop(L, 2);
}

/* The source at the top (a node, a wire or a literal); pops it. */
static void
put_source(lua_State *L, Buf *b, Hash *h)
{
    lua_Integer output = 1, position;

    if (has_meta(L, -1, WIRE_META)) {
        get(L, -1, OUTPUT);
        output = lua_tointeger(L, -1);
        lua_pop(L, 1);
        get(L, -1, FROM);
        lua_remove(L, -2);
    } else if (!has_meta(L, -1, NODE_META)) {
        put_literal(L, b, h);
        return;
    }
    get(L, -1, POSITION);
    position = lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_rawgeti(L, NODES, position);
    if (!lua_rawequal(L, -1, -2)) {
        get(L, -2, ID);
        luaL_error(L, "node \"%s\" belongs to another pipeline", lua_tostring(L, -1));
    }
    lua_pop(L, 1);
    need(L, buf_varint(b, (uint64_t)position) || buf_varint(b, (uint64_t)output));
    get(L, -1, ID);
    hash_field(h, 'n', lua_tostring(L, -1), lua_rawlen(L, -1));
    hash_int(h, 'o', output);
    lua_pop(L, 2);
}

/* The input at the top; pops it. */
static void
put_input(lua_State *L, Buf *b, Hash *h)
{
    lua_Integer n;

    if (!has_meta(L, -1, FAN_META)) {
        need(L, buf_varint(b, 1));
        put_source(L, b, h);
        return;
    }
    n = (lua_Integer)lua_rawlen(L, -1);
    need(L, buf_varint(b, (uint64_t)n));
    hash_int(h, 'f', n);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        put_source(L, b, h);
    }
    lua_pop(L, 1);
}

/* The names of the ports of the list at the top. */
static void
put_port(lua_State *L, Buf *b, Hash *h, lua_Integer i)
{
    lua_rawgeti(L, -1, i);
    lua_getfield(L, -1, "name");
    put_string(L, b, h, -1);
    lua_pop(L, 2);
}

/* marks = { { name, input }... } of node i */
static void
put_marks(lua_State *L, Spec *s, Hash *h, lua_Integer i)
{
    lua_Integer n;

    if (!lua_istable(L, MARKS))
        return;
    lua_rawgeti(L, MARKS, i);
    n = (lua_Integer)lua_rawlen(L, -1);
    need(L, buf_varint(&s->bytes, (uint64_t)n));
    for (lua_Integer k = 1; k <= n; k++) {
        lua_rawgeti(L, -1, k);
        lua_rawgeti(L, -1, 1);
        put_string(L, &s->bytes, h, -1);
        lua_pop(L, 1);
        lua_rawgeti(L, -1, 2);
        put_input(L, &s->bytes, h);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* The node at the top, the i-th. */
static void
put_node(lua_State *L, Spec *s, lua_Integer position)
{
    unsigned char digest[HASH_SIZE];
    int node = lua_gettop(L), step = node + 1;
    lua_Integer n;
    Hash h;

    hash_init(&h);
    get(L, node, STEP);
    get(L, node, ID);
    put_string(L, &s->bytes, &h, -1);
    lua_pushliteral(L, "name");
    lua_rawget(L, step);
    put_string(L, &s->bytes, &h, -1);
    lua_settop(L, step);

    get(L, node, INPUTS);
    lua_pushliteral(L, "inputs");
    lua_rawget(L, step);
    n = (lua_Integer)lua_rawlen(L, -1);
    need(L, buf_varint(&s->bytes, (uint64_t)n));
    for (lua_Integer i = 1; i <= n; i++) {
        put_port(L, &s->bytes, &h, i);
        lua_rawgeti(L, step + 1, i);
        put_input(L, &s->bytes, &h);
    }
    lua_settop(L, step);

    lua_pushliteral(L, "outputs");
    lua_rawget(L, step);
    n = (lua_Integer)lua_rawlen(L, -1);
    need(L, buf_varint(&s->bytes, (uint64_t)n));
    for (lua_Integer i = 1; i <= n; i++)
        put_port(L, &s->bytes, &h, i);
    put_marks(L, s, &h, position);
    hash_final(&h, digest);
    need(L, buf_put(&s->digests, digest, HASH_SIZE));
    lua_settop(L, node);
}

static int
by_digest(const void *a, const void *b)
{
    return memcmp(a, b, HASH_SIZE);
}

/* spec(nodes, Node, Wire, FanIn[, marks by position]) -> bytes, hash (32 bytes) */
static int
l_spec(lua_State *L)
{
    unsigned char digest[HASH_SIZE];
    lua_Integer n;
    Spec *s;

    luaL_checktype(L, NODES, LUA_TTABLE);
    lua_settop(L, MARKS);
    s = lua_newuserdatauv(L, sizeof *s, 0);
    buf_init(&s->bytes);
    buf_init(&s->digests);
    luaL_setmetatable(L, "rille.spec");
    n = (lua_Integer)lua_rawlen(L, NODES);
    need(L, buf_varint(&s->bytes, lua_istable(L, MARKS) ? MARKED : PLAIN) ||
                buf_varint(&s->bytes, (uint64_t)n));
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, NODES, i);
        put_node(L, s, i);
        lua_settop(L, SPEC_BUF);
    }
    if (n)
        qsort(s->digests.data, (size_t)n, HASH_SIZE, by_digest);
    hash_of(s->digests.data, s->digests.len, digest);
    lua_pushlstring(L, (char *)s->bytes.data, s->bytes.len);
    lua_pushlstring(L, (char *)digest, HASH_SIZE);
    return 2;
}

typedef struct Reader {
    const unsigned char *p, *end;
    lua_Integer format;
} Reader;

static lua_Integer
get_int(lua_State *L, Reader *r)
{
    uint64_t v;

    if (buf_read_varint(&r->p, r->end, &v) || v > (uint64_t)LUA_MAXINTEGER)
        luaL_error(L, "the pipeline's spec is damaged");
    return (lua_Integer)v;
}

/* A count, each of whose things takes a byte at least. */
static lua_Integer
get_count(lua_State *L, Reader *r)
{
    lua_Integer n = get_int(L, r);

    if (n > r->end - r->p)
        luaL_error(L, "the pipeline's spec is damaged");
    return n;
}

static void
push_string(lua_State *L, Reader *r)
{
    lua_Integer n = get_count(L, r);

    lua_pushlstring(L, (const char *)r->p, (size_t)n);
    r->p += n;
}

/* The label of a literal as a field of the table at the top, unless it is empty. */
static void
push_label(lua_State *L, Reader *r)
{
    if (r->format < 2)
        return;
    push_string(L, r);
    if (lua_rawlen(L, -1))
        lua_setfield(L, -2, "label");
    else
        lua_pop(L, 1);
}

/* { port, { position, output }... }; a literal is { 0, 0, label = } */
static void
push_input(lua_State *L, Reader *r)
{
    lua_Integer n;

    lua_newtable(L);
    push_string(L, r);
    lua_setfield(L, -2, "port");
    n = get_count(L, r);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_Integer position = get_int(L, r);

        lua_newtable(L);
        lua_pushinteger(L, position);
        lua_rawseti(L, -2, 1);
        lua_pushinteger(L, position ? get_int(L, r) : 0);
        lua_rawseti(L, -2, 2);
        if (!position)
            push_label(L, r);
        lua_rawseti(L, -2, i);
    }
}

/* Sets field name of the table at the top to a list of inputs. */
static void
push_inputs(lua_State *L, Reader *r, const char *name)
{
    lua_Integer n = get_count(L, r);

    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        push_input(L, r);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, name);
}

static void
push_node(lua_State *L, Reader *r)
{
    lua_Integer n;

    luaL_checkstack(L, 8, NULL);
    lua_newtable(L);
    push_string(L, r);
    lua_setfield(L, -2, "id");
    push_string(L, r);
    lua_setfield(L, -2, "step");
    push_inputs(L, r, "inputs");
    lua_newtable(L);
    n = get_count(L, r);
    for (lua_Integer i = 1; i <= n; i++) {
        push_string(L, r);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "outputs");
    if (r->format == MARKED)
        push_inputs(L, r, "marks");
}

/* read(bytes) -> { { id, step, inputs = { { port, { position, output, label = }... } },
 *                    outputs = { name... }, marks = as inputs or nil }... }
 * raises when damaged */
static int
l_read(lua_State *L)
{
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    Reader r = {(const unsigned char *)bytes, (const unsigned char *)bytes + len, 0};
    lua_Integer n;

    r.format = get_int(L, &r);
    if (r.format < 1 || r.format > MARKED)
        luaL_error(L, "the pipeline's spec has a format that this rille does not know");
    n = get_count(L, &r);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        push_node(L, &r);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

int
luaopen_rille_host_wiring(lua_State *L)
{
    static const luaL_Reg lib[] = {{"spec", l_spec}, {"read", l_read}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", spec_gc}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};

    bind_type(L, "rille.spec", none, meta);
    luaL_newlib(L, lib);
    return 1;
}

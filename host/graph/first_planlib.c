/* first_planlib.c -- rille.host.first_plan: the hits of a first plan (columns.h).
 *
 * The nodes of lua/graph/graph.lua are gone through in order.  The key of a node whose sources
 * are hits is made and looked up here, and one whose newest record is a hit without more ado
 * is settled.  Every other node is Lua's (lua/plan/plan.lua), which decides on it before the
 * next one is looked at. */
#include <string.h>

#include "base/bind.h"
#include "graph/columns.h"
#include "graph/node_box.h"
#include "meta/cache.h"
#include "meta/metalib.h"
#include "value/canonical.h"

#define TYPE "rille.host.first_plan.columns"

/* The arguments of columns:resolve, then what it works with. */
enum {
    SELF = 1, NODES, METAS, SPEC_OF, CACHE, AFTER, OTHER,
    KEY_STEP, KEY_INPUTS, KEY_PARAMS, KEY_POSITION, KEY_FROM, KEY_OUTPUT, STEPS, TOP
};

/* Keys of nodes and wires, as in lua/graph/graph.lua, from KEY_STEP on. */
static const char *const KEYS[] = {"\1step", "\1inputs", "\1params", "\1position", "\1from",
                                   "\1output"};

typedef struct StepSpec {
    int quick;                          /* 0: its nodes are Lua's */
    unsigned char prefix[HASH_SIZE];    /* of the keys of its nodes */
} StepSpec;

typedef struct Box {
    Columns columns;
    Buf specs;                          /* StepSpec, by the numbers in the table STEPS */
    Buf digests, list;                  /* of the inputs of a node, of a fan-in */
} Box;

typedef struct Pass {
    lua_State *L;
    Box *box;
    Cache *cache;
    const void *node, *wire, *fan_in;   /* metatables */
    const void *step;                   /* of the last node */
    size_t spec;                        /* its number, from 0 */
} Pass;

int luaopen_rille_host_first_plan(lua_State *L);

static int
no_memory(lua_State *L)
{
    return luaL_error(L, "out of memory");
}

static void
put(Pass *p, Buf *to, const void *bytes, size_t n)
{
    if (buf_put(to, bytes, n))
        no_memory(p->L);
}

/* Pushes the field of the table at idx. */
static void
get(lua_State *L, int idx, int key)
{
    lua_pushvalue(L, key);
    lua_rawget(L, idx);
}

static lua_Integer
get_integer(lua_State *L, int idx, int key)
{
    lua_Integer n;

    get(L, idx, key);
    n = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return n;
}

static const void *
meta_of(lua_State *L, int idx)
{
    const void *meta = NULL;

    if (lua_getmetatable(L, idx)) {
        meta = lua_topointer(L, -1);
        lua_pop(L, 1);
    }
    return meta;
}

/* Appends the digest of what the wire at the top carries; 0 when that is not for here. */
static int
put_wire(Pass *p, Buf *to)
{
    lua_State *L = p->L;
    int wire = lua_gettop(L), node = wire;
    const void *meta = meta_of(L, wire);
    lua_Integer output = 1;
    const ColumnsHit *hit;
    Slice outs;

    if (meta == p->wire) {
        output = get_integer(L, wire, KEY_OUTPUT);
        get(L, wire, KEY_FROM);
        node = wire + 1;
    } else if (meta != p->node) {
        return 0;
    }
    hit = columns_hit(&p->box->columns, (size_t)get_integer(L, node, KEY_POSITION));
    lua_settop(L, wire);
    if (!hit)
        return 0;
    outs = columns_outs(&p->box->columns, hit);
    /* a node is the wire of its only output */
    if (output < 1 || outs.len < HASH_SIZE * (size_t)output ||
        (meta == p->node && outs.len != HASH_SIZE))
        return 0;
    put(p, to, outs.data + HASH_SIZE * (output - 1), HASH_SIZE);
    return 1;
}

static void
hash_digests(Hash *h, const Buf *digests)
{
    for (size_t at = 0; at < digests->len; at += HASH_SIZE)
        hash_field(h, 'I', digests->data + at, HASH_SIZE);
}

/* The same of the fan-in at the top: the digest of its list. */
static int
put_fan_in(Pass *p)
{
    lua_State *L = p->L;
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    unsigned char digest[HASH_SIZE];
    Buf *list = &p->box->list;
    Hash h;

    list->len = 0;
    for (lua_Integer i = 1; i <= n; i++) {
        int known;

        lua_rawgeti(L, -1, i);
        known = put_wire(p, list);
        lua_pop(L, 1);
        if (!known)
            return 0;
    }
    hash_init(&h);
    hash_field(&h, 'P', "list", 4);
    hash_field(&h, 'A', "", 0);
    hash_digests(&h, list);
    hash_final(&h, digest);
    put(p, &p->box->digests, digest, HASH_SIZE);
    return 1;
}

/* Puts the digests of the inputs of the node at the top; 0 when one is not for here. */
static int
put_inputs(Pass *p)
{
    lua_State *L = p->L;
    int node = lua_gettop(L), known = 1;
    lua_Integer n;

    p->box->digests.len = 0;
    get(L, node, KEY_INPUTS);
    n = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer k = 1; k <= n && known; k++) {
        lua_rawgeti(L, node + 1, k);
        known = meta_of(L, -1) == p->fan_in ? put_fan_in(p) : put_wire(p, &p->box->digests);
        lua_settop(L, node + 1);
    }
    lua_settop(L, node);
    return known;
}

/* A step that is met for the first time, at the top. */
static size_t
new_spec(Pass *p)
{
    lua_State *L = p->L;
    size_t n = p->box->specs.len / sizeof(StepSpec);
    StepSpec spec = {0};

    lua_pushvalue(L, SPEC_OF);
    lua_pushvalue(L, -2);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) == HASH_SIZE) {
        memcpy(spec.prefix, lua_tostring(L, -1), HASH_SIZE);
        spec.quick = 1;
    }
    lua_pop(L, 1);
    put(p, &p->box->specs, &spec, sizeof spec);
    lua_pushvalue(L, -1);
    lua_pushinteger(L, (lua_Integer)n);
    lua_rawset(L, STEPS);
    return n;
}

/* The spec of the node at the top; good until the next call. */
static const StepSpec *
spec_of(Pass *p)
{
    lua_State *L = p->L;
    int node = lua_gettop(L);

    get(L, node, KEY_STEP);
    if (lua_topointer(L, -1) != p->step) {
        get(L, STEPS, node + 1);
        p->spec = lua_isnil(L, -1) ? (lua_settop(L, node + 1), new_spec(p))
                                   : (size_t)lua_tointeger(L, -1);
        p->step = lua_topointer(L, node + 1);
    }
    lua_settop(L, node);
    return (const StepSpec *)(const void *)p->box->specs.data + p->spec;
}

/* Does the node at the top come after others that give it nothing? */
static int
is_after(lua_State *L)
{
    int is;

    if (lua_isnil(L, AFTER))
        return 0;
    get(L, AFTER, lua_gettop(L));
    is = !lua_isnil(L, -1);
    lua_pop(L, 1);
    return is;
}

/* Makes the key of the node at the top; 0 when that is not for here. */
static int
make_key(Pass *p, unsigned char key[HASH_SIZE])
{
    lua_State *L = p->L;
    const StepSpec *spec = spec_of(p);
    Hash h;

    if (!spec->quick || is_after(L) || !put_inputs(p))
        return 0;
    hash_init(&h);
    hash_field(&h, 'P', spec->prefix, HASH_SIZE);
    get(L, lua_gettop(L), KEY_PARAMS);
    canonical_hash_field(L, -1, "value", &h, 'A');
    lua_pop(L, 1);
    hash_digests(&h, &p->box->digests);
    hash_final(&h, key);
    return 1;
}

/* other(position, key | nil) decides on the node. */
static void
leave_to_other(Pass *p, size_t position, const unsigned char *key)
{
    lua_State *L = p->L;
    Columns *c = &p->box->columns;
    size_t len;

    lua_pushvalue(L, OTHER);
    lua_pushinteger(L, (lua_Integer)position);
    if (key)
        lua_pushlstring(L, (const char *)key, HASH_SIZE);
    else
        lua_pushnil(L);
    lua_call(L, 2, 3);
    if (lua_isinteger(L, -3) && lua_tointeger(L, -3) && lua_rawlen(L, -1) == HASH_SIZE) {
        const char *outs = luaL_checklstring(L, -2, &len);

        if (columns_put(c, position, lua_tointeger(L, -3),
                        (const unsigned char *)lua_tostring(L, -1), (Slice){outs, len}))
            no_memory(L);
    }
}

/* Is the newest record of the key a hit that needs no other look? */
static int
settle(Pass *p, size_t position, const unsigned char *key)
{
    CacheHit hit;
    int settled = 0, rc = OK;

    if (cache_get(p->cache, key, 1, &hit, NULL) == 1 && !hit.reads.data && !hit.objects) {
        rc = columns_put(&p->box->columns, position, hit.step_run, key, hit.outs);
        settled = 1;
    }
    cache_release(p->cache);
    return rc ? no_memory(p->L) : settled;
}

/* columns:resolve(nodes, { Node, Wire, FanIn }, spec_of, cache, after | nil, other)
 *   -> how many nodes were settled here
 * spec_of(step) -> prefix of the keys of its nodes, or nil: they are Lua's
 * cache: of m:cache;  after[node]: the node comes after others
 * other(position, key | nil) -> row, outputs, key of a hit, or nothing; called for every other
 * node, in their order; with its key where that was made */
static int
l_resolve(lua_State *L)
{
    Pass p = {.L = L, .box = luaL_checkudata(L, SELF, TYPE)};
    Columns *c = &p.box->columns;
    lua_Integer settled = 0;

    luaL_checktype(L, NODES, LUA_TTABLE);
    luaL_checktype(L, METAS, LUA_TTABLE);
    luaL_checktype(L, SPEC_OF, LUA_TFUNCTION);
    p.cache = cachelib_check(L, CACHE);
    luaL_checktype(L, OTHER, LUA_TFUNCTION);
    lua_settop(L, OTHER);
    luaL_argcheck(L, lua_rawlen(L, NODES) == c->n, NODES, "there are more nodes than columns");
    lua_rawgeti(L, METAS, 1);
    p.node = lua_topointer(L, -1);
    lua_rawgeti(L, METAS, 2);
    p.wire = lua_topointer(L, -1);
    lua_rawgeti(L, METAS, 3);
    p.fan_in = lua_topointer(L, -1);
    lua_settop(L, OTHER);
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        lua_pushstring(L, KEYS[i]);
    lua_newtable(L);
    for (size_t i = 1; i <= c->n; i++) {
        unsigned char key[HASH_SIZE];
        int made;

        lua_rawgeti(L, NODES, (lua_Integer)i);
        graph_node_complete(L, -1);
        made = make_key(&p, key);
        if (made && settle(&p, i, key))
            settled++;
        else
            leave_to_other(&p, i, made ? key : NULL);
        lua_settop(L, STEPS);
    }
    lua_pushinteger(L, settled);
    return 1;
}

/* -- reading ---------------------------------------------------------------- */

/* The box is the first upvalue; argument 2 is a position, whatever is indexed. */
static const ColumnsHit *
hit_at(lua_State *L, const Columns **c)
{
    const Box *box = lua_touserdata(L, lua_upvalueindex(1));

    *c = &box->columns;
    return lua_isinteger(L, 2) ? columns_hit(*c, (size_t)lua_tointeger(L, 2)) : NULL;
}

static int
index_status(lua_State *L)
{
    const Columns *c;
    const ColumnsHit *hit = hit_at(L, &c);
    lua_Integer i = lua_tointeger(L, 2);

    if (!hit && (i < 1 || (size_t)i > c->n))
        return 0;
    lua_pushvalue(L, lua_upvalueindex(hit ? 2 : 3));
    return 1;
}

static int
index_key(lua_State *L)
{
    const Columns *c;
    const ColumnsHit *hit = hit_at(L, &c);

    if (!hit)
        return 0;
    lua_pushlstring(L, (const char *)hit->key, HASH_SIZE);
    return 1;
}

static int
index_outputs(lua_State *L)
{
    const Columns *c;
    const ColumnsHit *hit = hit_at(L, &c);
    Slice outs;

    if (!hit)
        return 0;
    outs = columns_outs(c, hit);
    lua_pushlstring(L, outs.data, outs.len);
    return 1;
}

static int
index_row(lua_State *L)
{
    const Columns *c;
    const ColumnsHit *hit = hit_at(L, &c);

    if (!hit)
        return 0;
    lua_pushinteger(L, (lua_Integer)hit->row);
    return 1;
}

/* A table that has of each hit what the function says. */
static void
push_view(lua_State *L, lua_CFunction index, const char *hit, const char *other)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, SELF);
    lua_pushstring(L, hit);
    lua_pushstring(L, other);
    lua_pushcclosure(L, index, 3);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* columns:views(hit, other) -> statuses, keys, outputs, rows
 * tables by position, of the hits; statuses has `hit` and, for the other positions, `other`.
 * What is set in one of them counts from then on. */
static int
l_views(lua_State *L)
{
    const char *hit, *other;

    luaL_checkudata(L, SELF, TYPE);
    hit = luaL_checkstring(L, 2);
    other = luaL_checkstring(L, 3);
    push_view(L, index_status, hit, other);
    push_view(L, index_key, hit, other);
    push_view(L, index_outputs, hit, other);
    push_view(L, index_row, hit, other);
    return 4;
}

/* columns:undo(position): it is no hit after all */
static int
l_undo(lua_State *L)
{
    Box *box = luaL_checkudata(L, SELF, TYPE);
    lua_Integer i = luaL_checkinteger(L, 2);

    if (i >= 1)
        columns_undo(&box->columns, (size_t)i);
    return 0;
}

/* columns:count() -> how many hits there are */
static int
l_count(lua_State *L)
{
    const Box *box = luaL_checkudata(L, SELF, TYPE);

    lua_pushinteger(L, (lua_Integer)box->columns.n_hits);
    return 1;
}

/* columns:trace() -> the rows of all positions, 8 bytes each, 0 where there is no hit
 *                 -> list of the positions without a hit */
static int
l_trace(lua_State *L)
{
    const Box *box = luaL_checkudata(L, SELF, TYPE);
    const Columns *c = &box->columns;
    luaL_Buffer b;
    int64_t *rows = (void *)luaL_buffinitsize(L, &b, c->n * sizeof *rows + 1);
    lua_Integer others = 0;

    for (size_t i = 0; i < c->n; i++)
        rows[i] = c->hits[i].row;
    luaL_pushresultsize(&b, c->n * sizeof *rows);
    lua_createtable(L, (int)(c->n - c->n_hits), 0);
    for (size_t i = 0; i < c->n; i++)
        if (!c->hits[i].row) {
            lua_pushinteger(L, (lua_Integer)i + 1);
            lua_rawseti(L, -2, ++others);
        }
    return 2;
}

static int
l_gc(lua_State *L)
{
    Box *box = luaL_checkudata(L, SELF, TYPE);

    columns_release(&box->columns);
    buf_release(&box->specs);
    buf_release(&box->digests);
    buf_release(&box->list);
    return 0;
}

/* first_plan.new(n) -> columns of n positions */
static int
l_new(lua_State *L)
{
    lua_Integer n = luaL_checkinteger(L, 1);
    Box *box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = (Box){0};
    luaL_setmetatable(L, TYPE);
    return n < 0 || columns_init(&box->columns, (size_t)n) ? no_memory(L) : 1;
}

/* first_plan.steps(nodes) -> list of their steps, each once, in the order of first use */
static int
l_steps(lua_State *L)
{
    const void *last = NULL;
    lua_Integer n, found = 0;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushstring(L, KEYS[0]);
    n = (lua_Integer)lua_rawlen(L, 1);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, 1, i);
        lua_pushvalue(L, 4);
        lua_gettable(L, 5);
        if (lua_topointer(L, -1) != last) {
            last = lua_topointer(L, -1);
            get(L, 3, 6);
            if (lua_isnil(L, -1)) {
                lua_pushvalue(L, 6);
                lua_rawseti(L, 2, ++found);
                lua_pushvalue(L, 6);
                lua_pushboolean(L, 1);
                lua_rawset(L, 3);
            }
        }
        lua_settop(L, 4);
    }
    lua_pushvalue(L, 2);
    return 1;
}

int
luaopen_rille_host_first_plan(lua_State *L)
{
    static const luaL_Reg lib[] = {{"new", l_new}, {"steps", l_steps}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"resolve", l_resolve}, {"views", l_views},
                                       {"undo", l_undo},       {"count", l_count},
                                       {"trace", l_trace},     {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
    luaL_newlib(L, lib);
    return 1;
}

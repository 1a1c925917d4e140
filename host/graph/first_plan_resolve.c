/* first_plan_resolve.c -- the pass over the nodes of a graph that finds the hits of a first
 * plan (first_plan_box.h). */
#include <string.h>

#include "base/bind.h"
#include "graph/first_plan_box.h"
#include "graph/node_box.h"
#include "graph/rows_box.h"
#include "meta/cache.h"
#include "meta/metalib.h"
#include "value/canonical.h"

/* The arguments of columns:resolve, then what it works with. */
enum {
    SELF = 1, NODES, METAS, SPEC_OF, RECORDS, AFTER, OTHER, ROWS, MEMO, CHECK,
    KEY_STEP, KEY_INPUTS, KEY_PARAMS, KEY_POSITION, KEY_FROM, KEY_OUTPUT, STEPS, ROW_STEPS
};

/* Keys of nodes and wires, as in lua/graph/graph.lua, from KEY_STEP on. */
static const char *const KEYS[] = {FIRST_PLAN_STEP, "\1inputs", "\1params", "\1position", "\1from",
                                   "\1output"};

typedef struct Pass {
    lua_State *L;
    FirstPlan *box;
    const GraphRows *rows;              /* or NULL */
    Cache *cache;                       /* NULL until it is needed */
    const void *node, *wire, *fan_in;   /* metatables */
    const void *step;                   /* of the last node */
    size_t spec;                        /* its number, from 0 */
    int check;                          /* what the memo gives is looked up, too */
} Pass;

static void
put(Pass *p, Buf *to, const void *bytes, size_t n)
{
    if (buf_put(to, bytes, n))
        first_plan_no_memory(p->L);
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
    lua_Integer output = 1;
    const ColumnsHit *hit;
    const void *meta;
    Slice outs;

    graph_node_complete(L, wire);
    meta = meta_of(L, wire);
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

/* Puts the digest of the list whose elements are in box->list. */
static void
put_list_digest(Pass *p)
{
    unsigned char digest[HASH_SIZE];
    Hash h;

    hash_init(&h);
    hash_field(&h, 'P', "list", 4);
    hash_field(&h, 'A', "", 0);
    hash_digests(&h, &p->box->list);
    hash_final(&h, digest);
    put(p, &p->box->digests, digest, HASH_SIZE);
}

/* The same of the fan-in at the top: the digest of its list. */
static int
put_fan_in(Pass *p)
{
    lua_State *L = p->L;
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);

    p->box->list.len = 0;
    for (lua_Integer i = 1; i <= n; i++) {
        int known;

        lua_rawgeti(L, -1, i);
        known = put_wire(p, &p->box->list);
        lua_pop(L, 1);
        if (!known)
            return 0;
    }
    put_list_digest(p);
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
    lua_call(L, 1, 2);
    if (lua_type(L, -2) == LUA_TSTRING && lua_rawlen(L, -2) == HASH_SIZE) {
        memcpy(spec.prefix, lua_tostring(L, -2), HASH_SIZE);
        spec.quick = 1;
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        const char *shape = lua_tolstring(L, -1, &spec.shape_len);

        spec.shape = p->box->shapes.len;
        put(p, &p->box->shapes, shape, spec.shape_len);
    }
    lua_pop(L, 2);
    put(p, &p->box->specs, &spec, sizeof spec);
    lua_pushvalue(L, -1);
    lua_pushinteger(L, (lua_Integer)n);
    lua_rawset(L, STEPS);
    return n;
}

/* The number of the spec of the step at the top. */
static size_t
numbered_spec(Pass *p)
{
    lua_State *L = p->L;
    int step = lua_gettop(L);
    size_t number;

    lua_pushvalue(L, step);
    lua_rawget(L, STEPS);
    number = (size_t)lua_tointeger(L, -1);
    if (!lua_isnil(L, -1))
        return number;
    lua_settop(L, step);
    return new_spec(p);
}

/* The spec of the node at the top; good until the next call. */
static const StepSpec *
spec_of(Pass *p)
{
    lua_State *L = p->L;
    int node = lua_gettop(L);

    get(L, node, KEY_STEP);
    if (lua_topointer(L, -1) != p->step) {
        p->spec = numbered_spec(p);
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

/* -- rows ------------------------------------------------------------------- */

/* The spec of the row's step; good until the next call. */
static const StepSpec *
spec_of_row(Pass *p, const GraphRow *row)
{
    lua_State *L = p->L;
    FirstPlan *box = p->box;
    const StepSpec *spec;
    size_t number = 0;

    if (row->step * sizeof number > box->numbers.len) {
        while (box->numbers.len < row->step * sizeof number)
            put(p, &box->numbers, &number, sizeof number);
    } else {
        memcpy(&number, box->numbers.data + (row->step - 1) * sizeof number, sizeof number);
    }
    if (!number) {
        lua_rawgeti(L, ROW_STEPS, (lua_Integer)row->step);
        number = 1 + numbered_spec(p);
        memcpy(box->numbers.data + (row->step - 1) * sizeof number, &number, sizeof number);
        lua_settop(L, ROW_STEPS);
        spec = (const StepSpec *)(const void *)box->specs.data + (number - 1);
        if (memo_pass_step(&box->pass, row->step,
                           (Slice){(char *)box->shapes.data + spec->shape, spec->shape_len},
                           spec->quick ? spec->prefix : NULL))
            first_plan_no_memory(L);
    }
    return (const StepSpec *)(const void *)box->specs.data + (number - 1);
}

/* Appends the digest of an output of the node at a position; 0 where it is not known. */
static int
put_output(Pass *p, Buf *to, const unsigned char **at, const unsigned char *end)
{
    const Columns *c = &p->box->columns;
    const ColumnsHit *hit = columns_hit(c, (size_t)graph_rows_number(at, end));
    uint64_t output = graph_rows_number(at, end);
    Slice outs;

    if (!hit)
        return 0;
    outs = columns_outs(c, hit);
    if (!output || outs.len / HASH_SIZE < output)
        return 0;
    put(p, to, outs.data + HASH_SIZE * (output - 1), HASH_SIZE);
    return 1;
}

/* As put_inputs, from the row. */
static int
put_row_inputs(Pass *p, const GraphRow *row)
{
    const unsigned char *at = row->inputs;
    FirstPlan *box = p->box;

    box->digests.len = 0;
    for (uint64_t n = graph_rows_number(&at, row->end); n; n--) {
        uint64_t kind = graph_rows_number(&at, row->end), sources;

        if (kind == GRAPH_ROW_WIRE) {
            if (!put_output(p, &box->digests, &at, row->end))
                return 0;
            continue;
        }
        if (kind != GRAPH_ROW_FAN_IN)
            return 0;
        box->list.len = 0;
        for (sources = graph_rows_number(&at, row->end); sources; sources--)
            if (!put_output(p, &box->list, &at, row->end))
                return 0;
        put_list_digest(p);
    }
    return 1;
}

static int
make_key_of_row(Pass *p, const GraphRow *row, const StepSpec *spec, unsigned char key[HASH_SIZE])
{
    Hash h;

    if (!spec->quick || !put_row_inputs(p, row))
        return 0;
    hash_init(&h);
    hash_field(&h, 'P', spec->prefix, HASH_SIZE);
    hash_field(&h, 'A', row->params.data, row->params.len);
    hash_digests(&h, &p->box->digests);
    hash_final(&h, key);
    return 1;
}

/* -- a node ------------------------------------------------------------------ */

static void
put_hit(Pass *p, size_t position, int64_t row, const unsigned char *key, Slice outs)
{
    if (columns_put(&p->box->columns, position, row, key, outs))
        first_plan_no_memory(p->L);
    memo_pass_settled(&p->box->pass, position, outs);
}

/* Pushes the list of the positions of the row's sources that are no hits; nil where an input is
 * a literal, which Lua has to look at. */
static void
push_missing(Pass *p, const GraphRow *row)
{
    const unsigned char *at = row->inputs;
    lua_State *L = p->L;
    lua_Integer found = 0;

    lua_newtable(L);
    for (uint64_t n = graph_rows_number(&at, row->end); n; n--) {
        uint64_t kind = graph_rows_number(&at, row->end), sources = 1;

        if (kind == GRAPH_ROW_LITERAL) {
            lua_pop(L, 1);
            lua_pushnil(L);
            return;
        }
        if (kind == GRAPH_ROW_FAN_IN)
            sources = graph_rows_number(&at, row->end);
        for (; sources; sources--) {
            uint64_t position = graph_rows_number(&at, row->end);

            graph_rows_number(&at, row->end);
            if (columns_hit(&p->box->columns, (size_t)position))
                continue;
            lua_pushinteger(L, (lua_Integer)position);
            lua_rawseti(L, -2, ++found);
        }
    }
}

/* other(position, key | nil, missing | nil) decides on the node; row: or NULL. */
static void
leave_to_other(Pass *p, size_t position, const unsigned char *key, const GraphRow *row)
{
    lua_State *L = p->L;
    size_t len;

    lua_pushvalue(L, OTHER);
    lua_pushinteger(L, (lua_Integer)position);
    if (key)
        lua_pushlstring(L, (const char *)key, HASH_SIZE);
    else
        lua_pushnil(L);
    if (row && !key)
        push_missing(p, row);
    else
        lua_pushnil(L);
    lua_call(L, 3, 3);
    if (lua_isinteger(L, -3) && lua_tointeger(L, -3) && lua_rawlen(L, -1) == HASH_SIZE) {
        const char *outs = luaL_checklstring(L, -2, &len);

        put_hit(p, position, lua_tointeger(L, -3), (const unsigned char *)lua_tostring(L, -1),
                (Slice){outs, len});
    }
    lua_settop(L, ROW_STEPS);
}

static Cache *
open_cache(Pass *p)
{
    if (!p->cache) {
        lua_pushvalue(p->L, RECORDS);
        lua_call(p->L, 0, 1);
        p->cache = cachelib_check(p->L, -1);
        lua_replace(p->L, RECORDS);     /* it keeps it */
    }
    return p->cache;
}

/* Is the newest record of the key a hit that needs no other look?  Borrowed until cache_release. */
static int
find_plain(Pass *p, const unsigned char *key, CacheHit *hit)
{
    return cache_get(open_cache(p), key, 1, hit, NULL) == 1 && !hit->reads.data && !hit->objects;
}

static int
settle(Pass *p, size_t position, const unsigned char *key)
{
    CacheHit hit;
    int settled = find_plain(p, key, &hit);
    Err err = {0};

    if (settled && columns_put(&p->box->columns, position, hit.step_run, key, hit.outs))
        err_nomem(&err);
    else if (settled)
        memo_pass_settled(&p->box->pass, position, hit.outs);
    cache_release(p->cache);
    if (err.code)
        first_plan_no_memory(p->L);
    if (settled)
        p->box->plain.data[position - 1] = 1;
    return settled;
}

/* Raises unless the node that the memo knows is what is found without it. */
static void
check_memo(Pass *p, size_t position, const GraphRow *row, const StepSpec *spec)
{
    const NodeMemoNode *node = &p->box->pass.node;
    unsigned char key[HASH_SIZE];
    const char *what = NULL;
    CacheHit hit;

    if (!make_key_of_row(p, row, spec, key))
        what = "its sources";
    else if (memcmp(key, node->key, HASH_SIZE) != 0)
        what = "its key";
    else if (!find_plain(p, key, &hit))
        what = "its record";
    else if (hit.step_run != node->step_run)
        what = "the row of its result";
    else if (hit.outs.len != node->outs.len ||
             memcmp(hit.outs.data, node->outs.data, hit.outs.len) != 0)
        what = "its outputs";
    if (p->cache)
        cache_release(p->cache);
    if (!what)
        return;
    lua_pushlstring(p->L, row->id.data, row->id.len);
    luaL_error(p->L, "node memo: node \"%s\" (%d): %s differ", lua_tostring(p->L, -1),
               (int)position, what);
}

/* Decides on the node that has a row; returns whether it was settled here. */
static int
resolve_row(Pass *p, size_t position, const GraphRow *row)
{
    const StepSpec *spec = spec_of_row(p, row);
    const NodeMemoNode *node = &p->box->pass.node;
    int known = memo_pass_next(&p->box->pass, p->rows, position, row), made;
    unsigned char key[HASH_SIZE];

    if (known == NODE_MEMO_PLAIN) {
        if (p->check)
            check_memo(p, position, row, spec);
        put_hit(p, position, node->step_run, node->key, node->outs);
        p->box->plain.data[position - 1] = 1;
        p->box->taken++;
        return 1;
    }
    if (known == NODE_MEMO_KEY)
        memcpy(key, node->key, HASH_SIZE);
    made = known == NODE_MEMO_KEY || make_key_of_row(p, row, spec, key);
    if (made && settle(p, position, key))
        return 1;
    leave_to_other(p, position, made ? key : NULL, row);
    return 0;
}

/* The same of a node without a row. */
static int
resolve_table(Pass *p, size_t position)
{
    unsigned char key[HASH_SIZE];
    int made;

    memo_pass_next(&p->box->pass, p->rows, position, NULL);
    lua_rawgeti(p->L, NODES, (lua_Integer)position);
    graph_node_complete(p->L, -1);
    made = make_key(p, key);
    if (made && settle(p, position, key)) {
        lua_settop(p->L, ROW_STEPS);
        return 1;
    }
    leave_to_other(p, position, made ? key : NULL, NULL);
    return 0;
}

static void
read_metas(Pass *p)
{
    lua_State *L = p->L;

    lua_rawgeti(L, METAS, 1);
    p->node = lua_topointer(L, -1);
    lua_rawgeti(L, METAS, 2);
    p->wire = lua_topointer(L, -1);
    lua_rawgeti(L, METAS, 3);
    p->fan_in = lua_topointer(L, -1);
    lua_pop(L, 3);
}

/* columns:resolve(nodes, { Node, Wire, FanIn }, spec_of, records, after | nil, other, rows | nil,
 *                 memo | nil, check)
 *   -> how many nodes were settled here
 * spec_of(step) -> prefix of the keys of its nodes, or nil: they are Lua's; shape: the names
 *   of it and of its ports
 * records() -> of m:cache;  after[node]: the node comes after others
 * other(position, key | nil, missing | nil) -> row, outputs, key of a hit, or nothing; called
 *   for every other node, in their order; with its key where that was made, else with the
 *   positions of its sources that are no hits where it has a row without literals
 * rows: of rille.host.graph_rows;  memo: of m:node_memo
 * check: raises where a node from the memo is not what is found without it */
int
first_plan_l_resolve(lua_State *L)
{
    Pass p = {.L = L, .box = first_plan_check(L, SELF)};
    Columns *c = &p.box->columns;
    const NodeMemo *memo = NULL;
    lua_Integer settled = 0;

    luaL_checktype(L, NODES, LUA_TTABLE);
    luaL_checktype(L, METAS, LUA_TTABLE);
    luaL_checktype(L, SPEC_OF, LUA_TFUNCTION);
    luaL_checktype(L, RECORDS, LUA_TFUNCTION);
    luaL_checktype(L, OTHER, LUA_TFUNCTION);
    lua_settop(L, CHECK);
    luaL_argcheck(L, lua_rawlen(L, NODES) == c->n, NODES, "there are more nodes than columns");
    p.rows = lua_isnil(L, ROWS) ? NULL : graph_rows_check(L, ROWS);
    p.check = lua_toboolean(L, CHECK);
    if (!lua_isnil(L, MEMO))
        memo = node_memolib_check(L, MEMO);
    if (memo_pass_begin(&p.box->pass, memo, c->n))
        first_plan_no_memory(L);
    read_metas(&p);
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        lua_pushstring(L, KEYS[i]);
    lua_newtable(L);
    if (p.rows)
        graph_rows_push_steps(L, ROWS);
    lua_settop(L, ROW_STEPS);
    for (size_t i = 1; i <= c->n; i++) {
        GraphRow row;

        settled += p.rows && graph_rows_get(p.rows, i, &row) ? resolve_row(&p, i, &row)
                                                             : resolve_table(&p, i);
    }
    p.box->same_wiring = memo_pass_end(&p.box->pass);
    p.box->pass.memo = NULL;            /* it is borrowed for the call */
    lua_pushinteger(L, settled);
    return 1;
}

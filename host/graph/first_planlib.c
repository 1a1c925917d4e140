/* first_planlib.c -- rille.host.first_plan: the hits of a first plan (columns.h).
 *
 * The nodes of a graph are gone through in order: by their rows (rows.h) where they have
 * them, else by the tables of lua/graph/graph.lua.  The key of a node whose sources are hits is
 * made and looked up here, and one whose newest record is a hit without more ado is settled;
 * so is one that is as it was in an earlier run (memo_pass.h), without making or looking up
 * anything.  Every other node is Lua's (lua/plan/plan.lua), which decides on it before the
 * next one is looked at. */
#include <string.h>

#include "base/bind.h"
#include "graph/first_plan_box.h"
#include "graph/rows_box.h"

enum { SELF = 1 };                      /* the columns, of a method */

int luaopen_rille_host_first_plan(lua_State *L);

/* columns:from_memo() -> how many nodes were taken from the memo, whether the wiring is its */
static int
l_from_memo(lua_State *L)
{
    const FirstPlan *box = first_plan_check(L, SELF);

    lua_pushinteger(L, (lua_Integer)box->taken);
    lua_pushboolean(L, box->same_wiring);
    return 2;
}

/* The string at the top, which a table keeps, when it has n bytes at least. */
static const unsigned char *
bytes_at_top(lua_State *L, size_t least, Slice *out)
{
    out->data = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &out->len) : NULL;
    return out->data && out->len >= least ? (const unsigned char *)out->data : NULL;
}

/* Appends the node at the position, which has a row; keys at 3, outputs at 4. */
static void
put_memo_node(lua_State *L, FirstPlan *box, const GraphRows *rows, size_t position)
{
    const ColumnsHit *hit = columns_hit(&box->columns, position);
    Slice row = graph_rows_bytes(rows, position), outs = {NULL, 0}, text;
    const unsigned char *key = NULL;
    int state = NODE_MEMO_NONE, rc;
    size_t number = 0;
    GraphRow parts;

    if (graph_rows_get(rows, position, &parts) && parts.step * sizeof number <= box->numbers.len)
        memcpy(&number, box->numbers.data + (parts.step - 1) * sizeof number, sizeof number);
    if (number && ((StepSpec *)(void *)box->specs.data)[number - 1].quick) {
        if (hit) {
            key = hit->key;
            outs = columns_outs(&box->columns, hit);
        } else {
            lua_geti(L, 3, (lua_Integer)position);
            key = bytes_at_top(L, HASH_SIZE, &text);
            lua_geti(L, 4, (lua_Integer)position);
            if (!bytes_at_top(L, 0, &outs))
                key = NULL;
        }
        if (key)
            state = hit && box->plain.data[position - 1] ? NODE_MEMO_PLAIN : NODE_MEMO_ASK;
    }
    rc = memo_pass_put_node(&box->nodes, row, state, key, outs);
    lua_settop(L, 4);
    if (rc)
        first_plan_no_memory(L);
}

/* columns:memo(rows, keys, outputs) -> steps, nodes: of a node memo, of a plan that is done
 * keys and outputs by position */
static int
l_memo(lua_State *L)
{
    FirstPlan *box = first_plan_check(L, SELF);
    const GraphRows *rows = graph_rows_check(L, 2);
    const StepSpec *specs = (const StepSpec *)(const void *)box->specs.data;

    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_checktype(L, 4, LUA_TTABLE);
    lua_settop(L, 4);
    box->steps.len = box->nodes.len = 0;
    for (size_t at = 0; at < box->numbers.len; at += sizeof(size_t)) {
        const StepSpec *spec = NULL;
        Slice shape = {"", 0};
        size_t number;

        memcpy(&number, box->numbers.data + at, sizeof number);
        if (number) {
            spec = &specs[number - 1];
            shape = (Slice){(char *)box->shapes.data + spec->shape, spec->shape_len};
        }
        if (memo_pass_put_step(&box->steps, shape, spec && spec->quick ? spec->prefix : NULL))
            first_plan_no_memory(L);
    }
    for (size_t i = 1; i <= box->columns.n; i++)
        put_memo_node(L, box, rows, i);
    lua_pushlstring(L, (char *)box->steps.data, box->steps.len);
    lua_pushlstring(L, (char *)box->nodes.data, box->nodes.len);
    buf_release(&box->steps);
    buf_release(&box->nodes);
    return 2;
}

/* -- reading ---------------------------------------------------------------- */

/* The box is the first upvalue; argument 2 is a position, whatever is indexed. */
static const ColumnsHit *
hit_at(lua_State *L, const Columns **c)
{
    const FirstPlan *box = lua_touserdata(L, lua_upvalueindex(1));

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

    first_plan_check(L, SELF);
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
    FirstPlan *box = first_plan_check(L, SELF);
    lua_Integer i = luaL_checkinteger(L, 2);

    if (i >= 1)
        columns_undo(&box->columns, (size_t)i);
    return 0;
}

/* columns:count() -> how many hits there are */
static int
l_count(lua_State *L)
{
    const FirstPlan *box = first_plan_check(L, SELF);

    lua_pushinteger(L, (lua_Integer)box->columns.n_hits);
    return 1;
}

/* columns:trace() -> the rows of all positions, 8 bytes each, 0 where there is no hit
 *                 -> list of the positions without a hit */
static int
l_trace(lua_State *L)
{
    const FirstPlan *box = first_plan_check(L, SELF);
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
    FirstPlan *box = first_plan_check(L, SELF);

    columns_release(&box->columns);
    memo_pass_release(&box->pass);
    buf_release(&box->plain);
    buf_release(&box->specs);
    buf_release(&box->shapes);
    buf_release(&box->numbers);
    buf_release(&box->steps);
    buf_release(&box->nodes);
    buf_release(&box->digests);
    buf_release(&box->list);
    return 0;
}

/* first_plan.new(n) -> columns of n positions */
static int
l_new(lua_State *L)
{
    lua_Integer n = luaL_checkinteger(L, 1);
    FirstPlan *box = lua_newuserdatauv(L, sizeof *box, 0);

    *box = (FirstPlan){0};
    luaL_setmetatable(L, FIRST_PLAN_TYPE);
    if (n < 0 || columns_init(&box->columns, (size_t)n) || buf_reserve(&box->plain, (size_t)n + 1))
        return first_plan_no_memory(L);
    memset(box->plain.data, 0, (size_t)n + 1);
    return 1;
}

/* Pushes the step of the node at the position, where it is not that of the last one: *last, a
 * number of the rows or an address. */
static int
push_step(lua_State *L, const GraphRows *rows, size_t position, uintptr_t *last)
{
    GraphRow row;

    if (rows && graph_rows_get(rows, position, &row)) {
        if (*last == row.step)
            return 0;
        *last = row.step;
        lua_rawgeti(L, 6, (lua_Integer)row.step);
        return 1;
    }
    lua_rawgeti(L, 1, (lua_Integer)position);
    lua_pushvalue(L, 5);
    lua_gettable(L, -2);
    if (*last == (uintptr_t)lua_topointer(L, -1))
        return 0;
    *last = (uintptr_t)lua_topointer(L, -1);
    return 1;
}

/* first_plan.steps(nodes[, rows]) -> list of their steps, each once, in the order of first use
 * rows: of the graph */
static int
l_steps(lua_State *L)
{
    const GraphRows *rows;
    lua_Integer found = 0;
    uintptr_t last = 0;
    size_t n;

    luaL_checktype(L, 1, LUA_TTABLE);
    rows = lua_isnoneornil(L, 2) ? NULL : graph_rows_check(L, 2);
    lua_settop(L, 2);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, FIRST_PLAN_STEP);
    if (rows)
        graph_rows_push_steps(L, 2);
    lua_settop(L, 6);
    n = lua_rawlen(L, 1);
    for (size_t i = 1; i <= n; i++) {
        if (push_step(L, rows, i, &last)) {
            lua_pushvalue(L, -1);
            if (lua_rawget(L, 4) == LUA_TNIL) {
                lua_pop(L, 1);
                lua_pushvalue(L, -1);
                lua_rawseti(L, 3, ++found);
                lua_pushboolean(L, 1);
                lua_rawset(L, 4);
            }
        }
        lua_settop(L, 6);
    }
    lua_pushvalue(L, 3);
    return 1;
}

int
luaopen_rille_host_first_plan(lua_State *L)
{
    static const luaL_Reg lib[] = {{"new", l_new}, {"steps", l_steps}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {NULL, NULL}};
    static const luaL_Reg methods[] = {{"resolve", first_plan_l_resolve}, {"views", l_views},
                                       {"undo", l_undo},       {"count", l_count},
                                       {"trace", l_trace},     {"from_memo", l_from_memo},
                                       {"memo", l_memo},       {NULL, NULL}};

    bind_type(L, FIRST_PLAN_TYPE, methods, meta);
    luaL_newlib(L, lib);
    return 1;
}

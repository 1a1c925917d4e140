/* node_box.c -- see node_box.h */
#include <string.h>

#include <lauxlib.h>

#include "graph/node_box.h"
#include "graph/rows_box.h"
#include "value/canonical.h"

/* A light node's metatable has the rows by the address of this. */
static const char ROWS_KEY;

/* Pushes the rows of the light node at idx, and reads its row; 0 where it is none. */
static int
push_row(lua_State *L, int idx, GraphRow *row)
{
    lua_Integer position;

    if (lua_type(L, idx) != LUA_TTABLE || !lua_getmetatable(L, idx))
        return 0;
    if (lua_rawgetp(L, -1, &ROWS_KEY) != LUA_TUSERDATA) {
        lua_pop(L, 2);
        return 0;
    }
    lua_remove(L, -2);
    lua_pushstring(L, NODE_POSITION);
    lua_rawget(L, idx);
    position = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (!graph_rows_get(lua_touserdata(L, -1), (size_t)position, row))
        return luaL_error(L, "node %d has no row", (int)position);
    return 1;
}

/* Pushes the step with the number. */
static void
push_step(lua_State *L, int rows, uint64_t number)
{
    graph_rows_push_steps(L, rows);
    lua_rawgeti(L, -1, (lua_Integer)number);
    lua_remove(L, -2);
}

/* What lua/graph/graph.lua has, in the list that the rows have of it: classes, then keys. */
enum { NODE = 1, WIRE, FAN_IN, LITERAL, ID, STEP, INPUTS, PARAMS, FROM, OUTPUT };

static const char *const KNOWN[] = {"Node", "Wire", "FanIn", "Literal", "ID", "STEP",
                                    "INPUTS", "PARAMS", "FROM", "OUTPUT"};

/* What a light node is completed with: places on the stack. */
typedef struct Completion {
    lua_State *L;
    int node, rows, nodes, known;       /* known: the list KNOWN */
    const unsigned char *p, *end;       /* the rest of the inputs */
} Completion;

/* Sets the field of the table at idx to the value on top; pops it. */
static void
set(Completion *c, int idx, int key)
{
    lua_rawgeti(c->L, c->known, key);
    lua_insert(c->L, -2);
    lua_rawset(c->L, idx);
}

static void
set_meta(Completion *c, int class)
{
    lua_rawgeti(c->L, c->known, class);
    lua_setmetatable(c->L, -2);
}

/* Has the step of the node at the position one output? */
static int
has_one_output(Completion *c, size_t position)
{
    lua_State *L = c->L;
    int top = lua_gettop(L), one;
    GraphRow row;

    if (graph_rows_get(lua_touserdata(L, c->rows), position, &row)) {
        push_step(L, c->rows, row.step);
    } else {
        lua_rawgeti(L, c->nodes, (lua_Integer)position);
        lua_pushstring(L, NODE_STEP);
        lua_rawget(L, -2);
    }
    lua_getfield(L, -1, "outputs");
    one = lua_rawlen(L, -1) == 1;
    lua_settop(L, top);
    return one;
}

/* Pushes the node or the wire. */
static void
push_source(Completion *c)
{
    lua_State *L = c->L;
    uint64_t position = graph_rows_number(&c->p, c->end);
    uint64_t output = graph_rows_number(&c->p, c->end);

    if (!has_one_output(c, position)) {
        lua_createtable(L, 0, 2);
        lua_rawgeti(L, c->nodes, (lua_Integer)position);
        set(c, lua_gettop(L) - 1, FROM);
        lua_pushinteger(L, (lua_Integer)output);
        set(c, lua_gettop(L) - 1, OUTPUT);
        set_meta(c, WIRE);
    } else {
        lua_rawgeti(L, c->nodes, (lua_Integer)position);
    }
}

static void
push_input(Completion *c)
{
    lua_State *L = c->L;
    uint64_t kind = graph_rows_number(&c->p, c->end), n;

    if (kind == GRAPH_ROW_WIRE) {
        push_source(c);
        return;
    }
    n = graph_rows_number(&c->p, c->end);
    if (kind == GRAPH_ROW_LITERAL) {
        lua_createtable(L, 3, 0);
        canonical_read(L, c->p, n);
        lua_rawseti(L, -2, 1);
        set_meta(c, LITERAL);
        c->p += n;
        return;
    }
    lua_createtable(L, (int)n, 0);
    for (uint64_t i = 1; i <= n; i++) {
        push_source(c);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    set_meta(c, FAN_IN);
}

static void
push_inputs(Completion *c)
{
    lua_State *L = c->L;
    uint64_t n = graph_rows_number(&c->p, c->end);

    lua_createtable(L, (int)n, 0);
    for (uint64_t i = 1; i <= n; i++) {
        push_input(c);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
}

void
graph_node_complete(lua_State *L, int idx)
{
    Completion c = {.L = L, .node = lua_absindex(L, idx)};
    int top = lua_gettop(L);
    GraphRow row;

    luaL_checkstack(L, 20, NULL);
    if (!push_row(L, c.node, &row))
        return;
    c.rows = top + 1;
    lua_getiuservalue(L, c.rows, GRAPH_ROWS_NODES);
    lua_getiuservalue(L, c.rows, GRAPH_ROWS_KNOWN);
    c.nodes = top + 2;
    c.known = top + 3;
    c.p = row.inputs;
    c.end = row.end;
    push_inputs(&c);
    canonical_read(L, row.params.data, row.params.len);
    set(&c, c.node, PARAMS);
    set(&c, c.node, INPUTS);
    lua_pushlstring(L, row.id.data, row.id.len);
    set(&c, c.node, ID);
    push_step(L, c.rows, row.step);
    set(&c, c.node, STEP);
    lua_pushvalue(L, c.node);
    set_meta(&c, NODE);
    lua_settop(L, top);
}

/* node.NAME of the step at the top: pushes the wire from that output; 0 where it has none. */
static int
push_wire(lua_State *L)
{
    lua_getfield(L, -1, "index");
    lua_getfield(L, -1, "output");
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNUMBER)
        return 0;
    lua_createtable(L, 0, 2);
    lua_pushstring(L, WIRE_FROM);
    lua_pushvalue(L, 1);
    lua_rawset(L, -3);
    lua_pushstring(L, WIRE_OUTPUT);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_setmetatable(L, -2);
    return 1;
}

/* index(node, key): the metamethod of light nodes; upvalues: the classes Wire and Node. */
static int
l_index(lua_State *L)
{
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    GraphRow row;

    lua_settop(L, 2);
    if (push_row(L, 1, &row)) {
        push_step(L, 3, row.step);
        if (strcmp(key, NODE_STEP) == 0 || (key[0] != '\1' && push_wire(L)))
            return 1;
        if (strcmp(key, NODE_ID) == 0) {
            lua_pushlstring(L, row.id.data, row.id.len);
            return 1;
        }
        lua_settop(L, 2);
        graph_node_complete(L, 1);
    }
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 1) != LUA_TNIL)
        return 1;
    lua_pop(L, 1);
    lua_getfield(L, lua_upvalueindex(2), "__index");
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

void
graph_node_push_known(lua_State *L, int graph)
{
    lua_createtable(L, OUTPUT, 0);
    for (int i = 0; i < OUTPUT; i++) {
        lua_getfield(L, graph, KNOWN[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

void
graph_node_push_meta(lua_State *L, int rows, int graph)
{
    int node, meta;

    lua_getfield(L, graph, "Node");
    node = lua_gettop(L);
    lua_newtable(L);
    meta = node + 1;
    for (lua_pushnil(L); lua_next(L, node); ) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, meta);
    }
    lua_pushvalue(L, node);
    lua_setfield(L, meta, "__metatable");
    lua_pushvalue(L, rows);
    lua_rawsetp(L, meta, &ROWS_KEY);
    lua_getfield(L, graph, "Wire");
    lua_pushvalue(L, node);
    lua_pushcclosure(L, l_index, 2);
    lua_setfield(L, meta, "__index");
    lua_remove(L, node);
}

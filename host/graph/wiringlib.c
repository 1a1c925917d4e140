/* wiringlib.c -- rille.host.wiring: the wiring of a pipeline, from the nodes of
 * lua/graph/graph.lua to the bytes of a spec (meta/wiring_bytes.h) and back. */
#include <string.h>

#include "base/bind.h"
#include "graph/node_box.h"
#include "graph/rows_box.h"
#include "meta/wiring_bytes.h"

#define WRITER_TYPE "rille.host.wiring.writer"

enum { NODES = 1, WIRE_META, FAN_META, MARKS, ROWS, WRITER, NAMES };

int luaopen_rille_host_wiring(lua_State *L);

static int
writer_gc(lua_State *L)
{
    wiring_writer_release(lua_touserdata(L, 1));
    return 0;
}

static Slice
text_at(lua_State *L, int idx)
{
    Slice s;

    s.data = lua_tolstring(L, idx, &s.len);
    return s;
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
put_literal(lua_State *L, WiringWriter *w)
{
    lua_pushliteral(L, "label");
    lua_rawget(L, -2);
    wiring_literal(w, text_at(L, -1));
    lua_pop(L, 2);
}

static GraphRows *
rows_of(lua_State *L)
{
    return lua_touserdata(L, ROWS);
}

/* The id of the node at the position; the node is at the top. */
static Slice
id_of(lua_State *L, lua_Integer position)
{
    GraphRow row;
    Slice id;

    if (rows_of(L) && graph_rows_get(rows_of(L), (size_t)position, &row))
        return row.id;
    get(L, -1, NODE_ID);
    id = text_at(L, -1);
    lua_pop(L, 1);                      /* the node has it */
    return id;
}

/* The source at the top (a node, a wire or a literal); pops it. */
static void
put_source(lua_State *L, WiringWriter *w)
{
    lua_Integer output = 1, position;

    if (has_meta(L, -1, WIRE_META)) {
        get(L, -1, WIRE_OUTPUT);
        output = lua_tointeger(L, -1);
        lua_pop(L, 1);
        get(L, -1, WIRE_FROM);
        lua_remove(L, -2);
    }
    get(L, -1, NODE_POSITION);
    if (!lua_isinteger(L, -1)) {
        lua_pop(L, 1);
        put_literal(L, w);
        return;
    }
    position = lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_rawgeti(L, NODES, position);
    if (!lua_rawequal(L, -1, -2)) {
        graph_node_complete(L, -2);
        get(L, -2, NODE_ID);
        luaL_error(L, "node \"%s\" belongs to another pipeline", lua_tostring(L, -1));
    }
    wiring_source(w, (uint64_t)position, id_of(L, position), (uint64_t)output);
    lua_pop(L, 2);
}

/* The input at the top; pops it. */
static void
put_input(lua_State *L, WiringWriter *w)
{
    lua_Integer n;

    if (!has_meta(L, -1, FAN_META)) {
        wiring_one_source(w);
        put_source(L, w);
        return;
    }
    n = (lua_Integer)lua_rawlen(L, -1);
    wiring_fan_in(w, (size_t)n);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        put_source(L, w);
    }
    lua_pop(L, 1);
}

/* The name of port i of the list at the top. */
static void
put_port(lua_State *L, WiringWriter *w, lua_Integer i)
{
    lua_rawgeti(L, -1, i);
    lua_getfield(L, -1, "name");
    wiring_name(w, text_at(L, -1));
    lua_pop(L, 2);
}

/* marks = { { name, input }... } of node i */
static void
put_marks(lua_State *L, WiringWriter *w, lua_Integer i)
{
    lua_Integer n;

    if (!lua_istable(L, MARKS))
        return;
    lua_rawgeti(L, MARKS, i);
    n = (lua_Integer)lua_rawlen(L, -1);
    wiring_count(w, (size_t)n);
    for (lua_Integer k = 1; k <= n; k++) {
        lua_rawgeti(L, -1, k);
        lua_rawgeti(L, -1, 1);
        wiring_name(w, text_at(L, -1));
        lua_pop(L, 1);
        lua_rawgeti(L, -1, 2);
        put_input(L, w);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* The node at the top. */
static void
put_node(lua_State *L, WiringWriter *w, lua_Integer position)
{
    int node = lua_gettop(L), step = node + 1;
    lua_Integer n;

    wiring_node_begin(w);
    get(L, node, NODE_STEP);
    get(L, node, NODE_ID);
    wiring_name(w, text_at(L, -1));
    lua_pushliteral(L, "name");
    lua_rawget(L, step);
    wiring_name(w, text_at(L, -1));
    lua_settop(L, step);

    get(L, node, NODE_INPUTS);
    lua_pushliteral(L, "inputs");
    lua_rawget(L, step);
    n = (lua_Integer)lua_rawlen(L, -1);
    wiring_count(w, (size_t)n);
    for (lua_Integer i = 1; i <= n; i++) {
        put_port(L, w, i);
        lua_rawgeti(L, step + 1, i);
        put_input(L, w);
    }
    lua_settop(L, step);

    lua_pushliteral(L, "outputs");
    lua_rawget(L, step);
    n = (lua_Integer)lua_rawlen(L, -1);
    wiring_count(w, (size_t)n);
    for (lua_Integer i = 1; i <= n; i++)
        put_port(L, w, i);
    put_marks(L, w, position);
    wiring_node_end(w);
    lua_settop(L, node);
}

/* The names in a step, which keeps them alive. */
typedef struct StepNames {
    Slice name;
    size_t n_inputs, n_outputs;
    Slice ports[];                      /* of the inputs, then of the outputs */
} StepNames;

/* Reads the names of the ports in the list at the top; pops it. */
static void
read_ports(lua_State *L, Slice *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        lua_getfield(L, -1, "name");
        names[i] = text_at(L, -1);
        lua_pop(L, 2);
    }
    lua_pop(L, 1);
}

/* The names in the step with the number, which are in the table NAMES. */
static const StepNames *
names_of(lua_State *L, uint64_t number)
{
    int top = lua_gettop(L), step = top + 2;
    size_t inputs, outputs;
    StepNames *n;

    lua_rawgeti(L, NAMES, (lua_Integer)number);
    n = lua_touserdata(L, -1);
    lua_settop(L, top);
    if (n)
        return n;
    graph_rows_push_steps(L, ROWS);
    lua_rawgeti(L, -1, (lua_Integer)number);
    lua_getfield(L, step, "inputs");
    lua_getfield(L, step, "outputs");
    inputs = lua_rawlen(L, -2);
    outputs = lua_rawlen(L, -1);
    n = lua_newuserdatauv(L, sizeof *n + (inputs + outputs) * sizeof n->ports[0], 0);
    lua_rawseti(L, NAMES, (lua_Integer)number);
    n->n_inputs = inputs;
    n->n_outputs = outputs;
    read_ports(L, n->ports + inputs, outputs);
    read_ports(L, n->ports, inputs);
    lua_getfield(L, step, "name");
    n->name = text_at(L, -1);
    lua_settop(L, top);
    return n;
}

/* A source of a row. */
static void
put_row_source(lua_State *L, WiringWriter *w, GraphRow *row)
{
    uint64_t position = graph_rows_number(&row->inputs, row->end);
    uint64_t output = graph_rows_number(&row->inputs, row->end);
    GraphRow source;

    if (graph_rows_get(rows_of(L), position, &source)) {
        wiring_source(w, position, source.id, output);
        return;
    }
    lua_rawgeti(L, NODES, (lua_Integer)position);
    wiring_source(w, position, id_of(L, (lua_Integer)position), output);
    lua_pop(L, 1);
}

static void
put_row_input(lua_State *L, WiringWriter *w, GraphRow *row)
{
    uint64_t kind = graph_rows_number(&row->inputs, row->end), n;

    if (kind == GRAPH_ROW_WIRE) {
        wiring_one_source(w);
        put_row_source(L, w, row);
        return;
    }
    n = graph_rows_number(&row->inputs, row->end);
    if (kind == GRAPH_ROW_LITERAL) {
        wiring_one_source(w);
        wiring_literal(w, (Slice){"", 0});
        row->inputs += n;
        return;
    }
    wiring_fan_in(w, n);
    for (; n; n--)
        put_row_source(L, w, row);
}

/* The node that has this row; the same as put_node. */
static void
put_row(lua_State *L, WiringWriter *w, GraphRow *row, lua_Integer position)
{
    const StepNames *names = names_of(L, row->step);
    uint64_t n = graph_rows_number(&row->inputs, row->end);

    wiring_node_begin(w);
    wiring_name(w, row->id);
    wiring_name(w, names->name);
    wiring_count(w, n);
    for (size_t i = 0; i < n; i++) {
        wiring_name(w, names->ports[i]);
        put_row_input(L, w, row);
    }
    wiring_count(w, names->n_outputs);
    for (size_t i = 0; i < names->n_outputs; i++)
        wiring_name(w, names->ports[n + i]);
    put_marks(L, w, position);
    wiring_node_end(w);
}

/* spec(nodes, Wire, FanIn[, marks by position[, rows]]) -> bytes, hash (32 bytes); without the
 * rows no node is light */
static int
l_spec(lua_State *L)
{
    unsigned char hash[HASH_SIZE];
    WiringWriter *w;
    GraphRow row;
    lua_Integer n;

    luaL_checktype(L, NODES, LUA_TTABLE);
    lua_settop(L, ROWS);
    if (!lua_isnil(L, ROWS))
        graph_rows_check(L, ROWS);
    w = lua_newuserdatauv(L, sizeof *w, 0);
    *w = (WiringWriter){0};
    luaL_setmetatable(L, WRITER_TYPE);
    lua_newtable(L);
    n = (lua_Integer)lua_rawlen(L, NODES);
    wiring_begin(w, lua_istable(L, MARKS), (size_t)n);
    for (lua_Integer i = 1; i <= n; i++) {
        if (rows_of(L) && graph_rows_get(rows_of(L), (size_t)i, &row)) {
            put_row(L, w, &row, i);
            continue;
        }
        lua_rawgeti(L, NODES, i);
        put_node(L, w, i);
        lua_settop(L, NAMES);
    }
    if (wiring_end(w, hash))
        return luaL_error(L, "out of memory");
    lua_pushlstring(L, (char *)w->bytes.data, w->bytes.len);
    lua_pushlstring(L, (char *)hash, HASH_SIZE);
    return 2;
}

/* Pushes the name. */
static void
push_name(lua_State *L, Slice name)
{
    lua_pushlstring(L, name.data, name.len);
}

/* Raises when what was read so far is damaged. */
static void
check(lua_State *L, const WiringReader *r)
{
    if (r->bad)
        luaL_error(L, "the pipeline's spec is damaged");
}

/* { position, output }; a literal is { 0, 0, label = } */
static void
push_source(lua_State *L, WiringReader *r)
{
    uint64_t position = wiring_read_number(r);
    uint64_t output = position ? wiring_read_number(r) : 0;
    Slice label = position ? (Slice){"", 0} : wiring_read_label(r);

    check(L, r);
    lua_newtable(L);
    lua_pushinteger(L, (lua_Integer)position);
    lua_rawseti(L, -2, 1);
    lua_pushinteger(L, (lua_Integer)output);
    lua_rawseti(L, -2, 2);
    if (label.len) {
        push_name(L, label);
        lua_setfield(L, -2, "label");
    }
}

/* { port, source... } */
static void
push_input(lua_State *L, WiringReader *r)
{
    lua_Integer n;

    lua_newtable(L);
    push_name(L, wiring_read_name(r));
    lua_setfield(L, -2, "port");
    n = (lua_Integer)wiring_read_count(r);
    for (lua_Integer i = 1; i <= n; i++) {
        push_source(L, r);
        lua_rawseti(L, -2, i);
    }
}

/* Sets field name of the table at the top to a list of inputs. */
static void
push_inputs(lua_State *L, WiringReader *r, const char *name)
{
    lua_Integer n = (lua_Integer)wiring_read_count(r);

    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        push_input(L, r);
        check(L, r);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, name);
}

static void
push_node(lua_State *L, WiringReader *r)
{
    lua_Integer n;

    luaL_checkstack(L, 8, NULL);
    lua_newtable(L);
    push_name(L, wiring_read_name(r));
    lua_setfield(L, -2, "id");
    push_name(L, wiring_read_name(r));
    lua_setfield(L, -2, "step");
    push_inputs(L, r, "inputs");
    lua_newtable(L);
    n = (lua_Integer)wiring_read_count(r);
    for (lua_Integer i = 1; i <= n; i++) {
        push_name(L, wiring_read_name(r));
        check(L, r);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "outputs");
    if (r->format == WIRING_MARKED)
        push_inputs(L, r, "marks");
    check(L, r);
}

/* read(bytes) -> { { id, step, inputs = { { port, { position, output, label = }... } },
 *                    outputs = { name... }, marks = as inputs or nil }... }
 * raises when damaged */
static int
l_read(lua_State *L)
{
    Slice spec;
    WiringReader r;
    lua_Integer n;

    spec.data = luaL_checklstring(L, 1, &spec.len);
    n = (lua_Integer)wiring_open(&r, spec);
    if (r.bad && (r.format < WIRING_FIRST || r.format > WIRING_MARKED))
        luaL_error(L, "the pipeline's spec has a format that this rille does not know");
    check(L, &r);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        push_node(L, &r);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* Passes the inputs of a node, and marks the nodes that they are from. */
static void
mark_sources(WiringReader *r, unsigned char *taken, uint64_t n)
{
    for (uint64_t inputs = wiring_read_count(r); inputs && !r->bad; inputs--) {
        wiring_read_name(r);
        for (uint64_t sources = wiring_read_count(r); sources && !r->bad; sources--) {
            uint64_t position = wiring_read_number(r);

            if (position)
                wiring_read_number(r);
            else
                wiring_read_label(r);
            if (position && position <= n)
                taken[position - 1] = 1;
        }
    }
}

/* Passes a node, and marks those that it takes something from. */
static void
pass_node(lua_State *L, WiringReader *r, unsigned char *taken, uint64_t n)
{
    wiring_read_name(r);
    wiring_read_name(r);
    mark_sources(r, taken, n);
    for (uint64_t outputs = wiring_read_count(r); outputs && !r->bad; outputs--)
        wiring_read_name(r);
    check(L, r);
}

/* Pushes a node without its inputs. */
static void
push_final(lua_State *L, WiringReader *r, lua_Integer position)
{
    lua_Integer n;

    lua_createtable(L, 0, 3);
    lua_pushinteger(L, position);
    lua_setfield(L, -2, "position");
    push_name(L, wiring_read_name(r));
    lua_setfield(L, -2, "id");
    wiring_read_name(r);
    mark_sources(r, NULL, 0);
    lua_newtable(L);
    n = (lua_Integer)wiring_read_count(r);
    for (lua_Integer i = 1; i <= n; i++) {
        push_name(L, wiring_read_name(r));
        check(L, r);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "outputs");
}

/* finals(bytes): the nodes that no other takes anything from
 *   -> { { position =, id =, outputs = { name... } }... }
 *   -> nil of a wiring with marks
 * raises when damaged */
static int
l_finals(lua_State *L)
{
    unsigned char *taken;
    lua_Integer k = 0;
    WiringReader r;
    Slice spec;
    uint64_t n;

    spec.data = luaL_checklstring(L, 1, &spec.len);
    lua_settop(L, 1);
    n = wiring_open(&r, spec);
    if (!r.bad && r.format == WIRING_MARKED)
        return 0;
    check(L, &r);
    taken = lua_newuserdatauv(L, n + 1, 0);
    memset(taken, 0, n + 1);
    for (uint64_t i = 0; i < n; i++)
        pass_node(L, &r, taken, n);
    wiring_open(&r, spec);
    lua_newtable(L);
    for (uint64_t i = 0; i < n; i++) {
        if (taken[i]) {
            pass_node(L, &r, taken, 0);
            continue;
        }
        push_final(L, &r, (lua_Integer)i + 1);
        lua_rawseti(L, 3, ++k);
    }
    return 1;
}

int
luaopen_rille_host_wiring(lua_State *L)
{
    static const luaL_Reg lib[] = {{"spec", l_spec}, {"read", l_read}, {"finals", l_finals},
                                   {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", writer_gc}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};

    bind_type(L, WRITER_TYPE, none, meta);
    luaL_newlib(L, lib);
    return 1;
}

/* rowslib.c -- rille.host.graph_rows: the rows of a graph (rows.h) as a userdata, whose user
 * values are in rows_box.h. */
#include "base/bind.h"
#include "graph/node_box.h"
#include "graph/rows_box.h"

int luaopen_rille_host_graph_rows(lua_State *L);

static int
l_gc(lua_State *L)
{
    graph_rows_release(lua_touserdata(L, 1));
    return 0;
}

/* new(nodes, by_id, module) -> rows; two fields of the graph, and lua/graph/graph.lua */
static int
l_new(lua_State *L)
{
    GraphRows *rows;

    for (int i = 1; i <= 3; i++)
        luaL_checktype(L, i, LUA_TTABLE);
    lua_settop(L, 3);
    rows = lua_newuserdatauv(L, sizeof *rows, GRAPH_ROWS_LIGHT);
    *rows = (GraphRows){.serial = (uint64_t)lua_tointeger(L, lua_upvalueindex(1)) + 1};
    lua_pushinteger(L, (lua_Integer)rows->serial);
    lua_replace(L, lua_upvalueindex(1));
    luaL_setmetatable(L, GRAPH_ROWS_TYPE);
    lua_newtable(L);
    lua_setiuservalue(L, 4, GRAPH_ROWS_STEPS);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 4, GRAPH_ROWS_NODES);
    lua_pushvalue(L, 2);
    lua_setiuservalue(L, 4, GRAPH_ROWS_BY_ID);
    graph_node_push_known(L, 3);
    lua_setiuservalue(L, 4, GRAPH_ROWS_KNOWN);
    graph_node_push_meta(L, 4, 3);
    lua_setiuservalue(L, 4, GRAPH_ROWS_LIGHT);
    return 1;
}

/* rows:complete() gives all nodes their fields */
static int
l_complete(lua_State *L)
{
    lua_Integer n;

    graph_rows_check(L, 1);
    lua_getiuservalue(L, 1, GRAPH_ROWS_NODES);
    n = (lua_Integer)lua_rawlen(L, -1);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        graph_node_complete(L, -1);
        lua_pop(L, 1);
    }
    return 0;
}

/* #rows -> how many there are */
static int
l_len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)graph_rows_count(graph_rows_check(L, 1)));
    return 1;
}

/* rows:bytes(position) -> the row, "" where nothing is known */
static int
l_bytes(lua_State *L)
{
    Slice s = graph_rows_bytes(graph_rows_check(L, 1), (size_t)luaL_checkinteger(L, 2));

    lua_pushlstring(L, s.data, s.len);
    return 1;
}

/* { position, output } */
static void
push_source(lua_State *L, const unsigned char **p, const unsigned char *end)
{
    lua_createtable(L, 2, 0);
    for (int i = 1; i <= 2; i++) {
        lua_pushinteger(L, (lua_Integer)graph_rows_number(p, end));
        lua_rawseti(L, -2, i);
    }
}

/* A list of sources, or the encoding of a literal. */
static void
push_input(lua_State *L, const unsigned char **p, const unsigned char *end)
{
    uint64_t kind = graph_rows_number(p, end);
    uint64_t n = kind == GRAPH_ROW_WIRE ? 1 : graph_rows_number(p, end);

    if (kind == GRAPH_ROW_LITERAL) {
        lua_pushlstring(L, (const char *)*p, n);
        *p += n;
        return;
    }
    lua_newtable(L);
    for (uint64_t i = 1; i <= n; i++) {
        push_source(L, p, end);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
}

/* rows:get(position) -> { id, step, params = encoding, inputs = { list of { position, output }
 *                         or the encoding of a literal... } }
 *                    -> nil where nothing is known */
static int
l_get(lua_State *L)
{
    GraphRow row;
    uint64_t n;

    if (!graph_rows_get(graph_rows_check(L, 1), (size_t)luaL_checkinteger(L, 2), &row))
        return 0;
    lua_newtable(L);
    lua_pushlstring(L, row.id.data, row.id.len);
    lua_setfield(L, -2, "id");
    graph_rows_push_steps(L, 1);
    lua_rawgeti(L, -1, (lua_Integer)row.step);
    lua_setfield(L, -3, "step");
    lua_pop(L, 1);
    lua_pushlstring(L, row.params.data, row.params.len);
    lua_setfield(L, -2, "params");
    lua_newtable(L);
    n = graph_rows_number(&row.inputs, row.end);
    for (uint64_t i = 1; i <= n; i++) {
        push_input(L, &row.inputs, row.end);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    lua_setfield(L, -2, "inputs");
    return 1;
}

/* Marks the sources of a row in the table at `taken`. */
static void
mark_sources(lua_State *L, int taken, GraphRow *row)
{
    for (uint64_t n = graph_rows_number(&row->inputs, row->end); n; n--) {
        uint64_t kind = graph_rows_number(&row->inputs, row->end);
        uint64_t sources = kind == GRAPH_ROW_WIRE ? 1 : graph_rows_number(&row->inputs, row->end);

        if (kind == GRAPH_ROW_LITERAL) {
            row->inputs += sources;
            continue;
        }
        for (; sources; sources--) {
            lua_pushboolean(L, 1);
            lua_rawseti(L, taken, (lua_Integer)graph_rows_number(&row->inputs, row->end));
            graph_rows_number(&row->inputs, row->end);
        }
    }
}

/* rows:taken() -> the set of the positions whose outputs nodes take, as far as rows say;
 *                 the list of the positions of nodes without a row */
static int
l_taken(lua_State *L)
{
    GraphRows *rows = graph_rows_check(L, 1);
    lua_Integer n, unknown = 0;
    GraphRow row;

    lua_settop(L, 1);
    lua_getiuservalue(L, 1, GRAPH_ROWS_NODES);
    n = (lua_Integer)lua_rawlen(L, 2);
    lua_newtable(L);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        if (graph_rows_get(rows, (size_t)i, &row)) {
            mark_sources(L, 3, &row);
        } else {
            lua_pushinteger(L, i);
            lua_rawseti(L, 4, ++unknown);
        }
    }
    return 2;
}

/* rows:steps() -> the steps of the rows, by their numbers */
static int
l_steps(lua_State *L)
{
    graph_rows_check(L, 1);
    graph_rows_push_steps(L, 1);
    return 1;
}

/* rows:unknown(n) -> the positions of the first n nodes that have no row */
static int
l_unknown(lua_State *L)
{
    const GraphRows *rows = graph_rows_check(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2), k = 0;

    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++)
        if (!graph_rows_bytes(rows, (size_t)i).len) {
            lua_pushinteger(L, i);
            lua_rawseti(L, -2, ++k);
        }
    return 1;
}

int
luaopen_rille_host_graph_rows(lua_State *L)
{
    static const luaL_Reg lib[] = {{NULL, NULL}};
    static const luaL_Reg methods[] = {{"bytes", l_bytes}, {"get", l_get},
                                       {"complete", l_complete}, {"taken", l_taken},
                                       {"steps", l_steps}, {"unknown", l_unknown},
                                       {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {"__len", l_len}, {NULL, NULL}};

    bind_type(L, GRAPH_ROWS_TYPE, methods, meta);
    luaL_newlib(L, lib);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, l_new, 1);
    lua_setfield(L, -2, "new");
    return 1;
}

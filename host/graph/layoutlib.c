/* layoutlib.c -- rille.host.layout: where nodes and edges of a drawing go.
 *
 * layout(nodes, edges, options) -> placed
 *                               -> nil, message, code
 *   nodes    { left = { number... }, right = { number... }, thick = { number... } }
 *   edges    { from = { integer... }, to = { integer... } }      nodes from 1
 *   options  { node_gap =, layer_gap =, component_gap =, aspect = }
 *   placed   { x = { number... }, y =, layer = { integer... }, place =,
 *              points = { { x, y, x, y... }... }, width =, height =,
 *              layers =, crossings = }          layers and places from 1 */
#include "base/bind.h"
#include "graph/layout.h"

#define TYPE "rille.host.layout"

enum { NODES = 1, EDGES, OPTIONS, BOX };

int luaopen_rille_host_layout(lua_State *L);

static int
box_gc(lua_State *L)
{
    layout_release(lua_touserdata(L, 1));
    return 0;
}

/* Pushes the list in a field. */
static lua_Integer
push_list(lua_State *L, int idx, const char *field)
{
    if (lua_getfield(L, idx, field) != LUA_TTABLE)
        luaL_error(L, "field '%s': expected a list", field);
    return (lua_Integer)lua_rawlen(L, -1);
}

static double
number_at(lua_State *L, lua_Integer i)
{
    double v;
    int ok;

    lua_rawgeti(L, -1, i);
    v = lua_tonumberx(L, -1, &ok);
    lua_pop(L, 1);
    if (!ok || !(v >= 0 && v < 1e9))
        luaL_error(L, "node %d: expected a size from 0", (int)i);
    return v;
}

static int32_t
node_at(lua_State *L, lua_Integer i, lua_Integer n)
{
    lua_Integer v;
    int ok;

    lua_rawgeti(L, -1, i);
    v = lua_tointegerx(L, -1, &ok);
    lua_pop(L, 1);
    if (!ok || v < 1 || v > n)
        luaL_error(L, "edge %d: expected the number of a node", (int)i);
    return (int32_t)v - 1;
}

static double
option(lua_State *L, const char *name, double otherwise)
{
    double v = otherwise;

    if (lua_getfield(L, OPTIONS, name) != LUA_TNIL)
        v = luaL_checknumber(L, -1);
    lua_pop(L, 1);
    if (!(v >= 0 && v < 1e9))
        luaL_error(L, "option '%s': expected a number from 0", name);
    return v;
}

/* Reads the arguments; the sizes of all lists were seen to agree. */
static void
read_graph(lua_State *L, Layout *l)
{
    push_list(L, NODES, "left");
    for (int32_t i = 0; i < l->n; i++)
        l->node[i].left = number_at(L, i + 1);
    push_list(L, NODES, "right");
    for (int32_t i = 0; i < l->n; i++)
        l->node[i].right = number_at(L, i + 1);
    push_list(L, NODES, "thick");
    for (int32_t i = 0; i < l->n; i++)
        l->node[i].thick = number_at(L, i + 1);
    push_list(L, EDGES, "from");
    for (int32_t i = 0; i < l->m; i++)
        l->edge[i].from = node_at(L, i + 1, l->n);
    push_list(L, EDGES, "to");
    for (int32_t i = 0; i < l->m; i++)
        l->edge[i].to = node_at(L, i + 1, l->n);
    lua_settop(L, BOX);
}

static void
push_nodes(lua_State *L, const Layout *l)
{
    static const char *const names[] = {"x", "y", "layer", "place"};

    for (int field = 0; field < 4; field++) {
        lua_createtable(L, l->n, 0);
        for (int32_t i = 0; i < l->n; i++) {
            const LayoutNode *node = &l->node[i];

            if (field < 2)
                lua_pushnumber(L, field ? node->y : node->x);
            else
                lua_pushinteger(L, (field == 2 ? node->layer : node->place) + 1);
            lua_rawseti(L, -2, i + 1);
        }
        lua_setfield(L, -2, names[field]);
    }
}

static void
push_points(lua_State *L, const Layout *l)
{
    lua_createtable(L, l->m, 0);
    for (int32_t e = 0; e < l->m; e++) {
        const LayoutPoint *p = l->point + l->edge[e].first;

        lua_createtable(L, (int)l->edge[e].count * 2, 0);
        for (size_t i = 0; i < l->edge[e].count; i++) {
            lua_pushnumber(L, p[i].x);
            lua_rawseti(L, -2, (lua_Integer)(2 * i) + 1);
            lua_pushnumber(L, p[i].y);
            lua_rawseti(L, -2, (lua_Integer)(2 * i) + 2);
        }
        lua_rawseti(L, -2, e + 1);
    }
    lua_setfield(L, -2, "points");
}

static int
l_layout(lua_State *L)
{
    LayoutOptions o;
    lua_Integer n, m;
    Layout *l;
    Err err;

    for (int i = NODES; i <= OPTIONS; i++)
        luaL_checktype(L, i, LUA_TTABLE);
    lua_settop(L, OPTIONS);
    o.node_gap = option(L, "node_gap", 24);
    o.layer_gap = option(L, "layer_gap", 32);
    o.component_gap = option(L, "component_gap", 48);
    o.aspect = option(L, "aspect", 1.6);
    n = push_list(L, NODES, "left");
    if (push_list(L, NODES, "right") != n || push_list(L, NODES, "thick") != n)
        return luaL_error(L, "left, right and thick: expected lists of the same length");
    m = push_list(L, EDGES, "from");
    if (push_list(L, EDGES, "to") != m)
        return luaL_error(L, "from and to: expected lists of the same length");
    lua_settop(L, OPTIONS);
    l = lua_newuserdatauv(L, sizeof *l, 0);
    layout_init(l);
    luaL_setmetatable(L, TYPE);
    if (layout_add(l, (size_t)n, (size_t)m, &err))
        return bind_fail(L, &err);
    read_graph(L, l);
    if (layout_place(l, &o, &err))
        return bind_fail(L, &err);
    lua_createtable(L, 0, 9);
    push_nodes(L, l);
    push_points(L, l);
    lua_pushnumber(L, l->width);
    lua_setfield(L, -2, "width");
    lua_pushnumber(L, l->height);
    lua_setfield(L, -2, "height");
    lua_pushinteger(L, l->layers);
    lua_setfield(L, -2, "layers");
    lua_pushinteger(L, l->crossings);
    lua_setfield(L, -2, "crossings");
    return 1;
}

int
luaopen_rille_host_layout(lua_State *L)
{
    static const luaL_Reg meta[] = {{"__gc", box_gc}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};

    bind_type(L, TYPE, none, meta);
    lua_pushcfunction(L, l_layout);
    return 1;
}

/* step_calllib.c -- rille.host.step_call: the usual calls of steps while a pipeline is defined.
 *
 * lua/script/call.lua and lua/graph/graph.lua say what a call of a step does; the functions here
 * do the same for the arguments that most calls have: nodes of the same graph, lists of them,
 * numbers, strings and booleans.  For all else, mistakes included, they return nothing before
 * anything has changed, and the caller goes the way in Lua, which words the errors.
 *
 * A node that is made here is a row in the graph's rows (rows.h), and light (node_box.h). */
#include <ctype.h>
#include <string.h>

#include "base/bind.h"
#include "graph/step_call_box.h"

/* The metatable of light steps.  It is in the registry, where no walk over what code reaches
 * meets it: steps' functions have the names by which it meets them in that of steps. */
#define LIGHT_TYPE "rille.light step"

int luaopen_rille_host_step_call(lua_State *L);

/* The same as the pattern of graph.add: an id that may need a message is left to it. */
static int
is_valid_id(lua_State *L, int idx)
{
    size_t n;
    const char *p;

    if (lua_type(L, idx) != LUA_TSTRING)
        return 0;
    p = lua_tolstring(L, idx, &n);
    for (size_t i = 0; i < n; i++)
        if (iscntrl((unsigned char)p[i]) || p[i] == '/' || p[i] == ']')
            return 0;
    return n > 0;
}

/* -- what is called ---------------------------------------------------------- */

/* Pushes the rows of the graph, and its tables; 0 where the call is no usual one. */
static int
find_graph(Call *c)
{
    lua_State *L = c->L;

    if (lua_rawgeti(L, lua_upvalueindex(DEFINING), 1) != LUA_TUSERDATA
        || lua_rawgeti(L, lua_upvalueindex(HELD), 1) != LUA_TNIL)
        return 0;
    c->box = c->self + c->args + 1;
    c->rows = lua_touserdata(L, c->box);
    lua_getiuservalue(L, c->box, GRAPH_ROWS_NODES);
    lua_getiuservalue(L, c->box, GRAPH_ROWS_BY_ID);
    lua_getiuservalue(L, c->box, GRAPH_ROWS_LIGHT);
    c->nodes = c->box + 2;
    c->by_id = c->box + 3;
    c->light = lua_topointer(L, c->box + 4);
    return 1;
}

/* The step is no light one: it gives the id itself. */
static int
find_own_id(Call *c)
{
    lua_State *L = c->L;
    int top = lua_gettop(L);

    c->base = c->self;
    if (step_get(L, c->base, F_MEMBERS) != LUA_TNIL
        || step_get(L, c->base, F_OPTIONS) != LUA_TTABLE)
        return 0;
    if (step_get(L, top + 2, F_ID) == LUA_TNIL)
        step_get_text(L, c->base, "name");
    c->id = lua_gettop(L);
    return is_valid_id(L, c->id);
}

/* Finds the step, and the id that the node gets. */
static int
find_step(Call *c)
{
    lua_State *L = c->L;
    int top = c->box + 4;

    c->last = lua_touserdata(L, lua_upvalueindex(LAST));
    if (lua_type(L, c->self) != LUA_TTABLE || !lua_getmetatable(L, c->self))
        return 0;
    if (lua_topointer(L, top + 1) == c->last->light_meta) {
        lua_rawgeti(L, c->self, 1);
        lua_rawgeti(L, c->self, 2);
        c->base = top + 2;
        c->id = top + 3;
    } else if (!lua_rawequal(L, top + 1, lua_upvalueindex(STEP_META)) || !find_own_id(c)) {
        return 0;
    }
    lua_pushvalue(L, c->id);
    if (lua_rawget(L, c->by_id) != LUA_TNIL
        || step_get(L, c->base, F_OPTIONS) != LUA_TTABLE
        || step_get(L, lua_gettop(L), F_AFTER) != LUA_TNIL)
        return 0;
    return step_push_shape(c);
}

/* -- arguments --------------------------------------------------------------- */

/* The values of the table at idx into their slots, those of parameters only where no input may
 * be given.  0 where a name is unknown, or there is an element without a name. */
static int
take_by_name(Call *c, int idx, int inputs_too)
{
    lua_State *L = c->L;
    int top = lua_gettop(L);

    for (lua_pushnil(L); lua_next(L, idx); ) {
        lua_Integer n;

        if (lua_type(L, top + 1) != LUA_TSTRING)
            return 0;
        lua_pushvalue(L, top + 1);
        lua_rawget(L, c->list);
        n = lua_tointeger(L, top + 3);
        if (n == 0 || (n < 0 && !inputs_too))
            return 0;
        lua_settop(L, top + 2);
        lua_replace(L, c->slots + (int)(n > 0 ? n : c->shape->n_params - n));
    }
    return 1;
}

static int
take_arguments(Call *c)
{
    lua_State *L = c->L;
    int n = c->args, want = c->shape->n_inputs;

    c->slots = c->list;
    lua_settop(L, c->slots + c->shape->n_params + want);
    if (n == 1 && step_is_plain_table(L, c->self + 1))
        return take_by_name(c, c->self + 1, 1);
    if (n == want + 1) {
        if (!step_is_plain_table(L, c->self + n) || !take_by_name(c, c->self + n, 0))
            return 0;
        n--;
    }
    if (n > want)
        return 0;
    for (int i = 1; i <= n; i++) {
        lua_pushvalue(L, c->self + i);
        lua_replace(L, c->slots + c->shape->n_params + i);
    }
    return 1;
}

/* -- the node ---------------------------------------------------------------- */

/* The number of the last step in the graph; it has none yet where it is one more than there are. */
static lua_Integer
number_of(Call *c)
{
    lua_State *L = c->L;
    int top = lua_gettop(L);
    lua_Integer number;

    if (c->last->serial == c->rows->serial)
        return c->last->number;
    lua_getiuservalue(L, c->box, GRAPH_ROWS_STEPS);
    lua_getiuservalue(L, lua_upvalueindex(LAST), LAST_WORK);
    lua_rawget(L, top + 1);
    number = lua_tointeger(L, -1);
    if (!number)
        number = (lua_Integer)lua_rawlen(L, top + 1) + 1;
    lua_settop(L, top);
    return number;
}

/* The last step gets the number. */
static void
set_number(Call *c, lua_Integer number)
{
    lua_State *L = c->L;
    int steps = lua_gettop(L) + 1;

    lua_getiuservalue(L, c->box, GRAPH_ROWS_STEPS);
    lua_getiuservalue(L, lua_upvalueindex(LAST), LAST_WORK);
    lua_pushvalue(L, -1);
    lua_rawseti(L, steps, number);
    lua_pushinteger(L, number);
    lua_rawset(L, steps);
    lua_settop(L, steps - 1);
    c->last->number = number;
    c->last->serial = c->rows->serial;
}

/* The id and the step's number into the row. */
static lua_Integer
begin_row(Call *c)
{
    size_t n;
    const char *id = lua_tolstring(c->L, c->id, &n);
    lua_Integer number = number_of(c);

    graph_rows_cancel(c->rows);
    step_put_number(c, n);
    step_put_bytes(c, id, n);
    step_put_number(c, (uint64_t)number);
    return number;
}

/* Adds the light node to the graph; it is on top. */
static int
add_node(Call *c)
{
    lua_State *L = c->L;
    lua_Integer position = (lua_Integer)lua_rawlen(L, c->nodes) + 1;
    int node = lua_gettop(L) + 1;

    lua_createtable(L, 0, 5);                   /* with room for its fields */
    lua_pushvalue(L, lua_upvalueindex(K_POSITION));
    lua_pushinteger(L, position);
    lua_rawset(L, node);
    lua_getiuservalue(L, c->box, GRAPH_ROWS_LIGHT);
    lua_setmetatable(L, node);
    lua_pushvalue(L, node);
    lua_rawseti(L, c->nodes, position);
    lua_pushvalue(L, c->id);
    lua_pushvalue(L, node);
    lua_rawset(L, c->by_id);
    if (graph_rows_end(c->rows, (size_t)position) == OK)
        return 1;
    lua_pushnil(L);
    lua_rawseti(L, c->nodes, position);
    lua_pushvalue(L, c->id);
    lua_pushnil(L);
    lua_rawset(L, c->by_id);
    return 0;
}

/* call(step, ...) -> node, added to the graph that is being defined
 *                 -> nothing: the call is not one of those that are made here; nothing changed */
static int
l_call(lua_State *L)
{
    Call c = {.L = L, .self = 1, .args = lua_gettop(L) - 1};
    lua_Integer number;

    if (c.args < 0 || !lua_checkstack(L, 3 * STEP_MOST_SLOTS) || !find_graph(&c) || !find_step(&c)
        || !take_arguments(&c))
        return 0;
    number = begin_row(&c);
    if (!step_put_params(&c) || !step_put_inputs(&c) || c.row_failed)
        return 0;
    if (c.last->serial != c.rows->serial)
        set_number(&c, number);
    return add_node(&c);
}

/* Is the table at idx { id = TEXT } and nothing else?  Pushes the key and the text. */
static int
push_only_id(lua_State *L, int idx)
{
    if (!step_is_plain_table(L, idx))
        return 0;
    lua_pushnil(L);
    if (!lua_next(L, idx) || !lua_rawequal(L, idx + 1, lua_upvalueindex(F_ID))
        || !is_valid_id(L, idx + 2))
        return 0;
    lua_pushvalue(L, idx + 1);
    return !lua_next(L, idx);
}

/* with(step, options) -> a light step (lua/script/step.lua), where options is { id = TEXT }
 *                     -> nothing: it is more than that */
static int
l_with(lua_State *L)
{
    enum { STEP = 1, OPTIONS, KEY, TEXT, META, LIKE };
    const LastStep *last = lua_touserdata(L, lua_upvalueindex(LAST));
    int like = STEP;

    lua_settop(L, OPTIONS);
    if (lua_type(L, STEP) != LUA_TTABLE || !push_only_id(L, OPTIONS) || !lua_getmetatable(L, STEP))
        return 0;
    if (lua_topointer(L, META) == last->light_meta) {
        lua_rawgeti(L, STEP, 1);
        like = LIKE;
    } else if (lua_topointer(L, STEP) != last->base
               && (!lua_rawequal(L, META, lua_upvalueindex(STEP_META))
                   || step_get(L, STEP, F_MEMBERS) != LUA_TNIL)) {
        return 0;
    }
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, like);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, TEXT);
    lua_rawseti(L, -2, 2);
    lua_pushvalue(L, lua_upvalueindex(LIGHT_META));
    lua_setmetatable(L, -2);
    return 1;
}

/* index(step, name): the metamethod: a method of steps, else what known.index returns. */
static int
l_index(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL)
        return 1;
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

/* light([Step]) -> the metatable of light steps; with the one of steps, when that is complete:
 * makes it one with the same metamethods */
static int
l_light(lua_State *L)
{
    lua_settop(L, 1);
    luaL_newmetatable(L, LIGHT_TYPE);
    if (lua_isnil(L, 1))
        return 1;
    for (lua_pushnil(L); lua_next(L, 1); ) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        if (lua_type(L, -2) == LUA_TSTRING && strncmp(lua_tostring(L, -2), "__", 2) == 0)
            lua_rawset(L, 2);
        else
            lua_pop(L, 2);
    }
    lua_pushvalue(L, 1);
    lua_setfield(L, 2, "__metatable");
    return 1;
}

/* complete(step) -> like, id: those of a light step, which is no light one from here on: it has
 *                   no fields, and its metatable is that of steps
 *                -> nothing: it is none */
static int
l_complete(lua_State *L)
{
    lua_settop(L, 1);
    if (lua_type(L, 1) != LUA_TTABLE || !step_has_meta(L, 1, LIGHT_META))
        return 0;
    for (int i = 1; i <= 2; i++) {
        lua_rawgeti(L, 1, i);
        lua_pushnil(L);
        lua_rawseti(L, 1, i);
    }
    lua_pushvalue(L, lua_upvalueindex(STEP_META));
    lua_setmetatable(L, 1);
    return 2;
}

static const char *const KNOWN[] = {
    "defining", "Step", "light", "Node", "Wire", "held", "shape_of", "could_fit", "shapes", "fits",
    "last", "STEP", "POSITION", "FROM", "OUTPUT"
};

static const char *const FIELDS[] = {"id", "after", "options", "index", "inputs", "params",
                                     "outputs", "type", "bound", "equivalent", "members"};

/* Pushes a closure that knows what the table at 1 has. */
static void
push_function(lua_State *L, lua_CFunction f)
{
    for (int i = 0; i < K_OUTPUT; i++)
        if (lua_getfield(L, 1, KNOWN[i]) == LUA_TNIL)
            luaL_error(L, "%s is missing", KNOWN[i]);
    for (int i = K_OUTPUT; i < N_KNOWN; i++)
        lua_pushstring(L, FIELDS[i - K_OUTPUT]);
    lua_pushcclosure(L, f, N_KNOWN);
}

/* A table whose keys may be collected, as field `name` of the table at 1. */
static void
set_weak(lua_State *L, const char *name)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_setfield(L, 1, name);
}

/* functions(known) -> call, with, complete, index; known = { Step, Node, Wire: classes;
 * defining: [1] is the rows of the graph that is defined; held: [1] is the context of a running
 * step; shape_of(step): lua/script/step_shape.lua;
 * could_fit(type, type); index(step, name); STEP ...: keys of nodes and wires } */
static int
l_functions(lua_State *L)
{
    LastStep *last;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_checkstack(L, N_KNOWN + LUA_MINSTACK, NULL);
    set_weak(L, "shapes");
    set_weak(L, "fits");
    last = lua_newuserdatauv(L, sizeof *last, LAST_WORK);
    *last = (LastStep){0};
    lua_setfield(L, 1, "last");
    luaL_newmetatable(L, LIGHT_TYPE);
    last->light_meta = lua_topointer(L, -1);
    lua_setfield(L, 1, "light");
    push_function(L, l_call);
    push_function(L, l_with);
    push_function(L, l_complete);
    lua_getfield(L, 1, "Step");
    lua_getfield(L, 1, "index");
    lua_pushcclosure(L, l_index, 2);
    return 4;
}

int
luaopen_rille_host_step_call(lua_State *L)
{
    static const luaL_Reg lib[] = {{"functions", l_functions}, {"light", l_light}, {NULL, NULL}};

    luaL_newlib(L, lib);
    return 1;
}

/* step_inputs_box.c -- the parameters and inputs of a call (step_call_box.h), checked and
 * put into the node's row (rows.h). */
#include <string.h>

#include <lauxlib.h>

#include "graph/step_call_box.h"

enum { LONGEST_VALUE = 4096 };          /* in a row */

/* -- values ------------------------------------------------------------------ */

/* Replaces the scalar on top by what a port of the kind admits; 0 where Lua has to look. */
static int
admit(lua_State *L, Kind kind)
{
    int type = lua_type(L, -1), exact;
    lua_Integer i;

    if (type != LUA_TNUMBER)
        return (type == LUA_TSTRING && (kind == STRING || kind == ANY))
            || (type == LUA_TBOOLEAN && (kind == BOOLEAN || kind == ANY));
    if (kind == ANY || (kind == INTEGER) == lua_isinteger(L, -1))
        return kind == ANY || kind == INTEGER || kind == NUMBER;
    if (kind == INTEGER) {
        i = lua_tointegerx(L, -1, &exact);
        lua_pushinteger(L, i);
    } else if (kind == NUMBER) {
        i = lua_tointeger(L, -1);
        lua_pushnumber(L, (lua_Number)i);
        exact = lua_tointeger(L, -1) == i && (lua_Number)i < 0x1p63;
    } else {
        return 0;
    }
    lua_replace(L, -2);
    return exact;
}

static void
put_word(Call *c, char tag, uint64_t v)
{
    unsigned char out[9];

    out[0] = (unsigned char)tag;
    for (int i = 0; i < 8; i++)
        out[i + 1] = (unsigned char)(v >> (8 * i));
    step_put_bytes(c, out, sizeof out);
}

static void
put_text(Call *c, int idx)
{
    size_t n;
    const char *p = lua_tolstring(c->L, idx, &n);

    if (n > LONGEST_VALUE) {
        c->row_failed = 1;
        return;
    }
    step_put_number(c, 's');
    step_put_number(c, n);
    step_put_bytes(c, p, n);
}

/* The scalar on top into the row, as value/canonical.h encodes it. */
static void
put_scalar(Call *c)
{
    lua_State *L = c->L;
    uint64_t bits;
    lua_Number f;

    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        step_put_number(c, lua_toboolean(L, -1) ? 't' : 'f');
        break;
    case LUA_TSTRING:
        put_text(c, -1);
        break;
    default:
        if (lua_isinteger(L, -1)) {
            put_word(c, 'i', (uint64_t)lua_tointeger(L, -1));
            break;
        }
        f = lua_tonumber(L, -1);
        memcpy(&bits, &f, sizeof bits);
        c->row_failed |= f != f;                /* its sign and bits are lost in the encoding */
        put_word(c, 'd', bits);
    }
}

/* Room for the length of what follows, of which put_length is told where it is. */
static size_t
begin_length(Call *c)
{
    step_put_number(c, 0);
    return c->rows->bytes.len;
}

/* Gives what was put since `from` its length, in the byte before it or, if need be, in more. */
static void
put_length(Call *c, size_t from)
{
    Buf *b = &c->rows->bytes;
    size_t n = b->len - from, k = 1;

    if (c->row_failed)
        return;
    for (uint64_t v = n >> 7; v; v >>= 7)
        k++;
    if (k > 1) {
        c->row_failed |= buf_reserve(b, k - 1) != OK;
        if (c->row_failed)
            return;
        memmove(b->data + from + k - 1, b->data + from, n);
    }
    b->len = from - 1;
    step_put_number(c, n);
    b->len += n;
}

/* -- parameters -------------------------------------------------------------- */

static int
is_scalar(lua_State *L, int idx)
{
    int type = lua_type(L, idx);

    return type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN;
}

/* Pushes the value of parameter i, in full. */
static int
push_param(Call *c, int i, int bound)
{
    lua_State *L = c->L;
    const Param *p = &c->shape->param[i];

    lua_pushvalue(L, c->slots + 1 + i);
    if (!lua_isnil(L, -1))
        return admit(L, p->kind);
    lua_pop(L, 1);
    if (bound) {
        lua_rawgeti(L, c->list, NAMES + i);
        if (lua_rawget(L, bound) != LUA_TNIL)
            return is_scalar(L, -1);
        lua_pop(L, 1);
    }
    lua_rawgeti(L, c->list, NAMES + c->shape->n_params + i);
    return p->has_default;
}

int
step_put_params(Call *c)
{
    lua_State *L = c->L;
    size_t from = begin_length(c);
    int bound = 0, n = c->shape->n_params, top = lua_gettop(L);

    if (c->last->has_bound) {
        step_get(L, c->base, F_BOUND);
        bound = top + 1;
    }
    step_put_bytes(c, "T", 2);                  /* and no elements */
    step_put_number(c, (uint64_t)n);
    for (int k = 0; k < n; k++) {
        int i = c->shape->order[k];

        lua_rawgeti(L, c->list, NAMES + i);
        put_text(c, -1);
        if (!push_param(c, i, bound))
            return 0;
        put_scalar(c);
        lua_settop(L, bound ? bound : top);
    }
    put_length(c, from);
    lua_settop(L, top);
    return 1;
}

/* -- inputs ------------------------------------------------------------------ */

/* May an output of the type at `from` enter the port of the type at `to`? */
static int
fits(lua_State *L, int from, int to)
{
    int yes;

    lua_pushvalue(L, from);
    if (lua_rawget(L, lua_upvalueindex(FITS)) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, from);
        lua_pushvalue(L, -2);
        lua_rawset(L, lua_upvalueindex(FITS));
    }
    lua_pushvalue(L, to);
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pushvalue(L, lua_upvalueindex(COULD_FIT));
        lua_pushvalue(L, from);
        lua_pushvalue(L, to);
        lua_call(L, 2, 1);
        lua_pushvalue(L, to);
        lua_pushboolean(L, lua_toboolean(L, -2));
        lua_rawset(L, -5);
    }
    yes = lua_toboolean(L, -1);
    return yes;
}

/* Where a wire leads from. */
typedef struct Source {
    lua_Integer position, output;
    uint64_t checked;                   /* number of the step that was found to fit, or 0 */
    lua_Integer checked_output;         /* which output of it; 0: the node stood for it */
} Source;

/* Is the type of the output, of the step at `step`, one that fits the type at `to`?  A node stands
 * for its only output. */
static int
output_fits(Call *c, const Source *s, int step, int is_node, int to)
{
    lua_State *L = c->L;

    if (step_get(L, step, F_OUTPUTS) != LUA_TTABLE || (is_node && lua_rawlen(L, step + 1) != 1)
        || lua_rawgeti(L, step + 1, s->output) != LUA_TTABLE
        || step_get(L, step + 2, F_TYPE) != LUA_TTABLE)
        return 0;
    return lua_rawequal(L, step + 3, to) || fits(L, step + 3, to);
}

/* Reads the wire at the top; pushes its node.  0 where it is none. */
static int
push_wire_node(Call *c, Source *s)
{
    lua_State *L = c->L;
    int wire = lua_gettop(L);

    if (!step_has_meta(L, wire, WIRE_META))
        return 0;
    step_get(L, wire, K_OUTPUT);
    s->output = lua_tointeger(L, -1);
    step_get(L, wire, K_FROM);
    return lua_istable(L, -1);
}

/* Pushes the step of the light node at the position; 0 where its output was found to fit. */
static int
push_light_step(Call *c, Source *s, int is_node)
{
    lua_State *L = c->L;
    lua_Integer output = is_node ? 0 : s->output;
    GraphRow row = {.step = 0};

    graph_rows_get(c->rows, (size_t)s->position, &row);
    if (row.step == s->checked && s->checked_output == output)
        return 0;
    s->checked = row.step;
    s->checked_output = output;
    graph_rows_push_steps(L, c->box);
    lua_rawgeti(L, -1, (lua_Integer)row.step);
    return 1;
}

/* The value on top as a node or wire of this graph that may lead into a port of the type at
 * `to`.  The stack stays as it is. */
static int
is_source(Call *c, Source *s, int to)
{
    lua_State *L = c->L;
    int top = lua_gettop(L), node = top, is_node, ok = 0;
    const void *meta;

    s->output = 1;
    if (!lua_getmetatable(L, top))
        return 0;
    meta = lua_topointer(L, -1);
    is_node = meta == c->light || lua_rawequal(L, -1, lua_upvalueindex(NODE_META));
    if (!is_node) {
        lua_pop(L, 1);
        if (!push_wire_node(c, s) || !lua_getmetatable(L, -1))
            return 0;
        node = lua_gettop(L) - 1;
        meta = lua_topointer(L, -1);
    }
    step_get(L, node, K_POSITION);
    s->position = lua_tointeger(L, -1);
    if (meta == c->light) {
        ok = !push_light_step(c, s, is_node) || output_fits(c, s, lua_gettop(L), is_node, to);
    } else {
        lua_rawgeti(L, c->nodes, s->position);
        s->checked = 0;
        ok = lua_rawequal(L, -1, node) && step_get(L, node, K_STEP) == LUA_TTABLE
            && output_fits(c, s, lua_gettop(L), is_node, to);
    }
    lua_settop(L, top);
    return ok;
}

static void
put_source(Call *c, const Source *s)
{
    step_put_number(c, (uint64_t)s->position);
    step_put_number(c, (uint64_t)s->output);
}

/* The list of wires on top, which is plain. */
static int
put_fan_in(Call *c, int i)
{
    lua_State *L = c->L;
    int given = lua_gettop(L), to = given + 1;
    lua_Integer n = (lua_Integer)lua_rawlen(L, given);
    Source s = {0, 0, 0, 0};

    if (!c->shape->input[i].is_list || n == 0 || step_count_keys(L, given) != n)
        return 0;
    step_put_number(c, GRAPH_ROW_FAN_IN);
    step_put_number(c, (uint64_t)n);
    lua_rawgeti(L, c->list, NAMES + 2 * c->shape->n_params + c->shape->n_inputs + i);
    for (lua_Integer k = 1; k <= n; k++) {
        if (lua_rawgeti(L, given, k) != LUA_TTABLE || !is_source(c, &s, to))
            return 0;
        put_source(c, &s);
        lua_settop(L, to);
    }
    return 1;
}

/* The value on top as input i. */
static int
put_input(Call *c, int i)
{
    lua_State *L = c->L;
    Source s = {0, 0, 0, 0};
    size_t from;
    int v = lua_gettop(L);

    if (lua_type(L, v) == LUA_TTABLE) {
        if (step_is_plain_table(L, v))
            return put_fan_in(c, i);
        lua_rawgeti(L, c->list, NAMES + 2 * c->shape->n_params + i);
        lua_pushvalue(L, v);
        if (!is_source(c, &s, v + 1))
            return 0;
        step_put_number(c, GRAPH_ROW_WIRE);
        put_source(c, &s);
        return 1;
    }
    if (!admit(L, c->shape->input[i].kind))
        return 0;
    step_put_number(c, GRAPH_ROW_LITERAL);
    from = begin_length(c);
    put_scalar(c);
    put_length(c, from);
    return 1;
}

int
step_put_inputs(Call *c)
{
    lua_State *L = c->L;
    int n = c->shape->n_inputs, top = lua_gettop(L);

    step_put_number(c, (uint64_t)n);
    for (int i = 0; i < n; i++) {
        lua_pushvalue(L, c->slots + c->shape->n_params + 1 + i);
        if (!put_input(c, i))
            return 0;
        lua_settop(L, top);
    }
    return 1;
}

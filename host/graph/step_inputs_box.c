/* step_inputs_box.c -- the parameters and inputs of a call (step_call_box.h), as tables and as
 * a part of the node's row (rows.h). */
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
        c->has_row = 0;
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
    uint64_t bits = UINT64_C(0x7ff8000000000000);
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
        if (f == f)
            memcpy(&bits, &f, sizeof bits);
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

    if (!c->has_row)
        return;
    for (uint64_t v = n >> 7; v; v >>= 7)
        k++;
    if (k > 1) {
        c->has_row &= buf_reserve(b, k - 1) == OK;
        if (!c->has_row)
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
step_make_params(Call *c)
{
    lua_State *L = c->L;
    size_t from = begin_length(c);
    int bound = 0, n = c->shape->n_params;

    lua_createtable(L, 0, n);
    c->params = lua_gettop(L);
    if (n && step_get(L, c->base, F_BOUND) == LUA_TTABLE)
        bound = c->params + 1;
    step_put_bytes(c, "T", 2);                  /* and no elements */
    step_put_number(c, (uint64_t)n);
    for (int k = 0; k < n; k++) {
        int i = c->shape->order[k];

        lua_rawgeti(L, c->list, NAMES + i);
        put_text(c, -1);
        if (!push_param(c, i, bound))
            return 0;
        put_scalar(c);
        lua_rawset(L, c->params);
    }
    put_length(c, from);
    lua_settop(L, c->params);
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
    int checked;                        /* place of the step whose output was found to fit, or 0 */
    lua_Integer checked_output;
} Source;

/* Is the type of the output, of the step on top, one that fits the type at `to`?  A node stands
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

/* The value on top as a node or wire of this graph that may lead into a port of the type at
 * `to`.  The stack stays as it is. */
static int
is_source(Call *c, Source *s, int to)
{
    lua_State *L = c->L;
    int top = lua_gettop(L), node = top, is_node, ok;

    if (!lua_getmetatable(L, top))
        return 0;
    is_node = lua_rawequal(L, top + 1, lua_upvalueindex(NODE_META));
    s->output = 1;
    if (!is_node) {
        if (!lua_rawequal(L, top + 1, lua_upvalueindex(WIRE_META)))
            return 0;
        step_get(L, top, K_OUTPUT);
        s->output = lua_tointeger(L, -1);
        step_get(L, top, K_FROM);
        node = top + 3;
    }
    step_get(L, node, K_POSITION);
    s->position = lua_tointeger(L, -1);
    lua_rawgeti(L, c->nodes, s->position);
    ok = lua_rawequal(L, -1, node);
    if (ok) {
        step_get(L, node, K_STEP);
        if (!s->checked || s->checked_output != s->output || !lua_rawequal(L, -1, s->checked)) {
            int step = lua_gettop(L);

            ok = output_fits(c, s, step, is_node, to);
            if (ok && is_node && s->checked) {
                lua_pushvalue(L, step);
                lua_replace(L, s->checked);
                s->checked_output = s->output;
            }
        }
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

/* Makes the scalar on top a literal; 0 where Lua has to look. */
static int
make_literal(Call *c, Kind kind)
{
    lua_State *L = c->L;

    if (!admit(L, kind))
        return 0;
    lua_createtable(L, 3, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
    lua_pushvalue(L, lua_upvalueindex(LITERAL_META));
    lua_setmetatable(L, -2);
    return 1;
}

/* The elements of the list at `given` into the list at `made`.  1: there is a wire among them. */
static int
take_elements(Call *c, int i, int given, int made, lua_Integer n)
{
    lua_State *L = c->L;
    Kind kind = c->shape->input[i].element;
    Source s = {0, 0, 0, 0};
    int has_wire = 0, to = lua_gettop(L);

    lua_pushboolean(L, 0);
    s.checked = lua_gettop(L);
    for (lua_Integer k = 1; k <= n; k++) {
        if (lua_rawgeti(L, given, k) == LUA_TTABLE) {
            if (!is_source(c, &s, to))
                return 0;
            put_source(c, &s);
            has_wire = 1;
        } else if (make_literal(c, kind)) {
            c->has_row = 0;
        } else {
            return 0;
        }
        lua_rawseti(L, made, k);
    }
    return has_wire;
}

/* The table on top, plain, as a list of wires and scalars; replaces it. */
static int
make_fan_in(Call *c, int i)
{
    lua_State *L = c->L;
    int given = lua_gettop(L), made = given + 1;
    lua_Integer n = (lua_Integer)lua_rawlen(L, given);

    if (!c->shape->input[i].is_list || n == 0 || n > INT32_MAX || step_count_keys(L, given) != n)
        return 0;
    lua_createtable(L, (int)n, 0);
    step_put_number(c, GRAPH_ROW_FAN_IN);
    step_put_number(c, (uint64_t)n);
    lua_rawgeti(L, c->list, NAMES + 2 * c->shape->n_params + c->shape->n_inputs + i);
    if (!take_elements(c, i, given, made, n))
        return 0;
    lua_settop(L, made);
    lua_pushvalue(L, lua_upvalueindex(FAN_META));
    lua_setmetatable(L, made);
    lua_replace(L, given);
    return 1;
}

/* Replaces the value on top by input i. */
static int
make_input(Call *c, int i)
{
    lua_State *L = c->L;
    Source s = {0, 0, 0, 0};
    size_t from;
    int v = lua_gettop(L), ok;

    if (lua_type(L, v) == LUA_TTABLE) {
        if (step_is_plain_table(L, v))
            return make_fan_in(c, i);
        lua_rawgeti(L, c->list, NAMES + 2 * c->shape->n_params + i);
        lua_pushvalue(L, v);
        ok = is_source(c, &s, v + 1);
        lua_settop(L, v);
        if (ok) {
            step_put_number(c, GRAPH_ROW_WIRE);
            put_source(c, &s);
        }
        return ok;
    }
    if (!make_literal(c, c->shape->input[i].kind))
        return 0;
    step_put_number(c, GRAPH_ROW_LITERAL);
    from = begin_length(c);
    lua_rawgeti(L, -1, 1);
    put_scalar(c);
    put_length(c, from);
    lua_pop(L, 1);
    return 1;
}

int
step_make_inputs(Call *c)
{
    lua_State *L = c->L;
    int n = c->shape->n_inputs;

    if (n)
        lua_createtable(L, n, 0);
    else
        lua_getiuservalue(L, c->box, GRAPH_ROWS_NO_INPUTS);
    c->inputs = lua_gettop(L);
    step_put_number(c, (uint64_t)n);
    for (int i = 0; i < n; i++) {
        lua_pushvalue(L, c->slots + c->shape->n_params + 1 + i);
        if (!make_input(c, i))
            return 0;
        lua_rawseti(L, c->inputs, i + 1);
    }
    return 1;
}

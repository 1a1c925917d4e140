/* step_call_box.c -- see step_call_box.h */
#include <string.h>

#include <lauxlib.h>

#include "graph/step_call_box.h"

int
step_get(lua_State *L, int idx, int name)
{
    lua_pushvalue(L, lua_upvalueindex(name));
    return lua_rawget(L, idx);
}

int
step_get_text(lua_State *L, int idx, const char *name)
{
    idx = lua_absindex(L, idx);
    lua_pushstring(L, name);
    return lua_rawget(L, idx);
}

int
step_has_meta(lua_State *L, int idx, int meta)
{
    int same;

    if (!lua_getmetatable(L, idx))
        return 0;
    same = lua_rawequal(L, -1, lua_upvalueindex(meta));
    lua_pop(L, 1);
    return same;
}

int
step_is_plain_table(lua_State *L, int idx)
{
    if (lua_type(L, idx) != LUA_TTABLE)
        return 0;
    if (!lua_getmetatable(L, idx))
        return 1;
    lua_pop(L, 1);
    return 0;
}

lua_Integer
step_count_keys(lua_State *L, int idx)
{
    lua_Integer n = 0;

    for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1))
        n++;
    return n;
}

/* -- shapes ------------------------------------------------------------------ */

/* The integer i of the list on top. */
static int
number_at(lua_State *L, int i)
{
    int n;

    lua_rawgeti(L, -1, i);
    n = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return n;
}

/* Moves element i of the list at the top to the end of the list at `to`. */
static void
append(lua_State *L, int i, int to)
{
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, to, (lua_Integer)lua_rawlen(L, to) + 1);
}

/* Sets list[name] = n, the name being the first element of the list on top. */
static void
number_name(lua_State *L, int list, int n)
{
    lua_rawgeti(L, -1, 1);
    lua_pushinteger(L, n);
    lua_rawset(L, list);
}

static int
comes_before(lua_State *L, int list, int a, int b)
{
    size_t na, nb;
    const char *x, *y;
    int c;

    lua_rawgeti(L, list, NAMES + a);
    lua_rawgeti(L, list, NAMES + b);
    x = lua_tolstring(L, -2, &na);
    y = lua_tolstring(L, -1, &nb);
    c = memcmp(x, y, na < nb ? na : nb);
    lua_pop(L, 2);
    return c ? c < 0 : na < nb;
}

/* The order of the parameters in value/canonical.h. */
static void
sort_params(lua_State *L, Shape *s, int list)
{
    for (int i = 0; i < s->n_params; i++) {
        int j = i;

        for (; j > 0 && comes_before(L, list, i, s->order[j - 1]); j--)
            s->order[j] = s->order[j - 1];
        s->order[j] = (unsigned char)i;
    }
}

/* params = { { name, kind, default }... } at the top */
static void
take_params(lua_State *L, Shape *s, int list)
{
    for (int i = 0; i < s->n_params; i++) {
        lua_rawgeti(L, -1, i + 1);
        append(L, 1, list);
        number_name(L, list, i + 1);
        s->param[i].kind = (unsigned char)number_at(L, 2);
        lua_pop(L, 1);
    }
    for (int i = 0; i < s->n_params; i++) {
        lua_rawgeti(L, -1, i + 1);
        s->param[i].has_default = lua_rawgeti(L, -1, 3) != LUA_TNIL;
        if (!s->param[i].has_default)
            lua_pushboolean(L, 0);
        lua_rawseti(L, list, NAMES + s->n_params + i);
        lua_settop(L, list + 1);
        step_get_text(L, list + 1, "params");
    }
    sort_params(L, s, list);
}

/* inputs = { { name, kind, type, type of elements or false }... } at the top */
static void
take_inputs(lua_State *L, Shape *s, int list)
{
    int types = NAMES + 2 * s->n_params;

    for (int i = 0; i < s->n_inputs; i++) {
        Input *in = &s->input[i];

        lua_rawgeti(L, -1, i + 1);
        number_name(L, list, -(i + 1));
        in->kind = (unsigned char)number_at(L, 2);
        lua_rawgeti(L, -1, 3);
        lua_rawseti(L, list, types + i);
        in->is_list = lua_rawgeti(L, -1, 4) == LUA_TTABLE;
        lua_rawseti(L, list, types + s->n_inputs + i);
        lua_pop(L, 1);
    }
}

/* Makes the shape of the step at `base`; pushes the shape, or false where the step is always
 * called by Lua. */
static void
push_new_shape(lua_State *L, int base)
{
    Shape *s;
    int made, list;

    lua_pushvalue(L, lua_upvalueindex(SHAPE_OF));
    lua_pushvalue(L, base);
    lua_call(L, 1, 1);
    if (!lua_istable(L, -1))
        return;
    made = lua_gettop(L);
    s = lua_newuserdatauv(L, sizeof *s, 1);
    *s = (Shape){0};
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, -3, 1);
    list = made + 2;
    step_get_text(L, base, "inputs");
    lua_rawseti(L, list, OF_INPUTS);
    step_get_text(L, base, "params");
    lua_rawseti(L, list, OF_PARAMS);
    lua_pushvalue(L, made);
    step_get_text(L, -1, "params");
    s->n_params = (int)lua_rawlen(L, -1);
    step_get_text(L, -2, "inputs");
    s->n_inputs = (int)lua_rawlen(L, -1);
    lua_pop(L, 1);
    if (s->n_params + s->n_inputs > STEP_MOST_SLOTS) {
        lua_settop(L, made - 1);
        lua_pushboolean(L, 0);
        return;
    }
    take_params(L, s, list);
    lua_settop(L, list + 1);
    step_get_text(L, -1, "inputs");
    take_inputs(L, s, list);
    lua_settop(L, made + 1);
    lua_remove(L, made);
}

/* Makes the step at c->base the last one; its shape is on top. */
static void
set_last(Call *c)
{
    lua_State *L = c->L;
    LastStep *last = c->last;
    int shape = lua_gettop(L), up = lua_upvalueindex(LAST);

    last->base = NULL;
    last->shape = lua_touserdata(L, shape);
    lua_pushvalue(L, shape);
    lua_setiuservalue(L, up, LAST_SHAPE);
    lua_getiuservalue(L, shape, 1);
    lua_rawgeti(L, -1, OF_INPUTS);
    last->inputs = lua_topointer(L, -1);
    lua_rawgeti(L, -2, OF_PARAMS);
    last->params = lua_topointer(L, -1);
    lua_pop(L, 2);
    lua_setiuservalue(L, up, LAST_LIST);
    last->has_bound = step_get(L, c->base, F_BOUND) == LUA_TTABLE;
    if (step_get(L, c->base, F_EQUIVALENT) != LUA_TTABLE)
        lua_pushvalue(L, c->base);
    lua_setiuservalue(L, up, LAST_WORK);
    lua_pushvalue(L, c->base);
    lua_setiuservalue(L, up, LAST_BASE);
    last->serial = 0;
    last->base = lua_topointer(L, c->base);
}

/* The same, which finds or makes the shape; 0 where it has none. */
static int
find_shape(Call *c)
{
    lua_State *L = c->L;
    int top = lua_gettop(L), found;

    if (step_get(L, c->base, F_INDEX) != LUA_TTABLE)
        return 0;
    if (lua_rawget(L, lua_upvalueindex(SHAPES)) == LUA_TNIL) {
        lua_settop(L, top);
        push_new_shape(L, c->base);
        step_get(L, c->base, F_INDEX);
        lua_pushvalue(L, -2);
        lua_rawset(L, lua_upvalueindex(SHAPES));
    }
    found = lua_isuserdata(L, -1);
    if (found)
        set_last(c);
    lua_settop(L, top);
    return found;
}

int
step_push_shape(Call *c)
{
    lua_State *L = c->L;
    LastStep *last = c->last;
    int same;

    if (lua_topointer(L, c->base) != last->base && !find_shape(c))
        return 0;
    c->shape = last->shape;
    lua_getiuservalue(L, lua_upvalueindex(LAST), LAST_LIST);
    c->list = lua_gettop(L);
    step_get(L, c->base, F_INPUTS);             /* the script may have set others */
    step_get(L, c->base, F_PARAMS);
    same = lua_topointer(L, -2) == last->inputs && lua_topointer(L, -1) == last->params;
    lua_settop(L, c->list);
    return same;
}

void
step_put_number(Call *c, uint64_t n)
{
    Buf *b = &c->rows->bytes;

    if (n < 0x80 && b->len < b->cap)
        b->data[b->len++] = (unsigned char)n;
    else
        c->row_failed |= buf_varint(b, n) != OK;
}

void
step_put_bytes(Call *c, const void *p, size_t n)
{
    Buf *b = &c->rows->bytes;

    if (n > b->cap - b->len) {
        c->row_failed |= buf_put(b, p, n) != OK;
        return;
    }
    memcpy(b->data + b->len, p, n);
    b->len += n;
}

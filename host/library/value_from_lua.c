/* value_from_lua.c -- values out of Lua.
 *
 * Arrays share their memory with the script's: what a script changes in one later, the value has
 * too.  Tables become JSON text.  A string that is not UTF-8 is bytes.
 *
 * What may raise runs in a protected call, so that `out` is either filled or empty. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "array/array_box.h"
#include "base/bind.h"
#include "base/utf8.h"
#include "library/artifact.h"
#include "library/registration.h"
#include "library/value_modules.h"
#include "value/jsonlib.h"
#include "value/null.h"

typedef struct Taking {
    rille_engine *e;
    Value *out;
    Err *err;
    int rc;
} Taking;

/* Is the value at idx one of the class that is a field of a module? */
static int
is_of(lua_State *L, int idx, const char *name, const char *module, const char *field)
{
    const char *found;
    int same;

    if (lua_type(L, idx) != LUA_TTABLE || luaL_getmetafield(L, idx, "__name") == LUA_TNIL)
        return 0;
    found = lua_tostring(L, -1);
    same = found && strcmp(found, name) == 0;
    lua_pop(L, 1);
    if (!same)
        return 0;
    lua_getmetatable(L, idx);
    value_modules_push(L, module, field);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* Pushes a field of the table at idx without its metamethods. */
static int
raw_field(lua_State *L, int idx, const char *name)
{
    idx = lua_absindex(L, idx);
    lua_pushstring(L, name);
    return lua_rawget(L, idx);
}

/* ---- frames ---- */

static int
refuse_column(Taking *t, const char *name, const char *what)
{
    return err_set(t->err, ERR_TYPE, "column \"%.100s\": %s", name, what);
}

/* A text of the list at idx, row from 1; its length in *len. */
static const char *
push_row(lua_State *L, int idx, int64_t row, size_t *len)
{
    return lua_rawgeti(L, idx, row) == LUA_TSTRING ? lua_tolstring(L, -1, len) : NULL;
}

/* How many bytes the texts have together; -1 where one is no text. */
static int64_t
measure_texts(lua_State *L, int idx, int64_t rows)
{
    int64_t all = 0;

    for (int64_t i = 1; i <= rows; i++) {
        size_t len;
        const char *text = push_row(L, idx, i, &len);

        lua_pop(L, 1);
        if (!text)
            return -1;
        all += (int64_t)len;
    }
    return all;
}

static int
take_texts(lua_State *L, int idx, int64_t rows, ValueColumn *c, Taking *t)
{
    int64_t all = measure_texts(L, idx, rows), at = 0;

    if (all < 0)
        return refuse_column(t, c->name, "it is neither an array nor dates nor a list of strings");
    c->kind = COLUMN_TEXTS;
    c->offsets = malloc(((size_t)rows + 1) * sizeof *c->offsets);
    c->bytes = malloc((size_t)all + 1);
    if (!c->offsets || !c->bytes)
        return err_nomem(t->err);
    for (int64_t i = 0; i < rows; i++) {
        size_t len = 0;
        const char *text = push_row(L, idx, i + 1, &len);

        c->offsets[i] = at;
        memcpy(c->bytes + at, text, len);
        at += (int64_t)len;
        lua_pop(L, 1);
    }
    c->offsets[rows] = at;
    c->bytes[at] = 0;
    return OK;
}

static int
take_array_column(const Array *a, int64_t rows, ValueColumn *c, Taking *t)
{
    if (a->ndim != 1 || a->shape[0] != rows)
        return refuse_column(t, c->name, "it does not have the length of the frame");
    if (c->kind == COLUMN_DATES && a->type != ARRAY_I64)
        return refuse_column(t, c->name, "its dates are not i64");
    return array_view(&c->array, a, t->err);
}

/* The column on top of the stack. */
static int
take_column(lua_State *L, int64_t rows, ValueColumn *c, Taking *t)
{
    int idx = lua_gettop(L);
    const Array *a = array_box_test(L, idx);

    if (!a && is_of(L, idx, "dates", "rille.frame.date", "class")) {
        raw_field(L, idx, "ms");
        a = array_box_test(L, -1);
        c->kind = COLUMN_DATES;
        if (!a)
            return refuse_column(t, c->name, "its dates have no numbers");
    }
    if (a)
        return take_array_column(a, rows, c, t);
    if (lua_type(L, idx) != LUA_TTABLE || (int64_t)lua_rawlen(L, idx) != rows)
        return refuse_column(t, c->name, "it does not have the length of the frame");
    return take_texts(L, idx, rows, c, t);
}

/* The name on top of the stack, copied. */
static int
take_name(lua_State *L, ValueColumn *c, Taking *t)
{
    size_t len = 0;
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;

    if (!name || strlen(name) < len || utf8_valid(name, len) < len)
        return err_set(t->err, ERR_TYPE, "a column's name is not UTF-8 text, which a host could "
                       "read; rename it");
    c->name = strdup(name);
    return c->name ? OK : err_nomem(t->err);
}

static int
take_columns(lua_State *L, int idx, ValueFrame *f, size_t n, Taking *t)
{
    int rc = OK, names, data;

    raw_field(L, idx, "columns");
    raw_field(L, idx, "data");
    data = lua_gettop(L);
    names = data - 1;
    for (size_t i = 0; !rc && i < n; i++) {
        lua_rawgeti(L, names, (lua_Integer)i + 1);
        f->n++;
        rc = take_name(L, &f->columns[i], t);
        if (!rc) {
            lua_rawget(L, data);
            rc = take_column(L, f->rows, &f->columns[i], t);
        }
        lua_settop(L, data);
    }
    return rc;
}

static int
take_frame(lua_State *L, int idx, Taking *t)
{
    ValueFrame *f = calloc(1, sizeof *f);
    size_t n;

    if (!f)
        return err_nomem(t->err);
    t->out->frame = f;                  /* freed with out, also when what follows raises */
    raw_field(L, idx, "n_rows");
    f->rows = lua_tointeger(L, -1);
    if (f->rows < 0)
        return err_set(t->err, ERR_TYPE, "the frame has no number of rows");
    raw_field(L, idx, "columns");
    n = lua_rawlen(L, -1);
    lua_pop(L, 2);
    f->columns = calloc(n ? n : 1, sizeof *f->columns);
    if (!f->columns)
        return err_nomem(t->err);
    t->out->kind = VALUE_FRAME;
    return take_columns(L, idx, f, n, t);
}

/* ---- the other kinds ---- */

static int
take_bytes(Taking *t, ValueKind kind, const char *s, size_t n)
{
    t->out->kind = kind;
    return buf_put(&t->out->bytes, s, n) || !buf_cstr(&t->out->bytes) ? err_nomem(t->err) : OK;
}

static int
take_string(lua_State *L, int idx, Taking *t)
{
    size_t n;
    const char *s = lua_tolstring(L, idx, &n);

    return take_bytes(t, utf8_valid(s, n) == n ? VALUE_STRING : VALUE_BYTES, s, n);
}

static int
take_json(lua_State *L, int idx, Taking *t)
{
    const char *s;
    size_t n;

    jsonlib_encode(L, idx, lua_gettop(L) + 1);
    s = lua_tolstring(L, -1, &n);
    return take_bytes(t, VALUE_JSON, s, n);
}

static int
take_artifact(lua_State *L, int idx, Taking *t)
{
    size_t n = 0;
    const char *digest = NULL;

    if (raw_field(L, idx, "row") == LUA_TTABLE && raw_field(L, -1, "digest") == LUA_TSTRING)
        digest = lua_tolstring(L, -1, &n);
    if (n != HASH_SIZE)
        return err_set(t->err, ERR_TYPE, "the artifact has no digest");
    t->out->artifact = query_new_artifact(t->e, (const unsigned char *)digest);
    if (!t->out->artifact) {
        *t->err = t->e->err;
        return t->err->code;
    }
    t->out->kind = VALUE_ARTIFACT;
    return OK;
}

static int
take_number(lua_State *L, int idx, Value *out)
{
    out->kind = lua_isinteger(L, idx) ? VALUE_INT : VALUE_NUMBER;
    if (out->kind == VALUE_INT)
        out->integer = lua_tointeger(L, idx);
    else
        out->number = lua_tonumber(L, idx);
    return OK;
}

static int
take_userdata(lua_State *L, int idx, Taking *t)
{
    const Array *a = array_box_test(L, idx);
    RegisteredObject *object;

    if (null_is(L, idx))
        return OK;
    if (a) {
        t->out->kind = VALUE_ARRAY;
        return array_view(&t->out->array, a, t->err);
    }
    object = registration_object_of_lua(L, idx);
    if (!object)
        return err_set(t->err, ERR_TYPE, "a %s cannot be given to a host", bind_typename(L, idx));
    t->out->kind = VALUE_OBJECT;
    t->out->object = registration_share_object(object);
    return OK;
}

static int
take(lua_State *L, int idx, Taking *t)
{
    switch (lua_type(L, idx)) {
    case LUA_TNIL:
        return OK;
    case LUA_TBOOLEAN:
        t->out->kind = VALUE_BOOL;
        t->out->boolean = lua_toboolean(L, idx);
        return OK;
    case LUA_TNUMBER:
        return take_number(L, idx, t->out);
    case LUA_TSTRING:
        return take_string(L, idx, t);
    case LUA_TTABLE:
        if (is_of(L, idx, "frame", "rille.frame", "class"))
            return take_frame(L, idx, t);
        if (is_of(L, idx, "artifact", "rille.query.history", "Artifact"))
            return take_artifact(L, idx, t);
        return take_json(L, idx, t);
    default:
        return take_userdata(L, idx, t);
    }
}

/* The value, a Taking */
static int
l_take(lua_State *L)
{
    Taking *t = lua_touserdata(L, 2);

    lua_settop(L, 1);
    t->rc = take(L, 1, t);
    return 0;
}

int
value_from_lua(lua_State *L, int idx, rille_engine *e, Value *out, Err *err)
{
    Err own = {0};
    Taking t = {e, out, err ? err : &own, OK};
    int rc;

    idx = lua_absindex(L, idx);
    value_clear(out);
    if (!lua_checkstack(L, 16))
        return err_nomem(t.err);
    lua_pushcfunction(L, l_take);
    lua_pushvalue(L, idx);
    lua_pushlightuserdata(L, &t);
    rc = lua_pcall(L, 2, 0, 0);
    if (rc) {
        const char *message = lua_tostring(L, -1);

        t.rc = rc == LUA_ERRMEM ? err_nomem(t.err)
                                : err_set(t.err, ERR_TYPE, "%s", message ? message : "an error");
        lua_pop(L, 1);
    }
    if (t.rc)
        value_clear(out);
    return t.rc;
}

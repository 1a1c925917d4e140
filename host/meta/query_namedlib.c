/* query_namedlib.c -- rille.host.meta: a method for each question of query_named.c.
 *
 *     m:NAME(parameter, ...)
 *       -> the answer, in the shape of the question
 *       -> nil, message, code */
#include "base/bind.h"
#include "meta/metalib.h"
#include "meta/query_named.h"
#include "meta/row_tables.h"

/* The parameter at idx, which stays there; nil fits no row. */
static DbValue
parameter(lua_State *L, int idx, char type)
{
    if (lua_isnoneornil(L, idx))
        return (DbValue){DB_NULL, {0}};
    if (type == 'i')
        return (DbValue){DB_INT, {.i = luaL_checkinteger(L, idx)}};
    return (DbValue){DB_TEXT, {.s = row_tables_text(L, idx)}};
}

static int
answer(lua_State *L, NamedShape shape, const Rows *rows, int rc, const Err *err)
{
    switch (shape) {
    case NAMED_ROW:
        return row_tables_answer_row(L, rows, rc, err);
    case NAMED_CELL:
        return row_tables_answer_cell(L, rows, rc, err);
    case NAMED_COLUMN:
        return row_tables_answer_column(L, rows, rc, err);
    default:
        return row_tables_answer_list(L, rows, rc, err);
    }
}

static int
l_named(lua_State *L)
{
    const NamedQuery *q = lua_touserdata(L, lua_upvalueindex(1));
    Meta *m = meta_box_check(L, 1);
    DbValue values[NAMED_PARAMETERS];
    Found *f;
    Err err;
    int rc;

    for (int i = 0; q->types[i]; i++)
        values[i] = parameter(L, i + 2, q->types[i]);
    f = row_tables_found(L);
    rc = query_named(m, q, values, &f->rows, &err);
    return answer(L, q->shape, &f->rows, rc, &err);
}

/* Sets the methods in the table on top. */
void
query_namedlib_methods(lua_State *L)
{
    for (const NamedQuery *q = named_queries; q->name; q++) {
        lua_pushlightuserdata(L, (void *)q);
        lua_pushcclosure(L, l_named, 1);
        lua_setfield(L, -2, q->name);
    }
}

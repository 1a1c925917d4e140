/* meta_editlib.c -- rille.host.meta: tags and notes given later, pipelines deleted. */
#include "base/bind.h"
#include "meta/metalib.h"
#include "meta/row_tables.h"

/* m:tag(kind, row, tag, added[, author])     kind: "run", "artifact" (row of a version), "model"
 *   -> changed
 *   -> nil, message, code */
static int
l_tag(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    MetaTag t = {row_tables_text(L, 2), luaL_checkinteger(L, 3), row_tables_text(L, 4), {NULL, 0}};
    int changed;
    Err err;

    if (!lua_isnoneornil(L, 6))
        t.author = row_tables_text(L, 6);
    if (meta_tag(m, &t, lua_toboolean(L, 5), &changed, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, changed);
    return 1;
}

/* m:note_run(row of a run, text)
 *   -> true
 *   -> nil, message, code */
static int
l_note_run(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    Slice text = row_tables_text(L, 3);
    Err err;

    if (meta_note_run(m, run, text, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* m:delete_pipeline(name)
 *   -> how many runs it had
 *   -> nil, message, code       ERR_NOTFOUND, ERR_BUSY */
static int
l_delete_pipeline(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice name = row_tables_text(L, 2);
    int64_t runs = 0;
    Err err;

    if (meta_delete_pipeline(m, name, &runs, &err))
        return bind_fail(L, &err);
    lua_pushinteger(L, runs);
    return 1;
}

const luaL_Reg meta_editlib_methods[] = {
    {"tag", l_tag},
    {"note_run", l_note_run},
    {"delete_pipeline", l_delete_pipeline},
    {NULL, NULL}
};

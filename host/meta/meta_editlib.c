/* meta_editlib.c -- rille.host.meta: tags given later, pipelines deleted. */
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
    {"delete_pipeline", l_delete_pipeline},
    {NULL, NULL}
};

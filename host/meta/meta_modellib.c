/* meta_modellib.c -- rille.host.meta: models.
 *
 *     m:model_move(request) m:model_link(request) m:model_note(request) m:model_delete(request)
 * A request and its answer are JSON (meta_model.h). */
#include "base/bind.h"
#include "meta/meta_model.h"
#include "meta/metalib.h"
#include "meta/row_tables.h"

typedef int Edit(Meta *m, Slice request, Buf *told, Err *err);

static int
edit(lua_State *L, Edit *f)
{
    Meta *m = meta_box_check(L, 1);
    Slice request = row_tables_text(L, 2);
    Found *found = row_tables_found(L);
    Err err;

    if (f(m, request, &found->bytes, &err))
        return bind_fail(L, &err);
    lua_pushlstring(L, found->bytes.data ? (char *)found->bytes.data : "", found->bytes.len);
    return 1;
}

/* m:model_move(JSON)
 *   -> JSON
 *   -> nil, message, code */
static int
l_move(lua_State *L)
{
    return edit(L, meta_model_move);
}

/* m:model_link(JSON), the same way */
static int
l_link(lua_State *L)
{
    return edit(L, meta_model_link);
}

/* m:model_note(JSON), the same way */
static int
l_note(lua_State *L)
{
    return edit(L, meta_model_note);
}

/* m:model_delete(JSON), the same way */
static int
l_delete(lua_State *L)
{
    return edit(L, meta_model_delete);
}

const luaL_Reg meta_modellib_methods[] = {
    {"model_move", l_move},
    {"model_link", l_link},
    {"model_note", l_note},
    {"model_delete", l_delete},
    {NULL, NULL}
};

/* node_memolib.c -- rille.host.meta: the nodes that an earlier run left (node_memo.h). */
#include "base/bind.h"
#include "meta/metalib.h"
#include "meta/node_memo.h"

#define TYPE "rille.host.meta.node_memo"

NodeMemo *
node_memolib_check(lua_State *L, int idx)
{
    return luaL_checkudata(L, idx, TYPE);
}

/* m:node_memo(pipeline, key)
 *   -> memo
 *   -> nothing                  there is none
 *   -> nil, message, code */
static int
l_node_memo(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice pipeline = row_tables_text(L, 2), key = row_tables_text(L, 3);
    NodeMemo *memo = lua_newuserdatauv(L, sizeof *memo, 1);
    Err err;
    int rc;

    *memo = (NodeMemo){0};
    luaL_setmetatable(L, TYPE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);        /* memo keeps m */
    rc = node_memo_read(memo, m, pipeline, key, &err);
    return rc < 0 ? bind_fail(L, &err) : rc;
}

/* memo:spec()
 *   -> wiring, its hash         of the run that the memo is of
 *   -> nothing                  it is gone */
static int
l_spec(lua_State *L)
{
    NodeMemo *memo = node_memolib_check(L, 1);
    unsigned char hash[HASH_SIZE];
    Found *f;

    lua_getiuservalue(L, 1, 1);
    f = row_tables_found(L);
    if (node_memo_spec(memo, meta_box_check(L, 2), hash, &f->bytes, NULL) != 1)
        return 0;
    lua_pushlstring(L, (char *)f->bytes.data, f->bytes.len);
    lua_pushlstring(L, (char *)hash, HASH_SIZE);
    return 2;
}

/* memo:newer() -> how many step runs came after it */
static int
l_newer(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)node_memolib_check(L, 1)->n_newer);
    return 1;
}

static int
l_gc(lua_State *L)
{
    node_memo_release(node_memolib_check(L, 1));
    return 0;
}

void
node_memolib_init(lua_State *L)
{
    static const luaL_Reg methods[] = {{"spec", l_spec}, {"newer", l_newer}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", l_gc}, {NULL, NULL}};

    bind_type(L, TYPE, methods, meta);
}

const luaL_Reg node_memolib_methods[] = {
    {"node_memo", l_node_memo},
    {NULL, NULL}
};

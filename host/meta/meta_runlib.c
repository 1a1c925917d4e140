/* meta_runlib.c -- rille.host.meta: recording runs.
 *
 *     m:begin_run{...} m:take_memo(...) m:commit(run, steps, finish) m:progress(run, done, total)
 *     m:close_dead() m:unfinished(id)
 * Digests are strings of 32 bytes. */
#include "base/bind.h"
#include "meta/memo.h"
#include "meta/meta_args.h"
#include "meta/metalib.h"

/* Sets the fields of the table at t, which is there before the run is. */
static void
set_run(lua_State *L, int t, const MetaRun *run)
{
    lua_pushinteger(L, run->row);
    lua_setfield(L, t, "row");
    lua_pushinteger(L, run->number);
    lua_setfield(L, t, "number");
    lua_pushinteger(L, run->spec_version);
    lua_setfield(L, t, "spec_version");
    lua_pushboolean(L, run->spec_new);
    lua_setfield(L, t, "spec_new");
    lua_pushboolean(L, run->keys_new);
    lua_setfield(L, t, "keys_new");
    lua_pushlstring(L, (char *)run->name.data, run->name.len);
    lua_setfield(L, t, "name");
}

/* m:begin_run{ id =, name =, pipeline =, spec_hash =, spec =, started =, params =,
 *              script =, stack =, cache =, unlisted =, invisible =, tags =, extra =, keys =,
 *              sources = { { path =, digest =, text = }, ... }, finish = {...} }
 *   -> { row =, number =, name =, spec_version =, spec_new =, keys_new =, models = JSON | nil }
 *   -> nil, message, code       ERR_EXISTS when the name is taken */
static int
l_begin_run(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    MetaFinish finish;
    MetaBegin begin;
    MetaArgs *g;
    Err err;
    int closes, rc;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    g = meta_args_new(L);
    begin = meta_args_begin(L, g, 2);
    closes = lua_getfield(L, 2, "finish") == LUA_TTABLE;
    if (closes)
        finish = meta_args_finish(L, g, 4, 0, 0);
    lua_createtable(L, 0, 5);
    rc = meta_begin_run(m, &begin, closes ? &finish : NULL, &g->run, &err);
    if (rc) {
        meta_args_drop(L, 3);
        return bind_fail(L, &err);
    }
    set_run(L, 5, &g->run);
    if (g->told.len) {
        lua_pushlstring(L, (char *)g->told.data, g->told.len);
        lua_setfield(L, 5, "models");
    }
    meta_args_drop(L, 3);
    return 1;
}

/* m:take_memo(key, run, seconds, { fields as of m:begin_run, without spec and spec_hash })
 *   -> { row =, number =, name =, spec_version =, spec_new = false, keys_new = }
 *   -> nil                      what m:find_memo gave is not current any more
 *   -> nil, message, code       ERR_EXISTS when the name is taken */
static int
l_take_memo(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    const unsigned char *key = meta_box_digest(L, 2);
    int64_t run = luaL_checkinteger(L, 3);
    lua_Number seconds = luaL_checknumber(L, 4);
    MetaBegin begin;
    MetaArgs *g;
    Err err;
    int rc;

    luaL_checktype(L, 5, LUA_TTABLE);
    lua_settop(L, 5);
    g = meta_args_new(L);
    begin = meta_args_begin(L, g, 5);
    lua_createtable(L, 0, 6);
    rc = memo_take(m, &begin, key, run, seconds, &g->run, &err);
    if (rc == 1)
        set_run(L, 7, &g->run);
    meta_args_drop(L, 6);
    return rc < 0 ? bind_fail(L, &err) : rc;
}

/* m:commit(run_row, steps | nil, finish | nil)
 *   -> true, JSON | nil         and steps[i].row is set; the answer to finish.models
 *   -> nil, message, code */
static int
l_commit(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    MetaFinish finish;
    MetaBatch batch;
    MetaArgs *g;
    Err err;
    int closes;

    if (!lua_isnoneornil(L, 3))
        luaL_checktype(L, 3, LUA_TTABLE);
    closes = !lua_isnoneornil(L, 4);
    if (closes)
        luaL_checktype(L, 4, LUA_TTABLE);
    lua_settop(L, 4);
    g = meta_args_new(L);
    batch = meta_args_steps(L, g, 3);
    if (closes)
        finish = meta_args_finish(L, g, 4, 3, batch.n_steps);
    if (meta_commit(m, run, &batch, closes ? &finish : NULL, &err)) {
        meta_args_drop(L, 5);
        return bind_fail(L, &err);
    }
    for (size_t i = 0; i < batch.n_steps; i++) {
        lua_rawgeti(L, 3, (lua_Integer)i + 1);
        lua_pushinteger(L, batch.steps[i].row);
        lua_setfield(L, -2, "row");
        lua_pop(L, 1);
    }
    lua_pushboolean(L, 1);
    if (g->told.len)
        lua_pushlstring(L, (char *)g->told.data, g->told.len);
    else
        lua_pushnil(L);
    meta_args_drop(L, 5);
    return 2;
}

/* m:progress(run, done, total)   so many steps of that running run are done */
static int
l_progress(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);

    meta_progress(m, luaL_checkinteger(L, 2), luaL_checkinteger(L, 3), luaL_checkinteger(L, 4));
    return 0;
}

/* m:unfinished(id of the run)
 *   -> lines, what its runs/ID.live held when it was found dead | nil
 *   -> nil, message, code */
static int
l_unfinished(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice id = row_tables_text(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = meta_unfinished(m, id, &f->bytes, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    if (rc == 0)
        return 0;
    lua_pushlstring(L, f->bytes.data ? (char *)f->bytes.data : "", f->bytes.len);
    return 1;
}

/* m:close_dead()   ends the runs whose process died
 *   -> { row, ... }             of those, now failed
 *   -> nil, message, code */
static int
l_close_dead(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Found *f = row_tables_found(L);
    const int64_t *row;
    Err err;
    int rc = meta_close_dead(m, &f->bytes, &err);

    row = (int64_t *)(void *)f->bytes.data;
    if (rc)
        return bind_fail(L, &err);
    lua_newtable(L);
    for (size_t i = 0; i < f->bytes.len / sizeof *row; i++) {
        lua_pushinteger(L, row[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const luaL_Reg meta_runlib_methods[] = {
    {"begin_run", l_begin_run},
    {"take_memo", l_take_memo},
    {"commit", l_commit},
    {"progress", l_progress},
    {"close_dead", l_close_dead},
    {"unfinished", l_unfinished},
    {NULL, NULL}
};

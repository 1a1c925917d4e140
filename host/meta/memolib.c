/* memolib.c -- rille.host.meta: what earlier runs of a pipeline found (memo.h).
 *
 *     m:find_memo(pipeline, key) m:memo_basis(run) m:keep_memo{...}
 *     m:traced(run, position) m:memo_differs(pipeline, key, run, other) */
#include <string.h>

#include "base/bind.h"
#include "meta/memo.h"
#include "meta/run_outcomes.h"
#include "meta/metalib.h"

#define BASIS "rille.host.meta.memo_basis"

/* m:find_memo(pipeline, key)
 *   -> { run =, spec =, counts =, git =, facts =, artifacts = }
 *   -> nil                      none, or it is not current
 *   -> nil, message, code */
static int
l_find(lua_State *L)
{
    static const char *const fields[] = {"counts", "git", "facts", "artifacts"};
    Meta *m = meta_box_check(L, 1);
    Slice pipeline = row_tables_text(L, 2);
    const unsigned char *key = meta_box_digest(L, 3);
    Found *f = row_tables_found(L);
    DbStmt *st;
    MemoRow row;
    Err err;
    int rc = memo_find(meta_db(m), pipeline, key, &st, &row, &err);

    if (rc == 1)
        rc = memo_is_current(meta_db(m), pipeline, &row, &err);
    if (rc == 1)
        rc = rows_take(&f->rows, st, &err) ? -1 : 1;
    if (st)
        db_reset(st);
    if (rc != 1)
        return rc < 0 ? bind_fail(L, &err) : 0;
    lua_createtable(L, 0, 6);
    lua_pushinteger(L, rows_number(&f->rows, 0, "run"));
    lua_setfield(L, -2, "run");
    lua_pushinteger(L, rows_number(&f->rows, 0, "spec"));
    lua_setfield(L, -2, "spec");
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        row_tables_set(L, fields[i], rows_text(&f->rows, 0, fields[i]));
    return 1;
}

static int
basis_gc(lua_State *L)
{
    memo_basis_release(lua_touserdata(L, 1));
    return 0;
}

static void
set_bytes(lua_State *L, const char *field, const Buf *b)
{
    lua_pushlstring(L, b->data ? (const char *)b->data : "", b->len);
    lua_setfield(L, -2, field);
}

static void
set_int(lua_State *L, const char *field, int64_t v)
{
    lua_pushinteger(L, v);
    lua_setfield(L, -2, field);
}

static void
set_reads(lua_State *L, const Buf *reads)
{
    lua_Integer i = 0;
    uint64_t n;

    lua_newtable(L);
    for (size_t at = 0; at < reads->len; at += n) {
        memcpy(&n, reads->data + at, sizeof n);
        at += sizeof n;
        lua_pushlstring(L, (const char *)reads->data + at, n);
        lua_rawseti(L, -2, ++i);
    }
    lua_setfield(L, -2, "reads");
}

/* m:memo_basis(run): what a run that has ended leaves, for m:keep_memo
 *   -> { n = nodes, pipeline =, run =, spec =, last_step =, named =, git =, trace =,
 *        keys =, artifacts =, reads = { what steps read, packed by observe } }
 *   -> nil, why                 it leaves nothing
 *   -> nil, message, code */
static int
l_basis(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    MemoBasis *b = lua_newuserdatauv(L, sizeof *b, 0);
    Err err;
    int rc;

    memset(b, 0, sizeof *b);
    luaL_setmetatable(L, BASIS);
    rc = memo_basis(m, run, b, &err);
    if (rc < 0)
        return bind_fail(L, &err);
    if (rc == 0) {
        lua_pushnil(L);
        lua_pushstring(L, b->why ? b->why : "it has no rows");
        return 2;
    }
    lua_createtable(L, 0, 10);
    set_int(L, "n", (int64_t)b->n);
    set_int(L, "pipeline", b->pipeline);
    set_int(L, "run", run);
    set_int(L, "spec", b->spec);
    set_int(L, "last_step", b->last_step);
    set_int(L, "named", b->named);
    if (b->git.data)
        set_bytes(L, "git", &b->git);
    set_bytes(L, "trace", &b->trace);
    set_bytes(L, "keys", &b->keys);
    set_bytes(L, "artifacts", &b->artifacts);
    set_reads(L, &b->reads);
    memo_basis_release(b);
    return 1;
}

/* The row of the step run at the position, from 1, of the trace of the run; 0: none. */
static int
read_traced(Db *db, int64_t run, lua_Integer position, int64_t *row, Buf *items, Err *err)
{
    const TraceItem *item;
    DbStmt *st;
    int rc = db_query(db, &st, err, "select trace from run where row = ?", "i", run);

    *row = 0;
    if (rc || (rc = db_step(db, st, err)) <= 0)
        return rc;
    rc = run_outcomes_unpack(items, db_bytes(st, 0), err);
    db_reset(st);
    item = (const TraceItem *)(const void *)items->data;
    if (rc == OK && position >= 1 && (size_t)position <= items->len / sizeof *item)
        *row = item[position - 1].row;
    return rc;
}

/* m:traced(run, position)
 *   -> row of the step run that the trace of the run has there, digests of its outputs | nil
 *   -> nil, message, code */
static int
l_traced(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2), row;
    lua_Integer position = luaL_checkinteger(L, 3);
    Found *f = row_tables_found(L);
    DbStmt *st;
    Err err;
    int rc = read_traced(meta_db(m), run, position, &row, &f->bytes, &err);

    if (rc == OK && row &&
        (rc = db_query(meta_db(m), &st, &err,
                       "select outs from record where step_run = ?1 and key ="
                       " (select key from step_run where id = ?1)",
                       "i", row)) == OK)
        rc = rows_all(&f->rows, meta_db(m), st, &err);
    if (rc < 0)
        return bind_fail(L, &err);
    if (!row)
        return 0;
    lua_pushinteger(L, row);
    meta_box_push(L, f->rows.n ? rows_cell(&f->rows, 0, 0).as.s : (Slice){NULL, 0});
    return 2;
}

/* m:keep_memo{ key =, counts =, git =, facts =, and what m:memo_basis gave }
 *   -> true
 *   -> nil, message, code */
static int
l_keep(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    MemoRow row;
    Err err;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    row.pipeline = row_tables_option_int(L, 2, "pipeline", 0);
    row.run = row_tables_option_int(L, 2, "run", 0);
    row.spec = row_tables_option_int(L, 2, "spec", 0);
    row.last_step = row_tables_option_int(L, 2, "last_step", 0);
    row.named = row_tables_option_int(L, 2, "named", 0);
    row.counts = row_tables_option(L, 2, "counts");
    row.git = row_tables_option(L, 2, "git");
    row.facts = row_tables_option(L, 2, "facts");
    row.artifacts = row_tables_option(L, 2, "artifacts");
    row.trace = row_tables_option(L, 2, "trace");
    row.keys = row_tables_option(L, 2, "keys");
    lua_getfield(L, 2, "key");
    row.key = meta_box_digest(L, -1);
    if (memo_put(m, &row, &err))
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* m:memo_differs(pipeline, key, run, other): the first thing in which the row of another run
 * differs from what it would have taken over
 *   -> what | nil
 *   -> nil, message, code */
static int
l_differs(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice pipeline = row_tables_text(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = memo_differs(meta_db(m), pipeline, meta_box_digest(L, 3), luaL_checkinteger(L, 4),
                          luaL_checkinteger(L, 5), &f->rows, &err);

    return row_tables_answer_cell(L, &f->rows, rc, &err);
}

void
memolib_init(lua_State *L)
{
    static const luaL_Reg collected[] = {{"__gc", basis_gc}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};

    bind_type(L, BASIS, none, collected);
}

const luaL_Reg memolib_methods[] = {
    {"find_memo", l_find},
    {"memo_basis", l_basis},
    {"traced", l_traced},
    {"keep_memo", l_keep},
    {"memo_differs", l_differs},
    {NULL, NULL}
};

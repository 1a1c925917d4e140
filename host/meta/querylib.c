/* querylib.c -- rille.host.meta: reading the history.
 *
 * A row becomes a table with the fields that query.c names; what is null is
 * absent, JSON stays text, digests are strings of 32 bytes, times are seconds.
 * Where nothing is found the answer is nil, message, code. */
#include <stdio.h>
#include <string.h>

#include "base/bind.h"
#include "meta/metalib.h"
#include "meta/query.h"
#include "meta/query_filter.h"
#include "meta/row_tables.h"

#define STEPS_TYPE "rille.host.meta.steps"

static int
steps_gc(lua_State *L)
{
    query_steps_release(lua_touserdata(L, 1));
    return 0;
}

static QuerySteps *
new_steps(lua_State *L)
{
    QuerySteps *s = lua_newuserdatauv(L, sizeof *s, 0);

    query_steps_init(s);
    luaL_setmetatable(L, STEPS_TYPE);
    return s;
}

/* The edges of a step run, in f->inputs and f->outputs. */
static int
read_edges(Meta *m, int64_t row, Found *f, Err *err)
{
    int rc;

    rows_clear(&f->inputs);
    rows_clear(&f->outputs);
    if ((rc = query_edges(m, row, 0, &f->inputs, err)))
        return rc;
    return query_edges(m, row, 1, &f->outputs, err);
}

/* -- runs ---------------------------------------------------------------- */

/* m:runs{ pipeline =, status =, unlisted = true, limit = 50, before = cursor,
 *         order = "desc" | "asc", where = condition, sort = field, shown = { field, ... } }
 *                             of query_filterlib.c
 *   -> { run, ... }, cursor of the next page | nil
 *      run.shown[i] is the value of the i-th field of shown
 *   -> nil, message, code */
static int
l_runs(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    QueryRuns q = {0};
    int64_t next;
    Slice order;
    Found *f;
    Err err;

    row_tables_options(L, 2);
    q.pipeline = row_tables_option(L, 2, "pipeline");
    q.status = row_tables_option(L, 2, "status");
    q.unlisted = row_tables_option_flag(L, 2, "unlisted");
    q.limit = row_tables_option_int(L, 2, "limit", 50);
    q.before = row_tables_option_int(L, 2, "before", 0);
    order = row_tables_option(L, 2, "order");
    q.ascending = order.data && strcmp(order.data, "asc") == 0;
    if (order.data && !q.ascending && strcmp(order.data, "desc") != 0)
        return luaL_error(L, "option 'order': expected 'asc' or 'desc', found '%s'",
                          order.data);
    q.filter = query_filterlib_read(L, 2, &filter_runs);
    f = row_tables_found(L);
    if (query_runs(m, &q, &f->rows, &next, &err))
        return bind_fail(L, &err);
    row_tables_list(L, &f->rows);
    if (next)
        lua_pushinteger(L, next);
    else
        lua_pushnil(L);
    return 2;
}

/* m:run(row | name | id | prefix of an id)
 *   -> run
 *   -> nil, message, code       not found, or "ambiguous: ..." */
static int
l_run(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Found *f;
    Err err;
    int rc;

    if (lua_isinteger(L, 2)) {
        f = row_tables_found(L);
        rc = query_run_row(m, lua_tointeger(L, 2), &f->rows, &err);
    } else {
        Slice what = row_tables_text(L, 2);

        f = row_tables_found(L);
        rc = query_run(m, what, &f->rows, &err);
    }
    return row_tables_answer_row(L, &f->rows, rc, &err);
}

/* m:nth_run(pipeline, n[, { unlisted = }])    1 the oldest, -1 the newest
 *   -> run | nil
 *   -> nil, message, code */
static int
l_nth_run(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice pipeline = row_tables_text(L, 2);
    lua_Integer n = luaL_checkinteger(L, 3);
    int unlisted, rc;
    Found *f;
    Err err;

    row_tables_options(L, 4);
    unlisted = row_tables_option_flag(L, 4, "unlisted");
    f = row_tables_found(L);
    rc = query_nth_run(m, pipeline, n, unlisted, &f->rows, &err);
    return row_tables_answer_row(L, &f->rows, rc, &err);
}

/* m:pipelines()
 *   -> { { name =, runs =, completed =, failed =, running =, newest = run }, ... }
 *   -> nil, message, code */
static int
l_pipelines(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_pipelines(m, &f->rows, &err);

    return row_tables_answer_list(L, &f->rows, rc, &err);
}

/* -- steps --------------------------------------------------------------- */

/* Pushes the table of a step run, with inputs and outputs, or nil. */
static int
push_step_run(lua_State *L, Meta *m, int64_t row, int full, Found *f, Err *err)
{
    int rc = OK;

    rows_clear(&f->rows);
    if (row && ((rc = query_step_run(m, row, full, &f->rows, err)) ||
                (rc = read_edges(m, row, f, err))))
        return rc;
    if (!f->rows.n) {
        lua_pushnil(L);
        return OK;
    }
    row_tables_row(L, &f->rows, 0);
    row_tables_list(L, &f->inputs);
    lua_setfield(L, -2, "inputs");
    row_tables_list(L, &f->outputs);
    lua_setfield(L, -2, "outputs");
    return OK;
}

/* The name of an item, its map's and its place in that. */
static void
set_item(lua_State *L, const QueryStep *s)
{
    if (!s->of.data)
        return;
    lua_pushlstring(L, s->of.data, s->of.len);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "of");
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)s->index);
    lua_concat(L, 2);
    lua_setfield(L, -2, "node");
    lua_pushinteger(L, s->index);
    lua_setfield(L, -2, "index");
}

/* Sets the position of a step in its run, as fields of the table at the top. */
static void
set_place(lua_State *L, const QueryStep *s)
{
    row_tables_set(L, "node", s->node);
    set_item(L, s);
    row_tables_set(L, "step", s->step);
    lua_pushinteger(L, s->position);
    lua_setfield(L, -2, "position");
    if (s->code >= 0) {
        lua_pushinteger(L, s->code);
        lua_setfield(L, -2, "status");
    }
}

/* Pushes the step of a run: its step run, seen from this run. */
static int
push_step(lua_State *L, Meta *m, const QueryStep *s, Found *f, Err *err)
{
    int rc = push_step_run(L, m, s->row, 0, f, err);

    if (rc)
        return rc;
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_createtable(L, 0, 6);
    }
    set_place(L, s);
    return OK;
}

/* m:steps(run_row)              in spec order
 *   -> { { node =, step =, position =, status =, row =,
 *          run = { row, id, name, node }, started =, seconds =, key =, reusable =, params =,
 *          reason =, error =, metrics =, metadata =, inputs = { edge, ... },
 *          outputs = { edge, ... } },
 *        ... }
 *   -> nil, message, code
 * status is the trace's number, or of a run without a trace the step run's text.
 * An item of a map has of = the map's node, index = its place, too.
 * row, run and what follows are absent where nothing ran and nothing was hit.
 * edge = { name = the port's, digest =, type =, materializer =, format =, size =, id =,
 *          objects =, version = number | nil, artifact = name | nil, source = step run
 *          of another run that it was taken from | nil } */
static int
l_steps(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    QuerySteps *steps = new_steps(L);
    Found *f = row_tables_found(L);
    const QueryStep *s;
    size_t n;
    Err err;

    if (query_steps(m, run, steps, &err))
        return bind_fail(L, &err);
    s = (QueryStep *)(void *)steps->steps.data;
    n = steps->steps.len / sizeof *s;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        if (push_step(L, m, &s[i], f, &err))
            return bind_fail(L, &err);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* m:trace(run_row)              the same without the step runs
 *   -> { { node =, step =, position =, status =, row = | nil, of =, index = }, ... }
 *   -> nil, message, code */
static int
l_trace(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    QuerySteps *steps = new_steps(L);
    const QueryStep *s;
    size_t n;
    Err err;

    if (query_steps(m, run, steps, &err))
        return bind_fail(L, &err);
    s = (QueryStep *)(void *)steps->steps.data;
    n = steps->steps.len / sizeof *s;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++, s++) {
        lua_createtable(L, 0, 6);
        set_place(L, s);
        if (s->row) {
            lua_pushinteger(L, s->row);
            lua_setfield(L, -2, "row");
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Is it the node that is asked for?  A hit without names is asked of its row. */
static int
is_node(Meta *m, const QueryStep *s, Slice node, Found *f)
{
    if (s->of.data) {
        char index[32];
        size_t n = (size_t)snprintf(index, sizeof index, "[%lld]", (long long)s->index);

        return node.len == s->of.len + n && memcmp(node.data, s->of.data, s->of.len) == 0 &&
               memcmp(node.data + s->of.len, index, n) == 0;
    }
    if (s->node.data)
        return s->node.len == node.len && memcmp(s->node.data, node.data, node.len) == 0;
    rows_clear(&f->rows);
    if (query_step_run(m, s->row, 0, &f->rows, NULL) || !f->rows.n)
        return 0;
    return rows_cell(&f->rows, 0, 1).as.s.len == node.len &&
           memcmp(rows_cell(&f->rows, 0, 1).as.s.data, node.data, node.len) == 0;
}

/* m:step(run_row, node | position)
 *   -> step, as in m:steps | nil
 *   -> nil, message, code */
static int
l_step(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    int64_t position = lua_isinteger(L, 3) ? lua_tointeger(L, 3) : 0;
    Slice node = position ? (Slice){"", 0} : row_tables_text(L, 3);
    QuerySteps *steps = new_steps(L);
    Found *f = row_tables_found(L);
    const QueryStep *s;
    Err err;

    if (query_steps(m, run, steps, &err))
        return bind_fail(L, &err);
    s = (QueryStep *)(void *)steps->steps.data;
    for (size_t n = steps->steps.len / sizeof *s; n; n--, s++)
        if (position ? s->position == position : is_node(m, s, node, f))
            return push_step(L, m, s, f, &err) ? bind_fail(L, &err) : 1;
    return 0;
}

/* m:hits()      what steps of all runs took that another had made
 *   -> bytes: "=i8i4i4" row of a step run, row of the run, position there; by row
 *   -> nil, message, code */
static int
l_hits(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Found *f = row_tables_found(L);
    Err err;

    if (query_hits(m, &f->bytes, &err))
        return bind_fail(L, &err);
    lua_pushlstring(L, (char *)f->bytes.data, f->bytes.len);
    return 1;
}

/* m:step_row(row[, brief])      brief: without reads, log and code
 *   -> the step run, as in m:steps, and reads =, log =, code = { digest =, leaves = }
 *   -> nil
 *   -> nil, message, code */
static int
l_step_row(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t row = luaL_checkinteger(L, 2);
    int brief = lua_toboolean(L, 3);
    Found *f = row_tables_found(L);
    Err err;

    return push_step_run(L, m, row, !brief, f, &err) ? bind_fail(L, &err) : 1;
}

/* -- texts --------------------------------------------------------------- */

static int
answer_bytes(lua_State *L, const Found *f, int rc, const Err *err)
{
    if (rc < 0)
        return bind_fail(L, err);
    if (rc)
        lua_pushlstring(L, (char *)f->bytes.data, f->bytes.len);
    else
        lua_pushnil(L);
    return 1;
}

/* m:spec(run.spec) -> bytes | nil */
static int
l_spec(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    int64_t row = luaL_checkinteger(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_spec(m, row, &f->bytes, &err);

    return answer_bytes(L, f, rc, &err);
}

/* m:wiring(pipeline, hash) -> bytes of its newest spec | nil */
static int
l_wiring(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    Slice pipeline = row_tables_text(L, 2);
    const unsigned char *hash = meta_box_digest(L, 3);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_wiring(m, pipeline, hash, &f->bytes, &err);

    return answer_bytes(L, f, rc, &err);
}

/* m:source(digest) -> text | nil */
static int
l_source(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    const unsigned char *digest = meta_box_digest(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_source(m, digest, &f->rows, &err);

    return row_tables_answer_cell(L, &f->rows, rc, &err);
}

/* m:code(digest) -> leaves | nil */
static int
l_code(lua_State *L)
{
    Meta *m = meta_box_check(L, 1);
    const unsigned char *digest = meta_box_digest(L, 2);
    Found *f = row_tables_found(L);
    Err err;
    int rc = query_code(m, digest, &f->rows, &err);

    return row_tables_answer_cell(L, &f->rows, rc, &err);
}

static const luaL_Reg steps_meta[] = {{"__gc", steps_gc}, {NULL, NULL}};
static const luaL_Reg no_methods[] = {{NULL, NULL}};

void
querylib_init(lua_State *L)
{
    bind_type(L, STEPS_TYPE, no_methods, steps_meta);
}

const luaL_Reg querylib_methods[] = {
    {"runs", l_runs},
    {"run", l_run},
    {"nth_run", l_nth_run},
    {"pipelines", l_pipelines},
    {"steps", l_steps},
    {"step", l_step},
    {"trace", l_trace},
    {"hits", l_hits},
    {"step_row", l_step_row},
    {"spec", l_spec},
    {"wiring", l_wiring},
    {"source", l_source},
    {"code", l_code},
    {NULL, NULL}
};

/* querylib.c -- rille.host.meta: reading the history.
 *
 * A row becomes a table with the fields that query.c names; what is null is
 * absent, JSON stays text, digests are strings of 32 bytes, times are seconds.
 * Where nothing is found the answer is nil, message, code. */
#include <stdio.h>
#include <string.h>

#include "artifact.h"
#include "bind.h"
#include "hash.h"
#include "metalib.h"
#include "query.h"

#define ROWS_TYPE "rille.host.meta.rows"
#define STEPS_TYPE "rille.host.meta.steps"

/* What a call gathers before it makes tables. */
typedef struct Found {
    Rows rows, inputs, outputs;
    Buf bytes;
    DigestMap objects;
} Found;

static int
found_gc(lua_State *L)
{
    Found *f = lua_touserdata(L, 1);

    rows_release(&f->rows);
    rows_release(&f->inputs);
    rows_release(&f->outputs);
    buf_release(&f->bytes);
    digestmap_release(&f->objects);
    return 0;
}

static Found *
new_found(lua_State *L)
{
    Found *f = lua_newuserdatauv(L, sizeof *f, 0);

    memset(f, 0, sizeof *f);
    luaL_setmetatable(L, ROWS_TYPE);
    return f;
}

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

/* -- rows to tables ------------------------------------------------------ */

static void
push_value(lua_State *L, DbValue v)
{
    switch (v.type) {
    case DB_INT:
        lua_pushinteger(L, v.as.i);
        break;
    case DB_REAL:
        lua_pushnumber(L, v.as.d);
        break;
    case DB_NULL:
        lua_pushnil(L);
        break;
    default:
        lua_pushlstring(L, v.as.s.data, v.as.s.len);
    }
}

/* Sets the field of the table at the top: "a", "a?" (a boolean), or "a.b". */
static void
set_field(lua_State *L, const char *name, DbValue v)
{
    size_t n = strlen(name), dot = strcspn(name, ".");

    if (v.type == DB_NULL)
        return;
    if (dot < n) {
        lua_pushlstring(L, name, dot);
        if (lua_rawget(L, -2) == LUA_TNIL) {
            lua_pop(L, 1);
            lua_createtable(L, 0, 4);
            lua_pushlstring(L, name, dot);
            lua_pushvalue(L, -2);
            lua_rawset(L, -4);
        }
        set_field(L, name + dot + 1, v);
        lua_pop(L, 1);
        return;
    }
    if (name[n - 1] == '?') {
        lua_pushlstring(L, name, n - 1);
        lua_pushboolean(L, v.type == DB_INT && v.as.i != 0);
    } else {
        lua_pushlstring(L, name, n);
        push_value(L, v);
    }
    lua_rawset(L, -3);
}

static void
push_row(lua_State *L, const Rows *r, size_t row)
{
    const char *name = (const char *)r->names.data;

    luaL_checkstack(L, 6, NULL);
    lua_createtable(L, 0, r->columns);
    for (int i = 0; i < r->columns; i++, name += strlen(name) + 1)
        set_field(L, name, rows_cell(r, row, i));
}

static void
push_list(lua_State *L, const Rows *r)
{
    lua_createtable(L, (int)r->n, 0);
    for (size_t i = 0; i < r->n; i++) {
        push_row(L, r, i);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* The list of rows, or the failure. */
static int
answer_list(lua_State *L, const Rows *r, int rc, const Err *err)
{
    if (rc)
        return bind_fail(L, err);
    push_list(L, r);
    return 1;
}

static int
answer_row(lua_State *L, const Rows *r, int rc, const Err *err)
{
    if (rc)
        return bind_fail(L, err);
    if (r->n)
        push_row(L, r, 0);
    else
        lua_pushnil(L);
    return 1;
}

/* The only cell, or nil. */
static int
answer_cell(lua_State *L, const Rows *r, int rc, const Err *err)
{
    if (rc)
        return bind_fail(L, err);
    if (r->n)
        push_value(L, rows_cell(r, 0, 0));
    else
        lua_pushnil(L);
    return 1;
}

static Slice
check_text(lua_State *L, int idx)
{
    Slice s;

    s.data = luaL_checklstring(L, idx, &s.len);
    return s;
}

/* A field of the options at idx (a table or nothing), of that type or nil;
 * pushes it. */
static int
option(lua_State *L, int idx, const char *field, int type)
{
    int got = lua_isnoneornil(L, idx) ? LUA_TNIL : lua_getfield(L, idx, field);

    if (lua_isnoneornil(L, idx))
        lua_pushnil(L);
    if (got != LUA_TNIL && got != type)
        luaL_error(L, "option '%s': expected a %s, found a %s", field,
                   lua_typename(L, type), lua_typename(L, got));
    return got != LUA_TNIL;
}

/* The strings stay in the options. */
static Slice
option_text(lua_State *L, int idx, const char *field)
{
    Slice s = {NULL, 0};

    if (option(L, idx, field, LUA_TSTRING))
        s.data = lua_tolstring(L, -1, &s.len);
    lua_pop(L, 1);
    return s;
}

static int64_t
option_int(lua_State *L, int idx, const char *field, int64_t fallback)
{
    int64_t out = option(L, idx, field, LUA_TNUMBER) ? lua_tointeger(L, -1) : fallback;

    lua_pop(L, 1);
    return out;
}

/* true, or a word such as "any" */
static int
option_flag(lua_State *L, int idx, const char *field)
{
    int out = 0;

    if (!lua_isnoneornil(L, idx)) {
        lua_getfield(L, idx, field);
        out = lua_toboolean(L, -1);
        lua_pop(L, 1);
    }
    return out;
}

static void
check_options(lua_State *L, int idx)
{
    if (!lua_isnoneornil(L, idx))
        luaL_checktype(L, idx, LUA_TTABLE);
}

/* -- runs ---------------------------------------------------------------- */

/* m:runs{ pipeline =, status =, unlisted = true, limit = 50, before = cursor,
 *         order = "desc" | "asc" }
 *   -> { run, ... }, cursor of the next page | nil
 *   -> nil, message, code */
static int
l_runs(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    QueryRuns q = {0};
    int64_t next;
    Slice order;
    Found *f;
    Err err;

    check_options(L, 2);
    q.pipeline = option_text(L, 2, "pipeline");
    q.status = option_text(L, 2, "status");
    q.unlisted = option_flag(L, 2, "unlisted");
    q.limit = option_int(L, 2, "limit", 50);
    q.before = option_int(L, 2, "before", 0);
    order = option_text(L, 2, "order");
    q.ascending = order.data && strcmp(order.data, "asc") == 0;
    if (order.data && !q.ascending && strcmp(order.data, "desc") != 0)
        return luaL_error(L, "option 'order': expected 'asc' or 'desc', found '%s'",
                          order.data);
    f = new_found(L);
    if (query_runs(m, &q, &f->rows, &next, &err))
        return bind_fail(L, &err);
    push_list(L, &f->rows);
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
    Meta *m = metalib_check(L, 1);
    Found *f;
    Err err;
    int rc;

    if (lua_isinteger(L, 2)) {
        f = new_found(L);
        rc = query_run_row(m, lua_tointeger(L, 2), &f->rows, &err);
    } else {
        Slice what = check_text(L, 2);

        f = new_found(L);
        rc = query_run(m, what, &f->rows, &err);
    }
    return answer_row(L, &f->rows, rc, &err);
}

/* m:nth_run(pipeline, n[, { unlisted = }])    1 the oldest, -1 the newest
 *   -> run | nil
 *   -> nil, message, code */
static int
l_nth_run(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Slice pipeline = check_text(L, 2);
    lua_Integer n = luaL_checkinteger(L, 3);
    int unlisted, rc;
    Found *f;
    Err err;

    check_options(L, 4);
    unlisted = option_flag(L, 4, "unlisted");
    f = new_found(L);
    rc = query_nth_run(m, pipeline, n, unlisted, &f->rows, &err);
    return answer_row(L, &f->rows, rc, &err);
}

/* m:close_dead()   ends the runs whose process died
 *   -> { row, ... }             of those, now failed
 *   -> nil, message, code */
static int
l_close_dead(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Found *f = new_found(L);
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

/* m:pipelines()
 *   -> { { name =, runs =, completed =, failed =, running =, newest = run }, ... }
 *   -> nil, message, code */
static int
l_pipelines(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Found *f = new_found(L);
    Err err;
    int rc = query_pipelines(m, &f->rows, &err);

    return answer_list(L, &f->rows, rc, &err);
}

/* -- steps --------------------------------------------------------------- */

static int
find_edges(Meta *m, int64_t row, Found *f, Err *err)
{
    int rc;

    rows_clear(&f->inputs);
    rows_clear(&f->outputs);
    if ((rc = query_edges(m, row, 0, &f->inputs, err)))
        return rc;
    return query_edges(m, row, 1, &f->outputs, err);
}

static void
set_text(lua_State *L, const char *field, Slice s)
{
    if (!s.data)
        return;
    lua_pushlstring(L, s.data, s.len);
    lua_setfield(L, -2, field);
}

/* Pushes the table of a step run, with inputs and outputs, or nil. */
static int
push_step_run(lua_State *L, Meta *m, int64_t row, int full, Found *f, Err *err)
{
    int rc = OK;

    rows_clear(&f->rows);
    if (row && ((rc = query_step_run(m, row, full, &f->rows, err)) ||
                (rc = find_edges(m, row, f, err))))
        return rc;
    if (!f->rows.n) {
        lua_pushnil(L);
        return OK;
    }
    push_row(L, &f->rows, 0);
    push_list(L, &f->inputs);
    lua_setfield(L, -2, "inputs");
    push_list(L, &f->outputs);
    lua_setfield(L, -2, "outputs");
    return OK;
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
    set_text(L, "node", s->node);
    set_text(L, "step", s->step);
    lua_pushinteger(L, s->position);
    lua_setfield(L, -2, "position");
    if (s->code >= 0) {
        lua_pushinteger(L, s->code);
        lua_setfield(L, -2, "status");
    }
    return OK;
}

/* m:steps(run_row)              in spec order
 *   -> { { node =, step =, position =, status =, row =,
 *          run = { row, id, name, node }, started =, seconds =, key =, reusable =, params =, reason =, error =,
 *          metrics =, metadata =, inputs = { edge, ... }, outputs = { edge, ... } },
 *        ... }
 *   -> nil, message, code
 * status is the trace's number, or of a run without a trace the step run's text.
 * row, run and what follows are absent where nothing ran and nothing was hit.
 * edge = { name = the port's, digest =, type =, materializer =, format =, size =, id =,
 *          objects =, version = number | nil, artifact = name | nil } */
static int
l_steps(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    QuerySteps *steps = new_steps(L);
    Found *f = new_found(L);
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

/* Is it the node that is asked for?  A hit without names is asked of its row. */
static int
is_node(Meta *m, const QueryStep *s, Slice node, Found *f)
{
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
    Meta *m = metalib_check(L, 1);
    int64_t run = luaL_checkinteger(L, 2);
    int64_t position = lua_isinteger(L, 3) ? lua_tointeger(L, 3) : 0;
    Slice node = position ? (Slice){"", 0} : check_text(L, 3);
    QuerySteps *steps = new_steps(L);
    Found *f = new_found(L);
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

/* m:step_row(row)
 *   -> the step run, as in m:steps, and reads =, log =, code = { digest =, leaves = }
 *   -> nil
 *   -> nil, message, code */
static int
l_step_row(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    int64_t row = luaL_checkinteger(L, 2);
    Found *f = new_found(L);
    Err err;

    return push_step_run(L, m, row, 1, f, &err) ? bind_fail(L, &err) : 1;
}

/* -- texts --------------------------------------------------------------- */

/* m:spec(hash) -> bytes | nil */
static int
l_spec(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    const unsigned char *hash = metalib_digest(L, 2);
    Found *f = new_found(L);
    Err err;
    int rc = query_spec(m, hash, &f->bytes, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    if (rc)
        lua_pushlstring(L, (char *)f->bytes.data, f->bytes.len);
    else
        lua_pushnil(L);
    return 1;
}

/* m:source(digest) -> text | nil */
static int
l_source(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    const unsigned char *digest = metalib_digest(L, 2);
    Found *f = new_found(L);
    Err err;
    int rc = query_source(m, digest, &f->rows, &err);

    return answer_cell(L, &f->rows, rc, &err);
}

/* m:code(digest) -> leaves | nil */
static int
l_code(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    const unsigned char *digest = metalib_digest(L, 2);
    Found *f = new_found(L);
    Err err;
    int rc = query_code(m, digest, &f->rows, &err);

    return answer_cell(L, &f->rows, rc, &err);
}

/* -- artifacts ----------------------------------------------------------- */

static void
push_member(lua_State *L, const Member *m)
{
    lua_createtable(L, 0, 4);
    set_text(L, "name", m->name);
    set_text(L, "digest", (Slice){(const char *)m->digest, HASH_SIZE});
    lua_pushinteger(L, m->size);
    lua_setfield(L, -2, "size");
    if (m->is_inline)
        set_text(L, "bytes", m->bytes);
}

static void
push_artifact(lua_State *L, const Artifact *a, const Buf *members)
{
    const Member *m = (Member *)(void *)members->data;
    size_t n = members->len / sizeof *m;

    lua_createtable(L, 0, 9);
    set_text(L, "digest", (Slice){(const char *)a->digest, HASH_SIZE});
    set_text(L, "type", a->type);
    set_text(L, "materializer", a->materializer);
    set_text(L, "metadata", a->metadata);
    set_text(L, "preview", a->preview);
    lua_pushinteger(L, a->id);
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, a->version);
    lua_setfield(L, -2, "version");
    lua_pushinteger(L, a->size);
    lua_setfield(L, -2, "size");
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        push_member(L, &m[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "members");
}

/* m:artifact(digest)
 *   -> Artifact, as in a StepRow, and id =
 *   -> nil
 *   -> nil, message, code       ERR_CORRUPT when its row is damaged */
static int
l_artifact(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    const unsigned char *digest = metalib_digest(L, 2);
    Found *f = new_found(L);
    Artifact a;
    Err err;
    int rc = artifact_find(meta_db(m), digest, &a, &err);

    if (rc == 1)
        rc = artifact_unpack(&a, &f->bytes, &err) ? err.code : 1;
    if (rc == 1)
        push_artifact(L, &a, &f->bytes);
    artifact_release(&a);
    return rc < 0 ? bind_fail(L, &err) : rc;
}

/* m:artifacts{ prefix =, after = name, limit = 50 }
 *   -> { { name =, version = the latest number, versions = how many, number =,
 *          step_run =, digest =, type =, materializer =, format =, size =, id =,
 *          objects = }, ... },
 *      after of the next page | nil
 *   -> nil, message, code */
static int
l_artifacts(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Slice prefix, after;
    int64_t limit;
    Found *f;
    Err err;

    check_options(L, 2);
    prefix = option_text(L, 2, "prefix");
    after = option_text(L, 2, "after");
    limit = option_int(L, 2, "limit", 50);
    f = new_found(L);
    if (query_names(m, prefix, after, limit < 1 ? 1 : limit, &f->rows, &err))
        return bind_fail(L, &err);
    push_list(L, &f->rows);
    if (f->rows.n && (int64_t)f->rows.n == (limit < 1 ? 1 : limit))
        push_value(L, rows_cell(&f->rows, f->rows.n - 1, 0));
    else
        lua_pushnil(L);
    return 2;
}

/* m:find_artifact(name | row | prefix of the digest in hex)
 *   -> as in m:artifacts, less version and versions; name and number may be absent
 *   -> nil, message, code       not found, or "ambiguous: ..." */
static int
l_find_artifact(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Slice what = check_text(L, 2);
    Found *f = new_found(L);
    Err err;
    int rc = query_artifact(m, what, &f->rows, &err);

    return answer_row(L, &f->rows, rc, &err);
}

/* m:versions(name)              in order
 *   -> { as m:find_artifact, and run = { id, name, started }, ... }
 *   -> nil, message, code */
static int
l_versions(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Slice name = check_text(L, 2);
    Found *f = new_found(L);
    Err err;
    int rc = query_versions(m, name, &f->rows, &err);

    return answer_list(L, &f->rows, rc, &err);
}

/* Sets the field of the table at the top to the list of the digests of edges. */
static void
set_digests(lua_State *L, const char *field, const Rows *edges)
{
    lua_createtable(L, (int)edges->n, 0);
    for (size_t i = 0; i < edges->n; i++) {
        push_value(L, rows_cell(edges, i, 2));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, field);
}

/* m:lineage(digest, "up" | "down")
 *   -> { { step_run =, node =, step =, pipeline =, started =, run = { row, id, name },
 *          inputs = { digest, ... }, outputs = { digest, ... } }, ... },
 *      up the newest first, down the oldest first
 *   -> nil, message, code */
static int
l_lineage(lua_State *L)
{
    static const char *const ways[] = {"down", "up", NULL};
    Meta *m = metalib_check(L, 1);
    const unsigned char *digest = metalib_digest(L, 2);
    int up = luaL_checkoption(L, 3, "up", ways);
    Found *f = new_found(L);
    Err err;

    if (query_lineage(m, digest, up, &f->rows, &err))
        return bind_fail(L, &err);
    lua_createtable(L, (int)f->rows.n, 0);
    for (size_t i = 0; i < f->rows.n; i++) {
        if (find_edges(m, rows_int(&f->rows, i, 0), f, &err))
            return bind_fail(L, &err);
        push_row(L, &f->rows, i);
        set_digests(L, "inputs", &f->inputs);
        set_digests(L, "outputs", &f->outputs);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* The step runs with the artifact in that role. */
static int
users(lua_State *L, int role)
{
    Meta *m = metalib_check(L, 1);
    const unsigned char *digest = metalib_digest(L, 2);
    Found *f = new_found(L);
    Err err;
    int rc = query_users(m, digest, role, &f->rows, &err);

    return answer_list(L, &f->rows, rc, &err);
}

/* m:consumers(digest) -> { as in m:lineage, less inputs and outputs, ... } */
static int
l_consumers(lua_State *L)
{
    return users(L, 0);
}

/* m:producers(digest) -> the same, newest first */
static int
l_producers(lua_State *L)
{
    return users(L, 1);
}

/* -- everything ---------------------------------------------------------- */

/* m:check()
 *   -> { { kind =, message = }, ... }     empty when all is well
 *   -> nil, message, code */
static int
l_check(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Found *f = new_found(L);
    Err err;
    int rc = query_check(m, &f->rows, &err);

    return answer_list(L, &f->rows, rc, &err);
}

/* m:referenced()
 *   -> { [digest] = size }      every object that an artifact has
 *   -> nil, message, code       also when one artifact cannot be read */
static int
l_referenced(lua_State *L)
{
    Meta *m = metalib_check(L, 1);
    Found *f = new_found(L);
    Err err;

    if (query_objects(m, &f->objects, &err))
        return bind_fail(L, &err);
    lua_createtable(L, 0, (int)f->objects.n);
    for (size_t i = 0; i < f->objects.cap; i++) {
        const DigestEntry *e = &f->objects.entries[i];

        if (!e->used)
            continue;
        lua_pushlstring(L, (const char *)e->digest, HASH_SIZE);
        lua_pushinteger(L, e->a);
        lua_rawset(L, -3);
    }
    return 1;
}

static DbValue
check_value(lua_State *L, int idx)
{
    DbValue v = {DB_NULL, {0}};

    if (lua_isinteger(L, idx)) {
        v.type = DB_INT;
        v.as.i = lua_tointeger(L, idx);
    } else if (lua_type(L, idx) == LUA_TNUMBER) {
        v.type = DB_REAL;
        v.as.d = lua_tonumber(L, idx);
    } else if (lua_isboolean(L, idx)) {
        v.type = DB_INT;
        v.as.i = lua_toboolean(L, idx);
    } else if (!lua_isnil(L, idx)) {
        v.as.s = check_text(L, idx);
        v.type = DB_TEXT;
    }
    return v;
}

/* m:rows(sql, ...)              one SELECT; a value for each ?; strings are text, so
 *                               write "digest = cast(? as blob)"
 *   -> { { column = value }, ... }
 *   -> nil, message, code */
static int
l_rows(lua_State *L)
{
    enum { MOST = 100 };
    Meta *m = metalib_check(L, 1);
    const char *sql = luaL_checkstring(L, 2);
    int n = lua_gettop(L) - 2, rc;
    DbValue values[MOST];
    DbStmt *st;
    Found *f;
    Err err;

    luaL_argcheck(L, n <= MOST, 3, "too many values");
    for (int i = 0; i < n; i++)
        values[i] = check_value(L, i + 3);
    f = new_found(L);
    rc = db_select(meta_db(m), &st, sql, values, (size_t)n, &err);
    if (rc == OK)
        rc = rows_all(&f->rows, meta_db(m), st, &err);
    db_finish(st);
    return answer_list(L, &f->rows, rc, &err);
}

static const luaL_Reg found_meta[] = {{"__gc", found_gc}, {NULL, NULL}};
static const luaL_Reg steps_meta[] = {{"__gc", steps_gc}, {NULL, NULL}};
static const luaL_Reg no_methods[] = {{NULL, NULL}};

void
querylib_init(lua_State *L)
{
    bind_type(L, ROWS_TYPE, no_methods, found_meta);
    bind_type(L, STEPS_TYPE, no_methods, steps_meta);
}

const luaL_Reg querylib_methods[] = {
    {"runs", l_runs},
    {"run", l_run},
    {"nth_run", l_nth_run},
    {"close_dead", l_close_dead},
    {"pipelines", l_pipelines},
    {"steps", l_steps},
    {"step", l_step},
    {"step_row", l_step_row},
    {"spec", l_spec},
    {"source", l_source},
    {"code", l_code},
    {"artifact", l_artifact},
    {"artifacts", l_artifacts},
    {"find_artifact", l_find_artifact},
    {"versions", l_versions},
    {"lineage", l_lineage},
    {"consumers", l_consumers},
    {"producers", l_producers},
    {"check", l_check},
    {"referenced", l_referenced},
    {"rows", l_rows},
    {NULL, NULL}
};

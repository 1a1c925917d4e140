/* meta_args.c -- see meta_args.h */
#include <math.h>
#include <string.h>

#include "base/bind.h"
#include "base/hash.h"
#include "meta/meta_args.h"

#define TYPE "rille.host.meta.args"

/* -- reading tables ------------------------------------------------------ */

static int
bad_field(lua_State *L, const char *field, const char *expected)
{
    return luaL_error(L, "field '%s': expected %s, found %s", field, expected,
                      luaL_typename(L, -1));
}

/* A string field of the table at t, or no value. */
static Slice
get_string(lua_State *L, int t, const char *field)
{
    int type = lua_getfield(L, t, field);
    Slice out = {NULL, 0};

    if (type == LUA_TSTRING)
        out.data = lua_tolstring(L, -1, &out.len);
    else if (type != LUA_TNIL)
        bad_field(L, field, "a string");
    lua_pop(L, 1);              /* the table still holds it */
    return out;
}

static Slice
need_string(lua_State *L, int t, const char *field)
{
    Slice out = get_string(L, t, field);

    if (!out.data)
        luaL_error(L, "field '%s' is missing", field);
    return out;
}

static const unsigned char *
get_digest(lua_State *L, int t, const char *field)
{
    Slice s = get_string(L, t, field);

    if (s.data && s.len != HASH_SIZE)
        luaL_error(L, "field '%s': expected %d bytes, found %d", field, HASH_SIZE,
                   (int)s.len);
    return (const unsigned char *)s.data;
}

static const unsigned char *
need_digest(lua_State *L, int t, const char *field)
{
    const unsigned char *out = get_digest(L, t, field);

    if (!out)
        luaL_error(L, "field '%s' is missing", field);
    return out;
}

/* A time or a length of time; not a number when there is none. */
static double
get_real(lua_State *L, int t, const char *field)
{
    int type = lua_getfield(L, t, field);
    double out = type == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;

    if (type != LUA_TNUMBER && type != LUA_TNIL)
        bad_field(L, field, "a number");
    lua_pop(L, 1);
    return out;
}

static int64_t
need_int(lua_State *L, int t, const char *field)
{
    int is_int;
    int64_t out;

    lua_getfield(L, t, field);
    out = lua_tointegerx(L, -1, &is_int);
    if (!is_int)
        bad_field(L, field, "an integer");
    lua_pop(L, 1);
    return out;
}

int
meta_args_flag(lua_State *L, int t, const char *field)
{
    int out;

    lua_getfield(L, t, field);
    out = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return out;
}

/* Pushes the list field; its length, 0 with nothing useful when it is nil. */
static size_t
get_list(lua_State *L, int t, const char *field)
{
    int type = lua_getfield(L, t, field);

    if (type != LUA_TTABLE && type != LUA_TNIL)
        bad_field(L, field, "a list");
    return type == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
}

/* Pushes item i of the list at t, which must be a table. */
static int
get_table(lua_State *L, int t, size_t i, const char *what)
{
    if (lua_rawgeti(L, t, (lua_Integer)i) != LUA_TTABLE)
        luaL_error(L, "%s %d: expected a table, found %s", what, (int)i,
                   luaL_typename(L, -1));
    return lua_gettop(L);
}

/* String i of the list at t. */
static Slice
item_string(lua_State *L, int t, int i, int optional)
{
    int type = lua_rawgeti(L, t, i);
    Slice out = {NULL, 0};

    if (type == LUA_TSTRING)
        out.data = lua_tolstring(L, -1, &out.len);
    else if (!optional || type != LUA_TNIL)
        luaL_error(L, "item %d: expected a string, found %s", i, luaL_typename(L, -1));
    lua_pop(L, 1);
    return out;
}

static void
put(lua_State *L, Buf *to, const void *item, size_t size)
{
    if (buf_put(to, item, size))
        luaL_error(L, "out of memory");
}

/* -- StepRows ------------------------------------------------------------ */

static void
read_member(lua_State *L, MetaArgs *g, int t)
{
    Member m = {0};

    m.name = need_string(L, t, "name");
    m.digest = need_digest(L, t, "digest");
    m.size = need_int(L, t, "size");
    m.bytes = get_string(L, t, "bytes");
    m.is_inline = m.bytes.data != NULL;
    if (m.size < 0 || (m.is_inline && (uint64_t)m.size != m.bytes.len))
        luaL_error(L, "member '%s': its size is not that of its bytes", m.name.data);
    put(L, &g->members, &m, sizeof m);
}

/* Its index in g->artifacts. */
static size_t
read_artifact(lua_State *L, MetaArgs *g, int t)
{
    MetaArtifact a = {0};
    int list;

    a.row.digest = need_digest(L, t, "digest");
    a.row.type = need_string(L, t, "type");
    a.row.materializer = need_string(L, t, "materializer");
    a.row.version = need_int(L, t, "version");
    a.row.size = need_int(L, t, "size");
    a.row.metadata = get_string(L, t, "metadata");
    a.row.preview = get_string(L, t, "preview");
    a.member = g->members.len / sizeof(Member);
    a.n_members = get_list(L, t, "members");
    list = lua_gettop(L);
    for (size_t i = 1; i <= a.n_members; i++) {
        read_member(L, g, get_table(L, list, i, "member"));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    put(L, &g->artifacts, &a, sizeof a);
    return g->artifacts.len / sizeof a - 1;
}

/* outputs = { { name, Artifact, artifact_name | nil, tags | nil, own }, ... } */
static void
read_outputs(lua_State *L, MetaArgs *g, int t, MetaStep *s)
{
    int list;

    s->output = g->outputs.len / sizeof(MetaOutput);
    s->n_outputs = get_list(L, t, "outputs");
    list = lua_gettop(L);
    for (size_t i = 1; i <= s->n_outputs; i++) {
        MetaOutput o = {0};
        int item = get_table(L, list, i, "output");

        o.port = item_string(L, item, 1, 0);
        o.name = item_string(L, item, 3, 1);
        o.tags = item_string(L, item, 4, 1);
        lua_rawgeti(L, item, 5);
        o.own = lua_toboolean(L, -1);
        o.artifact = read_artifact(L, g, get_table(L, item, 2, "artifact"));
        put(L, &g->outputs, &o, sizeof o);
        lua_settop(L, list);
    }
    lua_pop(L, 1);
}

/* inputs = { { port, digest[, Artifact[, whole[, source]]] }, ... }; one that no step
 * made (a literal) brings its artifact along; whole: it is the list that an item is
 * from; source: the step run that made it, of another run. */
static void
read_inputs(lua_State *L, MetaArgs *g, int t, MetaStep *s)
{
    int list;

    s->input = g->inputs.len / sizeof(MetaInput);
    s->n_inputs = get_list(L, t, "inputs");
    list = lua_gettop(L);
    if (buf_reserve(&g->inputs, s->n_inputs * sizeof(MetaInput)))
        luaL_error(L, "out of memory");
    for (size_t i = 1; i <= s->n_inputs; i++) {
        int item = get_table(L, list, i, "input");
        Slice digest = item_string(L, item, 2, 0);
        MetaInput in = {item_string(L, item, 1, 0), (const unsigned char *)digest.data, 0, 0, 0};

        if (digest.len != HASH_SIZE)
            luaL_error(L, "input %d: expected a digest", (int)i);
        if (lua_rawgeti(L, item, 3) == LUA_TTABLE)
            in.literal = 1 + read_artifact(L, g, lua_gettop(L));
        lua_rawgeti(L, item, 4);
        in.whole = lua_toboolean(L, -1);
        lua_rawgeti(L, item, 5);
        in.source = lua_tointeger(L, -1);
        put(L, &g->inputs, &in, sizeof in);
        lua_settop(L, list);
    }
    lua_pop(L, 1);
}

/* attempts = { { started =, seconds =, error =, log = }, ... } | nil */
static void
read_attempts(lua_State *L, MetaArgs *g, int t, MetaStep *s)
{
    int list;

    s->attempt = g->attempts.len / sizeof(MetaAttempt);
    s->n_attempts = get_list(L, t, "attempts");
    list = lua_gettop(L);
    for (size_t i = 1; i <= s->n_attempts; i++) {
        int item = get_table(L, list, i, "attempt");
        MetaAttempt a = {get_real(L, item, "started"), get_real(L, item, "seconds"),
                         need_string(L, item, "error"), get_string(L, item, "log")};

        put(L, &g->attempts, &a, sizeof a);
        lua_settop(L, list);
    }
    lua_pop(L, 1);
}

/* code = { digest =, leaves = }, a table that many steps share. */
static void
read_code(lua_State *L, MetaArgs *g, int t, MetaStep *s)
{
    int type = lua_getfield(L, t, "code");

    if (type == LUA_TTABLE && lua_topointer(L, -1) != g->code_table) {
        g->code = need_digest(L, lua_gettop(L), "digest");
        g->leaves = get_string(L, lua_gettop(L), "leaves");
        g->code_table = lua_topointer(L, -1);
    } else if (type != LUA_TTABLE && type != LUA_TNIL) {
        bad_field(L, "code", "a table");
    }
    if (type == LUA_TTABLE) {
        s->code = g->code;
        s->leaves = g->leaves;
    }
    lua_pop(L, 1);
}

static void
read_step(lua_State *L, MetaArgs *g, int t)
{
    MetaStep s = {0};

    s.node = need_string(L, t, "node");
    s.step = need_string(L, t, "step");
    s.position = need_int(L, t, "position");
    s.status = need_string(L, t, "status");
    s.started = get_real(L, t, "started");
    s.seconds = get_real(L, t, "seconds");
    s.key = get_digest(L, t, "key");
    s.reusable = meta_args_flag(L, t, "reusable");
    s.params = get_string(L, t, "params");
    s.reads = get_string(L, t, "reads");
    s.reason = get_string(L, t, "reason");
    s.error = get_string(L, t, "error");
    s.log = get_string(L, t, "log");
    s.metrics = get_string(L, t, "metrics");
    s.metadata = get_string(L, t, "metadata");
    s.notes = get_string(L, t, "notes");
    read_code(L, g, t, &s);
    read_inputs(L, g, t, &s);
    read_outputs(L, g, t, &s);
    read_attempts(L, g, t, &s);
    put(L, &g->steps, &s, sizeof s);
}

/* The batch of the list at t, which may be nil. */
MetaBatch
meta_args_steps(lua_State *L, MetaArgs *g, int t)
{
    size_t n = lua_isnoneornil(L, t) ? 0 : lua_rawlen(L, t);

    if (buf_reserve(&g->steps, n * sizeof(MetaStep)) ||
        buf_reserve(&g->outputs, n * sizeof(MetaOutput)) ||
        buf_reserve(&g->artifacts, n * sizeof(MetaArtifact)) ||
        buf_reserve(&g->members, n * sizeof(Member)))
        luaL_error(L, "out of memory");
    for (size_t i = 1; i <= n; i++) {
        read_step(L, g, get_table(L, t, i, "step"));
        lua_pop(L, 1);
    }
    return (MetaBatch){(MetaStep *)(void *)g->steps.data, (MetaInput *)(void *)g->inputs.data,
                       (MetaOutput *)(void *)g->outputs.data,
                       (MetaArtifact *)(void *)g->artifacts.data,
                       (Member *)(void *)g->members.data,
                       (MetaAttempt *)(void *)g->attempts.data, n};
}

/* -- finish -------------------------------------------------------------- */

/* Pushes { [StepRow] = index } for the list at t. */
static void
index_steps(lua_State *L, int t, size_t n)
{
    lua_createtable(L, 0, (int)n);
    for (size_t i = 1; i <= n; i++) {
        lua_rawgeti(L, t, (lua_Integer)i);
        lua_pushinteger(L, (lua_Integer)i);
        lua_rawset(L, -3);
    }
}

/* The item at the top: a row, a StepRow of this batch or of an earlier one, or
 * false.  index: where the table of index_steps is, or 0. */
static void
read_trace_row(lua_State *L, int index, TraceItem *item)
{
    if (!lua_istable(L, -1)) {
        item->row = lua_toboolean(L, -1) ? luaL_checkinteger(L, -1) : 0;
        return;
    }
    if (index) {
        lua_pushvalue(L, -1);
        lua_rawget(L, index);
        item->step = (int32_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
    }
    if (!item->step)
        item->row = need_int(L, lua_gettop(L), "row");
}

/* trace = { codes = {...}, rows = {...} }, or the same with hits, of all items the row of a
 * hit, 8 bytes, or 0: codes and rows have the other items; steps: index of the list, n long. */
static void
read_trace(lua_State *L, MetaArgs *g, int trace, int steps, size_t n)
{
    Slice hits = get_string(L, trace, "hits");
    size_t n_codes = get_list(L, trace, "codes");
    size_t n_items = hits.data ? hits.len / sizeof(int64_t) : n_codes;
    int codes = lua_gettop(L), rows, index;

    if (get_list(L, trace, "rows") > n_items)
        luaL_error(L, "the trace has more rows than codes");
    rows = lua_gettop(L);
    if (n)
        index_steps(L, steps, n);
    index = n ? lua_gettop(L) : 0;
    if (buf_reserve(&g->trace, n_items * sizeof(TraceItem)))
        luaL_error(L, "out of memory");
    for (size_t i = 1; i <= n_items; i++) {
        TraceItem item = {0};
        int is_int;

        if (hits.data)
            memcpy(&item.row, hits.data + (i - 1) * sizeof item.row, sizeof item.row);
        if (item.row) {
            item.code = TRACE_CACHED;
            put(L, &g->trace, &item, sizeof item);
            continue;
        }
        lua_rawgeti(L, codes, (lua_Integer)i);
        item.code = (int32_t)lua_tointegerx(L, -1, &is_int);
        if (!is_int || item.code < 0)
            luaL_error(L, "code %d of the trace: expected an integer", (int)i);
        lua_rawgeti(L, rows, (lua_Integer)i);
        read_trace_row(L, index, &item);
        lua_pop(L, 2);
        put(L, &g->trace, &item, sizeof item);
    }
    lua_settop(L, codes - 1);
}

/* given = { { position, output, name, tags | nil }, ... } */
static void
read_given(lua_State *L, MetaArgs *g, int t, MetaNaming *out)
{
    int list;

    out->n_given = get_list(L, t, "given");
    list = lua_gettop(L);
    for (size_t i = 1; i <= out->n_given; i++) {
        int item = get_table(L, list, i, "name");
        MetaName n = {0};

        lua_rawgeti(L, item, 1);
        n.position = luaL_checkinteger(L, -1);
        lua_rawgeti(L, item, 2);
        n.output = luaL_checkinteger(L, -1);
        n.name = item_string(L, item, 3, 0);
        n.tags = item_string(L, item, 4, 1);
        put(L, &g->names, &n, sizeof n);
        lua_settop(L, list);
    }
    lua_pop(L, 1);
    out->given = (MetaName *)(void *)g->names.data;
}

/* naming = { prefix =, given =, items = { id, ... } | nil, mute, order = bytes | nil } | nil */
static void
read_naming(lua_State *L, MetaArgs *g, int t, MetaNaming *out)
{
    int naming, list;

    if (lua_getfield(L, t, "naming") != LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    naming = lua_gettop(L);
    out->prefix = need_string(L, naming, "prefix");
    out->mute = get_string(L, naming, "mute");
    out->order = get_string(L, naming, "order");
    read_given(L, g, naming, out);
    out->n_items = get_list(L, naming, "items");
    list = lua_gettop(L);
    for (size_t i = 1; i <= out->n_items; i++) {
        Slice id = item_string(L, list, (int)i, 0);

        put(L, &g->items, &id, sizeof id);
    }
    out->items = (Slice *)(void *)g->items.data;
    lua_settop(L, naming - 1);
}

MetaFinish
meta_args_finish(lua_State *L, MetaArgs *g, int t, int steps, size_t n)
{
    MetaFinish f = {0};

    f.status = need_string(L, t, "status");
    f.reason = get_string(L, t, "reason");
    f.counts = get_string(L, t, "counts");
    f.expansion = get_string(L, t, "expansion");
    f.git = get_string(L, t, "git");
    f.seconds = get_real(L, t, "seconds");
    f.models = get_string(L, t, "models");
    f.told = &g->told;
    read_naming(L, g, t, &f.naming);
    f.traced = lua_getfield(L, t, "trace") == LUA_TTABLE;
    if (f.traced)
        read_trace(L, g, lua_gettop(L), steps, n);
    lua_pop(L, 1);
    f.trace = (TraceItem *)(void *)g->trace.data;
    f.n_trace = g->trace.len / sizeof *f.trace;
    return f;
}

/* -- begin --------------------------------------------------------------- */

static void
read_sources(lua_State *L, MetaArgs *g, int t, MetaBegin *b)
{
    size_t n = get_list(L, t, "sources");
    int list = lua_gettop(L);

    for (size_t i = 1; i <= n; i++) {
        int item = get_table(L, list, i, "source");
        MetaSource s = {need_string(L, item, "path"), need_string(L, item, "text"),
                        need_digest(L, item, "digest")};

        put(L, &g->sources, &s, sizeof s);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    b->sources = (MetaSource *)(void *)g->sources.data;
    b->n_sources = n;
}

/* origins = { { label, digest, version | 0, run | 0, position | 0, output | 0 }, ... } */
static void
read_origins(lua_State *L, MetaArgs *g, int t, MetaBegin *b)
{
    size_t n = get_list(L, t, "origins");
    int list = lua_gettop(L);

    for (size_t i = 1; i <= n; i++) {
        int item = get_table(L, list, i, "origin");
        Slice digest = item_string(L, item, 2, 0);
        MetaOrigin o = {item_string(L, item, 1, 0), (const unsigned char *)digest.data, 0, 0, 0, 0};
        int64_t *const fields[] = {&o.version, &o.source, &o.position, &o.output};

        if (digest.len != HASH_SIZE)
            luaL_error(L, "origin %d: expected a digest", (int)i);
        for (int k = 0; k < 4; k++) {
            lua_rawgeti(L, item, 3 + k);
            *fields[k] = luaL_checkinteger(L, -1);
        }
        put(L, &g->origins, &o, sizeof o);
        lua_settop(L, list);
    }
    lua_pop(L, 1);
    b->origins = (MetaOrigin *)(void *)g->origins.data;
    b->n_origins = n;
}

MetaBegin
meta_args_begin(lua_State *L, MetaArgs *g, int t)
{
    MetaBegin b = {0};

    b.id = need_string(L, t, "id");
    b.name = need_string(L, t, "name");
    b.pipeline = need_string(L, t, "pipeline");
    b.spec = need_string(L, t, "spec");
    b.spec_hash = need_digest(L, t, "spec_hash");
    b.params = get_string(L, t, "params");
    b.script = get_string(L, t, "script");
    b.stack = get_string(L, t, "stack");
    b.tags = get_string(L, t, "tags");
    b.extra = get_string(L, t, "extra");
    b.keys = get_string(L, t, "keys");
    b.naming = get_string(L, t, "naming");
    b.git = get_string(L, t, "git");
    b.started = get_real(L, t, "started");
    b.cache = meta_args_flag(L, t, "cache");
    b.unlisted = meta_args_flag(L, t, "invisible") ? META_INVISIBLE
                                                   : meta_args_flag(L, t, "unlisted");
    if (isnan(b.started))
        luaL_error(L, "field 'started' is missing");
    read_sources(L, g, t, &b);
    read_origins(L, g, t, &b);
    return b;
}

/* -- the box --------------------------------------------------------------- */

static int
args_gc(lua_State *L)
{
    MetaArgs *g = lua_touserdata(L, 1);

    buf_release(&g->steps);
    buf_release(&g->inputs);
    buf_release(&g->outputs);
    buf_release(&g->artifacts);
    buf_release(&g->members);
    buf_release(&g->attempts);
    buf_release(&g->trace);
    buf_release(&g->sources);
    buf_release(&g->origins);
    buf_release(&g->names);
    buf_release(&g->items);
    buf_release(&g->told);
    buf_release(&g->run.name);
    return 0;
}

MetaArgs *
meta_args_new(lua_State *L)
{
    MetaArgs *g = lua_newuserdatauv(L, sizeof *g, 0);

    memset(g, 0, sizeof *g);
    luaL_setmetatable(L, TYPE);
    return g;
}

/* Frees what the box at idx holds now; the box stays valid and empty. */
void
meta_args_drop(lua_State *L, int idx)
{
    lua_pushcfunction(L, args_gc);
    lua_pushvalue(L, idx);
    lua_call(L, 1, 0);
}

static const luaL_Reg meta[] = {{"__gc", args_gc}, {NULL, NULL}};
static const luaL_Reg methods[] = {{NULL, NULL}};

void
meta_args_init(lua_State *L)
{
    bind_type(L, TYPE, methods, meta);
}

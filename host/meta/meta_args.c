/* meta_args.c -- see meta_args.h */
#include <math.h>
#include <string.h>

#include "base/bind.h"
#include "base/hash.h"
#include "meta/meta_args_core.h"

#define TYPE "rille.host.meta.args"

/* -- reading tables ------------------------------------------------------ */

int
meta_args_bad_field(lua_State *L, const char *field, const char *expected)
{
    return luaL_error(L, "field '%s': expected %s, found %s", field, expected,
                      luaL_typename(L, -1));
}

/* A string field of the table at t, or no value. */
Slice
meta_args_get_string(lua_State *L, int t, const char *field)
{
    int type = lua_getfield(L, t, field);
    Slice out = {NULL, 0};

    if (type == LUA_TSTRING)
        out.data = lua_tolstring(L, -1, &out.len);
    else if (type != LUA_TNIL)
        meta_args_bad_field(L, field, "a string");
    lua_pop(L, 1);              /* the table still holds it */
    return out;
}

Slice
meta_args_need_string(lua_State *L, int t, const char *field)
{
    Slice out = meta_args_get_string(L, t, field);

    if (!out.data)
        luaL_error(L, "field '%s' is missing", field);
    return out;
}

static const unsigned char *
get_digest(lua_State *L, int t, const char *field)
{
    Slice s = meta_args_get_string(L, t, field);

    if (s.data && s.len != HASH_SIZE)
        luaL_error(L, "field '%s': expected %d bytes, found %d", field, HASH_SIZE,
                   (int)s.len);
    return (const unsigned char *)s.data;
}

const unsigned char *
meta_args_need_digest(lua_State *L, int t, const char *field)
{
    const unsigned char *out = get_digest(L, t, field);

    if (!out)
        luaL_error(L, "field '%s' is missing", field);
    return out;
}

/* A time or a length of time; not a number when there is none. */
double
meta_args_get_real(lua_State *L, int t, const char *field)
{
    int type = lua_getfield(L, t, field);
    double out = type == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;

    if (type != LUA_TNUMBER && type != LUA_TNIL)
        meta_args_bad_field(L, field, "a number");
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
        meta_args_bad_field(L, field, "an integer");
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
        meta_args_bad_field(L, field, "a list");
    return type == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
}

/* Pushes item i of the list at t, which must be a table. */
int
meta_args_get_table(lua_State *L, int t, size_t i, const char *what)
{
    if (lua_rawgeti(L, t, (lua_Integer)i) != LUA_TTABLE)
        luaL_error(L, "%s %d: expected a table, found %s", what, (int)i,
                   luaL_typename(L, -1));
    return lua_gettop(L);
}

/* String i of the list at t. */
Slice
meta_args_item_string(lua_State *L, int t, int i, int optional)
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

void
meta_args_put(lua_State *L, Buf *to, const void *item, size_t size)
{
    if (buf_put(to, item, size))
        luaL_error(L, "out of memory");
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
    Slice hits = meta_args_get_string(L, trace, "hits");
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
            meta_args_put(L, &g->trace, &item, sizeof item);
            continue;
        }
        lua_rawgeti(L, codes, (lua_Integer)i);
        item.code = (int32_t)lua_tointegerx(L, -1, &is_int);
        if (!is_int || item.code < 0)
            luaL_error(L, "code %d of the trace: expected an integer", (int)i);
        lua_rawgeti(L, rows, (lua_Integer)i);
        read_trace_row(L, index, &item);
        lua_pop(L, 2);
        meta_args_put(L, &g->trace, &item, sizeof item);
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
        int item = meta_args_get_table(L, list, i, "name");
        MetaName n = {0};

        lua_rawgeti(L, item, 1);
        n.position = luaL_checkinteger(L, -1);
        lua_rawgeti(L, item, 2);
        n.output = luaL_checkinteger(L, -1);
        n.name = meta_args_item_string(L, item, 3, 0);
        n.tags = meta_args_item_string(L, item, 4, 1);
        meta_args_put(L, &g->names, &n, sizeof n);
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
    out->prefix = meta_args_need_string(L, naming, "prefix");
    out->mute = meta_args_get_string(L, naming, "mute");
    out->order = meta_args_get_string(L, naming, "order");
    read_given(L, g, naming, out);
    out->n_items = get_list(L, naming, "items");
    list = lua_gettop(L);
    for (size_t i = 1; i <= out->n_items; i++) {
        Slice id = meta_args_item_string(L, list, (int)i, 0);

        meta_args_put(L, &g->items, &id, sizeof id);
    }
    out->items = (Slice *)(void *)g->items.data;
    lua_settop(L, naming - 1);
}

/* nodes = { key =, steps =, nodes =, view = } | nil */
static void
read_node_memo(lua_State *L, int t, MetaNodeMemo *out)
{
    if (lua_getfield(L, t, "nodes") == LUA_TTABLE) {
        int nodes = lua_gettop(L);

        out->key = meta_args_need_string(L, nodes, "key");
        out->steps = meta_args_need_string(L, nodes, "steps");
        out->nodes = meta_args_need_string(L, nodes, "nodes");
        out->view = need_int(L, nodes, "view");
    }
    lua_pop(L, 1);
}

MetaFinish
meta_args_finish(lua_State *L, MetaArgs *g, int t, int steps, size_t n)
{
    MetaFinish f = {0};

    f.status = meta_args_need_string(L, t, "status");
    f.reason = meta_args_get_string(L, t, "reason");
    f.counts = meta_args_get_string(L, t, "counts");
    f.expansion = meta_args_get_string(L, t, "expansion");
    f.git = meta_args_get_string(L, t, "git");
    f.seconds = meta_args_get_real(L, t, "seconds");
    f.models = meta_args_get_string(L, t, "models");
    f.told = &g->told;
    read_naming(L, g, t, &f.naming);
    read_node_memo(L, t, &f.nodes);
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
        int item = meta_args_get_table(L, list, i, "source");
        MetaSource s = {meta_args_need_string(L, item, "path"),
                        meta_args_need_string(L, item, "text"),
                        meta_args_need_digest(L, item, "digest")};

        meta_args_put(L, &g->sources, &s, sizeof s);
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
        int item = meta_args_get_table(L, list, i, "origin");
        Slice digest = meta_args_item_string(L, item, 2, 0);
        MetaOrigin o = {meta_args_item_string(L, item, 1, 0),
                        (const unsigned char *)digest.data, 0, 0, 0, 0};
        int64_t *const fields[] = {&o.version, &o.source, &o.position, &o.output};

        if (digest.len != HASH_SIZE)
            luaL_error(L, "origin %d: expected a digest", (int)i);
        for (int k = 0; k < 4; k++) {
            lua_rawgeti(L, item, 3 + k);
            *fields[k] = luaL_checkinteger(L, -1);
        }
        meta_args_put(L, &g->origins, &o, sizeof o);
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

    b.id = meta_args_need_string(L, t, "id");
    b.name = meta_args_need_string(L, t, "name");
    b.pipeline = meta_args_need_string(L, t, "pipeline");
    b.spec = meta_args_get_string(L, t, "spec");
    if (b.spec.data)
        b.spec_hash = meta_args_need_digest(L, t, "spec_hash");
    b.params = meta_args_get_string(L, t, "params");
    b.script = meta_args_get_string(L, t, "script");
    b.stack = meta_args_get_string(L, t, "stack");
    b.tags = meta_args_get_string(L, t, "tags");
    b.extra = meta_args_get_string(L, t, "extra");
    b.keys = meta_args_get_string(L, t, "keys");
    b.naming = meta_args_get_string(L, t, "naming");
    b.git = meta_args_get_string(L, t, "git");
    b.started = meta_args_get_real(L, t, "started");
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

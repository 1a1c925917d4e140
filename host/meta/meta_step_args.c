/* meta_step_args.c -- the part of meta_args.h that reads the rows of steps. */
#include <math.h>

#include "base/bind.h"
#include "base/hash.h"
#include "meta/meta_args_core.h"

/* Fields are told apart by the addresses of their names, which Lua keeps once each: a run
 * writes many rows of these. */
typedef enum Field {
    ATTEMPTS, BYTES, CODE, DIGEST, ERROR, INPUTS, KEY, LOG, MATERIALIZER, MEMBERS, METADATA,
    METRICS, NAME, NODE, NOTES, OUTPUTS, PARAMS, POSITION, PREVIEW, READS, REASON, REUSABLE,
    SECONDS, SIZE, STARTED, STATUS, STEP, TYPE_NAME, VERSION, UNKNOWN
} Field;

static const char *const FIELDS[UNKNOWN] = {
    "attempts", "bytes", "code", "digest", "error", "inputs", "key", "log", "materializer",
    "members", "metadata", "metrics", "name", "node", "notes", "outputs", "params", "position",
    "preview", "reads", "reason", "reusable", "seconds", "size", "started", "status", "step",
    "type", "version"};

_Static_assert((int)UNKNOWN <= (int)META_ARGS_FIELDS, "room for the names");

static void
find_fields(lua_State *L, MetaArgs *g)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, FIELDS);
    for (int i = 0; i < UNKNOWN; i++) {
        lua_rawgeti(L, -1, i + 1);
        g->fields[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* The next pair of the table at t: its field; -1 at the end.  The value is on top. */
static int
next_field(lua_State *L, const MetaArgs *g, int t)
{
    const char *key;
    int i = 0;

    if (!lua_next(L, t))
        return -1;
    if (lua_type(L, -2) != LUA_TSTRING)
        return UNKNOWN;
    for (key = lua_tostring(L, -2); i < UNKNOWN && g->fields[i] != key; i++)
        ;
    return i;
}

/* The value of the field on top. */
static Slice
top_string(lua_State *L, int field)
{
    Slice out = {NULL, 0};

    if (lua_type(L, -1) != LUA_TSTRING)
        meta_args_bad_field(L, FIELDS[field], "a string");
    out.data = lua_tolstring(L, -1, &out.len);
    return out;                 /* the table still holds it */
}

static const unsigned char *
top_digest(lua_State *L, int field)
{
    Slice s = top_string(L, field);

    if (s.len != HASH_SIZE)
        luaL_error(L, "field '%s': expected %d bytes, found %d", FIELDS[field], HASH_SIZE,
                   (int)s.len);
    return (const unsigned char *)s.data;
}

static int64_t
top_int(lua_State *L, int field)
{
    int is_int;
    int64_t out = lua_tointegerx(L, -1, &is_int);

    if (!is_int)
        meta_args_bad_field(L, FIELDS[field], "an integer");
    return out;
}

static double
top_real(lua_State *L, int field)
{
    if (lua_type(L, -1) != LUA_TNUMBER)
        meta_args_bad_field(L, FIELDS[field], "a number");
    return lua_tonumber(L, -1);
}

static size_t
top_list(lua_State *L, int field)
{
    if (lua_type(L, -1) != LUA_TTABLE)
        meta_args_bad_field(L, FIELDS[field], "a list");
    return lua_rawlen(L, -1);
}

static void
missing(lua_State *L, int field)
{
    luaL_error(L, "field '%s' is missing", FIELDS[field]);
}

static void
read_member(lua_State *L, MetaArgs *g, int t)
{
    Member m = {.size = -1};
    int field;

    lua_pushnil(L);
    while ((field = next_field(L, g, t)) >= 0) {
        switch (field) {
        case NAME: m.name = top_string(L, field); break;
        case DIGEST: m.digest = top_digest(L, field); break;
        case SIZE: m.size = top_int(L, field); break;
        case BYTES: m.bytes = top_string(L, field); break;
        }
        lua_pop(L, 1);
    }
    if (!m.name.data || !m.digest)
        missing(L, m.name.data ? DIGEST : NAME);
    m.is_inline = m.bytes.data != NULL;
    if (m.size < 0 || (m.is_inline && (uint64_t)m.size != m.bytes.len))
        luaL_error(L, "member '%s': its size is not that of its bytes", m.name.data);
    meta_args_put(L, &g->members, &m, sizeof m);
}

static void
read_members(lua_State *L, MetaArgs *g, MetaArtifact *a)
{
    int list = lua_gettop(L);

    a->n_members = top_list(L, MEMBERS);
    for (size_t i = 1; i <= a->n_members; i++) {
        read_member(L, g, meta_args_get_table(L, list, i, "member"));
        lua_pop(L, 1);
    }
}

/* One small value as a list (lua/artifact/small_artifact.lua), whose first item is on top. */
static size_t
read_small_artifact(lua_State *L, MetaArgs *g, int t)
{
    MetaArtifact a = {.member = g->members.len / sizeof(Member), .n_members = 1};
    Member m = {.is_inline = 1};
    int is_int;

    a.row.digest = top_digest(L, DIGEST);
    a.row.type = meta_args_item_string(L, t, 2, 0);
    a.row.materializer = meta_args_item_string(L, t, 3, 0);
    lua_rawgeti(L, t, 4);
    a.row.version = lua_tointegerx(L, -1, &is_int);
    if (!is_int)
        meta_args_bad_field(L, "version", "an integer");
    if (lua_rawgeti(L, t, 5) == LUA_TSTRING)
        a.row.preview = top_string(L, PREVIEW);
    m.name = meta_args_item_string(L, t, 6, 0);
    lua_rawgeti(L, t, 7);
    m.digest = top_digest(L, DIGEST);
    m.bytes = meta_args_item_string(L, t, 8, 0);
    m.size = a.row.size = (int64_t)m.bytes.len;
    meta_args_put(L, &g->members, &m, sizeof m);
    meta_args_put(L, &g->artifacts, &a, sizeof a);
    return g->artifacts.len / sizeof a - 1;
}

/* Its index in g->artifacts. */
static size_t
read_artifact(lua_State *L, MetaArgs *g, int t)
{
    MetaArtifact a = {.member = g->members.len / sizeof(Member)};
    int field, numbers = 0;

    if (lua_rawgeti(L, t, 1) == LUA_TSTRING)
        return read_small_artifact(L, g, t);
    lua_pop(L, 1);
    lua_pushnil(L);
    while ((field = next_field(L, g, t)) >= 0) {
        switch (field) {
        case DIGEST: a.row.digest = top_digest(L, field); break;
        case TYPE_NAME: a.row.type = top_string(L, field); break;
        case MATERIALIZER: a.row.materializer = top_string(L, field); break;
        case VERSION: a.row.version = top_int(L, field); numbers |= 1; break;
        case SIZE: a.row.size = top_int(L, field); numbers |= 2; break;
        case METADATA: a.row.metadata = top_string(L, field); break;
        case PREVIEW: a.row.preview = top_string(L, field); break;
        case MEMBERS: read_members(L, g, &a); break;
        }
        lua_pop(L, 1);
    }
    if (!a.row.digest || !a.row.type.data || !a.row.materializer.data || numbers != 3)
        missing(L, !a.row.digest ? DIGEST : !a.row.type.data ? TYPE_NAME
                   : !a.row.materializer.data ? MATERIALIZER : numbers & 1 ? SIZE : VERSION);
    meta_args_put(L, &g->artifacts, &a, sizeof a);
    return g->artifacts.len / sizeof a - 1;
}

/* outputs = { { name, Artifact, artifact_name | nil, tags | nil, own }, ... } */
static void
read_outputs(lua_State *L, MetaArgs *g, MetaStep *s)
{
    int list = lua_gettop(L);

    s->n_outputs = top_list(L, OUTPUTS);
    for (size_t i = 1; i <= s->n_outputs; i++) {
        MetaOutput o = {0};
        int item = meta_args_get_table(L, list, i, "output");

        o.port = meta_args_item_string(L, item, 1, 0);
        o.name = meta_args_item_string(L, item, 3, 1);
        o.tags = meta_args_item_string(L, item, 4, 1);
        lua_rawgeti(L, item, 5);
        o.own = lua_toboolean(L, -1);
        o.artifact = read_artifact(L, g, meta_args_get_table(L, item, 2, "artifact"));
        meta_args_put(L, &g->outputs, &o, sizeof o);
        lua_settop(L, list);
    }
}

/* The step run of the k-th digest, by item[5] on top: a number, or a list that has false
 * where the artifact is of this run. */
static int64_t
source_of(lua_State *L, size_t k)
{
    int64_t out;

    if (!lua_istable(L, -1))
        return lua_tointeger(L, -1);
    lua_rawgeti(L, -1, (lua_Integer)k + 1);
    out = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return out;
}

/* inputs = { { port, digests[, Artifact[, whole[, source]]] }, ... }; digests: of one
 * artifact, or of several, end to end; one that no step made (a literal) brings its artifact
 * along; whole: it is the list that an item is from; source: the step run that made it, of
 * another run, of several artifacts a list. */
static void
read_inputs(lua_State *L, MetaArgs *g, MetaStep *s)
{
    int list = lua_gettop(L);
    size_t n = top_list(L, INPUTS);

    for (size_t i = 1; i <= n; i++) {
        int item = meta_args_get_table(L, list, i, "input");
        Slice digests = meta_args_item_string(L, item, 2, 0);
        MetaInput in = {meta_args_item_string(L, item, 1, 0), NULL, 0, 0, 0};
        size_t many = digests.len / HASH_SIZE;

        if (!many || digests.len % HASH_SIZE)
            luaL_error(L, "input %d: expected a digest", (int)i);
        if (lua_rawgeti(L, item, 3) == LUA_TTABLE && many == 1)
            in.literal = 1 + read_artifact(L, g, lua_gettop(L));
        lua_rawgeti(L, item, 4);
        in.whole = lua_toboolean(L, -1);
        lua_rawgeti(L, item, 5);
        for (size_t k = 0; k < many; k++) {
            in.digest = (const unsigned char *)digests.data + k * HASH_SIZE;
            in.source = source_of(L, k);
            meta_args_put(L, &g->inputs, &in, sizeof in);
        }
        s->n_inputs += many;
        lua_settop(L, list);
    }
}

/* attempts = { { started =, seconds =, error =, log = }, ... } | nil */
static void
read_attempts(lua_State *L, MetaArgs *g, MetaStep *s)
{
    int list = lua_gettop(L);

    s->n_attempts = top_list(L, ATTEMPTS);
    for (size_t i = 1; i <= s->n_attempts; i++) {
        int item = meta_args_get_table(L, list, i, "attempt");
        MetaAttempt a = {meta_args_get_real(L, item, "started"),
                         meta_args_get_real(L, item, "seconds"),
                         meta_args_need_string(L, item, "error"),
                         meta_args_get_string(L, item, "log")};

        meta_args_put(L, &g->attempts, &a, sizeof a);
        lua_settop(L, list);
    }
}

/* code = { digest =, leaves = }, a table that many steps share. */
static void
read_code(lua_State *L, MetaArgs *g, MetaStep *s)
{
    int t = lua_gettop(L);

    if (!lua_istable(L, t))
        meta_args_bad_field(L, "code", "a table");
    if (lua_topointer(L, t) != g->code_table) {
        g->code = meta_args_need_digest(L, t, "digest");
        g->leaves = meta_args_get_string(L, t, "leaves");
        g->code_table = lua_topointer(L, t);
    }
    s->code = g->code;
    s->leaves = g->leaves;
}

static void
read_field(lua_State *L, MetaArgs *g, int field, MetaStep *s)
{
    switch (field) {
    case NODE: s->node = top_string(L, field); break;
    case STEP: s->step = top_string(L, field); break;
    case POSITION: s->position = top_int(L, field); break;
    case STATUS: s->status = top_string(L, field); break;
    case STARTED: s->started = top_real(L, field); break;
    case SECONDS: s->seconds = top_real(L, field); break;
    case KEY: s->key = top_digest(L, field); break;
    case REUSABLE: s->reusable = lua_toboolean(L, -1); break;
    case PARAMS: s->params = top_string(L, field); break;
    case READS: s->reads = top_string(L, field); break;
    case REASON: s->reason = top_string(L, field); break;
    case ERROR: s->error = top_string(L, field); break;
    case LOG: s->log = top_string(L, field); break;
    case METRICS: s->metrics = top_string(L, field); break;
    case METADATA: s->metadata = top_string(L, field); break;
    case NOTES: s->notes = top_string(L, field); break;
    case CODE: read_code(L, g, s); break;
    case INPUTS: read_inputs(L, g, s); break;
    case OUTPUTS: read_outputs(L, g, s); break;
    case ATTEMPTS: read_attempts(L, g, s); break;
    }
}

static void
read_step(lua_State *L, MetaArgs *g, int t)
{
    MetaStep s = {.position = -1, .started = NAN, .seconds = NAN};
    int field;

    s.input = g->inputs.len / sizeof(MetaInput);
    s.output = g->outputs.len / sizeof(MetaOutput);
    s.attempt = g->attempts.len / sizeof(MetaAttempt);
    lua_pushnil(L);
    while ((field = next_field(L, g, t)) >= 0) {
        read_field(L, g, field, &s);
        lua_pop(L, 1);
    }
    if (!s.node.data || !s.step.data || !s.status.data || s.position < 0)
        missing(L, !s.node.data ? NODE : !s.step.data ? STEP : s.position < 0 ? POSITION : STATUS);
    meta_args_put(L, &g->steps, &s, sizeof s);
}

/* The batch of the list at t, which may be nil. */
MetaBatch
meta_args_steps(lua_State *L, MetaArgs *g, int t)
{
    size_t n = lua_isnoneornil(L, t) ? 0 : lua_rawlen(L, t);

    find_fields(L, g);
    if (buf_reserve(&g->steps, n * sizeof(MetaStep)) ||
        buf_reserve(&g->outputs, n * sizeof(MetaOutput)) ||
        buf_reserve(&g->artifacts, n * sizeof(MetaArtifact)) ||
        buf_reserve(&g->members, n * sizeof(Member)))
        luaL_error(L, "out of memory");
    for (size_t i = 1; i <= n; i++) {
        read_step(L, g, meta_args_get_table(L, t, i, "step"));
        lua_pop(L, 1);
    }
    return (MetaBatch){(MetaStep *)(void *)g->steps.data, (MetaInput *)(void *)g->inputs.data,
                       (MetaOutput *)(void *)g->outputs.data,
                       (MetaArtifact *)(void *)g->artifacts.data,
                       (Member *)(void *)g->members.data,
                       (MetaAttempt *)(void *)g->attempts.data, n};
}

void
meta_step_args_init(lua_State *L)
{
    lua_createtable(L, UNKNOWN, 0);
    for (int i = 0; i < UNKNOWN; i++) {
        lua_pushstring(L, FIELDS[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, FIELDS);
}

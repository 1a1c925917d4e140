/* walk_upvalue.c -- upvalues and globals: of an environment, and of a captured table
 * that the code only ever names fields of, no more is in a fingerprint than the
 * fields that are named, see walk.h.
 *
 * Fields that are only written count as read: a later step may read them, so the
 * walk after the step must notice. */
#include <string.h>

#include "fingerprint/walk.h"

/* The uses that belong together: of one upvalue, or of one field of it. */
typedef struct Uses {
    const Bytecode *d;
    const BytecodeUse *u;
    size_t n;
    int by_field;                   /* the names are the uses' fields */
} Uses;

static BytecodeText
name_of(const Uses *s, size_t i)
{
    return s->by_field ? s->u[i].field : s->u[i].name;
}

static int
same_text(const Bytecode *d, BytecodeText a, BytecodeText b)
{
    return a.len == b.len && memcmp(bytecode_text(d, a), bytecode_text(d, b), a.len) == 0;
}

static int
is_named(const BytecodeUse *u)
{
    return u->kind >= USE_READ;
}

/* How many uses from i on have the same name and are of a named kind. */
static size_t
group(const Uses *s, size_t i)
{
    size_t n = 1;

    while (is_named(&s->u[i]) && i + n < s->n && is_named(&s->u[i + n]) &&
           same_text(s->d, name_of(s, i), name_of(s, i + n)))
        n++;
    return n;
}

static int
all_kind(const BytecodeUse *u, size_t n, BytecodeUseKind kind)
{
    for (size_t i = 0; i < n; i++)
        if (u[i].kind != kind)
            return 0;
    return 1;
}

static const BytecodeUse *
find_kind(const Uses *s, BytecodeUseKind kind)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->u[i].kind == kind)
            return &s->u[i];
    return NULL;
}

/* Uses with which a table cannot be known by the names of its fields. */
static const BytecodeUse *
value_use(const Uses *s)
{
    const BytecodeUse *u = find_kind(s, USE_VALUE);

    if (!u)
        u = find_kind(s, USE_INVOKE);
    return u ? u : find_kind(s, USE_ASSIGN);
}

static void
push_name(Walk *w, const Uses *s, size_t i)
{
    BytecodeText t = name_of(s, i);

    lua_pushlstring(w->L, bytecode_text(s->d, t), t.len);
}

static WalkPath
name_path(const WalkPath *up, char kind, const Uses *s, size_t i)
{
    BytecodeText t = name_of(s, i);
    WalkPath p = {up, kind, bytecode_text(s->d, t), t.len, 0};

    return p;
}

static void
emit_name(Walk *w, const Uses *s, size_t i)
{
    BytecodeText t = name_of(s, i);

    stream_bytes(w, 's', bytecode_text(s->d, t), t.len);
}

/* 1 when the value at the top is an intrinsic table. */
static int
is_intrinsic_table(Walk *w)
{
    return lua_type(w->L, -1) == LUA_TTABLE && named_values_get(w->L, -1) != NULL;
}

static int
is_env(Walk *w)
{
    return lua_rawequal(w->L, -1, w->base + WALK_SLOT_ENV);
}

/* Whether what is missing in the table at the top is looked up, through tables,
 * in the globals. */
static int
leads_to_env(Walk *w)
{
    lua_State *L = w->L;
    int top = lua_gettop(L), found = 0;

    lua_pushvalue(L, -1);
    for (int i = 0; i < 20 && !found && lua_istable(L, -1); i++) {
        if (!lua_getmetatable(L, -1))
            break;
        lua_pushliteral(L, "__index");
        lua_rawget(L, -2);
        found = is_env(w);
        lua_replace(L, top + 1);
        lua_settop(L, top + 1);
    }
    lua_settop(L, top);
    return found;
}

/* -- a table of which fields are named ------------------------------------------ */

/* Whether the names alone determine what the code sees of the table at the top.  With
 * a metatable they do not: it may compute what is missing from anything, and a
 * field that is there now may be cleared by the code itself. */
static int
names_suffice(Walk *w)
{
    if (lua_type(w->L, -1) != LUA_TTABLE || is_env(w))
        return 0;
    if (!lua_getmetatable(w->L, -1))
        return 1;
    lua_pop(w->L, 1);
    return 0;
}

static void
visit_names(Walk *w, const Uses *s)
{
    for (size_t i = 0; w->visits && i < s->n; i++) {
        BytecodeText t = name_of(s, i);

        walk_report_visit(w, lua_gettop(w->L), bytecode_text(s->d, t), t.len);
    }
}

/* The field at the top of the intrinsic table with that name is read: of what is no function
 * the name is no more than where it was found. */
static void
reach_field(Walk *w, const WalkPath *path, const char *owner, const Bytecode *d,
            BytecodeText field)
{
    lua_State *L = w->L;

    if (lua_type(L, -1) == LUA_TFUNCTION)
        return;
    lua_pushfstring(L, "%s.", owner);
    lua_pushlstring(L, bytecode_text(d, field), field.len);
    lua_concat(L, 2);
    walk_report_reach(w, path, lua_tostring(L, -1));
    lua_pop(L, 1);
}

/* name v .. q of the table at the top, which has no metatable or is intrinsic, with the
 * name OWNER. */
static int
walk_names(Walk *w, const WalkPath *path, const Uses *s, const char *owner)
{
    int t = lua_gettop(w->L), missing = 0;

    for (size_t i = 0; i < s->n; i += group(s, i)) {
        WalkPath p = name_path(path, 'k', s, i);
        int bad;

        emit_name(w, s, i);
        push_name(w, s, i);
        missing |= lua_rawget(w->L, t) == LUA_TNIL;
        if (w->plain && owner)
            reach_field(w, path, owner, s->d, name_of(s, i));
        w->line = s->u[i].line;
        w->constant_call = all_kind(s->u + i, group(s, i), USE_CALL);
        bad = walk_value(w, &p);
        w->constant_call = 0;
        lua_pop(w->L, 1);
        if (bad)
            return -1;
    }
    if (missing && walk_std_changes_changed_meta(w, path, t))
        return -1;
    stream_tag(w, 'q');
    return 0;
}

/* The table at the top, which the code uses by these names only. */
static int
walk_part(Walk *w, const WalkPath *path, const Uses *s)
{
    int is_new;
    const char *name = NULL;
    size_t n;

    if (is_intrinsic_table(w)) {
        named_values_push(w->L, -1);
        name = lua_tolstring(w->L, -1, &n);
        stream_bytes(w, 'L', name, n);
        if (strcmp(name, "rille.env") == 0) {   /* the same for all of rille */
            lua_pop(w->L, 1);
            stream_tag(w, 'q');
            return 0;
        }
        if (strncmp(name, "package", 7) == 0)
            walk_report_reach(w, path, name);
        lua_pop(w->L, 1);
    } else {
        visit_names(w, s);
        stream_int(w, 'P', stream_seen(w, lua_topointer(w->L, -1), &is_new)->number);
    }
    return walk_names(w, path, s, name);
}

/* -- environments ---------------------------------------------------------------- */

static void
note_writes(Walk *w, const Uses *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->u[i].kind == USE_WRITE) {
            BytecodeText t = s->u[i].name;

            w->line = s->u[i].line;
            walk_report_write(w, "global", bytecode_text(s->d, t), t.len);
        }
}

/* A global, at the top, of which the uses s speak; path is the environment's. */
static int
walk_global(Walk *w, const WalkPath *path, const Uses *s)
{
    Uses fields = {s->d, s->u, s->n, 1};
    WalkPath p = name_path(path->up, 'g', s, 0);
    int bad;

    w->line = s->u[0].line;
    if (all_kind(s->u, s->n, USE_FIELD) && (is_intrinsic_table(w) || names_suffice(w)))
        return walk_part(w, &p, &fields);
    w->constant_call = all_kind(s->u, s->n, USE_CALL);
    bad = walk_value(w, &p);
    w->constant_call = 0;
    return bad;
}

/* The metatable of the table at t computes what is missing there. */
static int
walk_missing(Walk *w, const WalkPath *path, int t)
{
    WalkPath p = {path, 'm', NULL, 0, 0};
    int bad = 0;

    if (lua_getmetatable(w->L, t)) {
        bad = walk_value(w, &p);
        lua_pop(w->L, 1);
    }
    return bad;
}

/* A global: its value in the environment at t and, where that is missing or the
 * code may clear it, what is looked up next. */
static int
walk_lookup(Walk *w, const WalkPath *path, int t, const Uses *s)
{
    lua_State *L = w->L;
    int env = w->base + WALK_SLOT_ENV, bad, missing;

    walk_report_visit(w, t, bytecode_text(s->d, name_of(s, 0)), name_of(s, 0).len);
    push_name(w, s, 0);
    lua_rawget(L, t);
    missing = lua_isnil(L, -1) || find_kind(s, USE_WRITE);
    bad = walk_global(w, path, s);
    lua_pop(L, 1);
    if (bad || !missing)
        return bad;
    bad = walk_missing(w, path, t);
    if (bad || lua_rawequal(L, t, env))
        return bad;
    return walk_lookup(w, path, env, s);
}

/* The environment at the top: the globals, or a table over them. */
static int
walk_env(Walk *w, const WalkPath *path, const Uses *s)
{
    int t = lua_gettop(w->L);
    const BytecodeUse *escape = value_use(s);

    if (escape) {
        w->line = escape->line;
        walk_report_escape(w, path, "_ENV as a value");
    }
    for (size_t i = 0; i < s->n; i += group(s, i)) {
        Uses one = {s->d, s->u + i, group(s, i), 0};

        if (!is_named(&s->u[i]))
            continue;
        emit_name(w, s, i);
        if (walk_lookup(w, path, t, &one))
            return -1;
    }
    stream_tag(w, 'q');
    return 0;
}

/* -- upvalues ---------------------------------------------------------------------- */

static Uses
uses_of(const WalkMemo *m, int i)
{
    Uses s = {&m->code, m->code.uses, 0, 0};
    size_t lo = 0, hi = m->code.nuses;

    while (lo < hi && m->code.uses[lo].up < i)
        lo++;
    s.u = m->code.uses + lo;
    while (lo + s.n < hi && s.u[s.n].up == i)
        s.n++;
    return s;
}

static void
note_assign(Walk *w, const WalkPath *path, const Uses *s)
{
    const BytecodeUse *u = find_kind(s, USE_ASSIGN);

    if (u) {
        w->line = u->line;
        walk_report_write(w, "captured variable", path->s, path->len);
    }
}

/* The table at the top, an environment of the script's own over the globals. */
static int
walk_sandbox(Walk *w, const WalkPath *path, const Uses *s)
{
    int is_new;

    if (w->plain)
        return walk_report_refuse(w, path, "is an environment of the script's own");
    stream_int(w, 'X', stream_seen(w, lua_topointer(w->L, -1), &is_new)->number);
    if (value_use(s) && walk_value(w, path))
        return -1;
    return walk_env(w, path, s);
}

static int
walk_captured(Walk *w, const WalkPath *path, const Uses *s)
{
    int bad;

    if (s->n && !value_use(s) && (is_intrinsic_table(w) || names_suffice(w)))
        return walk_part(w, path, s);
    w->line = s->n ? s->u[0].line : 0;
    w->constant_call = s->n && all_kind(s->u, s->n, USE_INVOKE);
    bad = walk_value(w, path);
    w->constant_call = 0;
    return bad;
}

static int
walk_cell(Walk *w, const WalkPath *path, const Uses *s, void *cell)
{
    int is_new;
    StreamSeen *c = stream_seen(w, cell, &is_new);

    stream_int(w, 'c', c->number);
    if (lua_type(w->L, -1) == LUA_TTABLE && !is_intrinsic_table(w) && leads_to_env(w))
        return walk_sandbox(w, path, s);
    /* a table may have been emitted in part before */
    if (!is_new && lua_type(w->L, -1) != LUA_TTABLE)
        return 0;
    return walk_captured(w, path, s);
}

int
walk_upvalue(Walk *w, int f, int i, const WalkMemo *m, const WalkPath *path)
{
    const char *name = lua_getupvalue(w->L, f, i + 1);
    WalkPath p = {path, 'u', name, strlen(name), 0};
    Uses s = uses_of(m, i);
    int bad, env = lua_type(w->L, -1) == LUA_TTABLE && is_env(w);

    if (env || strcmp(name, "_ENV") == 0)
        note_writes(w, &s);
    note_assign(w, &p, &s);
    if (env) {
        stream_tag(w, 'E');
        bad = walk_env(w, &p, &s);
    } else {
        bad = walk_cell(w, &p, &s, lua_upvalueid(w->L, f, i + 1));
    }
    lua_pop(w->L, 1);
    return bad;
}

/* walk_report.c -- see walk.h: what a recorded walk shows to people */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "fingerprint/walk.h"
#include "value/null.h"

enum {
    TEXT_SIZE = 64,                     /* of a value that is shown */
    PATH_SHOWN = 120                    /* of a path in a message */
};

/* -- paths ------------------------------------------------------------------- */

static int
is_word(const char *s, size_t n)
{
    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (!(s[i] == '_' || (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
              (i && s[i] >= '0' && s[i] <= '9')))
            return 0;
    return 1;
}

/* Adds one node; a path of a function's variable is "function: variable", that
 * of the walk's own function just "variable". */
static void
add_node(luaL_Buffer *b, const WalkPath *p)
{
    char text[40];

    switch (p->kind) {
    case 'u':
    case 'g':
        if (p->up && p->up->kind != 'r')
            luaL_addstring(b, ": ");
        luaL_addlstring(b, p->s, p->len);
        break;
    case 'i':
        snprintf(text, sizeof text, "[%lld]", (long long)p->i);
        luaL_addstring(b, text);
        break;
    case 'm':
        luaL_addstring(b, ".<metatable>");
        break;
    case 'k':
        luaL_addstring(b, is_word(p->s, p->len) ? "." : "[\"");
        luaL_addlstring(b, p->s, p->len);
        luaL_addstring(b, is_word(p->s, p->len) ? "" : "\"]");
        break;
    case 'x':
        luaL_addstring(b, "[");
        luaL_addlstring(b, p->s, p->len);
        luaL_addstring(b, "]");
        break;
    default:
        luaL_addlstring(b, p->s, p->len);
    }
}

void
walk_report_push_path(lua_State *L, const WalkPath *path)
{
    const WalkPath *chain[2 * WALK_MAX_DEPTH + 8];
    int n = 0, max = (int)(sizeof chain / sizeof *chain);
    luaL_Buffer b;

    for (; path && n < max; path = path->up)
        chain[n++] = path;
    luaL_checkstack(L, 20, NULL);
    luaL_buffinit(L, &b);
    while (n-- > 0)
        if (chain[n]->kind != 'r' || n == 0)
            add_node(&b, chain[n]);
    luaL_pushresult(&b);
}

static const char *
role_of(const WalkPath *path)
{
    if (!path || path->kind == 'r')
        return "self";
    return path->kind == 'u' ? "captured" : path->kind == 'g' ? "global" : "field";
}

/* -- refusals ---------------------------------------------------------------- */

/* What to do about a value that is refused: one that C made has no content to see. */
static const char *
advice(const char *what)
{
    if (strncmp(what, "is a userdata", 13) == 0)
        return "; build it inside the step";
    return strncmp(what, "reads from", 10) == 0 ? "; open it inside the step"
                                               : "; pass it as an input";
}

static const char *
variable_kind(const WalkPath *path)
{
    for (; path; path = path->up) {
        if (path->kind == 'u')
            return "captured variable ";
        if (path->kind == 'g')
            return "global ";
    }
    return "";
}

int
walk_report_refuse(Walk *w, const WalkPath *path, const char *what)
{
    const char *kind = variable_kind(path), *name;
    int named = kind[0] != 0;

    if (w->tolerant) {
        stream_tag(w, '?');
        return 0;
    }
    walk_report_push_path(w->L, path);
    name = lua_tostring(w->L, -1);
    snprintf(w->msg, sizeof w->msg, "%s%s%.*s%s%s %s%s", kind, named ? "'" : "", PATH_SHOWN, name,
             strlen(name) > PATH_SHOWN ? "..." : "", named ? "'" : "", what,
             named ? advice(what) : "");
    lua_pop(w->L, 1);
    return -1;
}

/* -- leaves ---------------------------------------------------------------------- */

int
walk_report_leaf_begin(Walk *w, Hash *h)
{
    if (!w->record || w->tee)
        return 0;
    hash_init(h);
    w->tee = h;
    return 1;
}

/* Text is shown by its beginning, whole characters; bytes by how many they are: what
 * is said of a value is UTF-8, and may be printed. */
static void
push_string_text(lua_State *L, int idx)
{
    size_t n, shown;
    const char *s = lua_tolstring(L, idx, &n);
    luaL_Buffer b;

    if (utf8_valid(s, n) < n) {
        lua_pushfstring(L, n == 1 ? "%I byte" : "%I bytes", (LUAI_UACINT)n);
        return;
    }
    shown = n > TEXT_SIZE ? utf8_valid(s, TEXT_SIZE) : n;
    luaL_buffinit(L, &b);
    luaL_addchar(&b, '"');
    for (size_t i = 0; i < shown; i++)
        luaL_addchar(&b, (unsigned char)s[i] < ' ' || s[i] == 0x7f ? ' ' : s[i]);
    luaL_addstring(&b, n > TEXT_SIZE ? "...\"" : "\"");
    luaL_pushresult(&b);
}

static void
push_float_text(lua_State *L, lua_Number n)
{
    char text[64];

    for (int digits = 14; digits <= 17; digits += 3) {
        snprintf(text, sizeof text, "%.*g", digits, n);
        if (lua_stringtonumber(L, text)) {
            int same = lua_tonumber(L, -1) == n;

            lua_pop(L, 1);
            if (same)
                break;
        }
    }
    if (!strpbrk(text, ".eni"))
        snprintf(text + strlen(text), 3, ".0");
    lua_pushstring(L, text);
}

static void
push_text(lua_State *L, int idx)
{
    switch (lua_type(L, idx)) {
    case LUA_TSTRING:
        push_string_text(L, idx);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, idx))
            lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, idx));
        else
            push_float_text(L, lua_tonumber(L, idx));
        break;
    case LUA_TNIL:
    case LUA_TBOOLEAN:
        luaL_tolstring(L, idx, NULL);
        break;
    case LUA_TTABLE:
        lua_pushnil(L);
        lua_pushstring(L, lua_next(L, idx) ? "{...}" : "{}");
        break;
    default:
        lua_pushstring(L, !null_is(L, idx)           ? luaL_typename(L, idx)
                          : lua_islightuserdata(L, idx) ? "NULL (a light userdata)"
                                                        : "null");
    }
}

/* Appends the table at the top to the list in a slot of the walk, and pops it. */
static void
append(Walk *w, int slot)
{
    lua_rawseti(w->L, w->base + slot, (lua_Integer)lua_rawlen(w->L, w->base + slot) + 1);
}

static void
new_leaf(Walk *w, const WalkPath *path, int idx, const unsigned char *digest)
{
    lua_State *L = w->L;

    lua_createtable(L, 0, 8);
    walk_report_push_path(L, path);
    lua_setfield(L, -2, "path");
    lua_pushstring(L, role_of(path));
    lua_setfield(L, -2, "role");
    lua_pushstring(L, luaL_typename(L, idx));
    lua_setfield(L, -2, "kind");
    lua_pushlstring(L, (const char *)digest, HASH_SIZE);
    lua_setfield(L, -2, "digest");
}

void
walk_report_leaf_end(Walk *w, const WalkPath *path, int idx)
{
    unsigned char digest[HASH_SIZE];
    lua_State *L = w->L;
    int top = lua_gettop(L);

    hash_final(w->tee, digest);
    w->tee = NULL;
    luaL_checkstack(L, 20, NULL);
    new_leaf(w, path, idx, digest);
    push_text(L, idx);
    lua_setfield(L, top + 1, "text");
    lua_settop(L, top + 1);
    append(w, WALK_SLOT_LEAVES);
}

void
walk_report_place(Walk *w, const WalkPath *path, uint32_t number)
{
    if (!w->record || w->tee)
        return;
    luaL_checkstack(w->L, 20, NULL);
    walk_report_push_path(w->L, path);
    lua_rawseti(w->L, w->base + WALK_SLOT_PLACES, (lua_Integer)number);
}

void
walk_report_leaf_alias(Walk *w, const WalkPath *path, uint32_t number, const char *how)
{
    unsigned char digest[HASH_SIZE];
    lua_State *L = w->L;
    const char *text;

    if (!w->record || w->tee)
        return;
    luaL_checkstack(L, 20, NULL);
    if (lua_rawgeti(L, w->base + WALK_SLOT_PLACES, (lua_Integer)number) != LUA_TSTRING) {
        lua_pop(L, 1);                  /* it is within a leaf */
        return;
    }
    text = lua_pushfstring(L, "%s %s", how, lua_tostring(L, -1));
    hash_of(text, strlen(text), digest);
    new_leaf(w, path, w->base, digest);
    lua_pushliteral(L, "alias");
    lua_setfield(L, -2, "kind");
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "text");
    append(w, WALK_SLOT_LEAVES);
    lua_pop(L, 2);
}

void
walk_report_leaf_function(Walk *w, const WalkPath *path, int idx, const WalkMemo *m)
{
    lua_State *L = w->L;
    lua_Debug ar;

    if (!w->record || w->tee)
        return;
    luaL_checkstack(L, 20, NULL);
    lua_pushvalue(L, idx);
    lua_getinfo(L, ">S", &ar);
    new_leaf(w, path, idx, m->code.digest);
    lua_pushstring(L, ar.source);
    lua_setfield(L, -2, "source");
    lua_pushinteger(L, m->code.line);
    lua_setfield(L, -2, "line");
    lua_pushinteger(L, m->code.last);
    lua_setfield(L, -2, "last");
    append(w, WALK_SLOT_LEAVES);
}

/* -- reaches, escapes, writes -------------------------------------------------------- */

/* "digits.lua:14" of the code that is looked at. */
static void
push_where(Walk *w)
{
    lua_Debug ar;

    lua_pushvalue(w->L, w->fn);
    lua_getinfo(w->L, ">S", &ar);
    lua_pushfstring(w->L, "%s:%d", ar.short_src, w->line > 0 ? w->line : ar.linedefined);
}

static void
add_note(Walk *w, int slot)       /* pops what, where */
{
    lua_createtable(w->L, 0, 2);
    lua_insert(w->L, -3);
    lua_setfield(w->L, -3, "where");
    lua_setfield(w->L, -2, "what");
    append(w, slot);
}

void
walk_report_escape(Walk *w, const WalkPath *path, const char *what)
{
    if (!w->record)
        return;
    luaL_checkstack(w->L, 20, NULL);
    lua_pushstring(w->L, what);
    if (w->fn)
        push_where(w);
    else
        walk_report_push_path(w->L, path);
    add_note(w, WALK_SLOT_ESCAPES);
}

static int
starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* What lets code reach things that its text does not name. */
static const char *
escape_by_name(const Walk *w, const char *name)
{
    if (strcmp(name, "load") == 0 || starts(name, "debug") || starts(name, "package"))
        return name;
    if (strcmp(name, "require") == 0 && !w->constant_call)
        return "computed require";
    return NULL;
}

/* The first place counts. */
static void
note_reach(Walk *w, const char *name)
{
    int slot = w->base + WALK_SLOT_REACHES;

    luaL_checkstack(w->L, 20, NULL);
    if (lua_getfield(w->L, slot, name) != LUA_TSTRING) {
        if (w->lines && w->fn)
            push_where(w);
        else
            lua_pushboolean(w->L, 1);
        lua_setfield(w->L, slot, name);
    }
    lua_pop(w->L, 1);
}

void
walk_report_reach(Walk *w, const WalkPath *path, const char *name)
{
    const char *escape;

    if (!w->record || w->tolerant)
        return;
    note_reach(w, name);
    escape = escape_by_name(w, name);
    if (escape)
        walk_report_escape(w, path, escape);
}

void
walk_report_write(Walk *w, const char *kind, const char *name, size_t len)
{
    if (!w->record || !w->own || (w->depth != 1 && !w->plain))
        return;
    luaL_checkstack(w->L, 20, NULL);
    lua_pushlstring(w->L, name, len);
    lua_pushfstring(w->L, "%s '%s'", kind, lua_tostring(w->L, -1));
    lua_remove(w->L, -2);
    push_where(w);
    add_note(w, WALK_SLOT_WRITES);
}

/* -- visits -------------------------------------------------------------------- */

void
walk_report_visit(Walk *w, int idx, const char *name, size_t len)
{
    lua_State *L = w->L;
    int slot = w->base + WALK_SLOT_VISITED, top = lua_gettop(L);

    if (!w->visits)
        return;
    luaL_checkstack(L, 20, NULL);
    lua_pushvalue(L, idx);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, slot) == LUA_TBOOLEAN) {  /* whole already */
        lua_settop(L, top);
        return;
    }
    if (!name) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
        lua_rawset(L, slot);
        return;
    }
    if (!lua_istable(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, top + 1);
        lua_pushvalue(L, -2);
        lua_rawset(L, slot);
    }
    lua_pushlstring(L, name, len);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_settop(L, top);
}

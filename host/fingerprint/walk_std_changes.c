/* walk_std_changes.c -- see walk.h: what a script changed in the standard library and in the basic
 * types */
#include <string.h>

#include "fingerprint/walk.h"
#include "value/sorted_keys.h"

/* -- intrinsic tables used as a whole ---------------------------------------------------- */

/* Whether an entry of an intrinsic table, at the top, is a script's: rille's own
 * modules may fill themselves lazily, with tables and functions. */
static int
is_scripts_own(Walk *w)
{
    lua_State *L = w->L;

    if (lua_type(L, -1) != LUA_TFUNCTION)
        return lua_type(L, -1) != LUA_TTABLE;
    return !named_values_get(L, -1)
           && !(!lua_iscfunction(L, -1) && std_names_is_ours(L, lua_gettop(L)));
}

int
walk_std_changes_entry(Walk *w, const WalkPath *path, int t)
{
    lua_State *L = w->L;
    WalkPath p = {path, 'k', "?", 1, 0};
    int bad;

    if (lua_type(L, -1) == LUA_TSTRING)
        p.s = lua_tolstring(L, -1, &p.len);
    bad = walk_value(w, &p);          /* the key */
    lua_pushvalue(L, -1);
    lua_rawget(L, t);
    if (!bad)
        bad = walk_value(w, &p);
    lua_pop(L, 1);
    return bad;
}

/* Pushes the metatables of the table at t and of its original, nil for none; 1 when
 * they are not the same. */
static int
push_metas(lua_State *L, int t)
{
    if (!lua_getmetatable(L, t))
        lua_pushnil(L);
    if (!named_values_push_original_meta(L, t))
        lua_pushnil(L);
    return !lua_rawequal(L, -1, -2);
}

int
walk_std_changes_changed_meta(Walk *w, const WalkPath *path, int t)
{
    WalkPath p = {path, 'm', NULL, 0, 0};
    int top = lua_gettop(w->L), bad = 0;

    if (push_metas(w->L, t)) {
        lua_pop(w->L, 1);
        stream_tag(w, 'M');
        bad = walk_value(w, &p);
    }
    lua_settop(w->L, top);
    return bad;
}

int
walk_std_changes_whole(Walk *w, const WalkPath *path, const char *name)
{
    lua_State *L = w->L;
    int t = lua_gettop(L), bad = 0, lazy = strncmp(name, "rille", 5) == 0;
    SortedKeys keys;

    stream_bytes(w, 'L', name, strlen(name));
    if (strncmp(name, "package", 7) != 0 && named_values_push_original(L, t)) {
        std_names_push_differences(L, t, t + 1);
        if (sorted_keys_gather(L, t + 2, &keys))
            keys.count = 0;
        for (int i = 0; i < keys.count && !bad; i++) {
            sorted_keys_push(L, &keys, i);
            lua_pushvalue(L, -1);
            lua_rawget(L, t);
            if (lazy && !is_scripts_own(w)) {
                lua_pop(L, 2);
                continue;
            }
            lua_pop(L, 1);
            bad = walk_std_changes_entry(w, path, t);
            lua_pop(L, 1);
        }
    }
    lua_settop(L, t);
    if (!bad)
        bad = walk_std_changes_changed_meta(w, path, t);
    stream_tag(w, 'q');
    return bad;
}

/* -- overlay --------------------------------------------------------------------------------- */

static int
probe(lua_State *L)
{
    (void)L;
    return 0;
}

/* Pushes the metatable of a basic type; 0 when it has none. */
static int
push_basic_meta(lua_State *L, int type)
{
    if (type == LUA_TNIL)
        lua_pushnil(L);
    else if (type == LUA_TBOOLEAN)
        lua_pushboolean(L, 0);
    else if (type == LUA_TNUMBER)
        lua_pushinteger(L, 0);
    else if (type == LUA_TLIGHTUSERDATA)
        lua_pushlightuserdata(L, NULL);
    else if (type == LUA_TTHREAD)
        lua_pushthread(L);
    else if (type == LUA_TSTRING)
        lua_pushliteral(L, "");
    else
        lua_pushcfunction(L, probe);
    if (!lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        return 0;
    }
    lua_remove(L, -2);
    return 1;
}

/* nil, boolean, light userdata, number, function, coroutine */
static int
is_plain_basic(int type)
{
    return type != LUA_TSTRING && type != LUA_TTABLE && type != LUA_TUSERDATA;
}

static int
meta_pristine(Walk *w)
{
    lua_State *L = w->L;
    int top = lua_gettop(L), same;

    if (!push_basic_meta(L, LUA_TSTRING))
        return 0;
    lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_STRING_META);
    same = lua_rawequal(L, -1, -2) && std_names_snapshot(L, top + 1, &w->st->meta, 0);
    lua_settop(L, top);
    return same;
}

static int
string_pristine(Walk *w)
{
    lua_State *L = w->L;
    int t, same = 0;

    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_STRING) == LUA_TTABLE) {
        t = lua_gettop(L);
        same = std_names_snapshot(L, t, &w->st->string, 0) && !push_metas(L, t);
        lua_settop(L, t);
    }
    lua_pop(L, 1);
    return same;
}

int
walk_std_changes_is_pristine(Walk *w)
{
    for (int type = LUA_TNIL; type <= LUA_TTHREAD; type++)
        if (is_plain_basic(type) && push_basic_meta(w->L, type)) {
            lua_pop(w->L, 1);
            return 0;
        }
    return meta_pristine(w) && string_pristine(w);
}

static int
overlay_meta(Walk *w, int type)
{
    const char *name = lua_typename(w->L, type);
    WalkPath root = {NULL, 'g', name, strlen(name), 0}, p = {&root, 'm', NULL, 0, 0};
    int bad;

    if (!push_basic_meta(w->L, type))
        return 0;
    stream_bytes(w, 's', name, strlen(name));
    bad = walk_value(w, &p);
    lua_pop(w->L, 1);
    return bad;
}

/* Whether the code walked can see that the string library's entry, whose key is
 * at the top, was changed: it contains its name, or indexes something by a variable.
 * What replaces an original always counts, as rille's own Lua may use it. */
static int
is_used(Walk *w, int original)
{
    lua_State *L = w->L;
    int used = w->dynamic;

    lua_pushvalue(L, -1);
    used |= lua_rawget(L, w->base + WALK_SLOT_WORDS) != LUA_TNIL;
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    used |= lua_rawget(L, original) != LUA_TNIL;
    lua_pop(L, 1);
    return used;
}

/* What differs in the string library, the table at t, from original: entries of
 * todo (below keys) that are used.  What they use in turn may bring in more, so
 * it goes round until nothing is new. */
static int
overlay_entries(Walk *w, int t, int original, const SortedKeys *keys)
{
    WalkPath path = {NULL, 'g', "string", 6, 0};
    lua_State *L = w->L;
    int todo = lua_gettop(L) + 1, more = 1, bad = 0;

    lua_newtable(L);                /* what is done, by number */
    while (more && !bad) {
        more = 0;
        for (int i = 0; i < keys->count && !bad; i++) {
            if (lua_rawgeti(L, todo, i) == LUA_TNIL) {
                sorted_keys_push(L, keys, i);
                if (is_used(w, original)) {
                    lua_pushboolean(L, more = 1);
                    lua_rawseti(L, todo, i);
                    bad = walk_std_changes_entry(w, &path, t);
                }
            }
            lua_settop(L, todo);
        }
    }
    lua_settop(L, todo - 1);
    return bad;
}

static int
overlay_string(Walk *w)
{
    WalkPath path = {NULL, 'g', "string", 6, 0};
    lua_State *L = w->L;
    int top = lua_gettop(L), bad = 0;
    SortedKeys keys;

    if (lua_rawgeti(L, lua_upvalueindex(WALK_UP_FIXED), FIXED_STRING) == LUA_TTABLE) {
        if (!named_values_push_original(L, top + 1))
            lua_newtable(L);
        std_names_push_differences(L, top + 1, top + 2);
        if (!sorted_keys_gather(L, top + 3, &keys))
            bad = overlay_entries(w, top + 1, top + 2, &keys);
        if (!bad)
            bad = walk_std_changes_changed_meta(w, &path, top + 1);
    }
    lua_settop(L, top);
    return bad;
}

int
walk_std_changes_overlay(Walk *w)
{
    int bad = 0;

    stream_tag(w, 'O');
    if (w->gather) {
        for (int type = LUA_TNIL; type <= LUA_TTHREAD && !bad; type++)
            if (is_plain_basic(type))
                bad = overlay_meta(w, type);
        if (!bad && !meta_pristine(w))
            bad = overlay_meta(w, LUA_TSTRING);
        if (!bad)
            bad = overlay_string(w);
    }
    if (w->changed && !bad)
        bad = walk_own_changes_emit_changes(w);
    stream_tag(w, 'q');
    return bad;
}

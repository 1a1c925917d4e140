/* observe_code.c -- rille.host.observe: what the code is that a step brings in.
 *
 * A module or file of code acts by more than what it returns: globals, fields of other
 * modules, methods of strings.  A fact therefore records the fingerprint of its
 * chunk before it runs: its code, and all that this code can reach by name.  When the
 * fingerprint and all other facts are the same in a later process, the chunk would act
 * there as it did then.  A lookup compares it without running anything.
 *
 * What was loaded before the step is a table that it captures: its print counts. */
#include <limits.h>
#include <string.h>

#include "base/bind.h"
#include "observe/recorder.h"

/* ---- prints ---- */

int
observer_print(lua_State *L, Observer *o, unsigned char print[HASH_SIZE])
{
    int at = lua_gettop(L), status = LUA_OK;
    Recorder *top = o->top;

    luaL_checkstack(L, 10, "fingerprint");
    if (observer_held(L, HELD_PRINT) == LUA_TFUNCTION) {
        lua_pushvalue(L, at);
        o->top = NULL;                  /* comparing is not what the step does */
        status = lua_pcall(L, 1, 3, 0);
        o->top = top;
    }
    if (status)
        lua_error(L);
    lua_settop(L, at + 3);
    if (lua_type(L, at + 1) == LUA_TSTRING && lua_rawlen(L, at + 1) == HASH_SIZE) {
        memcpy(print, lua_tostring(L, at + 1), HASH_SIZE);
        lua_settop(L, at);
        return 1;
    }
    lua_remove(L, at + 1);              /* what and where stay */
    return 0;
}

void
observer_untold(lua_State *L, Observer *o, const char *what)
{
    const char *found = lua_tostring(L, -2), *where = lua_tostring(L, -1);

    if (found)
        what = found;
    o->top->untold = 1;
    if (!where)
        observer_impure(L, o, what);
    else if (!fact_find(&o->top->facts, MARK_IMPURE, what, strlen(what)))
        observer_put_value(L, observer_put(L, o->top, MARK_IMPURE, what), where,
                           strlen(where));
    lua_pop(L, 2);
}

/* Replaces the environment of the chunk at the top by an empty one. */
static void
seclude(lua_State *L)
{
    lua_newtable(L);
    if (!lua_setupvalue(L, -2, 1))
        lua_pop(L, 1);
}

int
observer_file_print(lua_State *L, Observer *o, const char *path, int sandbox,
                    unsigned char print[HASH_SIZE])
{
    int top = lua_gettop(L), known = 0;
    const char *text, *verb;
    size_t n;
    Probe p;

    luaL_checkstack(L, 10, "fingerprint");
    observer_held(L, HELD_VERDICTS);
    lua_pushfstring(L, "%s %s", sandbox ? "sandbox" : "code", path);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, top + 1) == LUA_TNIL && observer_text(L, o, path, &p, &verb)) {
        text = lua_tolstring(L, -1, &n);
        if (!observer_compile(L, text, n, lua_pushfstring(L, "@%s", path), "t", path)) {
            if (sandbox)
                seclude(L);
            known = observer_print(L, o, print);
        }
    } else if (lua_type(L, top + 3) == LUA_TSTRING) {
        memcpy(print, lua_tostring(L, top + 3), HASH_SIZE);
        known = 1;
    }
    lua_settop(L, top + 2);
    if (known)
        lua_pushlstring(L, (const char *)print, HASH_SIZE);
    else
        lua_pushboolean(L, 0);
    lua_rawset(L, top + 1);
    lua_settop(L, top);
    return known;
}

/* observe.same_code(path, print[, sandbox]) -> boolean: has the chunk of the file that
 * print now?  Nothing is run. */
int
observe_l_same_code(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1), *was;
    unsigned char now[HASH_SIZE];
    size_t n;

    was = luaL_checklstring(L, 2, &n);
    lua_pushboolean(L, n == HASH_SIZE
                       && observer_file_print(L, observer_of(L), path,
                                              lua_toboolean(L, 3), now)
                       && memcmp(now, was, HASH_SIZE) == 0);
    return 1;
}

/* ---- files of code ---- */

/* Whether the step made the file itself: its text is computed, as that of load is. */
static int
is_made(lua_State *L, Observer *o, const char *path)
{
    if (!observer_is_own(o, path) && !observer_is_tmp(o, path))
        return 0;
    observer_impure(L, o, lua_pushfstring(L, "code of its own making, %s", path));
    o->top->untold = 1;
    lua_pop(L, 1);
    return 1;
}

/* Keeps the chunk at the top, to print it once more when the step has ended. */
static void
keep_code(lua_State *L, const char *name)
{
    observer_held(L, HELD_CODES);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void
observer_code(lua_State *L, Observer *o, const char *path, int sandbox)
{
    unsigned char print[HASH_SIZE];
    char normal[PATH_MAX];
    const char *name;
    int f = lua_gettop(L);

    if (!o->top || fact_normal_path(path, normal, sizeof normal) < 0)
        return;
    o->top->brought = 1;
    name = lua_pushfstring(L, "%s %s", sandbox ? "sandbox" : "code", normal);
    if (!is_made(L, o, path)
        && !fact_find(&o->top->facts, FACT_VALUE, name, strlen(name))) {
        lua_pushvalue(L, f);
        if (sandbox)
            seclude(L);
        if (observer_print(L, o, print)) {
            observer_put_value(L, observer_put(L, o->top, FACT_VALUE, name),
                               (const char *)print, HASH_SIZE);
            keep_code(L, name);
        } else {
            observer_untold(L, o, name);
        }
    }
    lua_settop(L, f);
}

/* ---- modules ---- */

/* Fills the fact of a module with its file. */
static void
put_file(lua_State *L, Fact *f, const char *path, const Probe *p)
{
    if (fact_set_value(f, path, strlen(path)))
        luaL_error(L, "out of memory");
    observer_fill(f, p);
}

static void
put_print(Fact *f, const unsigned char print[HASH_SIZE])
{
    memcpy(f->print, print, HASH_SIZE);
    f->flags |= FACT_PRINT;
}

/* As observer_untold, of a module. */
static void
untold_module(lua_State *L, Observer *o, const char *name)
{
    const char *what = lua_pushfstring(L, "the module '%s'", name);

    lua_rotate(L, -3, 1);
    observer_untold(L, o, what);
    lua_pop(L, 1);
}

void
observer_module(lua_State *L, Observer *o, const char *name, const char *path,
                const Probe *p)
{
    unsigned char print[HASH_SIZE];
    char normal[PATH_MAX];
    int top = lua_gettop(L);
    Fact *f;

    if (!o->top || fact_normal_path(path, normal, sizeof normal) < 0)
        return;
    f = fact_find(&o->top->facts, FACT_MODULE, name, strlen(name));
    if (!f || f->value_len || (f->flags & FACT_PRINT)) {
        observer_file(L, o, path, -1);  /* a searcher of the script's asks for it */
        observer_code(L, o, path, 0);
        return;
    }
    if (is_made(L, o, path))
        return;
    put_file(L, f, normal, p);
    if (observer_print(L, o, print)) {
        put_print(observer_put(L, o->top, FACT_MODULE, name), print);
        lua_pushfstring(L, "module %s", name);
        lua_pushvalue(L, top);
        keep_code(L, lua_tostring(L, top + 1));
    } else {
        untold_module(L, o, name);
    }
    lua_settop(L, top);
}

void
observer_captured(lua_State *L, Observer *o, const char *name)
{
    unsigned char print[HASH_SIZE];
    int top = lua_gettop(L);

    if (!o->top || fact_find(&o->top->facts, FACT_MODULE, name, strlen(name)))
        return;
    if (observer_print(L, o, print)) {
        put_print(observer_put(L, o->top, FACT_MODULE, name), print);
    } else {
        untold_module(L, o, name);
    }
    lua_settop(L, top);
}

/* ---- searching ---- */

/* Pushes the searchers as a list of its own: package.searchers itself is known by its
 * name.  Those of Lua and of rille are intrinsic. */
static void
push_searchers(lua_State *L)
{
    int at;

    observer_held(L, HELD_PACKAGE);
    lua_pushliteral(L, "searchers");
    if (lua_istable(L, -2))
        lua_rawget(L, -2);
    lua_remove(L, -2);
    if (!lua_istable(L, -1))
        return;
    at = lua_gettop(L);
    lua_newtable(L);
    for (lua_Integer i = 1; lua_rawgeti(L, at, i) != LUA_TNIL; i++)
        lua_rawseti(L, at + 1, i);
    lua_pop(L, 1);
    lua_remove(L, at);
}

int
observer_search_print(lua_State *L, Observer *o, const char *what,
                      unsigned char print[HASH_SIZE])
{
    static const char preload[] = "package.preload.";
    size_t n = sizeof preload - 1;
    int known;

    luaL_checkstack(L, 10, "fingerprint");
    if (strncmp(what, preload, n) == 0) {
        luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
        lua_pushstring(L, what + n);
        lua_rawget(L, -2);
        lua_remove(L, -2);
    } else {
        push_searchers(L);
    }
    known = observer_print(L, o, print);
    lua_remove(L, known ? -1 : -3);
    return known;
}

static void
put_search(lua_State *L, Observer *o, const char *what)
{
    unsigned char print[HASH_SIZE];

    if (fact_find(&o->top->facts, FACT_SEARCH, what, strlen(what)))
        return;
    if (observer_search_print(L, o, what, print))
        memcpy(observer_put(L, o->top, FACT_SEARCH, what)->digest, print, HASH_SIZE);
    else
        observer_untold(L, o, what);
}

/* A metatable of package.loaded or package.preload answers as it likes. */
static void
refuse_metatable(lua_State *L, Observer *o, const char *key, const char *what)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, key);
    if (lua_getmetatable(L, -1)) {
        observer_impure(L, o, what);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void
observer_searched(lua_State *L, Observer *o, const char *name)
{
    o->top->brought = 1;
    refuse_metatable(L, o, LUA_LOADED_TABLE, "a metatable of package.loaded");
    refuse_metatable(L, o, LUA_PRELOAD_TABLE, "a metatable of package.preload");
    put_search(L, o, "package.searchers");
    put_search(L, o, lua_pushfstring(L, "package.preload.%s", name));
    observer_put(L, o->top, FACT_MODULE, name);
    observer_held(L, HELD_MODULES);
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, name);
    lua_pop(L, 2);
}

/* ---- the end of a step ---- */

/* Pushes what the print of a fact is of; 0 when it has none. */
static int
push_printed(lua_State *L, const Fact *f)
{
    int module = f->kind == FACT_MODULE && (f->flags & FACT_PRINT), captured;

    captured = module && !f->value_len;
    if (captured) {
        luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
        lua_pushstring(L, f->name);
        lua_rawget(L, -2);
    } else if (module || f->kind == FACT_VALUE) {
        observer_held(L, HELD_CODES);
        lua_pushfstring(L, "%s%s", module ? "module " : "", f->name);
        lua_rawget(L, -2);
    } else {
        return 0;
    }
    lua_remove(L, -2);
    return captured || lua_isfunction(L, -1);
}

void
observer_push_acted(lua_State *L, Observer *o)
{
    int top = lua_gettop(L);

    luaL_checkstack(L, 10, "fingerprint");
    if (o->step->untold) {
        lua_pushliteral(L, "what cannot be told");
        return;
    }
    for (size_t i = 0; i < o->step->facts.n; i++) {
        const Fact *f = &o->step->facts.list[i];
        const void *was = f->kind == FACT_MODULE ? (const void *)f->print : f->value;
        unsigned char now[HASH_SIZE];

        if (push_printed(L, f)
            && (!observer_print(L, o, now) || memcmp(now, was, HASH_SIZE) != 0)) {
            lua_settop(L, top);
            lua_pushfstring(L, "%s%s", f->kind == FACT_MODULE ? "module " : "", f->name);
            return;
        }
        lua_settop(L, top);
    }
    lua_pushnil(L);
}

void
observer_forget(lua_State *L, Observer *o)
{
    if (!o->step->brought)
        return;
    observer_held(L, HELD_MODULES);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    lua_pop(L, 2);
    lua_newtable(L);
    observer_hold(L, HELD_MODULES);
    lua_newtable(L);
    observer_hold(L, HELD_CODES);
}

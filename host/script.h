/* script.h -- the Lua state that scripts run in.
 *
 * Two kinds of state.  An own one (script_new) has rille's deterministic and
 * observed standard library and text chunks only.  A foreign one (script_attach: a
 * stock lua5.4, a host's state) keeps its own.  Both find rille's modules through
 * package.preload, which comes before any file: a user's graph.lua stays his.
 *
 * The embedded Lua of rille runs in an environment of its own: the standard
 * library as it was before anything was wrapped, rille's pairs and sort, and a
 * guard that makes a stray global an error.  Its chunks are named SCRIPT_PREFIX and
 * their path, and an error's position skips them.
 *
 * What is rille's is known by its identity: a chunk by the list of embedded files (no
 * way to load a script in an own state gives it such a name), a module by the value
 * that rille's own loader gave.  A user's rille/x.lua, rille_x.so and rille:x.lua are
 * the user's.
 *
 * The registry's SCRIPT_MODULES lists rille's modules as they end loading, a name and
 * the module in turn: so a module stands after those that it requires.  The function
 * SCRIPT_LOADED of the registry, where there is one, is called after each. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>

#include <lua.h>

#include "err.h"

#define SCRIPT_PREFIX "@rille:"
#define SCRIPT_MODULES "rille.modules"
#define SCRIPT_LOADED "rille.loaded"

typedef struct ScriptFile {
    const char *path;       /* "lua/plan.lua" */
    const char *text;
    size_t len;
    const char *code;       /* compiled by the Lua of the build; "" for no script */
    size_t code_len;
} ScriptFile;

/* The Lua linked in is the one that compiled the embedded scripts: use that. */
enum { SCRIPT_COMPILED = 1 };

extern const ScriptFile script_files[];     /* sorted by path, ends with NULL */
extern const int script_count;

/* The folder DIR as an absolute path, which the caller frees, when it holds the sources of
 * this version of rille; else NULL with *err set. */
char *script_folder(const char *dir, Err *err);
/* A state, or NULL with *err set.  scripts: a folder (of script_folder) to read rille's
 * own Lua from in place of the embedded text (for development), or NULL.  A folder of
 * sources that is not in it (lua, stdlib, materializers) is the embedded one. */
lua_State *script_new(const char *scripts, int flags, Err *err);
/* The same, but that prepare(L, user), which may raise, comes before anything is made of
 * the standard library: rille's own Lua has it as prepare leaves it. */
lua_State *script_new_prepared(const char *scripts, int flags, void (*prepare)(lua_State *L, void *user),
                               void *user, Err *err);
/* Makes every module of rille loadable in a state that is not ours. */
int script_attach(lua_State *L, const char *scripts);
/* The text of an embedded file, or NULL. */
const ScriptFile *script_find(const char *path);
/* Whether a chunk's name is that of an embedded file. */
int script_is_ours(const char *source);
/* Whether a message begins with a position in an embedded file, "rille:lua/x.lua:1:". */
int script_is_at(const char *message);
/* The name of the module at idx that rille's own loader gave; NULL for any other value. */
const char *script_owns(lua_State *L, int idx);
/* Whether require(name) would call rille's own loader. */
int script_would_load(lua_State *L, const char *name);
/* lua_pcall with a message handler that adds a traceback to errors of ours and
 * leaves a user's message alone. */
int script_call(lua_State *L, int nargs, int nresults);

#endif

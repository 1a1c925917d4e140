/* embedded.h -- the files of rille that are baked into the program, and its modules.
 *
 * The Lua of rille is required from package.preload, which comes before any file: a
 * user's graph.lua stays his.  Its chunks are named EMBEDDED_PREFIX and their path, and
 * an error's position skips them.
 *
 * What is rille's is known by its identity: a chunk by its name, EMBEDDED_PREFIX and a path
 * below lua, stdlib or materializers (no way to load a script in a state of rille's gives it
 * such a name), a module by the value that rille's own loader gave.  A user's rille/x.lua,
 * rille_x.so and rille:x.lua are the user's.
 *
 * The name of a module is its path: lua/plan/estimate.lua is rille.plan.estimate,
 * lua/plan/plan.lua is rille.plan, stdlib/svm/svm.lua is rille.svm.
 *
 * The registry's EMBEDDED_MODULES lists the modules as they end loading, a name and
 * the module in turn: so a module stands after those that it requires.  The function
 * EMBEDDED_LOADED of the registry, where there is one, is called after each. */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include <stddef.h>

#include <lauxlib.h>

#include "base/err.h"

#define EMBEDDED_PREFIX "@rille:"
#define EMBEDDED_MODULES "rille.modules"
#define EMBEDDED_LOADED "rille.loaded"

typedef struct EmbeddedFile {
    const char *path;       /* "lua/plan/plan.lua" */
    const char *text;
    size_t len;
    const char *code;       /* compiled by the Lua of the build; "" for no Lua */
    size_t code_len;
} EmbeddedFile;

extern const EmbeddedFile embedded_files[];     /* sorted by path, ends with NULL */
extern const int embedded_count;

/* The text of an embedded file, or NULL. */
const EmbeddedFile *embedded_find(const char *path);
/* Whether a chunk's name is that of a file of rille's own. */
int embedded_is_ours(const char *source);
/* Whether a message begins with a position in such a file, "rille:lua/x.lua:1:". */
int embedded_is_at(const char *message);
/* The folder DIR as an absolute path, which the caller frees, when it holds the sources of
 * this version of rille; else NULL with *err set. */
char *embedded_folder(const char *dir, Err *err);

/* Makes every module loadable: those in C of the list, which ends with NULL, and the
 * embedded ones, with the environment BIND_ENV of the registry, whose require asks no
 * searcher of a script for them.
 * scripts: a folder (of embedded_folder) to read rille's own Lua from in place of the
 * embedded text (for development), or NULL.  A folder of sources that is not in it (lua,
 * stdlib, materializers) is the embedded one; files that only it has are modules too.
 * compiled: whether the Lua linked in is the one that compiled the embedded files. */
void embedded_install(lua_State *L, const luaL_Reg *modules, const char *scripts, int compiled);
/* Pushes a list of the paths of rille's own files that begin with PREFIX: sorted, then those
 * that only the folder of --scripts has, in no order. */
void embedded_push_files(lua_State *L, const char *prefix);
/* Pushes the list of the batteries, the modules rille.NAME that scripts require: those in C
 * whose name has no further point, those in stdlib/, and testing. */
void embedded_push_batteries(lua_State *L);
/* Makes require "rille" give the public face. */
void embedded_offer_face(lua_State *L);
/* The name of the module at idx that rille's own loader gave; NULL for any other value. */
const char *embedded_owns(lua_State *L, int idx);
/* Whether require(name) would call rille's own loader. */
int embedded_would_load(lua_State *L, const char *name);
/* lua_pcall with a message handler that adds a traceback to errors of ours and
 * leaves a user's message alone. */
int embedded_call(lua_State *L, int nargs, int nresults);

#endif

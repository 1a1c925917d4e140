/* module_loader.h -- rille's own Lua as modules.
 *
 * The name of a module is its path (module_name.h).  They come before any file: a user's
 * graph.lua stays the user's.  In a foreign state package.preload has them all.  In a state of
 * our own it has the batteries, which scripts require, and the first searcher finds the others:
 * a start would make several hundred entries and use some dozen.
 *
 * A module of rille's own is known by the value that this loader gave.  A user's
 * rille/x.lua, rille_x.so and rille:x.lua are the user's.
 *
 * The registry's MODULE_LOADER_LIST lists the modules as they end loading, a name and the
 * module in turn: so a module stands after those that it requires.  The function
 * MODULE_LOADER_HOOK of the registry, where there is one, is called after each.
 * The function MODULE_LOADER_FIRST of the registry is called once, before code of the user's can
 * get a module of rille's: what has to be done for such code alone waits until then.
 * MODULE_LOADER_KEY_NAMES of the registry is a table { [module] = what keys and facts of
 * stores call it } of those that had another name when stores were first made. */
#ifndef MODULE_LOADER_H
#define MODULE_LOADER_H

#include <lauxlib.h>

#define MODULE_LOADER_LIST "rille.modules"
#define MODULE_LOADER_HOOK "rille.loaded"
#define MODULE_LOADER_FIRST "rille.first"
#define MODULE_LOADER_KEY_NAMES "rille.key_names"

/* In a state of our own, after luaL_openlibs: modules are found when they are asked for. */
void module_loader_search(lua_State *L, const luaL_Reg *modules);
/* Makes every module loadable: those in C of the list, which ends with NULL, and the
 * embedded ones, with the environment BIND_ENV of the registry, whose require asks no
 * searcher of a script for them.
 * scripts: a folder (of source_folder_check) to read rille's own Lua from in place of the
 * embedded text (for development), or NULL.  A folder of sources that is not in it (lua,
 * stdlib, materializers) is the embedded one; files that only it has are modules too.
 * compiled: whether the Lua linked in is the one that compiled the embedded files. */
void module_loader_install(lua_State *L, const luaL_Reg *modules, const char *scripts,
                           int compiled);
/* Pushes a list of the paths of rille's own files that begin with PREFIX: sorted, then those
 * that only the folder of --scripts has, in no order. */
void module_loader_push_files(lua_State *L, const char *prefix);
/* Pushes the text of a file of rille's own, that of the folder of --scripts where it has it,
 * and returns 1; 0 when there is no such file. */
int module_loader_push_text(lua_State *L, const char *path);
/* Pushes the list of the batteries, the modules rille.NAME that scripts require: those in C
 * whose name has no further point, those in stdlib/, and testing. */
void module_loader_push_batteries(lua_State *L);
/* Pushes the list of the names of the modules that were loaded and are parts of batteries: those
 * in stdlib/NAME/ but NAME itself. */
void module_loader_push_parts(lua_State *L);
/* Makes require "rille" give the public face. */
void module_loader_offer_face(lua_State *L);
/* Takes out of the state what module_loader_install and loading of modules put there: scripts
 * can require none of rille's modules. */
void module_loader_remove(lua_State *L);
/* Calls MODULE_LOADER_FIRST, where there is one. */
void module_loader_first(lua_State *L);
/* The same where the name is that of a module of rille's. */
void module_loader_first_of(lua_State *L, const char *name);
/* The name of the module at idx that rille's own loader gave; NULL for any other value. */
const char *module_loader_owns(lua_State *L, int idx);
/* Whether require(name) would call rille's own loader. */
int module_loader_would_load(lua_State *L, const char *name);

#endif

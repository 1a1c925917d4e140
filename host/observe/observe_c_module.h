/* observe_c_module.h -- modules in C that scripts and steps require.
 *
 * rille sees nothing of what they do.  Its Lua (lua/cache/c_modules.lua) knows which are
 * pure, by a function that is given to observe.modules:
 *     f("open", name, path)     the file is about to be opened
 *         -> "trusted" | "known": why it is pure, or nil
 *     f("loaded", name, path | nil, value, in a step)    require loaded a module
 *     f("state", why, name)
 *         -> bytes: the state of what scripts can change in the module; nil when it is
 *            not pure for that reason
 * A step that opens a pure module has a search fact "trusted C module NAME" (or known),
 * the digest of that state, and a file fact for each library that the module needs. */
#ifndef OBSERVE_C_MODULE_H
#define OBSERVE_C_MODULE_H

#include "observe/recorder.h"

/* Module NAME is about to be opened from the file at full, given as path; whether it is
 * pure. */
int observe_c_module_open(lua_State *L, Recorder *rec, const char *name, const char *path,
                          const char *full);
/* The pure library at full is open. */
void observe_c_module_opened(lua_State *L, Recorder *rec, const char *full);
/* require loaded a module: its value and the loader's data are at the top and stay. */
void observe_c_module_loaded(lua_State *L, Recorder *rec, const char *name);
/* Whether the fact is about a module in C. */
int observe_c_module_is_fact(const Fact *f);
/* Whether what the fact says holds now. */
int observe_c_module_same(lua_State *L, Recorder *rec, const Fact *f);
/* observe.libraries(path) -> list of the files that the library needs, is libm among them */
int observe_c_module_l_libraries(lua_State *L);

#endif

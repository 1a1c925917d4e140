/* observe.h -- for the C faces that touch files: where a path leads, and that
 * a step read or wrote there.
 *
 * In a state where rille.host.observe was never opened (a stock lua5.4) paths are
 * those of the working folder and nothing is recorded. */
#ifndef OBSERVE_H
#define OBSERVE_H

#include <stddef.h>

#include <lua.h>

/* Writes the path that a script's path means into out: absolute ones as they
 * are, others below the base folder of the main script (in a foreign state: of
 * the working folder).  Raises when it does not fit. */
void observe_resolve(lua_State *L, const char *path, char *out, size_t size);
/* The same, and when a step is running its reading of that file (or its failing
 * to, when the file is not there) is recorded.  Call it before opening. */
void observe_read(lua_State *L, const char *path, char *out, size_t size);
/* The same for a folder whose names are about to be listed. */
void observe_folder(lua_State *L, const char *path, char *out, size_t size);
/* The same for a file about to be written. */
void observe_write(lua_State *L, const char *path, char *out, size_t size);
/* Notes, when a step is running, that it depends on a value of that name, which
 * lookups will compare (lua/cache/lookup.lua); raises nothing but out of memory. */
void observe_value(lua_State *L, const char *name, const char *p, size_t n);
/* Notes, when a step is running, that it depends on a variable of the environment. */
void observe_env(lua_State *L, const char *name);
/* Notes, when a step is running, that it did something that cannot be repeated;
 * with the position of the script's line that did. */
void observe_impure(lua_State *L, const char *what);

#endif

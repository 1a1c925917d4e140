/* state.h -- the Lua state that scripts run in.
 *
 * Two kinds of state.  An own one (state_new) has rille's deterministic and
 * observed standard library and text chunks only.  A foreign one (state_attach: a
 * stock lua5.4, a host's state) keeps its own.  Both find rille's modules through
 * package.preload.
 *
 * The embedded Lua of rille runs in an environment of its own: the standard
 * library as it was before anything was wrapped, rille's pairs and sort, and a
 * guard that makes a stray global an error. */
#ifndef STATE_H
#define STATE_H

#include <lauxlib.h>

#include "base/err.h"

typedef struct StateOptions {
    const luaL_Reg *modules;    /* the modules in C, ends with NULL */
    const char *scripts;        /* a folder of rille's own Lua, or NULL (embedded.h) */
    int compiled;               /* the Lua linked in is the one that compiled it: use that */
    void (*prepare)(lua_State *L, void *user);  /* or NULL; may raise.  It is called before
                                 * anything is made of the standard library: rille's own
                                 * Lua has that as prepare leaves it */
    void *user;
} StateOptions;

/* A state, or NULL with *err set. */
lua_State *state_new(const StateOptions *options, Err *err);
/* Makes every module of rille loadable in a state that is not ours. */
int state_attach(lua_State *L, const luaL_Reg *modules);

#endif

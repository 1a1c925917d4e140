/* state.h -- the Lua state that scripts run in.
 *
 * Two kinds of state.  An own one (state_new) has rille's deterministic and
 * observed standard library and text chunks only.  A foreign one (state_attach: a
 * stock lua5.4; state_share: the state of a host, until state_unshare) keeps its own.
 * Both find rille's modules through package.preload.
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
    int linked;                 /* the program brings its Lua: no other can be in its place */
    void (*prepare)(lua_State *L, void *user);  /* or NULL; may raise.  It is called before
                                 * anything is made of the standard library: rille's own
                                 * Lua has that as prepare leaves it */
    void *user;
    lua_Alloc alloc;            /* NULL: the state's own (base/slab.h) */
    void *alloc_user;
} StateOptions;

/* A state, or NULL with *err set. */
lua_State *state_new(const StateOptions *options, Err *err);
/* Makes every module of rille loadable in a state that is not ours; may raise. */
int state_attach(lua_State *L, const luaL_Reg *modules);
/* Whether one of these was done to the state. */
int state_is_attached(lua_State *L);
/* The same, protected, for an engine that shares the state of its host: require "rille" works
 * there, too.  prepare of the options is called last.  ERR_EXISTS when it was done before. */
int state_share(lua_State *L, const StateOptions *options, Err *err);
/* Takes all that out of the state again. */
void state_unshare(lua_State *L);

#endif

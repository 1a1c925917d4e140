/* entry_guard.h -- Ctrl-C while an entry of the prompt runs: it ends the entry, and nothing else.
 *
 * The means are those by which the library interrupts what a host runs (observe/sandbox.h): a
 * hook in every coroutine, and waits that look at an Interrupt.  Other commands have none of it,
 * and pay nothing. */
#ifndef ENTRY_GUARD_H
#define ENTRY_GUARD_H

#include <lua.h>

/* Whether the arguments ask for a prompt. */
int entry_guard_is_wanted(int argc, char **argv);
/* StateOptions.prepare of a program with a prompt. */
void entry_guard_install(lua_State *L, void *unused);
/* guard(true): an entry begins to run, Ctrl-C is its; guard(false) -> whether it was interrupted:
 * Ctrl-C is the program's again.  A guard within a guard takes the Ctrl-C that came since the outer
 * one began, and leaves what goes on around it alone. */
int entry_guard_l_guard(lua_State *L);

#endif

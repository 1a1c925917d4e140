/* interrupt_box.h -- the Interrupt of a Lua state, for faces and batteries in C. */
#ifndef INTERRUPT_BOX_H
#define INTERRUPT_BOX_H

#include <lua.h>

#include "base/interrupt.h"

/* It outlives the state. */
void interrupt_install(lua_State *L, Interrupt *it);
/* NULL where nothing interrupts (the rille program). */
Interrupt *interrupt_of(lua_State *L);
/* Raises its message when there is a reason to end; for loops of what scripts call.  Whatever is
 * allocated must be known to the collector. */
void interrupt_raise(lua_State *L, Interrupt *it);

#endif

/* events.h -- what the host is told while it waits for a call: the events of a run, which
 * lua/capi/events.lua makes, and what is printed.
 *
 * Invariant: what was printed before an event is told before it. */
#ifndef LIBRARY_EVENTS_H
#define LIBRARY_EVENTS_H

#include "library/engine.h"

/* Pushes the function that lua/capi/events.lua tells events with, or nil where nobody listens. */
void events_push_tell(lua_State *L, rille_engine *e);
/* Tells of n bytes that were printed (the write of a Sandbox; user is the engine). */
void events_printed(void *user, const char *p, size_t n);
/* A call has ended: no run and no step is the one that prints. */
void events_forget(rille_engine *e);

#endif

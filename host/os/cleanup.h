/* cleanup.h -- in a worker: ends what a step started and left running.
 *
 *     cleanup_new -> cleanup_poll ... until it returns 0 -> cleanup_free
 *
 * The processes have a moment to end by themselves, get SIGTERM, and are killed
 * DESCENDANTS_KILL_DELAY seconds later.  Where the supervisor ends them, they are only
 * waited for. */
#ifndef CLEANUP_H
#define CLEANUP_H

#include "os/descendants.h"

typedef struct Cleanup Cleanup;

/* signals: the processes are signalled here, not by the supervisor.  NULL when there is
 * no memory. */
Cleanup *cleanup_new(int signals);
void cleanup_free(Cleanup *c);          /* accepts NULL */
/* Does what is due now; whether any process is left. */
int cleanup_poll(Cleanup *c);
/* Those that did not end by themselves; borrowed. */
const Names *cleanup_names(const Cleanup *c);

#endif

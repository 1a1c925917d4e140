/* run_lock.h -- the lock file of a live run, and the process that holds it.
 *
 *     PID NAMESPACE\n          who runs, 64 bytes with its padding
 *     DONE TOTAL\n             steps, kept up to date now and then, 64 bytes too
 *
 * NAMESPACE is the inode of the process's PID namespace: a PID says nothing
 * elsewhere.  Who finds the lock held finds its owner alive; a file whose lock can be
 * taken is that of a dead run, whatever it says. */
#ifndef RUN_LOCK_H
#define RUN_LOCK_H

#include <stdint.h>

#include "base/err.h"

/* The owner, when it has just taken the lock.  What cannot be written is left
 * out: the lock holds without it. */
void run_lock_sign(int fd);
void run_lock_progress(int fd, int64_t done, int64_t total);

/* Whether a process holds it: 1, 0 (also where there is no file), or an error. */
int run_lock_is_held(const char *path, Err *err);
/* Removes the lock of a run that is dead; one that is held stays.  Done with the lock
 * taken, so that who has just made it and waits for it sees that it is gone. */
int run_lock_remove(const char *path, Err *err);
/* Asks the owner to stop, as SIGINT does; now: to end what runs at once.  OK,
 * ERR_NOTFOUND when nobody holds the lock, or an error; never to a process that took
 * over the owner's number. */
int run_lock_stop(const char *path, int now, Err *err);

#endif

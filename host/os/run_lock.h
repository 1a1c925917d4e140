/* run_lock.h -- the lock file of a live run, and the process that holds it.
 *
 *     PID NAMESPACE\n          the process, 64 bytes with padding
 *     DONE TOTAL\n             steps, kept up to date now and then, 64 bytes too
 *
 * NAMESPACE is the inode of the process's PID namespace: a PID has no meaning in another
 * one.  While the lock is held its owner is alive; a file whose lock can be taken belongs
 * to a dead run, whatever its content. */
#ifndef RUN_LOCK_H
#define RUN_LOCK_H

#include <stdint.h>

#include "base/err.h"

/* For the owner, after it has taken the lock.  A failed write is ignored: the lock holds
 * without the text. */
void run_lock_sign(int fd);
void run_lock_progress(int fd, int64_t done, int64_t total);

/* Whether a process holds it: 1, 0 (also where there is no file), or an error. */
int run_lock_is_held(const char *path, Err *err);
/* Removes the lock file of a dead run; one that is held stays.  It is removed with the
 * lock taken, so a process that has just opened it and waits sees that it is gone. */
int run_lock_remove(const char *path, Err *err);
/* Asks the owner to stop, as SIGINT does; now: to end running steps at once.  OK,
 * ERR_NOTFOUND when no process holds the lock, or an error.  A process that reuses the
 * owner's number is never signalled. */
int run_lock_stop(const char *path, int now, Err *err);

#endif

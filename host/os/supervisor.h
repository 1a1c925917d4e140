/* supervisor.h -- a forked child below a process that ends all that the child started.
 *
 *     caller -- supervisor -- child -- what it starts, in whatever session or group
 *
 * The supervisor only waits.  It is the child's subreaper: a descendant that lost its
 * parent (a background process, a daemon that forked twice) becomes the supervisor's or
 * the child's, so walking down from the supervisor finds them all.  It holds no file of
 * the caller.  It leads a process group, in which the child is.
 *
 * What a signal to the supervisor means
 *     SIGTERM    all that is below now gets SIGTERM, once; what is left after
 *                DESCENDANTS_KILL_DELAY seconds is killed, the child last
 *     SIGUSR2    the child gets SIGTERM, the others are killed, the child last
 *     SIGHUP     all below is killed
 *     SIGINT     the child alone gets SIGINT
 *     SIGUSR1    the child alone gets SIGTERM
 * A process that is started after the SIGTERM does not get it: a handler of it may run
 * programs.  What is below another supervisor, of a rille that the child runs, gets it
 * from that one.
 *
 * Invariants
 *   1. The supervisor ends when nothing below it is left, in the way the child did (its
 *      exit code, or its signal).
 *   2. When the child ends, of itself or killed, what it leaves is killed.
 *   3. When the caller ends, all below is killed.
 * Not held: a supervisor that is itself killed by SIGKILL takes the child with it, and
 * what is in its group when the caller waits for it (worker_reap), but no daemon. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <signal.h>
#include <sys/types.h>

#include "base/err.h"

/* As fork: the supervisor's number in the caller, 0 in the child, or an error.  In the
 * child all signals are blocked; *mask is what was blocked in the caller. */
pid_t supervisor_fork(sigset_t *mask, Err *err);

#endif

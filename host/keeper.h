/* keeper.h -- a forked child below a process that ends all that the child started.
 *
 *     caller -- keeper -- child -- what it starts, in whatever session or group
 *
 * The keeper only waits.  It is the child's subreaper: a descendant that lost its
 * parent (a background process, a daemon that forked twice) becomes the keeper's or
 * the child's, so walking down from the keeper finds them all.  It holds no file of
 * the caller.  It leads a process group, in which the child is.
 *
 * What a signal to the keeper means
 *     SIGTERM    all below is asked to end: each gets SIGTERM, once
 *     SIGHUP     all below is killed
 *     SIGINT     the child alone gets SIGINT
 *     SIGUSR1    the child alone gets SIGTERM
 *
 * Invariants
 *   1. The keeper ends when nothing below it is left, in the way the child did (its
 *      exit code, or its signal).
 *   2. When the child ends, of itself or killed, what it leaves is killed.
 *   3. When the caller ends, all below is killed.
 * Not held: a keeper that is itself killed by SIGKILL takes the child with it, and
 * what is the child's by PDEATHSIG, but no daemon. */
#ifndef KEEPER_H
#define KEEPER_H

#include <signal.h>
#include <sys/types.h>

#include "err.h"

/* As fork: the keeper's number in the caller, 0 in the child, or an error.  In the
 * child all signals are blocked; *mask is what was blocked in the caller. */
pid_t keeper_fork(sigset_t *mask, Err *err);
/* In the child: whether something that it started, or left, runs or is not waited for. */
int keeper_has_left(void);
/* In the child: ends what it started: by SIGTERM, and after so many seconds by
 * SIGKILL.  Returns how many processes were told. */
int keeper_end_left(double grace);

/* In a process that is about to leave, from a signal handler too: kills all that it
 * started, but for daemons that are no longer below it. */
void keeper_kill_started(void);

#endif

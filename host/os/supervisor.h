/* supervisor.h -- a forked child below a process that ends all that the child started.
 *
 *     caller -- keeper -- child -- what it starts, in whatever session or group
 *
 * The keeper only waits.  It is the child's subreaper: a descendant that lost its
 * parent (a background process, a daemon that forked twice) becomes the keeper's or
 * the child's, so walking down from the keeper finds them all.  It holds no file of
 * the caller.  It leads a process group, in which the child is.
 *
 * What a signal to the keeper means
 *     SIGTERM    all that is below now gets SIGTERM, once; after KEEPER_GRACE seconds
 *                what is left is killed, the child last
 *     SIGUSR2    the child gets SIGTERM, the others are killed, the child last
 *     SIGHUP     all below is killed
 *     SIGINT     the child alone gets SIGINT
 *     SIGUSR1    the child alone gets SIGTERM
 * A process that is started after the SIGTERM is not told: a handler of it may run
 * programs.  What is below another keeper, of a rille that the child runs, is told by
 * that one.
 *
 * Invariants
 *   1. The keeper ends when nothing below it is left, in the way the child did (its
 *      exit code, or its signal).
 *   2. When the child ends, of itself or killed, what it leaves is killed.
 *   3. When the caller ends, all below is killed.
 * Not held: a keeper that is itself killed by SIGKILL takes the child with it, and what
 * is in its group when the caller waits for it (proc_reap), but no daemon. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <signal.h>
#include <sys/types.h>

#include "base/err.h"

enum { KEEPER_GRACE = 2 };          /* seconds between SIGTERM and SIGKILL */

/* As fork: the keeper's number in the caller, 0 in the child, or an error.  In the
 * child all signals are blocked; *mask is what was blocked in the caller. */
pid_t keeper_fork(sigset_t *mask, Err *err);
/* In the child: whether something that it started, or left, runs or is not waited for. */
int keeper_has_left(void);
/* In the child: waits until nothing that it started runs, and takes no status of any. */
void keeper_hear_out(void);

/* The names of processes, for people: how many there are, and how the first are called. */
enum { NAMES_MOST = 3, NAME_SIZE = 1024 };
typedef struct Names {
    int n;
    size_t named;
    char text[NAMES_MOST][NAME_SIZE];
} Names;
/* In the caller of keeper_fork: what the child has started and runs now. */
void keeper_name_started(pid_t keeper, Names *names);

/* In the child: the end of what it started and left.  That has a moment to end by itself,
 * gets SIGTERM, and is killed KEEPER_GRACE seconds later.
 *     leaving_new -> leaving_look ... until it says 0 -> leaving_free
 * ask: 0 when the keeper was told to end all: then they are only waited for. */
typedef struct Leaving Leaving;
Leaving *leaving_new(int ask);      /* NULL when there is no memory */
void leaving_free(Leaving *l);      /* accepts NULL */
/* Does what is due now; whether any is left. */
int leaving_look(Leaving *l);
/* Those that had to be told; borrowed. */
const Names *leaving_names(const Leaving *l);

/* In a process that is about to leave, from a signal handler too: kills all that it
 * started, but for daemons that are no longer below it. */
void keeper_kill_started(void);
/* In a signal handler: SIGTERM to what this process started by itself. */
void keeper_ask_started(void);

#endif

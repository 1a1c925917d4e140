/* descendants.h -- the processes below one: what it started, and what that started.
 *
 * A process that is a subreaper (supervisor.h) adopts what has lost its parent, so
 * walking down from it through /proc finds all of them.  What is read there is of the
 * past: between reading and sending a process may end, or start another. */
#ifndef DESCENDANTS_H
#define DESCENDANTS_H

#include <stddef.h>
#include <sys/types.h>

enum { DESCENDANTS_KILL_DELAY = 2 };    /* seconds between SIGTERM and SIGKILL */

/* Which processes got SIGTERM, once each.  What is started after the first call gets
 * none: it is what a handler of SIGTERM runs, and has the same delay.  Two more calls
 * find what was there and came into being while the list was read.
 * All 0 at first; sent is to be freed at the end. */
typedef struct Termination {
    unsigned long long tick;            /* of the first call, as Process.started */
    int calls;
    pid_t *sent;                        /* who got it */
    size_t n, cap;
} Termination;

/* SIGTERM to all below this process that are due now; what is below another
 * supervisor gets it from that one. */
void descendants_terminate(Termination *t);
/* Kills all below this process, but for one (or 0); how many those were. */
int descendants_kill(pid_t but);
/* Whether this process has children, or some that it has not waited for. */
int descendants_exist(void);
/* Waits until none runs; takes no status of any. */
void descendants_wait(void);

/* The names of processes, for people: how many there are, and how the first are called. */
enum { NAMES_MOST = 3, NAME_SIZE = 1024 };
typedef struct Names {
    int n;
    size_t named;
    char text[NAMES_MOST][NAME_SIZE];
} Names;
/* Adds the running processes below top, without supervisors and without the children
 * of `parent` (or 0). */
void descendants_name(pid_t top, pid_t parent, Names *names);

/* From a signal handler too: kills all below this process, but for daemons that are no
 * longer below it. */
void descendants_kill_in_handler(void);
/* From a signal handler: SIGTERM to what this process started by itself. */
void descendants_terminate_in_handler(void);

#endif

/* procfs.h -- the processes of the machine, from /proc: parents, groups, command lines.
 *
 * The result is of the past when it is used: a process may have ended meanwhile.
 * Functions marked with * allocate nothing, so a signal handler may call them. */
#ifndef PROCFS_H
#define PROCFS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* The name of a supervisor (supervisor.h), by which another one knows it.  Linux would cut a
 * longer one. */
#define PROCFS_SUPERVISOR "rille-supervise"
_Static_assert(sizeof PROCFS_SUPERVISOR <= 16, "the name of a process has at most 15 characters");

typedef struct Process {
    pid_t pid, parent, group;
    unsigned long long started;     /* in ticks after the start of the machine */
    char state;                     /* as ps has it: R, S, T, Z ... */
    char supervisor;                    /* its name is PROCFS_SUPERVISOR */
    char below;                     /* see procfs_mark_below */
} Process;

/* * One process; 0 when it is gone.  pid: digits. */
int procfs_read(const char *pid, Process *one);
/* All of them, to be freed; NULL when there is no memory or no /proc. */
Process *procfs_all(size_t *n);
/* * The same into a list of that size; how many there are in it. */
size_t procfs_list(Process *list, size_t cap);
/* * Marks in the list what is below a process.  through: also what is below another
 * supervisor that is itself below. */
void procfs_mark_below(Process *list, size_t n, pid_t top, int through);

/* The command line of a process, for people: its words with blanks between them, of more
 * than size bytes the beginning and "..."; its length, 0 when the process is gone. */
size_t procfs_words(pid_t pid, char *text, size_t size);
/* When it was started, in seconds since 1970; 0 when it is gone. */
double procfs_started(const Process *one);

/* When it was started, in ticks after the start of the machine; 0 when it has ended, or there is
 * no /proc. */
unsigned long long procfs_ticks(pid_t pid);
/* Sends a signal to the process that was started then (0: not known), and to no other that has its
 * number meanwhile.  ERR_NOTFOUND: it has ended. */
int procfs_signal(pid_t pid, unsigned long long started, int signal, Err *err);

#endif

/* proc.h -- a forked child and the channel to it.
 *
 * The child is a copy of this process: it has every function of the script, and
 * must touch neither the database nor the parent's locks.  It leaves by _exit,
 * dies with its parent (PDEATHSIG, and end of file on the channel), and has
 * /dev/null as standard input.  Messages are framed by their length (4 bytes,
 * little endian), at most PROC_MESSAGE_MAX bytes each.
 * A Proc is the caller's: proc_fork, then proc_close (in both processes). */
#ifndef PROC_H
#define PROC_H

#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

enum { PROC_MESSAGE_MAX = 1 << 30 };

typedef struct Proc {
    int fd;                 /* the channel, -1 when closed */
    pid_t pid;              /* of the child; 0 in the child */
} Proc;

/* 0 in both processes; p->pid tells which one this is. */
int proc_fork(Proc *p, Err *err);
int proc_send(Proc *p, const void *data, size_t n, Err *err);
/* Replaces the contents of *out.  ERR_NOTFOUND at end of file. */
int proc_receive(Proc *p, Buf *out, Err *err);
/* Closes the channel and, in the parent, waits for the child; *status as of
 * waitpid, may be NULL.  Fine when closed already. */
void proc_close(Proc *p, int *status);

#endif

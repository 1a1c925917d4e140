/* spawn.h -- a program as a child process, its output through one pipe.
 *
 *     spawn_start -> read ... read (SPAWN_ENDED) -> spawn_finish
 *
 * The program gets /dev/null as standard input (with SPAWN_INPUT what spawn_write sends),
 * standard output and error in the
 * order in which it writes them through one pipe (output into a file when the
 * plan names one), the environment of the plan and nothing else, no other
 * descriptor, and every signal at its default.  The kernel kills it when the
 * thread that started it ends.
 *
 * With SPAWN_GROUP it leads a session and a process group of its own: it has no
 * terminal, spawn_kill reaches all that stayed in that group, Ctrl-C in the terminal
 * does not, and what is left of the group is killed by spawn_finish.  Without, it is in
 * the caller's group, and the caller's supervisor (supervisor.h) ends what it leaves.
 *
 * SPAWN_PIPE: its input is a pipe, as programs that open /dev/stdin want it, and not a socket;
 * the caller's SIGPIPE is blocked.  SPAWN_OUTLIVES: it is not killed with its thread.
 * SPAWN_APART: a server that goes on without the caller: it leads a session, outlives its
 * starter, appends what it writes to the file `out`, and spawn_let_go forgets it.  `keep` is
 * then a descriptor that it has as its third: a lock that lives as long as it does.
 *
 * With an Interrupt, spawn_read and spawn_write kill the program and all below it once there is
 * a reason to end.
 *
 * Nothing here blocks but spawn_write and spawn_read with a timeout below 0: `fd` may be polled
 * with others (it is readable when output or its end is there), then
 * spawn_read with a timeout of 0 takes what there is.  A grandchild that keeps
 * the pipe open after the program ended does not hold up its end.
 * A Spawn is the caller's: spawn_start, then spawn_finish.  In a forked process that
 * inherits one, spawn_finish closes its descriptors and kills nothing. */
#ifndef SPAWN_H
#define SPAWN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/interrupt.h"

enum { SPAWN_GROUP = 1, SPAWN_INPUT = 2, SPAWN_PIPE = 4, SPAWN_OUTLIVES = 8, SPAWN_APART = 16 };
enum { SPAWN_ENDED = 0, SPAWN_NOTHING = -1 };

typedef struct SpawnPlan {
    const char *path;       /* of the program, not looked for */
    const char *const *argv, *const *env;   /* both end with NULL */
    const char *cwd;        /* NULL: the caller's */
    const char *out;        /* a file that takes standard output, or NULL */
    int flags;
    int keep;               /* of SPAWN_APART: a descriptor above 2 that it inherits, or 0 */
} SpawnPlan;

typedef struct Spawn {
    int fd, life;           /* pipe, pidfd; -1 when closed or not to be had */
    int in;                 /* of SPAWN_INPUT, else -1 */
    pid_t pid;              /* 0 when it was waited for */
    pid_t owner;            /* the process that started it */
    int group;              /* it leads one */
    int status;             /* as of waitpid, once it has ended */
    int ended;
    int status_lost;        /* another part of the program waited for it: no status */
    Interrupt *interrupt;   /* of the engine that started it, or NULL */
    int killed;             /* by it */
    int to_end;             /* the caller's to set: what it left running is read to its end, too */
} Spawn;

/* ERR_NOTFOUND: there is no such program, or its interpreter is missing; ERR_NOMEM: the
 * system has no more of something.  The message says what failed. */
int spawn_start(Spawn *s, const SpawnPlan *plan, Err *err);
/* Waits at most timeout milliseconds (below 0: without limit).  Returns the
 * number of bytes put into p, SPAWN_ENDED once the program has ended and all it
 * wrote was read, or SPAWN_NOTHING when time is up or a signal came. */
ssize_t spawn_read(Spawn *s, void *p, size_t n, int timeout);
/* Sends all of it to the program's standard input, and waits while that is full.  An error
 * when the program has closed it, as when it has ended. */
int spawn_write(Spawn *s, const void *p, size_t n, Err *err);
/* To its group when it leads one.  Fine when it has ended. */
void spawn_kill(Spawn *s, int signal);
/* Kills it and all below it, and what is of its group. */
void spawn_kill_all(Spawn *s);
/* When it has ended: how many processes of its group are left, and the name of one. */
int spawn_left(const Spawn *s, char *name, size_t size);
/* Nobody writes to it, nobody reads from it any longer. */
void spawn_close(Spawn *s);
/* Releases all.  A program that has not ended (SPAWN_ENDED) is killed and waited for.
 * Fine when finished already. */
void spawn_finish(Spawn *s);

/* The same of a program that has ended, but what is left of its group goes on, unless it was
 * killed. */
void spawn_leave(Spawn *s);
/* Releases the handle and ends nothing: the program goes on. */
void spawn_let_go(Spawn *s);

/* Runs a command in the folder cwd (NULL: the caller's), as system(3) does; but SIGINT and
 * SIGQUIT still reach this process while the command runs.  The status as of waitpid, or
 * -1 and errno; errno is 0 otherwise. */
int spawn_shell(const char *command, const char *cwd);

/* The path of the program NAME in the folders of `path` (as in PATH); relative
 * ones start from base.  0, ERR_NOTFOUND, or ERR_INVAL when it does not fit. */
int spawn_find(const char *name, const char *path, const char *base, char *out, size_t size);

#endif

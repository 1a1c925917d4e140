/* worker_process.h -- forked children, workers above all.
 *
 * A child is a copy of this process: it has every function of the script, and
 * must touch neither the database nor the parent's locks.  It leaves by _exit.  Its
 * standard input is /dev/null.  Below a supervisor (supervisor.h) it has a process group
 * of its own, dies with its parent, and takes with it all that it started.  That is all
 * for a plain child, which has its parent's signal handlers.
 *
 * Standard output and error of a worker are its log, an unnamed file that both
 * processes read, and of which a long one loses its middle (capped_log.h): the worker sees
 * to that for what the script prints, the parent, when it looks, for what programs write.
 * A worker ignores SIGINT, for the parent decides about it.
 *
 * A Worker is the caller's: worker_fork, then worker_close (in both processes; in a
 * process that did not fork it only the descriptors go). */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "os/capped_log.h"
#include "os/channel.h"

typedef struct Worker {
    Channel channel;        /* a plain one of a plain child */
    int log;                /* the log, -1 when closed or of a plain child */
    pid_t pid;              /* of the child's supervisor; 0 in the child, -1 when reaped */
    pid_t owner;            /* the process that may signal and wait for it */
    int program;            /* it was started by worker_spawn: pid is its own */
} Worker;

/* dir: where the unnamed file of the log is made; NULL: a plain child.  0 in both
 * processes; w->pid tells which one this is. */
int worker_fork(Worker *w, const char *dir, Err *err);

/* Starts a program by posix_spawn, as a threaded process may: PATH WORD, with a channel between
 * programs as its descriptor WORKER_CHANNEL, /dev/null as standard streams and no other descriptor,
 * each signal at its default, in a process group of its own.  A signal to it is always
 * SIGKILL.  worker_close closes the channel, waits a second at most for its end, and kills it. */
enum { WORKER_CHANNEL = 3 };
int worker_spawn(Worker *w, const char *path, const char *word, Err *err);

/* Appends the log from a place on to *out, of more than max bytes only the last: *at is
 * where they begin.  Nothing is appended when they are gone meanwhile. */
int worker_log(const Worker *w, uint64_t from, size_t max, Buf *out, uint64_t *at, Err *err);
/* Appends its text, shortened as capped_log.h says. */
int worker_log_text(const Worker *w, Buf *out, LogGap *gap, Err *err);
uint64_t worker_log_size(const Worker *w);
/* Child: empties the log. */
void worker_log_clear(const Worker *w);

/* Parent: what is sent to the child and to all that it started (supervisor.h).
 *     TERMINATE        SIGTERM to all; what is left after the kill delay is killed
 *     KILL_CHILD_LAST  all are killed, the child last, so that it sees the end of the others
 *     KILL             all are killed
 *     PASS_INT, PASS_TERM   SIGINT or SIGTERM, to the child alone
 * Fine when it is gone. */
typedef enum WorkerSignal {
    WORKER_TERMINATE, WORKER_KILL_CHILD_LAST, WORKER_KILL, WORKER_PASS_INT, WORKER_PASS_TERM
} WorkerSignal;
void worker_signal(const Worker *w, WorkerSignal signal);
/* Whether the child and all that it started have ended. */
int worker_has_ended(const Worker *w);
/* 1 and *status as of waitpid when the child has ended; 0 when it runs still and
 * wait is not set. */
int worker_reap(Worker *w, int wait, int *status);
/* Closes the channel and, in the owner, waits for the child; *status as of
 * waitpid, may be NULL.  Fine when closed already. */
void worker_close(Worker *w, int *status);

/* What SIGTERM does in a worker:
 *     IDLE    it ends at once
 *     BODY    on_terminate is called, in the signal handler; the work is to come to an end
 *     HELD    nothing: it waits for a program that got the same signal
 * worker_enter_phase returns the phase before.  A worker that was terminated calls
 * worker_exit_by_term when its work has ended, or enters IDLE. */
typedef enum WorkerPhase { WORKER_IDLE, WORKER_BODY, WORKER_HELD } WorkerPhase;
WorkerPhase worker_enter_phase(WorkerPhase now, void (*on_terminate)(void));
int worker_was_terminated(void);
void worker_exit_by_term(void);

/* How much data this process may have from now on, in bytes beyond what it has;
 * 0 takes the limit away.  Mapped files do not count. */
int worker_limit_memory(uint64_t bytes, Err *err);

#endif

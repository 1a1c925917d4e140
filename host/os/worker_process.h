/* worker_process.h -- forked children, workers above all, and the channels to them.
 *
 * A child is a copy of this process: it has every function of the script, and
 * must touch neither the database nor the parent's locks.  It leaves by _exit.  Its
 * standard input is /dev/null.  Below a keeper (supervisor.h) it has a process group of
 * its own, dies with its parent, and takes with it all that it started.  That is all
 * for a plain child, which has its parent's signal handlers.
 *
 * Of a worker standard output and error are its log, an unnamed file that both
 * processes read, and of which a long one loses its middle (capped_log.h): the worker sees
 * to that for what the script prints, the parent, when it looks, for what others write.
 * It ignores SIGINT, for the parent decides about it.
 *
 * Messages are framed by their length (4 bytes, little endian), at most
 * PROC_MESSAGE_MAX bytes.  In the child, and with a plain one, sending and
 * receiving wait.  In the parent of a worker they never do: what does not fit the
 * socket is kept and goes out in proc_wait, so two processes that both write
 * cannot block each other.
 *
 * Requests may be sent ahead.  A word of shared memory says which one the child
 * is at, and lets the parent take back those that it has not begun:
 *     at = 2 * number + closed
 *     child   claims number n by changing 2(n-1) to 2n: fails when closed
 *     parent  withdraws by setting closed; what comes after the number is its own
 *     parent  reopens behind the last number sent
 *
 * Waking a process costs more than a tiny step.  So where the last wait was short,
 * one that waits watches for a moment whether the other sends, by counters in that
 * memory, before it sleeps; in vain, it does so more rarely.
 *
 * A Proc is the caller's: proc_fork, then proc_close (in both processes; in a
 * process that did not fork it only the descriptors go). */
#ifndef WORKER_PROCESS_H
#define WORKER_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "os/capped_log.h"

enum { PROC_MESSAGE_MAX = 1 << 30, PROC_WAIT_MAX = 1024 };

typedef struct ProcWord ProcWord;     /* what both processes see */

/* How far a worker is with a request; the text is cut to fit, not terminated. */
typedef struct ProcProgress {
    uint64_t number;
    double fraction;
    uint32_t length;
    char text[236];
} ProcProgress;

typedef struct Proc {
    int fd;                 /* the channel, -1 when closed */
    int log;                /* the log, -1 when closed or of a plain child */
    int plain;              /* not a worker */
    pid_t pid;              /* of the child's keeper; 0 in the child, -1 when reaped */
    pid_t owner;            /* the process that may signal and wait for it */
    int ended;              /* nothing more will come */
    ProcWord *word;
    Buf in, out;
    size_t parsed, sent;    /* of in, of out */
    Buf packed;             /* the caller's, for a message that it makes */
    uint32_t heard;         /* of the other's messages, how many before the last read */
    unsigned skip, fails;   /* waits without watching: still, after the next failure */
    int quick;              /* the last wait was short */
    uint32_t seen_progress; /* which the parent has read */
} Proc;

/* dir: where the unnamed file of the log is made; NULL: a plain child.  0 in both processes; p->pid
 * tells which one this is. */
int proc_fork(Proc *p, const char *dir, Err *err);
/* In the parent: kept, and sent at once only when now is set. */
int proc_send(Proc *p, const void *data, size_t n, int now, Err *err);
/* The next message, borrowed until the next call: 1, or 0 when none is there (in
 * the parent).  ERR_NOTFOUND at end of file. */
int proc_receive(Proc *p, const unsigned char **data, size_t *n, Err *err);
/* In the parent: waits up to so many seconds (or a signal) for one child: 1 when a
 * message, or its end, can be received without waiting. */
int proc_ready(Proc *p, double seconds, Err *err);
/* In the parent: sends what is kept and reads what is there, and waits up to so
 * many seconds (or a signal) when there is nothing to read yet. */
int proc_wait(Proc **list, size_t n, double seconds, Err *err);

int proc_claim(Proc *p, uint64_t number);   /* child: 1 when it is ours to do */
uint64_t proc_withdraw(Proc *p);            /* parent: the number it is at */
void proc_reopen(Proc *p, uint64_t last);
uint64_t proc_at(const Proc *p);

/* Child: how far it is; it costs no message and no call of the system, so that it can be
 * told at every turn of a loop.  What was told last is what the parent reads. */
void proc_tell_progress(const Proc *p, const ProcProgress *progress);
/* Parent: 1 when it is another than at the last look. */
int proc_progress(Proc *p, ProcProgress *out);

/* Appends the log from a place on to *out, of more than max bytes only the last: *at is
 * where they begin.  Nothing is appended when they are gone meanwhile. */
int proc_log(const Proc *p, uint64_t from, size_t max, Buf *out, uint64_t *at, Err *err);
/* Appends its text, cut as in capped_log.h. */
int proc_log_text(const Proc *p, Buf *out, LogGap *gap, Err *err);
uint64_t proc_log_size(const Proc *p);
/* Child: the log begins anew. */
void proc_log_clear(const Proc *p);

/* ASK: the child and all that it started get SIGTERM, and are killed after their grace
 * (supervisor.h).  CUT: all are killed, the child last, so that it hears the end of the
 * others.  KILL: all are killed.  INT, TERM: that signal, to the child alone.  Fine when
 * it is gone. */
typedef enum ProcEnd { PROC_ASK, PROC_CUT, PROC_KILL, PROC_INT, PROC_TERM } ProcEnd;
void proc_end(const Proc *p, ProcEnd how);
/* Whether the child and all that it started have ended. */
int proc_has_ended(const Proc *p);
/* 1 and *status as of waitpid when the child has ended; 0 when it runs still and
 * wait is not set. */
int proc_reap(Proc *p, int wait, int *status);
/* Closes the channel and, in the owner, waits for the child; *status as of
 * waitpid, may be NULL.  Fine when closed already. */
void proc_close(Proc *p, int *status);

/* What SIGTERM does to a worker:
 *     IDLE    it ends at once
 *     BODY    on_ask is called, in the signal handler; its work is to come to an end
 *     HELD    nothing: it hears out a program that got the same
 * proc_enter returns what was before.  Who was asked calls proc_end_by_term when its work
 * has ended, or enters IDLE. */
typedef enum ProcPhase { PROC_IDLE, PROC_BODY, PROC_HELD } ProcPhase;
ProcPhase proc_enter(ProcPhase now, void (*on_ask)(void));
int proc_is_asked(void);
void proc_end_by_term(void);

/* How much data this process may have from now on, in bytes beyond what it has;
 * 0 takes the limit away.  Mapped files do not count. */
int proc_limit_memory(uint64_t bytes, Err *err);

#endif

/* interrupt.h -- why what a state is doing has to end: one reason for all that ends a call of the
 * library before its time.
 *
 *     another thread, a signal  -> interrupt_ask --\
 *     a timeout                 -> deadline        --> interrupt_check -> a reason, which stays
 *     os.exit, memory, an event -> interrupt_stop --/                    until interrupt_begin
 *
 * Who loops or waits looks at it by interrupt_check: the hook of a state (observe/sandbox.h), loops
 * in C at the borders of their pieces, waits every INTERRUPT_SLICE.  The first reason counts.
 * In the rille program there is none: NULL is never interrupted.
 *
 * Deep in C nobody is passed one: interrupt_here is that of the engine which this thread works
 * for, from sandbox_enter to sandbox_leave.  It is the one variable of a thread that rille has.
 *
 * Only interrupt_ask may be called from anywhere, also from a signal handler; the rest belongs to
 * the thread of the state.  A forked child is not interrupted: its parent ends it. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum { INTERRUPT_SLICE = 10 };          /* milliseconds between two looks of a wait */

typedef enum InterruptReason {
    INTERRUPT_NONE, INTERRUPT_EXIT, INTERRUPT_CANCELLED, INTERRUPT_TIME, INTERRUPT_MEMORY
} InterruptReason;

struct Memory;

typedef struct Interrupt {
    atomic_int asked;
    InterruptReason reason;
    int64_t deadline;                   /* of interrupt_now, or 0 */
    int holds;                          /* what runs now must finish: it is rille's own code,
                                         * which records or cleans up */
    struct Memory *memory;              /* of the same engine (memory.h), or NULL */
    pid_t owner;
    char message[512];                  /* of the reason; "" without one */
} Interrupt;

/* That of this thread, or NULL; interrupt_enter returns the one before. */
Interrupt *interrupt_here(void);
Interrupt *interrupt_enter(Interrupt *it);
/* Whether to go on: ERR_CANCELLED with why not, else OK.  For loops in C at the borders of their
 * pieces; always OK while rille ends what it began (`holds`). */
int interrupt_poll(Err *err);
/* Before its first use. */
void interrupt_init(Interrupt *it);
/* A new call begins: what was asked before is forgotten. */
void interrupt_begin(Interrupt *it);
/* From now on so many seconds are left; 0: any number. */
void interrupt_set_timeout(Interrupt *it, double seconds);
void interrupt_ask(Interrupt *it);
/* Sets the reason and its message, unless there is one. */
void interrupt_stop(Interrupt *it, InterruptReason reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The reason to end, or INTERRUPT_NONE. */
InterruptReason interrupt_check(Interrupt *it);
/* Milliseconds of a monotonic clock. */
int64_t interrupt_now(void);
/* How long a wait may last until the next interrupt_check: at most INTERRUPT_SLICE; milliseconds,
 * below 0 for any time, as poll has them. */
int interrupt_slice(const Interrupt *it, int milliseconds);

#endif

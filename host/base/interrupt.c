/* interrupt.c -- see interrupt.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"

enum { LONGEST = 1000000000 };          /* seconds; a longer timeout is none */

static _Thread_local Interrupt *here;

Interrupt *
interrupt_here(void)
{
    return here;
}

Interrupt *
interrupt_enter(Interrupt *it)
{
    Interrupt *before = here;

    here = it;
    return before;
}

int
interrupt_poll(Err *err)
{
    return here && !here->holds && interrupt_check(here)
               ? err_set(err, ERR_CANCELLED, "%s", here->message) : OK;
}

void
interrupt_init(Interrupt *it)
{
    memset(it, 0, sizeof *it);
    atomic_init(&it->asked, 0);
    it->owner = getpid();
}

void
interrupt_begin(Interrupt *it)
{
    atomic_store(&it->asked, 0);
    it->reason = INTERRUPT_NONE;
    it->deadline = 0;
    it->holds = 0;
    it->message[0] = 0;
}

void
interrupt_set_timeout(Interrupt *it, double seconds)
{
    it->deadline = seconds > 0 && seconds < LONGEST
        ? interrupt_now() + (int64_t)ceil(seconds * 1000) : 0;
}

void
interrupt_ask(Interrupt *it)
{
    atomic_store(&it->asked, 1);
}

void
interrupt_stop(Interrupt *it, InterruptReason reason, const char *fmt, ...)
{
    va_list args;

    if (it->reason)
        return;
    it->reason = reason;
    va_start(args, fmt);
    vsnprintf(it->message, sizeof it->message, fmt, args);
    va_end(args);
}

InterruptReason
interrupt_check(Interrupt *it)
{
    if (!it || it->reason)
        return it ? it->reason : INTERRUPT_NONE;
    if (atomic_load_explicit(&it->asked, memory_order_relaxed)) {
        if (it->owner == getpid())
            interrupt_stop(it, INTERRUPT_CANCELLED, "cancelled by rille_interrupt");
    } else if (it->deadline && interrupt_now() >= it->deadline && it->owner == getpid()) {
        interrupt_stop(it, INTERRUPT_TIME, "the time of the run's timeout is used up");
    }
    return it->reason;
}

int64_t
interrupt_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
interrupt_slice(const Interrupt *it, int milliseconds)
{
    return it && (milliseconds < 0 || milliseconds > INTERRUPT_SLICE) ? INTERRUPT_SLICE
                                                                      : milliseconds;
}

/* channel.h -- messages between a process and a child that it forked.
 *
 *     channel_open -> fork -> channel_forked in both -> ... -> channel_close
 *
 * Messages are framed by their length (4 bytes, little endian), at most
 * CHANNEL_MESSAGE_MAX bytes.  In the child, and with a plain channel, sending and
 * receiving wait.  In the parent of a worker they never do: what does not fit the
 * socket is kept and goes out in channel_wait, so two processes that both write
 * cannot block each other.
 *
 * A channel between programs (channel_open_between, channel_adopt) has no memory that both see,
 * so that it has nothing of the two paragraphs below, and no child: both ends are as a parent.
 *
 * A channel that is not plain has memory which both processes see.  A word of it says
 * which of the requests that were sent ahead the child works on, and lets the parent
 * take back those that the child has not begun:
 *     at = 2 * number + closed
 *     child   claims number n by changing 2(n-1) to 2n: fails when closed
 *     parent  withdraws by setting closed; what comes after the number is its own
 *     parent  reopens behind the last number sent
 *
 * Waking a process costs more than a tiny step.  So when the last wait was short, a
 * waiting process first polls for a moment, by counters in that memory, whether the
 * other one has sent, and then sleeps.  It polls less often after each poll in vain.
 *
 * A Channel is the caller's.  channel_close is fine when it is closed already. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { CHANNEL_MESSAGE_MAX = 1 << 30, CHANNEL_WAIT_MAX = 1024 };

/* How far a worker is with a request; the text is shortened to fit, not terminated. */
typedef struct ChannelProgress {
    uint64_t number;
    double fraction;
    uint32_t length;
    char text[236];
} ChannelProgress;

typedef struct Channel {
    int fd;                 /* this process's end, -1 when closed */
    int other;              /* before the fork: the child's end */
    int plain;              /* no shared memory: both sides wait */
    int in_child;
    int ended;              /* the other process has closed its end */
    struct Shared *shared;
    Buf in, out;
    size_t parsed, sent;    /* of in, of out */
    uint32_t received;      /* how many messages the other had sent before the last read */
    unsigned skip, fails;   /* waits without polling: still, after the next failure */
    int quick;              /* the last wait was short */
    uint32_t seen_progress; /* which progress the parent has read */
} Channel;

void channel_init(Channel *c);              /* closed */
/* Before the fork: makes both ends. */
int channel_open(Channel *c, int plain, Err *err);
/* Makes both ends of a channel to another program, which adopts `other`. */
int channel_open_between(Channel *c, Err *err);
/* In that program: the channel of the descriptor that it was given. */
void channel_adopt(Channel *c, int fd);
/* After it: keeps the end of this process. */
void channel_forked(Channel *c, int in_child);
void channel_close(Channel *c);

/* In the parent: kept, and sent at once only when now is set. */
int channel_send(Channel *c, const void *data, size_t n, int now, Err *err);
/* The next message, borrowed until the next call: 1, or 0 when none is there (in
 * the parent).  ERR_NOTFOUND at end of file. */
int channel_receive(Channel *c, const unsigned char **data, size_t *n, Err *err);
/* In the parent: waits up to so many seconds (or a signal) for one child: 1 when a
 * message, or its end, can be received without waiting. */
int channel_ready(Channel *c, double seconds, Err *err);
/* In the parent: sends what is kept and reads what is there, and waits up to so
 * many seconds (or a signal) when there is nothing to read yet. */
int channel_wait(Channel **list, size_t n, double seconds, Err *err);

/* The calls below are for channels that are not plain. */
int channel_claim(Channel *c, uint64_t number);     /* child: 1 when it may begin it */
uint64_t channel_withdraw(Channel *c);              /* parent: the number it works on */
void channel_reopen(Channel *c, uint64_t last);
uint64_t channel_at(const Channel *c);              /* the number claimed last */

/* Child: reports progress.  It sends no message and calls no kernel, so a loop can report
 * at every iteration; the parent reads the newest report. */
void channel_tell_progress(const Channel *c, const ChannelProgress *progress);
/* Parent: 1 when there is a report that it has not read. */
int channel_progress(Channel *c, ChannelProgress *out);

#endif

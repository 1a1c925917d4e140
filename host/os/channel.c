/* channel.c -- see channel.h */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "os/channel.h"
#include "os/sys.h"

enum { HEAD = 4, CHUNK = 64 * 1024, SPIN_CHANNELS = 8, LOOKS = 16, SKIP_MAX = 256 };

static const double SPIN_SECONDS = 120e-6;

/* The memory that both processes see. */
struct Shared {
    _Atomic uint64_t at;
    _Atomic uint32_t up, down;          /* messages sent by the child, to it */
    _Atomic uint32_t sequence;          /* odd while the child writes its progress */
    ChannelProgress progress;
};

void
channel_init(Channel *c)
{
    *c = (Channel){.fd = -1, .other = -1};
}

int
channel_open_between(Channel *c, Err *err)
{
    int pair[2];

    channel_init(c);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return err_set(err, err_code(errno), "a pair of sockets: %s", err_reason(errno));
    c->fd = pair[0];
    c->other = pair[1];
    return OK;
}

void
channel_adopt(Channel *c, int fd)
{
    channel_init(c);
    c->fd = fd;
}

int
channel_open(Channel *c, int plain, Err *err)
{
    int rc = channel_open_between(c, err);

    c->plain = plain;
    if (rc || plain)
        return rc;
    c->shared = mmap(NULL, sizeof *c->shared, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c->shared != MAP_FAILED)
        return OK;
    c->shared = NULL;
    channel_close(c);
    return err_nomem(err);
}

void
channel_forked(Channel *c, int in_child)
{
    int kept = in_child ? c->other : c->fd;

    close(in_child ? c->fd : c->other);
    c->fd = kept;
    c->other = -1;
    c->in_child = in_child;
}

void
channel_close(Channel *c)
{
    if (c->fd >= 0)
        close(c->fd);
    if (c->other >= 0)
        close(c->other);
    if (c->shared)
        munmap(c->shared, sizeof *c->shared);
    buf_release(&c->in);
    buf_release(&c->out);
    channel_init(c);
}

/* Whether this process serves many channels, and must wait for none. */
static int
is_parent(const Channel *c)
{
    return !c->in_child && !c->plain;
}

/* -- spinning ----------------------------------------------------------------- */

/* How many messages the other process sent. */
static uint32_t
other_sent(const Channel *c)
{
    return atomic_load_explicit(c->in_child ? &c->shared->down : &c->shared->up,
                                memory_order_acquire);
}

static void
count_sent(Channel *c)
{
    if (c->shared)
        atomic_fetch_add_explicit(c->in_child ? &c->shared->up : &c->shared->down, 1,
                                  memory_order_release);
}

static int
any_sent(Channel **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (other_sent(list[i]) != list[i]->received)
            return 1;
    return 0;
}

static void
pause_cpu(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

/* Polls the counters until the deadline; whether a message came. */
static int
spin_until(Channel **list, size_t n, double deadline)
{
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (any_sent(list, n))
                return 1;
            pause_cpu();
        }
    } while (sys_mono() < deadline);
    return 0;
}

/* Before a wait that began at that time: spins when the wait is likely to be short. */
static void
spin(Channel **list, size_t n, double began)
{
    Channel *c = n ? list[0] : NULL;

    if (!c || n > SPIN_CHANNELS || !c->quick)
        return;
    for (size_t i = 0; i < n; i++)
        if (!list[i]->shared)
            return;
    if (c->skip) {
        c->skip--;
    } else if (spin_until(list, n, began + SPIN_SECONDS)) {
        c->fails = 0;
    } else {
        c->fails = c->fails ? c->fails * 2 : 4;
        if (c->fails > SKIP_MAX)
            c->fails = SKIP_MAX;
        c->skip = c->fails;
    }
}

/* After the wait: remembers whether it was short. */
static void
note_wait(Channel **list, size_t n, double began)
{
    if (n)
        list[0]->quick = sys_mono() - began < 2 * SPIN_SECONDS;
}

/* Sends what is kept: in the child all of it, in the parent what the socket takes. */
static int
flush_out(Channel *c, Err *err)
{
    int flags = MSG_NOSIGNAL | (is_parent(c) ? MSG_DONTWAIT : 0);

    while (c->sent < c->out.len) {
        ssize_t put = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, flags);

        if (put > 0)
            c->sent += (size_t)put;
        else if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return OK;
        else if (put < 0 && errno != EINTR)
            return err_set(err, ERR_IO, "channel: %s", err_reason(errno));
    }
    if (c->out.len)
        count_sent(c);
    c->out.len = c->sent = 0;
    return OK;
}

int
channel_send(Channel *c, const void *data, size_t n, int now, Err *err)
{
    unsigned char head[HEAD];

    if (n > CHANNEL_MESSAGE_MAX)
        return err_set(err, ERR_INVAL, "channel: a message of %zu bytes is too long", n);
    for (int i = 0; i < HEAD; i++)
        head[i] = (unsigned char)(n >> (8 * i));
    if (buf_reserve(&c->out, n + HEAD) || buf_put(&c->out, head, HEAD) ||
        buf_put(&c->out, data, n))
        return err_nomem(err);
    return now ? flush_out(c, err) : OK;
}

/* Reads once; 1 when something came, 0 when nothing is there (without waiting). */
static int
fill(Channel *c, int flags, Err *err)
{
    ssize_t got;

    if (c->parsed) {            /* the messages that were received make room */
        memmove(c->in.data, c->in.data + c->parsed, c->in.len - c->parsed);
        c->in.len -= c->parsed;
        c->parsed = 0;
    }
    if (buf_reserve(&c->in, CHUNK))
        return err_nomem(err);
    if (c->shared)
        c->received = other_sent(c);    /* before the read: what comes later is counted later */
    do
        got = recv(c->fd, c->in.data + c->in.len, c->in.cap - c->in.len, flags);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        c->in.len += (size_t)got;
    else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        c->ended = 1;
    return got > 0;
}

/* The same in the child, which waits. */
static int
fill_waiting(Channel *c, Err *err)
{
    double began;
    int rc;

    if (c->plain)
        return fill(c, 0, err);
    began = sys_mono();
    spin(&c, 1, began);
    rc = fill(c, 0, err);
    note_wait(&c, 1, began);
    return rc;
}

/* Whether a whole message waits; *n is its size. */
static int
next_message(const Channel *c, size_t *n, Err *err)
{
    const unsigned char *head = c->in.data + c->parsed;
    size_t have = c->in.len - c->parsed;

    *n = 0;
    if (have < HEAD)
        return 0;
    for (int i = 0; i < HEAD; i++)
        *n |= (size_t)head[i] << (8 * i);
    if (*n > CHANNEL_MESSAGE_MAX)
        return err_set(err, ERR_CORRUPT, "channel: a message of %zu bytes is too long", *n);
    return have - HEAD >= *n;
}

int
channel_receive(Channel *c, const unsigned char **data, size_t *n, Err *err)
{
    int rc;

    while ((rc = next_message(c, n, err)) == 0) {
        if (c->ended)
            return err_set(err, ERR_NOTFOUND, "channel: the other process has ended");
        if (is_parent(c))
            return 0;
        if ((rc = fill_waiting(c, err)) < 0)
            return rc;
    }
    if (rc < 0)
        return rc;
    *data = c->in.data + c->parsed + HEAD;
    c->parsed += HEAD + *n;
    return 1;
}

/* Reads all that is there. */
static int
drain(Channel *c, Err *err)
{
    int rc;

    while ((rc = fill(c, MSG_DONTWAIT, err)) == 1 && c->in.len == c->in.cap)
        ;
    return rc < 0 ? rc : OK;
}

int
channel_wait(Channel **list, size_t n, double seconds, Err *err)
{
    struct pollfd fds[CHANNEL_WAIT_MAX];
    double limit = seconds < 0 ? 0 : seconds > 3600 ? 3600 : seconds, began = sys_mono();
    int rc = OK, got, timeout = interrupt_slice(interrupt_here(), (int)(limit * 1e3 + 0.999));

    if (n > CHANNEL_WAIT_MAX)
        return err_set(err, ERR_INVAL, "more than %d workers", CHANNEL_WAIT_MAX);
    for (size_t i = 0; i < n; i++) {
        Channel *c = list[i];

        if (c->out.len && flush_out(c, NULL))
            c->out.len = c->sent = 0;           /* its end will be read */
        fds[i] = (struct pollfd){c->ended ? -1 : c->fd,
                                 (short)(POLLIN | (c->out.len ? POLLOUT : 0)), 0};
    }
    if (timeout)
        spin(list, n, began);
    got = poll(fds, n, timeout);
    if (timeout)
        note_wait(list, n, began);
    if (got < 0)
        return errno == EINTR ? OK : err_set(err, ERR_IO, "poll: %s", err_reason(errno));
    for (size_t i = 0; i < n && rc == OK; i++) {
        if (fds[i].revents & POLLOUT && flush_out(list[i], NULL))
            list[i]->out.len = list[i]->sent = 0;
        if (fds[i].revents & (POLLIN | POLLHUP | POLLERR))
            rc = drain(list[i], err);
    }
    return rc;
}

int
channel_ready(Channel *c, double seconds, Err *err)
{
    struct pollfd one = {c->fd, POLLIN, 0};
    int rc;
    size_t n;

    if (c->ended || (rc = next_message(c, &n, err)) > 0)
        return 1;
    if (rc < 0)
        return rc;
    if (c->plain)               /* what it sends comes whole, or its end does */
        return poll(&one, 1, interrupt_slice(interrupt_here(), (int)(seconds * 1e3))) > 0;
    if ((rc = channel_wait(&c, 1, seconds, err)))
        return rc;
    return next_message(c, &n, err) ? 1 : c->ended;
}

/* -- requests sent ahead -------------------------------------------------------- */

int
channel_claim(Channel *c, uint64_t number)
{
    uint64_t before = 2 * (number - 1);

    return atomic_compare_exchange_strong(&c->shared->at, &before, 2 * number);
}

uint64_t
channel_withdraw(Channel *c)
{
    return atomic_fetch_or(&c->shared->at, 1) / 2;
}

void
channel_reopen(Channel *c, uint64_t last)
{
    atomic_store(&c->shared->at, 2 * last);
}

uint64_t
channel_at(const Channel *c)
{
    return atomic_load(&c->shared->at) / 2;
}

/* -- progress ------------------------------------------------------------------ */

void
channel_tell_progress(const Channel *c, const ChannelProgress *progress)
{
    atomic_fetch_add(&c->shared->sequence, 1);
    c->shared->progress = *progress;
    atomic_thread_fence(memory_order_release);
    atomic_fetch_add(&c->shared->sequence, 1);
}

int
channel_progress(Channel *c, ChannelProgress *out)
{
    uint32_t sequence = atomic_load(&c->shared->sequence);

    if (sequence == c->seen_progress || sequence % 2)
        return 0;
    *out = c->shared->progress;
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load(&c->shared->sequence) != sequence)
        return 0;               /* it is being written: the next call has it */
    c->seen_progress = sequence;
    return 1;
}

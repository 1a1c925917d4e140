/* server.c -- see server.h */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server_core.h"

static const double TICK = 0.1;         /* seconds between two looks at the clock */
enum { MOST_WAIT = 2000000 };           /* seconds for a request: milliseconds fit an int */

/* ---- the clock ---- */

/* The oldest request of a line if it waited for too long, settled; the connection to resume. */
static struct MHD_Connection *
expire(Server *s, Line *line, double now)
{
    Request *r = line->first;
    struct MHD_Response *response;

    if (!r || now - r->arrived < s->limits.timeout)
        return NULL;
    response = reply_error("TIMEOUT", "the server had no time for this request; send "
                           "fewer rows at a time, or try again later");
    s->counts[COUNT_LATE]++;
    server_set_sending(s, r, 0);
    return server_settle(s, r, 504, response);
}

static void
end_late(Server *s, double now)
{
    struct MHD_Connection *c;

    do {
        pthread_mutex_lock(&s->lock);
        c = expire(s, &s->taken, now);
        if (!c)
            c = expire(s, &s->queued, now);
        pthread_mutex_unlock(&s->lock);
        if (c)
            MHD_resume_connection(c);
    } while (c);
}

static void *
run_clock(void *server)
{
    Server *s = server;
    char slow[1200];
    size_t n_slow = reply_bytes(slow, sizeof slow, 408, "TIMEOUT",
                                "the body did not arrive in time");
    struct timespec at;
    int ends;

    do {
        double now = monotonic_seconds();

        end_late(s, now);
        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_nsec += (long)(TICK * 1e9);
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        pthread_mutex_lock(&s->lock);
        s->counts[COUNT_SLOW_BODY] += peers_expire(&s->peers, now, slow, n_slow);
        if (!s->closing)
            pthread_cond_timedwait(&s->ends, &s->lock, &at);
        ends = s->closing;
        pthread_mutex_unlock(&s->lock);
    } while (!ends);
    return NULL;
}

/* ---- life ---- */

static int
start_daemon(Server *s)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    /* on_accept keeps the limit, and see to it that a new client gets in */
    unsigned most = (unsigned)s->limits.connections * 2 + 64 * (unsigned)s->limits.threads;

    if (s->listener.is_v6)
        flags |= MHD_USE_IPv6;
    s->daemon = MHD_start_daemon(
        flags, 0, server_on_accept, s, server_on_request, s,
        MHD_OPTION_LISTEN_SOCKET, s->listener.fd,
        MHD_OPTION_THREAD_POOL_SIZE, s->limits.threads > 1 ? (unsigned)s->limits.threads : 0u,
        MHD_OPTION_CONNECTION_LIMIT, most,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->limits.max_head,
        MHD_OPTION_NOTIFY_COMPLETED, server_on_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, server_on_connection, s, MHD_OPTION_END);
    return s->daemon != NULL;
}

static int
start_clock(Server *s)
{
    s->has_clock = pthread_create(&s->clock, NULL, run_clock, s) == 0;
    return s->has_clock;
}

/* A descriptor for each connection and for those that are being closed, and some for the rest of
 * the process. */
static int
affordable(int connections)
{
    struct rlimit most;

    if (getrlimit(RLIMIT_NOFILE, &most) || most.rlim_cur == RLIM_INFINITY)
        return connections;
    if (most.rlim_cur < (rlim_t)connections * 4 / 3 + 64)
        connections = most.rlim_cur > 128 ? ((int)most.rlim_cur - 64) * 3 / 4 : 48;
    return connections;
}

static int
init(Server *s, const ServerLimits *limits)
{
    pthread_condattr_t attributes;

    s->limits = *limits;
    s->limits.connections = affordable(limits->connections);
    s->owner = getpid();
    s->event = s->listener.fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&s->ends, &attributes);
    pthread_condattr_destroy(&attributes);
    s->token = limits->token ? strdup(limits->token) : NULL;
    s->open = strdup(limits->open ? limits->open : "");
    s->live = strdup(limits->live ? limits->live : "");
    s->starting = limits->starting;
    s->live_text = limits->starting ? strdup("{\"live\":true}\n") : NULL;
    s->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return s->event >= 0 && s->open && s->live && (s->token || !limits->token);
}

int
server_open(Server **out, const char *host, int port, const ServerLimits *limits, Err *err)
{
    Server *s = calloc(1, sizeof *s);
    sigset_t all, before;
    int code = OK;

    if (!s)
        return err_nomem(err);
    if (!init(s, limits))
        code = err_nomem(err);
    else
        code = listener_open(&s->listener, host, port, err);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (code == OK && (!start_daemon(s) || !start_clock(s)))
        code = err_set(err, ERR_IO, "the threads of the server cannot be started: %s",
                       strerror(errno));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code)
        server_close(s);
    else
        *out = s;
    return code;
}

int
server_is_own(const Server *s)
{
    return s->owner == getpid();
}

int
server_ready(Server *s, const char *text)
{
    char *copy = text ? strdup(text) : NULL, *before;

    if (text && !copy)
        return 0;
    pthread_mutex_lock(&s->lock);
    s->starting = 0;
    before = s->live_text;
    s->live_text = copy;
    pthread_mutex_unlock(&s->lock);
    free(before);
    return 1;
}

void
server_drain(Server *s)
{
    struct sockaddr_storage from;
    socklen_t n;
    int fd;

    pthread_mutex_lock(&s->lock);
    s->stopping++;
    peers_hurry(&s->peers, monotonic_seconds() + LAST_CALL);
    pthread_mutex_unlock(&s->lock);
    if (s->stopping > 1)
        return;
    MHD_quiesce_daemon(s->daemon);
    /* who is connected, as far as the client can see, is answered */
    while ((fd = listener_accept(s->listener.fd, &from, &n)) >= 0)
        MHD_add_connection(s->daemon, fd, (struct sockaddr *)&from, n);
    close(s->listener.fd);
    s->listener.fd = -1;
}

int
server_counts(Server *s, int64_t counts[COUNT_KINDS], int *waiting)
{
    int n;

    pthread_mutex_lock(&s->lock);
    memcpy(counts, s->counts, sizeof s->counts);
    *waiting = s->queued.n + s->taken.n;
    n = s->peers.n;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* From here on nothing is suspended: the library wants it so at its end. */
static void
refuse_rest(Server *s)
{
    struct MHD_Connection *c;

    do {
        Request *r;

        pthread_mutex_lock(&s->lock);
        s->closing = s->stopping = 1;
        pthread_cond_signal(&s->ends);
        r = s->taken.first ? s->taken.first : s->queued.first;
        c = r ? server_settle(s, r, 503, reply_error("SERVICE_UNAVAILABLE", "the server stops"))
              : NULL;
        pthread_mutex_unlock(&s->lock);
        if (c)
            MHD_resume_connection(c);
    } while (c);
}

/* A moment for the last replies to leave. */
static void
wait_for_replies(Server *s)
{
    int busy = 1;

    for (int i = 0; i < 40 && busy; i++) {
        pthread_mutex_lock(&s->lock);
        busy = peers_busy(&s->peers);
        pthread_mutex_unlock(&s->lock);
        if (busy)
            poll(NULL, 0, 5);
    }
}

/* A submit that saw the server open may still be about to suspend. */
static void
wait_for_submits(Server *s)
{
    int reserved;

    do {
        refuse_rest(s);
        pthread_mutex_lock(&s->lock);
        reserved = s->reserved + s->queued.n;
        pthread_mutex_unlock(&s->lock);
        if (reserved)
            poll(NULL, 0, 1);
    } while (reserved);
}

void
server_close(Server *s)
{
    if (!s)
        return;
    if (!server_is_own(s))
        return;                         /* a copy: threads and lock are another process's */
    wait_for_submits(s);
    wait_for_replies(s);
    if (s->has_clock)
        pthread_join(s->clock, NULL);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);     /* closes the socket unless it was drained */
    else if (s->listener.fd >= 0)
        close(s->listener.fd);
    if (s->event >= 0)
        close(s->event);
    pthread_cond_destroy(&s->ends);
    pthread_mutex_destroy(&s->lock);
    free(s->token);
    free(s->open);
    free(s->live);
    free(s->live_text);
    free(s);
}

/* ---- the thread of Lua ---- */

static Request *
take_first(Server *s)
{
    Request *r;

    pthread_mutex_lock(&s->lock);
    r = s->queued.first;
    if (r) {
        line_remove(&s->queued, r);
        line_add(&s->taken, r);
        r->state = REQUEST_TAKEN;
        r->owners++;
    }
    s->sleeping = !r;
    s->busy_since = r ? monotonic_seconds() : 0;
    pthread_mutex_unlock(&s->lock);
    return r;
}

Request *
server_take(Server *s, double seconds)
{
    struct pollfd event = {s->event, POLLIN, 0};
    int most = seconds < MOST_WAIT ? (int)(seconds * 1000 + 0.5) : MOST_WAIT * 1000;
    uint64_t n;
    Request *r = take_first(s);

    if (r || seconds <= 0 || poll(&event, 1, most) <= 0)
        return r;
    if (read(s->event, &n, sizeof n) < 0 && errno != EAGAIN)
        return NULL;
    return take_first(s);
}

void
server_forget_body(Server *s, Request *r)
{
    pthread_mutex_lock(&s->lock);
    server_drop_body(s, r);
    pthread_mutex_unlock(&s->lock);
}

double
server_reply(Server *s, Request *r, unsigned status, struct MHD_Response *response,
             size_t n_bytes)
{
    struct MHD_Connection *c;
    double arrived = r->arrived;

    pthread_mutex_lock(&s->lock);
    c = server_settle(s, r, status, response);
    if (c)
        server_set_sending(s, r, n_bytes);
    pthread_mutex_unlock(&s->lock);
    if (c) {
        MHD_resume_connection(c);
        return monotonic_seconds() - arrived;
    }
    MHD_destroy_response(response);
    return -1;
}

void
server_release(Server *s, Request *r)
{
    struct MHD_Connection *c = NULL;

    pthread_mutex_lock(&s->lock);
    if (r->state == REQUEST_TAKEN) {
        server_set_sending(s, r, 0);
        c = server_settle(s, r, 500, reply_error("INTERNAL_ERROR", "the server gave no reply"));
    }
    pthread_mutex_unlock(&s->lock);
    if (c)
        MHD_resume_connection(c);
    server_let_go(s, r);
}

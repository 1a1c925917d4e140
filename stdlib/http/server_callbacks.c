/* server_callbacks.c -- requests as they arrive, in threads of libmicrohttpd; see server_core.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_core.h"

enum { DISCARD_SECONDS = 5 };           /* a client may still send what is thrown away */

static enum MHD_Result
send_reply(Server *s, Request *r)
{
    enum MHD_Result done;

    if (!r->response)
        return MHD_NO;
    pthread_mutex_lock(&s->lock);
    if (s->stopping)
        MHD_add_response_header(r->response, "Connection", "close");
    pthread_mutex_unlock(&s->lock);
    done = MHD_queue_response(r->connection, r->status, r->response);
    MHD_destroy_response(r->response);
    r->response = NULL;
    return done;
}

/* ---- refusals ---- */

static const char BUSY[] = "SERVICE_UNAVAILABLE",
                  TOO_MANY[] = "too many requests wait for their reply; try again in a second";

static void
count(Server *s, ServerCount kind)
{
    pthread_mutex_lock(&s->lock);
    s->counts[kind]++;
    pthread_mutex_unlock(&s->lock);
}

/* Replies by hand while the body is still coming: the library takes a reply before a body or after
 * it, and closing with bytes unread would take the reply from the client.  What still comes is
 * thrown away, for a while. */
static void
send_by_hand(Server *s, Request *r, unsigned status, const char *code, const char *message)
{
    char text[1200];
    size_t n = reply_bytes(text, sizeof text, status, code, message);
    double now = monotonic_seconds();

    pthread_mutex_lock(&s->lock);
    r->state = REQUEST_DISCARDED;
    server_drop_body(s, r);
    if (r->peer) {
        peer_set(r->peer, PEER_SENDING, now, now + DISCARD_SECONDS);
        if (send(r->peer->fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
            s->counts[COUNT_BYTES_OUT] += (int64_t)n;
        shutdown(r->peer->fd, SHUT_WR);
    }
    pthread_mutex_unlock(&s->lock);
}

/* The reply that it gets as soon as it is there whole. */
static void
set_reply(Server *s, Request *r, unsigned status, struct MHD_Response *response)
{
    pthread_mutex_lock(&s->lock);
    r->state = REQUEST_ANSWERED;
    r->status = status;
    r->response = response;
    server_set_sending(s, r, 0);
    pthread_mutex_unlock(&s->lock);
}

static void
set_error(Server *s, Request *r, unsigned status, const char *code, const char *message)
{
    struct MHD_Response *response = reply_error(code, message);

    if (response && status == 503)
        MHD_add_response_header(response, "Retry-After", "1");
    if (response && status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    set_reply(s, r, status, response);
}

/* list: " /ping /health " */
static int
is_in(const char *list, const Request *r)
{
    char path[256];

    return snprintf(path, sizeof path, " %s ", r->path) < (int)sizeof path && strstr(list, path);
}

/* Whether it replied to a question that needs no Lua: does the server live? */
static int
set_live(Server *s, Request *r)
{
    struct MHD_Response *response = NULL;
    int is_asked, is_stuck;

    is_asked = !r->has_body && is_in(s->live, r)
               && (!strcmp(r->method, "GET") || !strcmp(r->method, "HEAD"));
    pthread_mutex_lock(&s->lock);
    is_asked = is_asked && s->live_text;
    is_stuck = s->busy_since > 0
               && monotonic_seconds() - s->busy_since > 2 * s->limits.timeout;
    if (is_asked && !is_stuck)
        response = MHD_create_response_from_buffer(strlen(s->live_text), s->live_text,
                                                   MHD_RESPMEM_MUST_COPY);
    pthread_mutex_unlock(&s->lock);
    if (!is_asked)
        return 0;
    if (is_stuck) {
        set_error(s, r, 503, BUSY, "one request has taken all the time of the server");
        return 1;
    }
    if (response)
        MHD_add_response_header(response, "Content-Type", "application/json");
    set_reply(s, r, 200, response);
    return 1;
}

static int
expects(const Request *r)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Expect") != NULL;
}

/* At the head of a request, or amid its body.  A reply at the head ends the connection: without a
 * body it waits for the next call. */
static enum MHD_Result
refuse(Server *s, Request *r, unsigned status, const char *code, const char *message)
{
    if (r->has_body && (r->is_amid_body || !expects(r))) {
        send_by_hand(s, r, status, code, message);
        return MHD_YES;
    }
    set_error(s, r, status, code, message);
    return r->has_body ? send_reply(s, r) : MHD_YES;
}

static enum MHD_Result
refuse_large(Server *s, Request *r)
{
    char text[200];

    count(s, COUNT_TOO_LARGE);
    snprintf(text, sizeof text, "the body is larger than %zu bytes, the limit of this server; "
             "send fewer rows at a time", s->limits.max_body);
    return refuse(s, r, 413, "PAYLOAD_TOO_LARGE", text);
}

/* ---- arriving ---- */

static int
has_token(const Server *s, const Request *r)
{
    const char *given, *want = s->token;
    size_t n = strlen(want), differ;

    if (is_in(s->open, r))
        return 1;
    given = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Authorization");
    if (!given || strncasecmp(given, "bearer ", 7))
        return 0;
    given += 7 + strspn(given + 7, " ");
    differ = strlen(given) != n;                /* as long for every wrong token */
    for (size_t i = 0; i < n && given[i]; i++)
        differ |= (size_t)(given[i] ^ want[i]);
    return !differ;
}

static enum MHD_Result
count_value(void *n, enum MHD_ValueKind kind, const char *name, const char *value)
{
    int *found = n;

    (void)kind;
    (void)value;
    found[0] += !strcasecmp(name, "Content-Length");
    found[1] += !strcasecmp(name, "Transfer-Encoding");
    found[2] += !strcasecmp(name, "Host");
    return MHD_YES;
}

/* What of a head can be read in two ways, by a server before this one and by this one; NULL when
 * nothing can. */
static const char *
is_ambiguous(const Request *r, const char *version)
{
    int n[3] = {0};

    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, count_value, n);
    if (n[0] > 1)
        return "the request has several headers Content-Length";
    if (n[0] && n[1])
        return "the request has both Content-Length and Transfer-Encoding";
    if (n[2] != 1 && !strcmp(version, "HTTP/1.1"))
        return n[2] ? "the request has several headers Host" : "the request has no header Host";
    return NULL;
}

/* Its head is there. */
static enum MHD_Result
begin(Server *s, Request *r, const char *version)
{
    const char *bad = is_ambiguous(r, version);
    const char *length = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                     "Content-Length");
    double now = monotonic_seconds();
    unsigned long long n = length ? strtoull(length, NULL, 10) : 0;
    int starting;

    r->has_body = n > 0 || MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
                                                       "Transfer-Encoding");
    pthread_mutex_lock(&s->lock);
    s->counts[COUNT_REQUESTS]++;
    starting = s->starting;
    if (r->peer)
        peer_set(r->peer, PEER_BODY, now, now + s->limits.timeout);
    pthread_mutex_unlock(&s->lock);
    if (bad) {
        send_by_hand(s, r, 400, "BAD_REQUEST", bad);
        return MHD_YES;
    }
    if (s->token && !has_token(s, r)) {
        count(s, COUNT_TOKEN);
        return refuse(s, r, 401, "UNAUTHORIZED",
                      "this server wants the header Authorization: Bearer TOKEN with its token");
    }
    if (set_live(s, r))
        return MHD_YES;
    if (starting)
        return refuse(s, r, 503, BUSY, "the server starts; try again in a second");
    return n > s->limits.max_body ? refuse_large(s, r) : MHD_YES;
}

static enum MHD_Result
receive(Server *s, Request *r, const char *data, size_t n)
{
    size_t grown = 0;
    int is_full;

    if (r->state != REQUEST_READING)
        return MHD_YES;
    r->is_amid_body = 1;
    if (r->n_body + n > s->limits.max_body)
        return refuse_large(s, r);
    if (!request_append(r, data, n, &grown))
        return MHD_NO;
    pthread_mutex_lock(&s->lock);
    s->counts[COUNT_BYTES_IN] += (int64_t)n;
    s->memory += grown;
    is_full = s->memory > s->limits.memory;
    pthread_mutex_unlock(&s->lock);
    if (!is_full)
        return MHD_YES;
    count(s, COUNT_FULL);
    return refuse(s, r, 503, BUSY, TOO_MANY);
}

static void
wake(Server *s)
{
    uint64_t one = 1;

    if (s->sleeping && write(s->event, &one, sizeof one) < 0)
        return;                         /* it is signalled already */
    s->sleeping = 0;
}

/* The whole request is there: it waits for Lua. */
static enum MHD_Result
submit(Server *s, Request *r)
{
    int is_full, is_closing;

    if (!request_read_head(r))
        return MHD_NO;
    pthread_mutex_lock(&s->lock);
    is_closing = s->closing;
    is_full = s->queued.n + s->reserved >= s->limits.queue;
    s->reserved += !is_full && !is_closing;
    pthread_mutex_unlock(&s->lock);
    if (is_full || is_closing) {
        count(s, COUNT_FULL);
        set_error(s, r, 503, BUSY, TOO_MANY);
        return send_reply(s, r);
    }
    MHD_suspend_connection(r->connection);
    pthread_mutex_lock(&s->lock);
    s->reserved--;
    r->arrived = monotonic_seconds();
    r->state = REQUEST_QUEUED;
    line_add(&s->queued, r);
    if (r->peer)
        peer_set(r->peer, PEER_WAITING, r->arrived, 0);
    wake(s);
    pthread_mutex_unlock(&s->lock);
    return MHD_YES;
}

/* ---- what libmicrohttpd calls ---- */

enum MHD_Result
server_on_request(void *server, struct MHD_Connection *c, const char *path, const char *method,
                  const char *version, const char *data, size_t *n, void **own)
{
    Server *s = server;
    Request *r = *own;

    if (!r) {
        r = request_new(c, method, path);
        if (!r)
            return MHD_NO;
        r->server = s;
        r->peer = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
        *own = r;
        return begin(s, r, version);
    }
    if (*n) {
        size_t given = *n;

        *n = 0;
        return receive(s, r, data, given);
    }
    if (r->state == REQUEST_READING)
        return submit(s, r);
    return r->state == REQUEST_ANSWERED ? send_reply(s, r) : MHD_NO;
}

void
server_on_completed(void *server, struct MHD_Connection *c, void **own,
                    enum MHD_RequestTerminationCode how)
{
    Server *s = server;
    Request *r = *own;
    double now = monotonic_seconds();

    (void)c;
    (void)how;
    if (!r)
        return;
    *own = NULL;
    pthread_mutex_lock(&s->lock);
    r->connection = NULL;
    if (r->peer)
        peer_set(r->peer, PEER_HEAD, now, now + (s->stopping ? LAST_CALL : s->limits.idle));
    r->peer = NULL;
    pthread_mutex_unlock(&s->lock);
    server_let_go(s, r);
}

void
server_on_connection(void *server, struct MHD_Connection *c, void **own,
                     enum MHD_ConnectionNotificationCode what)
{
    Server *s = server;
    double now = monotonic_seconds();
    int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

    pthread_mutex_lock(&s->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        s->counts[COUNT_CONNECTIONS]++;
        *own = peers_add(&s->peers, fd, now, now + (s->stopping ? LAST_CALL : s->limits.idle));
    } else if (*own) {
        peers_remove(&s->peers, *own);
        *own = NULL;
    }
    pthread_mutex_unlock(&s->lock);
}

/* A new client is worth more than the one that has said nothing for longest. */
enum MHD_Result
server_on_accept(void *server, const struct sockaddr *from, socklen_t n)
{
    Server *s = server;
    int ok;

    (void)from;
    (void)n;
    pthread_mutex_lock(&s->lock);
    ok = s->peers.n < s->limits.connections || peers_make_room(&s->peers, monotonic_seconds());
    s->counts[COUNT_TURNED_AWAY] += !ok;
    pthread_mutex_unlock(&s->lock);
    return ok ? MHD_YES : MHD_NO;
}

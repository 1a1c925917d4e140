/* server_core.c -- see server_core.h */
#include <stdlib.h>

#include "server_core.h"

static const double SLOWEST = 10000;            /* bytes a second that a reader has to take */

/* ---- the lines ---- */

void
line_add(Line *line, Request *r)
{
    r->next = NULL;
    r->previous = line->last;
    if (line->last)
        line->last->next = r;
    else
        line->first = r;
    line->last = r;
    line->n++;
}

void
line_remove(Line *line, Request *r)
{
    if (r->previous)
        r->previous->next = r->next;
    else
        line->first = r->next;
    if (r->next)
        r->next->previous = r->previous;
    else
        line->last = r->previous;
    line->n--;
}

/* ---- replies: all with the lock ---- */

void
server_set_sending(Server *s, Request *r, size_t n_bytes)
{
    double now = monotonic_seconds();

    s->counts[COUNT_BYTES_OUT] += (int64_t)n_bytes;
    if (r->peer)
        peer_set(r->peer, PEER_SENDING, now, now + s->limits.timeout + (double)n_bytes / SLOWEST);
}

struct MHD_Connection *
server_settle(Server *s, Request *r, unsigned status, struct MHD_Response *response)
{
    if (r->state != REQUEST_QUEUED && r->state != REQUEST_TAKEN)
        return NULL;
    line_remove(r->state == REQUEST_QUEUED ? &s->queued : &s->taken, r);
    r->state = REQUEST_ANSWERED;
    r->status = status;
    r->response = response;
    return r->connection;
}

void
server_drop_body(Server *s, Request *r)
{
    s->memory -= r->room;
    free(r->body);
    r->body = NULL;
    r->room = r->n_body = 0;
}

void
server_let_go(Server *s, Request *r)
{
    int owners;

    pthread_mutex_lock(&s->lock);
    owners = --r->owners;
    if (owners == 0)
        server_drop_body(s, r);
    pthread_mutex_unlock(&s->lock);
    if (owners == 0)
        request_free(r);
}


/* server.h -- an HTTP server for one thread that answers.
 *
 * Threads of libmicrohttpd read requests and send replies.  A whole request waits in a line, its
 * connection suspended; the thread of Lua takes it, and what it replies resumes the connection.
 * One more thread ends what takes too long.
 *
 *     in order    server_take, server_reply, server_release    of one thread
 *     the end     server_drain (no new connections, replies close theirs), take and reply what
 *                 still comes until no connection is open, server_close (the rest is refused, 503)
 *
 * Invariants
 *   1. A connection is suspended exactly while its request is QUEUED or TAKEN.
 *   2. Whoever moves a request to ANSWERED, under the lock, resumes it, after the lock.
 *   3. Bodies hold at most `memory` bytes all together.
 *   4. All threads have all signals blocked: they are for the thread of Lua.
 *   5. Nothing here is used in a process that was forked later (server_is_own). */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdint.h>
#include <pthread.h>
#include <sys/types.h>

#include "listener.h"
#include "peers.h"
#include "request.h"

typedef struct ServerLimits {
    int threads, connections, queue;
    size_t max_body, max_head, memory;      /* bytes */
    double timeout, idle;                   /* seconds: for a body to arrive, and for a reply */
    const char *token;                      /* NULL: none is asked for */
    const char *open;                       /* " /ping /health ": paths without it */
    const char *live;                       /* paths that the threads answer themselves */
    int starting;                           /* until server_ready all others get 503 */
} ServerLimits;

typedef enum { COUNT_CONNECTIONS, COUNT_TURNED_AWAY, COUNT_REQUESTS, COUNT_TOKEN, COUNT_SLOW_BODY,
               COUNT_TOO_LARGE, COUNT_FULL, COUNT_LATE, COUNT_BYTES_IN, COUNT_BYTES_OUT,
               COUNT_KINDS } ServerCount;

typedef struct Line {
    Request *first, *last;
    int n;
} Line;

typedef struct Server {
    Listener listener;
    ServerLimits limits;
    char *token, *open, *live;              /* copies */
    char *live_text;                        /* guarded by the lock; NULL: Lua answers them */
    double busy_since;                      /* Lua has a request; 0: it waits for one */
    struct MHD_Daemon *daemon;
    pthread_t clock;
    int has_clock, event;
    pid_t owner;
    pthread_mutex_t lock;                   /* of all below */
    pthread_cond_t ends;
    int starting, sleeping, stopping, closing, reserved;
    Peers peers;
    Line queued, taken;
    size_t memory;
    int64_t counts[COUNT_KINDS];
} Server;

/* The server starts at once; *out is the caller's, for server_close. */
int server_open(Server **out, const char *host, int port, const ServerLimits *limits, Err *err);
/* NULL is allowed. */
void server_close(Server *s);
int server_is_own(const Server *s);

/* The next request, whose owner is the caller; NULL when none came in that time, or a signal. */
Request *server_take(Server *s, double seconds);
/* Replies; the response is the server's.  Seconds since the request was whole; -1: too late. */
double server_reply(Server *s, Request *r, unsigned status, struct MHD_Response *response,
                    size_t n_bytes);
/* Refuses it if there is no reply yet, and lets go of it. */
void server_release(Server *s, Request *r);

/* Its body was copied. */
void server_forget_body(Server *s, Request *r);

/* Ends the start.  text (or NULL) is JSON, the reply at the paths of live from now on; when the
 * thread of Lua had a request for longer than twice the timeout it is 503.  0: no memory. */
int server_ready(Server *s, const char *text);
void server_drain(Server *s);
/* Copies the counts; the connections that are open.  *waiting: the requests without a reply. */
int server_counts(Server *s, int64_t counts[COUNT_KINDS], int *waiting);

#endif

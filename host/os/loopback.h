/* loopback.h -- one request to a web server of this machine, by plain sockets.
 *
 *     loopback_ask -> LoopbackAnswer -> loopback_release
 *
 * HTTP/1.1 without TLS, redirections, proxies and cookies; the answer ends with its
 * Content-Length, its last chunk, or the connection.  For servers that rille has started: no
 * library has to be loaded.  The wait ends early when the engine is interrupted. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <stddef.h>

#include "base/err.h"

typedef struct LoopbackPlan {
    const char *host;               /* a number: "127.0.0.1", "::1" */
    int port;
    const char *head;               /* the request up to and with its empty line */
    size_t head_size;
    const void *body;
    size_t size;
    int milliseconds;               /* from the start to the whole answer, at most */
    size_t most;                    /* bytes of the whole answer */
} LoopbackPlan;

typedef struct LoopbackAnswer {
    int status;                     /* 200, 503... */
    char *bytes;                    /* all that came; headers and body lie in it */
    const char *headers, *body;
    size_t headers_size, body_size;
} LoopbackAnswer;

/* ERR_NOTFOUND: nobody listens there; ERR_CANCELLED; ERR_IO: no answer in that time, or none of
 * HTTP.  On an error there is nothing to release. */
int loopback_ask(LoopbackAnswer *out, const LoopbackPlan *plan, Err *err);
void loopback_release(LoopbackAnswer *answer);

#endif

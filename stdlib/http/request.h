/* request.h -- a request on its way: what arrived, and the reply.
 *
 *     READING -> QUEUED -> TAKEN -> ANSWERED          by Lua
 *        |         +---------+----> ANSWERED          in time by nobody: 504
 *        +-------> DISCARDED                          refused while its body was still coming
 *
 * Two own it: the connection, from its head on until it was sent, and Lua, once it took it.  The
 * state, the reply and the count of owners are guarded by the lock of the server. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stddef.h>
#include <microhttpd.h>

typedef enum { REQUEST_READING, REQUEST_QUEUED, REQUEST_TAKEN, REQUEST_ANSWERED,
               REQUEST_DISCARDED } RequestState;

/* Names and values, one after the other, each with its zero; n pairs. */
typedef struct Pairs {
    char *text;
    size_t size, room;
    int n, failed;
} Pairs;

typedef struct Request {
    struct Server *server;
    struct MHD_Connection *connection;      /* NULL once it is over */
    struct Peer *peer;
    RequestState state;
    int owners, has_body;
    int is_amid_body;                       /* bytes of it came: a reply is sent by hand */
    char *method, *path;
    Pairs headers, query;
    char *body;
    size_t n_body, room;
    double arrived;                         /* whole */
    unsigned status;
    struct MHD_Response *response;
    struct Request *next, *previous;        /* of those that wait for a reply */
} Request;

/* NULL when memory ran out. */
Request *request_new(struct MHD_Connection *c, const char *method, const char *path);
void request_free(Request *r);
/* Copies headers and query, for the connection's memory goes away; 0 when memory ran out. */
int request_read_head(Request *r);
/* Adds to the body; 0 when memory ran out.  *grown is by how much its memory grew. */
int request_append(Request *r, const char *data, size_t n, size_t *grown);

/* A reply in JSON with the message and an error code; NULL when memory ran out. */
struct MHD_Response *reply_error(const char *code, const char *message);
/* The same as bytes to send by hand, for a connection that is then closed; their number. */
size_t reply_bytes(char *to, size_t size, unsigned status, const char *code, const char *message);

#endif

/* server_core.h -- what the parts of the server share, and nobody else. */
#ifndef HTTP_SERVER_CORE_H
#define HTTP_SERVER_CORE_H

#include "server.h"

/* Seconds in which a connection has to begin a request once the server stops. */
#define LAST_CALL 0.3

void line_add(Line *line, Request *r);
void line_remove(Line *line, Request *r);

/* With the lock: counts the bytes, and says until when they have to be read. */
void server_set_sending(Server *s, Request *r, size_t n_bytes);
/* With the lock: the reply of a request that waits.  The connection to resume after the lock; NULL
 * when it had its reply. */
struct MHD_Connection *server_settle(Server *s, Request *r, unsigned status,
                                     struct MHD_Response *response);
/* With the lock: gives back the memory of the body. */
void server_drop_body(Server *s, Request *r);
/* One owner less; the last one frees it. */
void server_let_go(Server *s, Request *r);

/* ---- server_callbacks.c: what libmicrohttpd calls ---- */
enum MHD_Result server_on_request(void *server, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *n, void **own);
void server_on_completed(void *server, struct MHD_Connection *c, void **own,
                         enum MHD_RequestTerminationCode how);
void server_on_connection(void *server, struct MHD_Connection *c, void **own,
                          enum MHD_ConnectionNotificationCode what);
enum MHD_Result server_on_accept(void *server, const struct sockaddr *from, socklen_t n);

#endif

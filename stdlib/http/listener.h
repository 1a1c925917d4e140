/* listener.h -- the socket at which a server is reached. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

#include <sys/socket.h>

#include "base/err.h"

typedef struct Listener {
    int fd;
    int port;                   /* the one that the system chose where 0 was asked for */
    char host[64];              /* the address as numbers */
    int is_v6;
} Listener;

/* Binds and listens, closed in programs that are started.  host: a name or an address.  ERR_BUSY
 * when another socket has the port; ERR_INVAL for a host that this machine does not have. */
int listener_open(Listener *l, const char *host, int port, Err *err);

/* The next connection that waits there, and who it is of; -1 when none does. */
int listener_accept(int fd, struct sockaddr_storage *from, socklen_t *n);

#endif

/* listener.c -- see listener.h */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listener.h"

static int
refuse(const char *host, int port, int number, Err *err)
{
    if (number == EADDRINUSE)
        return err_set(err, ERR_BUSY, "port %d of %s is in use by another program", port, host);
    if (number == EADDRNOTAVAIL)
        return err_set(err, ERR_INVAL, "%s is not an address of this machine", host);
    if (number == EACCES)
        return err_set(err, ERR_IO, "port %d of %s: only root may listen below port 1024", port,
                       host);
    return err_set(err, ERR_IO, "%s, port %d: %s", host, port, strerror(number));
}

static void
read_address(Listener *l)
{
    struct sockaddr_storage at;
    socklen_t n = sizeof at;
    char port[16];

    if (getsockname(l->fd, (struct sockaddr *)&at, &n)
        || getnameinfo((struct sockaddr *)&at, n, l->host, sizeof l->host, port, sizeof port,
                       NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    l->port = at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
                                       : ntohs(((struct sockaddr_in *)&at)->sin_port);
    l->is_v6 = at.ss_family == AF_INET6;
}

static int
bind_to(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, saved;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int
listener_open(Listener *l, const char *host, int port, Err *err)
{
    struct addrinfo hints = {0}, *list;
    char text[16];
    int code;

    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    snprintf(text, sizeof text, "%d", port);
    code = getaddrinfo(host, text, &hints, &list);
    if (code)
        return err_set(err, ERR_INVAL, "host %s: %s", host, gai_strerror(code));
    l->fd = bind_to(list);
    code = errno;
    freeaddrinfo(list);
    if (l->fd < 0)
        return refuse(host, port, code, err);
    read_address(l);
    return OK;
}

int
listener_accept(int fd, struct sockaddr_storage *from, socklen_t *n)
{
    *n = sizeof *from;
    return accept4(fd, (struct sockaddr *)from, n, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

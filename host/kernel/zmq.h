/* zmq.h -- the functions of libzmq that a kernel uses.  The library is opened when a kernel starts:
 * no other command loads it, and the build does not need it.  What is declared here has the numbers
 * of its stable binary interface (libzmq.so.5, since 2015). */
#ifndef KERNEL_ZMQ_H
#define KERNEL_ZMQ_H

#include <stddef.h>

#include "base/err.h"

enum { ZMQ_PAIR = 0, ZMQ_PUB = 1, ZMQ_REP = 4, ZMQ_ROUTER = 6 };                /* sockets */
enum { ZMQ_LINGER = 17, ZMQ_SNDHWM = 23, ZMQ_RCVHWM = 24, ZMQ_ROUTER_HANDOVER = 56 };
enum { ZMQ_DONTWAIT = 1, ZMQ_SNDMORE = 2, ZMQ_POLLIN = 1 };

typedef struct ZmqPoll {
    void *socket;                       /* NULL: fd is looked at */
    int fd;
    short events, revents;
} ZmqPoll;

typedef struct ZmqPart {
    _Alignas(void *) unsigned char private[64];
} ZmqPart;

typedef struct Zmq {
    void *(*ctx_new)(void);
    int (*ctx_term)(void *context);
    void *(*socket)(void *context, int kind);
    int (*setsockopt)(void *socket, int option, const void *value, size_t size);
    int (*bind)(void *socket, const char *address);
    int (*connect)(void *socket, const char *address);
    int (*close)(void *socket);
    int (*send)(void *socket, const void *bytes, size_t n, int flags);
    int (*poll)(ZmqPoll *items, int n, long milliseconds);
    int (*msg_init)(ZmqPart *part);
    int (*msg_recv)(ZmqPart *part, void *socket, int flags);
    void *(*msg_data)(ZmqPart *part);
    size_t (*msg_size)(const ZmqPart *part);
    int (*msg_more)(const ZmqPart *part);
    int (*msg_close)(ZmqPart *part);
    int (*last_error)(void);
    const char *(*strerror)(int number);
} Zmq;

/* ERR_NOTFOUND with what to install. */
int zmq_load(Zmq *zmq, Err *err);

#endif

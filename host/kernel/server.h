/* server.h -- a Jupyter kernel's five sockets, and the thread that answers while code runs.
 *
 *     shell      the thread of the Lua state: server_receive, server_reply
 *     stdin      the same
 *     control    the thread of the server, which answers kernel_info_request and
 *                interrupt_request itself and hands on the others, to server_receive
 *     iopub      the thread of the server, for both; also what is printed (output.h)
 *     heartbeat  the thread of the server: an echo
 *
 * The two threads share a pair of sockets within the process, and nothing else: what the state's
 * thread publishes goes through it, and that thread waits until it is done.  So messages and what
 * is printed are published in the order in which the code of a cell made them.
 *
 * An interrupt is a SIGINT to the process, or to its group where that is its own: an interrupt by
 * signal of the front end is the same.  When the process ends that started the kernel, code that
 * runs is interrupted and server_receive returns SERVER_ALONE. */
#ifndef KERNEL_SERVER_H
#define KERNEL_SERVER_H

#include <pthread.h>
#include <semaphore.h>

#include "kernel/output.h"
#include "kernel/wire.h"

typedef struct ServerPlan {
    const char *transport, *ip;         /* "tcp" and an address, "ipc" and a path */
    int shell, control, iopub, stdin_, heartbeat;       /* ports */
    const char *key, *session;
    Text info;                          /* content of kernel_info_reply */
    long parent;                        /* the process that started this one, or 0 */
} ServerPlan;

typedef enum ServerGot { SERVER_NOTHING, SERVER_SHELL, SERVER_CONTROL, SERVER_ALONE } ServerGot;

typedef struct Server {
    Wire wire;
    Output output;
    Buf info;
    void *shell, *input, *mine;         /* of the state's thread; mine: its end of the pair */
    void *control, *iopub, *heartbeat, *other;  /* of the server's thread */
    int parent;                         /* a descriptor of that process, or -1 */
    pthread_t thread;
    sem_t done;                         /* one for each order that the thread has carried out */
    int is_running;
} Server;

/* Opens the sockets and starts the thread.  From then on what is printed are messages. */
int server_open(Server *s, const ServerPlan *plan, Err *err);
/* What waits is sent, at most for a second; a Server of {0} is closed. */
void server_close(Server *s);
/* The next request; without `wait` SERVER_NOTHING when there is none. */
ServerGot server_receive(Server *s, Frames *out, Parts *parts, int wait);
/* Answers the request that f and parts are, on the channel that it came from. */
int server_reply(Server *s, ServerGot from, const Frames *f, const Parts *parts, const char *type,
                 Text content);
/* Asks who sent the request something, on stdin. */
int server_question(Server *s, const Frames *f, const Parts *parts, const char *type, Text content);
/* Publishes on iopub. */
int server_publish(Server *s, const char *type, Text parent, Text content);
/* Who asked for what is printed from now on. */
int server_set_parent(Server *s, Text header);

#endif

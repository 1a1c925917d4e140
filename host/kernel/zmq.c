/* zmq.c -- see zmq.h */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "kernel/zmq.h"

static const char LIBRARY[] = "libzmq.so.5";

/* In the order of the fields of Zmq. */
static const char *const names[] = {
    "ctx_new", "ctx_term", "socket", "setsockopt", "bind", "connect", "close", "send", "poll",
    "msg_init", "msg_recv", "msg_data", "msg_size", "msg_more", "msg_close", "errno", "strerror"};

enum { N_NAMES = sizeof names / sizeof *names };

_Static_assert(sizeof(Zmq) == N_NAMES * sizeof(void *), "a field of Zmq for each name");

/* It stays loaded: it has threads of its own. */
int
zmq_load(Zmq *zmq, Err *err)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE), *found[N_NAMES];
    char name[64];

    if (!library)
        return err_set(err, ERR_NOTFOUND,
                       "%s is not installed (Debian: apt-get install libzmq5)", LIBRARY);
    for (int i = 0; i < N_NAMES; i++) {
        snprintf(name, sizeof name, "zmq_%s", names[i]);
        found[i] = dlsym(library, name);
        if (!found[i])
            return err_set(err, ERR_NOTFOUND, "%s has no %s; install a newer libzmq", LIBRARY,
                           name);
    }
    memcpy(zmq, found, sizeof found);
    return OK;
}

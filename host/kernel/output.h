/* output.h -- what the process prints, as messages: its descriptors 1 and 2 are pipes, which
 * programs that it starts and modules in C print into, too.
 *
 * What was printed is published at once, but not oftener than each OUTPUT_EVERY milliseconds:
 * front ends drop messages that come by thousands.  A character that is cut at the end of a piece
 * waits for its rest.  Owned by the thread of the server (server.h), but for output_open and
 * output_close. */
#ifndef KERNEL_OUTPUT_H
#define KERNEL_OUTPUT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "kernel/wire.h"

enum { OUTPUT_EVERY = 50 };

typedef struct Output {
    int pipes[2];                       /* the ends that are read, of standard output and error */
    int before[2];                      /* what 1 and 2 were, for output_close */
    Wire *wire;
    void *iopub;
    Buf parent;                         /* header of the request whose code prints; empty: {} */
    Buf text;                           /* that is not published yet */
    int stream;                         /* which it belongs to, 0 or 1 */
    int64_t published;                  /* when, in milliseconds */
} Output;

/* Descriptors 1 and 2 become pipes, 0 has nothing to read. */
int output_open(Output *o, Wire *wire, Err *err);
/* They are as they were. */
void output_close(Output *o);
/* Reads what there is; publishes it when its time has come. */
void output_take(Output *o);
/* Milliseconds until output_take has something to publish; -1: nothing waits. */
int output_wait(const Output *o);
/* Reads what there is and publishes all. */
void output_drain(Output *o);
/* Who asked for what is printed from now on. */
void output_set_parent(Output *o, Text header);
/* Publishes a message of the kernel. */
void output_publish(Output *o, const char *type, Text parent, Text content);

#endif

/* input.h -- standard input of a cell: each line is asked of the front end, by an input_request on
 * the stdin socket.  Where the front end does not answer questions, reading says so on standard
 * error and finds the end of the file. */
#ifndef KERNEL_INPUT_H
#define KERNEL_INPUT_H

#include <stdio.h>

#include "base/buf.h"
#include "kernel/server.h"

typedef struct Input {
    Server *server;
    const Frames *request;              /* whose code runs */
    const Parts *parts;
    int may;                            /* the front end answers questions */
    Buf line;                           /* of the last answer, from `at` on */
    size_t at;
} Input;

/* A stream that reads so; NULL: out of memory.  The Input outlives it. */
FILE *input_stream(Input *in);
void input_release(Input *in);

#endif

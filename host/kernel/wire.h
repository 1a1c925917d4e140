/* wire.h -- messages of the Jupyter protocol: signed lists of frames on sockets of libzmq.
 *
 *     identity ...   of who asked, none on iopub but a topic
 *     <IDS|MSG>
 *     signature      HMAC-SHA256 of the four frames below, in hexadecimal; empty without a key
 *     header         {"msg_id", "session", "username", "date", "msg_type", "version"}
 *     parent header  the header of the request, {} without one
 *     metadata       an object
 *     content        an object
 *     buffer ...     not used
 *
 * Invariants
 *   1. A message whose signature is wrong, whose frames are too few or whose header is not a JSON
 *      object with a msg_type is nobody's: wire_receive drops it, and says so on the log.
 *   2. A socket belongs to one thread at a time; the Wire itself is only read, but for its counter.
 *   3. Frames are the caller's: frames_init, frames_release. */
#ifndef KERNEL_WIRE_H
#define KERNEL_WIRE_H

#include <stdatomic.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "kernel/zmq.h"

enum { FRAMES_MOST = 32, WIRE_TEXT = 128 };

typedef struct Wire {
    Zmq zmq;
    void *context;
    char key[WIRE_TEXT];                /* "": nothing is signed */
    size_t key_len;
    char session[WIRE_TEXT];            /* of the kernel, in its headers */
    atomic_int count;                   /* of messages that it composed */
    int log;                            /* a descriptor for what is wrong with messages */
} Wire;

typedef struct Frames {
    Buf bytes;
    size_t ends[FRAMES_MOST];
    int n;
} Frames;

typedef struct Text {
    const char *p;
    size_t n;
} Text;

/* Of a message: texts in its Frames. */
typedef struct Parts {
    int n_identities;                   /* the first frames */
    Text header, parent, metadata, content;
    char type[64];                      /* msg_type of the header */
} Parts;

void frames_init(Frames *f);
void frames_release(Frames *f);
void frames_clear(Frames *f);
int frames_add(Frames *f, const void *p, size_t n);     /* 0, or ERR_NOMEM */
Text frames_at(const Frames *f, int i);

/* Reads the frames of a message, without waiting: 1, 0 when there is none, ERR_ANY when they were
 * too many (they are dropped). */
int wire_read(const Wire *w, void *socket, Frames *out);
/* Sends frames from number `first` on. */
int wire_write(const Wire *w, void *socket, const Frames *f, int first);
/* Reads a message and checks it: 1 and its parts, or 0 when there is none or it was dropped. */
int wire_receive(const Wire *w, void *socket, Frames *out, Parts *parts);
/* The parts of frames: OK, or ERR_INVAL with what is wrong. */
int wire_parts(const Wire *w, const Frames *f, Parts *out, Err *err);
/* Appends a message to frames that have its identities or topic. */
int wire_compose(Wire *w, Frames *f, const char *type, Text parent, Text metadata, Text content);
/* One line on the log. */
void wire_log(const Wire *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

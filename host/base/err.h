/* err.h -- an error: a code, and a message for people.
 *
 * A function that can fail takes an Err * as its last argument, returns 0 when
 * all is well and otherwise the (negative) code that it put there with err_set.
 * An Err owns nothing, so a longjmp over one leaks nothing.
 * Messages name the object first, lower case, no full stop.
 * The codes are those of rille.h, so the library passes them through. */
#ifndef ERR_H
#define ERR_H

enum {
    OK = 0,
    ERR_ANY = -1, ERR_NOMEM = -2, ERR_IO = -3, ERR_NOTFOUND = -4,
    ERR_EXISTS = -5, ERR_INVAL = -6, ERR_TYPE = -7, ERR_SYNTAX = -8,
    ERR_STEP = -9, ERR_CANCELLED = -10, ERR_BUSY = -11, ERR_CORRUPT = -12,
    ERR_VERSION = -13
};

typedef struct Err {
    int code;
    char msg[1024];
} Err;

/* Formats the message into *err (which may be NULL) and returns code. */
int err_set(Err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "out of memory", with its code. */
int err_nomem(Err *err);
/* As strerror; when the system has no more of something it says what to do. */
const char *err_reason(int number);
/* ERR_NOMEM when the system has no more of something (memory, descriptors, processes,
 * room for arguments), else ERR_IO. */
int err_code(int number);

#endif

/* err.c -- see err.h */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

int
err_set(Err *err, int code, const char *fmt, ...)
{
    va_list ap;

    if (err) {
        err->code = code;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
    }
    return code;
}

int
err_nomem(Err *err)
{
    return err_set(err, ERR_NOMEM, "out of memory");
}

const char *
err_reason(int number)
{
    switch (number) {
    case EMFILE:
        return "too many open files; raise the limit (ulimit -n), or close files that are not used";
    case ENFILE:
        return "too many open files in the whole system; end programs that hold many, or raise "
               "fs.file-max";
    case EAGAIN:        /* of fork; callers that wait for a file or a lock test for it first */
        return "no more processes can be started; end programs, raise the limit (ulimit -u), or "
               "run fewer steps at once (-j)";
    case ENOMEM:
        return "the system is out of memory; end programs, or run fewer steps at once (-j)";
    default:
        return strerror(number);
    }
}

int
err_code(int number)
{
    return number == EMFILE || number == ENFILE || number == ENOMEM || number == EAGAIN
            || number == E2BIG ? ERR_NOMEM : ERR_IO;
}

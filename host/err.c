/* err.c -- see err.h */
#include <stdarg.h>
#include <stdio.h>

#include "err.h"

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

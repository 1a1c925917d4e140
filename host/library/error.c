/* error.c -- the last failure of an engine, for rille_errmsg, rille_errcode and rille_errjson. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "format/json.h"
#include "library/engine.h"

static void
forget(char **text)
{
    free(*text);
    *text = NULL;
}

int
engine_report(rille_engine *e, int code, const char *message)
{
    if (e) {
        char *long_one = strlen(message) < sizeof e->err.msg ? NULL : strdup(message);

        free(e->message);
        e->message = long_one;
        forget(&e->details);
        forget(&e->json);
    }
    return err_set(e ? &e->err : NULL, code, "%s", message);
}

int
engine_report_as(rille_engine *e, int code, const char *fmt, ...)
{
    char message[sizeof e->err.msg];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    return engine_report(e, code, message);
}

int
engine_report_err(rille_engine *e, const Err *err)
{
    return engine_report(e, err->code, err->msg);
}

int
engine_nomem(rille_engine *e)
{
    return engine_report(e, RILLE_ENOMEM, "out of memory");
}

void
engine_set_details(rille_engine *e, const char *details)
{
    forget(&e->details);
    forget(&e->json);
    if (details)
        e->details = strdup(details);
}

const char *
rille_errmsg(const rille_engine *e)
{
    return !e ? "out of memory" : e->message ? e->message : e->err.msg;
}

int
rille_errcode(const rille_engine *e)
{
    return e ? e->err.code : RILLE_ENOMEM;
}

/* Puts a text whose bytes that are no UTF-8 are replaced by "?": a name of a file may have any. */
static int
put_text(Buf *b, const char *text)
{
    size_t n = strlen(text);
    char *clean = strdup(text);
    int rc = clean ? OK : ERR_NOMEM;

    for (size_t at = 0; !rc && (at += utf8_valid(clean + at, n - at)) < n; at++)
        clean[at] = '?';
    rc = rc ? rc : json_put_string(b, clean, n);
    free(clean);
    return rc;
}

/* The last failure as JSON in memory of its own; NULL when out of memory. */
static char *
as_json(const rille_engine *e)
{
    Buf b;
    char *out = NULL;
    const char *message = rille_errmsg(e);
    int rc;

    buf_init(&b);
    rc = buf_printf(&b, "{\"status\":%d,\"message\":", rille_errcode(e));
    rc = rc ? rc : put_text(&b, message);
    if (!rc && e->details)
        rc = buf_printf(&b, ",%s", e->details);
    rc = rc ? rc : buf_puts(&b, "}");
    if (!rc && buf_cstr(&b))
        out = strdup(buf_cstr(&b));
    buf_release(&b);
    return out;
}

const char *
rille_errjson(const rille_engine *e)
{
    rille_engine *mine = (rille_engine *)(uintptr_t)e;     /* it keeps the text */

    if (e && !e->json)
        mine->json = as_json(e);
    return e && e->json ? e->json : "{\"status\":-2,\"message\":\"out of memory\"}";
}

const char *
rille_strerror(int status)
{
    switch (status) {
    case RILLE_OK: return "fine";
    case RILLE_ENOMEM: return "out of memory";
    case RILLE_EIO: return "input or output failed";
    case RILLE_ENOTFOUND: return "not found";
    case RILLE_EEXISTS: return "already exists";
    case RILLE_EINVAL: return "bad argument";
    case RILLE_ETYPE: return "wrong type";
    case RILLE_ESYNTAX: return "the script is wrong";
    case RILLE_ESTEP: return "a step failed";
    case RILLE_ECANCELLED: return "cancelled";
    case RILLE_EBUSY: return "the engine is in a call already";
    case RILLE_ECORRUPT: return "damaged data";
    case RILLE_EVERSION: return "of another version of rille";
    case RILLE_EPARAM: return "no such parameter, or one is missing";
    case RILLE_ELIMIT: return "a limit is used up";
    case RILLE_EREADONLY: return "opened for reading only";
    default: return "error";
    }
}

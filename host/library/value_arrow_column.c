/* value_arrow_column.c -- what the columns of a frame share on their way in (value_arrow.h): the
 * structs that they borrow from, the checks of an array, its nulls. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "library/value_arrow.h"
#include "library/value_parts.h"

/* Releases the structs of a holder, if they were moved to it. */
static void
release_both(void *user)
{
    ArrowHolder *holder = user;

    if (holder->array.release)
        holder->array.release(&holder->array);
    if (holder->schema.release)
        holder->schema.release(&holder->schema);
}

void
value_arrow_unreference(void *user)
{
    ArrowHolder *holder = user;

    if (--holder->references > 0)
        return;
    value_give_back(holder->e, release_both, holder);
    engine_unreference(holder->e);
    free(holder);
}

int
value_arrow_refuse(const ArrowColumn *c, int code, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return err_set(c->err, code, "%s: %s", c->label, text);
}

int
value_arrow_present(const ArrowColumn *c, int64_t row)
{
    int64_t at = c->offset + row;

    return !c->validity || (c->validity[at / 8] >> (at % 8) & 1);
}

const void *
value_arrow_buffer(const ArrowColumn *c, int64_t i)
{
    if (!c->array->buffers[i])
        value_arrow_refuse(c, ERR_INVAL, "buffer %" PRId64 " of its array is NULL", i);
    return c->array->buffers[i];
}

static int
check_buffers(const ArrowColumn *c, int64_t n)
{
    int64_t given = c->array->n_buffers;

    if (n < 0 ? given < -n || given > INT32_MAX : given != n)      /* a view's index has 32 bits */
        return value_arrow_refuse(c, ERR_INVAL, "its array has %" PRId64 " buffers; the format "
                                  "\"%.40s\" has %s%" PRId64, given, c->schema->format,
                                  n < 0 ? "at least " : "", n < 0 ? -n : n);
    if (n && !c->array->buffers)
        return value_arrow_refuse(c, ERR_INVAL, "its array has no buffers");
    return OK;
}

static int
open_validity(ArrowColumn *c)
{
    int64_t said = c->array->null_count;

    if (said < -1 || said > c->array->length)
        return value_arrow_refuse(c, ERR_INVAL, "its array has null_count %" PRId64, said);
    if (c->array->n_buffers == 0 || said == 0)
        return OK;
    c->validity = c->array->buffers[0];
    if (!c->validity && said > 0)
        return value_arrow_refuse(c, ERR_INVAL, "its array has nulls and no validity buffer");
    for (int64_t i = 0; c->validity && i < c->rows; i++)
        c->nulls += !value_arrow_present(c, i);
    return OK;
}

int
value_arrow_open(ArrowColumn *c, int64_t first, int64_t rows, int64_t n_buffers)
{
    const struct ArrowArray *a = c->array;
    int64_t end;
    int rc;

    c->rows = rows < 0 ? a->length : rows;
    c->validity = NULL;
    c->nulls = 0;
    if (a->length < 0 || a->offset < 0 || __builtin_add_overflow(a->offset, first, &c->offset)
        || __builtin_add_overflow(c->offset, c->rows, &end) || end > INT64_MAX / 16)
        return value_arrow_refuse(c, ERR_INVAL, "its array has length %" PRId64 " and offset %"
                                  PRId64, a->length, a->offset);
    if (a->length - first < c->rows)
        return value_arrow_refuse(c, ERR_INVAL, "its array has %" PRId64 " rows, and the frame "
                                  "needs %" PRId64, a->length, first + c->rows);
    if (c->rows == 0)
        return OK;
    rc = check_buffers(c, n_buffers);
    return rc ? rc : open_validity(c);
}

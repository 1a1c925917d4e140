/* value_arrow_texts.c -- columns of texts out of Arrow (value_arrow.h): with offsets of 32 or 64
 * bits, as views, and as indices into a dictionary of such texts. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "library/value_arrow.h"

enum { VIEW = 16, VIEW_INLINE = 12 };

typedef enum Layout { OFFSETS_32, OFFSETS_64, VIEWS, INDICES } Layout;

typedef struct Texts {
    const ArrowColumn *c;
    Layout layout;
    const unsigned char *first;     /* offsets, views or indices */
    const char *data;               /* of offsets; may be NULL where no text has a byte */
    const struct Texts *dictionary; /* of indices */
} Texts;

static int64_t
read_offset(const Texts *t, int64_t at)
{
    int high;

    return value_arrow_integer(t->layout == OFFSETS_32 ? 'i' : 'l', t->first, at, &high);
}

/* The text between two offsets; *n is its bytes. */
static int
between(const Texts *t, int64_t row, const char **s, int64_t *n)
{
    int64_t from = read_offset(t, t->c->offset + row), to = read_offset(t, t->c->offset + row + 1);

    if (from < 0 || to < from)
        return value_arrow_refuse(t->c, ERR_INVAL, "row %" PRId64 ": its offsets are %" PRId64
                                  " and %" PRId64, row + 1, from, to);
    if (to > from && !t->data)
        return value_arrow_refuse(t->c, ERR_INVAL, "buffer 2 of its array is NULL");
    *s = to > from ? t->data + from : "";
    *n = to - from;
    return OK;
}

/* The text of a view: { length, its bytes } or { length, 4 bytes, buffer, offset }. */
static int
viewed(const Texts *t, int64_t row, const char **s, int64_t *n)
{
    const struct ArrowArray *a = t->c->array;
    const unsigned char *view = t->first + (t->c->offset + row) * VIEW;
    int64_t size = 0, buffers = a->n_buffers - 3;
    int32_t len, buffer, offset;

    memcpy(&len, view, 4);
    memcpy(&buffer, view + 8, 4);
    memcpy(&offset, view + 12, 4);
    *n = len;
    *s = (const char *)view + 4;
    if (len >= 0 && len <= VIEW_INLINE)
        return OK;
    if (len >= 0 && buffer >= 0 && buffer < buffers && a->buffers[a->n_buffers - 1])
        memcpy(&size, (const char *)a->buffers[a->n_buffers - 1] + (size_t)buffer * 8, 8);
    if (len < 0 || offset < 0 || (int64_t)offset + len > size || !a->buffers[buffer + 2])
        return value_arrow_refuse(t->c, ERR_INVAL, "row %" PRId64 ": its view of %" PRId32
                                  " bytes at %" PRId32 " of buffer %" PRId32 " is outside of it",
                                  row + 1, len, offset, buffer);
    *s = (const char *)a->buffers[buffer + 2] + offset;
    return OK;
}

/* The text of a row; missing ones are empty. */
static int
text_at(const Texts *t, int64_t row, const char **s, int64_t *n)
{
    int64_t index;
    int high;

    *s = "";
    *n = 0;
    if (!value_arrow_present(t->c, row))
        return OK;
    if (t->layout != INDICES)
        return t->layout == VIEWS ? viewed(t, row, s, n) : between(t, row, s, n);
    index = value_arrow_integer(t->c->schema->format[0], t->first, t->c->offset + row, &high);
    if (index < 0 || index >= t->dictionary->c->rows)
        return value_arrow_refuse(t->c, ERR_INVAL, "row %" PRId64 ": index %" PRId64 " is not in "
                                  "its dictionary of %" PRId64, row + 1, index,
                                  t->dictionary->c->rows);
    return text_at(t->dictionary, index, s, n);
}

/* ---- the column ---- */

/* Fills offsets; the bytes of all texts in *all. */
static int
measure(const Texts *t, int64_t *offsets, int64_t *all)
{
    const char *s;
    int64_t n;
    int rc = OK;

    *all = 0;
    for (int64_t i = 0; !rc && i < t->c->rows; i++) {
        offsets[i] = *all;
        if ((rc = text_at(t, i, &s, &n)))
            break;
        if (utf8_valid(s, (size_t)n) < (size_t)n)
            rc = value_arrow_refuse(t->c, ERR_TYPE, "row %" PRId64 ": the text is not UTF-8",
                                    i + 1);
        else if (__builtin_add_overflow(*all, n, all) || *all >= PTRDIFF_MAX)
            rc = value_arrow_refuse(t->c, ERR_INVAL, "its texts are larger than memory");
    }
    offsets[t->c->rows] = *all;
    return rc;
}

static int
copy(const Texts *t, ValueColumn *out)
{
    size_t rows = (size_t)t->c->rows;
    int64_t all, n;
    const char *s;
    int rc;

    out->kind = COLUMN_TEXTS;
    out->offsets = malloc((rows + 1) * sizeof *out->offsets);
    if (!out->offsets)
        return err_nomem(t->c->err);
    if ((rc = measure(t, out->offsets, &all)))
        return rc;
    out->bytes = malloc((size_t)all + 1);
    if (!out->bytes)
        return err_nomem(t->c->err);
    for (size_t i = 0; i < rows; i++) {
        if ((rc = text_at(t, (int64_t)i, &s, &n)))
            return rc;
        memcpy(out->bytes + out->offsets[i], s, (size_t)n);
    }
    out->bytes[all] = 0;
    return OK;
}

/* The layout of a format of texts; -1 for another format. */
static int
layout_of(const char *format)
{
    return strcmp(format, "u") == 0 ? (int)OFFSETS_32 : strcmp(format, "U") == 0 ? (int)OFFSETS_64
           : strcmp(format, "vu") == 0 ? (int)VIEWS : -1;
}

static int
open_texts(Texts *t, ArrowColumn *c, int64_t first, int64_t rows)
{
    static const int64_t buffers[] = {3, 3, -3, 2};
    int rc = value_arrow_open(c, first, rows, buffers[t->layout]);

    t->c = c;
    if (rc || c->rows == 0)
        return rc;
    t->first = value_arrow_buffer(c, 1);
    if (!t->first)
        return c->err->code;
    if (t->layout == OFFSETS_32 || t->layout == OFFSETS_64)
        t->data = c->array->buffers[2];
    return OK;
}

/* Opens the dictionary of c in d, too. */
static int
open_dictionary(Texts *t, ArrowColumn *d, Texts *inner, const ArrowColumn *c)
{
    *d = (ArrowColumn){.label = c->label, .schema = c->schema->dictionary,
                       .array = c->array->dictionary, .err = c->err};
    if (!d->array || !d->array->release || !d->schema->release)
        return value_arrow_refuse(c, ERR_INVAL, "its dictionary is missing or was released");
    t->dictionary = inner;
    return open_texts(inner, d, 0, -1);
}

int
value_arrow_texts(ArrowColumn *c, int64_t first, int64_t rows, ValueColumn *out)
{
    const struct ArrowSchema *values = c->schema->dictionary;
    Texts t = {.c = c}, inner = {.c = NULL};
    ArrowColumn d;
    int layout, rc;

    layout = layout_of(!values ? c->schema->format : values->format ? values->format : "");
    if (layout < 0)
        return 0;
    if (values && (values->dictionary || strlen(c->schema->format) != 1
                   || !strchr("cCsSiIlL", c->schema->format[0])))
        return value_arrow_refuse(c, ERR_INVAL, "\"%.40s\" is not a format of a "
                                  "dictionary's indices", c->schema->format);
    t.layout = values ? INDICES : (Layout)layout;
    inner.layout = (Layout)layout;
    rc = open_texts(&t, c, first, rows);
    if (!rc && values)
        rc = open_dictionary(&t, &d, &inner, c);
    rc = rc ? rc : copy(&t, out);
    return rc ? rc : 1;
}

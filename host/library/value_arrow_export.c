/* value_arrow_export.c -- a frame as Arrow: rille_get_arrow.
 *
 *     f64 g, f32 f, i64 l, i32 i, u8 C, bool b; dates tsm:UTC; texts u, or U past 2 GiB
 *
 * NaN and missing dates are null; the data of a NaN that is null is NaN still.  Missing texts are
 * "", which is what a frame has of them.  Everything is copied into memory of malloc: the structs
 * need neither the values nor the engine, and any thread may release them. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/datetime.h"
#include "base/utf8.h"
#include "library/value_arrow.h"

enum { ALIGNMENT = 64 };        /* what the columnar format recommends */

/* What an array that was made here has: its buffers, at most three, are its own. */
typedef struct Exported {
    const void *buffers[3];
} Exported;

/* ---- releasing ---- */

static void
release_schema(struct ArrowSchema *s)
{
    for (int64_t i = 0; i < s->n_children; i++) {
        if (s->children[i] && s->children[i]->release)
            s->children[i]->release(s->children[i]);
        free(s->children[i]);
    }
    free(s->children);
    free(s->private_data);              /* the name */
    s->release = NULL;
}

static void
release_array(struct ArrowArray *a)
{
    Exported *own = a->private_data;

    for (int64_t i = 0; i < a->n_children; i++) {
        if (a->children[i] && a->children[i]->release)
            a->children[i]->release(a->children[i]);
        free(a->children[i]);
    }
    free(a->children);
    for (int64_t i = 0; i < a->n_buffers; i++)
        free((void *)(uintptr_t)own->buffers[i]);
    free(own);
    a->release = NULL;
}

/* ---- making ---- */

/* Fills s, without children; it can be released from here on. */
static int
make_schema(struct ArrowSchema *s, const char *format, const char *name, Err *err)
{
    char *copy = strdup(name);

    if (!copy)
        return err_nomem(err);
    *s = (struct ArrowSchema){.format = format, .name = copy, .release = release_schema,
                              .private_data = copy};
    return OK;
}

static int
make_array(struct ArrowArray *a, int64_t length, int64_t n_buffers, Err *err)
{
    Exported *own = calloc(1, sizeof *own);

    if (!own)
        return err_nomem(err);
    *a = (struct ArrowArray){.length = length, .n_buffers = n_buffers, .buffers = own->buffers,
                             .release = release_array, .private_data = own};
    return OK;
}

/* Buffer i of the array, zeroed; there is always room for one byte. */
static void *
make_buffer(struct ArrowArray *a, int i, size_t size, Err *err)
{
    size_t room = (size / ALIGNMENT + 1) * ALIGNMENT;
    void *p = aligned_alloc(ALIGNMENT, room);

    if (!p) {
        err_nomem(err);
        return NULL;
    }
    memset(p, 0, room);
    ((Exported *)a->private_data)->buffers[i] = p;
    return p;
}

/* ---- numbers and dates ---- */

static int
is_missing(const ValueColumn *c, int64_t row)
{
    const void *at = array_at(c->array, &row);

    if (c->kind == COLUMN_DATES)
        return *(const int64_t *)at == DATETIME_MISSING;
    if (c->array->type == ARRAY_F64)
        return isnan(*(const double *)at);
    return c->array->type == ARRAY_F32 && isnan(*(const float *)at);
}

/* A validity buffer, where a value is missing. */
static int
mark_missing(const ValueColumn *c, struct ArrowArray *a, Err *err)
{
    unsigned char *bits;
    int64_t n = a->length;

    for (int64_t i = 0; i < n; i++)
        a->null_count += is_missing(c, i);
    if (a->null_count == 0)
        return OK;
    bits = make_buffer(a, 0, (size_t)n / 8 + 1, err);
    if (!bits)
        return ERR_NOMEM;
    for (int64_t i = 0; i < n; i++)
        bits[i / 8] |= (unsigned char)(!is_missing(c, i) << (i % 8));
    return OK;
}

static void
copy_elements(const Array *from, unsigned char *to)
{
    size_t size = array_size(from->type);

    if (array_contiguous(from))
        memcpy(to, from->data, (size_t)from->shape[0] * size);
    else
        for (int64_t i = 0; i < from->shape[0]; i++)
            memcpy(to + (size_t)i * size, array_at(from, &i), size);
}

static void
pack_booleans(const Array *from, unsigned char *to)
{
    for (int64_t i = 0; i < from->shape[0]; i++)
        to[i / 8] |= (unsigned char)((*array_at(from, &i) != 0) << (i % 8));
}

static int
export_numbers(const ValueColumn *c, struct ArrowArray *a, Err *err)
{
    const Array *from = c->array;
    int is_bool = from->type == ARRAY_BOOL;
    size_t n = (size_t)a->length;
    void *to = make_buffer(a, 1, is_bool ? n / 8 + 1 : n * array_size(from->type), err);

    if (!to)
        return ERR_NOMEM;
    if (is_bool)
        pack_booleans(from, to);
    else
        copy_elements(from, to);
    return mark_missing(c, a, err);
}

static const char *
format_of(const ValueColumn *c, int64_t rows)
{
    static const char *const formats[] = {[ARRAY_BOOL] = "b", [ARRAY_U8] = "C", [ARRAY_I32] = "i",
                                          [ARRAY_I64] = "l", [ARRAY_F32] = "f", [ARRAY_F64] = "g"};

    if (c->kind == COLUMN_TEXTS)
        return c->offsets[rows] - c->offsets[0] <= INT32_MAX ? "u" : "U";
    return c->kind == COLUMN_DATES ? "tsm:UTC" : formats[c->array->type];
}

/* ---- texts ---- */

/* A script may have any bytes in a column of texts. */
static int
check_texts(const ValueColumn *c, int64_t rows, Err *err)
{
    for (int64_t i = 0; i < rows; i++) {
        size_t n = (size_t)(c->offsets[i + 1] - c->offsets[i]);

        if (utf8_valid(c->bytes + c->offsets[i], n) < n)
            return err_set(err, ERR_TYPE, "column \"%.80s\": row %" PRId64 ": the text is not "
                           "UTF-8, which Arrow wants", c->name, i + 1);
    }
    return OK;
}

static int
export_texts(const ValueColumn *c, struct ArrowArray *a, int is_large, Err *err)
{
    size_t n = (size_t)a->length, all = (size_t)(c->offsets[n] - c->offsets[0]);
    void *offsets = make_buffer(a, 1, (n + 1) * (is_large ? 8 : 4), err);
    char *bytes = offsets ? make_buffer(a, 2, all, err) : NULL;

    if (!bytes)
        return ERR_NOMEM;
    if (check_texts(c, a->length, err))
        return err->code;
    for (size_t i = 0; i <= n; i++) {
        int64_t at = c->offsets[i] - c->offsets[0];

        if (is_large)
            ((int64_t *)offsets)[i] = at;
        else
            ((int32_t *)offsets)[i] = (int32_t)at;
    }
    memcpy(bytes, c->bytes + c->offsets[0], all);
    return OK;
}

/* ---- frames ---- */

static int
export_column(const ValueColumn *c, int64_t rows, struct ArrowSchema *s, struct ArrowArray *a,
              Err *err)
{
    const char *format = format_of(c, rows);
    int is_text = c->kind == COLUMN_TEXTS;
    int rc = make_schema(s, format, c->name, err);

    s->flags = ARROW_FLAG_NULLABLE;
    if (!rc)
        rc = make_array(a, rows, is_text ? 3 : 2, err);
    if (rc)
        return rc;
    return is_text ? export_texts(c, a, format[0] == 'U', err) : export_numbers(c, a, err);
}

/* Empty structs for n children. */
static int
make_children(struct ArrowSchema *s, struct ArrowArray *a, size_t n, Err *err)
{
    s->children = calloc(n + 1, sizeof *s->children);
    a->children = calloc(n + 1, sizeof *a->children);
    if (!s->children || !a->children)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        s->children[i] = calloc(1, sizeof *s->children[i]);
        a->children[i] = calloc(1, sizeof *a->children[i]);
        s->n_children++;
        a->n_children++;
        if (!s->children[i] || !a->children[i])
            return err_nomem(err);
    }
    return OK;
}

static int
export_all(const ValueFrame *f, struct ArrowSchema *s, struct ArrowArray *a, Err *err)
{
    int rc = make_schema(s, "+s", "", err);

    if (!rc)
        rc = make_array(a, f->rows, 1, err);
    if (!rc)
        rc = make_children(s, a, f->n, err);
    for (size_t i = 0; !rc && i < f->n; i++)
        rc = export_column(&f->columns[i], f->rows, s->children[i], a->children[i], err);
    return rc;
}

int
value_arrow_export(const ValueFrame *f, struct ArrowSchema *schema, struct ArrowArray *array,
                   Err *err)
{
    int rc = export_all(f, schema, array, err);

    if (rc && schema->release)
        schema->release(schema);
    if (rc && array->release)
        array->release(array);
    return rc;
}

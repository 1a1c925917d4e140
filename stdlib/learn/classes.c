/* classes.c -- see classes.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classes.h"

static int
by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int
read_label(const Array *y, int64_t i, int64_t *label, Err *err)
{
    const unsigned char *p = y->data + i * y->stride[0];
    double v = learn_real(p, y->type);

    if (y->type == ARRAY_I64) {
        memcpy(label, p, sizeof *label);
        return OK;
    }
    if (isnan(v))
        return err_set(err, ERR_INVAL, "y: row %lld is NaN", (long long)i + 1);
    if (v != floor(v) || fabs(v) > 9007199254740992.0)
        return err_set(err, ERR_INVAL, "y: row %lld is %.14g; a class must be an integer",
                       (long long)i + 1, v);
    *label = (int64_t)v;
    return OK;
}

/* Moves the distinct ones of n sorted labels to the front; returns how many. */
static int
squeeze(int64_t *label, int n)
{
    int distinct = 0;

    for (int i = 0; i < n; i++)
        if (i == 0 || label[i] != label[i - 1])
            label[distinct++] = label[i];
    return distinct;
}

static int
index_rows(const Classes *c, const Array *y, int *index, Err *err)
{
    for (int64_t i = 0; i < y->shape[0]; i++) {
        const int64_t *at;
        int64_t label;

        if (read_label(y, i, &label, err))
            return err->code;
        at = bsearch(&label, c->label, (size_t)c->n, sizeof label, by_value);
        index[i] = (int)(at - c->label);
    }
    return OK;
}

static int
find(Classes *c, const Array *y, int *index, Err *err)
{
    for (int i = 0; i < c->n; i++)
        if (read_label(y, i, &c->label[i], err))
            return err->code;
    qsort(c->label, (size_t)c->n, sizeof *c->label, by_value);
    c->n = squeeze(c->label, c->n);
    if (c->n < 2)
        return err_set(err, ERR_INVAL,
                       "y: all rows are of class %lld; at least two classes are needed",
                       (long long)c->label[0]);
    return index_rows(c, y, index, err);
}

int
classes_find(Classes *out, const Array *y, int *index, Err *err)
{
    Classes c;

    if (classes_new(&c, y->type, (int)y->shape[0], err))
        return err->code;
    if (find(&c, y, index, err)) {
        classes_release(&c);
        return err->code;
    }
    *out = c;
    return OK;
}

int
classes_new(Classes *out, ArrayType type, int n, Err *err)
{
    out->type = type;
    out->n = n;
    out->label = calloc((size_t)n, sizeof *out->label);
    return out->label ? OK : err_nomem(err);
}

void
classes_release(Classes *c)
{
    free(c->label);
    c->label = NULL;
    c->n = 0;
}

/* Whether a float vector can hold the label exactly. */
static int
is_whole_double(int64_t v)
{
    return v >= -(INT64_C(1) << 53) && v <= INT64_C(1) << 53;
}

static int
label_fits(ArrayType type, int64_t v)
{
    switch (type) {
    case ARRAY_BOOL: return v == 0 || v == 1;
    case ARRAY_U8: return v >= 0 && v <= UINT8_MAX;
    case ARRAY_I32: return v >= INT32_MIN && v <= INT32_MAX;
    case ARRAY_I64: return 1;
    case ARRAY_F32: return is_whole_double(v) && (double)(float)v == (double)v;
    case ARRAY_F64: return is_whole_double(v);
    }
    return 0;
}

int
classes_valid(const Classes *c)
{
    for (int i = 0; i < c->n; i++)
        if (!label_fits(c->type, c->label[i]) || (i && c->label[i] <= c->label[i - 1]))
            return 0;
    return c->n >= 2;
}

void
classes_put(const Classes *c, int k, Array *out, int64_t i)
{
    unsigned char *p = out->data + i * out->stride[0];
    int64_t label = c->label[k];

    switch (c->type) {
    case ARRAY_BOOL:
    case ARRAY_U8: *p = (unsigned char)label; break;
    case ARRAY_I32: { int32_t v = (int32_t)label; memcpy(p, &v, sizeof v); break; }
    case ARRAY_I64: memcpy(p, &label, sizeof label); break;
    case ARRAY_F32: { float v = (float)label; memcpy(p, &v, sizeof v); break; }
    case ARRAY_F64: { double v = (double)label; memcpy(p, &v, sizeof v); break; }
    }
}

/* array_sort.c -- see array_op.h: order
 *
 * Every element becomes a 64-bit key whose unsigned order is the order wanted,
 * with its place; a radix sort over the bytes in which the keys differ is stable,
 * and the same for all types. */
#include <stdlib.h>
#include <string.h>

#include "array/array_op.h"
#include "array/array_reader.h"
#include "base/interrupt.h"

typedef struct Entry {
    uint64_t key;
    int64_t at;
} Entry;

enum { FEW = 64 };

static uint64_t
key_of_i64(int64_t x)
{
    return (uint64_t)x ^ UINT64_C(1) << 63;
}

/* NaN last; 0.0 and -0.0 are equal. */
static uint64_t
key_of_f64(double x)
{
    uint64_t bits;

    if (x != x)
        return UINT64_MAX;
    if (x == 0)
        x = 0;
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static void
set_keys(Entry *e, const Array *a)
{
    int floats = array_isfloat(a->type);
    int64_t at = 0;
    const void *x;
    Reader r;
    size_t n;

    reader_init(&r, a, floats ? ARRAY_F64 : ARRAY_I64);
    while ((x = reader_next(&r, &n)))
        for (size_t i = 0; i < n; i++, e++) {
            e->key = floats ? key_of_f64(((const double *)x)[i])
                            : key_of_i64(((const int64_t *)x)[i]);
            e->at = at++;
        }
}

static void
insertion_sort(Entry *e, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        Entry x = e[i];
        int64_t k = i;

        for (; k > 0 && e[k - 1].key > x.key; k--)
            e[k] = e[k - 1];
        e[k] = x;
    }
}

/* One stable pass over the byte at shift. */
static void
radix_pass(Entry *to, const Entry *from, int64_t n, int shift)
{
    int64_t start[256] = {0}, sum = 0;

    for (int64_t i = 0; i < n; i++)
        start[from[i].key >> shift & 255]++;
    for (int i = 0; i < 256; i++) {
        int64_t count = start[i];

        start[i] = sum;
        sum += count;
    }
    for (int64_t i = 0; i < n; i++)
        to[start[from[i].key >> shift & 255]++] = from[i];
}

/* Sorts e; room is for as many entries. */
static int
sort_entries(Entry *e, Entry *room, int64_t n, Err *err)
{
    Entry *from = e, *to = room, *swap;
    uint64_t differ = 0;

    if (n < FEW) {
        insertion_sort(e, n);
        return interrupt_poll(err);
    }
    for (int64_t i = 1; i < n; i++)
        differ |= e[i].key ^ e[0].key;
    for (int shift = 0; shift < 64; shift += 8) {
        if (!(differ >> shift & 255))
            continue;
        radix_pass(to, from, n, shift);
        if (interrupt_poll(err))
            return ERR_CANCELLED;
        swap = from;
        from = to;
        to = swap;
    }
    if (from != e)
        memcpy(e, from, (size_t)n * sizeof *e);
    return OK;
}

/* Entries for n elements and as much room again. */
static int
new_entries(Entry **out, int64_t n, Err *err)
{
    int64_t bytes;

    if (__builtin_mul_overflow(n, 2 * (int64_t)sizeof **out, &bytes))
        return err_nomem(err);
    *out = malloc(bytes ? (size_t)bytes : 1);
    return *out ? OK : err_nomem(err);
}

/* Writes the elements of a row in the order of the entries. */
static void
put_sorted(unsigned char *to, const Array *row, const Entry *e, int64_t n)
{
    size_t size = array_size(row->type);

    for (int64_t i = 0; i < n; i++, to += size)
        memcpy(to, row->data + e[i].at * row->stride[0], size);
}

static void
put_places(unsigned char *to, const Array *row, const Entry *e, int64_t n)
{
    int64_t *at = (int64_t *)(void *)to;

    (void)row;
    for (int64_t i = 0; i < n; i++)
        at[i] = e[i].at + 1;
}

/* Sorts each row (of the last axis) and puts what comes of it into o. */
static int
each_row(Array *o, const Array *a, Entry *e,
         void (*put)(unsigned char *to, const Array *row, const Entry *e, int64_t n), Err *err)
{
    int64_t len = a->shape[a->ndim - 1];
    unsigned char *to = o->data;
    Array row = *a, base = *a;
    Cursor c;

    base.shape[a->ndim - 1] = 1;
    row.ndim = 1;
    row.shape[0] = len;
    row.stride[0] = a->stride[a->ndim - 1];
    cursor_init(&c, &base);
    for (int64_t left = len ? array_count(&base) : 0; left; left--) {
        row.data = c.at;
        set_keys(e, &row);
        if (sort_entries(e, e + len, len, err))
            return ERR_CANCELLED;
        put(to, &row, e, len);
        to += len * o->stride[o->ndim - 1];
        cursor_move(&c, 1);
    }
    return OK;
}

/* Gives out what has been made, or frees it when that failed. */
static int
hand_out(Array **out, Array *made, int rc)
{
    if (rc)
        array_free(made);
    else
        *out = made;
    return rc;
}

int
array_sort(Array **out, const Array *a, Err *err)
{
    Entry *e;
    Array *o;
    int rc = new_entries(&e, a->shape[a->ndim - 1], err);

    if (rc)
        return rc;
    rc = array_make(&o, a->type, a->ndim, a->shape, err);
    if (rc == OK)
        rc = hand_out(out, o, each_row(o, a, e, put_sorted, err));
    free(e);
    return rc;
}

int
array_argsort(Array **out, const Array *a, Err *err)
{
    Entry *e;
    Array *o;
    int rc = new_entries(&e, a->shape[a->ndim - 1], err);

    if (rc)
        return rc;
    rc = array_make(&o, ARRAY_I64, a->ndim, a->shape, err);
    if (rc == OK)
        rc = hand_out(out, o, each_row(o, a, e, put_places, err));
    free(e);
    return rc;
}

int
array_unique(Array **out, const Array *a, Err *err)
{
    int64_t n = array_count(a), kept = 0;
    Array *flat, *sorted = NULL;
    Entry *e = NULL;
    int rc = array_reshape(&flat, a, 1, &n, err);

    if (rc)
        return rc;
    rc = new_entries(&e, n, err);
    if (rc == OK) {
        set_keys(e, flat);
        rc = sort_entries(e, e + n, n, err);
    }
    if (rc == OK) {
        for (int64_t i = 0; i < n; i++)
            if (kept == 0 || e[kept - 1].key != e[i].key)
                e[kept++] = e[i];
        rc = array_make(&sorted, a->type, 1, &kept, err);
    }
    if (rc == OK) {
        put_sorted(sorted->data, flat, e, kept);
        *out = sorted;
    }
    free(e);
    array_free(flat);
    return rc;
}

/* array_take.c -- see array.h: the slices of an axis at places
 *
 * A slice is copied by pieces that are dense in memory; a place is checked when its piece is
 * copied, so that the places are read once. */
#include <string.h>

#include "array/array_reader.h"

/* Pieces side by side out of a line along an axis. */
typedef struct Line {
    const ArrayPlaces *places;
    const unsigned char *from;
    int64_t stride, len;            /* along the axis, and how many are on it */
    size_t size;                    /* of a piece */
} Line;

typedef int Take(unsigned char *to, const Line *l);

static int64_t
place_at(const ArrayPlaces *p, int64_t i)
{
    uint64_t at = *(const uint64_t *)(const void *)(p->at + i * p->stride);

    return (int64_t)(at - (uint64_t)p->first);
}

/* Copies the pieces; 0, or -1 when a place is not on the axis.  By copies of the line and the
 * places, which a store through to cannot change. */
#define TAKE(NAME, SIZE)                                                          \
    static int                                                                    \
    NAME(unsigned char *to, const Line *line)                                     \
    {                                                                             \
        const ArrayPlaces p = *line->places;                                      \
        const Line l = *line;                                                     \
                                                                                  \
        for (int64_t i = 0; i < p.n; i++, to += (SIZE)) {                         \
            int64_t at = place_at(&p, i);                                         \
                                                                                  \
            if ((uint64_t)at >= (uint64_t)l.len)                                  \
                return -1;                                                        \
            memcpy(to, l.from + at * l.stride, (SIZE));                           \
        }                                                                         \
        return 0;                                                                 \
    }

TAKE(take_1, 1)
TAKE(take_4, 4)
TAKE(take_8, 8)
TAKE(take_16, 16)
TAKE(take_any, l.size)

/* Bytes of a slice that are dense; 0 when they have gaps. */
static size_t
dense_size(const Array *a, int axis)
{
    int64_t size = (int64_t)array_size(a->type);

    for (int i = a->ndim - 1; i > axis; i--) {
        if (a->shape[i] != 1 && a->stride[i] != size)
            return 0;
        size *= a->shape[i];
    }
    return (size_t)size;
}

/* Line after line, for slices that are dense from the axis on. */
static int
take_dense(Array *b, const Array *a, int axis, const ArrayPlaces *p, size_t size)
{
    Line l = {p, a->data, a->stride[axis], a->shape[axis], size};
    Take *take = size == 1 ? take_1 : size == 4 ? take_4 : size == 8 ? take_8
                 : size == 16 ? take_16 : take_any;
    unsigned char *to = b->data;
    Array base = *a;
    Cursor c;

    for (int i = axis; i < base.ndim; i++)
        base.shape[i] = 1;
    cursor_init(&c, &base);
    for (int64_t left = array_count(&base); left; left--, to += (size_t)p->n * size) {
        l.from = c.at;
        if (take(to, &l))
            return -1;
        cursor_move(&c, 1);
    }
    return 0;
}

/* Slice after slice, in any layout; the places have been checked. */
static void
take_slices(Array *b, const Array *a, int axis, const ArrayPlaces *p)
{
    Array to = *b, from = *a;

    to.shape[axis] = from.shape[axis] = 1;
    for (int64_t i = 0; i < p->n; i++) {
        to.data = b->data + i * b->stride[axis];
        from.data = a->data + place_at(p, i) * a->stride[axis];
        array_assign(&to, &from);
    }
}

int64_t
array_take_bad(const ArrayPlaces *p, int64_t n)
{
    for (int64_t i = 0; i < p->n; i++)
        if ((uint64_t)place_at(p, i) >= (uint64_t)n)
            return i;
    return -1;
}

int
array_take(Array **out, const Array *a, int axis, const ArrayPlaces *p, Err *err)
{
    int64_t shape[ARRAY_MAXDIM];
    size_t size = dense_size(a, axis);
    Array *b;
    int rc, bad;

    memcpy(shape, a->shape, sizeof shape);
    shape[axis] = p->n;
    if ((rc = array_make(&b, a->type, a->ndim, shape, err)))
        return rc;
    if (size && array_count(b)) {
        bad = take_dense(b, a, axis, p, size);
    } else {
        bad = array_take_bad(p, a->shape[axis]) >= 0;
        if (!bad)
            take_slices(b, a, axis, p);
    }
    if (bad) {
        array_free(b);
        return err_set(err, ERR_INVAL, "an index is not on the axis");
    }
    *out = b;
    return OK;
}

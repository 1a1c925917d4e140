/* join_pairs.c -- see group.h: the pairs of rows of a join */
#include <stdlib.h>
#include <string.h>

#include "frame/group_core.h"

typedef struct Sides {
    const int64_t *left, *right;        /* codes */
    int64_t nleft, nright;
    int64_t *order, *start;             /* of the right rows by code */
    char *taken;                        /* right rows that have a partner */
    Array *own[2];
} Sides;

/* How many partners a left row has; *at is the first in order. */
static int64_t
partners(const Sides *s, int64_t row, int64_t *at)
{
    int64_t code = s->left[row];

    *at = code ? s->start[code] : 0;
    return code ? s->start[code + 1] - s->start[code] : 0;
}

static int64_t
count_pairs(const Sides *s, const int keep[2])
{
    int64_t total = 0, at, left_over = s->nright;

    memset(s->taken, 0, (size_t)s->nright);
    for (int64_t i = 0; i < s->nleft; i++) {
        int64_t n = partners(s, i, &at);

        if (__builtin_add_overflow(total, n ? n : keep[0] != 0, &total))
            return -1;
        for (int64_t k = at; k < at + n && !s->taken[s->order[k] - 1]; k++, left_over--)
            s->taken[s->order[k] - 1] = 1;
    }
    if (keep[1] && __builtin_add_overflow(total, left_over, &total))
        return -1;
    return total;
}

static void
write_pairs(const Sides *s, const int keep[2], int64_t *left, int64_t *right)
{
    int64_t at;

    for (int64_t i = 0; i < s->nleft; i++) {
        int64_t n = partners(s, i, &at);

        for (int64_t k = 0; k < n; k++) {
            *left++ = i + 1;
            *right++ = s->order[at + k];
        }
        if (!n && keep[0]) {
            *left++ = i + 1;
            *right++ = 0;
        }
    }
    for (int64_t k = 0; keep[1] && k < s->nright; k++)
        if (!s->taken[k]) {
            *left++ = 0;
            *right++ = k + 1;
        }
}

static void
sides_release(Sides *s)
{
    free(s->order);
    free(s->start);
    free(s->taken);
    array_free(s->own[0]);
    array_free(s->own[1]);
}

static int
sides_init(Sides *s, const Array *lcodes, const Array *rcodes, int64_t count, Err *err)
{
    const void *left = NULL, *right = NULL;
    int rc;

    memset(s, 0, sizeof *s);
    s->nleft = lcodes->shape[0];
    s->nright = rcodes->shape[0];
    if ((rc = group_dense(&left, &s->own[0], lcodes, ARRAY_I64, err))
        || (rc = group_dense(&right, &s->own[1], rcodes, ARRAY_I64, err)))
        return rc;
    s->left = left;
    s->right = right;
    s->start = group_count_codes(right, s->nright, count);
    s->order = malloc(((size_t)s->nright + 1) * sizeof *s->order);
    s->taken = malloc((size_t)s->nright + 1);
    if (!s->start || !s->order || !s->taken)
        return err_nomem(err);
    group_place(s->order, s->start, right, s->nright);
    /* group_place moved each start to the next one's */
    memmove(s->start + 1, s->start, ((size_t)count + 1) * sizeof *s->start);
    s->start[0] = 0;
    return OK;
}

int
group_join(Array **left, Array **right, const Array *lcodes, const Array *rcodes, int64_t count,
           const int keep[2], Err *err)
{
    Array *a = NULL, *b = NULL;
    int64_t total = 0;
    Sides s;
    int rc = sides_init(&s, lcodes, rcodes, count, err);

    if (rc == OK && (total = count_pairs(&s, keep)) < 0)
        rc = err_set(err, ERR_INVAL, "the join has too many rows");
    if (rc == OK && (rc = group_vector(&a, ARRAY_I64, total, err)) == OK
        && (rc = group_vector(&b, ARRAY_I64, total, err)) == OK)
        write_pairs(&s, keep, group_ints(a), group_ints(b));
    sides_release(&s);
    if (rc) {
        array_free(a);
        array_free(b);
        return rc;
    }
    *left = a;
    *right = b;
    return OK;
}

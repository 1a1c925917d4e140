/* group_core.h -- for group*.c alone: vectors as plain C arrays, and what counting sorts
 * by code share. */
#ifndef GROUP_CORE_H
#define GROUP_CORE_H

#include "frame/group.h"

/* A contiguous vector of the type: a itself, or a copy that *own releases. */
static inline int
group_dense(const void **out, Array **own, const Array *a, ArrayType type, Err *err)
{
    int rc = OK;

    *own = NULL;
    if (a->type != type || !array_contiguous(a))
        rc = array_astype(own, a, type, err);
    if (rc == OK)
        *out = *own ? (*own)->data : a->data;
    return rc;
}

static inline int
group_vector(Array **out, ArrayType type, int64_t n, Err *err)
{
    return array_new(out, type, 1, &n, err);
}

static inline int64_t *
group_ints(Array *a)
{
    return (int64_t *)(void *)a->data;
}

static inline double *
group_floats(Array *a)
{
    return (double *)(void *)a->data;
}

/* Where the rows of each code begin when they are sorted by code, count + 2 places; the
 * caller's, or NULL without memory. */
int64_t *group_count_codes(const int64_t *code, int64_t n, int64_t count);
/* Fills order with the rows, from 1, by code; start then holds where those of each end. */
void group_place(int64_t *order, int64_t *start, const int64_t *code, int64_t n);

#endif

/* array_pairwise.c -- see array_pairwise.h */
#include "array/array_pairwise.h"

void
array_pairwise_join(Pairwise *p, double block)
{
    int level = 0;

    for (; p->blocks >> level & 1; level++)
        block = p->part[level] + block;
    p->part[level] = block;
    p->blocks++;
}

void
array_pairwise_feed(Pairwise *p, const double *x, size_t n)
{
    for (size_t len; n; x += len, n -= len) {
        len = n < PAIRWISE_BLOCK ? n : PAIRWISE_BLOCK;
        array_pairwise_join(p, array_pairwise_row(x, len));
    }
}

double
array_pairwise_sum(const Pairwise *p)
{
    double s = 0;
    int some = 0;

    for (int level = 0; p->blocks >> level; level++)
        if (p->blocks >> level & 1) {
            s = some ? p->part[level] + s : p->part[level];
            some = 1;
        }
    return s;
}

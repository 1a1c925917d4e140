/* array_pairwise.h -- the sum of doubles that arrays have, in one order whatever the layout.
 *
 * Blocks of PAIRWISE_BLOCK elements are added up as array_pairwise_row does; their sums are joined
 * as in a binary tree.  Whoever adds in another way must have the same operations in the same
 * order for each sum: results are compared to the last bit. */
#ifndef ARRAY_PAIRWISE_H
#define ARRAY_PAIRWISE_H

#include <stddef.h>
#include <stdint.h>

enum { PAIRWISE_BLOCK = 128, PAIRWISE_SUMS = 8, PAIRWISE_LEVELS = 48 };

/* part[k], where bit k of blocks is set, is the sum of 2^k blocks.  All zero bits of blocks: an
 * empty one. */
typedef struct Pairwise {
    uint64_t blocks;
    double part[PAIRWISE_LEVELS];
} Pairwise;

/* PAIRWISE_SUMS running sums and one of the last n % PAIRWISE_SUMS elements. */
static inline double
array_pairwise_row(const double *x, size_t n)
{
    double s[PAIRWISE_SUMS] = {0}, rest = 0;
    size_t i = 0;

    for (; i + PAIRWISE_SUMS <= n; i += PAIRWISE_SUMS)
        for (size_t k = 0; k < PAIRWISE_SUMS; k++)
            s[k] += x[i + k];
    for (; i < n; i++)
        rest += x[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7])) + rest;
}

/* More elements; of all but the last call a multiple of PAIRWISE_BLOCK. */
void array_pairwise_feed(Pairwise *p, const double *x, size_t n);
/* The sum of one more block. */
void array_pairwise_join(Pairwise *p, double block);
double array_pairwise_sum(const Pairwise *p);

#endif

/* blas.h -- the product of matrices by a BLAS, if the machine has one.
 *
 * libopenblas.so.0, else libblas.so.3, is opened at the first use.  Two of them, or
 * one on two kinds of processor, give results that differ in their last bits; so
 * the one that computes has a name, and who uses it must say so (a step's result
 * depends on it).  One thread is used: then a library of one name always gives the
 * same bits.  Nothing here is kept: the system counts who has a library open. */
#ifndef BLAS_H
#define BLAS_H

#include <stdint.h>

enum { BLAS_NAME = 512 };

typedef struct Blas {
    void (*gemm)(const char *, const char *, const int *, const int *, const int *,
                 const double *, const double *, const int *, const double *, const int *,
                 const double *, double *, const int *);
    char name[BLAS_NAME];       /* "FILE SIZE MTIME CONFIGURATION"; "none" without one */
} Blas;

/* 1, or 0 when there is none. */
int blas_open(Blas *out);
/* c = a b for dense row-major matrices: c is rows x columns, a rows x inner. */
void blas_multiply(const Blas *b, const double *a, const double *x, double *c,
                   const int size[3]);

#endif

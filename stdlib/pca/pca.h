/* pca.h -- the directions in which rows differ most, by LAPACK.
 *
 * The rows of a centred matrix X are decomposed by singular values (dgesvd): row i of the
 * components is the direction of the i-th greatest value s[i]; their signs are fixed: the
 * number of each that is greatest by amount is positive, of equal ones the first. */
#ifndef PCA_H
#define PCA_H

#include "array/array.h"

/* X: contiguous f64, n rows by p columns, changed by the call.  Fills component, min(n, p)
 * rows by p columns, and value, min(n, p). */
int pca_decompose(const Array *X, double *component, double *value, Err *err);

#endif

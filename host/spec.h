/* spec.h -- reading the names in a pipeline's spec, whose bytes graphlib.c makes
 * and describes. */
#ifndef SPEC_H
#define SPEC_H

#include "buf.h"
#include "db.h"
#include "err.h"

/* Appends two Slices for each node, in order: its id and its step's name; they
 * point into spec.  ERR_CORRUPT when it is not a spec of format 1 to 3. */
int spec_names(Buf *out, Slice spec, Err *err);

#endif

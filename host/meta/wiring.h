/* wiring.h -- reading the names in a pipeline's spec, whose bytes wiringlib.c makes
 * and describes. */
#ifndef WIRING_H
#define WIRING_H

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"

/* Appends two Slices for each node, in order: its id and its step's name; they
 * point into spec.  ERR_CORRUPT when it is not a spec of format 1 to 3. */
int wiring_names(Buf *out, Slice spec, Err *err);

#endif

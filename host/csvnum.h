/* csvnum.h -- numbers as people write them, exactly and in every locale.
 *
 * A number is  [+-] digits [. digits] [e [+-] digits]  with a digit on at least
 * one side of the point; "5." and ".5" count, hexadecimal, "inf" and "nan" do
 * not.  Reading gives the double nearest to the text, ties to even; writing
 * gives the shortest text that reads back as the same value. */
#ifndef CSVNUM_H
#define CSVNUM_H

#include <stdint.h>

#include "buf.h"

typedef struct CsvNumber {
    int integer;    /* no point, no exponent, and i holds it */
    int padded;     /* begins with 0 and another digit, as "007" does */
    int64_t i;
    double d;       /* always; -0.0 for "-0" */
} CsvNumber;

/* The end of the number that begins at p, or NULL when none does.  p is
 * terminated by a zero or anything else that is no part of a number. */
const char *csvnum_scan(const char *p, CsvNumber *out);
/* 0 or ERR_NOMEM.  A float always has a point or an exponent ("1.0"); not a
 * number is "nan", the infinities "inf" and "-inf". */
int csvnum_put(Buf *b, double d);
int csvnum_put_float(Buf *b, float f);

#endif

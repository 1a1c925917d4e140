/* decimal.h -- numbers between text and memory: exact, shortest, fast, and the
 * same in every locale.
 *
 * Reading has two halves, so that each grammar (JSON, YAML, CSV) has its own rules:
 * decimal_scan takes what looks like a number and counts its parts; the caller refuses
 * what its grammar does not allow; then decimal_int or decimal_double gives the value,
 * the nearest double, ties to even. */
#ifndef DECIMAL_H
#define DECIMAL_H

#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_SIZE = 32 };     /* room for any text written here */

typedef struct Decimal {
    const char *text, *end;     /* what was taken */
    size_t n_whole;             /* digits before the point, */
    size_t n_fraction;          /* after it, */
    size_t n_exponent;          /* of the exponent */
    int sign;                   /* '+', '-' or 0 when none is written */
    int point, exponent;        /* is there a '.', an 'e' or 'E' */
    uint64_t digits;            /* the first 19 significant digits */
    int64_t scale;              /* value = digits * 10^scale, ... */
    int dropped;                /* ... but for digits that did not fit */
} Decimal;

/* Takes [+-] digits [. digits] [e [+-] digits] from [p, end), each part maybe
 * without a digit; an 'e' is taken only when a digit precedes it. */
void decimal_scan(const char *p, const char *end, Decimal *d);
/* d has no point and no exponent, one digit at least.  0, or -1 when the value
 * does not fit 64 bits. */
int decimal_int(const Decimal *d, int64_t *v);
/* d has one digit at least.  The result is infinite when it is out of range. */
double decimal_double(const Decimal *d);

/* Both write no zero at the end and return the length. */
size_t decimal_put_int(int64_t v, char out[DECIMAL_SIZE]);
/* The shortest text that reads back as the finite v, always with a '.' or an
 * exponent: 1.0, -0.0, 0.00001, 1e16, 1.5e-7. */
size_t decimal_put_double(double v, char out[DECIMAL_SIZE]);

#endif

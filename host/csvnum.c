/* csvnum.c -- see csvnum.h */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csvnum.h"
#include "err.h"

enum {
    DIGITS = 19,            /* as many always fit into 64 bits */
    EXACT = 22,             /* 10^22 is the last power of ten that is a double */
    EXTENDED = 27,          /* 10^27 has 64 bits without its zeros */
    EXPONENT_MAX = 100000
};

static const double tens[EXACT + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#if LDBL_MANT_DIG == 64 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static const long double long_tens[EXTENDED + 1] = {
    1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
    1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
    1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* w * 10^e by one operation with 64 bits: w and the power are exact, so the
 * result is the true value rounded once.  Rounding it again to 53 bits is right
 * unless it lies exactly between two doubles, where the first rounding may have
 * hidden on which side the true value is. */
static int
extended(uint64_t w, int e, double *out)
{
    long double x;
    uint64_t mantissa;

    if (e < -EXTENDED || e > EXTENDED)
        return 0;
    x = e < 0 ? (long double)w / long_tens[-e] : (long double)w * long_tens[e];
    memcpy(&mantissa, &x, sizeof mantissa);
    if ((mantissa & 0x7ff) == 0x400)
        return 0;
    *out = (double)x;
    return 1;
}
#else
static int
extended(uint64_t w, int e, double *out)
{
    (void)w, (void)e, (void)out;
    return 0;
}
#endif

/* w * 10^e, where one rounding gives it; 0 otherwise. */
static int
exact(uint64_t w, int e, double *out)
{
    if (w == 0) {
        *out = 0;
        return 1;
    }
    if (w > (UINT64_C(1) << 53) || e < -EXACT || e > EXACT)
        return extended(w, e, out);
    *out = e < 0 ? (double)w / tens[-e] : (double)w * tens[e];
    return 1;
}

static int
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* The exponent at p, behind the "e"; NULL when there is none. */
static const char *
scan_exponent(const char *p, int *e)
{
    int negative = *p == '-', v = 0;

    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return NULL;
    for (; is_digit(*p); p++)
        if (v < EXPONENT_MAX)
            v = v * 10 + (*p - '0');
    *e = negative ? -v : v;
    return p;
}

/* The rest of a number with a point or an exponent: text is all of it, digits
 * and w what stands before p, without the sign. */
static const char *
scan_float(const char *text, const char *p, int digits, uint64_t w, CsvNumber *out)
{
    int e = 0, after = 0;

    if (*p == '.') {
        const char *point = p++;

        for (; is_digit(*p); p++)
            w = w * 10 + (uint64_t)(*p - '0');
        if (p - point - 1 > DIGITS)
            digits = DIGITS + 1;            /* too many to be in w */
        else
            after = (int)(p - point - 1);
    }
    if (digits + after == 0)
        return NULL;
    if ((*p == 'e' || *p == 'E') && !(p = scan_exponent(p + 1, &e)))
        return NULL;
    if (digits + after > DIGITS || !exact(w, e - after, &out->d))
        out->d = strtod(text, NULL);
    else if (*text == '-')
        out->d = -out->d;
    out->integer = 0;
    return p;
}

/* Digits alone, too many for the short way: an integer while it fits. */
static void
long_integer(const char *text, CsvNumber *out)
{
    uint64_t w = 0, limit = (uint64_t)INT64_MAX + (*text == '-');
    const char *p = text + (*text == '-' || *text == '+');

    out->integer = 1;
    for (; is_digit(*p) && out->integer; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (w > (limit - digit) / 10)
            out->integer = 0;
        else
            w = w * 10 + digit;
    }
    if (!out->integer) {
        out->d = strtod(text, NULL);
        return;
    }
    out->i = (int64_t)(*text == '-' ? 0 - w : w);
    out->d = (double)out->i;
}

const char *
csvnum_scan(const char *text, CsvNumber *out)
{
    const char *p = text + (*text == '-' || *text == '+'), *first = p;
    uint64_t w = 0;
    size_t digits;

    for (; is_digit(*p); p++)
        w = w * 10 + (uint64_t)(*p - '0');
    digits = (size_t)(p - first);
    out->padded = digits > 1 && *first == '0';
    if (*p == '.' || *p == 'e' || *p == 'E')
        return scan_float(text, p, digits > DIGITS ? DIGITS + 1 : (int)digits, w, out);
    if (digits == 0)
        return NULL;
    if (digits >= DIGITS) {
        long_integer(text, out);
        return p;
    }
    out->integer = 1;
    out->i = *text == '-' ? -(int64_t)w : (int64_t)w;
    out->d = *text == '-' ? -(double)w : (double)w;
    return p;
}

/* Puts the text of a finite or infinite number, a float's with its ".0". */
static int
put(Buf *b, const char *text)
{
    if (buf_puts(b, text))
        return ERR_NOMEM;
    return strpbrk(text, ".en") ? OK : buf_puts(b, ".0");
}

int
csvnum_put(Buf *b, double d)
{
    int precision = fabs(d) < DBL_MIN ? 1 : DBL_DIG;    /* the tiniest have few digits */
    char text[40];
    CsvNumber back;

    if (isnan(d))
        return buf_puts(b, "nan");
    for (; precision <= DBL_DECIMAL_DIG; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, d);
        if (isinf(d) || (csvnum_scan(text, &back) && back.d == d))
            break;
    }
    return put(b, text);
}

int
csvnum_put_float(Buf *b, float f)
{
    int precision = fabsf(f) < FLT_MIN ? 1 : FLT_DIG;
    char text[40];

    if (isnan(f))
        return buf_puts(b, "nan");
    for (; precision <= FLT_DECIMAL_DIG; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, (double)f);
        if (isinf(f) || strtof(text, NULL) == f)
            break;
    }
    return put(b, text);
}

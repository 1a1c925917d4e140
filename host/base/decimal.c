/* decimal.c -- see decimal.h
 *
 * Reading: up to 15 digits by one exact division or product, else by a 64 by
 * 128 bit product with the power of ten (Lemire, "Number Parsing at a Gigabyte
 * per Second"), else, for subnormals and near ties of long texts, by strtod.
 * Writing: Giulietti, "The Schubfach way to render doubles". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

__extension__ typedef unsigned __int128 u128;

enum {
    MAX_DIGITS = 19,            /* that always fit 64 bits */
    LONG_DIGITS = 770,          /* digits after these matter only by not being all zero */
    STEP = 27, FIRST_STEP = -13 /* of powers[] */
};

typedef struct Power {
    uint64_t hi, lo;
} Power;

/* 10^(27 i) for i = -13 .. 12: the upper 192 bits, rounded down. */
static const uint64_t powers[][3] = {
    {0x8049a4ac0c5811ae, 0x205b896d777d6278, 0xac261e9f5141430b},
    {0xcf42894a5dce35ea, 0x52064cac828675b9, 0x475f2b7d7df1ad7a},
    {0xa76c582338ed2621, 0xaf2af2b80af6f24e, 0x657c8f4d43323a36},
    {0x873e4f75e2224e68, 0x5a7744a6e804a291, 0xcc35eddfcf0996d7},
    {0xda7f5bf590966848, 0xaf39a475506a899e, 0xa30294cc2934e662},
    {0xb080392cc4349dec, 0xbd8d794d96aacfb3, 0xfe13a5c86af64418},
    {0x8e938662882af53e, 0x547eb47b7282ee9c, 0x41b0230e1421487d},
    {0xe65829b3046b0afa, 0x0cb4a5a3112a5112, 0xa3b561b1cb208396},
    {0xba121a4650e4ddeb, 0x92f34d62616ce413, 0x21a0183e10583cd3},
    {0x964e858c91ba2655, 0x3a6a07f8d510f86f, 0xe9082f25e9c5e9ec},
    {0xf2d56790ab41c2a2, 0xfae27299423fb9c3, 0x3695dad7e8858901},
    {0xc428d05aa4751e4c, 0xaa97e14c3c26b886, 0x96842dc95323f5a8},
    {0x9e74d1b791e07e48, 0x775ea264cf55347d, 0xca49f1c05120c9c7},
    {0x8000000000000000, 0x0000000000000000, 0x0000000000000000},
    {0xcecb8f27f4200f3a, 0x0000000000000000, 0x0000000000000000},
    {0xa70c3c40a64e6c51, 0x999090b65f67d924, 0x0000000000000000},
    {0x86f0ac99b4e8dafd, 0x69a028bb3ded71a3, 0xdf9f915627c04e28},
    {0xda01ee641a708de9, 0xe80e6f4820cc9495, 0xd74baad03bc1d8d3},
    {0xb01ae745b101e9e4, 0x5ec05dcff72e7f8f, 0xc04c79ffe324301f},
    {0x8e41ade9fbebc27d, 0x14588f13be847307, 0x23bd6a2059c002f5},
    {0xe5d3ef282a242e81, 0x8f1668c8a86da5fa, 0xf0b5ccf5176ecc7c},
    {0xb9a74a0637ce2ee1, 0x6d953e2bd7173692, 0x88efb0037ac08bde},
    {0x95f83d0a1fb69cd9, 0x4abdaf101564f98e, 0x0d5a4af7b3a98e47},
    {0xf24a01a73cf2dccf, 0xbc633b39673c8cec, 0x3d9c44cd2f36917c},
    {0xc3b8358109e84f07, 0x0a862f80ec4700c8, 0x02606ea01029dc37},
    {0x9e19db92b4e31ba9, 0x6c07a2c26a8346d1, 0x4944d9f52cd0dec2}
};

static const uint64_t fives[STEP] = {
    1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u,
    48828125u, 244140625u, 1220703125u, 6103515625u, 30517578125u, 152587890625u,
    762939453125u, 3814697265625u, 19073486328125u, 95367431640625u,
    476837158203125u, 2384185791015625u, 11920928955078125u, 59604644775390625u,
    298023223876953125u, 1490116119384765625u
};

static const char pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940"
    "4142434445464748495051525354555657585960616263646566676869707172737475767778798081"
    "828384858687888990919293949596979899";

static int
is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* The upper 128 bits of 10^k rounded down, -351 <= k < 351.  The 192 bits that
 * it starts from leave no k in the range of doubles off by one. */
static Power
power_of_ten(int k)
{
    int i = (k - FIRST_STEP * STEP) / STEP, r = k - (i + FIRST_STEP) * STEP, shift;
    u128 low = (u128)powers[i][2] * fives[r];
    u128 mid = (u128)powers[i][1] * fives[r] + (uint64_t)(low >> 64);
    u128 high = (u128)powers[i][0] * fives[r] + (uint64_t)(mid >> 64);
    Power p;

    /* 256 bits: high, mid, low; the top one set bit is somewhere in high */
    if (high >> 64) {
        shift = __builtin_clzll((uint64_t)(high >> 64));
        high = shift ? high << shift | (uint64_t)mid >> (64 - shift) : high;
    } else {
        shift = __builtin_clzll((uint64_t)high);
        high = high << 64 | (uint64_t)mid;
        high = shift ? high << shift | (uint64_t)low >> (64 - shift) : high;
    }
    p.hi = (uint64_t)(high >> 64);
    p.lo = (uint64_t)high;
    return p;
}

/* Takes digits into *d, at most 19 significant ones; in_fraction counts them. */
static const char *
scan_digits(const char *p, const char *end, Decimal *d, int *taken, int in_fraction)
{
    for (; p < end && is_digit(*p); p++) {
        int digit = *p - '0';

        if (*taken < MAX_DIGITS) {
            d->digits = d->digits * 10 + (uint64_t)digit;
            *taken += d->digits != 0;
            d->scale -= in_fraction;
        } else {
            d->dropped |= digit != 0;
            d->scale += !in_fraction;
        }
    }
    return p;
}

static const char *
scan_exponent(const char *p, const char *end, Decimal *d)
{
    const int64_t huge = INT64_C(1000000000000000);
    int64_t exponent = 0;
    int negative = 0;
    const char *first;

    d->exponent = 1;
    p++;
    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    for (first = p; p < end && is_digit(*p); p++)
        if (exponent < huge)
            exponent = exponent * 10 + (*p - '0');
    d->n_exponent = (size_t)(p - first);
    d->scale += negative ? -exponent : exponent;
    return p;
}

void
decimal_scan(const char *p, const char *end, Decimal *d)
{
    const char *first;
    int taken = 0;

    memset(d, 0, sizeof *d);
    d->text = p;
    if (p < end && (*p == '-' || *p == '+'))
        d->sign = *p++;
    first = p;
    p = scan_digits(p, end, d, &taken, 0);
    d->n_whole = (size_t)(p - first);
    if (p < end && *p == '.') {
        d->point = 1;
        first = ++p;
        p = scan_digits(p, end, d, &taken, 1);
        d->n_fraction = (size_t)(p - first);
    }
    if (p < end && (*p == 'e' || *p == 'E') && d->n_whole + d->n_fraction)
        p = scan_exponent(p, end, d);
    d->end = p;
}

int
decimal_int(const Decimal *d, int64_t *v)
{
    const uint64_t max = INT64_MAX;

    if (d->scale != 0 || d->dropped || d->digits > max + (d->sign == '-'))
        return -1;
    *v = d->sign == '-' ? (int64_t)(0 - d->digits) : (int64_t)d->digits;
    return 0;
}

static double
from_bits(uint64_t bits)
{
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* w * 10^scale by the 128-bit product; 0 when the product does not decide the rounding,
 * or when the result is not a normal number. */
static int
by_product(uint64_t w, int64_t scale, double *v)
{
    int lz = __builtin_clzll(w), q = (int)scale, upper, shift, exponent;
    uint64_t m;
    u128 product;
    Power t;

    if (scale < -325 || scale > 308)
        return 0;
    t = power_of_ten(q);
    if (q < 0 && q >= -27)          /* rounded up, a tie's product is above it */
        t.hi += ++t.lo == 0;
    w <<= lz;
    product = (u128)w * t.hi;
    if (((uint64_t)(product >> 64) & 0x1ff) == 0x1ff)
        product += (uint64_t)((u128)w * t.lo >> 64);
    if ((uint64_t)product == UINT64_MAX && (q < -27 || q > 55))
        return 0;
    upper = (int)(product >> 127);
    shift = upper + 64 - 52 - 3;
    m = (uint64_t)(product >> 64) >> shift;
    exponent = ((217706 * q) >> 16) + 63 + upper - lz + 1023;
    if (exponent <= 0)
        return 0;
    /* an exact tie, which only small powers can give, goes to even */
    if ((uint64_t)product <= 1 && q >= -4 && q <= 23 && (m & 3) == 1
        && m << shift == (uint64_t)(product >> 64))
        m &= ~UINT64_C(1);
    m = (m + (m & 1)) >> 1;
    if (m >> 53) {
        m >>= 1;
        exponent++;
    }
    if (exponent >= 2047)
        return 0;
    *v = from_bits((m & ((UINT64_C(1) << 52) - 1)) | (uint64_t)exponent << 52);
    return 1;
}

/* By strtod, without the point that a locale could read differently. */
static double
by_library(const Decimal *d)
{
    char text[LONG_DIGITS + 40];
    int64_t scale = 0, written = 0;
    size_t n = 0;
    int sticky = 0, fraction = 0;
    Decimal tail;

    for (const char *p = d->text; p < d->end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.')
            fraction = 1;
        if (!is_digit(*p))
            continue;
        if (n < LONG_DIGITS) {
            text[n] = *p;
            n += n > 0 || *p != '0';
            scale -= fraction;
        } else {
            sticky |= *p != '0';
            scale += !fraction;
        }
        written += !fraction;
    }
    if (sticky) {
        text[n++] = '1';
        scale--;
    }
    if (d->exponent) {
        const char *e = d->text + (d->sign != 0) + written + d->point + d->n_fraction;

        memset(&tail, 0, sizeof tail);
        scan_exponent(e, d->end, &tail);
        scale += tail.scale;
    }
    snprintf(text + n, sizeof text - n, "e%lld", (long long)scale);
    return n ? strtod(text, NULL) : 0.0;
}

double
decimal_double(const Decimal *d)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double v, next;

    if (d->digits == 0)
        v = 0.0;
    else if (!d->dropped && d->digits >> 53 == 0 && d->scale >= -22 && d->scale <= 22)
        v = d->scale < 0 ? (double)d->digits / tens[-d->scale]
                         : (double)d->digits * tens[d->scale];
    else if (!by_product(d->digits, d->scale, &v)
             || (d->dropped
                 && (!by_product(d->digits + 1, d->scale, &next) || next != v)))
        v = by_library(d);
    return d->sign == '-' ? -v : v;
}

static int
count_digits(uint64_t v)
{
    int n = 1;

    for (; v >= 10000; v /= 10000)
        n += 4;
    return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

/* Writes the n digits of v. */
static void
put_digits(uint64_t v, char *out, int n)
{
    for (; n > 8; v /= 100000000) {
        uint32_t low = (uint32_t)(v % 100000000);

        for (int i = 0; i < 4; i++, low /= 100)
            memcpy(out + (n -= 2), pairs + low % 100 * 2, 2);
    }
    for (uint32_t low = (uint32_t)v; n > 1; low /= 100, v = low)
        memcpy(out + (n -= 2), pairs + low % 100 * 2, 2);
    if (n)
        out[0] = (char)('0' + v % 10);
}

size_t
decimal_put_int(int64_t v, char out[DECIMAL_SIZE])
{
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    int n = count_digits(u), negative = v < 0;

    if (negative)
        out[0] = '-';
    put_digits(u, out + negative, n);
    return (size_t)(n + negative);
}

/* The product's upper part, its last bit set when anything below is (so that
 * comparisons with the exact value come out right). */
static uint64_t
round_to_odd(Power g, uint64_t c)
{
    u128 low = (u128)g.lo * c, high = (u128)g.hi * c + (uint64_t)(low >> 64);

    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest decimal *digits * 10^*scale in the rounding interval of the
 * positive double c * 2^q; closer: its lower neighbour is at half the distance. */
static void
shortest(uint64_t c, int q, int closer, Decimal *d)
{
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
    int h = q + ((-k * 1741647) >> 19) + 1, odd = (int)(c & 1);
    Power g = power_of_ten(-k);
    uint64_t low, mid, high, s;
    int under, over;

    if (-k < 0 || -k > 55)                      /* rounded up, if it was inexact */
        g.hi += ++g.lo == 0;
    low = round_to_odd(g, (4 * c - 2 + (uint64_t)closer) << h) + (uint64_t)odd;
    mid = round_to_odd(g, (4 * c) << h);
    high = round_to_odd(g, (4 * c + 2) << h) - (uint64_t)odd;
    s = mid / 4;
    d->scale = k;
    if (s >= 10) {
        uint64_t tens = s / 10;

        under = low <= 40 * tens;
        over = 40 * tens + 40 <= high;
        if (under != over) {
            d->digits = tens + (uint64_t)over;
            d->scale = k + 1;
            return;
        }
    }
    under = low <= 4 * s;
    over = 4 * s + 4 <= high;
    if (under != over)
        d->digits = s + (uint64_t)over;
    else
        d->digits = s + (mid > 4 * s + 2 || (mid == 4 * s + 2 && (s & 1)));
}

static size_t
put_exponent(int x, char *out)
{
    char *p = out;
    int n;

    *p++ = 'e';
    if (x < 0)
        *p++ = '-';
    x = x < 0 ? -x : x;
    n = count_digits((uint64_t)x);
    put_digits((uint64_t)x, p, n);
    return (size_t)(p + n - out);
}

/* n digits, the point behind the first x + 1 of them. */
static size_t
put_plain(const char *digits, int n, int x, char *out)
{
    int whole = x + 1, at;

    if (whole <= 0) {
        memcpy(out, "0.00000", (size_t)(2 - whole));
        memcpy(out + 2 - whole, digits, (size_t)n);
        return (size_t)(2 - whole + n);
    }
    at = n < whole ? n : whole;
    memcpy(out, digits, (size_t)at);
    memset(out + at, '0', (size_t)(whole - at));
    out[whole] = '.';
    if (n <= whole) {
        out[whole + 1] = '0';
        return (size_t)whole + 2;
    }
    memcpy(out + whole + 1, digits + whole, (size_t)(n - whole));
    return (size_t)n + 1;
}

static size_t
put_layout(const Decimal *d, char *out)
{
    char digits[DECIMAL_SIZE];
    int n = count_digits(d->digits), x = (int)d->scale + n - 1;
    size_t at = 1;

    put_digits(d->digits, digits, n);
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (x >= -5 && x < 16)
        return put_plain(digits, n, x, out);
    out[0] = digits[0];
    if (n > 1) {
        out[at++] = '.';
        memcpy(out + at, digits + 1, (size_t)n - 1);
        at += (size_t)n - 1;
    }
    return at + put_exponent(x, out + at);
}

size_t
decimal_put_double(double v, char out[DECIMAL_SIZE])
{
    uint64_t bits, fraction;
    int exponent, negative;
    Decimal d;

    memcpy(&bits, &v, sizeof bits);
    fraction = bits & ((UINT64_C(1) << 52) - 1);
    exponent = (int)(bits >> 52 & 0x7ff);
    negative = (int)(bits >> 63);
    if (negative)
        *out++ = '-';
    if (exponent == 0 && fraction == 0) {
        memcpy(out, "0.0", 3);
        return (size_t)negative + 3;
    }
    if (exponent)
        shortest(fraction | UINT64_C(1) << 52, exponent - 1075,
                 fraction == 0 && exponent > 1, &d);
    else
        shortest(fraction, -1074, 0, &d);
    return (size_t)negative + put_layout(&d, out);
}

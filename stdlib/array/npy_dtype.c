/* npy_dtype.c -- see npy_dtype.h */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array/npy_dtype.h"
#include "base/datetime.h"
#include "base/utf8.h"

#define DAY INT64_C(86400000)

/* What to write in NumPy for a type that is not read. */
static const char *
advice(const char *text)
{
    switch (strpbrk(text, "OcmgfVMiub") ? *strpbrk(text, "OcmgfVMiub") : 0) {
    case 'O':
        return "a.astype(float) or a.astype(str)";
    case 'c':
        return "a.real and a.imag";
    case 'm':
        return "a / np.timedelta64(1, 's')";
    case 'f':
    case 'g':
        return "a.astype('f8')";
    case 'V':
        return "a.view('u1')";
    case 'M':
        return "a.astype('M8[ms]')";
    default:
        return "a.astype('f8') or a.astype('i8')";
    }
}

static int
refuse(const char *text, const char *name, Err *err)
{
    return err_set(err, ERR_TYPE, "%s: elements of type '%.40s' cannot be read; in NumPy save %s",
                   name, text, advice(text));
}

/* "[ns]" or "[25us]" */
static int
parse_unit(const char *p, NpyDtype *d)
{
    static const struct { const char *unit; int64_t ms, per_ms, months; } units[] = {
        {"Y", 0, 0, 12},        {"M", 0, 0, 1},     {"W", 7 * DAY, 0, 0}, {"D", DAY, 0, 0},
        {"h", 3600000, 0, 0},   {"m", 60000, 0, 0}, {"s", 1000, 0, 0},    {"ms", 1, 0, 0},
        {"us", 0, 1000, 0},     {"ns", 0, 1000000, 0}};
    char *end;
    long count = 1;

    if (*p++ != '[')
        return -1;
    if (*p >= '0' && *p <= '9') {
        count = strtol(p, &end, 10);
        p = end;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t n = strlen(units[i].unit);

        if (strncmp(p, units[i].unit, n) == 0 && strcmp(p + n, "]") == 0) {
            if (count < 1 || count > 1000000 || (units[i].per_ms && count > 1))
                return -1;
            d->ms = units[i].ms * count;
            d->per_ms = units[i].per_ms;
            d->months = units[i].months * count;
            return 0;
        }
    }
    return -1;
}

/* What a number of that kind and size becomes; -1 for one that is not read. */
static int
type_of(char kind, size_t size)
{
    static const struct { char kind; size_t size; ArrayType type; } types[] = {
        {'b', 1, ARRAY_BOOL}, {'u', 1, ARRAY_U8},  {'i', 1, ARRAY_I32}, {'i', 2, ARRAY_I32},
        {'u', 2, ARRAY_I32},  {'i', 4, ARRAY_I32}, {'u', 4, ARRAY_I64}, {'i', 8, ARRAY_I64},
        {'u', 8, ARRAY_I64},  {'f', 2, ARRAY_F32}, {'f', 4, ARRAY_F32}, {'f', 8, ARRAY_F64},
        {'M', 8, ARRAY_I64}};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].kind == kind && types[i].size == size)
            return (int)types[i].type;
    return -1;
}

int
npy_dtype_parse(const char *text, NpyDtype *d, const char *name, Err *err)
{
    const char *p = text;
    char *end;
    int type;

    memset(d, 0, sizeof *d);
    if (*p && strchr("<>=|", *p))
        d->swap = *p++ == '>';
    d->kind = *p ? *p++ : 0;
    if (!d->kind || *p < '0' || *p > '9')
        return refuse(text, name, err);
    d->size = strtoul(p, &end, 10);
    if (d->kind == 'M' ? parse_unit(end, d) : *end != 0)
        return refuse(text, name, err);
    if (d->kind == 'S' || d->kind == 'U') {
        if (d->size > (1u << 28))
            return refuse(text, name, err);
        d->size *= d->kind == 'U' ? 4 : 1;
        return OK;
    }
    type = type_of(d->kind, d->size);
    if (type < 0)
        return refuse(text, name, err);
    d->type = (ArrayType)type;
    d->swap = d->swap && d->size > 1;
    d->is_plain = !d->swap && d->size == array_size(d->type) && d->kind != 'M'
                  && !(d->kind == 'u' && d->size > 1);
    return OK;
}

/* The bytes of an element as an unsigned number. */
static uint64_t
bits_of(const NpyDtype *d, const unsigned char *p, size_t size)
{
    uint64_t v = 0;

    for (size_t i = 0; i < size; i++)
        v |= (uint64_t)p[d->swap ? size - 1 - i : i] << (8 * i);
    return v;
}

static float
half(uint64_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16, exponent = (bits >> 10) & 31;
    uint32_t fraction = bits & 0x3ff, out;
    float f;

    if (exponent == 0) {
        f = (float)fraction / 16777216.0f;      /* 2^-24 */
        memcpy(&out, &f, sizeof out);
        out |= sign;
    } else {
        exponent = exponent == 31 ? 255 : exponent + 112;
        out = sign | exponent << 23 | fraction << 13;
    }
    memcpy(&f, &out, sizeof f);
    return f;
}

/* The day, since 1970, on which a month since 1970 begins. */
static int64_t
day_of_month(int64_t month)
{
    int64_t year = 1970 + (month >= 0 ? month / 12 : -((11 - month) / 12)), days;
    int64_t in_year = month - (year - 1970) * 12;       /* 0: January */
    /* years begin in March, so that a leap day is their last */
    int64_t y = year - (in_year < 2), m = (in_year + 10) % 12;

    days = y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5;
    return days - 719468;
}

static int
to_ms(const NpyDtype *d, int64_t v, int64_t *ms, const char *name, Err *err)
{
    if (v == INT64_MIN) {
        *ms = DATETIME_MISSING;
        return OK;
    }
    if (d->per_ms) {
        if (v % d->per_ms)
            return err_set(err, ERR_TYPE, "%s: a date has digits below a millisecond; save "
                           "a.astype('M8[ms]')", name);
        *ms = v / d->per_ms;
    } else if (d->months) {
        *ms = v > -24000 && v < 120000 ? day_of_month(v * d->months) * DAY : INT64_MAX;
    } else if (__builtin_mul_overflow(v, d->ms, ms)) {
        *ms = INT64_MAX;
    }
    if (*ms < DATETIME_MIN || *ms > DATETIME_MAX)
        return err_set(err, ERR_TYPE, "%s: a date is outside the years 1 to 9999", name);
    return OK;
}

/* One element of whole numbers: i u b M. */
static int
to_integer(const NpyDtype *d, uint64_t bits, int64_t *out, const char *name, Err *err)
{
    int unused = 64 - 8 * (int)d->size;

    if (d->kind == 'b' && bits > 1)
        return err_set(err, ERR_CORRUPT, "%s: a bool is the byte %d, not 0 or 1", name, (int)bits);
    if (d->kind == 'u' && bits > INT64_MAX)
        return err_set(err, ERR_TYPE, "%s: the element %" PRIu64 " is more than an i64 holds; save "
                       "a.astype('f8')", name, bits);
    *out = d->kind == 'i' || d->kind == 'M' ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
    return d->kind == 'M' ? to_ms(d, *out, out, name, err) : OK;
}

static void
put_float(const NpyDtype *d, uint64_t bits, unsigned char *to)
{
    float f = half(bits);

    if (d->size == 2)
        memcpy(to, &f, sizeof f);
    else
        memcpy(to, &bits, d->size);
}

int
npy_dtype_convert(const NpyDtype *d, const unsigned char *from, int64_t stride, int64_t n,
                  void *to, const char *name, Err *err)
{
    unsigned char *out = to;
    size_t size = array_size(d->type);
    int64_t v;
    int rc;

    for (int64_t i = 0; i < n; i++, from += stride, out += size) {
        uint64_t bits = bits_of(d, from, d->size);

        if (d->kind == 'f') {
            put_float(d, bits, out);
            continue;
        }
        if ((rc = to_integer(d, bits, &v, name, err)))
            return rc;
        memcpy(out, &v, size);
    }
    return OK;
}

int
npy_dtype_text(const NpyDtype *d, const unsigned char *from, char *out, size_t *len,
               const char *name, Err *err)
{
    size_t unit = d->kind == 'U' ? 4 : 1, n = d->size / unit;

    *len = 0;
    while (n && !bits_of(d, from + (n - 1) * unit, unit))
        n--;
    if (d->kind == 'S') {
        memcpy(out, from, n);
        *len = n;
        return OK;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t code = bits_of(d, from + i * unit, unit);

        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return err_set(err, ERR_CORRUPT, "%s: a string has no character %" PRIu64, name, code);
        *len += utf8_put((uint32_t)code, out + *len);
    }
    return OK;
}

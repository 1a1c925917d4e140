/* value_arrow_numbers.c -- columns of numbers and booleans out of Arrow (value_arrow.h). */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "library/value_arrow.h"

/* The formats of one letter: the column that they become, and the bytes of an element. */
static const struct Format {
    char letter;
    ArrayType type;
    size_t size;
    int same;                   /* its elements are those of the array */
} FORMATS[] = {
    {'c', ARRAY_I32, 1, 0}, {'s', ARRAY_I32, 2, 0}, {'S', ARRAY_I32, 2, 0},
    {'C', ARRAY_U8, 1, 1},  {'i', ARRAY_I32, 4, 1}, {'I', ARRAY_I64, 4, 0},
    {'l', ARRAY_I64, 8, 1}, {'L', ARRAY_I64, 8, 0}, {'e', ARRAY_F32, 2, 0},
    {'f', ARRAY_F32, 4, 1}, {'g', ARRAY_F64, 8, 1}, {'b', ARRAY_BOOL, 0, 0},
    {'n', ARRAY_F64, 0, 0},
};

int64_t
value_arrow_integer(char format, const void *buffer, int64_t at, int *high)
{
    const unsigned char *p = buffer;
    int32_t i;
    uint32_t I;
    int64_t l;
    int16_t s;

    *high = 0;
    switch (format) {
    case 'c': return (int8_t)p[at];
    case 'C': return p[at];
    case 's': memcpy(&s, p + at * 2, 2); return s;
    case 'S': memcpy(&s, p + at * 2, 2); return (uint16_t)s;
    case 'i': memcpy(&i, p + at * 4, 4); return i;
    case 'I': memcpy(&I, p + at * 4, 4); return I;
    default:
        memcpy(&l, p + at * 8, 8);
        *high = format == 'L' && l < 0;
        return l;
    }
}

/* The number that the 16 bits of a float are. */
static double
half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double x = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
               : exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);

    return bits >> 15 ? -x : x;
}

static double
real(char format, const void *buffer, int64_t at)
{
    const unsigned char *p = buffer;
    uint16_t e;
    float f;
    double g;

    switch (format) {
    case 'e': memcpy(&e, p + at * 2, 2); return half(e);
    case 'f': memcpy(&f, p + at * 4, 4); return (double)f;
    default: memcpy(&g, p + at * 8, 8); return g;
    }
}

static int
read_integer(const ArrowColumn *c, const void *buffer, int64_t row, ArrayItem *out)
{
    int high;

    *out = (ArrayItem){.type = ARRAY_I64};
    out->i = value_arrow_integer(c->schema->format[0], buffer, c->offset + row, &high);
    if (high)
        return value_arrow_refuse(c, ERR_TYPE, "row %" PRId64 ": %" PRIu64 " is larger than i64 "
                                  "holds", row + 1, (uint64_t)out->i);
    if (c->nulls && !array_is_exact(out->i))
        return value_arrow_refuse(c, ERR_TYPE, "row %" PRId64 ": no double holds %" PRId64 ", and "
                                  "integers beside nulls become doubles; fill the nulls or convert "
                                  "it to texts", row + 1, out->i);
    return OK;
}

static int
read_element(const ArrowColumn *c, const struct Format *f, const void *buffer, int64_t row,
             ArrayItem *out)
{
    const unsigned char *bits = buffer;
    int64_t at = c->offset + row;

    *out = (ArrayItem){.type = ARRAY_F64, .f = (double)NAN};
    if (f->letter == 'n' || (f->letter != 'b' && !value_arrow_present(c, row)))
        return OK;
    if (f->letter == 'b') {
        *out = (ArrayItem){.type = ARRAY_BOOL, .i = bits[at / 8] >> (at % 8) & 1};
        return OK;
    }
    if (array_isfloat(f->type)) {
        out->f = real(f->letter, buffer, at);
        return OK;
    }
    return read_integer(c, buffer, row, out);
}

static int
read_all(const ArrowColumn *c, const struct Format *f, const void *buffer, Array *to)
{
    size_t size = array_size(to->type);
    ArrayItem item;
    int rc = OK;

    for (int64_t i = 0; !rc && i < c->rows; i++) {
        rc = read_element(c, f, buffer, i, &item);
        if (!rc)
            rc = array_poke(to->type, to->data + (size_t)i * size, item, c->err);
    }
    return rc;
}

/* An array over the buffer itself. */
static int
borrow(const ArrowColumn *c, const struct Format *f, const unsigned char *at, ValueColumn *out)
{
    Array like = {.type = f->type, .data = (unsigned char *)(uintptr_t)at};
    int rc;

    array_set_shape(&like, 1, &c->rows);
    rc = array_borrow(&out->array, &like, value_arrow_unreference, c->holder, c->err);
    if (!rc)
        c->holder->references++;
    return rc;
}

static int
take(const ArrowColumn *c, const struct Format *f, ValueColumn *out)
{
    ArrayType type = c->nulls && !array_isfloat(f->type) ? ARRAY_F64 : f->type;
    const unsigned char *buffer = NULL, *first;
    int rc;

    if (c->rows && f->letter != 'n' && !(buffer = value_arrow_buffer(c, 1)))
        return c->err->code;
    first = buffer ? buffer + (size_t)c->offset * f->size : NULL;
    if (c->rows && f->same && !c->nulls && (uintptr_t)first % f->size == 0)
        return borrow(c, f, first, out);
    rc = array_make(&out->array, type, 1, &c->rows, c->err);
    if (rc || !c->rows)
        return rc;
    return read_all(c, f, buffer, out->array);
}

static const struct Format *
find(const char *format)
{
    for (size_t i = 0; format[0] && !format[1] && i < sizeof FORMATS / sizeof *FORMATS; i++)
        if (FORMATS[i].letter == format[0])
            return &FORMATS[i];
    return NULL;
}

int
value_arrow_numbers(ArrowColumn *c, int64_t first, int64_t rows, ValueColumn *out)
{
    const struct Format *f = find(c->schema->format);
    int rc;

    if (!f || c->schema->dictionary)
        return 0;
    rc = value_arrow_open(c, first, rows, f->letter == 'n' ? 0 : 2);
    for (int64_t i = 0; !rc && f->letter == 'b' && c->nulls && i < c->rows; i++)
        if (!value_arrow_present(c, i))
            rc = value_arrow_refuse(c, ERR_TYPE, "row %" PRId64 " is null, and booleans cannot be "
                                    "missing; convert it to numbers or texts", i + 1);
    out->kind = COLUMN_ARRAY;
    rc = rc ? rc : take(c, f, out);
    return rc ? rc : 1;
}

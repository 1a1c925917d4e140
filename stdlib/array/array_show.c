/* array_show.c -- see array_op.h: arrays as text */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "array/array_op.h"

enum {
    WHOLE = 1000,               /* elements that are shown without "..." */
    EDGE = 3,                   /* shown at either end of a long axis otherwise */
    LINE = 78,
    DECIMALS = 4,
    CELL = 40
};

typedef struct Show {
    const Array *a;
    Buf *out;
    int elide;                  /* long axes are cut */
    int exponents, decimals;    /* of floats */
    int width;                  /* of a cell */
    int column;                 /* of the line being written */
    int failed;
} Show;

typedef void Visit(Show *s, ArrayItem v);

static int
is_cut(const Show *s, int axis)
{
    return s->elide && s->a->shape[axis] > 2 * EDGE;
}

/* The index after i of those shown; past the middle of a cut axis. */
static int64_t
following(const Show *s, int axis, int64_t i)
{
    if (is_cut(s, axis) && i == EDGE - 1)
        return s->a->shape[axis] - EDGE;
    return i + 1;
}

static void
visit_shown(Show *s, int axis, const unsigned char *at, Visit *visit)
{
    const Array *a = s->a;

    for (int64_t i = 0; i < a->shape[axis]; i = following(s, axis, i)) {
        const unsigned char *to = at + i * a->stride[axis];

        if (axis + 1 < a->ndim)
            visit_shown(s, axis + 1, to, visit);
        else
            visit(s, array_peek(a->type, to));
    }
}

/* Decimals needed for v with at most DECIMALS of them. */
static int
decimals_of(double v)
{
    char text[400];
    int n = snprintf(text, sizeof text, "%.*f", DECIMALS, v), used = DECIMALS;

    while (used > 1 && text[n - 1 - (DECIMALS - used)] == '0')
        used--;
    return used;
}

/* First look: are there very large or small numbers? */
static void
look_at_size(Show *s, ArrayItem v)
{
    double x = fabs(v.f);

    if (v.type == ARRAY_F64 && isfinite(v.f) && (x >= 1e8 || (x != 0 && x < 1e-4)))
        s->exponents = 1;
}

static void
look_at_decimals(Show *s, ArrayItem v)
{
    int n = v.type == ARRAY_F64 && isfinite(v.f) && !s->exponents ? decimals_of(v.f) : 0;

    if (n > s->decimals)
        s->decimals = n;
}

static int
format_cell(const Show *s, ArrayItem v, char out[CELL])
{
    if (v.type == ARRAY_BOOL)
        return snprintf(out, CELL, "%s", v.i ? "true" : "false");
    if (v.type == ARRAY_I64)
        return snprintf(out, CELL, "%lld", (long long)v.i);
    if (v.f != v.f)
        return snprintf(out, CELL, "nan");
    if (isinf(v.f))
        return snprintf(out, CELL, v.f > 0 ? "inf" : "-inf");
    return snprintf(out, CELL, s->exponents ? "%.*e" : "%.*f",
                    s->exponents ? DECIMALS : s->decimals, v.f);
}

static void
look_at_width(Show *s, ArrayItem v)
{
    char cell[CELL];
    int n = format_cell(s, v, cell);

    if (n > s->width)
        s->width = n;
}

static void
put(Show *s, const char *text)
{
    s->failed |= buf_puts(s->out, text) != 0;
    s->column += (int)strlen(text);
}

static void
new_line(Show *s, int indent)
{
    s->failed |= buf_byte(s->out, '\n') != 0;
    s->column = 0;
    for (int i = 0; i < indent; i++)
        put(s, " ");
}

/* The last axis: cells in a line, which breaks where it gets too long. */
static void
put_row(Show *s, int axis, const unsigned char *at)
{
    const Array *a = s->a;
    char cell[CELL], wide[CELL + 2];

    for (int64_t i = 0; i < a->shape[axis]; i = following(s, axis, i)) {
        format_cell(s, array_peek(a->type, at + i * a->stride[axis]), cell);
        snprintf(wide, sizeof wide, "%*s", s->width, cell);
        if (i && s->column + 2 + s->width > LINE)
            new_line(s, axis + 1);
        else if (i)
            put(s, "  ");
        put(s, wide);
        if (is_cut(s, axis) && i == EDGE - 1)
            put(s, "  ...");
    }
}

static void
put_axis(Show *s, int axis, const unsigned char *at)
{
    const Array *a = s->a;

    put(s, "[");
    if (axis + 1 == a->ndim) {
        put_row(s, axis, at);
    } else {
        for (int64_t i = 0; i < a->shape[axis]; i = following(s, axis, i)) {
            if (i)
                new_line(s, axis + 1);
            put_axis(s, axis + 1, at + i * a->stride[axis]);
            if (is_cut(s, axis) && i == EDGE - 1) {
                new_line(s, axis + 1);
                put(s, "...");
            }
        }
    }
    put(s, "]");
}

int
array_show(const Array *a, Buf *out, Err *err)
{
    Show s = {.a = a, .out = out, .elide = array_count(a) > WHOLE};
    char text[32];

    if (array_count(a)) {
        visit_shown(&s, 0, a->data, look_at_size);
        visit_shown(&s, 0, a->data, look_at_decimals);
        visit_shown(&s, 0, a->data, look_at_width);
        put_axis(&s, 0, a->data);
    } else {
        put(&s, "[]");
    }
    put(&s, "  ");
    put(&s, array_typename(a->type));
    for (int i = 0; i < a->ndim; i++) {
        snprintf(text, sizeof text, "%s%lld", i ? ", " : " {", (long long)a->shape[i]);
        put(&s, text);
    }
    put(&s, "}");
    return s.failed ? err_nomem(err) : OK;
}

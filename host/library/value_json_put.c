/* value_json_put.c -- any value as JSON: arrays as nested lists, frames as a list of rows.
 *
 * A NaN is null, as a missing value of a frame is; an infinity has no JSON.  Missing texts are "",
 * as in scripts; dates are ISO 8601. */
#include <math.h>
#include <string.h>

#include "base/datetime.h"
#include "base/utf8.h"
#include "format/json.h"
#include "library/value_parts.h"

typedef struct Place {
    const char *label, *column;     /* column NULL: of an array */
    Err *err;
} Place;

static int
refuse(const Place *p, int64_t row, const char *what)
{
    if (p->column)
        return err_set(p->err, ERR_TYPE, "%s: column \"%s\", row %lld: %s cannot be written as "
                       "JSON", p->label, p->column, (long long)row + 1, what);
    return err_set(p->err, ERR_TYPE, "%s: it has %s, which cannot be written as JSON", p->label,
                   what);
}

static int
put_double(Buf *out, double x, const Place *p, int64_t row)
{
    int rc;

    if (isinf(x))
        return refuse(p, row, x < 0 ? "-inf" : "inf");
    rc = isnan(x) ? buf_puts(out, "null") : json_put_float(out, x);
    return rc ? err_nomem(p->err) : OK;
}

static int
put_element(Buf *out, ArrayType type, const void *at, const Place *p, int64_t row)
{
    ArrayItem item = array_peek(type, at);
    int rc;

    if (item.type == ARRAY_F64)
        return put_double(out, item.f, p, row);
    rc = item.type == ARRAY_BOOL ? buf_puts(out, item.i ? "true" : "false")
                                 : json_put_int(out, item.i);
    return rc ? err_nomem(p->err) : OK;
}

/* The elements of an axis and of those after it, from `at` on. */
static int
put_axis(Buf *out, const Array *a, int axis, const unsigned char *at, const Place *p)
{
    int rc = buf_byte(out, '[');

    for (int64_t i = 0; !rc && i < a->shape[axis]; i++) {
        const unsigned char *one = at + i * a->stride[axis];

        rc = i ? buf_byte(out, ',') : OK;
        if (rc)
            break;
        rc = axis + 1 < a->ndim ? put_axis(out, a, axis + 1, one, p)
                                : put_element(out, a->type, one, p, i);
        if (rc)
            return rc;
    }
    return rc || buf_byte(out, ']') ? err_nomem(p->err) : OK;
}

/* ---- frames ---- */

static DatetimeUnit
unit_of(const Array *ms)
{
    DatetimeUnit unit = DATETIME_DAY;

    for (int64_t i = 0; i < ms->shape[0]; i++) {
        DatetimeUnit one = datetime_unit(*(const int64_t *)(const void *)array_at(ms, &i));

        unit = one > unit ? one : unit;
    }
    return unit;
}

static int
put_date(Buf *out, int64_t ms, DatetimeUnit unit, Err *err)
{
    char text[DATETIME_SIZE];
    size_t n = datetime_format(ms, unit, text);

    return (n ? json_put_string(out, text, n) : buf_puts(out, "null")) ? err_nomem(err) : OK;
}

static int
put_text(Buf *out, const ValueColumn *c, int64_t row, const Place *p)
{
    const char *s = c->bytes + c->offsets[row];
    size_t n = (size_t)(c->offsets[row + 1] - c->offsets[row]);

    if (utf8_valid(s, n) < n)
        return refuse(p, row, "a text that is not UTF-8");
    return json_put_string(out, s, n) ? err_nomem(p->err) : OK;
}

static int
put_cell(Buf *out, const ValueColumn *c, int64_t row, DatetimeUnit unit, const Place *p)
{
    const unsigned char *at;

    if (c->kind == COLUMN_TEXTS)
        return put_text(out, c, row, p);
    at = array_at(c->array, &row);
    if (c->kind == COLUMN_DATES)
        return put_date(out, *(const int64_t *)(const void *)at, unit, p->err);
    return put_element(out, c->array->type, at, p, row);
}

static int
put_row(Buf *out, const ValueFrame *f, int64_t row, const unsigned char *units, const Place *at)
{
    int rc = buf_byte(out, '{');

    for (size_t i = 0; !rc && i < f->n; i++) {
        const ValueColumn *c = &f->columns[i];
        Place p = {at->label, c->name, at->err};

        if ((i && buf_byte(out, ',')) || json_put_string(out, c->name, strlen(c->name))
            || buf_byte(out, ':'))
            return err_nomem(at->err);
        rc = put_cell(out, c, row, (DatetimeUnit)units[i], &p);
        if (rc)
            return rc;
    }
    return rc || buf_byte(out, '}') ? err_nomem(at->err) : OK;
}

static int
put_frame(Buf *out, const ValueFrame *f, const Place *p)
{
    Buf units;
    int rc = OK;

    buf_init(&units);
    for (size_t i = 0; !rc && i < f->n; i++)
        rc = buf_byte(&units, f->columns[i].kind == COLUMN_DATES
                                  ? (int)unit_of(f->columns[i].array) : 0);
    rc = rc || buf_byte(out, '[') ? err_nomem(p->err) : OK;
    for (int64_t row = 0; !rc && row < f->rows; row++) {
        rc = row && buf_byte(out, ',') ? err_nomem(p->err) : OK;
        rc = rc ? rc : put_row(out, f, row, units.data, p);
    }
    if (!rc && buf_byte(out, ']'))
        rc = err_nomem(p->err);
    buf_release(&units);
    return rc;
}

/* ---- any value ---- */

static int
put_scalar(const Value *value, Buf *out)
{
    switch (value->kind) {
    case VALUE_BOOL:
        return buf_puts(out, value->boolean ? "true" : "false");
    case VALUE_INT:
        return json_put_int(out, value->integer);
    case VALUE_STRING:
        return json_put_string(out, (const char *)value->bytes.data, value->bytes.len);
    case VALUE_JSON:
        return buf_put(out, value->bytes.data, value->bytes.len);
    default:
        return buf_puts(out, "null");
    }
}

int
value_put_json(const Value *value, const char *label, Buf *out, Err *err)
{
    Place p = {label, NULL, err};

    switch (value->kind) {
    case VALUE_NUMBER:
        return put_double(out, value->number, &p, 0);
    case VALUE_ARRAY:
        return put_axis(out, value->array, 0, value->array->data, &p);
    case VALUE_FRAME:
        return put_frame(out, value->frame, &p);
    case VALUE_BYTES:
        return err_set(err, ERR_TYPE, "%s is bytes, which cannot be written as JSON; read it with "
                       "rille_get_bytes", label);
    case VALUE_ARTIFACT:
    case VALUE_STORED:
        return err_set(err, ERR_TYPE, "%s is an artifact; read what it holds with "
                       "rille_artifact_value", label);
    case VALUE_OBJECT:
        return err_set(err, ERR_TYPE, "%s is an object, which cannot be written as JSON; read it "
                       "with rille_get_object", label);
    default:
        return put_scalar(value, out) ? err_nomem(err) : OK;
    }
}

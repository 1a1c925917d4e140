/* csv_column.c -- see csv_column.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/datetime.h"
#include "csv/csv_column.h"

enum { SHOWN = 40 };                /* bytes of a bad value in a message */

static void
integers_to_numbers(CsvColumn *c, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        c->cells[i].d = (double)c->cells[i].i;
    c->type = CSV_NUMBER;
}

/* The type of a column of type have that gets a value of type found. */
static CsvType
wider(const CsvColumn *c, CsvType found)
{
    CsvType type = found;

    if ((c->type == CSV_INTEGER && found == CSV_NUMBER)
        || (c->type == CSV_NUMBER && found == CSV_INTEGER))
        type = CSV_NUMBER;
    else if (c->type != CSV_AUTO && c->type != found)
        type = CSV_STRING;
    if (c->missing && type == CSV_INTEGER)
        type = CSV_NUMBER;
    if ((c->missing && type == CSV_BOOLEAN) || (c->large && type == CSV_NUMBER))
        type = CSV_STRING;
    return type;
}

/* Makes the column one that can hold the value at p, of type found. */
static void
widen(CsvTable *t, CsvColumn *c, const char *p, CsvType found)
{
    CsvType type = wider(c, found);

    if (c->type == CSV_DATE && c->dates.len)
        c->no_date = p;
    if (c->type == CSV_INTEGER && type == CSV_NUMBER)
        integers_to_numbers(c, t->row);
    else if (c->type == CSV_AUTO)           /* all so far were missing */
        for (int64_t i = 0; i < t->row; i++)
            if (type == CSV_STRING)
                c->cells[i].i = CSV_NO_TEXT;
            else if (type == CSV_DATE)
                c->cells[i].i = DATETIME_MISSING;
            else
                c->cells[i].d = NAN;
    else if (type == CSV_STRING && c->type != CSV_STRING)
        t->again = 1;
    c->type = type;
}

static int
shown(size_t len)
{
    return (int)(len < SHOWN ? len : SHOWN);
}

/* What to do about text in a column of numbers. */
static const char *
advice(const CsvTable *t, const CsvColumn *c, const CsvSlice *s)
{
    static const char *const missing[] = {"NA", "N/A", "n/a", "#N/A", "na", "NULL", "null",
                                          "None", "-", "--", "..", ".", "?", "<NA>"};

    if (c->strict || c->want == CSV_STRING)
        return "";
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (csv_lex_is(s, missing[i], strlen(missing[i])))
            return "; set texts for missing values with the option missing";
    if (c->want == CSV_DATE && !c->dates.len)
        return "; set the format of dates with the option dates";
    if (c->want == CSV_NUMBER && !csv_lex_is_local(&t->lex)
        && memchr(s->at, ',', (size_t)(s->end - s->at)))
        return "; set the format of numbers with the options decimal and thousands";
    return "";
}

/* Why a column has its type, when no option gave it. */
static const char *
reason(const CsvColumn *c)
{
    return c->strict ? "; the first chunk set this type; choose one with "
                       "types = { column = type }"
                     : "";
}

static int
bad_value(CsvTable *t, const CsvColumn *c, const char *p, const char *expected)
{
    CsvSlice s = {p, p, 0, 0};
    size_t len;

    csv_lex_field(&t->lex, p, &s);
    len = (size_t)(s.end - s.at);
    return csv_lex_fail(&t->lex, p, ERR_TYPE, "column \"%.*s\": \"%.*s%s\" is not %s%s%s",
                        shown(c->name.len), (const char *)c->name.data, shown(len), s.at,
                        len > SHOWN ? "..." : "", expected, reason(c),
                        advice(t, c, &s));
}

int
csv_column_put_text(CsvTable *t, CsvColumn *c, const char *p)
{
    static const char *const expected[] = {
        "", "an integer of 64 bits", "a number", "true or false",
        "a date such as 2026-11-22 or 2026-11-22T10:30:00"};
    char date[64];

    if (c->want == CSV_DATE && c->dates.len) {
        snprintf(date, sizeof date, "a date written as %.*s", shown(c->dates.len), c->dates.at);
        return bad_value(t, c, p, date);
    }
    if (c->want && c->want != CSV_STRING)
        return bad_value(t, c, p, expected[c->want]);
    if (c->type != CSV_STRING)
        widen(t, c, p, CSV_STRING);
    c->cells[t->row].i = p - t->lex.start;
    return OK;
}

/* A column of integers, or of numbers as they were so far, would round its value. */
static int
would_round(CsvTable *t, const CsvColumn *c, const char *p)
{
    int len = shown(c->name.len);
    const char *name = (const char *)c->name.data;

    return csv_lex_fail(&t->lex, p, ERR_TYPE,
                        "column \"%.*s\": an integer past 2^53 beside missing values or "
                        "fractions, which a number cannot hold; types = { [\"%.*s\"] = "
                        "\"string\" } keeps all, \"number\" rounds%s", len, name, len, name,
                        reason(c));
}

int
csv_column_put_number(CsvTable *t, CsvColumn *c, const char *p, const CsvNumber *n)
{
    /* a minus zero is no integer, unless it was said to be one */
    CsvType found = n->padded ? CSV_STRING
                    : n->integer && (n->i || !signbit(n->d)) ? CSV_INTEGER : CSV_NUMBER;

    if (c->want == CSV_BOOLEAN || c->want == CSV_DATE
        || (c->want == CSV_INTEGER && !n->integer)
        || (c->strict && (n->padded || (c->want == CSV_INTEGER && found != CSV_INTEGER))))
        return csv_column_put_text(t, c, p);
    if (n->rounded) {
        c->large = 1;
        if (c->type == CSV_NUMBER && (c->want == CSV_INTEGER || c->strict))
            return would_round(t, c, p);
        if (c->type == CSV_NUMBER && !c->want)
            widen(t, c, p, found);
    }
    if (!c->want && c->type != found && !(c->type == CSV_NUMBER && found == CSV_INTEGER))
        widen(t, c, p, found);
    if (c->type == CSV_INTEGER)
        c->cells[t->row].i = n->i;
    else if (c->type == CSV_NUMBER)
        c->cells[t->row].d = n->d;
    else
        c->cells[t->row].i = p - t->lex.start;
    return OK;
}

int
csv_column_put_boolean(CsvTable *t, CsvColumn *c, const char *p, int value)
{
    if (c->want && c->want != CSV_BOOLEAN)
        return csv_column_put_text(t, c, p);
    if (c->type != CSV_BOOLEAN)
        widen(t, c, p, CSV_BOOLEAN);
    c->cells[t->row].i = c->type == CSV_BOOLEAN ? value : p - t->lex.start;
    return OK;
}

int
csv_column_put_date(CsvTable *t, CsvColumn *c, const char *p, int64_t ms)
{
    if (c->want && c->want != CSV_DATE)
        return csv_column_put_text(t, c, p);
    if (c->type != CSV_DATE)
        widen(t, c, p, CSV_DATE);
    c->cells[t->row].i = c->type == CSV_DATE ? ms : p - t->lex.start;
    return OK;
}

int
csv_column_put_missing(CsvTable *t, CsvColumn *c, const char *p)
{
    if (c->want == CSV_BOOLEAN)
        return csv_lex_fail(&t->lex, p, ERR_TYPE,
                            "column \"%.*s\": a boolean cannot be missing",
                            shown(c->name.len), (const char *)c->name.data);
    c->missing++;
    if (c->type == CSV_INTEGER && c->large && c->want)
        return would_round(t, c, p);
    if (c->type == CSV_INTEGER && c->large)
        widen(t, c, p, CSV_STRING);
    else if (c->type == CSV_INTEGER)
        integers_to_numbers(c, t->row);
    else if (c->type == CSV_BOOLEAN)
        widen(t, c, p, CSV_STRING);
    if (c->type == CSV_STRING)
        c->cells[t->row].i = CSV_NO_TEXT;
    else if (c->type == CSV_DATE)
        c->cells[t->row].i = DATETIME_MISSING;
    else
        c->cells[t->row].d = NAN;
    return OK;
}

/* Makes the array of cells one of bytes. */
static int
pack_booleans(CsvTable *t, CsvColumn *c, Err *err)
{
    Array *packed;
    int rc = array_new(&packed, ARRAY_BOOL, 1, &t->row, err);

    if (rc)
        return rc;
    for (int64_t i = 0; i < t->row; i++)
        packed->data[i] = (unsigned char)c->cells[i].i;
    array_free(c->array);
    c->array = packed;
    return OK;
}

int
csv_column_finish(CsvTable *t, CsvColumn *c, Err *err)
{
    if (c->type == CSV_AUTO && c->quoted)
        widen(t, c, NULL, CSV_STRING);
    if (c->type == CSV_AUTO)
        c->type = CSV_NUMBER;
    c->array->shape[0] = t->row;
    if (c->type == CSV_NUMBER)
        c->array->type = ARRAY_F64;
    return c->type == CSV_BOOLEAN ? pack_booleans(t, c, err) : OK;
}

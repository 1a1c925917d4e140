/* csv.c -- see csv.h
 *
 * One pass fills a cell of 8 bytes per field: an integer, a double, or for text
 * the offset of the field, which is read again when asked for.  A column's type
 * grows as fields demand it (auto, integer, number, string).  Numbers that turn
 * out to be text have lost where they stood; then the pass is made once more,
 * with the types that are known by then. */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "csvnum.h"

enum { SHOWN = 40 };                /* bytes of a bad value in a message */

typedef union Cell {
    int64_t i;                      /* integer, boolean, offset of a text */
    double d;
} Cell;

typedef struct Column {
    Buf name;
    CsvType want;                   /* as forced, or CSV_AUTO */
    CsvType type;                   /* as known so far */
    int64_t missing;                /* how many so far */
    Array *array;                   /* owns the cells */
    Cell *cells;
} Column;

struct CsvTable {
    CsvSource source;
    const char *start, *body, *end; /* past the mark, past the header */
    Column *columns;
    size_t ncolumns;
    int64_t row, room;              /* rows read; cells of a column */
    int again;                      /* a column of numbers became one of text */
    Buf markers;                    /* each its length, a size_t, and its bytes */
    Buf unquoted;                   /* what csv_text lends */
    Err *err;                       /* the caller's, during csv_open, csv_parse */
};

/* A field without its quotes. */
typedef struct Slice {
    const char *at, *end;
    int doubled;                    /* quotes in it are doubled */
} Slice;

static const int64_t NO_TEXT = -1;  /* the offset of a missing text */

static int
fail(CsvTable *t, const char *p, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* An error at p; returns its code. */
static int
fail(CsvTable *t, const char *p, int code, const char *fmt, ...)
{
    const char *line = t->start;
    size_t lines = 1;
    char what[512];
    va_list ap;

    for (const char *q; (q = memchr(line, '\n', (size_t)(p - line))); line = q + 1)
        lines++;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(t->err, code, "%s:%zu:%zu: %s", t->source.name, lines,
                   (size_t)(p - line) + 1, what);
}

static int
is_line_end(const CsvTable *t, const char *p)
{
    return p == t->end || *p == '\n' || (*p == '\r' && (p[1] == '\n' || p + 1 == t->end));
}

static int
is_field_end(const CsvTable *t, const char *p)
{
    return *p == t->source.separator || is_line_end(t, p);
}

static const char *
skip_line_end(const CsvTable *t, const char *p)
{
    p += p < t->end && *p == '\r';
    return p + (p < t->end && *p == '\n');
}

static const char *
skip_empty_lines(const CsvTable *t, const char *p)
{
    while (p < t->end && is_line_end(t, p))
        p = skip_line_end(t, p);
    return p;
}

/* The field at p, which begins with a quote; its end, or NULL. */
static const char *
lex_quoted(CsvTable *t, const char *p, Slice *s)
{
    const char *q = p + 1;

    s->at = q;
    s->doubled = 0;
    for (;;) {
        q = memchr(q, '"', (size_t)(t->end - q));
        if (!q) {
            fail(t, p, ERR_SYNTAX, "the quote that begins here is never closed");
            return NULL;
        }
        if (q[1] != '"')
            break;
        s->doubled = 1;
        q += 2;
    }
    s->end = q++;
    if (is_field_end(t, q))
        return q;
    fail(t, q, ERR_SYNTAX, "expected a separator or the line's end after the quote");
    return NULL;
}

/* The field at p; where it ends, or NULL. */
static const char *
lex(CsvTable *t, const char *p, Slice *s)
{
    if (*p == '"' && p < t->end)
        return lex_quoted(t, p, s);
    s->at = p;
    s->doubled = 0;
    while (p < t->end && *p != t->source.separator && *p != '\n')
        p++;
    if (p > s->at && p[-1] == '\r' && is_line_end(t, p - 1))
        p--;
    s->end = p;
    return p;
}

/* Appends the bytes that the slice stands for. */
static int
unquote(const Slice *s, Buf *out)
{
    const char *p = s->at;

    while (s->doubled && p < s->end) {
        const char *q = memchr(p, '"', (size_t)(s->end - p));

        if (!q)
            break;
        if (buf_put(out, p, (size_t)(q + 1 - p)))
            return ERR_NOMEM;
        p = q + 2;
    }
    return buf_put(out, p, (size_t)(s->end - p));
}

static Slice
trim(const CsvTable *t, Slice s)
{
    while (s.at < s.end && (*s.at == ' ' || *s.at == '\t') && *s.at != t->source.separator)
        s.at++;
    while (s.at < s.end && (s.end[-1] == ' ' || s.end[-1] == '\t'))
        s.end--;
    return s;
}

static int
is_text(const Slice *s, const char *text, size_t len)
{
    return (size_t)(s->end - s->at) == len && memcmp(s->at, text, len) == 0;
}

static int
is_missing(const CsvTable *t, const Slice *s)
{
    const unsigned char *p = t->markers.data, *end = p ? p + t->markers.len : p;

    if (s->at == s->end)
        return 1;
    while (p < end && !s->doubled) {
        size_t len;

        memcpy(&len, p, sizeof len);
        p += sizeof len;
        if (is_text(s, (const char *)p, len))
            return 1;
        p += len;
    }
    return 0;
}

/* "inf", "-Infinity", "NaN": 1 and its value. */
static int
is_special(const Slice *s, CsvNumber *out)
{
    static const struct {
        const char *text;
        double value;
    } specials[] = {{"inf", INFINITY}, {"infinity", INFINITY}, {"nan", NAN}};
    const char *at = s->at;
    size_t len;

    at += s->end > at && (*at == '-' || *at == '+');
    len = (size_t)(s->end - at);
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        size_t n = strlen(specials[i].text), same = 0;

        while (len == n && same < n && (at[same] | 32) == specials[i].text[same])
            same++;
        if (same == n) {
            out->integer = out->padded = 0;
            out->d = *s->at == '-' ? -specials[i].value : specials[i].value;
            return 1;
        }
    }
    return 0;
}

/* The slice is followed by something that no number goes on with. */
static int
is_number(const Slice *s, CsvNumber *out)
{
    return s->at < s->end && (csvnum_scan(s->at, out) == s->end || is_special(s, out));
}

/* 1, 0, or -1 when it is no boolean. */
static int
boolean_of(const Slice *s)
{
    if (is_text(s, "true", 4) || is_text(s, "True", 4) || is_text(s, "TRUE", 4))
        return 1;
    if (is_text(s, "false", 5) || is_text(s, "False", 5) || is_text(s, "FALSE", 5))
        return 0;
    return -1;
}

static void
integers_to_numbers(Column *c, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        c->cells[i].d = (double)c->cells[i].i;
    c->type = CSV_NUMBER;
}

/* The type of a column of type have that gets a value of type found. */
static CsvType
wider(const Column *c, CsvType found)
{
    CsvType type = found;

    if ((c->type == CSV_INTEGER && found == CSV_NUMBER)
        || (c->type == CSV_NUMBER && found == CSV_INTEGER))
        type = CSV_NUMBER;
    else if (c->type != CSV_AUTO && c->type != found)
        type = CSV_STRING;
    if (c->missing && type == CSV_INTEGER)
        type = CSV_NUMBER;
    if (c->missing && type == CSV_BOOLEAN)
        type = CSV_STRING;
    return type;
}

/* Makes the column one that can hold a value of type found. */
static void
widen(CsvTable *t, Column *c, CsvType found)
{
    CsvType type = wider(c, found);

    if (c->type == CSV_INTEGER && type == CSV_NUMBER)
        integers_to_numbers(c, t->row);
    else if (c->type == CSV_AUTO)           /* all so far were missing */
        for (int64_t i = 0; i < t->row; i++)
            if (type == CSV_STRING)
                c->cells[i].i = NO_TEXT;
            else
                c->cells[i].d = NAN;
    else if (type == CSV_STRING && c->type != CSV_STRING)
        t->again = 1;
    c->type = type;
}

static int
bad_value(CsvTable *t, const Column *c, const char *p, const char *expected)
{
    Slice s = {p, p, 0};
    size_t len;

    lex(t, p, &s);
    len = (size_t)(s.end - s.at);
    return fail(t, p, ERR_TYPE, "column \"%.*s\": \"%.*s%s\" is not %s",
                (int)(c->name.len < SHOWN ? c->name.len : SHOWN),
                c->name.len ? (const char *)c->name.data : "",
                (int)(len < SHOWN ? len : SHOWN), s.at, len > SHOWN ? "..." : "",
                expected);
}

static int
store_text(CsvTable *t, Column *c, const char *p)
{
    static const char *const expected[] = {
        "", "an integer of 64 bits", "a number", "true or false"};

    if (c->want && c->want != CSV_STRING)
        return bad_value(t, c, p, expected[c->want]);
    if (c->type != CSV_STRING)
        widen(t, c, CSV_STRING);
    c->cells[t->row].i = p - t->start;
    return OK;
}

static int
store_number(CsvTable *t, Column *c, const char *p, const CsvNumber *n)
{
    /* a minus zero is no integer, unless it was said to be one */
    CsvType found = n->padded ? CSV_STRING
                    : n->integer && (n->i || !signbit(n->d)) ? CSV_INTEGER : CSV_NUMBER;

    if (c->want == CSV_BOOLEAN || (c->want == CSV_INTEGER && !n->integer))
        return store_text(t, c, p);
    if (!c->want && c->type != found && !(c->type == CSV_NUMBER && found == CSV_INTEGER))
        widen(t, c, found);
    if (c->type == CSV_INTEGER)
        c->cells[t->row].i = n->i;
    else if (c->type == CSV_NUMBER)
        c->cells[t->row].d = n->d;
    else
        c->cells[t->row].i = p - t->start;
    return OK;
}

static int
store_boolean(CsvTable *t, Column *c, const char *p, int value)
{
    if (c->want && c->want != CSV_BOOLEAN)
        return store_text(t, c, p);
    if (c->type != CSV_BOOLEAN)
        widen(t, c, CSV_BOOLEAN);
    c->cells[t->row].i = c->type == CSV_BOOLEAN ? value : p - t->start;
    return OK;
}

static int
store_missing(CsvTable *t, Column *c, const char *p)
{
    if (c->want == CSV_BOOLEAN)
        return fail(t, p, ERR_TYPE, "column \"%.*s\": a boolean cannot be missing",
                    (int)(c->name.len < SHOWN ? c->name.len : SHOWN),
                    c->name.len ? (const char *)c->name.data : "");
    c->missing++;
    if (c->type == CSV_INTEGER)
        integers_to_numbers(c, t->row);
    else if (c->type == CSV_BOOLEAN)
        widen(t, c, CSV_STRING);
    if (c->type == CSV_STRING)
        c->cells[t->row].i = NO_TEXT;
    else
        c->cells[t->row].d = NAN;
    return OK;
}

/* Reads the field at p, whatever it is, into the column; its end, or NULL. */
static const char *
scan_any(CsvTable *t, Column *c, const char *p)
{
    Slice s, bare;
    const char *next = lex(t, p, &s);
    CsvNumber n;
    int rc;

    if (!next)
        return NULL;
    bare = trim(t, s);
    if (is_missing(t, &s))
        rc = store_missing(t, c, p);
    else if (c->type != CSV_STRING && is_number(&bare, &n))
        rc = store_number(t, c, p, &n);
    else if (c->type != CSV_STRING && boolean_of(&bare) >= 0)
        rc = store_boolean(t, c, p, boolean_of(&bare));
    else
        rc = store_text(t, c, p);
    return rc ? NULL : next;
}

/* Digits without a leading zero, an integer for sure; their end, or NULL. */
static const char *
scan_digits(const CsvTable *t, const char *p, int64_t *out)
{
    const char *first = p;
    int64_t v = 0;

    for (; *p >= '0' && *p <= '9' && p - first < 18; p++)
        v = v * 10 + (*p - '0');
    if (p == first || (*first == '0' && p - first > 1) || !is_field_end(t, p))
        return NULL;
    *out = v;
    return p;
}

/* The short ways for plain numbers, which most fields are. */
static const char *
scan_field(CsvTable *t, Column *c, const char *p)
{
    const char *next;
    CsvNumber n;

    if (c->type > CSV_NUMBER || t->markers.len)
        return scan_any(t, c, p);
    if (c->type == CSV_INTEGER && (next = scan_digits(t, p, &c->cells[t->row].i)))
        return next;
    next = csvnum_scan(p, &n);
    if (!next || !is_field_end(t, next))
        return scan_any(t, c, p);
    return store_number(t, c, p, &n) ? NULL : next;
}

/* The record at p has found fields up to here, or more. */
static int
wrong_count(CsvTable *t, const char *p, size_t found)
{
    const char *at = p;
    Slice s;

    while (*p == t->source.separator && p < t->end) {
        found++;
        p = lex(t, p + 1, &s);
        if (!p)
            return ERR_SYNTAX;
    }
    return fail(t, at, ERR_SYNTAX, "expected %zu field%s, found %zu", t->ncolumns,
                t->ncolumns == 1 ? "" : "s", found);
}

/* Reads the record at p; its end, or NULL. */
static const char *
scan_record(CsvTable *t, const char *p)
{
    size_t column = 0;

    for (;;) {
        p = scan_field(t, &t->columns[column], p);
        if (!p)
            return NULL;
        if (++column == t->ncolumns || *p != t->source.separator || p == t->end)
            break;
        p++;
    }
    if (column == t->ncolumns && is_line_end(t, p))
        return skip_line_end(t, p);
    wrong_count(t, p, column);
    return NULL;
}

static int
scan_all(CsvTable *t)
{
    const char *p = skip_empty_lines(t, t->body);

    t->row = 0;
    for (size_t i = 0; i < t->ncolumns; i++)
        t->columns[i].missing = 0;
    while (p < t->end) {
        assert(t->row < t->room);
        p = scan_record(t, p);
        if (!p)
            return t->err ? t->err->code : ERR_SYNTAX;
        t->row++;
        p = skip_empty_lines(t, p);
    }
    return OK;
}

/* No more records than lines, and none is shorter than its separators. */
static int64_t
count_room(const CsvTable *t)
{
    size_t lines = 1, most = (size_t)(t->end - t->body) / t->ncolumns + 1;

    for (const char *p = t->body; (p = memchr(p, '\n', (size_t)(t->end - p))); p++)
        lines++;
    return (int64_t)(lines < most ? lines : most);
}

static int
make_cells(CsvTable *t, Err *err)
{
    t->room = count_room(t);
    for (size_t i = 0; i < t->ncolumns; i++) {
        Column *c = &t->columns[i];
        int rc = array_new(&c->array, ARRAY_I64, 1, &t->room, err);

        if (rc)
            return rc;
        c->cells = (Cell *)(void *)c->array->data;
    }
    return OK;
}

/* Cells of 8 bytes to an array of bytes. */
static int
pack_booleans(CsvTable *t, Column *c, Err *err)
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

static int
finish(CsvTable *t, Err *err)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        Column *c = &t->columns[i];

        if (c->type == CSV_AUTO)
            c->type = CSV_NUMBER;
        c->array->shape[0] = t->row;
        if (c->type == CSV_NUMBER)
            c->array->type = ARRAY_F64;
        if (c->type == CSV_BOOLEAN && pack_booleans(t, c, err))
            return ERR_NOMEM;
    }
    return OK;
}

/* How many fields the record at p has; 0 after an error. */
static size_t
count_fields(CsvTable *t, const char *p)
{
    size_t n = 0;
    Slice s;

    do {
        p = lex(t, p, &s);
        if (!p)
            return 0;
        n++;
    } while (*p == t->source.separator && p++ < t->end);
    return n;
}

static int
compare_names(const void *a, const void *b)
{
    const Buf *x = &(*(Column *const *)a)->name, *y = &(*(Column *const *)b)->name;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int
check_names(CsvTable *t, const char *header)
{
    Column **sorted = malloc(t->ncolumns * sizeof(Column *));
    int rc = OK;

    if (!sorted)
        return err_nomem(t->err);
    for (size_t i = 0; i < t->ncolumns; i++)
        sorted[i] = &t->columns[i];
    qsort(sorted, t->ncolumns, sizeof *sorted, compare_names);
    for (size_t i = 1; i < t->ncolumns && rc == OK; i++)
        if (compare_names(&sorted[i - 1], &sorted[i]) == 0)
            rc = fail(t, header, ERR_SYNTAX, "two columns are named \"%.*s\"",
                      (int)(sorted[i]->name.len < SHOWN ? sorted[i]->name.len : SHOWN),
                      (const char *)sorted[i]->name.data);
    free(sorted);
    return rc;
}

/* Names the columns from the record at p, or by number; no name is empty. */
static int
name_columns(CsvTable *t, const char *p)
{
    const char *header = p;

    for (size_t i = 0; i < t->ncolumns; i++) {
        Buf *name = &t->columns[i].name;
        Slice s;

        if (t->source.header) {
            p = lex(t, p, &s);
            if (unquote(&s, name))
                return err_nomem(t->err);
            p += i + 1 < t->ncolumns;
        }
        if (name->len == 0 && buf_printf(name, "column_%zu", i + 1))
            return err_nomem(t->err);
    }
    t->body = t->source.header ? skip_line_end(t, p) : header;
    return check_names(t, header);
}

static int
read_header(CsvTable *t)
{
    const char *p = skip_empty_lines(t, t->start);

    if (p == t->end)
        return fail(t, t->start, ERR_SYNTAX, "expected %s, found nothing",
                    t->source.header ? "a line of column names" : "a record");
    t->ncolumns = count_fields(t, p);
    if (!t->ncolumns)
        return t->err ? t->err->code : ERR_SYNTAX;
    t->columns = calloc(t->ncolumns, sizeof *t->columns);
    if (!t->columns) {
        t->ncolumns = 0;
        return err_nomem(t->err);
    }
    return name_columns(t, p);
}

static int
is_separator(char c)
{
    return (c == '\t' || (c >= ' ' && c < 127)) && !strchr("\"+-.", c)
           && !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z');
}

int
csv_open(CsvTable **out, const CsvSource *source, Err *err)
{
    CsvTable *t;
    int rc;

    assert(source->text[source->len] == 0);
    if (!is_separator(source->separator))
        return err_set(err, ERR_INVAL, "a separator is one character of ASCII that is "
                                       "no letter, digit, sign, point or quote");
    t = calloc(1, sizeof *t);
    if (!t)
        return err_nomem(err);
    t->source = *source;
    t->err = err;
    t->start = source->text;
    t->end = source->text + source->len;
    if (source->len >= 3 && memcmp(t->start, "\xEF\xBB\xBF", 3) == 0)
        t->start += 3;
    rc = read_header(t);
    t->err = NULL;
    if (rc) {
        csv_free(t);
        return rc;
    }
    *out = t;
    return OK;
}

void
csv_free(CsvTable *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->ncolumns; i++) {
        buf_release(&t->columns[i].name);
        array_free(t->columns[i].array);
    }
    free(t->columns);
    buf_release(&t->markers);
    buf_release(&t->unquoted);
    free(t);
}

const char *
csv_source(const CsvTable *t)
{
    return t->source.name;
}

size_t
csv_columns(const CsvTable *t)
{
    return t->ncolumns;
}

const char *
csv_name(const CsvTable *t, size_t column, size_t *len)
{
    *len = t->columns[column].name.len;
    return (const char *)t->columns[column].name.data;
}

int
csv_missing(CsvTable *t, const char *marker, size_t len)
{
    if (len > SIZE_MAX - sizeof len || buf_reserve(&t->markers, len + sizeof len))
        return ERR_NOMEM;
    buf_put(&t->markers, &len, sizeof len);
    return buf_put(&t->markers, marker, len);
}

int
csv_force(CsvTable *t, const char *name, size_t len, CsvType type)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        Column *c = &t->columns[i];

        if (c->name.len == len && memcmp(c->name.data, name, len) == 0) {
            c->want = c->type = type;
            return OK;
        }
    }
    return ERR_NOTFOUND;
}

int
csv_parse(CsvTable *t, Err *err)
{
    int rc = make_cells(t, err);

    t->err = err;
    do {
        t->again = 0;
        if (rc == OK)
            rc = scan_all(t);
    } while (rc == OK && t->again);
    t->err = NULL;
    return rc ? rc : finish(t, err);
}

int64_t
csv_rows(const CsvTable *t)
{
    return t->row;
}

CsvType
csv_type(const CsvTable *t, size_t column)
{
    return t->columns[column].type;
}

Array *
csv_take(CsvTable *t, size_t column)
{
    Array *a = t->columns[column].array;

    t->columns[column].array = NULL;
    return a;
}

const char *
csv_text(CsvTable *t, size_t column, int64_t row, size_t *len)
{
    int64_t at = t->columns[column].cells[row].i;
    Slice s;

    *len = 0;
    if (at == NO_TEXT)
        return "";
    lex(t, t->start + at, &s);
    if (!s.doubled) {
        *len = (size_t)(s.end - s.at);
        return s.at;
    }
    t->unquoted.len = 0;
    if (unquote(&s, &t->unquoted))
        return NULL;
    *len = t->unquoted.len;
    return (const char *)t->unquoted.data;
}

/* Appends text with its quotes doubled. */
static int
put_doubled(Buf *out, const char *text, size_t len)
{
    const char *end = text + len;

    for (const char *q; (q = memchr(text, '"', (size_t)(end - text))); text = q + 1)
        if (buf_put(out, text, (size_t)(q + 1 - text)) || buf_byte(out, '"'))
            return ERR_NOMEM;
    return buf_put(out, text, (size_t)(end - text));
}

int
csv_put(Buf *out, const char *text, size_t len, char separator)
{
    size_t i = 0;

    while (i < len && text[i] != separator && text[i] != '"' && text[i] != '\n'
           && text[i] != '\r')
        i++;
    if (i == len)
        return buf_put(out, text, len);
    if (buf_byte(out, '"') || put_doubled(out, text, len))
        return ERR_NOMEM;
    return buf_byte(out, '"');
}

/* csv.c -- see csv.h
 *
 * One pass fills a cell of 8 bytes per field: an integer, a double, or for text
 * the offset of the field, which is read again when asked for.  A column's type
 * grows as fields demand it (auto, integer, number, string).  Numbers that turn
 * out to be text have lost where they stood; then the pass is made once more,
 * with the types that are known by then. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/datetime.h"
#include "csv/csv.h"
#include "csv/csv_file_kind.h"
#include "csv/csv_lex.h"

enum { SHOWN = 40 };                /* bytes of a bad value in a message */

typedef union Cell {
    int64_t i;                      /* integer, boolean, date, offset of a text */
    double d;
} Cell;

typedef struct Column {
    Buf name;
    CsvType want;                   /* as forced, or CSV_AUTO */
    CsvType type;                   /* as known so far */
    int strict;                     /* want is how earlier values were read */
    int large;                      /* has a number that no double holds */
    int quoted;                     /* what is in quotes is text */
    int64_t missing;                /* how many so far */
    Array *array;                   /* owns the cells */
    Cell *cells;
} Column;

struct CsvTable {
    CsvLex lex;                     /* its err is the caller's, while one has called */
    int header;
    const char *body;               /* behind the header */
    Column *columns;
    size_t ncolumns;
    int64_t row, room;              /* rows read; cells of a column */
    int again;                      /* a column of numbers became one of text */
    Buf markers;                    /* each its length, a size_t, and its bytes */
    Buf unquoted;                   /* what csv_text lends */
};

static const int64_t NO_TEXT = -1;  /* the offset of a missing text */

static int
is_missing(const CsvTable *t, const CsvSlice *s)
{
    const unsigned char *p = t->markers.data, *end = p ? p + t->markers.len : p;

    if (s->at == s->end)
        return 1;
    while (p < end && !s->doubled) {
        size_t len;

        memcpy(&len, p, sizeof len);
        p += sizeof len;
        if (csvlex_is(s, (const char *)p, len))
            return 1;
        p += len;
    }
    return 0;
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
    if ((c->missing && type == CSV_BOOLEAN) || (c->large && type == CSV_NUMBER))
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

/* Why a column is what it is, where nobody said so. */
static const char *
reason(const Column *c)
{
    return c->strict ? "; the first chunk made it that: say what it is with "
                       "types = { column = type }"
                     : "";
}

static int
bad_value(CsvTable *t, const Column *c, const char *p, const char *expected)
{
    CsvSlice s = {p, p, 0};
    size_t len;

    csvlex_field(&t->lex, p, &s);
    len = (size_t)(s.end - s.at);
    return csvlex_fail(&t->lex, p, ERR_TYPE, "column \"%.*s\": \"%.*s%s\" is not %s%s",
                       shown(c->name.len), (const char *)c->name.data, shown(len), s.at,
                       len > SHOWN ? "..." : "", expected, reason(c));
}

static int
store_text(CsvTable *t, Column *c, const char *p)
{
    static const char *const expected[] = {
        "", "an integer of 64 bits", "a number", "true or false",
        "a date such as 2026-11-22 or 2026-11-22T10:30:00"};

    if (c->want && c->want != CSV_STRING)
        return bad_value(t, c, p, expected[c->want]);
    if (c->type != CSV_STRING)
        widen(t, c, CSV_STRING);
    c->cells[t->row].i = p - t->lex.start;
    return OK;
}

/* A column of integers, or of numbers as they were so far, would round its value. */
static int
would_round(CsvTable *t, const Column *c, const char *p)
{
    int len = shown(c->name.len);
    const char *name = (const char *)c->name.data;

    return csvlex_fail(&t->lex, p, ERR_TYPE,
                       "column \"%.*s\": an integer past 2^53 beside missing values or "
                       "fractions, which no number holds; types = { [\"%.*s\"] = "
                       "\"string\" } keeps all, \"number\" rounds%s", len, name, len, name,
                       reason(c));
}

static int
store_number(CsvTable *t, Column *c, const char *p, const CsvNumber *n)
{
    /* a minus zero is no integer, unless it was said to be one */
    CsvType found = n->padded ? CSV_STRING
                    : n->integer && (n->i || !signbit(n->d)) ? CSV_INTEGER : CSV_NUMBER;

    if (c->want == CSV_BOOLEAN || c->want == CSV_DATE
        || (c->want == CSV_INTEGER && !n->integer)
        || (c->strict && (n->padded || (c->want == CSV_INTEGER && found != CSV_INTEGER))))
        return store_text(t, c, p);
    if (n->rounded) {
        c->large = 1;
        if (c->type == CSV_NUMBER && (c->want == CSV_INTEGER || c->strict))
            return would_round(t, c, p);
        if (c->type == CSV_NUMBER && !c->want)
            widen(t, c, found);
    }
    if (!c->want && c->type != found && !(c->type == CSV_NUMBER && found == CSV_INTEGER))
        widen(t, c, found);
    if (c->type == CSV_INTEGER)
        c->cells[t->row].i = n->i;
    else if (c->type == CSV_NUMBER)
        c->cells[t->row].d = n->d;
    else
        c->cells[t->row].i = p - t->lex.start;
    return OK;
}

static int
store_boolean(CsvTable *t, Column *c, const char *p, int value)
{
    if (c->want && c->want != CSV_BOOLEAN)
        return store_text(t, c, p);
    if (c->type != CSV_BOOLEAN)
        widen(t, c, CSV_BOOLEAN);
    c->cells[t->row].i = c->type == CSV_BOOLEAN ? value : p - t->lex.start;
    return OK;
}

static int
store_date(CsvTable *t, Column *c, const char *p, int64_t ms)
{
    if (c->want && c->want != CSV_DATE)
        return store_text(t, c, p);
    if (c->type != CSV_DATE)
        widen(t, c, CSV_DATE);
    c->cells[t->row].i = c->type == CSV_DATE ? ms : p - t->lex.start;
    return OK;
}

static int
store_missing(CsvTable *t, Column *c, const char *p)
{
    if (c->want == CSV_BOOLEAN)
        return csvlex_fail(&t->lex, p, ERR_TYPE,
                           "column \"%.*s\": a boolean cannot be missing",
                           shown(c->name.len), (const char *)c->name.data);
    c->missing++;
    if (c->type == CSV_INTEGER && c->large && c->want)
        return would_round(t, c, p);
    if (c->type == CSV_INTEGER && c->large)
        widen(t, c, CSV_STRING);
    else if (c->type == CSV_INTEGER)
        integers_to_numbers(c, t->row);
    else if (c->type == CSV_BOOLEAN)
        widen(t, c, CSV_STRING);
    if (c->type == CSV_STRING)
        c->cells[t->row].i = NO_TEXT;
    else if (c->type == CSV_DATE)
        c->cells[t->row].i = DATETIME_MISSING;
    else
        c->cells[t->row].d = NAN;
    return OK;
}

/* A look at what no number has saves most attempts. */
static int
is_date(const CsvSlice *s, int64_t *ms)
{
    return s->end - s->at >= 10 && s->at[4] == '-' && s->at[7] == '-'
           && datetime_parse(s->at, (size_t)(s->end - s->at), ms) == 0;
}

/* Reads the field at p, whatever it is, into the column; its end, or NULL. */
static const char *
scan_any(CsvTable *t, Column *c, const char *p)
{
    CsvSlice s, bare;
    const char *next = csvlex_field(&t->lex, p, &s);
    CsvNumber n;
    int64_t ms;
    int rc;

    if (!next)
        return NULL;
    bare = csvlex_trim(&t->lex, s);
    if (c->quoted && s.at > p)
        rc = store_text(t, c, p);
    else if (is_missing(t, &s))
        rc = store_missing(t, c, p);
    else if (c->type == CSV_STRING)
        rc = store_text(t, c, p);
    else if (is_date(&bare, &ms))
        rc = store_date(t, c, p, ms);
    else if (csvlex_number(&t->lex, &bare, &n))
        rc = store_number(t, c, p, &n);
    else if (csvlex_boolean(&bare) >= 0)
        rc = store_boolean(t, c, p, csvlex_boolean(&bare));
    else
        rc = store_text(t, c, p);
    return rc ? NULL : next;
}

/* Digits without a leading zero, an integer for sure that a double holds; their end, or
 * NULL. */
static const char *
scan_digits(const CsvTable *t, const char *p, int64_t *out)
{
    const char *first = p;
    int64_t v = 0;

    for (; *p >= '0' && *p <= '9' && p - first < 18; p++)
        v = v * 10 + (*p - '0');
    if (p == first || (*first == '0' && p - first > 1) || v > INT64_C(1) << 53
        || !csvlex_at_field_end(&t->lex, p))
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
    next = csvlex_decimal(&t->lex, p, &n);
    if (!next || !csvlex_at_field_end(&t->lex, next))
        return scan_any(t, c, p);
    if (c->type == CSV_NUMBER && c->want != CSV_INTEGER
        && !(n.integer | n.padded | n.rounded)) {
        c->cells[t->row].d = n.d;
        return next;
    }
    return store_number(t, c, p, &n) ? NULL : next;
}

/* The record at p has found fields up to here, or more. */
static int
wrong_count(CsvTable *t, const char *p, size_t found)
{
    const char *at = p;
    CsvSlice s;

    while (*p == t->lex.separator && p < t->lex.end) {
        found++;
        p = csvlex_field(&t->lex, p + 1, &s);
        if (!p)
            return ERR_SYNTAX;
    }
    return csvlex_fail(&t->lex, at, ERR_SYNTAX, "expected %zu field%s, found %zu",
                       t->ncolumns, t->ncolumns == 1 ? "" : "s", found);
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
        if (++column == t->ncolumns || *p != t->lex.separator || p == t->lex.end)
            break;
        p++;
    }
    if (column == t->ncolumns && csvlex_at_line_end(&t->lex, p))
        return csvlex_skip_line_end(&t->lex, p);
    wrong_count(t, p, column);
    return NULL;
}

static int
scan_all(CsvTable *t)
{
    const char *p = csvlex_skip_empty_lines(&t->lex, t->body);

    t->row = 0;
    for (size_t i = 0; i < t->ncolumns; i++)
        t->columns[i].missing = 0;
    while (p < t->lex.end) {
        assert(t->row < t->room);
        p = scan_record(t, p);
        if (!p)
            return t->lex.err ? t->lex.err->code : ERR_SYNTAX;
        t->row++;
        p = csvlex_skip_empty_lines(&t->lex, p);
    }
    return OK;
}

/* No more records than lines, and none is shorter than its separators. */
static int64_t
count_room(const CsvTable *t)
{
    size_t lines = 1, most = (size_t)(t->lex.end - t->body) / t->ncolumns + 1;

    for (const char *p = t->body; (p = memchr(p, '\n', (size_t)(t->lex.end - p))); p++)
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

        if (c->type == CSV_AUTO && c->quoted)
            widen(t, c, CSV_STRING);
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
        return err_nomem(t->lex.err);
    for (size_t i = 0; i < t->ncolumns; i++)
        sorted[i] = &t->columns[i];
    qsort(sorted, t->ncolumns, sizeof *sorted, compare_names);
    for (size_t i = 1; i < t->ncolumns && rc == OK; i++)
        if (compare_names(&sorted[i - 1], &sorted[i]) == 0)
            rc = csvlex_fail(&t->lex, header, ERR_SYNTAX,
                             "two columns are named \"%.*s\"",
                             shown(sorted[i]->name.len),
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
        CsvSlice s;

        if (t->header) {
            p = csvlex_field(&t->lex, p, &s);
            if (csvlex_unquote(&s, name))
                return err_nomem(t->lex.err);
            p += i + 1 < t->ncolumns;
        }
        if (name->len == 0 && buf_printf(name, "column_%zu", i + 1))
            return err_nomem(t->lex.err);
    }
    t->body = t->header ? csvlex_skip_line_end(&t->lex, p) : header;
    return check_names(t, header);
}

/* Are there only blanks from p on? */
static int
is_blank(const CsvTable *t, const char *p)
{
    while (p < t->lex.end && *p != t->lex.separator
           && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p == t->lex.end;
}

static int
read_header(CsvTable *t)
{
    const char *p = csvlex_skip_empty_lines(&t->lex, t->lex.start);

    if (p == t->lex.end || is_blank(t, p))
        return csvlex_fail(&t->lex, t->lex.start, ERR_SYNTAX, "expected %s, found %s",
                           t->header ? "a line of column names" : "a record",
                           p == t->lex.end ? "nothing" : "blanks alone");
    t->ncolumns = csvlex_count(&t->lex, p);
    if (!t->ncolumns)
        return t->lex.err ? t->lex.err->code : ERR_SYNTAX;
    t->columns = calloc(t->ncolumns, sizeof *t->columns);
    if (!t->columns) {
        t->ncolumns = 0;
        return err_nomem(t->lex.err);
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
    t->header = source->header;
    t->lex = (CsvLex){source->text, source->text + source->len, source->name,
                      source->separator, err, source->head, source->lines};
    if (source->len >= 3 && memcmp(t->lex.start, "\xEF\xBB\xBF", 3) == 0)
        t->lex.start += 3;
    rc = csvlook_check(&t->lex, source->header);
    if (rc == OK)
        rc = read_header(t);
    t->lex.err = NULL;
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
    return t->lex.name;
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

void
csv_quoted(CsvTable *t, const char *name, size_t len)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        Column *c = &t->columns[i];

        if (c->name.len == len && memcmp(c->name.data, name, len) == 0)
            c->quoted = 1;
    }
}

int
csv_expect(CsvTable *t, const char *name, size_t len, CsvType type)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        Column *c = &t->columns[i];

        if (c->name.len == len && memcmp(c->name.data, name, len) == 0) {
            if (c->want)
                return OK;
            c->strict = 1;
        }
    }
    return csv_force(t, name, len, type);
}

int
csv_parse(CsvTable *t, Err *err)
{
    int rc = make_cells(t, err);

    t->lex.err = err;
    do {
        t->again = 0;
        if (rc == OK)
            rc = scan_all(t);
    } while (rc == OK && t->again);
    t->lex.err = NULL;
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
csv_text(CsvTable *t, size_t column, int64_t row, size_t *len, int *lasts)
{
    int64_t at = t->columns[column].cells[row].i;
    CsvSlice s;

    *len = 0;
    *lasts = 1;
    if (at == NO_TEXT)
        return "";
    csvlex_field(&t->lex, t->lex.start + at, &s);
    if (!s.doubled) {
        *len = (size_t)(s.end - s.at);
        return s.at;
    }
    *lasts = 0;
    t->unquoted.len = 0;
    if (csvlex_unquote(&s, &t->unquoted))
        return NULL;
    *len = t->unquoted.len;
    return (const char *)t->unquoted.data;
}

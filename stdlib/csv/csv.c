/* csv.c -- see csv.h
 *
 * One pass fills a cell per field (csv_table.h).  A column's type grows as its fields
 * demand (csv_column.c).  When a column of numbers becomes one of text, the places of its
 * first fields are not known any more; then the pass is made once more, with the types
 * that are known by then. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/datetime.h"
#include "base/interrupt.h"
#include "base/utf8.h"
#include "csv/csv.h"
#include "csv/csv_column.h"
#include "csv/csv_date.h"
#include "csv/csv_file_kind.h"
#include "csv/csv_header.h"
#include "csv/csv_separator.h"

enum {
    LOOK_EVERY = 1024,      /* rows between two looks at what ends a call */
    EARLY = 50,                     /* rows, in which a table may begin */
    PIECE = 64 << 10,               /* bytes that are looked at */
    SHOWN = 40,                     /* bytes of a field in a message */
    BLOCK = 64                      /* bytes that are counted at a time, by vectors */
};

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
        if (csv_lex_is(s, (const char *)p, len))
            return 1;
        p += len;
    }
    return 0;
}

/* A look at what no number has saves most attempts. */
static int
is_date(const CsvColumn *c, const CsvSlice *s, int64_t *ms)
{
    if (c->dates.len)
        return csv_date_read(c->dates, s->at, (size_t)(s->end - s->at), ms) == 0;
    if (c->want == CSV_DATE && !c->strict)
        return csv_date_read_iso(s->at, (size_t)(s->end - s->at), ms) == 0;
    return s->end - s->at >= 10 && s->at[4] == '-' && s->at[7] == '-'
           && datetime_parse(s->at, (size_t)(s->end - s->at), ms) == 0;
}

/* Puts a field that is not missing, and whose column is not known to be of strings. */
static int
put_typed(CsvTable *t, CsvColumn *c, const char *p, const CsvSlice *s)
{
    CsvSlice bare = csv_lex_trim(&t->lex, *s);
    CsvNumber n;
    int64_t ms;

    if (is_date(c, &bare, &ms))
        return csv_column_put_date(t, c, p, ms);
    if (csv_lex_number(&t->lex, &bare, &n))
        return csv_column_put_number(t, c, p, &n);
    if (csv_lex_boolean(&bare) >= 0)
        return csv_column_put_boolean(t, c, p, csv_lex_boolean(&bare));
    return csv_column_put_text(t, c, p);
}

/* Reads the field at p, whatever it is, into the column; its end, or NULL. */
static const char *
scan_any(CsvTable *t, CsvColumn *c, const char *p)
{
    CsvSlice s;
    const char *next = csv_lex_field(&t->lex, p, &s);
    int rc;

    if (!next)
        return NULL;
    if (c->quoted && s.quoted)
        rc = csv_column_put_text(t, c, p);
    else if (is_missing(t, &s))
        rc = csv_column_put_missing(t, c, p);
    else if (c->type == CSV_STRING)
        rc = csv_column_put_text(t, c, p);
    else
        rc = put_typed(t, c, p, &s);
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
        || !csv_lex_at_field_end(&t->lex, p))
        return NULL;
    *out = v;
    return p;
}

/* The short ways for plain numbers, which most fields are. */
static const char *
scan_field(CsvTable *t, CsvColumn *c, const char *p)
{
    const char *next;
    CsvNumber n;

    if (c->type > CSV_NUMBER || t->is_long)
        return scan_any(t, c, p);
    if (c->type == CSV_INTEGER && (next = scan_digits(t, p, &c->cells[t->row].i)))
        return next;
    next = csv_lex_decimal(&t->lex, p, &n);
    if (!next || !csv_lex_at_field_end(&t->lex, next))
        return scan_any(t, c, p);
    if (c->type == CSV_NUMBER && c->want != CSV_INTEGER
        && !(n.integer | n.padded | n.rounded)) {
        c->cells[t->row].d = n.d;
        return next;
    }
    return csv_column_put_number(t, c, p, &n) ? NULL : next;
}

#define LEAVE_OUT "; ragged = \"skip\" leaves the record out"

/* What to do about a record of another number of fields, which ends at p: it has empty ones
 * too many, or such that are not. */
static const char *
hint_of(const CsvTable *t, const char *p, size_t found, int all_empty, char *out, size_t room)
{
    char separator = t->lex.separator;
    int line;

    if (found < t->ncolumns)
        return "; ragged = \"pad\" reads missing values, ragged = \"skip\" leaves the record out";
    if (all_empty)
        return "; ragged = \"pad\" passes over empty ones at the end";
    if (*t->header_at == '#' && !t->lex.comment)
        return "; comment = \"#\" leaves out lines that begin with #";
    if (t->row >= EARLY || t->form.skip)
        return LEAVE_OUT;
    line = csv_separator_table(&t->lex, p, &separator);
    if (line <= 0)
        return LEAVE_OUT;
    if (separator == t->lex.separator)
        snprintf(out, room, "; if the table begins in line %d, skip = %d; ragged = \"skip\" leaves "
                 "such records out", line + 1, line);
    else
        snprintf(out, room, "; if the table begins in line %d, skip = %d, separator = \"%s\"",
                 line + 1, line, separator == '\t' ? "\\t" : (char[]){separator, 0});
    return out;
}

/* The record has found fields up to here, or more. */
static int
wrong_count(CsvTable *t, const char *p, size_t found)
{
    const char *at = p;
    int all_empty = 1;
    char hint[128];
    CsvSlice s;

    while (*p == t->lex.separator && p < t->lex.end) {
        found++;
        p = csv_lex_field(&t->lex, p + 1, &s);
        if (!p)
            return ERR_SYNTAX;
        all_empty &= s.at == s.end;
    }
    return csv_lex_fail(&t->lex, at, ERR_SYNTAX, "expected %zu field%s, found %zu%s",
                        t->ncolumns, t->ncolumns == 1 ? "" : "s", found,
                        hint_of(t, at, found, all_empty, hint, sizeof hint));
}

/* Reads the record at p, which may have another number of fields; its end, or NULL. */
static const char *
scan_ragged(CsvTable *t, const char *p, int *left_out)
{
    const char *end = p, *surplus = NULL;
    size_t found = 0, column = 0;
    CsvSlice s;

    do {
        const char *at = end;

        end = csv_lex_field(&t->lex, at, &s);
        if (!end)
            return NULL;
        if (++found > t->ncolumns && !surplus && s.at < s.end)
            surplus = at;               /* beyond the columns, and not empty */
    } while (*end == t->lex.separator && end++ < t->lex.end);
    *left_out = t->form.ragged == CSV_RAGGED_SKIP && found != t->ncolumns;
    if (!*left_out && surplus) {
        csv_lex_fail(&t->lex, surplus, ERR_SYNTAX, "expected %zu field%s, found %zu%s",
                     t->ncolumns, t->ncolumns == 1 ? "" : "s", found, LEAVE_OUT);
        return NULL;
    }
    for (; !*left_out && column < found && column < t->ncolumns; column++, p++)
        if (!(p = scan_field(t, &t->columns[column], p)))
            return NULL;
    for (; !*left_out && column < t->ncolumns; column++)
        if (csv_column_put_missing(t, &t->columns[column], end))
            return NULL;
    return csv_lex_skip_line_end(&t->lex, end);
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
    if (column == t->ncolumns && csv_lex_at_line_end(&t->lex, p))
        return csv_lex_skip_line_end(&t->lex, p);
    wrong_count(t, p, column);
    return NULL;
}

static int
scan_all(CsvTable *t)
{
    const char *p = csv_lex_skip_empty_lines(&t->lex, t->body);

    t->row = 0;
    for (size_t i = 0; i < t->ncolumns; i++)
        t->columns[i].missing = 0;
    while (p < t->lex.end) {
        int left_out = 0;

        assert(t->row < t->room);
        p = t->form.ragged ? scan_ragged(t, p, &left_out) : scan_record(t, p);
        if (!p)
            return t->lex.err ? t->lex.err->code : ERR_SYNTAX;
        t->row += !left_out;
        if (t->row % LOOK_EVERY == 0 && interrupt_poll(t->lex.err))
            return ERR_CANCELLED;
        p = csv_lex_skip_empty_lines(&t->lex, p);
    }
    return OK;
}

/* No more records than lines, and none is shorter than its separators, unless short ones
 * are read. */
static int64_t
count_room(const CsvTable *t)
{
    size_t lines = t->line_ends + 1;
    size_t most = (size_t)(t->lex.end - t->body) / t->ncolumns + 1;

    return (int64_t)(lines < most || t->form.ragged ? lines : most);
}

static int
make_cells(CsvTable *t, Err *err)
{
    t->room = count_room(t);
    for (size_t i = 0; i < t->ncolumns; i++) {
        CsvColumn *c = &t->columns[i];
        int rc = array_new(&c->array, ARRAY_I64, 1, &t->room, err);

        if (rc)
            return rc;
        c->cells = (CsvCell *)(void *)c->array->data;
    }
    return OK;
}

static size_t
count_lines(const char *p, size_t len)
{
    const char *end = p + len;
    size_t lines = 0;

    for (; end - p >= BLOCK; p += BLOCK) {
        unsigned char n = 0;

        for (int i = 0; i < BLOCK; i++)
            n = (unsigned char)(n + (p[i] == '\n'));
        lines += n;
    }
    for (; p < end; p++)
        lines += *p == '\n';
    return lines;
}

/* Looks at all bytes, a piece at a time that stays in the processor's cache: there is no
 * zero, there is UTF-8.  Counts the line ends. */
static int
check_bytes(CsvTable *t)
{
    const CsvLex *lex = &t->lex;
    const char *p = lex->start;
    int zeros = 0;

    while (p < lex->end) {
        size_t left = (size_t)(lex->end - p), n = left < PIECE ? left : PIECE;
        size_t valid = t->form.any_bytes ? n : utf8_valid(p, n);

        if (valid < n && (n == left || n - valid >= 4))
            break;
        zeros |= memchr(p, 0, valid) != NULL;
        t->line_ends += count_lines(p, valid);
        p += valid;
    }
    if ((zeros || p < lex->end) && csv_file_kind_zeros(lex))
        return lex->err ? lex->err->code : ERR_SYNTAX;
    if (p == lex->end)
        return OK;
    p += utf8_valid(p, (size_t)(lex->end - p));
    return csv_lex_fail(lex, p, ERR_SYNTAX,
                        "the byte 0x%02X is not UTF-8; for Western European text use encoding = "
                        "\"latin-1\" or \"windows-1252\"; encoding = \"bytes\" keeps the bytes",
                        (unsigned char)*p);
}

/* What was said to be UTF-16 and is not comes out without any separator or line end. */
static int
check_units(const CsvTable *t)
{
    const char *end = t->lex.end, *p = t->lex.start;

    if (t->form.encoding < TEXT_UTF16 || p == end)
        return OK;
    if (end - p > PIECE)
        end = p + PIECE;
    while (p < end && (unsigned char)*p >= 0x80)
        p++;
    return p < end ? OK
           : csv_lex_fail(&t->lex, t->lex.start, ERR_SYNTAX, "as UTF-16 the text has no "
                          "separator and no line end; leave out the option encoding, or name "
                          "another");
}

int
csv_open(CsvTable **out, const CsvSource *source, Err *err)
{
    CsvTable *t;
    int rc;

    assert(source->text[source->len] == 0);
    if (source->separator && !csv_is_separator(source->separator))
        return err_set(err, ERR_INVAL, "a separator is one character of ASCII other "
                                       "than a letter, digit, sign, point or quote");
    t = calloc(1, sizeof *t);
    if (!t)
        return err_nomem(err);
    t->header = source->header;
    if (source->form)
        t->form = *source->form;
    t->lex = (CsvLex){.start = source->text, .end = source->text + source->len,
                      .name = source->name, .separator = source->separator, .err = err,
                      .head = source->head, .lines = source->lines};
    csv_lex_use_form(&t->lex, &t->form);
    if (source->len >= 3 && memcmp(t->lex.start, "\xEF\xBB\xBF", 3) == 0)
        t->lex.start += 3;
    if (!source->separator)
        t->lex.separator = csv_separator(&t->lex, t->form.skip);
    rc = csv_file_kind_check(&t->lex, source->header && !t->form.skip);
    if (rc == OK)
        rc = check_units(t);
    if (rc == OK)
        rc = check_bytes(t);
    if (rc == OK)
        rc = csv_header_read(t);
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
        buf_release(&t->columns[i].renamed);
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
        CsvColumn *c = &t->columns[i];

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
        CsvColumn *c = &t->columns[i];

        if (c->name.len == len && memcmp(c->name.data, name, len) == 0)
            c->quoted = 1;
    }
}

int
csv_expect(CsvTable *t, const char *name, size_t len, CsvType type)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        CsvColumn *c = &t->columns[i];

        if (c->name.len == len && memcmp(c->name.data, name, len) == 0) {
            if (c->want)
                return OK;
            c->strict = 1;
        }
    }
    return csv_force(t, name, len, type);
}

int
csv_dates(CsvTable *t, const char *name, size_t len, CsvText format)
{
    t->is_long = 1;
    if (!name)
        t->dates = format;
    for (size_t i = 0; i < t->ncolumns; i++) {
        CsvColumn *c = &t->columns[i];

        if (name && (c->name.len != len || memcmp(c->name.data, name, len)))
            continue;
        c->dates = format;
        if (name)
            return csv_force(t, name, len, CSV_DATE);
    }
    return name ? ERR_NOTFOUND : OK;
}

/* Dates were said to be in the table: 0, or an error when some column is not all of them, or
 * none is. */
static int
check_dates(CsvTable *t)
{
    int shown = t->dates.len < SHOWN ? (int)t->dates.len : SHOWN;
    size_t found = 0;

    for (size_t i = 0; i < t->ncolumns; i++) {
        CsvColumn *c = &t->columns[i];
        CsvSlice s = {0};

        found += c->type == CSV_DATE || c->type == CSV_AUTO;
        if (!c->no_date || c->want)
            continue;
        csv_lex_field(&t->lex, c->no_date, &s);
        return csv_lex_fail(&t->lex, c->no_date, ERR_TYPE, "column \"%.*s\": \"%.*s\" is not a "
                            "date written as %.*s, as those before it are; missing names what "
                            "means no value, dates = { column = format } the columns",
                            (int)c->name.len, (const char *)c->name.data,
                            s.end - s.at < SHOWN ? (int)(s.end - s.at) : SHOWN, s.at, shown,
                            t->dates.at);
    }
    if (found || t->row == 0)
        return OK;
    return csv_lex_fail(&t->lex, t->body, ERR_TYPE, "no column has dates written as %.*s, as the "
                        "option dates says", shown, t->dates.at);
}

/* A first line "# text", which is no header of one column when fields follow it. */
static int
check_comment(const CsvTable *t)
{
    char separator = 0;

    if (!t->header || t->ncolumns != 1 || t->lex.comment || t->row == 0
        || *t->header_at != '#' || csv_separator_table(&t->lex, t->lex.end, &separator) <= 0)
        return OK;
    return csv_lex_fail(&t->lex, t->header_at, ERR_SYNTAX, "the header has one name, and lines "
                        "behind it have several fields; comment = \"#\" leaves out lines that "
                        "begin with #");
}

int
csv_parse(CsvTable *t, Err *err)
{
    int rc = make_cells(t, err);

    t->lex.err = err;
    t->is_long |= t->markers.len || csv_lex_is_local(&t->lex);
    do {
        t->again = 0;
        if (rc == OK)
            rc = scan_all(t);
    } while (rc == OK && t->again);
    if (rc == OK)
        rc = check_comment(t);
    if (rc == OK && t->dates.len)
        rc = check_dates(t);
    t->lex.err = NULL;
    for (size_t i = 0; i < t->ncolumns && rc == OK; i++)
        rc = csv_column_finish(t, &t->columns[i], err);
    return rc;
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
    if (at == CSV_NO_TEXT)
        return "";
    csv_lex_field(&t->lex, t->lex.start + at, &s);
    if (!s.doubled) {
        *len = (size_t)(s.end - s.at);
        return s.at;
    }
    *lasts = 0;
    t->unquoted.len = 0;
    if (csv_lex_unquote(&t->lex, &s, &t->unquoted))
        return NULL;
    *len = t->unquoted.len;
    return (const char *)t->unquoted.data;
}

/* csv_lex.c -- see csv_lex.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/datetime.h"
#include "base/decimal.h"
#include "csv/csv_lex.h"

int
csv_lex_fail(const CsvLex *lex, const char *p, int code, const char *fmt, ...)
{
    const char *line = lex->start;
    size_t lines = 1;
    char what[512];
    va_list ap;

    for (const char *q; (q = memchr(line, '\n', (size_t)(p - line))); line = q + 1)
        lines++;
    if (p >= lex->start + lex->head)
        lines += lex->lines;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(lex->err, code, "%s:%zu:%zu: %s", lex->name, lines,
                   (size_t)(p - line) + 1, what);
}

const char *
csv_lex_skip_line_end(const CsvLex *lex, const char *p)
{
    p += p < lex->end && *p == '\r';
    return p + (p < lex->end && *p == '\n');
}

const char *
csv_lex_skip_line(const CsvLex *lex, const char *p)
{
    const char *line_end = memchr(p, '\n', (size_t)(lex->end - p));

    return line_end ? line_end + 1 : lex->end;
}

const char *
csv_lex_skip_empty_lines(const CsvLex *lex, const char *p)
{
    while (p < lex->end)
        if (csv_lex_at_line_end(lex, p))
            p = csv_lex_skip_line_end(lex, p);
        else if (lex->comment && *p == lex->comment)
            p = csv_lex_skip_line(lex, p);
        else
            break;
    return p;
}

void
csv_lex_use_form(CsvLex *lex, const CsvForm *form)
{
    lex->quote = '"';
    if (!form)
        return;
    lex->comment = form->comment;
    lex->thousands = form->thousands;
    lex->decimal = form->decimal == '.' ? 0 : form->decimal;
    lex->quote = form->no_quotes ? 0 : form->quote ? form->quote : '"';
    lex->escape = form->escape == lex->quote ? 0 : form->escape;
}

/* The first quote that no escape is before, or NULL; sets doubled where there are escapes. */
static const char *
find_quote(const CsvLex *lex, const char *q, CsvSlice *s)
{
    if (!lex->escape)
        return memchr(q, lex->quote, (size_t)(lex->end - q));
    for (; q < lex->end && *q != lex->quote; q++)
        if (*q == lex->escape && q + 1 < lex->end) {
            s->doubled = 1;
            q++;
        }
    return q < lex->end ? q : NULL;
}

/* Something else is behind the quote that ends before q. */
static const char *
bad_end(const CsvLex *lex, const char *q)
{
    if (q - lex->start >= 2 && q[-2] == '\\' && !lex->escape)
        csv_lex_fail(lex, q, ERR_SYNTAX, "expected a separator or the line's end after the "
                     "quote; escape = \"\\\\\" reads \\%c as a quote", lex->quote);
    else
        csv_lex_fail(lex, q, ERR_SYNTAX, "expected a separator or the line's end after the "
                     "quote; quote = \"\" reads quotes as other characters");
    return NULL;
}

/* The field at p, which begins with a quote; its end, or NULL. */
static const char *
quoted(const CsvLex *lex, const char *p, CsvSlice *s)
{
    const char *q = p + 1;

    s->at = q;
    s->doubled = 0;
    s->quoted = 1;
    for (;;) {
        q = find_quote(lex, q, s);
        if (!q) {
            csv_lex_fail(lex, p, ERR_SYNTAX, "the quote that begins here is never closed; "
                         "quote = \"\" reads quotes as other characters");
            return NULL;
        }
        if (q[1] != lex->quote)
            break;
        s->doubled = 1;
        q += 2;
    }
    s->end = q++;
    return csv_lex_at_field_end(lex, q) ? q : bad_end(lex, q);
}

/* The first separator or line feed from p on, or the end. */
static const char *
find_end(const CsvLex *lex, const char *p)
{
#ifdef __SSE2__
    const __m128i separator = _mm_set1_epi8(lex->separator), feed = _mm_set1_epi8('\n');

    for (; lex->end - p >= 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        int found = _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, separator),
                                                   _mm_cmpeq_epi8(x, feed)));

        if (found)
            return p + __builtin_ctz((unsigned)found);
    }
#endif
    while (p < lex->end && *p != lex->separator && *p != '\n')
        p++;
    return p;
}

const char *
csv_lex_field(const CsvLex *lex, const char *p, CsvSlice *s)
{
    if (*p == lex->quote && p < lex->end && lex->quote)
        return quoted(lex, p, s);
    s->at = p;
    s->doubled = s->quoted = 0;
    if (!lex->escape)
        p = find_end(lex, p);
    else
        for (; p < lex->end && *p != lex->separator && *p != '\n'; p++)
            if (*p == lex->escape && p + 1 < lex->end) {
                s->doubled = 1;
                p++;
            }
    if (p > s->at && p[-1] == '\r' && csv_lex_at_line_end(lex, p - 1))
        p--;
    s->end = p;
    return p;
}

int
csv_lex_unquote(const CsvLex *lex, const CsvSlice *s, Buf *out)
{
    const char *p = s->at;

    while (s->doubled && p < s->end) {
        const char *q = p;

        while (q < s->end && !(lex->escape && *q == lex->escape && q + 1 < s->end)
               && !(s->quoted && *q == lex->quote))
            q++;
        if (q == s->end)
            break;
        if (*q == lex->quote && s->quoted) {        /* the first of two */
            if (buf_put(out, p, (size_t)(q + 1 - p)))
                return ERR_NOMEM;
        } else if (buf_put(out, p, (size_t)(q - p)) || buf_byte(out, (unsigned char)q[1])) {
            return ERR_NOMEM;
        }
        p = q + 2;
    }
    return buf_put(out, p, (size_t)(s->end - p));
}

CsvSlice
csv_lex_trim(const CsvLex *lex, CsvSlice s)
{
    while (s.at < s.end && (*s.at == ' ' || *s.at == '\t') && *s.at != lex->separator)
        s.at++;
    while (s.at < s.end && (s.end[-1] == ' ' || s.end[-1] == '\t'))
        s.end--;
    return s;
}

size_t
csv_lex_count(const CsvLex *lex, const char *p)
{
    size_t n = 0;
    CsvSlice s;

    do {
        p = csv_lex_field(lex, p, &s);
        if (!p)
            return 0;
        n++;
    } while (*p == lex->separator && p++ < lex->end);
    return n;
}

int
csv_lex_is(const CsvSlice *s, const char *text, size_t len)
{
    return (size_t)(s->end - s->at) == len && memcmp(s->at, text, len) == 0;
}

/* "inf", "-Infinity", "NaN": 1 and its value. */
static int
is_special(const CsvSlice *s, CsvNumber *out)
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
            out->integer = out->padded = out->rounded = 0;
            out->d = *s->at == '-' ? -specials[i].value : specials[i].value;
            return 1;
        }
    }
    return 0;
}

static int
fits_double(int64_t i)
{
    if (i <= INT64_C(1) << 53 && i >= -(INT64_C(1) << 53))
        return 1;
    return (double)i < 0x1p63 && (int64_t)(double)i == i;
}

/* Has the number a point, and only zeros behind it, as 12.0 has? */
static int
is_whole(const Decimal *n)
{
    const char *digits = n->text + (n->sign != 0) + n->n_whole + 1;

    for (size_t i = 0; i < n->n_fraction; i++)
        if (digits[i] != '0')
            return 0;
    return n->n_whole > 0 && !n->exponent;
}

/* Is v just what the digits before a point say? */
static int
is_exact(const Decimal *n, double v)
{
    const char *digits = n->text + (n->sign != 0);
    char text[512];             /* more than any double has digits */
    int len = snprintf(text, sizeof text, "%.0f", fabs(v));

    return (size_t)len == n->n_whole && memcmp(text, digits, n->n_whole) == 0;
}

const char *
csv_lex_decimal(const CsvLex *lex, const char *p, CsvNumber *out)
{
    const char *first = p + (*p == '-' || *p == '+');
    Decimal d;

    decimal_scan(p, lex->end, &d);
    if (d.n_whole + d.n_fraction == 0 || (d.exponent && d.n_exponent == 0))
        return NULL;
    out->padded = d.n_whole > 1 && *first == '0';
    out->integer = !d.point && !d.exponent && decimal_int(&d, &out->i) == 0;
    out->d = out->integer && out->i ? (double)out->i : decimal_double(&d);
    if (out->integer)
        out->rounded = !fits_double(out->i);
    else if ((d.point || d.exponent) && !(d.n_whole > 15 && is_whole(&d)))
        out->rounded = isinf(out->d) != 0;
    else
        out->rounded = isinf(out->d) || !is_exact(&d, out->d);
    return d.end;
}

/* Where the separator of thousands is at p, its end; else p. */
static const char *
skip_thousands(const CsvLex *lex, const char *p, const char *end)
{
    size_t n = lex->thousands.len;

    return n && (size_t)(end - p) > n && memcmp(p, lex->thousands.at, n) == 0 ? p + n : p;
}

static int
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Writes the number of the field as 1234.5; its length, or 0 when it is none: groups have
 * three digits, the first one to three. */
static size_t
plain_number(const CsvLex *lex, const CsvSlice *s, char *out, size_t room)
{
    const char *p = s->at, *next;
    size_t n = 0, group = 0, groups = 0;

    for (; p < s->end && n < room; p++) {
        if (is_digit(*p)) {
            group++;
        } else if ((next = skip_thousands(lex, p, s->end)) > p) {
            if (!is_digit(*next) || (groups ? group != 3 : group < 1 || group > 3))
                return 0;
            groups++;
            group = 0;
            p = next - 1;
            continue;
        } else if (n > 0 || (*p != '-' && *p != '+')) {
            break;
        }
        out[n++] = *p;
    }
    if (groups && group != 3)
        return 0;
    if (p < s->end && n < room && *p == (lex->decimal ? lex->decimal : '.')) {
        out[n++] = '.';
        p++;
    } else if (p < s->end && *p == '.') {
        return 0;
    }
    for (; p < s->end && n < room; p++) {
        if (*p == '.' || *p == lex->decimal)
            return 0;
        out[n++] = *p;
    }
    return p < s->end ? 0 : n;
}

/* csv_lex_number where numbers are written otherwise than 1234.5 */
static int
is_local_number(const CsvLex *lex, const CsvSlice *s, CsvNumber *out)
{
    char text[1024];            /* more than any number with a meaning has */
    size_t len = plain_number(lex, s, text, sizeof text - 1);
    CsvLex plain = {.start = text, .end = text + len, .separator = lex->separator};

    text[len] = 0;
    return len && csv_lex_decimal(&plain, text, out) == plain.end;
}

int
csv_lex_number(const CsvLex *lex, const CsvSlice *s, CsvNumber *out)
{
    if (csv_lex_is_local(lex))
        return s->at < s->end && (is_local_number(lex, s, out) || is_special(s, out));
    return s->at < s->end
           && (csv_lex_decimal(lex, s->at, out) == s->end || is_special(s, out));
}

int
csv_lex_boolean(const CsvSlice *s)
{
    if (csv_lex_is(s, "true", 4) || csv_lex_is(s, "True", 4) || csv_lex_is(s, "TRUE", 4))
        return 1;
    if (csv_lex_is(s, "false", 5) || csv_lex_is(s, "False", 5) || csv_lex_is(s, "FALSE", 5))
        return 0;
    return -1;
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
csv_lex_is_typed(const char *text, size_t len)
{
    CsvLex lex = {.start = text, .end = text + len, .separator = ','};
    CsvSlice s = csv_lex_trim(&lex, (CsvSlice){text, text + len, 0, 0});
    CsvNumber n;
    int64_t ms;

    return s.at == s.end || csv_lex_number(&lex, &s, &n) || csv_lex_boolean(&s) >= 0
           || datetime_parse(s.at, (size_t)(s.end - s.at), &ms) == 0;
}

int
csv_lex_put_quoted(Buf *out, const char *text, size_t len)
{
    if (buf_byte(out, '"') || put_doubled(out, text, len))
        return ERR_NOMEM;
    return buf_byte(out, '"');
}

int
csv_lex_put(Buf *out, const char *text, size_t len, char separator)
{
    size_t i = 0;

    while (i < len && text[i] && text[i] != separator && text[i] != '"'
           && text[i] != '\n' && text[i] != '\r')
        i++;
    return i == len ? buf_put(out, text, len) : csv_lex_put_quoted(out, text, len);
}

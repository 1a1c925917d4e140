/* csv_lex.h -- the fields of a text in RFC 4180, one after another; a part of
 * csv.h, which says what they are.
 *
 * A position is a pointer into the text, from start to end; *end is 0.  A field
 * ends at a separator, a line end or the end of the text. */
#ifndef CSV_LEX_H
#define CSV_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "csv/csv.h"

typedef struct CsvLex {
    const char *start, *end;
    const char *name;           /* of the source, for messages */
    char separator;
    Err *err;                   /* takes the errors; may be NULL */
    size_t head, lines;         /* as in CsvSource */
    char comment, decimal;      /* as in CsvForm; a decimal 0 is '.' */
    char quote, escape;         /* 0: none */
    CsvText thousands;
} CsvLex;

/* A field without its quotes. */
typedef struct CsvSlice {
    const char *at, *end;
    int doubled;                /* quotes in it are doubled, or there are escapes */
    int quoted;                 /* was in quotes */
} CsvSlice;

typedef struct CsvNumber {
    int integer;                /* no point, no exponent, and i holds it */
    int padded;                 /* begins with 0 and another digit, as "007" does */
    int rounded;                /* d is not it: an integer that no double holds, or a
                                 * number past the doubles; fractions may be rounded */
    int64_t i;
    double d;                   /* always; -0.0 for "-0" */
} CsvNumber;

/* An error at p, "NAME:LINE:COLUMN: ..."; returns its code. */
int csv_lex_fail(const CsvLex *lex, const char *p, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static inline int
csv_lex_at_line_end(const CsvLex *lex, const char *p)
{
    return p == lex->end || *p == '\n'
           || (*p == '\r' && (p[1] == '\n' || p + 1 == lex->end));
}

static inline int
csv_lex_at_field_end(const CsvLex *lex, const char *p)
{
    return *p == lex->separator || csv_lex_at_line_end(lex, p);
}

/* Behind the line at p and its end. */
const char *csv_lex_skip_line(const CsvLex *lex, const char *p);
/* Behind the line end at p. */
const char *csv_lex_skip_line_end(const CsvLex *lex, const char *p);
/* The first line from p on that is not empty and no comment, or the end. */
const char *csv_lex_skip_empty_lines(const CsvLex *lex, const char *p);

/* The field at p; where it ends, or NULL after an error. */
const char *csv_lex_field(const CsvLex *lex, const char *p, CsvSlice *out);
/* How many fields the record at p has; 0 after an error. */
size_t csv_lex_count(const CsvLex *lex, const char *p);
/* The same field without blanks at its ends. */
CsvSlice csv_lex_trim(const CsvLex *lex, CsvSlice s);
/* Appends the bytes that the field stands for; 0 or ERR_NOMEM. */
int csv_lex_unquote(const CsvLex *lex, const CsvSlice *s, Buf *out);
/* The lexer of a text: quotes and escapes of the form, which may be NULL. */
void csv_lex_use_form(CsvLex *lex, const CsvForm *form);

/* The end of the decimal number that begins at p, or NULL when none does. */
const char *csv_lex_decimal(const CsvLex *lex, const char *p, CsvNumber *out);
int csv_lex_is(const CsvSlice *s, const char *text, size_t len);
/* Are numbers written otherwise than 1234.5? */
static inline int
csv_lex_is_local(const CsvLex *lex)
{
    return lex->decimal || lex->thousands.len;
}

/* Whether all of the field is a number: decimal, or inf, infinity, nan. */
int csv_lex_number(const CsvLex *lex, const CsvSlice *s, CsvNumber *out);
/* 1, 0, or -1 when it is no boolean. */
int csv_lex_boolean(const CsvSlice *s);

/* Would the text be read as something else than text: nothing, a number, a boolean, a
 * date? */
int csv_lex_is_typed(const char *text, size_t len);
/* Appends a field, quoted only where it must be; 0 or ERR_NOMEM. */
int csv_lex_put(Buf *out, const char *text, size_t len, char separator);
/* The same, in quotes always. */
int csv_lex_put_quoted(Buf *out, const char *text, size_t len);

#endif

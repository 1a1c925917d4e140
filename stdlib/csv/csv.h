/* csv.h -- tables of text (RFC 4180), the type of each column found on the way.
 *
 *     csv_open      reads the header
 *     csv_missing   csv_force           what to know before the rest is read
 *     csv_parse     reads the rest
 *     csv_rows   csv_type   csv_take   csv_text     the columns
 *     csv_free
 *
 * The text.  Fields are between separators, records end with LF or CRLF, and
 * lines with nothing in them are passed over.  A field that begins with a quote
 * ends with one and may hold separators, line ends and doubled quotes; inside
 * any other field a quote is a character like others.  A byte order mark at the
 * start is passed over; bytes that are not UTF-8 are an error.  A zero byte has its
 * place in quotes only.  All records have as many fields as the first.  What looks
 * like a file of another kind (csv_file_kind.h) is refused.  A CsvForm says what is
 * otherwise in a text.
 *
 * Types.  A column is the first of these that holds all of its fields:
 *     integer   64 bits; one that has missing fields is of numbers
 *     number    doubles, decimal or inf, nan in any case; a missing
 *               one is NaN
 *     boolean   true, True, TRUE, false, False, FALSE; none missing
 *     date      ISO 8601 as in datetime.h, milliseconds since 1970; a missing one is
 *               DATETIME_MISSING
 *     string    the bytes; a missing one is ""
 * A header that nobody spoke of is an error when it looks like a record: all of it are
 * numbers, dates or booleans, and not the numbers of columns.
 * Digits after a leading 0 ("007") are text, so codes survive.  So are integers that
 * a double does not hold exactly (past 2^53), where a fraction or a missing field, or
 * an integer past 64 bits, makes the column one of numbers; and numbers past the
 * doubles (1e400).  A column that was said to be of numbers rounds them; one of
 * integers does not, and is an error when it has a missing field, too.  Blanks around
 * numbers and booleans do not count.  A column without any value is of numbers.
 * An empty field is missing, and so is one that equals a marker.
 *
 * Errors say "NAME:LINE:COLUMN: what", both counted from 1, columns in bytes. */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>
#include <stdint.h>

#include "array/array.h"
#include "base/err.h"
#include "format/text_input.h"

typedef enum CsvType {
    CSV_AUTO, CSV_INTEGER, CSV_NUMBER, CSV_BOOLEAN, CSV_DATE, CSV_STRING
} CsvType;

typedef struct CsvTable CsvTable;

/* A record with fewer or more fields than the first: an error; a shorter one has missing
 * fields at its end; or the record is left out. */
typedef enum CsvRagged { CSV_RAGGED_ERROR, CSV_RAGGED_PAD, CSV_RAGGED_SKIP } CsvRagged;

typedef struct CsvText {
    const char *at;
    size_t len;
} CsvText;

/* What a text has that RFC 4180 does not; all zero for a plain one. */
typedef struct CsvForm {
    TextEncoding encoding;   /* of the file; csv_open reads UTF-8 */
    size_t skip;            /* lines before the header, or before the first record */
    char comment;           /* lines that begin with it are passed over; 0: none */
    char quote;             /* around fields, 0 is '"' */
    char escape;            /* the character behind it stands for itself; 0: none */
    int no_quotes;          /* quotes are characters like others */
    char decimal;           /* between whole and fraction, 0 is '.' */
    CsvText thousands;      /* between groups of three digits; empty: none */
    CsvRagged ragged;
    int number_names;       /* the second column of the name a is a_2 */
    int header_said;        /* the source's header is no guess */
    int any_bytes;          /* bytes that are not UTF-8 are kept */
    const CsvText *names;   /* of the columns, instead of those in the header */
    size_t n_names;         /* 0: none are given */
} CsvForm;

typedef struct CsvSource {
    const char *text;       /* borrowed until csv_free; text[len] is 0 */
    size_t len;
    const char *name;       /* for messages; borrowed as well */
    char separator;         /* ASCII, and no part of a number or a quoted field; 0: the
                             * one that the text has (csv_separator.h) */
    int header;             /* else columns are named column_1, column_2, ... */
    size_t head, lines;     /* that many lines were left out behind the first head bytes;
                             * for the numbers in messages */
    const CsvForm *form;    /* borrowed until csv_free; NULL for a plain text */
} CsvSource;

/* Reads the header; release with csv_free, which accepts NULL. */
int csv_open(CsvTable **out, const CsvSource *source, Err *err);
void csv_free(CsvTable *t);

const char *csv_source(const CsvTable *t);      /* the source's name */
size_t csv_columns(const CsvTable *t);
const char *csv_name(const CsvTable *t, size_t column, size_t *len);

/* One more field that means "no value"; 0 or ERR_NOMEM. */
int csv_missing(CsvTable *t, const char *marker, size_t len);
/* Says what a column is; ERR_NOTFOUND when there is none of that name. */
int csv_force(CsvTable *t, const char *name, size_t len, CsvType type);
/* The same for a type that was found in an earlier part of the text: a value that
 * would not have been read as one of it is an error.  A type that csv_force said stays. */
int csv_expect(CsvTable *t, const char *name, size_t len, CsvType type);
/* In the column of that name, if there is one, a field in quotes is text; and the column
 * is of strings when all of its fields are missing. */
void csv_quoted(CsvTable *t, const char *name, size_t len);
/* How the dates of a column are written, which makes it one of dates, or, when name is NULL,
 * those of all columns that have some: an error when none has.  The format (csv_date.h) is
 * borrowed until csv_parse returns.  ERR_NOTFOUND when there is no such column. */
int csv_dates(CsvTable *t, const char *name, size_t len, CsvText format);
int csv_parse(CsvTable *t, Err *err);

int64_t csv_rows(const CsvTable *t);
/* Never CSV_AUTO once csv_parse has succeeded. */
CsvType csv_type(const CsvTable *t, size_t column);
/* The vector (i64, f64 or bool; i64 of dates) of a column that is not of strings; the
 * caller's from now on, and only once. */
Array *csv_take(CsvTable *t, size_t column);
/* A field of a column of strings, borrowed until the next call, or, when *lasts is
 * set, as long as the text is; NULL when out of memory.  row counts from 0. */
const char *csv_text(CsvTable *t, size_t column, int64_t row, size_t *len, int *lasts);

#endif

/* csv_table.h -- a table while it is parsed; a part of csv.h, for csv*.c alone.
 *
 * Every field has a cell of 8 bytes: an integer, a double, or for text the offset of the
 * field, which is read again when csv_text asks for it. */
#ifndef CSV_TABLE_H
#define CSV_TABLE_H

#include "base/buf.h"
#include "csv/csv.h"
#include "csv/csv_lex.h"

enum { CSV_NO_TEXT = -1 };          /* the offset of a missing text */

typedef union CsvCell {
    int64_t i;                      /* integer, boolean, date, offset of a text */
    double d;
} CsvCell;

typedef struct CsvColumn {
    Buf name, renamed;              /* renamed: while names are numbered */
    CsvType want;                   /* as forced, or CSV_AUTO */
    CsvType type;                   /* as known so far */
    int strict;                     /* want is how earlier values were read */
    int large;                      /* has a number that no double holds */
    CsvText dates;                  /* how they are written; empty: ISO 8601 */
    const char *no_date;            /* a text behind fields that were dates so */
    int quoted;                     /* what is in quotes is text */
    int64_t missing;                /* how many so far */
    Array *array;                   /* owns the cells */
    CsvCell *cells;
} CsvColumn;

struct CsvTable {
    CsvLex lex;                     /* its err is the caller's, while one has called */
    int header;
    CsvForm form;
    size_t line_ends;               /* in the text */
    const char *header_at, *body;   /* the first record; behind the header */
    CsvColumn *columns;
    size_t ncolumns;
    int64_t row, room;              /* rows read; cells of a column */
    int again;                      /* a column of numbers became one of text */
    int is_long;                    /* no short way for plain numbers */
    CsvText dates;                  /* how dates in any column are written */
    Buf markers;                    /* each its length, a size_t, and its bytes */
    Buf unquoted;                   /* what csv_text lends */
};

#endif

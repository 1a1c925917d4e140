/* csv_separator.h -- which character is between the fields of a text, when it is not said;
 * a part of csv.h.
 *
 * A first line "sep=;" says it, as spreadsheets write it, and is no part of the table.  Else
 * the first records decide: a comma where all of them have the same number of fields
 * by it, two or more; otherwise that of ; tab | which does so with the most fields;
 * otherwise a comma, or a semicolon where
 * the comma is decimal.  The first 64 KiB are looked at. */
#ifndef CSV_SEPARATOR_H
#define CSV_SEPARATOR_H

#include "csv/csv_lex.h"

enum { CSV_SEPARATOR_LOOK = 64 << 10 };

/* Can it be a separator: ASCII, and no part of a number or a quoted field? */
int csv_is_separator(char c);
/* The separator of a text whose table begins behind skip lines. */
char csv_separator(const CsvLex *lex, size_t skip);
/* The line, from 0, no further than `last`, from which on the records have the same number of
 * fields, two or more, by the separator found; -1 when there is none. */
int csv_separator_table(const CsvLex *lex, const char *last, char *separator);
/* Behind the lines that are no part of the table: "sep=;", and then skip others. */
const char *csv_separator_begin(const CsvLex *lex, size_t skip);

#endif

/* csv_file_kind.h -- is this text a table, or a file of another kind?  A part of csv.h.
 *
 * Most files that are given for a CSV by mistake are recognised by their first bytes:
 * archives, databases, columns in binary, pages, text in an encoding of two bytes.  Others
 * (bytes that are not UTF-8, a text without a separator) are not looked for here. */
#ifndef CSV_FILE_KIND_H
#define CSV_FILE_KIND_H

#include <stddef.h>

#include "csv/csv_lex.h"

/* What the text looks like that is no CSV, and what to do, as in "an Excel workbook
 * (zip): export it as CSV"; NULL for one that may be CSV.  data[len] is 0. */
const char *csv_file_kind(const char *data, size_t len);
/* 0, or ERR_SYNTAX for a text with a zero byte outside of quotes. */
int csv_file_kind_zeros(const CsvLex *lex);
/* 0, or ERR_SYNTAX for a text that looks so, and, when it begins with a line of column
 * names, for ARFF, JSON and a carriage return alone in it. */
int csv_file_kind_check(const CsvLex *lex, int header);

#endif

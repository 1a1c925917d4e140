/* csv_file_kind.h -- is this text a table, or a file of another kind?  A part of csv.h, above
 * file_kind.h, which knows files by their first bytes.
 *
 * Others (bytes that are no UTF-8, a text without a separator) are not looked for here. */
#ifndef CSV_FILE_KIND_H
#define CSV_FILE_KIND_H

#include <stddef.h>

#include "csv/csv_lex.h"

/* 0, or ERR_SYNTAX for a text with a zero byte outside of quotes. */
int csv_file_kind_zeros(const CsvLex *lex);
/* The error of that. */
int csv_file_kind_zero(const CsvLex *lex, const char *zero);
/* 0, or ERR_SYNTAX for a text that looks so, and, when it begins with a line of column
 * names, for ARFF, JSON and a carriage return alone in it. */
int csv_file_kind_check(const CsvLex *lex, int header);

#endif

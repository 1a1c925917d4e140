/* csv_column.h -- the values of a column and the type that holds them; a part of csv.h,
 * for csv.c alone.
 *
 *     auto -> integer -> number -> string       auto -> boolean, date -> string
 *
 * A put stores the field at p, which is in the current row, after it has widened the
 * type of the column if it must; 0 or an error at p, when an option gave the
 * column another type. */
#ifndef CSV_COLUMN_H
#define CSV_COLUMN_H

#include "csv/csv_table.h"

int csv_column_put_text(CsvTable *t, CsvColumn *c, const char *p);
int csv_column_put_number(CsvTable *t, CsvColumn *c, const char *p, const CsvNumber *n);
int csv_column_put_boolean(CsvTable *t, CsvColumn *c, const char *p, int value);
int csv_column_put_date(CsvTable *t, CsvColumn *c, const char *p, int64_t ms);
int csv_column_put_missing(CsvTable *t, CsvColumn *c, const char *p);
/* After the last row: settles the type of a column without values, and gives the array
 * its length and its type. */
int csv_column_finish(CsvTable *t, CsvColumn *c, Err *err);

#endif

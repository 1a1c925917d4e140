/* csv_header.h -- the columns of a table and their names, from its first record; a part
 * of csv.h, for csv.c alone. */
#ifndef CSV_HEADER_H
#define CSV_HEADER_H

#include "csv/csv_table.h"

/* Makes the columns and sets where the body begins; 0 or an error. */
int csv_header_read(CsvTable *t);

#endif

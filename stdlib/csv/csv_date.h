/* csv_date.h -- dates that are written otherwise than ISO 8601, by a format; a part of csv.h.
 *
 *     %Y  2026   %y  26 (1969 to 2068)   %m  11   %d  22   %b  Nov   %B  November
 *     %H  10     %M  30     %S  05       %f  a fraction of a second, to the millisecond
 *     %z  Z, +01:00 or +0100             %%  a %
 *
 * Numbers but %Y may have one digit; names are English, in any case.  What else is in the
 * format is in the text. */
#ifndef CSV_DATE_H
#define CSV_DATE_H

#include <stddef.h>
#include <stdint.h>

#include "csv/csv.h"

/* What is wrong with the format, or NULL. */
const char *csv_date_check(CsvText format);
/* ISO 8601 as in datetime.h, digits past the milliseconds dropped; 0 or -1. */
int csv_date_read_iso(const char *text, size_t len, int64_t *ms);
/* 0, or -1 when the text is no date that is written so. */
int csv_date_read(CsvText format, const char *text, size_t len, int64_t *ms);

#endif

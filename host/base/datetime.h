/* datetime.h -- moments as milliseconds since 1970-01-01T00:00Z, and as ISO 8601.
 *
 * The proleptic Gregorian calendar, years 1 to 9999, no leap seconds.  Read:
 *     2026-11-22   2026-11-22T10:30   2026-11-22 10:30:05.250Z   ...+01:00
 * A time without a zone is UTC.  Digits below a millisecond must be 0. */
#ifndef DATETIME_H
#define DATETIME_H

#include <stddef.h>
#include <stdint.h>

#define DATE_MISSING INT64_MIN          /* no moment */
#define DATE_MIN INT64_C(-62135596800000)
#define DATE_MAX INT64_C(253402300799999)

enum { DATE_SIZE = 32 };

/* How much of a moment a text shows. */
typedef enum DateUnit { DATE_DAY, DATE_SECOND, DATE_MS } DateUnit;

/* 0, or -1: the text is no date. */
int date_parse(const char *text, size_t len, int64_t *out);
/* The unit that shows all of ms. */
DateUnit date_unit(int64_t ms);
/* Writes the text, ended by a 0, and gives its length; DATE_MISSING, or what is
 * out of the range, is "". */
size_t date_format(int64_t ms, DateUnit unit, char out[DATE_SIZE]);

typedef enum DatePart {
    DATE_YEAR, DATE_MONTH, DATE_MONTHDAY, DATE_HOUR, DATE_MINUTE, DATE_SECONDS,
    DATE_WEEKDAY,                       /* 1 is Monday */
    DATE_YEARDAY
} DatePart;

int64_t date_part(int64_t ms, DatePart part);

typedef enum DateSpan {
    DATE_YEARS, DATE_QUARTERS, DATE_MONTHS, DATE_WEEKS, DATE_DAYS, DATE_HOURS,
    DATE_MINUTES
} DateSpan;

/* The beginning of the span that ms is in; weeks begin on Monday. */
int64_t date_truncate(int64_t ms, DateSpan span);

#endif

/* datetime.h -- moments as milliseconds since 1970-01-01T00:00Z, and as ISO 8601.
 *
 * The proleptic Gregorian calendar, years 1 to 9999, no leap seconds.  Read:
 *     2026-11-22   2026-11-22T10:30   2026-11-22 10:30:05.250Z   ...+01:00
 * A time without a zone is UTC.  Digits below a millisecond must be 0. */
#ifndef DATETIME_H
#define DATETIME_H

#include <stddef.h>
#include <stdint.h>

#define DATETIME_MISSING INT64_MIN          /* no moment */
#define DATETIME_MIN INT64_C(-62135596800000)
#define DATETIME_MAX INT64_C(253402300799999)

enum { DATETIME_SIZE = 32 };

/* How much of a moment a text shows. */
typedef enum DatetimeUnit { DATETIME_DAY, DATETIME_SECOND, DATETIME_MS } DatetimeUnit;

/* 0, or -1 when the text is not a date. */
int datetime_parse(const char *text, size_t len, int64_t *out);
/* The unit that shows all of ms. */
DatetimeUnit datetime_unit(int64_t ms);
/* Writes the text, ended by a 0, and gives its length; DATETIME_MISSING, or what is
 * out of the range, is "". */
size_t datetime_format(int64_t ms, DatetimeUnit unit, char out[DATETIME_SIZE]);

typedef enum DatetimePart {
    DATETIME_YEAR, DATETIME_MONTH, DATETIME_MONTHDAY, DATETIME_HOUR, DATETIME_MINUTE,
    DATETIME_SECONDS,
    DATETIME_WEEKDAY,                       /* 1 is Monday */
    DATETIME_YEARDAY
} DatetimePart;

int64_t datetime_part(int64_t ms, DatetimePart part);

typedef enum DatetimeSpan {
    DATETIME_YEARS, DATETIME_QUARTERS, DATETIME_MONTHS, DATETIME_WEEKS, DATETIME_DAYS,
    DATETIME_HOURS, DATETIME_MINUTES
} DatetimeSpan;

/* The beginning of the span that ms is in; weeks begin on Monday. */
int64_t datetime_truncate(int64_t ms, DatetimeSpan span);

#endif

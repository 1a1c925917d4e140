/* csv_date.c -- see csv_date.h */
#include <stdio.h>
#include <string.h>

#include "base/datetime.h"
#include "csv/csv_date.h"

typedef struct Reader {
    const char *p, *end;
    int year, month, day, hour, minute, second, ms;
    char zone[8];
} Reader;

const char *
csv_date_check(CsvText format)
{
    int year = 0, month = 0, day = 0;

    for (size_t i = 0; i < format.len; i++) {
        char c = i + 1 < format.len ? format.at[i + 1] : 0;

        if (format.at[i] != '%')
            continue;
        if (!c || !strchr("YymdbBHMSfz%", c))
            return "expected one of %Y %y %m %d %b %B %H %M %S %f %z %% after each %";
        year += c == 'Y' || c == 'y';
        month += c == 'm' || c == 'b' || c == 'B';
        day += c == 'd';
        i++;
    }
    return year == 1 && month == 1 && day == 1
           ? NULL : "expected a year, a month and a day, such as %d.%m.%Y";
}

/* From least to most digits, or -1. */
static int
number(Reader *r, int least, int most)
{
    int v = 0, n = 0;

    for (; n < most && r->p < r->end && *r->p >= '0' && *r->p <= '9'; n++, r->p++)
        v = v * 10 + (*r->p - '0');
    return n < least ? -1 : v;
}

static int
month_name(Reader *r, int is_long)
{
    static const char *const names[] = {"january", "february", "march", "april", "may", "june",
                                        "july", "august", "september", "october", "november",
                                        "december"};

    for (int m = 0; m < 12; m++) {
        size_t len = is_long ? strlen(names[m]) : 3, same = 0;

        while (same < len && r->p + same < r->end && (r->p[same] | 32) == names[m][same])
            same++;
        if (same == len) {
            r->p += len;
            return m + 1;
        }
    }
    return -1;
}

/* Milliseconds; digits below are dropped. */
static int
fraction(Reader *r)
{
    int ms = 0, n = 0;

    for (; r->p < r->end && *r->p >= '0' && *r->p <= '9' && n < 9; n++, r->p++)
        if (n < 3)
            ms = ms * 10 + (*r->p - '0');
    for (int i = n; i < 3; i++)
        ms *= 10;
    return n ? ms : -1;
}

/* As datetime.h writes it; 0 or -1. */
static int
zone(Reader *r)
{
    char sign = r->p < r->end ? *r->p : 0;
    int hours, minutes;

    if (sign == 'Z' || sign == 'z') {
        r->p++;
        return 0;
    }
    if (sign != '+' && sign != '-')
        return -1;
    r->p++;
    hours = number(r, 2, 2);
    r->p += r->p < r->end && *r->p == ':';
    minutes = number(r, 2, 2);
    if (hours < 0 || minutes < 0)
        return -1;
    snprintf(r->zone, sizeof r->zone, "%c%02d:%02d", sign, hours % 100, minutes % 100);
    return 0;
}

/* Reads what the letter stands for; negative when it is not there. */
static int
part(Reader *r, char letter)
{
    switch (letter) {
    case 'Y': return r->year = number(r, 4, 4);
    case 'y':
        r->year = number(r, 2, 2);
        if (r->year >= 0)
            r->year += r->year < 69 ? 2000 : 1900;
        return r->year;
    case 'm': return r->month = number(r, 1, 2);
    case 'b': return r->month = month_name(r, 0);
    case 'B': return r->month = month_name(r, 1);
    case 'd': return r->day = number(r, 1, 2);
    case 'H': return r->hour = number(r, 1, 2);
    case 'M': return r->minute = number(r, 1, 2);
    case 'S': return r->second = number(r, 1, 2);
    case 'f': return r->ms = fraction(r);
    case 'z': return zone(r);
    default: return r->p < r->end && *r->p == letter ? (r->p++, 0) : -1;
    }
}

int
csv_date_read(CsvText format, const char *text, size_t len, int64_t *ms)
{
    Reader r = {.p = text, .end = text + len};
    char iso[64];
    int n;

    for (size_t i = 0; i < format.len; i++) {
        if (format.at[i] == '%') {
            if (part(&r, format.at[++i]) < 0)
                return -1;
        } else if (r.p == r.end || *r.p++ != format.at[i]) {
            return -1;
        }
    }
    if (r.p != r.end)
        return -1;
    n = snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%s", r.year, r.month,
                 r.day, r.hour, r.minute, r.second, r.ms, r.zone);
    return datetime_parse(iso, (size_t)n, ms);
}

int
csv_date_read_iso(const char *text, size_t len, int64_t *ms)
{
    const char *point = memchr(text, '.', len), *end = text + len, *p;
    char iso[64];
    size_t n;

    if (datetime_parse(text, len, ms) == 0)
        return 0;
    if (!point || point - text > 30)
        return -1;
    for (p = point + 1; p < end && *p >= '0' && *p <= '9'; p++)
        ;
    if (p - point <= 4 || p - point > 10 || end - p > 10)
        return -1;
    n = (size_t)(point + 4 - text);
    memcpy(iso, text, n);
    memcpy(iso + n, p, (size_t)(end - p));
    return datetime_parse(iso, n + (size_t)(end - p), ms);
}

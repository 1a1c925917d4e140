/* datetime.c -- see datetime.h
 *
 * Days and civil dates as by Howard Hinnant ("chrono-compatible low-level date
 * algorithms"): years begin in March, in eras of 400. */
#include "base/datetime.h"

static const int64_t DAY = 86400000, HOUR = 3600000, MINUTE = 60000;

typedef struct Civil {
    int64_t year;
    int month, day;
} Civil;

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t
to_days(int64_t y, int m, int d)
{
    int64_t era, in_era, year_day;

    y -= m <= 2;
    era = floor_div(y, 400);
    in_era = y - era * 400;
    year_day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + year_day - 719468;
}

static Civil
to_civil(int64_t days)
{
    int64_t era = floor_div(days + 719468, 146097), day = days + 719468 - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t rest = day - (365 * year + year / 4 - year / 100), m = (5 * rest + 2) / 153;
    Civil c;

    c.day = (int)(rest - (153 * m + 2) / 5 + 1);
    c.month = (int)(m < 10 ? m + 3 : m - 9);
    c.year = year + era * 400 + (c.month <= 2);
    return c;
}

static int
month_length(int64_t y, int m)
{
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return length[m - 1] + (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

/* n digits at *p, which moves behind them; -1 when there are fewer. */
static int
digits(const char **p, const char *end, int n)
{
    int v = 0;

    if (end - *p < n)
        return -1;
    for (; n; n--, ++*p) {
        if (**p < '0' || **p > '9')
            return -1;
        v = v * 10 + (**p - '0');
    }
    return v;
}

static int
skip(const char **p, const char *end, char c)
{
    if (*p == end || **p != c)
        return 0;
    ++*p;
    return 1;
}

/* The digits after a point, in ms; -1 when there are none, or digits below a ms. */
static int
fraction(const char **p, const char *end)
{
    int ms = 0, scale = 100, n = 0;

    for (; *p < end && **p >= '0' && **p <= '9'; ++*p, n++, scale /= 10) {
        if (scale == 0 && **p != '0')
            return -1;
        ms += (**p - '0') * scale;
    }
    return n && n <= 9 ? ms : -1;
}

/* Minutes east of UTC; 0 without a zone, -1 when the text is not a zone. */
static int
zone(const char **p, const char *end, int *minutes)
{
    int sign, h, m = 0;

    *minutes = 0;
    if (*p == end || skip(p, end, 'Z'))
        return 0;
    sign = **p == '-' ? -1 : 1;
    if (!skip(p, end, '+') && !skip(p, end, '-'))
        return -1;
    if ((h = digits(p, end, 2)) < 0 || h > 23)
        return -1;
    if (*p < end) {
        skip(p, end, ':');
        m = digits(p, end, 2);
    }
    *minutes = sign * (h * 60 + m);
    return m < 0 || m > 59 ? -1 : 0;
}

static int
clock_time(const char **p, const char *end, int64_t *out)
{
    int h = digits(p, end, 2), m, s = 0, ms = 0, east;

    if (h < 0 || h > 23 || !skip(p, end, ':') || (m = digits(p, end, 2)) < 0 || m > 59)
        return -1;
    if (skip(p, end, ':') && ((s = digits(p, end, 2)) < 0 || s > 59))
        return -1;
    if (skip(p, end, '.') && (ms = fraction(p, end)) < 0)
        return -1;
    if (zone(p, end, &east))
        return -1;
    *out = h * HOUR + (m - east) * MINUTE + s * 1000 + ms;
    return 0;
}

int
datetime_parse(const char *text, size_t len, int64_t *out)
{
    const char *p = text, *end = text + len;
    int64_t time = 0, ms;
    int y, m, d;

    if (len < 10 || (y = digits(&p, end, 4)) < 1 || !skip(&p, end, '-')
        || (m = digits(&p, end, 2)) < 1 || m > 12 || !skip(&p, end, '-')
        || (d = digits(&p, end, 2)) < 1 || d > month_length(y, m))
        return -1;
    if (p < end && !skip(&p, end, 'T') && !skip(&p, end, ' '))
        return -1;
    if (len > 10 && (clock_time(&p, end, &time) || p != end))
        return -1;
    ms = to_days(y, m, d) * DAY + time;
    if (ms < DATETIME_MIN || ms > DATETIME_MAX)
        return -1;
    *out = ms;
    return 0;
}

DatetimeUnit
datetime_unit(int64_t ms)
{
    if (ms == DATETIME_MISSING || ms % DAY == 0)
        return DATETIME_DAY;
    return ms % 1000 ? DATETIME_MS : DATETIME_SECOND;
}

static char *
put(char *to, int64_t v, int n, char after)
{
    for (int i = n; i--; v /= 10)
        to[i] = (char)('0' + v % 10);
    to[n] = after;
    return to + n + 1;
}

size_t
datetime_format(int64_t ms, DatetimeUnit unit, char out[DATETIME_SIZE])
{
    int64_t days = floor_div(ms, DAY), rest = ms - days * DAY;
    Civil c;
    char *p;

    out[0] = 0;
    if (ms < DATETIME_MIN || ms > DATETIME_MAX)
        return 0;
    c = to_civil(days);
    p = put(put(put(out, c.year, 4, '-'), c.month, 2, '-'), c.day, 2, unit ? 'T' : 0);
    if (unit)
        p = put(put(put(p, rest / HOUR, 2, ':'), rest / MINUTE % 60, 2, ':'),
                rest / 1000 % 60, 2, unit == DATETIME_MS ? '.' : 0);
    if (unit == DATETIME_MS)
        p = put(p, rest % 1000, 3, 0);
    return (size_t)(p - out - 1);
}

int64_t
datetime_part(int64_t ms, DatetimePart part)
{
    int64_t days = floor_div(ms, DAY), rest = ms - days * DAY;
    Civil c = to_civil(days);

    switch (part) {
    case DATETIME_YEAR: return c.year;
    case DATETIME_MONTH: return c.month;
    case DATETIME_MONTHDAY: return c.day;
    case DATETIME_HOUR: return rest / HOUR;
    case DATETIME_MINUTE: return rest / MINUTE % 60;
    case DATETIME_SECONDS: return rest / 1000 % 60;
    case DATETIME_WEEKDAY: return (days + 3 - floor_div(days + 3, 7) * 7) + 1;
    default: return days - to_days(c.year, 1, 1) + 1;
    }
}

int64_t
datetime_truncate(int64_t ms, DatetimeSpan span)
{
    int64_t days = floor_div(ms, DAY);
    Civil c = to_civil(days);

    switch (span) {
    case DATETIME_YEARS: return to_days(c.year, 1, 1) * DAY;
    case DATETIME_QUARTERS: return to_days(c.year, (c.month - 1) / 3 * 3 + 1, 1) * DAY;
    case DATETIME_MONTHS: return to_days(c.year, c.month, 1) * DAY;
    case DATETIME_WEEKS: return (days - (datetime_part(ms, DATETIME_WEEKDAY) - 1)) * DAY;
    case DATETIME_DAYS: return days * DAY;
    case DATETIME_HOURS: return floor_div(ms, HOUR) * HOUR;
    default: return floor_div(ms, MINUTE) * MINUTE;
    }
}

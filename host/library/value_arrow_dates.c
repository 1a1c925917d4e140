/* value_arrow_dates.c -- columns of dates and moments out of Arrow (value_arrow.h).
 *
 * A moment with a time zone is one of UTC already; one without is taken as UTC, as a date
 * without a zone is everywhere in rille. */
#include <inttypes.h>
#include <string.h>

#include "base/datetime.h"
#include "library/value_arrow.h"

enum { DAY = 86400000 };

/* Formats; a number of their units is `times` milliseconds, or 1 / `parts` of one. */
static const struct Unit {
    const char *format;
    size_t shown;               /* of a timestamp a time zone follows */
    char letter;                /* of the integers in its buffer */
    int64_t times, parts;
    const char *name;
} UNITS[] = {
    {"tdD", 4, 'i', DAY, 1, "days"},
    {"tdm", 4, 'l', 1, 1, "ms"},
    {"tss:", 4, 'l', 1000, 1, "s"},
    {"tsm:", 4, 'l', 1, 1, "ms"},
    {"tsu:", 4, 'l', 1, 1000, "us"},
    {"tsn:", 4, 'l', 1, 1000000, "ns"},
};

static const struct Unit *
find(const char *format)
{
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (strncmp(format, UNITS[i].format, UNITS[i].shown) == 0)
            return &UNITS[i];
    return NULL;
}

static int
read_date(const ArrowColumn *c, const struct Unit *u, const void *buffer, int64_t row,
          int64_t *out)
{
    int high;
    int64_t n = value_arrow_integer(u->letter, buffer, c->offset + row, &high);

    if (n % u->parts)
        return value_arrow_refuse(c, ERR_TYPE, "row %" PRId64 ": %" PRId64 " %s lie between two "
                                  "milliseconds, and dates hold whole ones; round it to "
                                  "milliseconds", row + 1, n, u->name);
    if (__builtin_mul_overflow(n / u->parts, u->times, out) || *out < DATETIME_MIN
        || *out > DATETIME_MAX)
        return value_arrow_refuse(c, ERR_TYPE, "row %" PRId64 ": %" PRId64 " %s since 1970 is "
                                  "outside the years 1 to 9999", row + 1, n, u->name);
    return OK;
}

static int
read_all(const ArrowColumn *c, const struct Unit *u, int64_t *to)
{
    const void *buffer = c->rows ? value_arrow_buffer(c, 1) : NULL;
    int rc = OK;

    if (c->rows && !buffer)
        return c->err->code;
    for (int64_t i = 0; !rc && i < c->rows; i++) {
        if (value_arrow_present(c, i))
            rc = read_date(c, u, buffer, i, &to[i]);
        else
            to[i] = DATETIME_MISSING;
    }
    return rc;
}

int
value_arrow_dates(ArrowColumn *c, int64_t first, int64_t rows, ValueColumn *out)
{
    const struct Unit *u = find(c->schema->format);
    int rc;

    if (!u || c->schema->dictionary)
        return 0;
    rc = value_arrow_open(c, first, rows, 2);
    out->kind = COLUMN_DATES;
    if (!rc)
        rc = array_make(&out->array, ARRAY_I64, 1, &c->rows, c->err);
    if (!rc)
        rc = read_all(c, u, (int64_t *)(void *)out->array->data);
    return rc ? rc : 1;
}

/* datetime_test.c -- see host/base/datetime.h */
#include "base/datetime.h"
#include "check.h"

static int
refused(const char *text)
{
    int64_t ms;

    return datetime_parse(text, strlen(text), &ms) == -1;
}

static int64_t
parsed(const char *text)
{
    int64_t ms;

    return datetime_parse(text, strlen(text), &ms) == 0 ? ms : DATETIME_MISSING;
}

static void
the_ends_of_the_calendar_are_read_and_written(void)
{
    char text[DATETIME_SIZE];

    CHECK(parsed("0001-01-01") == DATETIME_MIN);
    CHECK(parsed("9999-12-31T23:59:59.999Z") == DATETIME_MAX);
    CHECK(datetime_format(DATETIME_MIN, DATETIME_DAY, text) == 10);
    CHECK_STR(text, "0001-01-01");
    datetime_format(DATETIME_MAX, DATETIME_MS, text);
    CHECK(parsed(text) == DATETIME_MAX);
}

static void
what_is_out_of_the_calendar_has_no_text(void)
{
    char text[DATETIME_SIZE] = "x";

    CHECK(datetime_format(DATETIME_MISSING, DATETIME_DAY, text) == 0 && text[0] == 0);
    CHECK(datetime_format(DATETIME_MAX + 1, DATETIME_MS, text) == 0 && text[0] == 0);
    CHECK(datetime_format(DATETIME_MIN - 1, DATETIME_MS, text) == 0 && text[0] == 0);
    CHECK(refused("0001-01-01T00:00+00:01"));
    CHECK(refused("9999-12-31T23:59:59.999-00:01"));
}

static void
a_leap_day_is_one_in_leap_years_alone(void)
{
    CHECK(!refused("2000-02-29"));
    CHECK(!refused("2024-02-29"));
    CHECK(refused("1900-02-29"));
    CHECK(refused("2023-02-29"));
    CHECK(datetime_part(parsed("2024-12-31"), DATETIME_YEARDAY) == 366);
}

static void
what_is_no_date_is_refused(void)
{
    const char *bad[] = {"", "2026", "2026-13-01", "2026-00-10", "2026-11-31", "2026-11-22T",
                         "2026-11-22T24:01", "2026-11-22T10:60", "2026-11-22x",
                         "2026-11-22T10:30:00.0001", "2026-11-22T10:30+1"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(refused(bad[i]));
}

static void
moments_before_1970_are_cut_downwards(void)
{
    int64_t ms = parsed("1969-12-31T23:59:59.999Z");

    CHECK(ms == -1);
    CHECK(datetime_part(ms, DATETIME_YEAR) == 1969 && datetime_part(ms, DATETIME_SECONDS) == 59);
    CHECK(datetime_part(ms, DATETIME_WEEKDAY) == 3);
    CHECK(datetime_truncate(ms, DATETIME_DAYS) == parsed("1969-12-31"));
    CHECK(datetime_truncate(ms, DATETIME_WEEKS) == parsed("1969-12-29"));
    CHECK(datetime_truncate(ms, DATETIME_QUARTERS) == parsed("1969-10-01"));
}

int
main(void)
{
    RUN(the_ends_of_the_calendar_are_read_and_written);
    RUN(what_is_out_of_the_calendar_has_no_text);
    RUN(a_leap_day_is_one_in_leap_years_alone);
    RUN(what_is_no_date_is_refused);
    RUN(moments_before_1970_are_cut_downwards);
    return check_done();
}

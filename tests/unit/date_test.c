/* date_test.c -- see host/base/datetime.h */
#include "base/datetime.h"
#include "check.h"

static int
refused(const char *text)
{
    int64_t ms;

    return date_parse(text, strlen(text), &ms) == -1;
}

static int64_t
parsed(const char *text)
{
    int64_t ms;

    return date_parse(text, strlen(text), &ms) == 0 ? ms : DATE_MISSING;
}

static void
the_ends_of_the_calendar_are_read_and_written(void)
{
    char text[DATE_SIZE];

    CHECK(parsed("0001-01-01") == DATE_MIN);
    CHECK(parsed("9999-12-31T23:59:59.999Z") == DATE_MAX);
    CHECK(date_format(DATE_MIN, DATE_DAY, text) == 10);
    CHECK_STR(text, "0001-01-01");
    date_format(DATE_MAX, DATE_MS, text);
    CHECK(parsed(text) == DATE_MAX);
}

static void
what_is_out_of_the_calendar_has_no_text(void)
{
    char text[DATE_SIZE] = "x";

    CHECK(date_format(DATE_MISSING, DATE_DAY, text) == 0 && text[0] == 0);
    CHECK(date_format(DATE_MAX + 1, DATE_MS, text) == 0 && text[0] == 0);
    CHECK(date_format(DATE_MIN - 1, DATE_MS, text) == 0 && text[0] == 0);
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
    CHECK(date_part(parsed("2024-12-31"), DATE_YEARDAY) == 366);
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
    CHECK(date_part(ms, DATE_YEAR) == 1969 && date_part(ms, DATE_SECONDS) == 59);
    CHECK(date_part(ms, DATE_WEEKDAY) == 3);
    CHECK(date_truncate(ms, DATE_DAYS) == parsed("1969-12-31"));
    CHECK(date_truncate(ms, DATE_WEEKS) == parsed("1969-12-29"));
    CHECK(date_truncate(ms, DATE_QUARTERS) == parsed("1969-10-01"));
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

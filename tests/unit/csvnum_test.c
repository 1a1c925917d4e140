/* csvnum_test.c -- see host/csvnum.h */
#include <math.h>
#include <stdlib.h>

#include "buf.h"
#include "check.h"
#include "csvnum.h"

static void
integers_are_read_as_such(void)
{
    CsvNumber n;

    CHECK(*csvnum_scan("42,", &n) == ',' && n.integer && n.i == 42 && n.d == 42);
    CHECK(csvnum_scan("-17", &n) && n.integer && n.i == -17);
    CHECK(csvnum_scan("+5", &n) && n.integer && n.i == 5);
    CHECK(csvnum_scan("9223372036854775807", &n) && n.integer && n.i == INT64_MAX);
    CHECK(csvnum_scan("-9223372036854775808", &n) && n.integer && n.i == INT64_MIN);
}

static void
an_integer_past_64_bits_is_the_nearest_double(void)
{
    CsvNumber n;

    CHECK(csvnum_scan("9223372036854775808", &n) && !n.integer && n.d == 9223372036854775808.0);
    CHECK(csvnum_scan("-9223372036854775809", &n) && !n.integer);
    CHECK(csvnum_scan("123456789012345678901234567890", &n) && !n.integer
          && n.d == 123456789012345678901234567890.0);
}

static void
a_minus_zero_keeps_its_sign(void)
{
    CsvNumber n;

    CHECK(csvnum_scan("-0", &n) && n.integer && n.i == 0 && signbit(n.d));
    CHECK(csvnum_scan("-0.0", &n) && !n.integer && signbit(n.d));
    CHECK(csvnum_scan("-0e5", &n) && n.d == 0 && signbit(n.d));
}

static void
a_digit_is_needed_on_one_side_of_the_point(void)
{
    CsvNumber n;

    CHECK(csvnum_scan("5.", &n) && n.d == 5 && !n.integer);
    CHECK(csvnum_scan(".5", &n) && n.d == 0.5);
    CHECK(csvnum_scan("-.25", &n) && n.d == -0.25);
    CHECK(!csvnum_scan(".", &n));
    CHECK(!csvnum_scan("-", &n));
    CHECK(!csvnum_scan("", &n));
    CHECK(!csvnum_scan("x", &n));
    CHECK(!csvnum_scan(".e5", &n));
}

static void
an_exponent_needs_digits(void)
{
    CsvNumber n;

    CHECK(csvnum_scan("1e3", &n) && n.d == 1000 && !n.integer);
    CHECK(csvnum_scan("1E-3", &n) && n.d == 0.001);
    CHECK(!csvnum_scan("1e", &n));
    CHECK(!csvnum_scan("1e+", &n));
    CHECK(csvnum_scan("1e999999999999", &n) && isinf(n.d));
    CHECK(csvnum_scan("1e-999999999999", &n) && n.d == 0);
}

static void
digits_after_a_leading_zero_are_noticed(void)
{
    CsvNumber n;

    CHECK(csvnum_scan("007", &n) && n.padded && n.i == 7);
    CHECK(csvnum_scan("0", &n) && !n.padded);
    CHECK(csvnum_scan("0.5", &n) && !n.padded);
    CHECK(csvnum_scan("-00.5", &n) && n.padded);
}

/* the same as strtod, whose rounding is exact */
static int
agrees(const char *text)
{
    double want = strtod(text, NULL);
    CsvNumber n;

    return csvnum_scan(text, &n) && memcmp(&n.d, &want, sizeof want) == 0;
}

static void
hard_cases_round_to_the_nearest_double(void)
{
    static const char *const hard[] = {
        "0.1", "2.2250738585072011e-308", "1.7976931348623157e308", "4.9e-324",
        "9007199254740993", "9007199254740993.0", "9007199254740992.5",
        "1.00000000000000011102230246251565404", "0.500000000000000166533453693773481063544750213623046875",
        "3.518437208883201171875e13", "62.5364939768271845828", "8.10109172351e-10",
        "1.50000000000000011102230246251565", "5e-20", "123456789.123456789",
        "7.2057594037927933e16", "1e23", "8.5e22", "9.5367431640625e-07",
        "12345678901234567.5", "18446744073709551615", "1844674407370955161.5"};

    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++)
        CHECK(agrees(hard[i]));
}

/* a small generator: the test is the same each time */
static uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void
random_numbers_round_to_the_nearest_double(void)
{
    uint64_t state = 88172645463325252u;
    char text[80];
    int bad = 0;

    for (int i = 0; i < 200000; i++) {
        uint64_t w = next_random(&state) >> (next_random(&state) % 64);
        int e = (int)(next_random(&state) % 64) - 32;

        snprintf(text, sizeof text, i % 2 ? "%llue%d" : "0.%llue%d",
                 (unsigned long long)w, e);
        bad += !agrees(text);
    }
    CHECK(bad == 0);
}

static int
writes(double d, const char *want)
{
    Buf b;
    int same;

    buf_init(&b);
    same = csvnum_put(&b, d) == 0 && strcmp(buf_cstr(&b), want) == 0;
    buf_release(&b);
    return same;
}

static void
a_number_is_written_as_short_as_it_can_be(void)
{
    CHECK(writes(0.1, "0.1"));
    CHECK(writes(1.0 / 3, "0.3333333333333333"));
    CHECK(writes(0.1 + 0.2, "0.30000000000000004"));
    CHECK(writes(1, "1.0"));
    CHECK(writes(-0.0, "-0.0"));
    CHECK(writes(1e300, "1e+300"));
    CHECK(writes(5e-324, "5e-324"));
    CHECK(writes(INFINITY, "inf"));
    CHECK(writes(-INFINITY, "-inf"));
    CHECK(writes(NAN, "nan"));
}

static void
a_float_is_written_with_the_digits_of_a_float(void)
{
    Buf b;

    buf_init(&b);
    CHECK(csvnum_put_float(&b, 0.1f) == 0);
    CHECK_STR(buf_cstr(&b), "0.1");
    buf_release(&b);
}

static void
what_is_written_reads_back_as_it_was(void)
{
    uint64_t state = 7046029254386353131u;
    int bad = 0;
    Buf b;

    buf_init(&b);
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = next_random(&state);
        CsvNumber n;
        double d;

        memcpy(&d, &bits, sizeof d);
        if (!isfinite(d))
            continue;
        b.len = 0;
        bad += csvnum_put(&b, d) || !csvnum_scan(buf_cstr(&b), &n) || n.d != d;
    }
    buf_release(&b);
    CHECK(bad == 0);
}

int
main(void)
{
    RUN(integers_are_read_as_such);
    RUN(an_integer_past_64_bits_is_the_nearest_double);
    RUN(a_minus_zero_keeps_its_sign);
    RUN(a_digit_is_needed_on_one_side_of_the_point);
    RUN(an_exponent_needs_digits);
    RUN(digits_after_a_leading_zero_are_noticed);
    RUN(hard_cases_round_to_the_nearest_double);
    RUN(random_numbers_round_to_the_nearest_double);
    RUN(a_number_is_written_as_short_as_it_can_be);
    RUN(a_float_is_written_with_the_digits_of_a_float);
    RUN(what_is_written_reads_back_as_it_was);
    return check_done();
}

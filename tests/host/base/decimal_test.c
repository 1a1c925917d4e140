/* decimal_test.c -- decimal.h against the C library */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "check.h"

static uint64_t state = 88172645463325252u;

static uint64_t
next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double
as_double(uint64_t bits)
{
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static double
read_double(const char *s, size_t n)
{
    Decimal d;

    decimal_scan(s, s + n, &d);
    return d.end == s + n ? decimal_double(&d) : NAN;
}

static int
read_int(const char *s, int64_t *v)
{
    Decimal d;

    decimal_scan(s, s + strlen(s), &d);
    return decimal_int(&d, v);
}

static const char *
text_of(double v, char out[DECIMAL_SIZE])
{
    out[decimal_put_double(v, out)] = 0;
    return out;
}

static int
same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* The fewest significant digits with which printf gives v back. */
static int
fewest_digits(double v)
{
    char text[64];
    int n = 1;

    for (; n < 17; n++) {
        snprintf(text, sizeof text, "%.*e", n - 1, v);
        if (strtod(text, NULL) == v)
            break;
    }
    return n;
}

static int
digits_in(const char *s)
{
    int n = 0, zeros = 0;

    for (; *s && *s != 'e'; s++)
        if (*s >= '0' && *s <= '9' && (n || *s != '0')) {
            n++;
            zeros = *s == '0' ? zeros + 1 : 0;
        }
    return n - zeros;
}

static void
floats_have_the_text_that_people_expect(void)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{0.0, "0.0"}, {-0.0, "-0.0"}, {1.0, "1.0"}, {-2.5, "-2.5"},
                 {0.1, "0.1"}, {1e15, "1000000000000000.0"}, {1e16, "1e16"},
                 {0.00001, "0.00001"}, {0.000001, "1e-6"}, {1.5e-7, "1.5e-7"},
                 {123456.789, "123456.789"}, {9007199254740993.0, "9007199254740992.0"},
                 {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e308"},
                 {2.2250738585072014e-308, "2.2250738585072014e-308"}, {1e23, "1e23"},
                 {2e-44, "2e-44"}, {9.5e-3, "0.0095"}};
    char text[DECIMAL_SIZE];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(text_of(cases[i].v, text), cases[i].text);
}

static void
any_float_reads_back_from_the_shortest_text(void)
{
    char text[DECIMAL_SIZE];

    for (int i = 0; i < 200000; i++) {
        uint64_t bits = next_random();
        double v;
        size_t n;

        if (i % 7 == 0)
            bits &= ~UINT64_C(0xfffffffffffff) | (next_random() & 3);
        if (i % 11 == 0)
            bits &= UINT64_C(0x800fffffffffffff);       /* subnormal */
        v = as_double(bits);
        if (!isfinite(v))
            continue;
        text_of(v, text);
        n = strlen(text);
        CHECK(n < DECIMAL_SIZE - 4);
        CHECK(same_bits(strtod(text, NULL), v));
        CHECK(same_bits(read_double(text, n), v));
        if (i % 8 == 0)
            CHECK(digits_in(text) <= fewest_digits(v));
    }
}

static void
texts_read_as_the_library_reads_them(void)
{
    char text[128];

    for (int i = 0; i < 200000; i++) {
        int n = snprintf(text, sizeof text, "%llu.%llue%d",
                         (unsigned long long)(next_random() >> (next_random() % 64)),
                         (unsigned long long)(next_random() >> (next_random() % 64)),
                         (int)(next_random() % 700) - 360);

        CHECK(same_bits(read_double(text, (size_t)n), strtod(text, NULL)));
    }
}

static void
ties_go_to_even_however_long_the_text(void)
{
    static char text[3000];

    for (int i = 0; i < 20000; i++) {
        double v = as_double(next_random() & INT64_MAX), up;
        char *last;
        int n;

        if (!isfinite(v) || v > 1e200 || v < 1e-200)
            continue;
        up = nextafter(v, INFINITY);
        n = snprintf(text, sizeof text, "%.*Le", i % 3 ? 17 + i % 60 : 1100,
                     ((long double)v + (long double)up) / 2);
        CHECK(same_bits(read_double(text, (size_t)n), strtod(text, NULL)));
        last = strchr(text, 'e') - 1;
        *last = *last == '0' ? '1' : '0';               /* just beside the tie */
        CHECK(same_bits(read_double(text, (size_t)n), strtod(text, NULL)));
    }
}

static void
extremes_are_zero_or_infinite(void)
{
    CHECK(isinf(read_double("1e309", 5)));
    CHECK(isinf(read_double("-1e99999999999999999999", 23)));
    CHECK(read_double("1e-400", 6) == 0);
    CHECK(read_double("1e-99999999999999999999", 23) == 0);
    CHECK(read_double("0e999999999999", 14) == 0);
    CHECK(signbit(read_double("-0.0", 4)));
}

static void
integers_read_back_and_know_their_limits(void)
{
    char text[DECIMAL_SIZE + 8];
    Decimal d;
    int64_t v;

    for (int i = 0; i < 100000; i++) {
        int64_t want = (int64_t)next_random() >> (next_random() % 64);
        size_t n = decimal_put_int(want, text);

        decimal_scan(text, text + n, &d);
        CHECK(decimal_int(&d, &v) == 0 && v == want);
        text[n] = 0;
        CHECK(strtoll(text, NULL, 10) == want);
    }
    CHECK(decimal_put_int(INT64_MIN, text) == 20);
    decimal_scan(text, text + 20, &d);
    CHECK(decimal_int(&d, &v) == 0 && v == INT64_MIN);
}

static void
integers_beyond_64_bits_are_refused(void)
{
    static const char *const beyond[] = {
        "9223372036854775808", "-9223372036854775809", "99999999999999999999",
        "100000000000000000000000000000000000000000", "18446744073709551616"};
    int64_t v;

    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        CHECK(read_int(beyond[i], &v) != 0);
    CHECK(read_int("0000000000000000000000000000007", &v) == 0 && v == 7);
}

static void
a_scan_counts_the_parts(void)
{
    static const char text[] = "-012.50e+3,", no_digit[] = "e5";
    Decimal d;

    decimal_scan(text, text + strlen(text), &d);
    CHECK(d.sign == '-' && d.n_whole == 3 && d.point && d.n_fraction == 2);
    CHECK(d.exponent && d.n_exponent == 1 && *d.end == ',');
    CHECK(decimal_double(&d) == -12500.0);
    decimal_scan(no_digit, no_digit + 2, &d);
    CHECK(d.end == d.text && !d.exponent);
}

int
main(void)
{
    RUN(floats_have_the_text_that_people_expect);
    RUN(any_float_reads_back_from_the_shortest_text);
    RUN(texts_read_as_the_library_reads_them);
    RUN(ties_go_to_even_however_long_the_text);
    RUN(extremes_are_zero_or_infinite);
    RUN(integers_read_back_and_know_their_limits);
    RUN(integers_beyond_64_bits_are_refused);
    RUN(a_scan_counts_the_parts);
    return check_done();
}

/* median_test.c -- medians are those of a stable sort, to the last bit */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "frame/median.h"

enum { MOST = 5000 };

static uint64_t state = 1;

static uint64_t
draw(uint64_t n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % n;
}

/* By insertion, which keeps the order of equal ones. */
static double
by_sorting(const double *v, size_t n)
{
    static double s[MOST];

    for (size_t i = 0; i < n; i++) {
        size_t k = i;

        for (; k > 0 && s[k - 1] > v[i]; k--)
            s[k] = s[k - 1];
        s[k] = v[i];
    }
    return n % 2 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2;
}

static void
check_median(const double *v, size_t n)
{
    static double room[MOST];
    double want = by_sorting(v, n), got = median(v, n, room);

    CHECK(memcmp(&want, &got, sizeof want) == 0 || (want != want && got != got));
}

/* kind 0: few values with zeros of both signs; 1: many; 2: ascending; 3: descending; 4: up and
 * down; 5: one value and some others. */
static double
value_of(int kind, size_t i, size_t n)
{
    static const double few[] = {0.0, -0.0, -1, 1, -0.0, INFINITY, -INFINITY, 0.0};

    switch (kind) {
    case 0: return few[draw(8)];
    case 1: return (double)draw(1u << 30) - 5e8;
    case 2: return (double)i;
    case 3: return -(double)i;
    case 4: return (double)(i < n / 2 ? i : n - i);
    default: return draw(10) ? 7.5 : (double)draw(100);
    }
}

static void
medians_are_those_of_a_sort(void)
{
    static double v[MOST];

    for (int kind = 0; kind < 6; kind++)
        for (size_t n = 1; n < MOST; n += n < 200 ? 1 : n / 3) {
            for (size_t i = 0; i < n; i++)
                v[i] = value_of(kind, i, n);
            check_median(v, n);
        }
}

static void
zeros_keep_their_order(void)
{
    static const double even[] = {0.0, -0.0, -0.0, 3, -2, -0.0};
    static const double odd[] = {-0.0, 0.0, -0.0, 3, -2};
    double room[6], a = median(even, 6, room), b = median(odd, 5, room);

    CHECK(a == 0 && signbit(a));
    CHECK(b == 0 && !signbit(b));
}

int
main(void)
{
    RUN(medians_are_those_of_a_sort);
    RUN(zeros_keep_their_order);
    return check_done();
}

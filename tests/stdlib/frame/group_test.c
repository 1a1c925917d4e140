/* group_test.c -- see stdlib/frame/group.h */
#include <math.h>

#include "check.h"
#include "frame/group.h"

static Err err;

static Array *
ints(int64_t n, const int64_t *values)
{
    Array *a = NULL;

    if (array_new(&a, ARRAY_I64, 1, &n, &err))
        return NULL;
    if (n)
        memcpy(a->data, values, (size_t)n * sizeof *values);
    return a;
}

static Array *
floats(int64_t n, const double *values)
{
    Array *a = NULL;

    if (array_new(&a, ARRAY_F64, 1, &n, &err))
        return NULL;
    memcpy(a->data, values, (size_t)n * sizeof *values);
    return a;
}

/* Whether a is these; releases it. */
static int
are(Array *a, int64_t n, const int64_t *want)
{
    int same = a && a->shape[0] == n && (!n || !memcmp(a->data, want, (size_t)n * sizeof *want));

    array_free(a);
    return same;
}

static void
no_rows_make_no_groups(void)
{
    Array *none = ints(0, NULL), *out = NULL;
    int64_t count = -1;

    CHECK(group_codes(&out, &count, none, &err) == OK && count == 0);
    CHECK(are(out, 0, NULL));
    CHECK(group_order(&out, none, 0, &err) == OK && are(out, 0, NULL));
    CHECK(group_sum(&out, GROUP_SUM, none, 0, none, NULL, &err) == OK && are(out, 0, NULL));
    array_free(none);
}

static void
zeros_are_one_group_and_so_are_nans(void)
{
    Array *a = floats(4, (double[]){0.0, NAN, -0.0, -NAN}), *out = NULL;
    int64_t count;

    CHECK(group_codes(&out, &count, a, &err) == OK && count == 2);
    CHECK(are(out, 4, (int64_t[]){1, 2, 1, 2}));
    array_free(a);
}

static void
a_sum_of_integers_that_is_too_large_is_an_error(void)
{
    Array *codes = ints(2, (int64_t[]){1, 1}), *out = NULL;
    Array *large = ints(2, (int64_t[]){INT64_MAX, 1}), *fine = ints(2, (int64_t[]){INT64_MAX, -1});

    CHECK(group_sum(&out, GROUP_SUM, codes, 1, large, NULL, &err) != OK && err.msg[0]);
    CHECK(group_sum(&out, GROUP_SUM, codes, 1, fine, NULL, &err) == OK);
    CHECK(are(out, 1, (int64_t[]){INT64_MAX - 1}));
    array_free(codes);
    array_free(large);
    array_free(fine);
}

static void
a_group_without_values_has_the_sum_0_and_no_mean(void)
{
    Array *codes = ints(2, (int64_t[]){1, 2}), *a = floats(2, (double[]){3, NAN}), *out = NULL;

    CHECK(group_sum(&out, GROUP_SUM, codes, 2, a, NULL, &err) == OK);
    CHECK(((double *)(void *)out->data)[0] == 3 && ((double *)(void *)out->data)[1] == 0);
    array_free(out);
    CHECK(group_sum(&out, GROUP_MEAN, codes, 2, a, NULL, &err) == OK);
    CHECK(isnan(((double *)(void *)out->data)[1]));
    array_free(out);
    CHECK(group_sum(&out, GROUP_COUNT, codes, 2, a, NULL, &err) == OK);
    CHECK(are(out, 2, (int64_t[]){1, 0}));
    array_free(codes);
    array_free(a);
}

static void
rows_of_no_group_have_no_partner(void)
{
    Array *l = ints(3, (int64_t[]){1, 0, 2}), *r = ints(3, (int64_t[]){0, 1, 1});
    Array *left = NULL, *right = NULL;

    CHECK(group_join(&left, &right, l, r, 2, (int[2]){0, 0}, &err) == OK);
    CHECK(are(left, 2, (int64_t[]){1, 1}) && are(right, 2, (int64_t[]){2, 3}));
    CHECK(group_join(&left, &right, l, r, 2, (int[2]){1, 1}, &err) == OK);
    CHECK(are(left, 5, (int64_t[]){1, 1, 2, 3, 0}) && are(right, 5, (int64_t[]){2, 3, 0, 0, 1}));
    array_free(l);
    array_free(r);
}

int
main(void)
{
    RUN(no_rows_make_no_groups);
    RUN(zeros_are_one_group_and_so_are_nans);
    RUN(a_sum_of_integers_that_is_too_large_is_an_error);
    RUN(a_group_without_values_has_the_sum_0_and_no_mean);
    RUN(rows_of_no_group_have_no_partner);
    return check_done();
}

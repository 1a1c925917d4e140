/* array_test.c -- arrays and what is computed with them, from C */
#include <math.h>
#include <stdlib.h>

#include "array/array.h"
#include "array/array_op.h"
#include "array/array_reader.h"
#include "check.h"

static Array *
count_up(int ndim, const int64_t *shape, ArrayType type)
{
    Array *flat, *shaped, *a;
    int64_t n = 1;

    for (int i = 0; i < ndim; i++)
        n *= shape[i];
    CHECK(array_arange(&flat, (ArrayItem){ARRAY_I64, 1, 0}, (ArrayItem){ARRAY_I64, n, 0},
                       (ArrayItem){ARRAY_I64, 1, 0}, NULL) == OK);
    CHECK(array_reshape(&shaped, flat, ndim, shape, NULL) == OK);
    CHECK(array_astype(&a, shaped, type, NULL) == OK);
    array_free(flat);
    array_free(shaped);
    return a;
}

static void
a_new_array_is_zero_and_dense(void)
{
    int64_t shape[] = {2, 3}, index[] = {1, 2};
    Array *a;
    Err err;

    CHECK(array_new(&a, ARRAY_F64, 2, shape, &err) == OK);
    CHECK(a->stride[0] == 24 && a->stride[1] == 8);
    CHECK(array_count(a) == 6 && array_bytes(a) == 48);
    CHECK(array_contiguous(a));
    CHECK(!a->readonly);
    CHECK(array_peek(a->type, array_at(a, index)).f == 0);
    array_free(a);
    array_free(NULL);
}

static void
shapes_that_cannot_be_are_refused(void)
{
    static const int64_t negative[] = {-1}, huge[] = {INT64_MAX, 2}, wide[] = {INT64_MAX / 4};
    static const int64_t empty[] = {0, INT64_MAX / 2, 4};
    Array *a = NULL;
    Err err;

    CHECK(array_new(&a, ARRAY_U8, 1, negative, &err) == ERR_INVAL);
    CHECK(array_new(&a, ARRAY_U8, 2, huge, &err) == ERR_INVAL);
    CHECK(array_new(&a, ARRAY_F64, 1, wide, &err) == ERR_INVAL);
    CHECK(array_new(&a, ARRAY_U8, 3, empty, &err) == ERR_INVAL);
    CHECK(array_new(&a, ARRAY_U8, 0, empty, &err) == ERR_INVAL);
    CHECK(array_new(&a, ARRAY_U8, ARRAY_MAXDIM + 1, empty, &err) == ERR_INVAL);
    CHECK(a == NULL);
    CHECK(array_new(&a, ARRAY_U8, 1, (int64_t[]){INT64_C(1) << 47}, &err) == ERR_NOMEM);
}

static void
memory_lives_as_long_as_its_last_view(void)
{
    int64_t shape[] = {3, 4}, zero = 0;
    Array *a = count_up(2, shape, ARRAY_I64), *row, *cell;

    CHECK(array_held(a) > 96);
    CHECK(array_index(&row, a, 0, 2, NULL) == OK);
    CHECK(array_held(a) == 0 && array_held(row) == 0);
    array_free(a);
    CHECK(array_held(row) > 96);
    CHECK(array_slice(&cell, row, 0, 3, 1, NULL) == OK);
    array_free(row);
    CHECK(array_peek(cell->type, array_at(cell, &zero)).i == 12);
    array_free(cell);
}

static void
an_element_is_stored_only_when_it_fits(void)
{
    unsigned char space[8] = {0};
    Err err;

    CHECK(array_poke(ARRAY_U8, space, (ArrayItem){ARRAY_I64, 255, 0}, &err) == OK);
    CHECK(array_poke(ARRAY_U8, space, (ArrayItem){ARRAY_I64, 256, 0}, &err) == ERR_TYPE);
    CHECK_STR(err.msg, "u8 cannot hold 256");
    CHECK(array_poke(ARRAY_I32, space, (ArrayItem){ARRAY_F64, 0, 2.0}, &err) == OK);
    CHECK(array_poke(ARRAY_I32, space, (ArrayItem){ARRAY_F64, 0, 2.5}, &err) == ERR_TYPE);
    CHECK(array_poke(ARRAY_I64, space, (ArrayItem){ARRAY_F64, 0, 0x1p63}, &err) == ERR_TYPE);
    CHECK(array_poke(ARRAY_I64, space, (ArrayItem){ARRAY_F64, 0, (double)NAN}, &err) == ERR_TYPE);
    CHECK(array_poke(ARRAY_BOOL, space, (ArrayItem){ARRAY_I64, 1, 0}, &err) == ERR_TYPE);
    CHECK(array_poke(ARRAY_F64, space, (ArrayItem){ARRAY_BOOL, 1, 0}, &err) == ERR_TYPE);
    CHECK_STR(err.msg, "f64 cannot hold a boolean");
}

/* Reads a through a Reader and compares with its elements one by one. */
static void
check_reading(const Array *a, ArrayType as)
{
    int64_t index[ARRAY_MAXDIM] = {0};
    const void *x;
    size_t n;
    Reader r;

    reader_init(&r, a, as);
    while ((x = reader_next(&r, &n)))
        for (size_t i = 0; i < n; i++) {
            ArrayItem want = array_peek(a->type, array_at(a, index));
            ArrayItem got = array_peek(as, (const char *)x + i * array_size(as));
            double w = want.type == ARRAY_F64 ? want.f : (double)want.i;

            if ((got.type == ARRAY_F64 ? got.f : (double)got.i) != w)
                CHECK(!"the element that was read");
            for (int k = a->ndim - 1; k >= 0 && ++index[k] == a->shape[k]; k--)
                if (k)
                    index[k] = 0;
        }
    CHECK(index[0] == a->shape[0] || array_count(a) == 0);
}

static void
a_reader_gives_every_element_of_every_layout(void)
{
    int64_t shape[] = {7, 11, 31};
    static const ArrayType types[] = {ARRAY_I32, ARRAY_I64, ARRAY_F32, ARRAY_F64};

    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        Array *a = count_up(3, shape, types[t]), *turned, *part, *thin, still;

        CHECK(array_transpose(&turned, a, NULL, NULL) == OK);
        CHECK(array_slice(&part, turned, 1, 2, 8, NULL) == OK);
        CHECK(array_index(&thin, a, 2, 5, NULL) == OK);
        still = *thin;
        still.stride[0] = 0;
        check_reading(a, types[t]);
        check_reading(a, ARRAY_F64);
        check_reading(turned, types[t]);
        check_reading(part, ARRAY_F64);
        check_reading(thin, types[t]);
        check_reading(&still, ARRAY_F64);
        array_free(thin);
        array_free(part);
        array_free(turned);
        array_free(a);
    }
}

static void
a_value_broadcasts_over_any_shape(void)
{
    int64_t shape[] = {5, 700};
    Array *a = count_up(2, shape, ARRAY_F64), *b, *back;
    ArrayOperand x = {a, {ARRAY_F64, 0, 0}}, two = {NULL, {ARRAY_I64, 2, 0}}, y;

    CHECK(array_binary(&b, ARRAY_MUL, &two, &x, NULL) == OK);
    y = (ArrayOperand){b, {ARRAY_F64, 0, 0}};
    CHECK(array_binary(&back, ARRAY_DIV, &y, &two, NULL) == OK);
    CHECK(array_equal(back, a) && !array_equal(b, a));
    array_free(a);
    array_free(b);
    array_free(back);
}

static void
shapes_that_do_not_fit_leave_the_result_alone(void)
{
    int64_t two = 2, three = 3;
    Array *a = count_up(1, &two, ARRAY_I64), *b = count_up(1, &three, ARRAY_I64), *c = NULL;
    ArrayOperand x = {a, {ARRAY_I64, 0, 0}}, y = {b, {ARRAY_I64, 0, 0}};
    Err err;

    CHECK(array_binary(&c, ARRAY_ADD, &x, &y, &err) == ERR_INVAL);
    CHECK_STR(err.msg, "shapes {2} and {3} do not fit together");
    CHECK(array_dot(&c, a, b, &err) == ERR_INVAL);
    CHECK(c == NULL);
    array_free(a);
    array_free(b);
}

static void
sums_have_small_errors_and_the_same_for_views(void)
{
    enum { N = 100000 };
    int64_t shape[] = {N / 100, 100};
    Array *a, *turned, *copy;
    ArrayItem sum, again;
    long double exact = 0;

    CHECK(array_normal(&a, 2, shape, 1, NULL) == OK);
    for (int64_t i = 0; i < N; i++)
        exact += ((const double *)(const void *)a->data)[i];
    CHECK(array_reduce(&sum, a, ARRAY_SUM, 0, NULL) == OK);
    CHECK(fabs((double)((long double)sum.f - exact)) < 1e-10);
    CHECK(array_transpose(&turned, a, NULL, NULL) == OK);
    CHECK(array_copy(&copy, turned, NULL) == OK);
    CHECK(array_reduce(&sum, turned, ARRAY_SUM, 0, NULL) == OK);
    CHECK(array_reduce(&again, copy, ARRAY_SUM, 0, NULL) == OK);
    CHECK(sum.f == again.f);
    array_free(a);
    array_free(turned);
    array_free(copy);
}

/* The bits of normal numbers are part of the contract: they enter cache keys. */
static void
normal_numbers_are_these_on_every_machine(void)
{
    int64_t n = 1000;
    unsigned char digest[HASH_SIZE];
    char hex[HASH_HEX + 1];
    Array *a;

    CHECK(array_normal(&a, 1, &n, 42, NULL) == OK);
    array_digest(a, digest);
    hash_hex(digest, hex);
    CHECK_STR(hex, "c68bb1b6efbf196263250ec683177326843748d79d9dd5bafe8f498215141ce0");
    array_free(a);
    CHECK(array_random(&a, 1, &n, 42, NULL) == OK);
    array_digest(a, digest);
    hash_hex(digest, hex);
    CHECK_STR(hex, "5c131f4ca728540704e62683c1a9a218888bbd2629ad4a8c85e0f3da434ab435");
    array_free(a);
}

int
main(void)
{
    RUN(a_new_array_is_zero_and_dense);
    RUN(shapes_that_cannot_be_are_refused);
    RUN(memory_lives_as_long_as_its_last_view);
    RUN(an_element_is_stored_only_when_it_fits);
    RUN(a_reader_gives_every_element_of_every_layout);
    RUN(a_value_broadcasts_over_any_shape);
    RUN(shapes_that_do_not_fit_leave_the_result_alone);
    RUN(sums_have_small_errors_and_the_same_for_views);
    RUN(normal_numbers_are_these_on_every_machine);
    return check_done();
}

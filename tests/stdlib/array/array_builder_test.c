/* array_builder_test.c -- see stdlib/array/array_builder.h */
#include "array/array_builder.h"
#include "check.h"

static Err err;

static Array *
zeros(ArrayType type, int ndim, int64_t rows, int64_t columns)
{
    Array *a = NULL;

    return array_new(&a, type, ndim, (int64_t[]){rows, columns}, &err) ? NULL : a;
}

static int
append(ArrayBuilder *b, Array *rows)
{
    int rc = array_builder_append(b, rows, &err);

    array_free(rows);
    return rc;
}

static void
nothing_appended_is_an_array_of_no_rows(void)
{
    ArrayBuilder *b = NULL;
    Array *a = NULL;

    CHECK(array_builder_new(&b, "/tmp", ARRAY_F64, 3, &err) == OK);
    CHECK(array_builder_finish(b, &a, &err) == OK);
    CHECK(a && a->ndim == 2 && a->shape[0] == 0 && a->shape[1] == 3);
    array_free(a);
    array_builder_free(b);
}

static void
rows_of_another_width_are_refused_and_leave_it_as_it_was(void)
{
    ArrayBuilder *b = NULL;
    Array *a = NULL;

    CHECK(array_builder_new(&b, "/tmp", ARRAY_F64, 3, &err) == OK);
    CHECK(append(b, zeros(ARRAY_F64, 2, 2, 3)) == OK);
    CHECK(append(b, zeros(ARRAY_F64, 2, 2, 4)) != OK && err.msg[0]);
    CHECK(append(b, zeros(ARRAY_F64, 1, 3, 0)) == OK);
    CHECK(array_builder_rows(b) == 3);
    CHECK(array_builder_finish(b, &a, &err) == OK && a->shape[0] == 3);
    array_builder_free(b);
    CHECK(array_contiguous(a) && ((double *)(void *)a->data)[8] == 0);
    array_free(a);
}

static void
a_folder_that_is_not_there_is_told(void)
{
    ArrayBuilder *b = NULL;

    CHECK(array_builder_new(&b, "/no/such/folder", ARRAY_F64, 0, &err) != OK);
    CHECK(strstr(err.msg, "/no/such/folder") != NULL);
    array_builder_free(b);
    array_builder_free(NULL);
}

int
main(void)
{
    RUN(nothing_appended_is_an_array_of_no_rows);
    RUN(rows_of_another_width_are_refused_and_leave_it_as_it_was);
    RUN(a_folder_that_is_not_there_is_told);
    return check_done();
}

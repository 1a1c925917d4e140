/* npy_test.c -- .npy files, and bytes that are none */
#include <stdlib.h>
#include <unistd.h>

#include "array/npy.h"
#include "base/buf.h"
#include "check.h"
#include "os/sys.h"

static int
put_buf(void *user, const void *p, size_t n, Err *err)
{
    return buf_put(user, p, n) ? err_nomem(err) : OK;
}

static Array *
sample(ArrayType type)
{
    int64_t shape[] = {3, 5};
    Array *a;

    CHECK(array_new(&a, type, 2, shape, NULL) == OK);
    for (int64_t i = 0; i < 15; i++) {
        ArrayItem v = {type == ARRAY_BOOL ? ARRAY_BOOL : ARRAY_I64, i % 2 ? i : 0, 0};

        CHECK(array_poke(type, a->data + i * (int64_t)array_size(type), v, NULL) == OK);
    }
    return a;
}

static void
every_type_is_read_as_it_was_written(void)
{
    for (int t = ARRAY_BOOL; t <= ARRAY_F64; t++) {
        Array *a = sample((ArrayType)t), *b, *turned;
        Buf bytes;
        Err err;

        buf_init(&bytes);
        CHECK(array_transpose(&turned, a, NULL, NULL) == OK);
        CHECK(npy_write(turned, put_buf, &bytes, &err) == OK);
        CHECK((int64_t)bytes.len == npy_size(turned));
        CHECK(npy_parse(&b, bytes.data, bytes.len, "x", &err) == OK);
        CHECK(array_equal(turned, b));
        array_free(a);
        array_free(b);
        array_free(turned);
        buf_release(&bytes);
    }
}

static int
put_never(void *user, const void *p, size_t n, Err *err)
{
    (void)p;
    if (++*(int *)user == 1)
        return OK;
    return err_set(err, ERR_IO, "full after %d, %d more", 1, (int)n);
}

static void
an_error_of_put_ends_the_writing(void)
{
    Array *a = sample(ARRAY_F64);
    int calls = 0;
    Err err;

    CHECK(npy_write(a, put_never, &calls, &err) == ERR_IO);
    CHECK(calls == 2);
    CHECK_STR(err.msg, "full after 1, 120 more");
    array_free(a);
}

/* Every cut of a file and every flipped bit of its header is either refused or
 * read as some array; nothing outside of the bytes is touched (run under ASan). */
static void
damaged_bytes_never_do_harm(void)
{
    Array *a = sample(ARRAY_I32), *b;
    Buf bytes;
    Err err;

    buf_init(&bytes);
    CHECK(npy_write(a, put_buf, &bytes, &err) == OK);
    for (size_t n = 0; n < bytes.len; n++) {
        unsigned char *part = malloc(n ? n : 1);

        CHECK(part != NULL);
        memcpy(part, bytes.data, n);
        CHECK(npy_parse(&b, part, n, "cut", &err) == ERR_CORRUPT);
        free(part);
    }
    for (size_t bit = 0; bit < 128 * 8; bit++) {
        bytes.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (npy_parse(&b, bytes.data, bytes.len, "flipped", &err) == OK) {
            CHECK(array_bytes(b) == 60);
            array_free(b);
        }
        bytes.data[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    array_free(a);
    buf_release(&bytes);
}

/* A header of version 1 whose elements begin at an odd offset. */
static void
misaligned_elements_are_copied(void)
{
    static const char header[] = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), } \n";
    static const int32_t elements[] = {7, -7};
    char path[] = "/tmp/npy_test.XXXXXX";
    int64_t one = 1;
    Array *a = NULL;
    Buf bytes;
    Err err;

    close(mkstemp(path));
    buf_init(&bytes);
    CHECK(buf_put(&bytes, "\x93NUMPY\1\0", 8) == OK);
    CHECK(buf_byte(&bytes, sizeof header - 1) == OK && buf_byte(&bytes, 0) == OK);
    CHECK(buf_puts(&bytes, header) == OK && bytes.len % 4 != 0);
    CHECK(buf_put(&bytes, elements, sizeof elements) == OK);
    CHECK(sys_write_file(path, bytes.data, bytes.len, &err) == OK);
    CHECK(npy_map(&a, path, (int64_t)bytes.len, &err) == OK);
    CHECK(a && a->readonly && (uintptr_t)a->data % 4 == 0);
    CHECK(a && array_peek(a->type, array_at(a, &one)).i == -7);
    array_free(a);
    buf_release(&bytes);
    unlink(path);
}

static void
a_mapping_outlives_its_file_and_its_first_array(void)
{
    char path[] = "/tmp/npy_test.XXXXXX";
    Array *a = sample(ARRAY_F64), *mapped, *row;
    int64_t three = 3;
    Err err;

    close(mkstemp(path));
    CHECK(npy_save(a, path, &err) == OK);
    CHECK(npy_map(&mapped, path, npy_size(a), &err) == OK);
    CHECK(array_equal(a, mapped) && mapped->readonly && array_held(mapped) == 0);
    CHECK(array_index(&row, mapped, 0, 2, &err) == OK);
    array_free(mapped);
    unlink(path);
    CHECK(row->readonly && array_peek(row->type, array_at(row, &three)).f == 13);
    array_free(row);
    array_free(a);
}

static void
a_failed_save_leaves_the_old_file(void)
{
    char path[] = "/tmp/npy_test.XXXXXX", full[64];
    Array *a = sample(ARRAY_F64), *b;
    Err err;

    close(mkstemp(path));
    CHECK(npy_save(a, path, &err) == OK);
    snprintf(full, sizeof full, "%s/below", path);
    CHECK(npy_save(a, full, &err) == ERR_IO);
    CHECK(npy_load(&b, path, &err) == OK);
    CHECK(array_equal(a, b));
    array_free(a);
    array_free(b);
    unlink(path);
}

int
main(void)
{
    RUN(every_type_is_read_as_it_was_written);
    RUN(an_error_of_put_ends_the_writing);
    RUN(damaged_bytes_never_do_harm);
    RUN(misaligned_elements_are_copied);
    RUN(a_mapping_outlives_its_file_and_its_first_array);
    RUN(a_failed_save_leaves_the_old_file);
    return check_done();
}

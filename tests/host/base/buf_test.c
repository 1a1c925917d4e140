/* buf_test.c -- see host/base/buf.h */
#include "base/buf.h"
#include "base/err.h"
#include "check.h"

static void
a_buffer_grows_and_keeps_its_bytes(void)
{
    Buf b;

    buf_init(&b);
    for (int i = 0; i < 10000; i++)
        CHECK(buf_byte(&b, i & 0xff) == OK);
    CHECK(b.len == 10000 && b.data[9999] == (9999 & 0xff));
    CHECK(buf_printf(&b, "%d-%s", 42, "x") == OK);
    CHECK_STR(buf_cstr(&b) + 10000, "42-x");
    CHECK(buf_reserve(&b, SIZE_MAX / 2) == ERR_NOMEM);
    CHECK(b.len == 10004);
    buf_release(&b);
    buf_release(&b);
    CHECK(b.data == NULL);
}

static void
a_varint_comes_back_and_a_cut_one_is_refused(void)
{
    static const uint64_t values[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
    Buf b;

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const unsigned char *p, *end;
        uint64_t v;

        buf_init(&b);
        CHECK(buf_varint(&b, values[i]) == OK);
        p = b.data, end = p + b.len;
        CHECK(buf_read_varint(&p, end, &v) == OK && v == values[i] && p == end);
        p = b.data;
        CHECK(b.len == 1 || buf_read_varint(&p, end - 1, &v) == ERR_CORRUPT);
        buf_release(&b);
    }
}

int
main(void)
{
    RUN(a_buffer_grows_and_keeps_its_bytes);
    RUN(a_varint_comes_back_and_a_cut_one_is_refused);
    return check_done();
}

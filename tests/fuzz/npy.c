/* npy.c -- arrays as .npy: what is read is written again, and that reads back. */
#include <string.h>

#include "array/npy.h"
#include "base/buf.h"
#include "fuzz.h"

static int
put(void *user, const void *p, size_t n, Err *err)
{
    return buf_put(user, p, n) ? err_nomem(err) : OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Array *a = NULL, *again = NULL;
    Err err = {0};
    Buf b;

    if (npy_parse(&a, data, size, "input", &err)) {
        MUST(err.msg[0]);
        return 0;
    }
    buf_init(&b);
    if (npy_size(a) < 1 << 20 && npy_write(a, put, &b, &err) == OK) {
        MUST((int64_t)b.len == npy_size(a));
        MUST(npy_parse(&again, b.data, b.len, "written", &err) == OK);
    }
    array_free(again);
    array_free(a);
    buf_release(&b);
    return 0;
}

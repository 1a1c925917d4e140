/* json.c -- the reader's tokens, to the end or the first error. */
#include "format/json.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JsonReader r;
    Err err = {0};
    int code;

    json_init(&r, "input", (const char *)data, size);
    r.max_size = 1 << 20;
    do {
        code = json_next(&r, &err);
        if (code == OK && r.kind == JSON_ARRAY)
            MUST(json_ahead(&r) <= size);
    } while (code == OK && r.kind != JSON_END);
    MUST(code == OK || err.msg[0]);
    json_release(&r);
    return 0;
}

/* text_input.c -- bytes in an encoding, or gzip; the first byte picks the encoding.  In two
 * pieces they give the same text. */
#include <string.h>

#include "format/text_input.h"
#include "fuzz.h"

/* The text of both pieces. */
static int
read_pieces(const uint8_t *data, size_t len, size_t cut, TextEncoding encoding, Buf *out,
            Err *err)
{
    TextInput *in = NULL;
    int rc = text_input_open(&in, data, len, encoding, "input", err);

    if (rc == OK)
        rc = text_input_put(in, data, cut, out, err);
    if (rc == OK)
        rc = text_input_put(in, data + cut, len - cut, out, err);
    if (rc == OK)
        rc = text_input_end(in, out, err);
    text_input_free(in);
    return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TextEncoding encoding;
    Buf all, pieces;
    Err err = {0};
    int rc;

    if (size < 1 || size > 1 << 16)
        return 0;
    encoding = (TextEncoding)(data[0] % 6);
    text_input_needed(data + 1, size - 1, encoding);
    buf_init(&all);
    buf_init(&pieces);
    rc = text_input_all(data + 1, size - 1, encoding, "input", &all, &err);
    MUST(rc == OK || err.msg[0]);
    MUST(read_pieces(data + 1, size - 1, (size - 1) / 2, encoding, &pieces, &err) == rc);
    MUST(rc || all.len == pieces.len);
    MUST(rc || !all.len || memcmp(all.data, pieces.data, all.len) == 0);
    buf_release(&all);
    buf_release(&pieces);
    return 0;
}

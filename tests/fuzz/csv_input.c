/* csv_input.c -- bytes in an encoding, or gzip; the first byte picks the encoding.  In two
 * pieces they give the same text. */
#include <string.h>

#include "csv/csv_input.h"
#include "fuzz.h"

/* The text of both pieces. */
static int
read_pieces(const uint8_t *data, size_t len, size_t cut, CsvEncoding encoding, Buf *out,
            Err *err)
{
    CsvInput *in = NULL;
    int rc = csv_input_open(&in, data, len, encoding, "input", err);

    if (rc == OK)
        rc = csv_input_put(in, data, cut, out, err);
    if (rc == OK)
        rc = csv_input_put(in, data + cut, len - cut, out, err);
    if (rc == OK)
        rc = csv_input_end(in, out, err);
    csv_input_free(in);
    return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CsvEncoding encoding;
    Buf all, pieces;
    Err err = {0};
    int rc;

    if (size < 1 || size > 1 << 16)
        return 0;
    encoding = (CsvEncoding)(data[0] % 6);
    csv_input_needed(data + 1, size - 1, encoding);
    buf_init(&all);
    buf_init(&pieces);
    rc = csv_input_all(data + 1, size - 1, encoding, "input", &all, &err);
    MUST(rc == OK || err.msg[0]);
    MUST(read_pieces(data + 1, size - 1, (size - 1) / 2, encoding, &pieces, &err) == rc);
    MUST(rc || all.len == pieces.len);
    MUST(rc || !all.len || memcmp(all.data, pieces.data, all.len) == 0);
    buf_release(&all);
    buf_release(&pieces);
    return 0;
}

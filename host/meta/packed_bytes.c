/* packed_bytes.c -- see packed_bytes.h */
#include <string.h>

#include <lz4.h>

#include "meta/packed_bytes.h"

static int
damaged(Err *err)
{
    return err_set(err, ERR_CORRUPT, "the metadata holds a damaged trace or spec");
}

int
packed_bytes_pack(Buf *out, const void *p, size_t n, Err *err)
{
    size_t start = out->len;
    int room, got;

    if (n > BLOB_MAX)
        return err_set(err, ERR_INVAL, "%zu bytes are too many for one row", n);
    room = LZ4_compressBound((int)n);
    if (buf_byte(out, 'z') || buf_varint(out, n) || buf_reserve(out, (size_t)room))
        return err_nomem(err);
    got = LZ4_compress_default(p, (char *)out->data + out->len, (int)n, room);
    if (got > 0 && (size_t)got < n) {
        out->len += (size_t)got;
        return OK;
    }
    out->len = start;
    return buf_byte(out, 'r') || buf_put(out, p, n) ? err_nomem(err) : OK;
}

int
packed_bytes_unpack(Buf *out, Slice packed, Err *err)
{
    const unsigned char *p = (const unsigned char *)packed.data, *end;
    uint64_t size;
    int got;

    if (!p || !packed.len || packed.len > BLOB_MAX)
        return damaged(err);
    end = p + packed.len;
    if (*p++ == 'r')
        return buf_put(out, p, (size_t)(end - p)) ? err_nomem(err) : OK;
    /* LZ4 makes at most 255 bytes of one */
    if (p[-1] != 'z' || buf_read_varint(&p, end, &size) || size > BLOB_MAX ||
        size > (uint64_t)(end - p) * 255 + 64)
        return damaged(err);
    if (buf_reserve(out, size + 1))         /* LZ4 wants an address for 0 bytes, too */
        return err_nomem(err);
    got = LZ4_decompress_safe((const char *)p, (char *)out->data + out->len,
                              (int)(end - p), (int)size);
    if (got < 0 || (uint64_t)got != size)
        return damaged(err);
    out->len += size;
    return OK;
}

/* blob.c -- see blob.h */
#include <string.h>

#include <lz4.h>

#include "meta/blob.h"

static int
damaged(Err *err)
{
    return err_set(err, ERR_CORRUPT, "the metadata holds a damaged trace or spec");
}

int
pack_bytes(Buf *out, const void *p, size_t n, Err *err)
{
    size_t start = out->len;
    int room, got;

    if (n > PACK_MAX)
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

static int
put_codes(Buf *out, const TraceItem *items, size_t n)
{
    for (size_t i = 0, run; i < n; i += run) {
        for (run = 1; i + run < n && items[i + run].code == items[i].code; run++)
            ;
        if (buf_varint(out, run) || buf_varint(out, (uint32_t)items[i].code))
            return ERR_NOMEM;
    }
    return OK;
}

static int
put_rows(Buf *out, const TraceItem *items, size_t n)
{
    uint64_t last = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t d = (uint64_t)items[i].row - last;

        if (buf_varint(out, d << 1 ^ (0 - (d >> 63))))
            return ERR_NOMEM;
        last = (uint64_t)items[i].row;
    }
    return OK;
}

int
pack_trace(Buf *out, const TraceItem *items, size_t n, Err *err)
{
    Buf body;
    int rc;

    buf_init(&body);
    if (buf_varint(&body, n) || put_codes(&body, items, n) || put_rows(&body, items, n))
        rc = err_nomem(err);
    else
        rc = pack_bytes(out, body.data, body.len, err);
    buf_release(&body);
    return rc;
}

int
unpack_bytes(Buf *out, Slice packed, Err *err)
{
    const unsigned char *p = (const unsigned char *)packed.data, *end;
    uint64_t size;
    int got;

    if (!p || !packed.len || packed.len > PACK_MAX)
        return damaged(err);
    end = p + packed.len;
    if (*p++ == 'r')
        return buf_put(out, p, (size_t)(end - p)) ? err_nomem(err) : OK;
    /* LZ4 makes at most 255 bytes of one */
    if (p[-1] != 'z' || buf_read_varint(&p, end, &size) || size > PACK_MAX ||
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

static int
read_codes(const unsigned char **p, const unsigned char *end, TraceItem *items, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint64_t run, code;

        if (buf_read_varint(p, end, &run) || buf_read_varint(p, end, &code) || !run ||
            run > n - i || code > UINT32_MAX)
            return ERR_CORRUPT;
        for (; run; run--)
            items[i++].code = (int32_t)(uint32_t)code;
    }
    return OK;
}

static int
read_rows(const unsigned char **p, const unsigned char *end, TraceItem *items, size_t n)
{
    uint64_t last = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t z;

        if (buf_read_varint(p, end, &z))
            return ERR_CORRUPT;
        last += z >> 1 ^ (0 - (z & 1));
        items[i].row = (int64_t)last;
    }
    return *p == end ? OK : ERR_CORRUPT;
}

int
unpack_trace(Buf *out, Slice packed, Err *err)
{
    const unsigned char *p, *end;
    TraceItem *items;
    uint64_t n;
    Buf body;
    int rc;

    buf_init(&body);
    if ((rc = unpack_bytes(&body, packed, err)))
        goto done;
    p = body.data;
    end = p ? p + body.len : NULL;
    /* every item has a row of at least a byte */
    if (!p || buf_read_varint(&p, end, &n) || n > (uint64_t)(end - p)) {
        rc = damaged(err);
        goto done;
    }
    if (buf_reserve(out, n * sizeof *items)) {
        rc = err_nomem(err);
        goto done;
    }
    if (!n)
        goto done;
    items = (TraceItem *)(void *)(out->data + out->len);
    memset(items, 0, n * sizeof *items);
    if (read_codes(&p, end, items, n) || read_rows(&p, end, items, n))
        rc = damaged(err);
    else
        out->len += n * sizeof *items;
done:
    buf_release(&body);
    return rc;
}

int
trace_has_result(int32_t code)
{
    return code == TRACE_RAN || code == TRACE_CACHED || code == TRACE_CUT_OFF;
}

/* trace.c -- see run_outcomes.h */
#include <string.h>

#include "meta/packed_bytes.h"
#include "meta/run_outcomes.h"

static int
damaged(Err *err)
{
    return err_set(err, ERR_CORRUPT, "the metadata holds a damaged trace or spec");
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
run_outcomes_pack(Buf *out, const TraceItem *items, size_t n, Err *err)
{
    Buf body;
    int rc;

    buf_init(&body);
    if (buf_varint(&body, n) || put_codes(&body, items, n) || put_rows(&body, items, n))
        rc = err_nomem(err);
    else
        rc = packed_bytes_pack(out, body.data, body.len, err);
    buf_release(&body);
    return rc;
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
run_outcomes_unpack(Buf *out, Slice packed, Err *err)
{
    const unsigned char *p, *end;
    TraceItem *items;
    uint64_t n;
    Buf body;
    int rc;

    buf_init(&body);
    if ((rc = packed_bytes_unpack(&body, packed, err)))
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
run_outcomes_has_result(int32_t code)
{
    return code == TRACE_RAN || code == TRACE_CACHED || code == TRACE_CUT_OFF;
}

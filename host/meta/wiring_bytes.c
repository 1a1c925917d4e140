/* wiring_bytes.c -- see wiring_bytes.h */
#include <stdlib.h>
#include <string.h>

#include "meta/wiring_bytes.h"

/* -- writing --------------------------------------------------------------- */

void
wiring_writer_release(WiringWriter *w)
{
    buf_release(&w->bytes);
    buf_release(&w->digests);
}

static void
put_number(WiringWriter *w, uint64_t n)
{
    w->failed |= buf_varint(&w->bytes, n) != OK;
}

static void
put_string(WiringWriter *w, Slice s)
{
    put_number(w, s.len);
    w->failed |= buf_put(&w->bytes, s.data, s.len) != OK;
}

void
wiring_begin(WiringWriter *w, int marked, size_t n)
{
    put_number(w, marked ? WIRING_MARKED : WIRING_PLAIN);
    put_number(w, n);
}

void
wiring_node_begin(WiringWriter *w)
{
    hash_init(&w->node);
}

void
wiring_node_end(WiringWriter *w)
{
    unsigned char digest[HASH_SIZE];

    hash_final(&w->node, digest);
    w->failed |= buf_put(&w->digests, digest, HASH_SIZE) != OK;
}

void
wiring_name(WiringWriter *w, Slice name)
{
    put_string(w, name);
    hash_field(&w->node, 's', name.data, name.len);
}

void
wiring_count(WiringWriter *w, size_t n)
{
    put_number(w, n);
}

void
wiring_one_source(WiringWriter *w)
{
    put_number(w, 1);
}

void
wiring_fan_in(WiringWriter *w, size_t n)
{
    put_number(w, n);
    hash_int(&w->node, 'f', (int64_t)n);
}

void
wiring_source(WiringWriter *w, uint64_t position, Slice id, uint64_t output)
{
    put_number(w, position);
    put_number(w, output);
    hash_field(&w->node, 'n', id.data, id.len);
    hash_int(&w->node, 'o', (int64_t)output);
}

void
wiring_literal(WiringWriter *w, Slice label)
{
    put_number(w, 0);
    put_string(w, label);
    hash_field(&w->node, 'l', label.data, label.len);
}

static int
by_digest(const void *a, const void *b)
{
    return memcmp(a, b, HASH_SIZE);
}

int
wiring_end(WiringWriter *w, unsigned char hash[HASH_SIZE])
{
    if (w->failed)
        return ERR_NOMEM;
    if (w->digests.len)
        qsort(w->digests.data, w->digests.len / HASH_SIZE, HASH_SIZE, by_digest);
    hash_of(w->digests.data, w->digests.len, hash);
    return OK;
}

/* -- reading --------------------------------------------------------------- */

uint64_t
wiring_read_number(WiringReader *r)
{
    uint64_t n = 0;

    if (r->bad || buf_read_varint(&r->p, r->end, &n) || n > INT64_MAX)
        r->bad = 1;
    return r->bad ? 0 : n;
}

uint64_t
wiring_read_count(WiringReader *r)
{
    uint64_t n = wiring_read_number(r);

    r->bad |= n > (uint64_t)(r->end - r->p);
    return r->bad ? 0 : n;
}

Slice
wiring_read_name(WiringReader *r)
{
    uint64_t n = wiring_read_count(r);
    Slice s = {(const char *)r->p, n};

    r->p += n;
    return s;
}

Slice
wiring_read_label(WiringReader *r)
{
    return r->format == WIRING_FIRST ? (Slice){"", 0} : wiring_read_name(r);
}

uint64_t
wiring_open(WiringReader *r, Slice spec)
{
    const unsigned char *p = (const unsigned char *)spec.data;

    *r = (WiringReader){p, p + spec.len, 0, 0};
    r->format = wiring_read_number(r);
    r->bad |= r->format < WIRING_FIRST || r->format > WIRING_MARKED;
    return wiring_read_count(r);
}

static void
skip_inputs(WiringReader *r)
{
    for (uint64_t ports = wiring_read_count(r); ports && !r->bad; ports--) {
        wiring_read_name(r);
        for (uint64_t sources = wiring_read_count(r); sources && !r->bad; sources--)
            if (wiring_read_number(r))
                wiring_read_number(r);          /* the output */
            else
                wiring_read_label(r);
    }
}

static void
skip_ports(WiringReader *r)
{
    skip_inputs(r);
    for (uint64_t outputs = wiring_read_count(r); outputs && !r->bad; outputs--)
        wiring_read_name(r);
    if (r->format == WIRING_MARKED)
        skip_inputs(r);                         /* the marks look like them */
}

int
wiring_names(Buf *out, Slice spec, Err *err)
{
    WiringReader r;

    for (uint64_t nodes = wiring_open(&r, spec); nodes && !r.bad; nodes--) {
        Slice names[2];

        names[0] = wiring_read_name(&r);
        names[1] = wiring_read_name(&r);
        skip_ports(&r);
        if (!r.bad && buf_put(out, names, sizeof names))
            return err_nomem(err);
    }
    if (r.bad || r.p != r.end)
        return err_set(err, ERR_CORRUPT, "the spec of a pipeline cannot be read");
    return OK;
}

/* wiring.c -- see wiring.h */
#include "meta/wiring.h"

enum { MARKED = 3 };             /* and 2, and 1, whose literals have no label */

typedef struct Reader {
    const unsigned char *p, *end;
    uint64_t format;
    int bad;
} Reader;

/* A number; one that counts things is at most the bytes that are left. */
static uint64_t
number(Reader *r)
{
    uint64_t n = 0;

    if (r->bad || buf_read_varint(&r->p, r->end, &n))
        r->bad = 1;
    return r->bad ? 0 : n;
}

static uint64_t
count(Reader *r)
{
    uint64_t n = number(r);

    r->bad |= n > (uint64_t)(r->end - r->p);
    return r->bad ? 0 : n;
}

static Slice
string(Reader *r)
{
    uint64_t n = count(r);
    Slice s = {(const char *)r->p, n};

    r->p += n;
    return s;
}

static void
skip_inputs(Reader *r)
{
    for (uint64_t ports = count(r); ports && !r->bad; ports--) {
        string(r);
        for (uint64_t sources = count(r); sources && !r->bad; sources--)
            if (number(r))
                number(r);      /* the output, of a source that is a node */
            else if (r->format > 1)
                string(r);
    }
}

static void
skip_ports(Reader *r)
{
    skip_inputs(r);
    for (uint64_t outputs = count(r); outputs && !r->bad; outputs--)
        string(r);
    if (r->format == MARKED)
        skip_inputs(r);         /* the marks look like them */
}

int
wiring_names(Buf *out, Slice spec, Err *err)
{
    const unsigned char *p = (const unsigned char *)spec.data;
    Reader r = {p, p + spec.len, 0, 0};
    uint64_t nodes;

    r.format = number(&r);
    nodes = count(&r);
    r.bad |= r.format < 1 || r.format > MARKED;
    for (; nodes && !r.bad; nodes--) {
        Slice names[2];

        names[0] = string(&r);
        names[1] = string(&r);
        skip_ports(&r);
        if (!r.bad && buf_put(out, names, sizeof names))
            return err_nomem(err);
    }
    if (r.bad || r.p != r.end)
        return err_set(err, ERR_CORRUPT, "the spec of a pipeline cannot be read");
    return OK;
}

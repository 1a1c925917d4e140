/* dumped_functions.c -- see dumped_functions.h */
#include <string.h>

#include "fingerprint/dumped_functions.h"

Proto *
dumped_functions_proto(const Protos *r, size_t i)
{
    return (Proto *)(void *)r->protos.data + i;
}

const UpDesc *
dumped_functions_upvalue(const Protos *r, const Proto *f, size_t i)
{
    return (const UpDesc *)(const void *)r->ups.data + f->ups + i;
}

static int
push(int *nomem, Buf *b, const void *p, size_t n)
{
    if (buf_put(b, p, n) == 0)
        return 0;
    *nomem = 1;
    return -1;
}

static int
read_texts(Protos *r, Proto *f)
{
    const unsigned char *p;
    int64_t n, len;
    int tag;

    f->texts = r->texts.len / sizeof(Text);
    if (dump_reader_count(&r->in, &n))
        return -1;
    f->ntexts = (size_t)n;
    for (int64_t i = 0; i < n; i++) {
        Text t = {0, NULL, 0};

        if (dump_reader_byte(&r->in, &tag))
            return -1;
        t.is_nil = tag == K_NIL;
        if (tag == K_INT || tag == K_FLOAT) {
            if (dump_reader_bytes(&r->in, &p, 8))
                return -1;
        } else if (tag == K_SHORT || tag == K_LONG) {
            if (dump_reader_text(&r->in, &p, &len) || len < 0)
                return -1;
            t.s = (const char *)p;
            t.len = (size_t)len;
        } else if (tag != K_NIL && tag != K_FALSE && tag != K_TRUE) {
            return -1;
        }
        if (push(&r->nomem, &r->texts, &t, sizeof t))
            return -1;
    }
    return 0;
}

static int
read_ups(Protos *r, Proto *f)
{
    const unsigned char *p;
    int64_t n;

    f->ups = r->ups.len / sizeof(UpDesc);
    if (dump_reader_count(&r->in, &n) || n >= MAX_REGS)
        return -1;
    f->nups = (size_t)n;
    for (int64_t i = 0; i < n; i++) {
        UpDesc u;

        if (dump_reader_bytes(&r->in, &p, 3))
            return -1;
        u.in_stack = p[0];
        u.idx = p[1];
        if (push(&r->nomem, &r->ups, &u, sizeof u))
            return -1;
    }
    return 0;
}

static int
skip_debug(Protos *r, Proto *f)
{
    const unsigned char *p;
    int64_t n, v;

    if (dump_reader_count(&r->in, &n) || dump_reader_bytes(&r->in, &f->lines.diff, n))
        return -1;
    if (n != f->ncode)
        f->lines.diff = NULL;
    if (dump_reader_count(&r->in, &n))
        return -1;
    f->lines.abs.p = r->in.p;
    for (int64_t i = 0; i < 2 * n; i++)
        if (dump_reader_size(&r->in, &v))
            return -1;
    f->lines.abs.end = r->in.p;
    if (dump_reader_count(&r->in, &n))
        return -1;
    for (int64_t i = 0; i < n; i++)
        if (dump_reader_text(&r->in, &p, &v) || dump_reader_size(&r->in, &v)
            || dump_reader_size(&r->in, &v))
            return -1;
    if (dump_reader_count(&r->in, &n))
        return -1;
    for (int64_t i = 0; i < n; i++)
        if (dump_reader_text(&r->in, &p, &v))
            return -1;
    return 0;
}

/* Which upvalues are set, and whether anything depends on a condition. */
static void
look_over(Protos *r, Proto *f)
{
    for (int64_t pc = 0; pc < f->ncode; pc++) {
        Instruction in = dump_reader_instruction(f->code, f->ncode, pc);

        if (in.op == OP_SETUPVAL)
            f->assigns[in.b] = 1;
        else if (in.op == OP_NOT || in.op == OP_TEST || in.op == OP_TESTSET ||
                 in.op == OP_EQ || in.op == OP_EQK || in.op == OP_EQI)
            r->branches = 1;
    }
}

static int read_proto(Protos *r, int depth, size_t *number);

static int
read_kids(Protos *r, size_t parent, int depth)
{
    size_t last = 0, kid;
    int64_t n;

    if (dump_reader_count(&r->in, &n) || depth >= MAX_DEPTH)
        return -1;
    for (int64_t i = 0; i < n; i++) {
        Proto *f, *k;

        if (read_proto(r, depth + 1, &kid))
            return -1;
        f = dumped_functions_proto(r, parent);
        k = dumped_functions_proto(r, kid);
        for (size_t u = 0; u < k->nups; u++)
            if (k->assigns[u] && !dumped_functions_upvalue(r, k, u)->in_stack)
                f->assigns[dumped_functions_upvalue(r, k, u)->idx] = 1;
        if (last)
            dumped_functions_proto(r, last)->next = kid;
        else
            f->kid = kid;
        last = kid;
    }
    return 0;
}

static int
read_proto(Protos *r, int depth, size_t *number)
{
    const unsigned char *head, *p;
    int64_t n;
    int last;
    Proto f;

    memset(&f, 0, sizeof f);
    if (dump_reader_text(&r->in, &p, &n) || dump_reader_line(&r->in, &f.first_line)
        || dump_reader_line(&r->in, &last) || dump_reader_bytes(&r->in, &head, 3)
        || dump_reader_count(&r->in, &f.ncode)
        || dump_reader_bytes(&r->in, &f.code, 4 * f.ncode))
        return -1;
    f.nparams = head[0];
    f.nregs = head[2];
    look_over(r, &f);
    if (read_texts(r, &f) || read_ups(r, &f))
        return -1;
    *number = r->protos.len / sizeof f;
    if (push(&r->nomem, &r->protos, &f, sizeof f) || read_kids(r, *number, depth))
        return -1;
    return skip_debug(r, dumped_functions_proto(r, *number));
}

/* -- the whole ---------------------------------------------------------------- */

int
dumped_functions_read(Protos *r, const void *p, size_t n)
{
    static const Proto none;
    size_t number;
    int nups;

    r->in.p = p;
    r->in.end = r->in.p + n;
    return push(&r->nomem, &r->protos, &none, sizeof none) || dump_reader_header(&r->in) ||
                   dump_reader_byte(&r->in, &nups) || read_proto(r, 0, &number)
               ? -1
               : 0;
}

void
dumped_functions_release(Protos *r)
{
    buf_release(&r->protos);
    buf_release(&r->texts);
    buf_release(&r->ups);
}

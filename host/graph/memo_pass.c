/* memo_pass.c -- see memo_pass.h */
#include <string.h>

#include "graph/memo_pass.h"

/* A step of the memo. */
typedef struct MemoStep {
    Slice shape;
    const unsigned char *prefix;        /* NULL: its nodes are never known */
} MemoStep;

/* What the steps with a number have in common. */
enum { TOLD = 1, SAME_SHAPE = 2, SAME_PREFIX = 4 };

static int
read_steps(MemoPass *p)
{
    const unsigned char *at = (const unsigned char *)p->memo->steps.data;
    const unsigned char *end = at + p->memo->steps.len;

    while (at < end) {
        MemoStep step = {{NULL, 0}, NULL};
        uint64_t n;

        if (buf_read_varint(&at, end, &n) || n > (uint64_t)(end - at) ||
            (size_t)(end - at) - n < 1 + HASH_SIZE)
            return OK;                  /* none of ours: later steps are unknown */
        step.shape = (Slice){(const char *)at, n};
        at += n;
        if (*at++)
            step.prefix = at;
        at += HASH_SIZE;
        if (buf_put(&p->steps, &step, sizeof step))
            return ERR_NOMEM;
    }
    return OK;
}

int
memo_pass_begin(MemoPass *p, const NodeMemo *memo, size_t n)
{
    p->memo = memo;
    p->same_wiring = memo != NULL;
    if (!memo)
        return OK;
    node_memo_begin(&p->reader, memo);
    if (buf_reserve(&p->same, n + 1) || read_steps(p))
        return ERR_NOMEM;
    memset(p->same.data, 0, n + 1);
    p->same.len = n;
    return OK;
}

void
memo_pass_release(MemoPass *p)
{
    buf_release(&p->steps);
    buf_release(&p->verdicts);
    buf_release(&p->same);
}

int
memo_pass_has_step(const MemoPass *p, uint64_t number)
{
    return number <= p->verdicts.len && number && p->verdicts.data[number - 1];
}

int
memo_pass_step(MemoPass *p, uint64_t number, Slice shape, const unsigned char *prefix)
{
    const MemoStep *steps = (const MemoStep *)(const void *)p->steps.data;
    int verdict = TOLD;

    while (p->verdicts.len < number)
        if (buf_byte(&p->verdicts, 0))
            return ERR_NOMEM;
    if (number <= p->steps.len / sizeof *steps) {
        const MemoStep *was = &steps[number - 1];

        if (was->shape.len == shape.len && memcmp(was->shape.data, shape.data, shape.len) == 0)
            verdict |= SAME_SHAPE;
        if (prefix && was->prefix && memcmp(was->prefix, prefix, HASH_SIZE) == 0)
            verdict |= SAME_PREFIX;
    }
    p->verdicts.data[number - 1] = (unsigned char)verdict;
    return OK;
}

static int
is_same(const MemoPass *p, uint64_t position)
{
    return position >= 1 && position <= p->same.len && p->same.data[position - 1];
}

/* Have all sources the outputs that they had?  A literal is no source, and not known here. */
static int
same_sources(const MemoPass *p, const GraphRow *row)
{
    const unsigned char *at = row->inputs;
    uint64_t n = graph_rows_number(&at, row->end);

    for (; n; n--) {
        uint64_t kind = graph_rows_number(&at, row->end), sources = 1;

        if (kind == GRAPH_ROW_LITERAL)
            return 0;
        if (kind == GRAPH_ROW_FAN_IN)
            sources = graph_rows_number(&at, row->end);
        for (; sources; sources--) {
            if (!is_same(p, graph_rows_number(&at, row->end)))
                return 0;
            graph_rows_number(&at, row->end);
        }
    }
    return 1;
}

/* Are the rows equal but for the parameters? */
static int
same_wires(Slice was, const GraphRow *row)
{
    const unsigned char *at = (const unsigned char *)was.data, *end = at + was.len;
    uint64_t n, inputs = (uint64_t)(row->end - row->inputs);

    if (buf_read_varint(&at, end, &n) || n != row->id.len || n > (uint64_t)(end - at) ||
        memcmp(at, row->id.data, n) != 0)
        return 0;
    at += n;
    if (buf_read_varint(&at, end, &n) || n != row->step || buf_read_varint(&at, end, &n) ||
        n > (uint64_t)(end - at))
        return 0;
    at += n;
    return (uint64_t)(end - at) == inputs && memcmp(at, row->inputs, inputs) == 0;
}

int
memo_pass_next(MemoPass *p, const GraphRows *rows, size_t position, const GraphRow *row)
{
    int verdict, equal;
    Slice bytes;

    if (!p->memo)
        return NODE_MEMO_NONE;
    p->there = (!p->there && position > 1) ? 0 : node_memo_next(&p->reader, &p->node);
    if (!row || !p->there) {
        p->same_wiring = 0;
        return NODE_MEMO_NONE;
    }
    verdict = memo_pass_has_step(p, row->step) ? p->verdicts.data[row->step - 1] : 0;
    bytes = graph_rows_bytes(rows, position);
    equal = bytes.len == p->node.row.len && memcmp(bytes.data, p->node.row.data, bytes.len) == 0;
    p->same_wiring &= (verdict & SAME_SHAPE) && (equal || same_wires(p->node.row, row));
    if (!equal || !(verdict & SAME_PREFIX) || p->node.state == NODE_MEMO_NONE ||
        !same_sources(p, row))
        return NODE_MEMO_NONE;
    return p->node.state == NODE_MEMO_PLAIN && node_memo_is_newest(p->memo, &p->node)
               ? NODE_MEMO_PLAIN
               : NODE_MEMO_KEY;
}

void
memo_pass_settled(MemoPass *p, size_t position, Slice outs)
{
    if (p->memo && p->there && p->node.state != NODE_MEMO_NONE && p->node.outs.len == outs.len)
        p->same.data[position - 1] = memcmp(p->node.outs.data, outs.data, outs.len) == 0;
}

int
memo_pass_end(MemoPass *p)
{
    NodeMemoNode more;

    p->same_wiring = p->same_wiring && !node_memo_next(&p->reader, &more);
    return p->same_wiring;
}

static int
put_slice(Buf *to, Slice s)
{
    return buf_varint(to, s.len) || buf_put(to, s.data, s.len);
}

int
memo_pass_put_step(Buf *to, Slice shape, const unsigned char *prefix)
{
    static const unsigned char none[HASH_SIZE];

    return put_slice(to, shape) || buf_byte(to, prefix != NULL) ||
                   buf_put(to, prefix ? prefix : none, HASH_SIZE)
               ? ERR_NOMEM
               : OK;
}

int
memo_pass_put_node(Buf *to, Slice row, int state, const unsigned char *key, Slice outs)
{
    if (put_slice(to, row) || buf_byte(to, state))
        return ERR_NOMEM;
    if (state == NODE_MEMO_NONE)
        return OK;
    return buf_put(to, key, HASH_SIZE) || put_slice(to, outs) ? ERR_NOMEM : OK;
}

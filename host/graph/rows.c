/* rows.c -- see rows.h */
#include <string.h>

#include "base/err.h"
#include "graph/rows.h"

/* Where row `position` ends. */
static size_t
end_of(const GraphRows *rows, size_t position)
{
    size_t end = 0;

    if (position)
        memcpy(&end, rows->ends.data + (position - 1) * sizeof end, sizeof end);
    return end;
}

int
graph_rows_end(GraphRows *rows, size_t position)
{
    size_t n = graph_rows_count(rows), last = end_of(rows, n), end = rows->bytes.len;

    if (position <= n || buf_reserve(&rows->ends, (position - n) * sizeof end)) {
        graph_rows_cancel(rows);
        return ERR_NOMEM;
    }
    for (; n + 1 < position; n++)
        buf_put(&rows->ends, &last, sizeof last);
    return buf_put(&rows->ends, &end, sizeof end);
}

void
graph_rows_cancel(GraphRows *rows)
{
    rows->bytes.len = end_of(rows, graph_rows_count(rows));
}

void
graph_rows_release(GraphRows *rows)
{
    buf_release(&rows->bytes);
    buf_release(&rows->ends);
}

size_t
graph_rows_count(const GraphRows *rows)
{
    return rows->ends.len / sizeof(size_t);
}

Slice
graph_rows_bytes(const GraphRows *rows, size_t position)
{
    size_t from;

    if (position < 1 || position > graph_rows_count(rows) || !rows->bytes.data)
        return (Slice){"", 0};
    from = end_of(rows, position - 1);
    return (Slice){(const char *)rows->bytes.data + from, end_of(rows, position) - from};
}

uint64_t
graph_rows_number(const unsigned char **p, const unsigned char *end)
{
    uint64_t n = 0;

    buf_read_varint(p, end, &n);
    return n;
}

static Slice
part(const unsigned char **p, const unsigned char *end)
{
    uint64_t n = graph_rows_number(p, end);
    Slice s = {(const char *)*p, n};

    *p += n;
    return s;
}

int
graph_rows_get(const GraphRows *rows, size_t position, GraphRow *row)
{
    Slice all = graph_rows_bytes(rows, position);
    const unsigned char *p = (const unsigned char *)all.data;

    if (!all.len)
        return 0;
    row->end = p + all.len;
    row->id = part(&p, row->end);
    row->step = graph_rows_number(&p, row->end);
    row->params = part(&p, row->end);
    row->inputs = p;
    return 1;
}

/* array_reader.c -- see array_reader.h */
#include <string.h>

#include "array/array_reader.h"

/* Two loops, so that the compiler vectorises the one over a plain row. */
#define LOAD(NAME, FROM, TO)                                                      \
    static void                                                                   \
    NAME(void *dst, const unsigned char *src, int64_t stride, size_t n)           \
    {                                                                             \
        TO *restrict to = dst;                                                    \
                                                                                  \
        if (stride == (int64_t)sizeof(FROM)) {                                    \
            const FROM *from = (const FROM *)(const void *)src;                   \
                                                                                  \
            for (size_t i = 0; i < n; i++)                                        \
                to[i] = (TO)from[i];                                              \
        } else {                                                                  \
            for (size_t i = 0; i < n; i++, src += stride)                         \
                to[i] = (TO) * (const FROM *)(const void *)src;                   \
        }                                                                         \
    }

LOAD(copy_1, uint8_t, uint8_t)
LOAD(copy_4, Any4, Any4)
LOAD(copy_8, Any8, Any8)
LOAD(u8_i32, uint8_t, int32_t)
LOAD(u8_i64, uint8_t, int64_t)
LOAD(u8_f32, uint8_t, float)
LOAD(u8_f64, uint8_t, double)
LOAD(i32_i64, int32_t, int64_t)
LOAD(i32_f32, int32_t, float)
LOAD(i32_f64, int32_t, double)
LOAD(i64_f32, int64_t, float)
LOAD(i64_f64, int64_t, double)
LOAD(f32_f64, float, double)

ArrayLoad *
array_load(ArrayType from, ArrayType to)
{
    static ArrayLoad *const table[6][6] = {
        [ARRAY_BOOL] = {copy_1, copy_1, u8_i32, u8_i64, u8_f32, u8_f64},
        [ARRAY_U8] = {NULL, copy_1, u8_i32, u8_i64, u8_f32, u8_f64},
        [ARRAY_I32] = {NULL, NULL, copy_4, i32_i64, i32_f32, i32_f64},
        [ARRAY_I64] = {NULL, NULL, NULL, copy_8, i64_f32, i64_f64},
        [ARRAY_F32] = {NULL, NULL, NULL, NULL, copy_4, f32_f64},
        [ARRAY_F64] = {NULL, NULL, NULL, NULL, NULL, copy_8},
    };

    return table[from][to];
}

/* Axes of one element are dropped, and axes that follow each other in memory
 * become one, so that runs are as long as they can be. */
void
cursor_init(Cursor *c, const Array *a)
{
    int n = 0;

    for (int i = 0; i < a->ndim; i++) {
        if (a->shape[i] == 1)
            continue;
        if (n && c->stride[n - 1] == a->shape[i] * a->stride[i]) {
            c->shape[n - 1] *= a->shape[i];
            c->stride[n - 1] = a->stride[i];
            continue;
        }
        c->shape[n] = a->shape[i];
        c->stride[n] = a->stride[i];
        n++;
    }
    if (n == 0) {
        c->shape[0] = 1;
        c->stride[0] = (int64_t)array_size(a->type);
        n = 1;
    }
    memset(c->index, 0, sizeof c->index);
    c->ndim = n;
    c->at = a->data;
}

int64_t
cursor_run(const Cursor *c, int64_t max)
{
    int64_t run = c->shape[c->ndim - 1] - c->index[c->ndim - 1];

    return run < max ? run : max;
}

int64_t
cursor_stride(const Cursor *c)
{
    return c->stride[c->ndim - 1];
}

void
cursor_move(Cursor *c, int64_t n)
{
    int axis = c->ndim - 1;

    c->index[axis] += n;
    c->at += n * c->stride[axis];
    while (axis > 0 && c->index[axis] == c->shape[axis]) {
        c->at -= c->shape[axis] * c->stride[axis];
        c->index[axis] = 0;
        axis--;
        c->index[axis]++;
        c->at += c->stride[axis];
    }
}

/* Fills as much of the block as will be asked for. */
static void
repeat(Reader *r, const void *item)
{
    r->constant = 1;
    r->load(r->block.bytes, item, 0, r->left < READ_BLOCK ? (size_t)r->left : READ_BLOCK);
}

void
reader_init(Reader *r, const Array *a, ArrayType as)
{
    r->size = array_size(as);
    r->left = array_count(a);
    r->load = array_load(a->type, as);
    r->constant = 0;
    cursor_init(&r->cursor, a);
    r->dense = a->type == as && cursor_stride(&r->cursor) == (int64_t)r->size;
    r->direct = r->dense && r->cursor.ndim == 1;
    if (r->left && r->cursor.ndim == 1 && r->cursor.stride[0] == 0)
        repeat(r, r->cursor.at);
}

void
reader_repeat(Reader *r, ArrayType type, const void *item, int64_t count)
{
    memset(&r->cursor, 0, sizeof r->cursor);
    r->size = array_size(type);
    r->left = count;
    r->load = array_load(type, type);
    r->direct = r->dense = 0;
    repeat(r, item);
}

static void
gather(Reader *r, int64_t n)
{
    unsigned char *to = r->block.bytes;

    while (n) {
        int64_t run = cursor_run(&r->cursor, n);

        r->load(to, r->cursor.at, cursor_stride(&r->cursor), (size_t)run);
        cursor_move(&r->cursor, run);
        to += (size_t)run * r->size;
        n -= run;
    }
}

const void *
reader_next(Reader *r, size_t *n)
{
    int64_t take = r->left < READ_BLOCK ? r->left : READ_BLOCK;
    const void *at = r->block.bytes;

    *n = (size_t)take;
    if (take == 0)
        return NULL;
    r->left -= take;
    if (r->direct) {
        at = r->cursor.at;
        r->cursor.at += (size_t)take * r->size;
    } else if (!r->constant) {
        if (r->dense && cursor_run(&r->cursor, take) == take) {
            at = r->cursor.at;
            cursor_move(&r->cursor, take);
        } else {
            gather(r, take);
        }
    }
    return at;
}

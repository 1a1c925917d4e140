/* buf.c -- see buf.h */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

void
buf_init(Buf *b)
{
    b->data = NULL;
    b->len = b->cap = 0;
}

void
buf_release(Buf *b)
{
    free(b->data);
    buf_init(b);
}

int
buf_reserve(Buf *b, size_t more)
{
    size_t cap = b->cap ? b->cap : 64;
    unsigned char *data;

    if (more <= b->cap - b->len)
        return OK;
    if (more > SIZE_MAX / 2 - b->len)
        return ERR_NOMEM;
    while (cap - b->len < more)
        cap *= 2;
    data = realloc(b->data, cap);
    if (!data)
        return ERR_NOMEM;
    b->data = data;
    b->cap = cap;
    return OK;
}

int
buf_put(Buf *b, const void *p, size_t n)
{
    if (buf_reserve(b, n))
        return ERR_NOMEM;
    if (n)
        memcpy(b->data + b->len, p, n);
    b->len += n;
    return OK;
}

int
buf_byte(Buf *b, int c)
{
    unsigned char byte = (unsigned char)c;

    return buf_put(b, &byte, 1);
}

int
buf_puts(Buf *b, const char *s)
{
    return buf_put(b, s, strlen(s));
}

int
buf_printf(Buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 || buf_reserve(b, (size_t)n + 1))
        return ERR_NOMEM;
    va_start(ap, fmt);
    vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
    return OK;
}

int
buf_varint(Buf *b, uint64_t v)
{
    unsigned char out[10];
    size_t n = 0;

    do {
        out[n++] = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        v >>= 7;
    } while (v);
    return buf_put(b, out, n);
}

const char *
buf_cstr(Buf *b)
{
    if (buf_reserve(b, 1))
        return NULL;
    b->data[b->len] = 0;
    return (const char *)b->data;
}

int
buf_read_varint(const unsigned char **p, const unsigned char *end, uint64_t *v)
{
    uint64_t out = 0;

    for (int shift = 0; shift < 64 && *p < end; shift += 7) {
        unsigned char c = *(*p)++;

        out |= (uint64_t)(c & 0x7f) << shift;
        if (!(c & 0x80)) {
            *v = out;
            return OK;
        }
    }
    return ERR_CORRUPT;
}

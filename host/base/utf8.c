/* utf8.c -- see utf8.h */
#include <string.h>

#include "base/utf8.h"

static int
is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* The length of the sequence at p, or 0 when it is not valid. */
static size_t
sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];

    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4 || n < 2 || !is_tail(p[1]))
        return 0;
    if (c < 0xe0)
        return 2;
    if (n < 3 || !is_tail(p[2]) || (c == 0xe0 && p[1] < 0xa0)
        || (c == 0xed && p[1] > 0x9f))
        return 0;
    if (c < 0xf0)
        return 3;
    if (n < 4 || !is_tail(p[3]) || (c == 0xf0 && p[1] < 0x90)
        || (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return 4;
}

size_t
utf8_valid(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0;

    while (i < n) {
        uint64_t eight;
        uint64_t more[4];
        size_t k;

        while (n - i >= sizeof more && (memcpy(more, p + i, sizeof more), 1)
               && !((more[0] | more[1] | more[2] | more[3]) & UINT64_C(0x8080808080808080)))
            i += sizeof more;
        while (n - i >= 8 && (memcpy(&eight, p + i, 8), 1)
               && !(eight & UINT64_C(0x8080808080808080)))
            i += 8;
        if (i == n)
            break;
        k = sequence(p + i, n - i);
        if (!k)
            return i;
        i += k;
    }
    return n;
}

uint32_t
utf8_get(const char *text, size_t *size)
{
    const unsigned char *p = (const unsigned char *)text;

    if (p[0] < 0x80) {
        *size = 1;
        return p[0];
    }
    if (p[0] < 0xe0) {
        *size = 2;
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    }
    if (p[0] < 0xf0) {
        *size = 3;
        return (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    }
    *size = 4;
    return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6
           | (p[3] & 0x3fu);
}

size_t
utf8_put(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

size_t
utf8_count(const char *p, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += !is_tail((unsigned char)p[i]);
    return count;
}

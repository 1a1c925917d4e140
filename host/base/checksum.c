/* checksum.c -- see checksum.h */
#include <string.h>

#include "base/checksum.h"

static uint64_t
mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

void
checksum_init(Checksum *s)
{
    s->h = 0x72696c6c65u;
}

void
checksum_int(Checksum *s, int64_t v)
{
    s->h = mix(s->h, (uint64_t)v);
}

void
checksum_bytes(Checksum *s, const void *p, size_t n)
{
    const unsigned char *from = p;
    uint64_t word;

    s->h = mix(s->h, p ? n + 1 : 0);
    for (; n >= 8; from += 8, n -= 8) {
        memcpy(&word, from, 8);
        s->h = mix(s->h, word);
    }
    word = 0;
    if (n) {
        memcpy(&word, from, n);
        s->h = mix(s->h, word);
    }
}

int64_t
checksum_final(const Checksum *s)
{
    return (int64_t)mix(s->h, 0);
}

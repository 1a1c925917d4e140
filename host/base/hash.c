/* hash.c -- see hash.h */
#include <nettle/hmac.h>

#include "base/hash.h"

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static void
put_le64(unsigned char out[8], uint64_t v)
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(v >> (8 * i));
}

void
hash_init(Hash *h)
{
    sha256_init(&h->ctx);
}

void
hash_bytes(Hash *h, const void *p, size_t n)
{
    if (n)
        sha256_update(&h->ctx, n, p);
}

void
hash_field(Hash *h, char tag, const void *p, size_t n)
{
    unsigned char head[9];

    head[0] = (unsigned char)tag;
    put_le64(head + 1, n);
    hash_bytes(h, head, sizeof head);
    hash_bytes(h, p, n);
}

void
hash_int(Hash *h, char tag, int64_t v)
{
    unsigned char out[8];

    put_le64(out, (uint64_t)v);
    hash_field(h, tag, out, sizeof out);
}

void
hash_final(Hash *h, unsigned char out[HASH_SIZE])
{
    sha256_digest(&h->ctx, HASH_SIZE, out);
}

void
hash_of(const void *p, size_t n, unsigned char out[HASH_SIZE])
{
    Hash h;

    hash_init(&h);
    hash_bytes(&h, p, n);
    hash_final(&h, out);
}

void
hash_hmac(const void *key, size_t key_n, const void *p, size_t n, unsigned char out[HASH_SIZE])
{
    struct hmac_sha256_ctx ctx;

    hmac_sha256_set_key(&ctx, key_n, key);
    hmac_sha256_update(&ctx, n, p);
    hmac_sha256_digest(&ctx, HASH_SIZE, out);
}

void
hash_hex(const unsigned char digest[HASH_SIZE], char *out)
{
    static const char hex[] = "0123456789abcdef";

    for (int i = 0; i < HASH_SIZE; i++) {
        *out++ = hex[digest[i] >> 4];
        *out++ = hex[digest[i] & 15];
    }
    *out = 0;
}

int
hash_unhex(const char *hex, unsigned char digest[HASH_SIZE])
{
    for (int i = 0; i < HASH_SIZE; i++) {
        int hi = hex_digit(hex[2 * i]), lo = hi < 0 ? -1 : hex_digit(hex[2 * i + 1]);

        if (lo < 0)
            return -1;
        digest[i] = (unsigned char)(hi << 4 | lo);
    }
    return 0;
}

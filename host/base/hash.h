/* hash.h -- SHA-256 (FIPS 180-4, by nettle), streaming, and the tagged form
 * that every key of rille is made of.
 *
 * A key is a sequence of fields; each field is its tag (1 byte), the length of
 * its bytes (8 bytes, little endian) and the bytes.  So {a="bc"} and {ab="c"}
 * can never meet: no two different sequences give the same bytes.
 *
 * A Hash lives in the caller's memory, owns nothing and never fails. */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

#include <nettle/sha2.h>

enum { HASH_SIZE = 32, HASH_HEX = 64 };

typedef struct Hash {
    struct sha256_ctx ctx;
} Hash;

void hash_init(Hash *h);
void hash_bytes(Hash *h, const void *p, size_t n);          /* as they are */
void hash_field(Hash *h, char tag, const void *p, size_t n); /* tag, length, bytes */
void hash_int(Hash *h, char tag, int64_t v);                 /* a field of 8 bytes */
void hash_final(Hash *h, unsigned char out[HASH_SIZE]);

void hash_of(const void *p, size_t n, unsigned char out[HASH_SIZE]);
/* HMAC-SHA256: a hash that says nothing to who lacks the key. */
void hash_hmac(const void *key, size_t key_n, const void *p, size_t n,
               unsigned char out[HASH_SIZE]);
/* Lower-case hex; out has room for HASH_HEX + 1. */
void hash_hex(const unsigned char digest[HASH_SIZE], char *out);
/* 0, or -1 when the HASH_HEX characters at hex are not all hex digits. */
int hash_unhex(const char *hex, unsigned char digest[HASH_SIZE]);

#endif

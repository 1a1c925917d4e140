/* open_keys.c -- see open_keys.h
 *
 * Open addressing with linear probing.  Keys leave in the reverse order in which
 * they came, so emptying a key's slot never breaks the chain of one that stays. */
#include <string.h>

#include "base/open_keys.h"

__extension__ typedef unsigned __int128 u128;

typedef struct Entry {
    uint64_t hash;
    size_t offset, len;         /* in bytes */
    size_t slot;
    uint32_t depth;
} Entry;

enum { FIRST_SLOTS = 64 };

static uint64_t
fold(uint64_t a, uint64_t b)
{
    u128 p = (u128)a * b;

    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t
hash_key(const OpenKeys *s, uint32_t depth, const unsigned char *p, size_t n)
{
    uint64_t h = s->salt[0] ^ depth, part[2] = {0, 0};

    for (; n >= 16; p += 16, n -= 16) {
        memcpy(part, p, 16);
        h = fold(part[0] ^ h, part[1] ^ s->salt[1]);
    }
    part[0] = part[1] = 0;
    memcpy(part, p, n);
    h = fold(part[0] ^ h, part[1] ^ s->salt[1]);
    return fold(h ^ n, s->salt[0] | 1);
}

static Entry *
entries(const OpenKeys *s)
{
    return (Entry *)(void *)s->entries.data;
}

static size_t
count(const OpenKeys *s)
{
    return s->entries.len / sizeof(Entry);
}

/* The slot of the key, or the free one where it goes.  A slot holds the index of
 * its entry + 1, or 0. */
static size_t
find(const OpenKeys *s, uint32_t depth, uint64_t hash, const void *key, size_t n)
{
    const uint32_t *slots = (const uint32_t *)(const void *)s->slots.data;
    size_t mask = s->n_slots - 1, i = hash & mask;

    for (; slots[i]; i = (i + 1) & mask) {
        const Entry *e = &entries(s)[slots[i] - 1];

        if (e->hash == hash && e->depth == depth && e->len == n
            && (n == 0 || memcmp(s->bytes.data + e->offset, key, n) == 0))
            break;
    }
    return i;
}

/* Twice as many slots, all keys placed again in the order in which they came. */
static int
grow(OpenKeys *s, Err *err)
{
    size_t n = s->n_slots ? s->n_slots * 2 : FIRST_SLOTS;
    uint32_t *slots;

    if (n > UINT32_MAX)
        return err_set(err, ERR_INVAL, "too many keys");
    if (!s->n_slots && s->random(s->salt, sizeof s->salt, err))
        return err->code;
    if (buf_reserve(&s->slots, n * sizeof *slots))
        return err_nomem(err);
    slots = (uint32_t *)(void *)s->slots.data;
    memset(slots, 0, n * sizeof *slots);
    s->n_slots = n;
    for (size_t i = 0; i < count(s); i++) {
        Entry *e = &entries(s)[i];
        size_t at = e->hash & (n - 1);

        while (slots[at])
            at = (at + 1) & (n - 1);
        slots[at] = (uint32_t)i + 1;
        e->slot = at;
    }
    return OK;
}

void
open_keys_init(OpenKeys *s, KeyStackRandom *random)
{
    memset(s, 0, sizeof *s);
    s->random = random;
}

void
open_keys_release(OpenKeys *s)
{
    buf_release(&s->entries);
    buf_release(&s->bytes);
    buf_release(&s->slots);
    open_keys_init(s, s->random);
}

int
open_keys_add(OpenKeys *s, uint32_t depth, const void *key, size_t n, Err *err)
{
    uint32_t *slots;
    Entry e;

    if (count(s) >= s->n_slots / 2 && grow(s, err))
        return err->code;
    e.hash = hash_key(s, depth, key, n);
    e.offset = s->bytes.len;
    e.len = n;
    e.depth = depth;
    e.slot = find(s, depth, e.hash, key, n);
    slots = (uint32_t *)(void *)s->slots.data;
    if (slots[e.slot])
        return ERR_EXISTS;
    if (buf_reserve(&s->entries, sizeof e) || buf_put(&s->bytes, key, n))
        return err_nomem(err);
    buf_put(&s->entries, &e, sizeof e);         /* there is room */
    slots[e.slot] = (uint32_t)count(s);
    return OK;
}

void
open_keys_close(OpenKeys *s, uint32_t depth)
{
    size_t n = count(s);

    while (n && entries(s)[n - 1].depth == depth) {
        const Entry *e = &entries(s)[--n];

        ((uint32_t *)(void *)s->slots.data)[e->slot] = 0;
        s->bytes.len = e->offset;
        s->entries.len = n * sizeof *e;
    }
}

/* open_keys.h -- the keys of the maps that a parser has open, to find a duplicate key in
 * constant time.
 *
 * One set serves all nested maps: a key belongs to the depth of its map, and
 * when a map closes, open_keys_close forgets the keys of its depth.  Keys are
 * copied.  The hash is salted, so a hostile file cannot make keys collide; the salt is
 * drawn when the first key comes.
 * A OpenKeys lives in the caller's memory: open_keys_init, then open_keys_release. */
#ifndef OPEN_KEYS_H
#define OPEN_KEYS_H

#include "base/buf.h"
#include "base/err.h"

/* Fills n bytes at p with random ones; 0 or an error (sys_random). */
typedef int KeyStackRandom(void *p, size_t n, Err *err);

typedef struct OpenKeys {
    Buf entries, bytes, slots;
    KeyStackRandom *random;
    uint64_t salt[2];
    size_t n_slots;
} OpenKeys;

void open_keys_init(OpenKeys *s, KeyStackRandom *random);
void open_keys_release(OpenKeys *s);
/* 0, ERR_EXISTS (without a message) when the map at depth has the key, or an
 * error in *err.  depth is that of the deepest open map. */
int open_keys_add(OpenKeys *s, uint32_t depth, const void *key, size_t n, Err *err);
void open_keys_close(OpenKeys *s, uint32_t depth);

#endif

/* key_stack.h -- the keys of the maps that a parser has open, to find one that is
 * written twice in time that does not depend on how many there are.
 *
 * One set serves all nested maps: a key belongs to the depth of its map, and
 * when a map closes, keyset_close forgets the keys of its depth.  Keys are
 * copied.  The hash is salted, so a hostile file cannot make keys collide.
 * A KeySet lives in the caller's memory: keyset_init, then keyset_release. */
#ifndef KEY_STACK_H
#define KEY_STACK_H

#include "base/buf.h"
#include "base/err.h"

typedef struct KeySet {
    Buf entries, bytes, slots;
    uint64_t salt[2];
    size_t n_slots;
} KeySet;

void keyset_init(KeySet *s);
void keyset_release(KeySet *s);
/* 0, ERR_EXISTS (without a message) when the map at depth has the key, or an
 * error in *err.  depth is that of the deepest open map. */
int keyset_add(KeySet *s, uint32_t depth, const void *key, size_t n, Err *err);
void keyset_close(KeySet *s, uint32_t depth);

#endif

/* key_stack.h -- the keys of the maps that a parser has open, to find a duplicate key in
 * constant time.
 *
 * One set serves all nested maps: a key belongs to the depth of its map, and
 * when a map closes, key_stack_close forgets the keys of its depth.  Keys are
 * copied.  The hash is salted, so a hostile file cannot make keys collide; the salt is
 * drawn when the first key comes.
 * A KeyStack lives in the caller's memory: key_stack_init, then key_stack_release. */
#ifndef KEY_STACK_H
#define KEY_STACK_H

#include "base/buf.h"
#include "base/err.h"

/* Fills n bytes at p with random ones; 0 or an error (sys_random). */
typedef int KeyStackRandom(void *p, size_t n, Err *err);

typedef struct KeyStack {
    Buf entries, bytes, slots;
    KeyStackRandom *random;
    uint64_t salt[2];
    size_t n_slots;
} KeyStack;

void key_stack_init(KeyStack *s, KeyStackRandom *random);
void key_stack_release(KeyStack *s);
/* 0, ERR_EXISTS (without a message) when the map at depth has the key, or an
 * error in *err.  depth is that of the deepest open map. */
int key_stack_add(KeyStack *s, uint32_t depth, const void *key, size_t n, Err *err);
void key_stack_close(KeyStack *s, uint32_t depth);

#endif

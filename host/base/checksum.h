/* checksum.h -- a check value over the fields of a row, against silent bit rot.
 *
 * integrity_check of SQLite sees the structure of a file, not a flipped bit in a
 * value.  A row that would lie carries the sum of its fields.  For a given state
 * each word maps one to one, and for a given word each state does: a change in
 * any one word of 8 bytes is always seen, others miss once in 2^64.
 * Not a defence against a forger.  Never fails, owns nothing. */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

typedef struct Checksum {
    uint64_t h;
} Checksum;

void checksum_init(Checksum *s);
void checksum_int(Checksum *s, int64_t v);
/* NULL and no bytes differ. */
void checksum_bytes(Checksum *s, const void *p, size_t n);
int64_t checksum_final(const Checksum *s);

#endif

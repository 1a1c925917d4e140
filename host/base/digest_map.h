/* digest_map.h -- a map from digests (32 bytes, evenly spread) to numbers.
 *
 * Lives in the caller's memory: digest_map_init, then puts, then
 * digest_map_release (fine twice).  There is no removal of single entries. */
#ifndef DIGEST_MAP_H
#define DIGEST_MAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct DigestEntry {
    unsigned char digest[32];
    int64_t a, b;
    int used;
} DigestEntry;

typedef struct DigestMap {
    DigestEntry *entries;
    size_t n, cap;              /* cap is 0 or a power of two */
} DigestMap;

void digest_map_init(DigestMap *m);
void digest_map_release(DigestMap *m);
void digest_map_clear(DigestMap *m);         /* keeps the room */
/* The entry, borrowed until the next put, or NULL. */
DigestEntry *digest_map_get(const DigestMap *m, const unsigned char *digest);
/* Sets or replaces; 0 or ERR_NOMEM. */
int digest_map_put(DigestMap *m, const unsigned char *digest, int64_t a, int64_t b);

#endif

/* crc32c.h -- the CRC of 32 bits with the polynomial of Castagnoli, as event files have it.
 *
 * crc32c of "123456789" is e3069283.  Never fails, owns nothing. */
#ifndef CRC32C_H
#define CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *p, size_t n);
/* Rotated by 15 bits, plus a constant: files that hold sums of sums keep the mask, since the
 * sum of bytes that contain their own sum says nothing. */
uint32_t crc32c_masked(const void *p, size_t n);

#endif

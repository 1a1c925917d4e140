/* crc32c.c -- see crc32c.h */
#include "base/crc32c.h"

enum { MASK_BITS = 15 };

static const uint32_t POLYNOMIAL = 0x82f63b78u;         /* with the lowest bit first */
static const uint32_t MASK = 0xa282ead8u;

/* Of one byte.  Records are small: a table would only be one more thing to fill. */
static uint32_t
add_byte(uint32_t crc, unsigned char byte)
{
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (POLYNOMIAL & (0u - (crc & 1)));
    return crc;
}

uint32_t
crc32c(const void *p, size_t n)
{
    const unsigned char *from = p;
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < n; i++)
        crc = add_byte(crc, from[i]);
    return ~crc;
}

uint32_t
crc32c_masked(const void *p, size_t n)
{
    uint32_t crc = crc32c(p, n);

    return (crc >> MASK_BITS | crc << (32 - MASK_BITS)) + MASK;
}

/* utf8.h -- UTF-8 as Unicode defines it: shortest forms, no surrogates, up to
 * U+10FFFF. */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The offset of the first byte that is not part of a valid sequence, or n. */
size_t utf8_valid(const char *p, size_t n);
/* The code point at p, which is valid and not at its end; *size: its bytes. */
uint32_t utf8_get(const char *p, size_t *size);
/* Writes a code point (no surrogate, below 0x110000); returns its bytes. */
size_t utf8_put(uint32_t code, char out[4]);
/* How many characters n bytes are; continuation bytes do not count. */
size_t utf8_count(const char *p, size_t n);

#endif

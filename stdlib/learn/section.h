/* section.h -- the dump of a model: bytes that hold it exactly.
 *
 * All numbers little endian, doubles as the 8 bytes of IEEE 754 binary64:
 *     8 characters of magic   u32 version   then sections, in a fixed order:
 *         4 characters of tag   u64 length of the data   the data
 * and nothing after them.  What the sections are says the header of each model.
 *
 * Writing goes into memory of the right size, from the put_ functions' first
 * argument to the place they return.  Reading trusts nothing: a section that is
 * not the one expected, or not of the expected length, is ERR_CORRUPT. */
#ifndef SECTION_H
#define SECTION_H

#include <stddef.h>
#include <stdint.h>

#include "learn.h"

enum { SECTION_MAGIC = 8 + 4, SECTION_HEAD = 4 + 8 };   /* bytes before the sections; of each */

unsigned char *put_magic(unsigned char *to, const char *magic, uint32_t version);
unsigned char *put_tag(unsigned char *to, const char *tag, size_t len);
unsigned char *put_u32(unsigned char *to, uint32_t v);
unsigned char *put_u64(unsigned char *to, uint64_t v);
unsigned char *put_real(unsigned char *to, double v);
unsigned char *put_reals(unsigned char *to, const double *v, size_t n);
unsigned char *put_classes(unsigned char *to, const Classes *c);    /* section "clas" */

/* What is left to read. */
typedef struct Reader {
    const unsigned char *p, *end;
} Reader;

uint32_t get_u32(const unsigned char *p);
uint64_t get_u64(const unsigned char *p);
double get_real(const unsigned char *p);

/* ERR_CORRUPT: "the model is damaged (WHAT)". */
int section_damaged(Err *err, const char *what);
/* ERR_VERSION for another version. */
int section_open(Reader *r, const char *magic, uint32_t version, Err *err);
/* The data of the next section: tag, with n items of size bytes (at most 64).
 * NULL when it is not. */
const unsigned char *section_next(Reader *r, const char *tag, uint64_t n, size_t size, Err *err);
/* A section of n finite doubles. */
int section_reals(Reader *r, const char *tag, double *v, size_t n, Err *err);
/* Section "clas" into c, whose type and n are set and whose labels have room. */
int section_classes(Reader *r, Classes *c, Err *err);
int section_close(const Reader *r, Err *err);

#endif

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

#include "classes.h"

enum { SECTION_MAGIC = 8 + 4, SECTION_HEAD = 4 + 8 };   /* bytes before the sections; of each */

unsigned char *section_put_magic(unsigned char *to, const char *magic, uint32_t version);
unsigned char *section_put_tag(unsigned char *to, const char *tag, size_t len);
unsigned char *section_put_u32(unsigned char *to, uint32_t v);
unsigned char *section_put_u64(unsigned char *to, uint64_t v);
unsigned char *section_put_real(unsigned char *to, double v);
unsigned char *section_put_reals(unsigned char *to, const double *v, size_t n);
unsigned char *section_put_classes(unsigned char *to, const Classes *c);    /* section "clas" */

/* What is left to read. */
typedef struct SectionReader {
    const unsigned char *p, *end;
} SectionReader;

uint32_t section_get_u32(const unsigned char *p);
uint64_t section_get_u64(const unsigned char *p);
double section_get_real(const unsigned char *p);

/* ERR_CORRUPT: "the model is damaged (WHAT)". */
int section_damaged(Err *err, const char *what);
/* ERR_VERSION for another version. */
int section_open(SectionReader *r, const char *magic, uint32_t version, Err *err);
/* The same for version 1 to newest. */
int section_open_to(SectionReader *r, const char *magic, uint32_t newest, uint32_t *version,
                    Err *err);
/* The data of the next section: tag, with n items of size bytes (at most 64).
 * NULL when it is not. */
const unsigned char *section_next(SectionReader *r, const char *tag, uint64_t n, size_t size,
                                  Err *err);
/* A section of n finite doubles. */
int section_reals(SectionReader *r, const char *tag, double *v, size_t n, Err *err);
/* Section "clas" into c, whose type and n are set and whose labels have room. */
int section_classes(SectionReader *r, Classes *c, Err *err);
int section_close(const SectionReader *r, Err *err);

#endif

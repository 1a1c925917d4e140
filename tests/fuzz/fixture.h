/* fixture.h -- a small history: one run of a pipeline "p" with one step "a" that
 * made an artifact "p::a::x" of 5 bytes, and the record of its key. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "base/hash.h"
#include "meta/meta.h"

extern const unsigned char fixture_key[HASH_SIZE];
extern const unsigned char fixture_digest[HASH_SIZE];

/* The text of schema.sql. */
const char *fixture_schema(void);
/* Makes the run in an opened database. */
int fixture_write(Meta *m, Err *err);
/* Asks all that there is to ask; a status each time. */
int fixture_read(Meta *m, Err *err);

#endif

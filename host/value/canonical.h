/* canonical.h -- Lua data as bytes, in the encoding that cache keys are made of.
 *
 * The encoding is canonical (equal data, equal bytes; other data, other bytes)
 * and self-delimiting:
 *
 *     n f t z          nil, false, true, null
 *     i d              integer, float: 8 bytes, little endian; one NaN, -0.0 kept
 *     s LEN bytes      string; LEN and the counts are LEB128
 *     T N K            table: values 1..N, then K pairs of key and value, the
 *                      keys in the order of sorted_keys.h
 *     R LEN name 32    a value whose metatable has __name and __digest
 *
 * 1 and 1.0 differ, as do "1" and 1.  Cycles, functions, coroutines, userdata
 * without __digest and tables with another metatable (but that of set_plain) are
 * refused; the error names the path. */
#ifndef CANONICAL_H
#define CANONICAL_H

#include <stddef.h>

#include <lua.h>

#include "base/hash.h"

/* Pushes the encoding of the value at idx as a string; raises, naming the path below name,
 * when it is not data. */
void canonical_push(lua_State *L, int idx, const char *name);
/* Hashes the encoding instead. */
void canonical_hash(lua_State *L, int idx, const char *name, Hash *hash);
/* Hashes it as a field: its tag, its length, its bytes. */
void canonical_hash_field(lua_State *L, int idx, const char *name, Hash *hash, char tag);
/* Pushes the value that the n bytes encode; raises when they are not one encoded value. */
void canonical_read(lua_State *L, const void *p, size_t n);

#endif

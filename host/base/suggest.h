/* suggest.h -- "did you mean": the name that was probably meant.  lua/base/suggest.lua has the
 * same for Lua; tests/lua/query/fields_test.lua compares them. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

#include "base/buf.h"

/* The one of the names that is nearest to name (few letters left out, added, changed or
 * swapped), or else begins with it; NULL where there is none, or memory is short. */
const char *suggest_nearest(const char *name, const char *const *names, size_t n);
/* Appends `; did you mean "x"?`, or "; available: a, b" where none is near and there are at most
 * 12, or nothing.  0 or ERR_NOMEM. */
int suggest_hint(Buf *out, const char *name, const char *const *names, size_t n);
/* Appends "; did you mean PREFIX and name in quotes?" */
int suggest_put(Buf *out, const char *prefix, const char *name);

#endif

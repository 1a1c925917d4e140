/* json_plain.h -- the artifact encoding (json.h) as JSON that other programs expect.
 *
 *     {"$null":true}                  null
 *     {"$table":[["$x",1]]}           {"$x":1}, where all keys are strings
 *     anything else                   as it is, without spaces
 *
 * A value with something that JSON lacks, that is {"$number":"nan"}, "inf" or "-inf",
 * {"$bytes":BASE64}, or a {"$table":...} with other keys, stays in the artifact encoding as a
 * whole: no field of it can then be taken for such a form.  So does rille's --json. */
#ifndef JSON_PLAIN_H
#define JSON_PLAIN_H

#include "base/buf.h"
#include "base/err.h"

enum {
    JSON_PLAIN_OBJECT = 1,      /* the empty table at the top, which is [], becomes {} */
    JSON_PLAIN_OBJECTS = 2      /* every empty one does, unless the value stays as it is */
};

/* Appends the text.  name is for messages; errors are those of the reader. */
int json_plain(Buf *out, const char *name, const char *text, size_t n, int flags, Err *err);

#endif

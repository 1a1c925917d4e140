/* metadata_json.c -- see metadata_json.h */
#include "library/metadata_json.h"

int
metadata_json_put(JsonObject *o, const char *key, Slice packed, int flags, Err *err)
{
    Buf plain;
    int rc;

    buf_init(&plain);
    rc = packed.data ? json_plain(&plain, key, packed.data, packed.len, flags, err)
       : buf_puts(&plain, "{}") ? err_nomem(err) : OK;
    if (rc == OK)
        json_object_raw(o, key, plain.data, plain.len);
    buf_release(&plain);
    return rc == ERR_SYNTAX ? err_set(err, ERR_CORRUPT, "the metadata are damaged: %s; run rille "
                                      "fsck", key) : rc;
}

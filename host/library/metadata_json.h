/* metadata_json.h -- a column of the metadata that is packed JSON, as a field of a JSON object. */
#ifndef LIBRARY_METADATA_JSON_H
#define LIBRARY_METADATA_JSON_H

#include "format/json_object.h"
#include "format/json_plain.h"
#include "meta/query.h"

/* Sets the field to the plain form of the packed text (flags: JSON_PLAIN_...); no value is {}.
 * A text that is no JSON is ERR_CORRUPT. */
int metadata_json_put(JsonObject *o, const char *key, Slice packed, int flags, Err *err);

#endif

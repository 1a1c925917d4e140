/* json_object.h -- writing JSON objects field by field.
 *
 *     JsonObject o;
 *     json_object_begin(&o, &buf);
 *     json_object_text(&o, "name", s, n);          s NULL: null
 *     rc = json_object_end(&o);                    0 or ERR_NOMEM for all of it
 *
 * Fields stand as they are put; what else goes into the value of json_object_key is the caller's.
 * Bytes of texts that are no UTF-8 become U+FFFD. */
#ifndef JSON_OBJECT_H
#define JSON_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

typedef struct JsonObject {
    Buf *out;
    size_t n;                           /* fields so far */
    int bad;                            /* ERR_NOMEM */
} JsonObject;

void json_object_begin(JsonObject *o, Buf *out);
int json_object_end(JsonObject *o);
void json_object_key(JsonObject *o, const char *key, size_t n);
void json_object_text(JsonObject *o, const char *key, const char *s, size_t n);
void json_object_int(JsonObject *o, const char *key, int64_t v);
void json_object_float(JsonObject *o, const char *key, double v);      /* NaN: null */
/* ISO 8601, UTC, milliseconds; seconds since 1970. */
void json_object_time(JsonObject *o, const char *key, double seconds);
void json_object_bool(JsonObject *o, const char *key, int v);
void json_object_null(JsonObject *o, const char *key);
/* The bytes are JSON already. */
void json_object_raw(JsonObject *o, const char *key, const void *json, size_t n);
/* A text by itself, as an element of a list. */
int json_object_put_text(Buf *out, const char *s, size_t n);

#endif

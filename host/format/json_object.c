/* json_object.c -- see json_object.h */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "format/json.h"
#include "format/json_object.h"

void
json_object_begin(JsonObject *o, Buf *out)
{
    o->out = out;
    o->n = 0;
    o->bad = buf_byte(out, '{');
}

int
json_object_end(JsonObject *o)
{
    o->bad = o->bad || buf_byte(o->out, '}') ? ERR_NOMEM : OK;
    return o->bad;
}

/* A copy with U+FFFD for each byte that is no UTF-8. */
static int
put_mended(Buf *out, const char *s, size_t n)
{
    Buf copy;
    size_t at = 0, good;
    int bad = 0;

    buf_init(&copy);
    while (at < n && !bad) {
        good = utf8_valid(s + at, n - at);
        bad = buf_put(&copy, s + at, good);
        at += good;
        if (at < n && !bad) {
            bad = buf_puts(&copy, "\xef\xbf\xbd");
            at++;
        }
    }
    bad = bad || json_put_string(out, copy.data ? (const char *)copy.data : "", copy.len);
    buf_release(&copy);
    return bad ? ERR_NOMEM : OK;
}

int
json_object_put_text(Buf *out, const char *s, size_t n)
{
    return utf8_valid(s, n) == n ? json_put_string(out, s, n) : put_mended(out, s, n);
}

void
json_object_key(JsonObject *o, const char *key, size_t n)
{
    o->bad = o->bad || (o->n++ && buf_byte(o->out, ',')) || json_object_put_text(o->out, key, n)
             || buf_byte(o->out, ':');
}

void
json_object_raw(JsonObject *o, const char *key, const void *json, size_t n)
{
    json_object_key(o, key, strlen(key));
    o->bad = o->bad || buf_put(o->out, json, n);
}

void
json_object_null(JsonObject *o, const char *key)
{
    json_object_raw(o, key, "null", 4);
}

void
json_object_bool(JsonObject *o, const char *key, int v)
{
    json_object_raw(o, key, v ? "true" : "false", v ? 4 : 5);
}

void
json_object_text(JsonObject *o, const char *key, const char *s, size_t n)
{
    if (!s) {
        json_object_null(o, key);
        return;
    }
    json_object_key(o, key, strlen(key));
    o->bad = o->bad || json_object_put_text(o->out, s, n);
}

void
json_object_int(JsonObject *o, const char *key, int64_t v)
{
    json_object_key(o, key, strlen(key));
    o->bad = o->bad || json_put_int(o->out, v);
}

void
json_object_float(JsonObject *o, const char *key, double v)
{
    if (!isfinite(v)) {
        json_object_null(o, key);
        return;
    }
    json_object_key(o, key, strlen(key));
    o->bad = o->bad || json_put_float(o->out, v);
}

void
json_object_time(JsonObject *o, const char *key, double seconds)
{
    double whole = floor(seconds);
    time_t t = (time_t)whole;
    char text[64];
    struct tm tm;
    size_t n;

    if (!isfinite(seconds) || !gmtime_r(&t, &tm)) {
        json_object_null(o, key);
        return;
    }
    n = strftime(text, sizeof text - 8, "%Y-%m-%dT%H:%M:%S", &tm);
    n += (size_t)snprintf(text + n, sizeof text - n, ".%03dZ", (int)((seconds - whole) * 1000));
    json_object_text(o, key, text, n);
}

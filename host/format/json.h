/* json.h -- strict JSON (RFC 8259): a reader that gives one token after the
 * other, and the tokens' writer.
 *
 * Reader
 *   1. Linear in the length of the text; it holds no copy of it.  text and name
 *      stay the caller's and must outlive the reader.
 *   2. A number without a point and an exponent is an integer and must fit 64
 *      bits; any other is the nearest float and must not overflow.
 *   3. Errors besides the grammar's own: a key written twice in one object,
 *      invalid UTF-8, half of a surrogate pair, a raw control character, a byte
 *      order mark, more than max_depth open containers, more than max_size bytes,
 *      anything after the value.
 *   4. Each error is "NAME:LINE:COLUMN: what; what to do", both counted from 1,
 *      columns in characters.
 * A reader lives in the caller's memory: json_init, json_next until JSON_END or
 * an error, json_release (fine on an initialised or already released one).
 *
 * The artifact encoding (written by json_pack.c) is JSON in which each Lua value,
 * but for functions, userdata, coroutines, tables with metatables, cycles and
 * keys that are tables, has exactly one text:
 *
 *   integer             its digits                        7
 *   float               shortest that reads back, with
 *                       a '.' or an exponent              7.0  -0.0  1e16
 *   NaN, inf, -inf      {"$number":"nan"} "inf" "-inf"
 *   string, UTF-8       a string; escaped are " \ and
 *                       U+0000 to U+001F, no others
 *   other string        {"$bytes":"<base64>"}             with its padding
 *   true, false         true, false
 *   nil                 null, at the top only: no table holds nil
 *   json.null           null inside a table; at the top {"$null":true}
 *   table, keys 1..n    [...]; the empty table is []
 *   table, keys all     {...}, sorted bytewise
 *     UTF-8 strings
 *   any other table     {"$table":[[key,value],...]}, keys in the order
 *                       false, true, integers, floats, strings (bytewise)
 *
 * An object with exactly one member, whose key begins with '$', is always one of
 * these forms; so a table {["$x"] = v} is written {"$table":[["$x",v]]}.  Nothing
 * else is between the tokens: no space, no newline.  A table that occurs twice
 * becomes two.  Reading takes any JSON of this meaning, spaces included. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/open_keys.h"

enum {
    JSON_DEPTH = 200,           /* max_depth when nothing else is set */
    JSON_MAXDEPTH = 1024        /* the most that max_depth can be */
};

typedef enum JsonKind {
    JSON_END, JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INT, JSON_FLOAT, JSON_STRING,
    JSON_KEY,                   /* the value follows */
    JSON_ARRAY, JSON_ARRAY_END, JSON_OBJECT, JSON_OBJECT_END
} JsonKind;

typedef struct JsonReader {
    /* the token that json_next read; s is valid until the next call */
    JsonKind kind;
    int64_t i;
    double f;
    const char *s;
    size_t n;
    size_t offset;              /* where it begins */
    /* may be set between json_init and the first json_next */
    size_t max_size;            /* SIZE_MAX at first */
    int max_depth;              /* JSON_DEPTH at first */
    int nan_is_null;            /* 0 at first; 1: the word NaN is read as null */
    /* private */
    const char *name, *text, *p, *end;
    int state, depth;
    unsigned char objects[JSON_MAXDEPTH / 8];
    OpenKeys keys;
    Buf scratch;
} JsonReader;

void json_init(JsonReader *r, const char *name, const char *text, size_t len);
void json_release(JsonReader *r);
/* Reads the next token into the reader. */
int json_next(JsonReader *r, Err *err);
/* For what a caller finds wrong: "NAME:LINE:COLUMN: ", the position of offset. */
int json_fail(const JsonReader *r, size_t offset, Err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* After JSON_ARRAY: how many elements it has if they are numbers and words, else
 * at least so many.  Costs one look at each byte at most. */
size_t json_ahead(const JsonReader *r);

/* Each puts one token; 0 or ERR_NOMEM.  s is valid UTF-8, v is finite.  The
 * brackets, commas and colons are the caller's. */
int json_put_string(Buf *out, const char *s, size_t n);
int json_put_int(Buf *out, int64_t v);
int json_put_float(Buf *out, double v);

#endif

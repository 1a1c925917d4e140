/* writer.h -- walking nested plain Lua tables in an order that depends on what
 * they hold only, for everything that writes Lua values as text.
 *
 *     w = writer_new(L, "written as JSON", depth)      on the stack until the end
 *     value on top:   writer_open .. writer_item/writer_value .. writer_close
 *
 * A walk raises (never returns) for a table with a metatable, in itself, deeper
 * than allowed, or with a key that is no boolean, number or string; the message
 * is "[FILE:LINE: ]value.a[3].b: what".  The Writer is a userdata: an error or the
 * collector releases it.  Only what the stack holds is touched between two calls,
 * so finalizers may run at any time.
 */
#ifndef WRITER_H
#define WRITER_H

#include <lua.h>

#include "base/buf.h"

typedef enum WriterShape {
    WRITER_EMPTY,
    WRITER_LIST,                  /* keys 1..n, no others */
    WRITER_RECORD,                /* strings */
    WRITER_MIXED
} WriterShape;

/* in the order in which keys are sorted */
typedef enum WriterRank {
    WRITER_FALSE, WRITER_TRUE, WRITER_INT, WRITER_FLOAT, WRITER_STRING
} WriterRank;

typedef struct WriterKey {
    WriterRank rank;
    int64_t i;
    double f;
    const char *s;
    size_t n;                   /* of s */
    lua_Integer place;          /* private */
} WriterKey;

typedef struct Writer {
    Buf out;                    /* the caller's, to write into */
    Buf keys, steps;            /* private */
    const char *verb;
    int depth, max_depth;
    unsigned written;           /* private: values so far */
} Writer;

/* Pushes it.  verb as in "a function cannot be VERB". */
Writer *writer_new(lua_State *L, const char *verb, int max_depth);
/* Pushes out as a string and releases the Writer. */
void writer_finish(lua_State *L, Writer *w);
/* Enters the table on top; *n is how many keys it has. */
WriterShape writer_open(lua_State *L, Writer *w, size_t *n);
/* Of an open list: pushes element i. */
void writer_item(lua_State *L, Writer *w, size_t i);
/* Of an open record or mixed table: sorts the keys; pushes one value. */
void writer_sort(lua_State *L, Writer *w, size_t n);
const WriterKey *writer_key(const Writer *w, size_t i);       /* i from 0 */
void writer_value(lua_State *L, Writer *w, size_t i);
/* Leaves the table: it is on top again. */
void writer_close(lua_State *L, Writer *w);

/* Raises "...: what", the position being that of the value in hand. */
int writer_fail(lua_State *L, Writer *w, const char *fmt, ...);
/* Raises that the value on top cannot be written. */
int writer_refuse(lua_State *L, Writer *w);
/* Raises when a put into out failed (rc != 0). */
void writer_check(lua_State *L, int rc);

/* Is a key written as .key in a path, and not as ["key"]? */
int writer_is_name(const char *s, size_t n);

#endif

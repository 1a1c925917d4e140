/* values.h -- named values in C: what rille_values holds, and their ways into Lua and out of a
 * store.
 *
 *     the host's puts --\                              /--> the host's gets
 *     Lua (values_from_lua) ->  Value, a kind of its own  --> Lua (values_to_lua)
 *     an artifact's members --/   (VALUE_STORED until
 *                                  somebody asks)
 * Invariants
 *   1. A Value owns what it holds; an array's memory is counted (stdlib/array/array.h).
 *   2. Pointers given out by a get live until the value is replaced or the values are freed:
 *      what a get makes (JSON, a text of an integer) is kept in the Value.
 *   3. A VALUE_STORED becomes another kind at the first get; when that fails it stays, and the
 *      next get tries again. */
#ifndef LIBRARY_VALUES_H
#define LIBRARY_VALUES_H

#include <lua.h>

#include "array/array.h"
#include "base/buf.h"
#include "library/engine.h"
#include "rille.h"

typedef enum ValueKind {
    VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_NUMBER, VALUE_STRING, VALUE_BYTES, VALUE_JSON,
    VALUE_ARRAY, VALUE_FRAME, VALUE_ARTIFACT, VALUE_OBJECT, VALUE_STORED
} ValueKind;

/* A column of a frame: an array, or an array of i64 milliseconds since 1970 (dates), or texts. */
typedef struct ValueColumn {
    char *name;
    enum { COLUMN_ARRAY, COLUMN_DATES, COLUMN_TEXTS } kind;
    Array *array;
    int64_t *offsets;           /* of texts: rows + 1 of them into bytes */
    char *bytes;
} ValueColumn;

typedef struct ValueFrame {
    int64_t rows;
    size_t n;
    ValueColumn *columns;
} ValueFrame;

typedef struct Value {
    char *name;                 /* NULL: the only value of an artifact */
    ValueKind kind;
    int boolean;
    int64_t integer;
    double number;
    Buf bytes;                  /* of string, bytes, JSON: with a 0 after its end */
    Array *array;
    ValueFrame *frame;
    rille_artifact *artifact;   /* counted; of VALUE_STORED too */
    struct RegisteredObject *object;    /* counted (registration.h) */
    Buf json;                   /* made by rille_get_json, or empty */
} Value;

struct rille_values {
    rille_engine *e;            /* referenced */
    int readonly;
    int in_step;                /* of a running step: usable while the engine is busy */
    Value *list;                /* in the order of the puts */
    size_t n, cap;
    const char **names;         /* made by rille_names, or NULL */
};

/* Values of the library: read only for the host.  NULL when out of memory. */
rille_values *values_new_readonly(rille_engine *e);
/* The value of that name, emptied, new if need be (name may be NULL for an artifact's): for the
 * library's own puts, which may fill a read-only one.  NULL when out of memory. */
Value *values_slot(rille_values *v, const char *name);
/* Frees what it holds: VALUE_NULL again. */
void value_clear(Value *value);
/* The value for a get: name NULL is the only one; loads a stored one.  NULL with the engine's
 * error set (ENOTFOUND with "did you mean", EINVAL, or that of the store). */
Value *values_find(rille_values *v, const char *name);

/* Pushes the value as scripts have it: rille.null, boolean, integer, number, text, what JSON
 * says, array, frame, artifact, object.  May raise. */
void value_to_lua(lua_State *L, rille_engine *e, Value *value);
/* Pushes a table of all values by name. */
void values_to_lua(lua_State *L, rille_values *v);
/* Fills the value with the Lua value at idx.  Functions and foreign userdata are ERR_TYPE. */
int value_from_lua(lua_State *L, int idx, rille_engine *e, Value *out, Err *err);

/* Fills the value with the content of its artifact, read from the store without Lua
 * (stored_value.c).  ERR_TYPE for a type that only scripts can load. */
int value_load(rille_engine *e, Value *value, Err *err);

void value_frame_free(ValueFrame *frame);       /* accepts NULL */

#endif

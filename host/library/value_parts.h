/* value_parts.h -- what the files of named values share; for values.c and value_*.c alone.
 *
 * A public function begins with values_begin (or values_begin_put), which makes the engine busy
 * and clears its last error, and ends with values_end (values_end_put), which gives the status:
 *
 *     rc = values_begin_put(v, "rille_put_int", name);
 *     if (rc)
 *         return rc;                               -- nothing was begun
 *     ... fill a Value of our own; rc ...
 *     return values_end_put(v, name, &made, rc);   -- takes made over, also when rc is an error
 *
 * So a put that fails leaves the value of that name as it was. */
#ifndef LIBRARY_VALUE_PARTS_H
#define LIBRARY_VALUE_PARTS_H

#include "library/values.h"

enum { VALUE_LABEL = 128 };

int values_begin(rille_values *v);
int values_end(rille_values *v, int rc);
int values_begin_put(rille_values *v, const char *function, const char *name);
int values_end_put(rille_values *v, const char *name, Value *made, int rc);

/* Room for more values, and then: moves made, whose name is its own, in; that cannot fail. */
int values_reserve(rille_values *v, size_t more);
void values_move_in(rille_values *v, Value *made);
/* The value as it stands, not loaded; NULL with the engine's error set. */
Value *values_look_up(rille_values *v, const char *name);

/* 'value "x"', for messages; returns out. */
const char *value_label(const char *name, char out[VALUE_LABEL]);
/* RILLE_ETYPE: the value is another thing than "an array", and how it is read. */
int values_refuse_kind(rille_values *v, const Value *value, const char *wanted);
/* "function: what" as RILLE_EINVAL. */
int values_bad_argument(rille_values *v, const char *function, const char *what);

/* Appends the value as JSON.  label names it in errors. */
int value_put_json(const Value *value, const char *label, Buf *out, Err *err);
/* The value that the text says: a list or object stays text, VALUE_JSON.  name is for errors. */
int value_of_json(Value *out, const char *name, const char *text, size_t len, Err *err);
/* Adds the fields of an object to v, which nobody else has; frees nothing when it fails. */
int values_of_json(rille_values *v, const char *text, size_t len, Err *err);

/* Calls a function of the host's that gives back what was borrowed, with the host's locale and
 * signals, wherever the library is.  A forked child has a copy only, and does not call it. */
void value_give_back(rille_engine *e, rille_release_fn release, void *user);

/* The element type of rille.h; -1: there is none for it. */
int value_dtype(ArrayType type);

#endif

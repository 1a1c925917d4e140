/* query_named.h -- questions to the metadata that are one SQL statement each.
 *
 * A question is a record: its name, which is also that of the method of
 * rille.host.meta, its parameters, the shape of its answer, its SQL.  Another
 * database answers the same names. */
#ifndef QUERY_NAMED_H
#define QUERY_NAMED_H

#include "meta/meta.h"
#include "meta/rows.h"

typedef enum NamedShape {
    NAMED_LIST,                 /* { row, ... } */
    NAMED_ROW,                  /* the first row, or nil */
    NAMED_CELL,                 /* the only column of the first row, or nil */
    NAMED_COLUMN                /* the only column of each row, as a list */
} NamedShape;

enum { NAMED_PARAMETERS = 4 };          /* most of one question */

typedef struct NamedQuery {
    const char *name;
    const char *types;          /* a letter a parameter: s text, i integer */
    NamedShape shape;
    const char *sql;            /* ?1 is the first parameter */
} NamedQuery;

/* All questions; the name after the last one is NULL. */
extern const NamedQuery named_queries[];

/* Appends the rows of the answer. */
int query_named(Meta *m, const NamedQuery *q, const DbValue values[NAMED_PARAMETERS], Rows *out,
                Err *err);
/* The same of the question of that name; its parameters follow, a Slice for s and an int64_t
 * for i. */
int query_ask(Meta *m, Rows *out, Err *err, const char *name, ...);

#endif

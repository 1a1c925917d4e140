/* query_filter.h -- conditions on runs as data, and the fields of runs that a reader asks
 * for; query_filter.c makes SQL of them.
 *
 * A field is one of a run: name pipeline status reason started seconds number stack
 * script ran cached failed git.sha git.dirty; or
 *     params   of the parameter at the path { "a", "b" }, that is params.a.b
 *     metric   with the name that the path, of one, has: the last value that a step logged
 *     tag      conditions only: equal, or not equal, to a tag of the run
 * A value that is missing fits no comparison but "= null".  Infinities are numbers.  NaN is
 * equal to itself here, so that it can be asked for, and neither more nor less than any
 * number.  A text is neither more nor less than a number. */
#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include "meta/query_select.h"

typedef struct FilterField {
    Slice name;
    size_t path, n_path;                /* its names, in Filter.names */
} FilterField;

typedef enum FilterOp { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_COMPARE } FilterOp;
typedef enum FilterCmp {
    FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_LE, FILTER_GT, FILTER_GE
} FilterCmp;

typedef struct FilterNode {
    FilterOp op;
    size_t n;                           /* of and, or, not: how many conditions it joins */
    FilterField field;                  /* of a comparison */
    FilterCmp cmp;
    DbValue value;                      /* DB_NULL: null; a real may be NaN */
} FilterNode;

/* Starts as {0}; release with filter_release. */
typedef struct Filter {
    Buf nodes;                          /* FilterNode: the condition, each node before those
                                         * that it joins; empty: none */
    Buf shown;                          /* FilterField: more columns of the answer */
    Buf names;                          /* Slice */
    FilterField sort;                   /* the order; a name without a value: none */
} Filter;

void filter_release(Filter *f);
/* Whether there is a field of that name with so many names in its path. */
int filter_known(Slice name, size_t n_path);

/* What makes SQL of a filter: a field that is met again has the same parameters. */
typedef struct FilterSql {
    const Filter *filter;
    Meta *meta;
    Slice pipeline;                     /* of the runs, or no value: of metrics */
    Select *select;
    Buf places;                         /* FilterPlace */
} FilterSql;

/* Append the SQL of the columns, ", F as "shown.1~"" (row_tables.h), of the condition, and
 * of what the rows are ordered by. */
int filter_shown(FilterSql *x, Err *err);
int filter_where(FilterSql *x, Err *err);
int filter_sort(FilterSql *x, Err *err);

#endif

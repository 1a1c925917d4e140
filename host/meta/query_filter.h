/* query_filter.h -- conditions on runs and artifacts as data, and the fields of them that a
 * reader asks for; query_filter.c makes SQL of them.
 *
 * What is listed is a FilterSubject: its own fields, and how its tags are found.  Fields of all:
 *     params   of the parameter at the path { "a", "b" }, that is params.a.b
 *     metric   { NAME }: the last value that a step logged; { STEP, NAME }: that of a step
 *     tag      in conditions: equal, or not equal, to a tag of it; shown: all of them
 * Parameters and metrics are those of the run r of the SELECT: for an artifact, of the run that
 * had the version first.  For one more subject (versions of models): its columns, its kind of
 * tags (meta_tag.c), and a SELECT in which r is its run.
 * A value that is missing fits no comparison but "= null".  Infinities are numbers.  NaN is
 * equal to itself here, so that it can be asked for, and neither more nor less than any
 * number.  A text is neither more nor less than a number. */
#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include "meta/query_select.h"

typedef enum FilterKind { FILTER_ANY, FILTER_NUMBER, FILTER_TIME } FilterKind;

typedef struct FilterColumn {
    const char *name, *sql;
    FilterKind kind;
    const char *const *choices;         /* the only values that it has, up to a NULL; or NULL */
} FilterColumn;

typedef struct FilterSubject {
    const char *what;                   /* "run" */
    const char *called;                 /* "version of a model" */
    const FilterColumn *columns;        /* the last has no name */
    const char *kind, *row;             /* of its tags: META_TAG_RUN, SQL of the row */
    const char *narrow, *narrow_end;    /* SQL around a SELECT of runs: " and ..." is of those */
} FilterSubject;

extern const FilterSubject filter_runs, filter_artifacts;

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

/* Starts as {0} with a subject; release with filter_release. */
typedef struct Filter {
    const FilterSubject *subject;
    Buf nodes;                          /* FilterNode: the condition, each node before those
                                         * that it joins; empty: none */
    Buf shown;                          /* FilterField: more columns of the answer */
    Buf names;                          /* Slice */
    FilterField sort;                   /* the order; a name without a value: none */
} Filter;

void filter_release(Filter *f);
/* Its own field of that name, or NULL. */
const FilterColumn *filter_column(const FilterSubject *subject, Slice name);
/* Whether the subject has a field of that name with so many names in its path. */
int filter_known(const FilterSubject *subject, Slice name, size_t n_path);
int filter_is_metric(const FilterField *field);

/* What makes SQL of a filter: a field that is met again has the same parameters. */
typedef struct FilterSql {
    const Filter *filter;
    Meta *meta;
    Select *select;
    Buf places;                         /* FilterPlace */
    int narrowed;                       /* filter_narrow found an index with few rows */
} FilterSql;

/* Append the SQL of the columns, ", F as "shown.1~"" (row_tables.h), of the condition, and
 * of what the rows are ordered by. */
int filter_shown(FilterSql *x, Err *err);
int filter_where(FilterSql *x, Err *err);
int filter_sort(FilterSql *x, Err *err);

/* Appends " and ..." for what an index finds of the condition: rows that it lets through
 * are among those.  SQLite cannot see in the condition which index has few. */
int filter_narrow(FilterSql *x, Err *err);
/* The id of the metric (run_metric.field), 0: no run has it. */
int filter_metric(FilterSql *x, const FilterField *field, int64_t *id, Err *err);

#endif

/* query.h -- reading the history.
 *
 * Each function appends to a Rows whose column names are the fields that a reader
 * of the result sees: "run.id" is field id of a table run, "cache?" is a boolean.
 * Nothing that is not there is an error, unless stated: no rows then.
 *
 * A run's steps are its trace (run_outcomes.h), at the positions of the wiring that it names: the
 * row of a hit is the step run that made the result, in whatever run that was.  Older
 * programs wrote traces in another order than that of the wiring.  Such a run is read by
 * what its step runs say; where they do not say which node it was, the node is "unknown".
 * A run without a trace, because it is running or its process died, has the step runs that
 * are its own.
 */
#ifndef QUERY_H
#define QUERY_H

#include "meta/meta.h"
#include "meta/rows.h"

typedef struct QueryRuns {
    Slice pipeline, status;             /* no value: any */
    int unlisted;                       /* 1: also those */
    int ascending;
    int64_t before;                     /* cursor of the page before, or 0 */
    int64_t limit;
    /* A condition, more columns, an order; may be NULL.  In another order the cursor
     * counts the runs before the page. */
    const struct Filter *filter;        /* query_filter.h */
} QueryRuns;

/* Which artifacts a listing has; a text without a value fits all. */
typedef struct QueryArtifacts {
    Slice prefix, name, search;         /* of the name; in it; in name, type, preview,
                                         * metadata or a tag */
    Slice type, pipeline;
    Slice tag;                          /* then all versions that have it */
    int versions;                       /* 1: all versions */
    int has_since;
    double since;                       /* the time from which it was there */
    Slice after;                        /* the last name of the page before, of newest versions
                                         * by name; else the versions before the page: */
    int64_t offset;
    int64_t limit;
    int64_t upto;                       /* not 0: newest versions among the rows up to that one,
                                         * newest first, before that row: a page stays what it is
                                         * while others are recorded */
    int64_t before;
    /* A condition, more columns, an order; may be NULL. */
    const struct Filter *filter;        /* query_filter.h, of filter_artifacts */
    int ascending;
} QueryArtifacts;

/* A step of a run, in spec order; then the items of its maps. */
typedef struct QueryStep {
    Slice node, step;                   /* no value: as the row says */
    Slice of;                           /* of an item: the map's node; its own is */
    int64_t index;                      /* OF[INDEX], from 1 */
    int64_t position;                   /* from 1 */
    int64_t row;                        /* of step_run, or 0 */
    int32_t code;                       /* of the trace; -1 without one */
} QueryStep;

/* A step of a run that has the result of a step run. */
typedef struct QueryHit {
    int64_t row;                        /* of step_run */
    int32_t run;                        /* its row */
    int32_t position;                   /* in its trace, from 1 */
} QueryHit;

typedef struct QuerySteps {
    Buf steps;                          /* QueryStep */
    Buf names;                          /* the spec, which their slices point into */
    Rows rows;                          /* without a trace: the same */
} QuerySteps;

/* Sets *next to the cursor of the page after, 0 at the end. */
int query_runs(Meta *m, const QueryRuns *q, Rows *out, int64_t *next, Err *err);
/* By exact name, exact id, or unique prefix of an id (4 digits or more); exactly
 * one row, ERR_NOTFOUND, or ERR_INVAL when it is ambiguous. */
int query_run(Meta *m, Slice what, Rows *out, Err *err);
int query_run_row(Meta *m, int64_t row, Rows *out, Err *err);
/* The n-th run of the pipeline: 1 the oldest, -1 the newest. */
int query_nth_run(Meta *m, Slice pipeline, int64_t n, int unlisted, Rows *out, Err *err);
int query_pipelines(Meta *m, Rows *out, Err *err);

/* Release with query_steps_release, whatever was returned. */
void query_steps_init(QuerySteps *s);
void query_steps_release(QuerySteps *s);
int query_steps(Meta *m, int64_t run, QuerySteps *out, Err *err);
/* Appends QueryHits: what steps of all runs took from the cache or from another step
 * of their run, by the row of the step run. */
int query_hits(Meta *m, Buf *out, Err *err);
/* One row of a step run; full: with its code, log and reads. */
int query_step_run(Meta *m, int64_t row, int full, Rows *out, Err *err);
/* What it took (role 0) or made (role 1). */
int query_edges(Meta *m, int64_t step_run, int role, Rows *out, Err *err);

/* Appends the bytes of a spec, by its row, or the newest with that hash of the
 * pipeline: 1, 0 when there is none, or an error. */
int query_spec(Meta *m, int64_t row, Buf *out, Err *err);
int query_wiring(Meta *m, Slice pipeline, const unsigned char *hash, Buf *out, Err *err);
/* One column, one row. */
int query_source(Meta *m, const unsigned char *digest, Rows *out, Err *err);
int query_code(Meta *m, const unsigned char *digest, Rows *out, Err *err);

/* By exact name (its latest version), NAME@number, NAME@tag, row number, or unique
 * prefix of the digest in hex (4 digits or more); exactly one row, ERR_NOTFOUND or ERR_INVAL. */
int query_artifact(Meta *m, Slice what, Rows *out, Err *err);
/* Two digests at most that begin with the digits, 64 lower-case hex ones or fewer. */
int query_digests(Meta *m, Slice hex, Rows *out, Err *err);
/* By name, of each the newest version of those that the pipeline has; or all versions. */
int query_artifacts(Meta *m, const QueryArtifacts *q, Rows *out, Err *err);
int query_versions(Meta *m, Slice name, Rows *out, Err *err);
/* The newest version of the name that is that artifact and not newer than the row
 * `upto`: *number, *row, both 0 when there is none. */
int query_version_at(Meta *m, Slice name, const unsigned char *digest, int64_t upto,
                     int64_t *number, int64_t *row, Err *err);
/* Step runs that made (role 1) or took (role 0) the artifact, newest first. */
int query_users(Meta *m, const unsigned char *digest, int role, Rows *out, Err *err);

#endif

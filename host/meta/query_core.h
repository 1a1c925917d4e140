/* query_core.h -- what the files of query.h share. */
#ifndef QUERY_CORE_H
#define QUERY_CORE_H

#include "meta/query.h"

#define ARTIFACT_COLUMNS \
    "a.id as id, a.digest as digest, a.type as type, a.materializer as materializer," \
    " a.version as format, a.size as size, a.objects as objects"

/* When a run (r) had the version (v) first: the time of its step (s), or of the run where that
 * took the result from the cache. */
#define QUERY_VERSION_CREATED "case when v.run <> s.run then r.started else s.started end"

/* The row of a pipeline, -1 when there is none, 0 when any is meant (no value). */
int query_pipeline_row(Meta *m, Slice name, int64_t *row, Err *err);
/* Lower-case hex digits, 4 or more? */
int query_is_hex(Slice s);
/* ERR_INVAL, "ambiguous: 'ab' is a, b, ..." from the first column. */
int query_ambiguous(const Rows *found, Slice what, Err *err);

#endif

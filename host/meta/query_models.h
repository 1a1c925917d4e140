/* query_models.h -- the listing of versions of models. */
#ifndef QUERY_MODELS_H
#define QUERY_MODELS_H

#include "meta/meta.h"
#include "meta/query_filter.h"
#include "meta/rows.h"

/* What a reader sees of a version v, whose run is r. */
#define QUERY_MODEL_VERSION                                                              \
    "v.id as id, v.number as number, v.name as name, v.stage as stage,"                  \
    " v.created as created, r.name as run, v.metadata as metadata,"                      \
    " (select count(*) from model_link_now where version = v.id) as links,"              \
    " (select group_concat(tag, ', ') from (select tag from tagged"                      \
    "   where kind = 'model' and row = v.id order by tag)) as tags"

extern const FilterSubject filter_models;

/* Newest first, or in the order of the filter; parameters and metrics are those of the run
 * that made the version. */
typedef struct QueryModelVersions {
    int64_t model;                      /* row; 0: of all models */
    Slice tag;                          /* no value: any */
    Slice stage;                        /* but archived; no value: any */
    int has_since;
    double since;                       /* the time from which it was there */
    int64_t offset, limit;
    int64_t before;                     /* not 0: rows before that one */
    const Filter *filter;               /* of filter_models; may be NULL */
    int ascending;
} QueryModelVersions;

int query_model_versions(Meta *m, const QueryModelVersions *q, Rows *out, Err *err);

#endif

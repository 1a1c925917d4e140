/* filter_fields.h -- the fields by which runs, artifacts and versions of models are found, as
 * people write them:
 *
 *     status                     of the thing itself (FilterSubject.columns)
 *     params.NAME, params.NAME.KEY
 *     metric.NAME                the last value that a step of the run logged
 *     metric.STEP.NAME           that of one step; of a map, its last item's
 *
 * A name that is not of letters, digits, _ and - is put in quotes: metric."train.v2"."val/loss".
 * lua/query/fields.lua has them from here. */
#ifndef FILTER_FIELDS_H
#define FILTER_FIELDS_H

#include "meta/query_filter.h"

/* Names that runs have, for messages. */
typedef struct FilterKnown {
    const char *const *params, *const *metrics;
    size_t n_params, n_metrics;
} FilterKnown;

/* Appends the names of a field as it is written (Slice, into the text): 1, 0 where it is not
 * written so, ERR_NOMEM. */
int filter_fields_split(Slice text, Buf *names);
/* The field of n names: 1 with its name in *name (of subject or a word of ours) and the first of
 * its path in *first, the others being behind it; 0 where there is none.  A field of the thing
 * itself has no path. */
int filter_fields_read(const FilterSubject *subject, const Slice *names, size_t n, Slice *name,
                       size_t *first);
/* Appends what to say after a text that is no field: the parameter or metric of that name, or a
 * field that is near.  known may be NULL. */
int filter_fields_hint(const FilterSubject *subject, Slice text, const FilterKnown *known,
                       Buf *out);
/* The time of a text: 2026-11-01, 2026-11-01 10:30[:00] (or with a T), in local time, or an age:
 * 90m, 12h, 2d, 3w.  1 with seconds since 1970, 0 for another text. */
int filter_fields_time(Slice text, double *out);

#endif

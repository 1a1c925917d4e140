/* run_record.h -- a run with its steps as the metadata have them, completed and in the order in
 * which people see them, for run_json.c.
 *
 *     run_record_read(&record, run, meta, err) ... run_record_release(&record)
 *
 * What depended on data is in run.expansion (lua/record/dynamic_steps.lua): a map is followed by
 * its items, a `when` has the output of the branch that was taken.  A run that is running, or
 * whose process died, has its own step runs; the other steps of its wiring wait or never began.
 * What its live log says of them is for the program alone. */
#ifndef LIBRARY_RUN_RECORD_H
#define LIBRARY_RUN_RECORD_H

#include "format/json_tree.h"
#include "library/query.h"

typedef enum RunStepKind { RUN_STEP, RUN_MAP, RUN_WHEN } RunStepKind;

typedef struct RunStep {
    char *id;                           /* "fit", "MAP[1]" */
    char *step;                         /* name of the step, or NULL */
    char *of;                           /* of an item: its map */
    int64_t position, row;              /* row of the step run; 0: none */
    int32_t code;                       /* of the trace; -1 without one */
    RunStepKind kind;
    size_t n_items;                     /* of a map: they follow it */
    const char *stands_for, *output;    /* of a `when`, in the expansion; or NULL */
    const char *reason;                 /* other than its step run's, or NULL */
    const char *status;                 /* other than its step run's, or NULL */
    double seconds;                     /* of a map: of its items */
    Rows run, inputs, outputs;          /* query_step_run, query_edges; rows.n 0 without a row */
} RunStep;

typedef struct RunRecord {
    rille_run *run;
    Meta *meta;
    Rows row;                           /* query_run_row */
    JsonTree expansion, extra, naming, git;     /* of it; without nodes where there is none */
    RunStep *steps;
    size_t n;
} RunRecord;

/* Release it, also after a failure. */
int run_record_read(RunRecord *r, rille_run *run, Meta *meta, Err *err);
void run_record_release(RunRecord *r);
/* A text of the run's row. */
Slice run_record_text(const RunRecord *r, const char *column);
/* "completed", "cached", ... */
Slice run_step_status(const RunStep *s);
int run_step_is_cached(const RunStep *s);

#endif

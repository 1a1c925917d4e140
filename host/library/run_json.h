/* run_json.h -- the parts of a run's JSON: run_json.c the run, step_json.c a step,
 * output_json.c an output.  Fields are in the order of their names, as the program writes them. */
#ifndef LIBRARY_RUN_JSON_H
#define LIBRARY_RUN_JSON_H

#include "format/json_object.h"
#include "library/run_record.h"

int run_json_step(const RunRecord *r, const RunStep *s, Buf *out, Err *err);
/* Appends the output at i of the step; notes: what the step said of its outputs. */
int run_json_output(const RunRecord *r, const RunStep *s, size_t i, const JsonTree *notes,
                    Buf *out, Err *err);
/* Appends the pin, module.step@commit, or nothing where the step has none. */
int run_json_pin(const RunRecord *r, const RunStep *s, Buf *out, Err *err);

#endif

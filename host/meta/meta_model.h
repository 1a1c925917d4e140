/* meta_model.h -- models: what a run leaves in them when it ends, and what users change.
 *
 *     model -- model_version -- model_link (artifacts), model_metric, model_run
 *                          \--- stage_move: none -> staging -> production -> archived ...
 *
 * Requests and answers are JSON objects; the fields stand above each function.
 * Invariants
 *   1. A stage but archived has one holder in a model: an index of the schema refuses a
 *      second one, and a move archives the holder in its own transaction.
 *   2. A run makes at most one version of a model, in the transaction that ends the run.
 *   3. The number of a deleted version is not given again. */
#ifndef META_MODEL_H
#define META_MODEL_H

#include "meta/meta.h"

/* Within the transaction that ends the run, once its outputs have names.
 *     { complete: its steps have all results, who, reads: [[version, asked]...],
 *       models: [{ model, version: row | null for a new one, name, asked, fields: {description,
 *         license, audience, use_cases, ethics}, tags: [...], metadata: {...},
 *         steps: [[step_run, node]...],
 *         links: [[step_run, output, name, kind, overwrite, position]...],
 *         taken: [[artifact, name, kind, overwrite]...],
 *         promote: [{ stage, metric, step, better, reason }...] }...] }
 * Appends a JSON list, for each model { model, role: "made"|"shared"|"used", incomplete: 1
 * where the run is not, so that nothing is linked,
 * promoted: [a MOVED ...], is: { row, number, name, unnamed: the name that another run
 * gave to its version meanwhile, stage, links: how many } }; of a version that was deleted
 * meanwhile { model, gone: 1 }; of a new one in a run that is not complete { model }. */
int meta_model_finish(Meta *m, int64_t run, Slice request, Buf *told, Err *err);

/* { version, stage: null for none, who, reason, force: archives the holder,
 *   holder: the move happens only while that version has the stage; 0: no version,
 *   metric, step, better: "higher"|"lower", back } -> MOVED:
 * { outcome: "promoted"|"already"|"held"|"kept"|"changed"|"gone", stage, previous, displaced:
 *   number, reason } */
int meta_model_move(Meta *m, Slice request, Buf *told, Err *err);

/* { version, artifact, name, kind, overwrite } -> { number, outcome: "linked"|"already"|"gone" } */
int meta_model_link(Meta *m, Slice request, Buf *told, Err *err);

/* { version, metadata: merged into what it has } -> { outcome: "noted"|"gone" } */
int meta_model_note(Meta *m, Slice request, Buf *told, Err *err);

/* { model, version: null for the model with all versions, force, who }
 *   -> { outcome: "deleted"|"refused"|"gone", versions: how many,
 *        stages: [[number, stage]...], runs: [[number, name of a run, role]...], at most 20,
 *        uses: how many } */
int meta_model_delete(Meta *m, Slice request, Buf *told, Err *err);

#endif

/* artifact.h -- runs, artifacts and versions of models as the library gives them out. */
#ifndef LIBRARY_ARTIFACT_H
#define LIBRARY_ARTIFACT_H

#include "base/hash.h"
#include "library/engine.h"
#include "library/values.h"

struct Artifact;                        /* meta/artifact.h */

struct rille_artifact {
    rille_engine *e;            /* referenced */
    int references;
    unsigned char digest[HASH_SIZE];
    char hex[2 * HASH_SIZE + 1];
    char *type, *materializer;
    int64_t version;            /* of its format */
    uint64_t size;
    char *name;                 /* under which it was found, or NULL */
    int64_t number;             /* its version of that name, or 0 */
    rille_values *value;        /* made by rille_artifact_value, or NULL */
    char *json;                 /* made by rille_artifact_json, or NULL */
    struct ArtifactMember *members;     /* of which something was given out, or NULL */
    size_t n_members;
};

struct rille_run {
    rille_engine *e;            /* referenced */
    int64_t row;                /* in the database; 0: planned only */
    char *id, *name, *status;
    char *json;                 /* made by rille_run_json, or the plan */
    rille_values *outputs;      /* made by rille_run_outputs: all VALUE_STORED */
};

/* Referenced once more, released by rille_artifact_free. */
rille_artifact *artifact_share(rille_artifact *a);

/* The engine's own database and objects, opened at the first use (query_store.c): *meta and
 * *objects are the engine's.  The engine is busy. */
int query_store(rille_engine *e, struct Meta **meta, struct Store **objects);
/* A new run, artifact from the row that a query gave; NULL with the engine's error set. */
rille_run *query_new_run(rille_engine *e, int64_t row, const char *id, const char *name,
                         const char *status);
rille_artifact *query_new_artifact(rille_engine *e, const unsigned char *digest);
/* The same of what a query gave of it already. */
rille_artifact *artifact_new(rille_engine *e, const struct Artifact *row);
/* Names the outputs of a recorded run in v, as VALUE_STORED: "STEP.OUTPUT" (and "STEP"). */
int query_run_outputs(rille_run *r, rille_values *v);

#endif

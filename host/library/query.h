/* query.h -- what the files of the library's queries share: runs, artifacts and versions of
 * models in the database, found without Lua (query.c lists, query_find.c finds one, model.c;
 * query_call.c is what all do). */
#ifndef LIBRARY_QUERY_H
#define LIBRARY_QUERY_H

#include "library/artifact.h"
#include "meta/filter_text.h"
#include "meta/query.h"
#include "meta/query_named.h"

struct rille_model {
    rille_engine *e;                    /* referenced */
    int64_t row, number;
    char *name;                         /* of the model */
    char *json;                         /* made by rille_model_json, or NULL */
};

/* Acquires the engine and opens its store; engine_release follows unless it fails. */
int query_begin(rille_engine *e, Meta **meta);
/* Ends it: reports err where rc says so, releases the engine, gives the code. */
int query_end(rille_engine *e, int rc, const Err *err);

/* Of a row of query_runs or query_run, of query_artifacts or query_artifact, of
 * query_model_versions; NULL with the engine's error set. */
rille_run *query_run_of(rille_engine *e, const Rows *rows, size_t i);
rille_artifact *query_artifact_of(rille_engine *e, const Rows *rows, size_t i);
rille_model *query_model_of(rille_engine *e, const Rows *rows, size_t i);

/* Reads the filter for a listing: RILLE_EINVAL with the caret in the engine's message.  Release
 * it always. */
int query_read_filter(rille_engine *e, Meta *m, const FilterSubject *subject, const char *text,
                      FilterText *out);

/* A copy of a text; NULL for none, and when memory runs out. */
char *query_copy(Slice s);

/* The first column of rows as texts that end with 0; release it always. */
typedef struct QueryNames {
    const char **list;
    size_t n;
    char *bytes;
} QueryNames;

int query_names_init(QueryNames *names, const Rows *rows, Err *err);
void query_names_release(QueryNames *names);

/* ---- "did you mean" (query_hint.c) ---- */

/* Append what to say after a name that there is not; nothing where no name is near. */
int query_hint_run(Meta *m, const char *name, Buf *out, Err *err);
int query_hint_pipeline(Meta *m, const char *name, Buf *out, Err *err);
int query_hint_artifact(Meta *m, const char *name, Buf *out, Err *err);
int query_hint_model(Meta *m, const char *name, Buf *out, Err *err);
/* The names of artifacts PIPELINE::STEP::OUTPUT that have the part, as one column. */
int query_names_with(Meta *m, const char *part, Rows *out, Err *err);

#endif

/* stored_value.h -- what the files that load artifacts into values share (stored_value.c has the
 * types, stored_frame.c frames). */
#ifndef LIBRARY_STORED_VALUE_H
#define LIBRARY_STORED_VALUE_H

#include "format/json_tree.h"
#include "library/stored_artifact.h"
#include "library/values.h"

typedef struct StoredLoad {
    rille_engine *e;
    StoredArtifact artifact;
    Value *value;                       /* stays as it is on a failure */
    Err *err;
} StoredLoad;

/* ERR_CORRUPT: "artifact 0123456789ab: MEMBER: WHAT; rerun its step". */
int stored_damaged(const StoredLoad *l, const char *member, const char *what);
/* The bytes of a member; *blob is the caller's (packed_bytes_free). */
int stored_read(const StoredLoad *l, const char *member, Slice *out, Blob **blob);
/* A JSON text, which is damage of the artifact where it is wrong.  Release the tree always. */
int stored_parse(const StoredLoad *l, const char *member, Slice text, JsonTree *tree);
/* Over the file of the store where it has a raw one; else a copy of its bytes. */
int stored_array(const StoredLoad *l, const char *member, Array **out);
int stored_frame(const StoredLoad *l);

#endif

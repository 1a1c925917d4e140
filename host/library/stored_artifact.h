/* stored_artifact.h -- an artifact's row and members, copied out of the database, for the parts
 * of the library that read artifacts.
 *
 *     stored_artifact_read(e, digest, &a, err) ... stored_artifact_release(&a)
 *
 * Members whose names begin with "staged/" are files that a step put beside its value: they
 * stand last.  The engine is busy during the calls; bytes outlive them. */
#ifndef LIBRARY_STORED_ARTIFACT_H
#define LIBRARY_STORED_ARTIFACT_H

#include "library/engine.h"
#include "meta/artifact.h"
#include "store/store.h"

#define STORED_STAGED "staged/"

typedef struct StoredArtifact {
    Artifact row;                       /* its texts and digest are in kept */
    Buf kept;
    Buf members;                        /* Member */
    char short_name[32];                /* "artifact 0123456789ab", for messages */
} StoredArtifact;

/* ERR_NOTFOUND, ERR_CORRUPT.  Release it, also after a failure. */
int stored_artifact_read(rille_engine *e, const unsigned char *digest, StoredArtifact *out,
                         Err *err);
void stored_artifact_release(StoredArtifact *a);
size_t stored_artifact_count(const StoredArtifact *a);
const Member *stored_artifact_at(const StoredArtifact *a, size_t i);
/* How many of them make the value. */
size_t stored_artifact_value_count(const StoredArtifact *a);
/* NULL where there is none of that name. */
const Member *stored_artifact_member(const StoredArtifact *a, const char *name);
/* The bytes of a member, verified.  *blob has them and is the caller's (packed_bytes_free);
 * NULL for inline ones, which are a's. */
int stored_artifact_bytes(rille_engine *e, const Member *m, Slice *out, Blob **blob, Err *err);

#endif

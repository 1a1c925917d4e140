/* artifact.h -- rows of artifacts: a list of members, small ones inline.
 *
 *     members   n, then n times: length and bytes of the name, digest (32),
 *               size, 1 when inline; numbers are varints
 *     inline    the bytes of the inline members, end to end, in order
 * Invariants
 *   1. digest is unique: equal content is one row, whichever step made it.
 *   2. A row that does not match its sum is damaged: readers get ERR_CORRUPT, and
 *      the next artifact_put of that content replaces it.  The same goes for a row
 *      whose members do not give its digest, which is recomputed when they are read.
 *   3. Members that were read have names that are relative paths without "." and
 *      "..", each once, and sizes that add up.
 * Nothing here looks into objects; their digests are the store's names. */
#ifndef ARTIFACT_H
#define ARTIFACT_H

#include "base/buf.h"
#include "base/err.h"
#include "meta/db.h"

typedef struct Member {
    Slice name;
    const unsigned char *digest;
    int64_t size;
    int is_inline;
    Slice bytes;                /* when is_inline */
} Member;

typedef struct Artifact {
    int64_t id;
    const unsigned char *digest;
    Slice type, materializer;
    int64_t version, size;      /* of the format; plain bytes of all members */
    int64_t objects;            /* members that are not inline */
    Slice members, inlined;     /* packed */
    Slice metadata, preview;
    DbStmt *st;                 /* of artifact_find, holds what is borrowed */
} Artifact;

/* Packs the members into the two buffers (emptied first) and sets members,
 * inlined, objects of *a, which then point into them. */
int artifact_pack(Artifact *a, const Member *members, size_t n, Buf *packed,
                  Buf *bytes, Err *err);
/* Appends Members to *out that point into *a; ERR_CORRUPT where they are not those
 * of its digest, or their names lead elsewhere. */
int artifact_unpack(const Artifact *a, Buf *out, Err *err);
/* 1 and the only member, when that is inline; 0 where it is not; or an error.
 * members: room for it. */
int artifact_single(const Artifact *a, Buf *members, Member *out, Err *err);
/* An insert of one row, or of several, that leaves out what is there. */
#define ARTIFACT_INSERT                                                                   \
    "insert or fail into artifact(id, digest, type, materializer, version, size, objects, sum," \
    " members, inline, metadata, preview) values "
#define ARTIFACT_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define ARTIFACT_OTHERWISE " on conflict(digest) do nothing"
enum { ARTIFACT_VALUES = 12 };

/* The values of its row, with its id, borrowed from it. */
void artifact_values(const Artifact *a, DbValue *v);
/* Finds the row of this content, or inserts it, or heals it; within a write
 * transaction.  Sets id and objects. */
int artifact_put(Db *db, Artifact *a, Err *err);
/* 1 and *out, 0, or an error.  What *out points to is borrowed until
 * artifact_release, which must follow: until then the reader pins the WAL. */
int artifact_find(Db *db, const unsigned char *digest, Artifact *out, Err *err);
void artifact_release(Artifact *a);
/* Walks all: start, then next (1, 0, or an error; ERR_CORRUPT leaves the walk
 * usable and *out's id set). */
int artifact_walk(Db *db, DbStmt **st, Err *err);
int artifact_next(Db *db, DbStmt *st, Artifact *out, Err *err);

#endif

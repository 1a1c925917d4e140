/* fsck.h -- checks of the whole metadata, and the objects that it refers to. */
#ifndef FSCK_H
#define FSCK_H

#include "base/digest_map.h"
#include "meta/meta.h"
#include "meta/rows.h"

/* Appends rows of (kind, message): references to rows that are gone, artifacts, records and
 * traces that are damaged, step runs at wrong positions, tags and metrics of runs that are not
 * what they are derived from. */
int fsck_check(Meta *m, Rows *out, Err *err);
/* The pages of meta.db whose bytes changed since they were written; rows as above. */
int fsck_check_pages(Meta *m, Rows *out, Err *err);
/* Puts every object that an artifact has, with its size as a; fails when one artifact
 * cannot be read. */
int fsck_objects(Meta *m, DigestMap *out, Err *err);

#endif

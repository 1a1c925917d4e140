/* store.h -- immutable objects named by their content, one file each.
 *
 *     DIR/objects/ab/cdef...        the bytes as they are
 *     DIR/objects/ab/cdef....lz4    or one LZ4 frame of them
 *     DIR/tmp/put-0123456789abcdef  being written; locked (flock) by its writer
 * abcdef... are the 64 hex digits of the SHA-256 of the plain bytes, so
 * `sha256sum` and `lz4 -dc FILE | sha256sum` print an object's name.
 *
 * An object's life:
 *     begin -> tmp file -> (finish) its name -> (store_sync) durable
 *                       \-> dropped, on abort or the first error
 * Invariants
 *   1. A file gets a name under objects/ only by a rename (or link) of a complete
 *      temporary one; the file behind a name never changes (mode 0444).
 *   2. A name that exists is trusted by a put only when this process, or the
 *      memo, has seen that very file (StoreSig) hash right; otherwise it is
 *      hashed, and replaced when it is damaged.
 *   3. Nothing is durable before store_sync returned OK.  When it fails, the
 *      objects that it should have made durable are dropped, not synced again: a
 *      kernel forgets a failed write once it has reported it.
 *   4. Bytes reach a caller only after they hashed to their name, in this
 *      process or (mapped ones) in another that the caller trusts (store_trust).
 *
 * Names and forms: bytes are stored as a frame when they are 512 or more and
 * the first 256 KiB shrink below 7/8; never with STORE_RAW, which is for what
 * will be mapped.  An object may be there in both forms for a while.
 * Sizes are in bytes and always those of the plain content, given by the
 * caller's own records: a frame is unpacked to that size and no further.
 *
 * One Store per thread; any number of processes share a folder without locks.
 * After a fork the child has nothing pending; what was pending stays the
 * parent's to sync.
 * Errors: ERR_NOTFOUND, ERR_CORRUPT (object_file.h) and ERR_IO; a damaged object is
 * for the caller the same as a missing one. */
#ifndef STORE_H
#define STORE_H

#include "store/object_file.h"

enum { STORE_RAW = 1 };                 /* flags of a put */
enum { STORE_MAP_MIN = 64 * 1024 };     /* raw objects from here on are mapped */

typedef struct Store Store;
typedef struct StoreWriter StoreWriter;
typedef struct StoreWalk StoreWalk;
typedef struct Blob Blob;

/* Remembers across processes which files were seen to hash right.  lookup
 * returns 1 when it holds this digest with this sig.  remember is called only for
 * files that are on disk already. */
typedef struct StoreMemo {
    void *user;
    int (*lookup)(void *user, const unsigned char *digest, const StoreSig *sig);
    void (*remember)(void *user, const unsigned char *digest, const StoreSig *sig);
} StoreMemo;

typedef struct StoreEntry {
    unsigned char digest[HASH_SIZE];
    uint64_t stored;                    /* size of the file */
    int form;                           /* FORM_RAW or FORM_LZ4 */
} StoreEntry;

/* dir need not exist: the first put makes it.  Close with store_close, which
 * accepts NULL and does not sync; writers that are still open then fail. */
int store_open(Store **out, const char *dir, Err *err);
void store_close(Store *s);
void store_set_memo(Store *s, const StoreMemo *memo);   /* copied; NULL: none */
void store_set_ops(Store *s, const StoreOps *ops);      /* for tests; borrowed */

int store_put(Store *s, const void *p, size_t n, unsigned char digest[HASH_SIZE],
              Err *err);
int store_put_raw(Store *s, const void *p, size_t n, unsigned char digest[HASH_SIZE],
                  Err *err);
/* The content of a plain file. */
int store_put_file(Store *s, const char *path, int flags,
                   unsigned char digest[HASH_SIZE], uint64_t *size, Err *err);

/* A writer is released by _finish, also when that fails, or by _abort, which
 * accepts NULL.  After a failed _write the temporary file is gone already. */
int store_begin(Store *s, int flags, StoreWriter **out, Err *err);
int store_write(StoreWriter *w, const void *p, size_t n, Err *err);
int store_finish(StoreWriter *w, unsigned char digest[HASH_SIZE], uint64_t *size,
                 Err *err);
void store_abort(StoreWriter *w);

/* Another process (a worker) put this object: the next sync covers it, and its raw file
 * counts as seen. */
int store_note(Store *s, const unsigned char *digest, Err *err);
/* Makes everything put or noted since the last sync durable, names included. */
int store_sync(Store *s, Err *err);
/* How many objects wait for it; *bytes (may be NULL) on disk. */
size_t store_pending(const Store *s, uint64_t *bytes);

/* 1 when a file of a fitting size is there; its bytes are not looked at. */
int store_has(Store *s, const unsigned char *digest, uint64_t size);
/* 1 when it is there and good: it is hashed, unless this process or the memo knows the
 * file in this state. */
int store_intact(Store *s, const unsigned char *digest, uint64_t size);
/* The bytes, verified; mapped read-only when raw and STORE_MAP_MIN or more. */
int store_get(Store *s, const unsigned char *digest, uint64_t size, Blob **out,
              Err *err);
const void *packed_bytes_data(const Blob *b);   /* never NULL; until packed_bytes_free */
size_t packed_bytes_size(const Blob *b);
int packed_bytes_mapped(const Blob *b);
void packed_bytes_free(Blob *b);                /* accepts NULL */
/* The raw file, verified once, for mapping; "" when only a frame is there. */
int store_map_path(Store *s, const unsigned char *digest, uint64_t size,
                   char out[PATH_MAX], Err *err);
/* 1 and the path when a raw file is there, unverified; else 0. */
int store_raw_path(Store *s, const unsigned char *digest, char out[PATH_MAX]);
/* Writes the plain bytes to a new file, complete or not at all; not synced: a working
 * copy that its process removes.  mode as for open(2). */
int store_copy_out(Store *s, const unsigned char *digest, uint64_t size,
                   const char *path, int mode, Err *err);

/* The signature of a raw file that this process has verified: 1, or 0 when there is none.
 * Another process that gets it by store_trust need not hash that file again. */
int store_sig(const Store *s, const unsigned char *digest, StoreSig *out);
void store_trust(Store *s, const unsigned char *digest, const StoreSig *sig);

/* Reads every form of the object that is there, trusting nothing; size may be
 * STORE_ANY_SIZE. */
int store_verify(Store *s, const unsigned char *digest, uint64_t size, Err *err);
/* A cursor over all objects, folder by folder: _next is 1, 0 at the end, or an error. */
int store_walk_open(Store *s, StoreWalk **out, Err *err);
int store_walk_next(StoreWalk *k, StoreEntry *out, Err *err);
void store_walk_close(StoreWalk *k);    /* accepts NULL */
/* Removes temporary files that no live writer holds and that are older than so
 * many seconds (0 is safe); *count (may be NULL) of them. */
int store_clean_tmp(Store *s, double older_than, size_t *count, Err *err);

#endif

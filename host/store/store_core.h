/* store_core.h -- what the parts of the store share: store_folder.c, store.c (reading),
 * store_sync.c, store_write.c.  Nobody else includes it. */
#ifndef STORE_CORE_H
#define STORE_CORE_H

#include <sys/types.h>

#include "store/store.h"

/* What is known of a file: nothing; it hashed right; it hashed right and waits for the next
 * sync; it is on disk. */
enum { SEEN_NOT, SEEN_READ, SEEN_PUT, SEEN_DURABLE };

/* A file that was seen to be good.  The table is direct-mapped by the digest: a
 * lost entry costs one more hashing. */
typedef struct Seen {
    unsigned char digest[HASH_SIZE];
    StoreSig sig;
    unsigned char form, state;
} Seen;

enum { SEEN_SLOTS = 4096 };         /* a power of two, at most 2^16 */

/* An object that waits for store_sync. */
typedef struct Pending {
    unsigned char digest[HASH_SIZE];
    uint64_t ino, bytes;
    int fd;                         /* kept open since it was written, or -1 */
    unsigned char form;
    unsigned char fresh;            /* written by us or by a worker, not found */
    unsigned char drop_frame;       /* raw: the frame beside it goes once this is
                                     * durable */
} Pending;

struct Store {
    const StoreOps *ops;
    StoreMemo memo;
    char dir[STORE_FILE_DIR_MAX];   /* absolute, without a slash at its end */
    int refs;                       /* the owner's and one per writer */
    int closed;
    pid_t pid;                      /* the process that syncs the pending ones */
    int root;                       /* objects/, open since the first put, or -1 */
    size_t unsynced;                /* the folders from here, an offset into the
                                     * path of objects/, may not be on disk */
    unsigned char durable_folder[256];  /* objects/00 to ff: the folder is on disk */
    size_t n_open;                  /* pending with an fd */
    Seen *seen;                     /* SEEN_SLOTS of them, or NULL */
    Pending *pending;
    size_t n, cap;
};

/* Up to so many objects are synced one by one, independent of other programs.
 * For more of them one syncfs is cheaper (measured on ext4: 4 files in 0.4 ms instead of
 * 1.1, 256 in 5 instead of 67), though it also waits for whatever other programs
 * wrote to that file system, which for a few files could be most of the time. */
enum { STORE_FEW = 4 };

/* -- store.c -- */
/* What is known of the object, NULL when nothing is. */
Seen *store_seen(const Store *s, const unsigned char *digest);
/* Notes that the file with that sig is good, or better than before. */
void store_set_seen(Store *s, const StoreFile *f, const StoreSig *sig, int state);
void store_forget(Store *s, const unsigned char *digest);
/* Whether the bytes of the file are good, hashing it when that is not known. */
int store_check(Store *s, const StoreFile *f, Err *err);
StoreFile object_file_for(const Store *s, const unsigned char *digest, int form,
                         uint64_t size, char path[PATH_MAX]);
/* Gives back the owner's or a writer's share of the store. */
void store_unref(Store *s);

/* -- store_folder.c -- */
/* errno, for people; returns the code. */
int store_fail(const char *path, Err *err);
/* DIR/name */
void store_folder(const Store *s, const char *name, char out[PATH_MAX]);
/* Makes the folder and those above it; what is new is noted for the next sync. */
int store_make_folders(Store *s, const char *path, Err *err);
/* Before anything is written or synced: objects/ is there and open.  In a process that
 * was forked it forgets what waits for the parent's sync. */
int store_prepare(Store *s, Err *err);

/* -- store_sync.c -- */
/* Room for one more pending object, so that nothing fails once it has a name. */
int store_reserve(Store *s, Err *err);
/* Adds it, all else zero and fd -1; there must be room. */
Pending *store_pend(Store *s, const StoreFile *f);
/* The good file was there before: it is synced with the others if need be. */
int store_pend_existing(Store *s, const StoreFile *f, Err *err);

#endif

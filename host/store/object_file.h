/* object_file.h -- one file of the store: its path, and whether its bytes hash to its
 * name.  store.c decides what is read and trusted.
 *
 *     DIR/objects/ab/cdef...        the bytes as they are   (FORM_RAW)
 *     DIR/objects/ab/cdef....lz4    one LZ4 frame of them   (FORM_LZ4)
 *
 * Every call that reads or changes the disk goes through a StoreOps, so that a
 * test can make the n-th of them fail or fall short.
 * Errors: ERR_NOTFOUND when there is no such file; ERR_CORRUPT when it is not a
 * plain file, too short, too long, no good frame, unreadable at the device
 * (EIO), or hashes to another name; ERR_IO and ERR_NOMEM say nothing about the file. */
#ifndef OBJECT_FILE_H
#define OBJECT_FILE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/hash.h"

enum { FORM_RAW, FORM_LZ4, FORMS };

/* The longest DIR; what stands below it fits in the rest of PATH_MAX. */
enum { STORE_FILE_DIR_MAX = PATH_MAX - 128 };

#define STORE_ANY_SIZE UINT64_MAX           /* the size is not known */

/* As the calls of the same name in the system, errno included. */
typedef struct StoreOps {
    int (*open)(const char *path, int flags, mode_t mode);
    ssize_t (*read)(int fd, void *p, size_t n);
    ssize_t (*write)(int fd, const void *p, size_t n);
    int (*close)(int fd);
    int (*fdatasync)(int fd);
    int (*fsync)(int fd);                               /* of folders */
    int (*syncfs)(int fd);
    int (*mkdir)(const char *path, mode_t mode);
    int (*rename_new)(const char *from, const char *to);/* never replaces */
    int (*rename)(const char *from, const char *to);
    int (*link)(const char *from, const char *to);
    int (*unlink)(const char *path);
} StoreOps;

extern const StoreOps object_file_system;

/* The signature of a file's state: when it is unchanged, so is the content. */
typedef struct StoreSig {
    uint64_t ino, size;
    int64_t mtime_ns, ctime_ns;
} StoreSig;

/* A file to look at; everything is borrowed. */
typedef struct StoreFile {
    const StoreOps *ops;
    const char *path;
    const unsigned char *digest;
    int form;
    uint64_t size;              /* of the plain bytes, or STORE_ANY_SIZE */
} StoreFile;

void object_file_path(const char *dir, const unsigned char *digest, int form,
                     char out[PATH_MAX]);
StoreSig object_file_sig(const struct stat *st);
int object_file_same(const StoreSig *a, const StoreSig *b);
/* Whether a file of that form and st_size can hold that many plain bytes. */
int object_file_fits(int form, uint64_t stored, uint64_t size);

/* Opens it for reading and gives its signature.  The caller closes *fd. */
int object_file_open(const StoreFile *f, int *fd, StoreSig *sig, Err *err);
/* Reads the open file to its end and compares with its name.  The plain bytes
 * go to *to, which has room for f->size + 1 bytes, or nowhere when to is NULL. */
int object_file_read(const StoreFile *f, int fd, unsigned char *to, Err *err);
/* ERR_CORRUPT with a message that names the object, its file and what is wrong. */
int object_file_damaged(const StoreFile *f, const char *what, Err *err);

#endif

/* file_state.h -- what is at a path now: kind, signature, digest, or why it cannot be
 * read.
 *
 * A file's signature (size, inode, mtime, ctime) proves that it is a file with the
 * bytes and the rights that it had when it was hashed, unless it was so young then
 * that a later change could carry the same times: such a state is racy, as in git's
 * index.
 *
 * A folder's digest is over its entries, sorted by name: the name; f, d, s or l for
 * a file, a folder, something special or a link; of a link the path in it, the kind
 * of what it leads to in the end (- for nothing) and where that is, as seen from the
 * folder.  What the entries hold is not in it.  Where a link leads to changes without
 * a trace in the folder's signature: a folder with links is always racy.  No file has
 * the digest of a folder. */
#ifndef FILE_STATE_H
#define FILE_STATE_H

#include "base/err.h"
#include "observe/fact.h"

typedef struct FileState {
    int code;                   /* 0, or the errno; then nothing below is set */
    FactEntry entry;            /* SPECIAL: a device, pipe, socket, or in /proc */
    int racy;
    int torn;                   /* it changed while it was hashed */
    FactSig sig;
    unsigned mode;              /* of a file its executable bits, else 0 */
    unsigned char digest[HASH_SIZE];
} FileState;

/* All but the digest.  A missing file is a result (code), not an error; so is one
 * that may not be read (EACCES). */
void file_state_stat(const char *path, FileState *state);
/* All of it; the descriptor's own file, whatever its position, which stays.
 * 0, or an error when it cannot be read. */
int file_state_of_fd(int fd, FileState *state, Err *err);
/* The same after opening the path; that it cannot be opened is a result. */
int file_state_of_path(const char *path, FileState *state, Err *err);
/* All but the digest of an open descriptor. */
int file_state_stat_fd(int fd, FileState *state, Err *err);
/* Only digest and torn, for a state made by file_state_stat_fd. */
int file_state_digest(int fd, FileState *state, Err *err);
/* The target of the link at the path, as it is written, with a zero at its end; its
 * length, or -1 when there is no link. */
int file_state_link(const char *path, char *out, size_t size);
/* Whether the absolute path lies where reading is never repeatable: /dev (but
 * /dev/shm), /proc, /sys. */
int file_state_is_special(const char *path);

#endif

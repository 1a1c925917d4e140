/* probe.h -- what is at a path now: signature, digest, or why it cannot be read.
 *
 * A file's signature (size, inode, mtime, ctime) proves that its bytes are those
 * that were hashed, unless the file was so young then that a later change could
 * carry the same times: such a probe is racy, as in git's index.
 * A folder's digest is over its sorted names, without what they hold. */
#ifndef PROBE_H
#define PROBE_H

#include "err.h"
#include "fact.h"

typedef enum ProbeType { PROBE_FILE, PROBE_FOLDER, PROBE_SPECIAL } ProbeType;

typedef struct Probe {
    int code;                   /* 0, or the errno; then nothing below is set */
    ProbeType type;             /* SPECIAL: a device, pipe, socket, or in /proc */
    int racy;
    int torn;                   /* it changed while it was hashed */
    FactSig sig;
    unsigned char digest[HASH_SIZE];
} Probe;

/* All but the digest.  A missing file is a result (code), not an error. */
void probe_stat(const char *path, Probe *p);
/* All of it; the descriptor's own file, whatever its position, which stays.
 * 0, or an error when it cannot be read. */
int probe_fd(int fd, Probe *p, Err *err);
/* The same after opening the path; that it cannot be opened is a result. */
int probe_path(const char *path, Probe *p, Err *err);
/* All but the digest of an open descriptor. */
int probe_fd_stat(int fd, Probe *p, Err *err);
/* Only p->digest and p->torn, for a probe made by probe_fd_stat. */
int probe_fd_digest(int fd, Probe *p, Err *err);
/* Whether the absolute path lies where reading is never repeatable: /dev (but
 * /dev/shm), /proc, /sys. */
int probe_special(const char *path);

#endif

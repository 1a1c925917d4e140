/* sys.h -- the operating system: clock, randomness, files, locks.
 *
 * Each of them stands behind one function here, so that a test can replace it.
 * Paths are as the caller gives them; nothing here changes the working folder. */
#ifndef SYS_H
#define SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

double sys_now(void);                       /* seconds since 1970, UTC */
/* The name of the user, "uid 1000" where it has none. */
void sys_user(char *out, size_t size);
double sys_mono(void);                      /* seconds, never goes back */
int sys_random(void *p, size_t n, Err *err);

/* Writes all n bytes, over short writes and EINTR; name is for the message. */
int sys_write(int fd, const void *p, size_t n, const char *name, Err *err);
/* Opens a file for reading without waiting; returns the descriptor.  Only a regular file is
 * accepted (else ERR_INVAL); with SYS_STREAM also what a shell passes as a file, an
 * anonymous pipe or a device, whose reads may wait.  A named pipe is never accepted. */
enum { SYS_STREAM = 1 };
int sys_open_file(const char *path, int flags, Err *err);
/* The whole of a regular file, appended to *out. */
int sys_read_file(const char *path, Buf *out, Err *err);
/* The first bytes of a plain file, appended to *out; anything else is an error, at once. */
int sys_read_plain(const char *path, size_t most, Buf *out, Err *err);
/* The same of a file or a stream, at most so many bytes of it. */
int sys_read_stream(const char *path, size_t most, Buf *out, Err *err);
/* Complete or not at all: exclusive temporary in its folder, write, sync, rename,
 * sync of the folder.  For rille's own files; output_file.h for those of users. */
int sys_write_file(const char *path, const void *p, size_t n, Err *err);
/* Syncs the folder that holds path, which makes a rename in it last. */
int sys_sync_folder(const char *path, Err *err);
/* A new file in a folder that is the caller's alone: complete or not at all, but
 * not synced.  mode as for open(2). */
int sys_write_scratch(const char *path, const void *p, size_t n, int mode, Err *err);
/* Writes a file that only its owner may read, all or nothing; one that is there stays. */
int sys_write_private(const char *path, const void *p, size_t n, Err *err);
/* What a file of this mode is, for people: "a folder". */
const char *sys_kind(mode_t mode);
int sys_mkdirs(const char *path, Err *err);  /* with its parents; fine if there */
/* Opens the folder that holds the last name of path, which is relative to root: a path
 * with ".." or through a link is refused.  make: missing folders are made. */
int sys_beneath(const char *root, const char *path, int make, int *fd, Err *err);
/* Removes a file, or a folder with all in it, never following a link.  Fine if
 * it is not there. */
int sys_remove(const char *path, Err *err);
/* Takes the lock of an open file.  0, ERR_BUSY when another holds it and !wait,
 * or an error.  Goes when the descriptor (and its copies) is closed. */
int sys_lock(int fd, int wait, Err *err);
/* Gives the lock back and closes the file.  A process that another thread forked meanwhile has
 * a copy of the descriptor, which would keep the lock for as long as that process lives. */
void sys_unlock(int fd);
/* Opens a folder and takes its lock, as sys_lock does.  ERR_BUSY when it is held. */
int sys_lock_folder(const char *path, int *fd, Err *err);
/* Does a process hold it?  0 also where there is no such folder. */
int sys_is_folder_locked(const char *path);
/* The folder of the program or library that holds this code, without a slash at
 * its end; 0 or an error. */
int sys_home(char *out, size_t size, Err *err);

#endif

/* output_file.h -- a file at a path that a user names.
 *
 *     output_file_open -> sys_write to f.fd ... -> output_file_commit (or output_file_discard)
 *
 * A regular file is complete or not written at all: a temporary in its folder, renamed over
 * it; links are followed, and its permissions and owner stay.  A device, a named pipe and
 * what a link in /proc/self/fd leads to are written directly. */
#ifndef OUTPUT_FILE_H
#define OUTPUT_FILE_H

#include <limits.h>
#include <stddef.h>

#include "base/err.h"

typedef struct OutputFile {
    int fd;                     /* -1 when closed */
    char path[PATH_MAX];        /* as given, for messages */
    char target[PATH_MAX];      /* without links */
    char tmp[PATH_MAX];         /* empty: fd is what was at the path */
} OutputFile;

/* ERR_INVAL for a folder, a socket and a block device. */
int output_file_open(OutputFile *f, const char *path, Err *err);
int output_file_commit(OutputFile *f, Err *err);
void output_file_discard(OutputFile *f);        /* fine when closed already */
/* All of it with one call. */
int output_file_write(const char *path, const void *p, size_t n, Err *err);
/* The same for content that fill writes to the descriptor. */
int output_file_write_with(const char *path, int (*fill)(int fd, void *user, Err *err),
                           void *user, Err *err);

#endif

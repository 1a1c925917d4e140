/* shared_log.h -- a file of lines that several processes append to, of the user alone.
 *
 * Who writes holds the lock of the file (flock): lines are never mixed, and a line that a killed
 * process left without its end is ended first.  A file that grows past `most` bytes keeps the
 * newest half of its lines.  It stays the same file, so that no process appends to one that is
 * gone; the newest lines are written to its front before it is cut: a process that is killed
 * between the two leaves lines twice. */
#ifndef SHARED_LOG_H
#define SHARED_LOG_H

#include <stddef.h>

#include "base/err.h"

/* Appends the n bytes and "\n"; makes the file with mode 0600. */
int shared_log_append(const char *path, const void *p, size_t n, size_t most, Err *err);

#endif

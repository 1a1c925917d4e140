/* file_watch.h -- changes in folders (inotify): files that are written, made, removed or
 * renamed directly in them.  A folder in a folder is watched by itself.
 *
 *     file_watch_open -> file_watch_add ... -> file_watch_wait -> file_watch_next ... 0
 *
 * A folder has a number, the same when it is added twice, also by another path.  When
 * it is removed or moved, an event with `gone` is given and its number becomes invalid.
 * When the kernel drops events, one event with `lost` is given: anything may have changed.
 * A FileWatch is the caller's: file_watch_open, then file_watch_close. */
#ifndef FILE_WATCH_H
#define FILE_WATCH_H

#include <stddef.h>

#include "base/err.h"

enum { FILE_WATCH_BUFFER = 16384 };

typedef struct FileWatch {
    int fd;                     /* -1 when closed */
    size_t used, at;            /* of the buffer: what was read, what was given */
    _Alignas(16) char buffer[FILE_WATCH_BUFFER];
} FileWatch;

typedef struct FileWatchEvent {
    int folder;                 /* its number */
    int gone, lost;
    const char *name;           /* in the folder, until the next wait; NULL: itself */
} FileWatchEvent;

int file_watch_open(FileWatch *w, Err *err);
void file_watch_close(FileWatch *w);     /* fine when closed already */
/* ERR_NOTFOUND when there is no such folder. */
int file_watch_add(FileWatch *w, const char *path, int *folder, Err *err);
void file_watch_drop(FileWatch *w, int folder);      /* fine when it is gone */
/* Waits for events, at most timeout milliseconds (below 0: without limit).
 * 1: there are some; 0: the time is over or a signal came. */
int file_watch_wait(FileWatch *w, int timeout, Err *err);
/* The next event; 0 when there is none. */
int file_watch_next(FileWatch *w, FileWatchEvent *e);

#endif

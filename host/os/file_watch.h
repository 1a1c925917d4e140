/* file_watch.h -- folders under watch: what is written, made, removed or renamed in
 * them (inotify).  Not what is below: a folder in a folder is watched by itself.
 *
 *     file_watch_open -> file_watch_add ... -> file_watch_wait -> file_watch_next, until it says no
 *
 * A folder is known by a number, the same when it is added twice, also by another
 * path.  When it goes or is moved away, an event with `gone` says so, and its
 * number means nothing any more.  Events that the kernel could not keep are one
 * event with `lost`: anything may have happened.
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
/* Waits for events, at most timeout milliseconds (below 0: as long as it takes).
 * 1: there are some; 0: time is up or a signal came. */
int file_watch_wait(FileWatch *w, int timeout, Err *err);
/* The next of those waited for; 0 when there is none. */
int file_watch_next(FileWatch *w, FileWatchEvent *e);

#endif

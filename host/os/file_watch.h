/* file_watch.h -- folders under watch: what is written, made, removed or renamed in
 * them (inotify).  Not what is below: a folder in a folder is watched by itself.
 *
 *     watch_open -> watch_add ... -> watch_wait -> watch_next, until it says no
 *
 * A folder is known by a number, the same when it is added twice, also by another
 * path.  When it goes or is moved away, an event with `gone` says so, and its
 * number means nothing any more.  Events that the kernel could not keep are one
 * event with `lost`: anything may have happened.
 * A Watch is the caller's: watch_open, then watch_close. */
#ifndef FILE_WATCH_H
#define FILE_WATCH_H

#include <stddef.h>

#include "base/err.h"

enum { WATCH_BUFFER = 16384 };

typedef struct Watch {
    int fd;                     /* -1 when closed */
    size_t used, at;            /* of the buffer: what was read, what was given */
    _Alignas(16) char buffer[WATCH_BUFFER];
} Watch;

typedef struct WatchEvent {
    int folder;                 /* its number */
    int gone, lost;
    const char *name;           /* in the folder, until the next wait; NULL: itself */
} WatchEvent;

int watch_open(Watch *w, Err *err);
void watch_close(Watch *w);     /* fine when closed already */
/* ERR_NOTFOUND when there is no such folder. */
int watch_add(Watch *w, const char *path, int *folder, Err *err);
void watch_drop(Watch *w, int folder);      /* fine when it is gone */
/* Waits for events, at most timeout milliseconds (below 0: as long as it takes).
 * 1: there are some; 0: time is up or a signal came. */
int watch_wait(Watch *w, int timeout, Err *err);
/* The next of those waited for; 0 when there is none. */
int watch_next(Watch *w, WatchEvent *e);

#endif

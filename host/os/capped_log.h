/* capped_log.h -- the log of a step, of which the beginning and the end are kept.
 *
 *     head, LOGCUT_HEAD bytes | what is left out | tail, LOGCUT_TAIL bytes
 *
 * What a step prints has no limit, what is kept of it has: a log of more than both
 * loses its middle.  Its text then has a line in the middle's place that says how much
 * is missing.  The head ends and the tail begins with a whole line where one is near,
 * else with a whole character.
 *
 * Two logs are cut so: one in memory (LogCut), and a file that others append to,
 * whose middle is given back to the file system while it grows. */
#ifndef CAPPED_LOG_H
#define CAPPED_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    LOGCUT_HEAD = 512 * 1024, LOGCUT_TAIL = 512 * 1024,     /* multiples of pages */
    LOGCUT_MAX = LOGCUT_HEAD + LOGCUT_TAIL,
    LOGCUT_SLACK = 4 << 20      /* so much more than the tail may a file hold */
};

/* Where the text of a log of `size` bytes was cut; all 0 when it was not. */
typedef struct LogGap {
    uint64_t head;              /* bytes of the log before the gap, and of the text */
    uint64_t from;              /* the place in the log where its tail begins */
    uint64_t at;                /* and in the text */
} LogGap;

/* A log in memory. */
typedef struct LogCut {
    Buf head, tail;             /* the tail has up to twice its size */
    uint64_t size;              /* of all that was put */
} LogCut;

void logcut_init(LogCut *l);
void logcut_release(LogCut *l);         /* empty, and initialised again */
/* 0, or ERR_NOMEM. */
int logcut_put(LogCut *l, const void *p, size_t n);
/* Appends its text. */
int logcut_text(const LogCut *l, Buf *out);

/* Appends the text of a log of size bytes: n bytes of its head and m of its tail, which
 * follow each other or leave a gap.  gap may be NULL.  0, or ERR_NOMEM. */
int logcut_join(const void *head, size_t n, const void *tail, size_t m, uint64_t size, Buf *out,
                LogGap *gap);

/* How many of n bytes are left without a last character that has not come whole. */
size_t logcut_characters(const void *text, size_t n);

/* How many bytes stand before the first whole line, or the first whole character. */
size_t logcut_tail(const void *text, size_t n);

/* An unnamed file that only grows: gives back what is neither head nor tail, when that is more
 * than LOGCUT_SLACK.  Whoever writes to it or reads it may call this at any time; it
 * changes neither the file's size nor what its head and tail are. */
void logcut_trim(int fd);
/* Whether the file can be trimmed: not all file systems can do so. */
int logcut_can_trim(int fd);
/* The first place at or behind `from` that was not given back. */
uint64_t logcut_held(int fd, uint64_t from);
/* Appends what stands between two places, or nothing when some of it was given back. */
int logcut_part(int fd, uint64_t from, uint64_t to, Buf *out);
/* Appends the text of the whole file.  OK or an error; a file that is emptied meanwhile
 * gives what was read. */
int logcut_read(int fd, Buf *out, LogGap *gap);

#endif

/* capped_log.h -- the log of a step, of which the beginning and the end are kept.
 *
 *     head, CAPPED_LOG_HEAD bytes | what is left out | tail, CAPPED_LOG_TAIL bytes
 *
 * What a step prints has no limit, what is kept of it has: a log of more than both
 * loses its middle.  Its text then has a line in the middle's place that says how much
 * is missing.  The head ends and the tail begins with a whole line where one is near,
 * else with a whole character.
 *
 * Two logs are cut so: one in memory (CappedLog), and a file that others append to,
 * whose middle is given back to the file system while it grows. */
#ifndef CAPPED_LOG_H
#define CAPPED_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum {
    CAPPED_LOG_HEAD = 512 * 1024, CAPPED_LOG_TAIL = 512 * 1024,     /* multiples of pages */
    CAPPED_LOG_MAX = CAPPED_LOG_HEAD + CAPPED_LOG_TAIL,
    CAPPED_LOG_SLACK = 4 << 20      /* so much more than the tail may a file hold */
};

/* Where the text of a log of `size` bytes was cut; all 0 when it was not. */
typedef struct LogGap {
    uint64_t head;              /* bytes of the log before the gap, and of the text */
    uint64_t from;              /* the place in the log where its tail begins */
    uint64_t at;                /* and in the text */
} LogGap;

/* A log in memory. */
typedef struct CappedLog {
    Buf head, tail;             /* the tail has up to twice its size */
    uint64_t size;              /* of all that was put */
} CappedLog;

void capped_log_init(CappedLog *l);
void capped_log_release(CappedLog *l);         /* empty, and initialised again */
/* 0, or ERR_NOMEM. */
int capped_log_put(CappedLog *l, const void *p, size_t n);
/* Appends its text. */
int capped_log_text(const CappedLog *l, Buf *out);

/* Appends the text of a log of size bytes: n bytes of its head and m of its tail, which
 * follow each other or leave a gap.  gap may be NULL.  0, or ERR_NOMEM. */
int capped_log_join(const void *head, size_t n, const void *tail, size_t m, uint64_t size, Buf *out,
                LogGap *gap);

/* How many of n bytes are left without a last character that has not come whole. */
size_t capped_log_characters(const void *text, size_t n);

/* How many bytes stand before the first whole line, or the first whole character. */
size_t capped_log_tail(const void *text, size_t n);

/* An unnamed file that only grows: gives back what is neither head nor tail, when that is more
 * than CAPPED_LOG_SLACK.  Whoever writes to it or reads it may call this at any time; it
 * changes neither the file's size nor what its head and tail are. */
void capped_log_trim(int fd);
/* Whether the file can be trimmed: not all file systems can do so. */
int capped_log_can_trim(int fd);
/* The first place at or behind `from` that was not given back. */
uint64_t capped_log_held(int fd, uint64_t from);
/* Appends what stands between two places, or nothing when some of it was given back. */
int capped_log_part(int fd, uint64_t from, uint64_t to, Buf *out);
/* Appends the text of the whole file.  OK or an error; a file that is emptied meanwhile
 * gives what was read. */
int capped_log_read(int fd, Buf *out, LogGap *gap);

#endif

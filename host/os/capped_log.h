/* capped_log.h -- the log of a step, of which the beginning and the end are kept.
 *
 *     head, CAPPED_LOG_HEAD bytes | omitted middle | tail, CAPPED_LOG_TAIL bytes
 *
 * A step may print any amount; a log longer than head and tail loses its middle, and
 * its text has a line there that says how much is missing.  The head ends and the tail
 * begins at a line's end where one is near, else between two characters.
 *
 * There are two kinds: a log in memory (CappedLog), and a file that other processes append
 * to, whose middle is returned to the file system while it grows (fallocate). */
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

/* Where the omitted middle of a log was; all 0 when nothing was omitted. */
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

/* Of an unnamed file that only grows: frees the space of the middle when that is more than
 * CAPPED_LOG_SLACK.  Any process that writes or reads the file may call this at any time;
 * the file's size, its head and its tail stay as they are. */
void capped_log_trim(int fd);
/* Whether the file can be trimmed: not all file systems can do so. */
int capped_log_can_trim(int fd);
/* Appends the bytes between two positions, or nothing when some of them were freed. */
int capped_log_part(int fd, uint64_t from, uint64_t to, Buf *out);
/* Appends the text of the whole file.  OK or an error; a file that is emptied meanwhile
 * gives what was read. */
int capped_log_read(int fd, Buf *out, LogGap *gap);

#endif

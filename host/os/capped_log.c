/* capped_log.c -- see capped_log.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "os/capped_log.h"

enum { NEAR = 64 * 1024, TRIES = 8, MARK = 160 };

/* -- borders ------------------------------------------------------------------ */

static int
is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t
capped_log_characters(const void *text, size_t n)
{
    const unsigned char *p = text;
    size_t end = n;

    while (end > 0 && n - end < 3 && is_continuation(p[end - 1]))
        end--;
    if (end > 0 && p[end - 1] >= 0xc0) {
        size_t wants = p[end - 1] >= 0xf0 ? 4 : p[end - 1] >= 0xe0 ? 3 : 2;

        return n - end + 1 >= wants ? n : end - 1;
    }
    return n;
}

/* How many of the n bytes end with a whole line, or with a whole character. */
static size_t
end_of_head(const unsigned char *p, size_t n)
{
    size_t least = n > NEAR ? n - NEAR : 0;
    const unsigned char *line = n ? memrchr(p + least, '\n', n - least) : NULL;

    return line ? (size_t)(line - p) + 1 : capped_log_characters(p, n);
}

size_t
capped_log_tail(const void *text, size_t n)
{
    const unsigned char *p = text, *line = n ? memchr(p, '\n', n < NEAR ? n : NEAR) : NULL;
    size_t at = 0;

    if (line && (size_t)(line - p) + 1 < n)
        return (size_t)(line - p) + 1;
    while (at < n && at < 3 && is_continuation(p[at]))
        at++;
    return at;
}

/* A number with commas between its thousands. */
static const char *
with_commas(uint64_t v, char out[32])
{
    char plain[24];
    int n = snprintf(plain, sizeof plain, "%" PRIu64, v), k = 0;

    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = plain[i];
    }
    out[k] = '\0';
    return out;
}

int
capped_log_join(const void *head, size_t n, const void *tail, size_t m, uint64_t size, Buf *out,
                LogGap *gap)
{
    size_t before = out->len, skipped;
    char mark[MARK], number[32];

    if (gap)
        *gap = (LogGap){0};
    if (n + m >= size)
        return buf_put(out, head, n) || buf_put(out, tail, m) ? ERR_NOMEM : OK;
    n = end_of_head(head, n);
    skipped = capped_log_tail(tail, m);
    m -= skipped;
    snprintf(mark, sizeof mark,
             "%s[%s bytes of this log omitted; its first and last %d KiB are kept]\n",
             n && ((const char *)head)[n - 1] != '\n' ? "\n" : "",
             with_commas(size - n - m, number), CAPPED_LOG_HEAD / 1024);
    if (buf_put(out, head, n) || buf_puts(out, mark))
        return ERR_NOMEM;
    if (gap)
        *gap = (LogGap){n, size - m, out->len - before};
    return buf_put(out, (const char *)tail + skipped, m) ? ERR_NOMEM : OK;
}

/* -- in memory ---------------------------------------------------------------- */

void
capped_log_init(CappedLog *l)
{
    *l = (CappedLog){0};
}

void
capped_log_release(CappedLog *l)
{
    buf_release(&l->head);
    buf_release(&l->tail);
    l->size = 0;
}

int
capped_log_put(CappedLog *l, const void *p, size_t n)
{
    const char *from = p;
    size_t room = CAPPED_LOG_HEAD - l->head.len, part = n < room ? n : room;

    l->size += n;
    if (part && buf_put(&l->head, from, part))
        return ERR_NOMEM;
    from += part;
    n -= part;
    if (n > CAPPED_LOG_TAIL) {
        from += n - CAPPED_LOG_TAIL;
        n = CAPPED_LOG_TAIL;
    }
    if (l->tail.len + n > 2 * CAPPED_LOG_TAIL) {    /* rarely: the end moves to the front */
        memmove(l->tail.data, l->tail.data + l->tail.len - CAPPED_LOG_TAIL, CAPPED_LOG_TAIL);
        l->tail.len = CAPPED_LOG_TAIL;
    }
    return n && buf_put(&l->tail, from, n) ? ERR_NOMEM : OK;
}

int
capped_log_text(const CappedLog *l, Buf *out)
{
    size_t m = l->tail.len < CAPPED_LOG_TAIL ? l->tail.len : CAPPED_LOG_TAIL;

    return capped_log_join(l->head.data, l->head.len, m ? l->tail.data + l->tail.len - m : NULL, m,
                           l->size, out, NULL);
}

/* -- in a file ---------------------------------------------------------------- */

static uint64_t
size_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) || st.st_size < 0 ? 0 : (uint64_t)st.st_size;
}

static int
free_space(int fd, uint64_t from, uint64_t to)
{
    return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
                     (off_t)(to - from));
}

int
capped_log_can_trim(int fd)
{
    return free_space(fd, 0, CAPPED_LOG_HEAD) == 0;
}

/* The first position at or after `from` whose space was not freed. */
static uint64_t
first_held(int fd, uint64_t from)
{
    off_t at;

    if (from < CAPPED_LOG_HEAD)
        return from;
    at = lseek(fd, CAPPED_LOG_HEAD, SEEK_DATA);     /* the file offset is not used: writes append */
    return at >= 0 && (uint64_t)at > from ? (uint64_t)at : from;
}

void
capped_log_trim(int fd)
{
    uint64_t size, held, end;
    struct stat st;

    if (fstat(fd, &st) || st.st_nlink || st.st_size < CAPPED_LOG_MAX + CAPPED_LOG_SLACK)
        return;
    size = (uint64_t)st.st_size;
    held = first_held(fd, CAPPED_LOG_HEAD);
    end = (size - CAPPED_LOG_TAIL) / CAPPED_LOG_HEAD * CAPPED_LOG_HEAD;     /* whole pages */
    if (end > held && end - held >= CAPPED_LOG_SLACK / 2 && free_space(fd, held, end))
        return;                 /* it then holds more than it should: harmless */
}

static int
read_at(int fd, uint64_t from, size_t n, Buf *out)
{
    size_t got = 0;

    if (buf_reserve(out, n))
        return ERR_NOMEM;
    while (got < n) {
        ssize_t r = pread(fd, out->data + out->len, n - got, (off_t)(from + got));

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            break;              /* it was emptied meanwhile */
        got += (size_t)r;
        out->len += (size_t)r;
    }
    return OK;
}

int
capped_log_part(int fd, uint64_t from, uint64_t to, Buf *out)
{
    size_t before = out->len;

    if (to > from && read_at(fd, from, (size_t)(to - from), out))
        return ERR_NOMEM;
    if (first_held(fd, from) != from)
        out->len = before;
    return OK;
}

int
capped_log_read(int fd, Buf *out, LogGap *gap)
{
    uint64_t size = 0, from;
    Buf head, tail;
    int rc = OK;

    buf_init(&head);
    buf_init(&tail);
    /* once more when the space of the tail was freed while it was read */
    for (int i = 0; rc == OK && i < TRIES; i++) {
        size = size_of(fd);
        from = size > CAPPED_LOG_MAX ? size - CAPPED_LOG_TAIL : size;
        head.len = tail.len = 0;
        rc = read_at(fd, 0, size > CAPPED_LOG_MAX ? CAPPED_LOG_HEAD : (size_t)size, &head);
        if (rc == OK)
            rc = read_at(fd, from, (size_t)(size - from), &tail);
        if (first_held(fd, from) == from)
            break;
    }
    if (rc == OK)
        rc = capped_log_join(head.data, head.len, tail.data, tail.len, size, out, gap);
    buf_release(&head);
    buf_release(&tail);
    return rc;
}

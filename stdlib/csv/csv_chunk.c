/* csv_chunk.c -- see csv_chunk.h
 *
 * The buffer is the header, then the records not given out yet.  The end of a
 * record is the end of its line, unless there is a quote in the line: then its
 * fields are gone through. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv/csv_chunk.h"
#include "csv/csv_file_kind.h"
#include "csv/csv_lex.h"
#include "os/sys.h"

enum { AHEAD = 1 << 20 };

struct CsvChunks {
    CsvSource source;
    int fd, ended, given;
    Buf text;
    size_t head, end;           /* length of the header; end of the piece given out */
    char covered;               /* the byte at the end, where a 0 is now */
    size_t lines;               /* behind the header and before the piece */
};

static int
fail(const CsvChunks *c, Err *err)
{
    return err_set(err, ERR_IO, "%s: %s", c->source.name, err_reason(errno));
}

/* Reads some more; room for a 0 behind it is kept. */
static int
read_more(CsvChunks *c, Err *err)
{
    /* twice as much each time, or a long record would be gone through for ever */
    size_t want = c->text.len > AHEAD ? c->text.len : AHEAD;
    ssize_t got;

    if (buf_reserve(&c->text, want + 1))
        return err_nomem(err);
    do
        got = read(c->fd, c->text.data + c->text.len, want);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return fail(c, err);
    c->text.len += (size_t)got;
    c->text.data[c->text.len] = 0;
    c->ended = got == 0;
    return OK;
}

static CsvLex
lexer(const CsvChunks *c)
{
    const char *text = (const char *)c->text.data;

    return (CsvLex){.start = text, .end = text + c->text.len, .name = c->source.name,
                    .separator = c->source.separator};
}

/* Where the record at offset ends, its line end included; 0 when that is not in
 * the buffer. */
static size_t
record_end(const CsvChunks *c, size_t at)
{
    CsvLex lex = lexer(c);
    const char *p = lex.start + at, *line = memchr(p, '\n', c->text.len - at);
    const char *stop = line ? line : lex.end;
    CsvSlice s;

    if (!memchr(p, '"', (size_t)(stop - p)))
        return line ? (size_t)(line + 1 - lex.start) : 0;
    do
        p = csv_lex_field(&lex, p, &s);
    while (p && p < lex.end && *p == lex.separator && p++);
    if (!p || p >= lex.end || (*p == '\r' && p + 1 == lex.end))
        return 0;
    return (size_t)(csv_lex_skip_line_end(&lex, p) - lex.start);
}

/* The end of the record at offset, reading on as needed; the end of the file when
 * nothing ends it there, for the parser to judge. */
static int
find_end(CsvChunks *c, size_t at, size_t *end, Err *err)
{
    int rc;

    while ((*end = record_end(c, at)) == 0) {
        if (c->ended) {
            *end = c->text.len;
            return OK;
        }
        if (c->text.len - at > CSV_CHUNK_RECORD_MAX)
            return err_set(err, ERR_SYNTAX, "%s:%zu: a record is longer than %d MiB; a "
                           "quote may be missing", c->source.name,
                           c->lines + 1 + (c->head > 0), CSV_CHUNK_RECORD_MAX >> 20);
        if ((rc = read_more(c, err)))
            return rc;
    }
    return OK;
}

static int
is_empty_line(const CsvChunks *c, size_t at, size_t end)
{
    const char *p = (const char *)c->text.data + at;

    return end == at || *p == '\n' || (*p == '\r' && (end - at == 1 || p[1] == '\n'));
}

static int
read_head(CsvChunks *c, Err *err)
{
    size_t at = 0, end;
    int rc;

    do {
        if ((rc = find_end(c, at, &end, err)))
            return rc;
        if (!is_empty_line(c, at, end) || end == c->text.len)
            break;
        at = end;
    } while (1);
    c->head = c->source.header ? end : 0;
    c->end = c->head;
    c->covered = c->text.data ? (char)c->text.data[c->end] : 0;
    return OK;
}

/* Before a line end is looked for, which a file of another kind may not have. */
static int
check_kind(const CsvChunks *c, Err *err)
{
    const char *kind = csv_file_kind((const char *)c->text.data, c->text.len);

    return kind ? err_set(err, ERR_SYNTAX, "%s looks like %s", c->source.name, kind) : OK;
}

int
csv_chunk_open(CsvChunks **out, const char *path, const CsvSource *source, Err *err)
{
    CsvChunks *c = calloc(1, sizeof *c);
    int rc = OK;

    if (!c)
        return err_nomem(err);
    c->source = *source;
    buf_init(&c->text);
    c->fd = sys_open_file(path, SYS_STREAM, err);
    if (c->fd < 0)
        rc = c->fd == ERR_INVAL ? ERR_INVAL : fail(c, err);
    if (rc == OK && (rc = read_more(c, err)) == OK && (rc = check_kind(c, err)) == OK)
        rc = read_head(c, err);
    if (rc) {
        csv_chunk_close(c);
        return rc;
    }
    *out = c;
    return OK;
}

void
csv_chunk_close(CsvChunks *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    buf_release(&c->text);
    free(c);
}

/* Drops the piece that was given out. */
static void
drop_given(CsvChunks *c)
{
    unsigned char *text = c->text.data;

    text[c->end] = (unsigned char)c->covered;
    for (size_t i = c->head; i < c->end; i++)
        c->lines += text[i] == '\n';
    memmove(text + c->head, text + c->end, c->text.len - c->end);
    c->text.len -= c->end - c->head;
    text[c->text.len] = 0;
    c->end = c->head;
}

int
csv_chunk_next(CsvChunks *c, int64_t rows, CsvSource *out, Err *err)
{
    int64_t found = 0;
    size_t at, end;
    int rc;

    drop_given(c);
    for (at = c->head; found < rows; at = end) {
        if (at == c->text.len && !c->ended && (rc = read_more(c, err)))
            return rc;
        if (at == c->text.len && c->ended)
            break;
        if ((rc = find_end(c, at, &end, err)))
            return rc;
        found += !is_empty_line(c, at, end);
    }
    c->end = at;
    c->covered = (char)c->text.data[at];
    c->text.data[at] = 0;
    if (found == 0 && c->given)
        return 0;
    c->given = 1;
    *out = c->source;
    out->text = (const char *)c->text.data;
    out->len = at;
    out->head = c->head;
    out->lines = c->lines;
    return 1;
}

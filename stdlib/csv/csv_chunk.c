/* csv_chunk.c -- see csv_chunk.h
 *
 * The buffer is the header, then the records not given out yet.  The end of a
 * record is the end of its line, unless there is a quote in the line, or escapes: then its
 * fields are gone through. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv/csv_chunk.h"
#include "csv/csv_file_kind.h"
#include "csv/csv_lex.h"
#include "csv/csv_separator.h"
#include "format/file_kind.h"
#include "os/sys.h"

enum { AHEAD = 1 << 20, PACKED = 64 << 10 };

struct CsvChunks {
    CsvSource source;
    int fd, ended, given;
    int returns;                /* lines end in carriage returns alone */
    TextInput *input;            /* what the bytes go through, if anything */
    Buf text;
    size_t head, end;           /* length of the header; end of the piece given out */
    char covered;               /* the byte at the end, where a 0 is now */
    size_t head_lines;          /* in the header */
    size_t lines;               /* behind the header and before the piece */
};

static int
fail(const CsvChunks *c, Err *err)
{
    return err_set(err, ERR_IO, "%s: %s", c->source.name, err_reason(errno));
}

/* Reads some more, want bytes or what comes, through the input. */
static int
read_input(CsvChunks *c, size_t want, Err *err)
{
    unsigned char raw[PACKED];
    size_t goal = c->text.len + want;
    int rc = OK;

    while (rc == OK && c->text.len < goal && !c->ended) {
        ssize_t got = read(c->fd, raw, sizeof raw);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(c, err);
        c->ended = got == 0;
        rc = got ? text_input_put(c->input, raw, (size_t)got, &c->text, err)
                 : text_input_end(c->input, &c->text, err);
    }
    if (rc == OK && !buf_cstr(&c->text))
        return err_nomem(err);
    return rc;
}

/* Reads some more as it is; room for a 0 behind it is kept. */
static int
read_raw(CsvChunks *c, Err *err)
{
    /* twice as much each time, or a long record would be gone through for ever */
    size_t want = c->text.len > AHEAD ? c->text.len : AHEAD;
    ssize_t got;

    if (c->input)
        return read_input(c, want, err);
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

/* Reads some more of the text. */
static int
read_more(CsvChunks *c, Err *err)
{
    size_t len = c->text.len;
    int rc = read_raw(c, err);

    if (rc == OK && c->returns)
        text_input_mend_returns((char *)c->text.data + len, c->text.len - len);
    return rc;
}

static CsvLex
lexer(const CsvChunks *c)
{
    const char *text = (const char *)c->text.data;
    CsvLex lex;

    lex = (CsvLex){.start = text, .end = text + c->text.len, .name = c->source.name,
                   .separator = c->source.separator};
    csv_lex_use_form(&lex, c->source.form);
    return lex;
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

    if ((lex.comment && *p == lex.comment)
        || (!lex.escape && !(lex.quote && memchr(p, lex.quote, (size_t)(stop - p)))))
        return line ? (size_t)(line + 1 - lex.start) : 0;
    do
        p = csv_lex_field(&lex, p, &s);
    while (p && p < lex.end && *p == lex.separator && p++);
    if (!p || p >= lex.end || (*p == '\r' && p + 1 == lex.end))
        return 0;
    return (size_t)(csv_lex_skip_line_end(&lex, p) - lex.start);
}

/* A zero byte in the record at offset that no quote is before: reading on is of no use. */
static int
check_zeros(const CsvChunks *c, size_t at, Err *err)
{
    CsvLex lex = lexer(c);
    const char *p = lex.start + at, *zero = memchr(p, 0, c->text.len - at);

    if (!zero || (lex.quote && memchr(p, lex.quote, (size_t)(zero - p))))
        return OK;
    lex.err = err;
    lex.head = c->head;
    lex.lines = c->lines;
    return csv_file_kind_zero(&lex, zero);
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
        if ((rc = check_zeros(c, at, err)))
            return rc;
        if (c->text.len - at > CSV_CHUNK_RECORD_MAX)
            return err_set(err, ERR_SYNTAX, "%s:%zu: a record is longer than %d MiB; a "
                           "quote may be missing", c->source.name,
                           c->lines + 1 + c->head_lines, CSV_CHUNK_RECORD_MAX >> 20);
        if ((rc = read_more(c, err)))
            return rc;
    }
    return OK;
}

static int
is_no_record(const CsvChunks *c, size_t at, size_t end)
{
    char comment = c->source.form->comment;
    const char *p = (const char *)c->text.data + at;

    return end == at || (comment && *p == comment) || *p == '\n'
           || (*p == '\r' && (end - at == 1 || p[1] == '\n'));
}

static int
read_head(CsvChunks *c, Err *err)
{
    CsvLex lex = lexer(c);
    size_t at = (size_t)(csv_separator_begin(&lex, c->source.form->skip) - lex.start);
    size_t end = at;
    int rc;

    while (c->source.header) {
        if ((rc = find_end(c, at, &end, err)))
            return rc;
        if (!is_no_record(c, at, end) || end == c->text.len)
            break;
        at = end;
    }
    c->head = c->end = end;
    for (size_t i = 0; i < c->head; i++)
        c->head_lines += c->text.data[i] == '\n';
    c->covered = c->text.data ? (char)c->text.data[c->end] : 0;
    return OK;
}

/* Before a line end is looked for, which a file of another kind may not have. */
static int
check_kind(const CsvChunks *c, Err *err)
{
    return file_kind_check((const char *)c->text.data, c->text.len, c->source.name, "CSV", err);
}

/* Makes what was read so far text, if it is not. */
static int
decode_start(CsvChunks *c, Err *err)
{
    Buf raw = c->text;
    int rc;

    if (!text_input_needed(raw.data, raw.len, c->source.form->encoding))
        return OK;
    buf_init(&c->text);
    rc = text_input_open(&c->input, raw.data, raw.len, c->source.form->encoding,
                        c->source.name, err);
    if (rc == OK)
        rc = text_input_put(c->input, raw.data, raw.len, &c->text, err);
    if (rc == OK && c->ended)
        rc = text_input_end(c->input, &c->text, err);
    buf_release(&raw);
    if (rc == OK && !buf_cstr(&c->text))
        return err_nomem(err);
    return rc;
}

/* As much of the text as tells how its lines end. */
static int
read_line_ends(CsvChunks *c, Err *err)
{
    int rc;

    while (!c->ended && c->text.len < TEXT_INPUT_LOOK)
        if ((rc = read_more(c, err)))
            return rc;
    if (text_input_has_returns((char *)c->text.data, c->text.len)) {
        c->returns = 1;
        text_input_mend_returns((char *)c->text.data, c->text.len);
    }
    return OK;
}

/* The start of the text, as much as tells the separator and holds the lines to skip. */
static int
read_start(CsvChunks *c, Err *err)
{
    size_t skip = c->source.form->skip, seen = 0;
    int rc;

    do
        rc = read_more(c, err);
    while (rc == OK && !c->ended && c->text.len < TEXT_INPUT_FIRST);
    if (rc || (rc = decode_start(c, err)) || (rc = read_line_ends(c, err)))
        return rc;
    if (c->text.len >= 3 && memcmp(c->text.data, "\xEF\xBB\xBF", 3) == 0) {
        c->text.len -= 3;
        memmove(c->text.data, c->text.data + 3, c->text.len + 1);
    }
    if ((rc = check_kind(c, err)))
        return rc;
    while (!c->ended) {
        CsvLex lex = lexer(c);

        seen = c->text.len - (size_t)(csv_separator_begin(&lex, skip) - lex.start);
        if (seen > CSV_SEPARATOR_LOOK || (seen && c->source.separator))
            break;
        if ((rc = read_more(c, err)))
            return rc;
    }
    if (!c->source.separator) {
        CsvLex lex = lexer(c);

        c->source.separator = csv_separator(&lex, skip);
    }
    return OK;
}

int
csv_chunk_open(CsvChunks **out, const char *path, const CsvSource *source, Err *err)
{
    static const CsvForm plain;
    CsvChunks *c = calloc(1, sizeof *c);
    int rc = OK;

    if (!c)
        return err_nomem(err);
    c->source = *source;
    if (!c->source.form)
        c->source.form = &plain;
    buf_init(&c->text);
    c->fd = sys_open_file(path, SYS_STREAM, err);
    if (c->fd < 0)
        rc = c->fd == ERR_INVAL ? ERR_INVAL : fail(c, err);
    if (rc == OK && (rc = read_start(c, err)) == OK)
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
    text_input_free(c->input);
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
        found += !is_no_record(c, at, end);
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

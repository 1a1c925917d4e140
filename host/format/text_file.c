/* text_file.c -- see text_file.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "format/file_kind.h"
#include "format/text_file.h"
#include "os/sys.h"

enum {
    PIECE = 64 << 10,           /* bytes that are read at a time */
    START = 4096                /* bytes that tell what a file is */
};

struct TextFile {
    TextFileHow how;
    int fd, ended;
    TextInput *input;           /* what the bytes go through, if anything */
    Buf text;
    size_t at, seen;            /* where the next line begins; it does not end before seen */
    size_t line;                /* lines given out */
};

/* Reads a piece of the file, or notes that there is none. */
static int
read_piece(TextFile *f, unsigned char *piece, size_t *len, Err *err)
{
    ssize_t got;

    do
        got = read(f->fd, piece, PIECE);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(err, ERR_IO, "%s: %s", f->how.name, err_reason(errno));
    f->ended = got == 0;
    *len = (size_t)got;
    return OK;
}

/* Appends some more text, unless the file has ended. */
static int
read_more(TextFile *f, Err *err)
{
    unsigned char piece[PIECE];
    size_t len = 0;
    int rc = read_piece(f, piece, &len, err);

    if (rc)
        return rc;
    if (f->input)
        return f->ended ? text_input_end(f->input, &f->text, err)
                        : text_input_put(f->input, piece, len, &f->text, err);
    return buf_put(&f->text, piece, len) ? err_nomem(err) : OK;
}

/* The bytes that were read so far become text, if they are not. */
static int
decode_start(TextFile *f, Err *err)
{
    Buf raw = f->text;
    int rc;

    if (!text_input_needed(raw.data, raw.len, f->how.encoding))
        return OK;
    buf_init(&f->text);
    rc = text_input_open(&f->input, raw.data, raw.len, f->how.encoding, f->how.name, err);
    if (rc == OK)
        rc = text_input_put(f->input, raw.data, raw.len, &f->text, err);
    if (rc == OK && f->ended)
        rc = text_input_end(f->input, &f->text, err);
    buf_release(&raw);
    return rc;
}

static int
read_start(TextFile *f, Err *err)
{
    int rc = OK;

    while (rc == OK && !f->ended && f->text.len < TEXT_INPUT_FIRST)
        rc = read_more(f, err);
    if (rc == OK)
        rc = decode_start(f, err);
    while (rc == OK && !f->ended && f->text.len < START)
        rc = read_more(f, err);
    if (rc || f->text.len == 0)
        return rc;
    if (f->text.len >= 3 && memcmp(f->text.data, "\xEF\xBB\xBF", 3) == 0)
        f->at = f->seen = 3;
    rc = file_kind_check((const char *)f->text.data, f->text.len, f->how.name, f->how.format, err);
    if (rc == OK && f->text.data[0] == 0)
        rc = err_set(err, ERR_SYNTAX, "%s:1:1: a zero byte: the file is not text, or is damaged",
                     f->how.name);
    return rc;
}

int
text_file_open(TextFile **out, const char *path, const TextFileHow *how, Err *err)
{
    TextFile *f = calloc(1, sizeof *f);
    int rc;

    if (!f)
        return err_nomem(err);
    f->how = *how;
    buf_init(&f->text);
    f->fd = sys_open_file(path, SYS_STREAM, err);
    rc = f->fd < 0 ? f->fd : read_start(f, err);
    if (rc)
        text_file_close(f);
    else
        *out = f;
    return rc;
}

void
text_file_close(TextFile *f)
{
    if (!f)
        return;
    if (f->fd >= 0)
        close(f->fd);
    text_input_free(f->input);
    buf_release(&f->text);
    free(f);
}

/* The line of that number is UTF-8, or its first byte that is not is an error. */
static int
check_utf8(const TextFile *f, const char *line, size_t len, size_t number, Err *err)
{
    size_t valid = utf8_valid(line, len), column = 1;

    if (valid == len)
        return OK;
    for (size_t i = 0; i < valid; i++)
        column += (line[i] & 0xc0) != 0x80;
    return err_set(err, ERR_SYNTAX, "%s:%zu:%zu: the byte 0x%02X is not UTF-8; for Western "
                   "European text use encoding = \"latin-1\" or \"windows-1252\"", f->how.name,
                   number, column, (unsigned char)line[valid]);
}

/* Forgets the lines that were given out. */
static void
drop_given(TextFile *f)
{
    memmove(f->text.data, f->text.data + f->at, f->text.len - f->at);
    f->text.len -= f->at;
    f->seen -= f->at;
    f->at = 0;
}

int
text_file_line(TextFile *f, const char **line, size_t *len, Err *err)
{
    const char *end = NULL;
    int rc;

    while (f->seen == f->text.len
           || !(end = memchr(f->text.data + f->seen, '\n', f->text.len - f->seen))) {
        f->seen = f->text.len;
        if (f->ended)
            break;
        if (f->at)
            drop_given(f);
        if ((rc = read_more(f, err)))
            return rc;
    }
    if (!end && f->at == f->text.len)
        return 0;
    *line = (const char *)f->text.data + f->at;
    *len = end ? (size_t)(end - *line) : f->text.len - f->at;
    f->at += *len + (end != NULL);
    f->seen = f->at;
    rc = check_utf8(f, *line, *len, ++f->line, err);
    return rc ? rc : 1;
}

/* The text is UTF-8, or an error has the place of the first byte that is not. */
static int
check_text(TextFile *f, Err *err)
{
    const char *line;
    size_t len;
    int rc;

    if (utf8_valid((char *)f->text.data + f->at, f->text.len - f->at) == f->text.len - f->at)
        return OK;
    do
        rc = text_file_line(f, &line, &len, err);
    while (rc == 1);
    return rc;
}

int
text_file_read(const char *path, const TextFileHow *how, Buf *out, Err *err)
{
    TextFile *f;
    int rc = text_file_open(&f, path, how, err);

    if (rc)
        return rc;
    while (rc == OK && !f->ended)
        rc = read_more(f, err);
    if (rc == OK && f->text.len > f->at) {
        rc = check_text(f, err);
        if (rc == OK && buf_put(out, f->text.data + f->at, f->text.len - f->at))
            rc = err_nomem(err);
    }
    text_file_close(f);
    return rc;
}

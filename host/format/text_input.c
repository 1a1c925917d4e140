/* text_input.c -- see text_input.h */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/utf8.h"
#include "format/text_input.h"

enum { PIECE = 64 << 10 };      /* bytes that are unpacked at a time */

struct TextInput {
    const char *name;
    TextEncoding encoding;
    enum { PLAIN, GZIP, ZSTD } packed;
    int decided;                /* the encoding is known */
    int ended;                  /* behind the end of a gzip member or a zstd frame */
    z_stream z;
    ZSTD_DStream *zstd;
    Buf pending;                /* bytes, unpacked, of which more have to be seen */
    size_t done;                /* unpacked bytes before pending */
};

static int
is_gzip(const unsigned char *p, size_t len)
{
    return len >= 3 && memcmp(p, "\x1f\x8b\x08", 3) == 0;
}

static int
is_zstd(const unsigned char *p, size_t len)
{
    return len >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0;
}

/* What a byte order mark says, and how long it is; TEXT_UTF8 and 0 without one. */
static TextEncoding
marked(const unsigned char *p, size_t len, size_t *mark)
{
    *mark = 0;
    if (len >= 4 && (memcmp(p, "\xff\xfe\0\0", 4) == 0 || memcmp(p, "\0\0\xfe\xff", 4) == 0))
        return TEXT_UTF8;        /* UTF-32, which csv_file_kind names */
    if (len >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 || memcmp(p, "\xfe\xff", 2) == 0)) {
        *mark = 2;
        return p[0] == 0xff ? TEXT_UTF16LE : TEXT_UTF16BE;
    }
    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        *mark = 3;
    return TEXT_UTF8;
}

int
text_input_needed(const void *first, size_t len, TextEncoding encoding)
{
    size_t mark;

    return encoding != TEXT_UTF8 || is_gzip(first, len) || is_zstd(first, len)
           || marked(first, len, &mark) != TEXT_UTF8;
}

int
text_input_open(TextInput **out, const void *first, size_t len, TextEncoding encoding,
               const char *name, Err *err)
{
    TextInput *in = calloc(1, sizeof *in);

    if (!in)
        return err_nomem(err);
    in->name = name;
    in->encoding = encoding;
    in->packed = is_gzip(first, len) ? GZIP : is_zstd(first, len) ? ZSTD : PLAIN;
    buf_init(&in->pending);
    if ((in->packed == GZIP && inflateInit2(&in->z, 16 + MAX_WBITS) != Z_OK)
        || (in->packed == ZSTD && !(in->zstd = ZSTD_createDStream()))) {
        free(in);
        return err_nomem(err);
    }
    *out = in;
    return OK;
}

void
text_input_free(TextInput *in)
{
    if (!in)
        return;
    if (in->packed == GZIP)
        inflateEnd(&in->z);
    ZSTD_freeDStream(in->zstd);
    buf_release(&in->pending);
    free(in);
}

/* --- encodings ----------------------------------------------------------------- */

static int
put_code(Buf *out, uint32_t code)
{
    char text[4];

    return buf_put(out, text, utf8_put(code, text));
}

/* The bytes 0x80 to 0x9f of windows-1252; those that have no meaning stay. */
static const uint16_t windows[32] = {
    0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160,
    0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178
};

static int
put_single(const TextInput *in, const unsigned char *p, size_t len, Buf *out)
{
    if (buf_reserve(out, len))
        return ERR_NOMEM;
    for (size_t i = 0; i < len; i++) {
        int rc = p[i] < 0x80 ? buf_byte(out, p[i])
                 : put_code(out, in->encoding == TEXT_WINDOWS1252 && p[i] < 0xa0
                                 ? windows[p[i] - 0x80] : p[i]);

        if (rc)
            return rc;
    }
    return OK;
}

static uint32_t
unit_at(const TextInput *in, const unsigned char *p)
{
    return in->encoding == TEXT_UTF16BE ? (uint32_t)p[0] << 8 | p[1]
                                       : (uint32_t)p[1] << 8 | p[0];
}

/* How many of the bytes were taken is in *taken; the rest needs more. */
static int
put_units(const TextInput *in, const unsigned char *p, size_t len, Buf *out, size_t *taken,
          Err *err)
{
    size_t i = 0;

    if (buf_reserve(out, len))
        return err_nomem(err);
    while (len - i >= 2) {
        uint32_t unit = unit_at(in, p + i), low = 0;
        size_t size = 2;

        if (unit >= 0xd800 && unit < 0xdc00) {
            if (len - i < 4)
                break;
            low = unit_at(in, p + i + 2);
            size = 4;
        }
        if ((unit >= 0xdc00 && unit < 0xe000) || (low && (low < 0xdc00 || low > 0xdfff))
            || (size == 4 && !low))
            return err_set(err, ERR_SYNTAX, "%s: the bytes at offset %zu are not UTF-16; the "
                           "option encoding says what they are", in->name, in->done + i);
        if (put_code(out, low ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : unit))
            return err_nomem(err);
        i += size;
    }
    *taken = i;
    return OK;
}

static void
drop(TextInput *in, size_t taken)
{
    Buf *b = &in->pending;

    memmove(b->data, b->data + taken, b->len - taken);
    b->len -= taken;
    in->done += taken;
}

/* Turns pending bytes into text; what is no character yet stays. */
static int
convert(TextInput *in, int last, Buf *out, Err *err)
{
    Buf *b = &in->pending;
    size_t taken, mark = 0;
    int rc = OK;

    if (!in->decided) {
        TextEncoding found = marked(b->data, b->len, &mark);

        if (b->len < TEXT_INPUT_FIRST && !last)
            return OK;
        in->decided = 1;
        if (mark)
            in->encoding = found;
        if (mark == 2)
            drop(in, mark);
    }
    taken = b->len;
    if (taken == 0)
        return OK;
    if (in->encoding == TEXT_UTF8)
        rc = buf_put(out, b->data, b->len) ? err_nomem(err) : OK;
    else if (in->encoding == TEXT_LATIN1 || in->encoding == TEXT_WINDOWS1252)
        rc = put_single(in, b->data, b->len, out) ? err_nomem(err) : OK;
    else
        rc = put_units(in, b->data, b->len, out, &taken, err);
    if (rc)
        return rc;
    drop(in, taken);
    if (last && b->len)
        return err_set(err, ERR_SYNTAX, "%s: the text ends within a character of UTF-16, at "
                       "offset %zu; is the file cut off, or in another encoding?",
                       in->name, in->done);
    return OK;
}

/* --- gzip and zstd ---------------------------------------------------------------------- */

static int
damaged(const TextInput *in, Err *err)
{
    return err_set(err, ERR_SYNTAX, "%s: the gzip file is damaged", in->name);
}

/* One call of inflate, whose output is converted; *more says whether another is needed. */
static int
inflate_piece(TextInput *in, Buf *out, int *more, Err *err)
{
    Buf *b = &in->pending;
    int rc;

    if (buf_reserve(b, PIECE))
        return err_nomem(err);
    in->z.next_out = b->data + b->len;
    in->z.avail_out = PIECE;
    rc = inflate(&in->z, Z_NO_FLUSH);
    if (rc == Z_MEM_ERROR)
        return err_nomem(err);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
        return damaged(in, err);
    b->len += PIECE - in->z.avail_out;
    in->ended = rc == Z_STREAM_END;
    *more = in->ended ? in->z.avail_in > 0 : in->z.avail_in > 0 || in->z.avail_out == 0;
    return convert(in, 0, out, err);
}

/* A part of at most what zlib counts. */
static int
unpack_gzip(TextInput *in, const unsigned char *p, size_t len, Buf *out, Err *err)
{
    int more = len > 0, rc = OK;

    in->z.next_in = (unsigned char *)(uintptr_t)p;
    in->z.avail_in = (uInt)len;
    while (rc == OK && more) {
        if (in->ended) {
            /* another member, or zeros to the end of a block of a tape */
            while (in->z.avail_in && *in->z.next_in == 0) {
                in->z.next_in++;
                in->z.avail_in--;
            }
            if (!in->z.avail_in)
                break;
            if (*in->z.next_in != 0x1f)
                return err_set(err, ERR_SYNTAX, "%s: other bytes follow the gzip data; "
                               "gzip -dc FILE > OTHER leaves them out", in->name);
            if (inflateReset(&in->z) != Z_OK)
                return damaged(in, err);
            in->ended = 0;
        }
        rc = inflate_piece(in, out, &more, err);
    }
    return rc;
}

static int
unpack_zstd(TextInput *in, const unsigned char *p, size_t len, Buf *out, Err *err)
{
    ZSTD_inBuffer from = {p, len, 0};
    Buf *b = &in->pending;
    int more = len > 0, rc = OK;

    while (rc == OK && more) {
        ZSTD_outBuffer to;
        size_t left;

        if (buf_reserve(b, PIECE))
            return err_nomem(err);
        to = (ZSTD_outBuffer){b->data + b->len, PIECE, 0};
        left = ZSTD_decompressStream(in->zstd, &to, &from);
        if (ZSTD_isError(left))
            return err_set(err, ERR_SYNTAX, "%s: the zstd file is damaged: %s", in->name,
                           ZSTD_getErrorName(left));
        b->len += to.pos;
        in->ended = left == 0;
        more = from.pos < from.size || (left && to.pos == to.size);
        rc = convert(in, 0, out, err);
    }
    return rc;
}

int
text_input_put(TextInput *in, const void *bytes, size_t len, Buf *out, Err *err)
{
    const unsigned char *p = bytes;
    int rc = OK;

    while (rc == OK && len > 0) {
        size_t n = len < 1 << 30 ? len : 1 << 30;

        if (in->packed == GZIP)
            rc = unpack_gzip(in, p, n, out, err);
        else if (in->packed == ZSTD)
            rc = unpack_zstd(in, p, n, out, err);
        else
            rc = buf_put(&in->pending, p, n) ? err_nomem(err) : convert(in, 0, out, err);
        p += n;
        len -= n;
    }
    return rc;
}

int
text_input_end(TextInput *in, Buf *out, Err *err)
{
    if (in->packed && !in->ended)
        return err_set(err, ERR_SYNTAX, "%s: the %s file ends early; is it cut off?", in->name,
                       in->packed == GZIP ? "gzip" : "zstd");
    return convert(in, 1, out, err);
}

int
text_input_all(const void *bytes, size_t len, TextEncoding encoding, const char *name, Buf *out,
              Err *err)
{
    TextInput *in;
    int rc = text_input_open(&in, bytes, len, encoding, name, err);

    if (rc)
        return rc;
    rc = text_input_put(in, bytes, len, out, err);
    if (rc == OK)
        rc = text_input_end(in, out, err);
    text_input_free(in);
    return rc;
}

/* --- line ends ----------------------------------------------------------------- */

int
text_input_has_returns(const char *text, size_t len)
{
    size_t look = len < TEXT_INPUT_LOOK ? len : TEXT_INPUT_LOOK;
    int quoted = 0;

    if (memchr(text, '\n', look) || !memchr(text, '\r', look))
        return 0;
    for (size_t i = 0; i + 1 < look; i++) {
        quoted ^= text[i] == '"';
        if (text[i] == '\r' && !quoted)
            return 1;
    }
    return 0;
}

void
text_input_mend_returns(char *text, size_t len)
{
    for (char *p = text, *end = text + len; (p = memchr(p, '\r', (size_t)(end - p)));)
        *p++ = '\n';
}

const char *const text_encoding_names[TEXT_ENCODING_NAMES] = {
    "utf-8", "latin-1", "windows-1252", "utf-16", "utf-16le", "utf-16be",
    "utf8", "latin1", "iso-8859-1", "cp1252"
};

const TextEncoding text_encodings[TEXT_ENCODING_NAMES] = {
    TEXT_UTF8, TEXT_LATIN1, TEXT_WINDOWS1252, TEXT_UTF16, TEXT_UTF16LE, TEXT_UTF16BE,
    TEXT_UTF8, TEXT_LATIN1, TEXT_LATIN1, TEXT_WINDOWS1252
};

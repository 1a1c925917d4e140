/* file_kind.c -- see file_kind.h */
#include <string.h>

#include "base/utf8.h"
#include "format/file_kind.h"

enum { HEAD = 4096 };           /* bytes that are looked at for what an archive is */

#define EXPORT ": export it as "        /* the format of the caller */
#define UNPACK ": unpack it first"

/* Bytes that a file of the kind begins with.  Where they are all letters, a column may have
 * that name: then the file has to have proof, too, or a byte that no text has. */
typedef struct Mark {
    size_t at, len;
    const char *bytes, *kind, *proof;
} Mark;

#define MARK(at, bytes, kind) {at, sizeof bytes - 1, bytes, kind, NULL}
#define TEXT_MARK(at, bytes, proof, kind) {at, sizeof bytes - 1, bytes, kind, proof}

static const Mark marks[] = {
    MARK(0, "\x1f\x8b\x08", "a gzip file in a compressed file" UNPACK),
    MARK(0, "\x28\xb5\x2f\xfd", "a zstd file in a compressed file" UNPACK),
    MARK(0, "\xfd" "7zXZ\0", "an xz file" UNPACK),
    TEXT_MARK(4, "1AY&SY", "", "a bzip2 file" UNPACK),
    MARK(0, "\x04\x22\x4d\x18", "an lz4 file" UNPACK),
    MARK(0, "\x1f\x9d", "a file of compress (.Z)" UNPACK),
    MARK(0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive" UNPACK),
    MARK(0, "Rar!\x1a\x07", "a RAR archive" UNPACK),
    MARK(257, "ustar\0", "a tar archive" UNPACK),
    MARK(257, "ustar  \0", "a tar archive" UNPACK),
    MARK(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook of the old kind (.xls)" EXPORT),
    MARK(0, "PAR1\x15", "a Parquet file" EXPORT),
    MARK(0, "ARROW1\0", "an Arrow file (Feather)" EXPORT),
    MARK(0, "FEA1\0", "a Feather file" EXPORT),
    MARK(0, "\xff\xff\xff\xff", "an Arrow stream" EXPORT),
    MARK(0, "Obj\x01", "an Avro file" EXPORT),
    MARK(0, "\x89HDF\r\n\x1a\n", "an HDF5 file" EXPORT),
    MARK(0, "CDF\x01", "a NetCDF file" EXPORT),
    MARK(0, "CDF\x02", "a NetCDF file" EXPORT),
    MARK(0, "SQLite format 3\0", "an SQLite database" EXPORT),
    MARK(0, "\x93NUMPY", "an array of NumPy (.npy): read it with array.load"),
    TEXT_MARK(0, "%PDF-1.", " obj", "a PDF" EXPORT),
    TEXT_MARK(0, "%PDF-2.", " obj", "a PDF" EXPORT),
    MARK(0, "{\\rtf1\\", "an RTF document" EXPORT),
    TEXT_MARK(0, "<stata_dta>", "<release>", "a Stata file (.dta)" EXPORT),
    MARK(0, "\x71\x01\x01\0", "a Stata file (.dta)" EXPORT),
    MARK(0, "\x71\x02\x01\0", "a Stata file (.dta)" EXPORT),
    MARK(0, "\x72\x01\x01\0", "a Stata file (.dta)" EXPORT),
    MARK(0, "\x72\x02\x01\0", "a Stata file (.dta)" EXPORT),
    MARK(0, "\x73\x01\x01\0", "a Stata file (.dta)" EXPORT),
    MARK(0, "\x73\x02\x01\0", "a Stata file (.dta)" EXPORT),
    TEXT_MARK(0, "$FL2@(#) ", "", "an SPSS file (.sav)" EXPORT),
    MARK(0, "\x89PNG\r\n", "a PNG image, not text"),
    MARK(0, "\xff\xd8\xff", "a JPEG image, not text"),
    TEXT_MARK(0, "GIF89a", "", "a GIF image, not text"),
    MARK(0, "\x7f" "ELF", "a program (ELF), not text"),
    MARK(0, "\x80\x04\x95", "a pickle of Python" EXPORT),
    TEXT_MARK(0, "version https://git-lfs.", "\noid ",
              "a pointer of Git LFS: fetch the file with git lfs pull"),
    MARK(0, "\xff\xfe\0\0", "UTF-32: convert it with iconv -f UTF-32 -t UTF-8"),
    MARK(0, "\0\0\xfe\xff", "UTF-32: convert it with iconv -f UTF-32 -t UTF-8"),
    MARK(0, "\xff\xfe", "UTF-16: convert it with iconv -f UTF-16 -t UTF-8"),
    MARK(0, "\xfe\xff", "UTF-16: convert it with iconv -f UTF-16 -t UTF-8"),
};

static int
has(const char *data, size_t len, const char *part)
{
    size_t n = strlen(part);

    for (const char *p = data, *end = data + len; (size_t)(end - p) >= n; p++) {
        p = memchr(p, part[0], (size_t)(end - p) - n + 1);
        if (!p)
            return 0;
        if (memcmp(p, part, n) == 0)
            return 1;
    }
    return 0;
}

static const char *
archive(const char *data, size_t len)
{
    len = len < HEAD ? len : HEAD;
    if (has(data, len, "xl/") || has(data, len, "[Content_Types].xml"))
        return "an Excel workbook (zip)" EXPORT;
    if (has(data, len, "opendocument.spreadsheet"))
        return "an OpenDocument spreadsheet (zip)" EXPORT;
    if (has(data, len, ".npy"))
        return "arrays of NumPy (.npz): save them as .npy";
    return "a zip archive" UNPACK;
}

/* Is there a byte that no text has? */
static int
is_binary(const char *data, size_t len)
{
    len = len < HEAD ? len : HEAD;
    if (utf8_valid(data, len) + 4 < len)
        return 1;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)data[i] < ' ' && !memchr("\t\n\r", data[i], 3))
            return 1;
    return 0;
}

static int
fits(const Mark *m, const char *data, size_t len)
{
    if (len < m->at + m->len || memcmp(data + m->at, m->bytes, m->len) != 0)
        return 0;
    if (!m->proof)
        return 1;
    return (*m->proof && has(data, len < HEAD ? len : HEAD, m->proof)) || is_binary(data, len);
}

static const char *
skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p;
}

/* Does the tag that begins at p belong to a page, and not to a table's field: is another tag or
 * nothing behind it, or are there tags that end? */
static int
is_tag(const char *p, const char *end)
{
    const char *close = memchr(p, '>', (size_t)(end - p)), *next;

    if (!close)
        return 0;
    next = skip_blanks(close + 1, end);
    return next == end || *next == '<' || has(p, (size_t)(end - p < HEAD ? end - p : HEAD), "</");
}

/* Does the text begin with the word, in any case? */
static int
begins(const char *p, const char *end, const char *word)
{
    for (; *word; p++, word++)
        if (p == end || (*p | 32) != (*word | 32))
            return 0;
    return 1;
}

static const char *
page(const char *p, const char *end)
{
    if (p == end || *p != '<' || !is_tag(p, end))
        return NULL;
    if (begins(p, end, "<!doctype html") || begins(p, end, "<html") || begins(p, end, "<head"))
        return "an HTML page: open it, it may say why a download failed";
    if (begins(p, end, "<?xml"))
        return "XML" EXPORT;
    return NULL;
}

/* UTF-16 or UTF-32 of plain letters has a zero byte beside each of them. */
static const char *
wide(const char *data, size_t len)
{
    if (len >= 8
        && ((data[0] && !data[1] && !data[2] && !data[3] && data[4] && !data[5] && !data[6])
            || (!data[0] && !data[1] && !data[2] && data[3] && !data[4] && !data[5])))
        return data[0] ? "UTF-32 without a mark: convert it with iconv -f UTF-32LE -t UTF-8"
                       : "UTF-32 without a mark: convert it with iconv -f UTF-32BE -t UTF-8";
    if (len >= 4 && data[0] && !data[1] && data[2] && !data[3])
        return "UTF-16 without a mark: encoding = \"utf-16le\" reads it";
    if (len >= 4 && !data[0] && data[1] && !data[2] && data[3])
        return "UTF-16 without a mark: encoding = \"utf-16be\" reads it";
    return NULL;
}

static const char *
kind_of(const char *data, size_t len)
{
    const char *end = data + len, *p;

    if (len >= 4 && (memcmp(data, "PK\3\4", 4) == 0 || memcmp(data, "PK\5\6", 4) == 0))
        return archive(data, len);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (fits(&marks[i], data, len))
            return marks[i].kind;
    p = skip_blanks(data + 3 * (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0), end);
    if (page(p, end))
        return page(p, end);
    return wide(data, len);
}

int
file_kind_check(const char *data, size_t len, const char *name, const char *format, Err *err)
{
    const char *kind = kind_of(data, len);
    size_t n;

    if (!kind)
        return OK;
    n = strlen(kind);
    if (n < sizeof EXPORT || strcmp(kind + n - (sizeof EXPORT - 1), EXPORT) != 0)
        format = "";
    return err_set(err, ERR_SYNTAX, "%s looks like %s%s", name, kind, format);
}

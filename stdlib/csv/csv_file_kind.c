/* csv_file_kind.c -- see csv_file_kind.h */
#include <string.h>

#include "base/utf8.h"
#include "csv/csv_file_kind.h"

enum { HEAD = 4096 };           /* bytes that are looked at for what an archive is */

#define EXPORT ": export it as CSV"
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
    MARK(0, "\x89PNG\r\n", "a PNG image: not a table"),
    MARK(0, "\xff\xd8\xff", "a JPEG image: not a table"),
    TEXT_MARK(0, "GIF89a", "", "a GIF image: not a table"),
    MARK(0, "\x7f" "ELF", "a program (ELF): not a table"),
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

#define OLD_MAC "text in which some lines end in carriage returns alone, and others do not: " \
                "convert it with tr '\\r' '\\n'"

/* Is there a carriage return in the line that ends none, and is in no quotes? */
static int
has_lone_return(const char *p, const char *end)
{
    const char *cr = memchr(p, '\r', (size_t)(end - p));

    return cr && cr + 1 < end && cr[1] != '\n' && !memchr(p, '"', (size_t)(cr - p));
}

const char *
csv_file_kind(const char *data, size_t len)
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

/* Comments, then "@relation" and a name. */
static const char *
arff(const char *p, const char *end)
{
    while (p < end && *p == '%') {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));

        p = skip_blanks(line_end ? line_end : end, end);
    }
    if (!begins(p, end, "@relation") || end - p < 10 || (p[9] != ' ' && p[9] != '\t')
        || !(p = memchr(p, '\n', (size_t)(end - p)))
        || !(begins(skip_blanks(p, end), end, "@") || begins(skip_blanks(p, end), end, "%")))
        return NULL;
    return "an ARFF file of Weka: leave out the lines up to @data, with skip and header = false";
}

/* What a text with a line of column names cannot be. */
static const char *
header_kind(const char *data, size_t len)
{
    const char *end = data + len, *p = skip_blanks(data, end), *line;
    char first = p < end ? *p : 0;

    line = memchr(p, '\n', (size_t)(end - p));
    if (has_lone_return(p, line ? line + 1 : end))
        return OLD_MAC;
    if (first == '@' || first == '%')
        return arff(p, end);
    if (first != '{' && first != '[')
        return NULL;
    p = skip_blanks(p + 1, end);
    if (p < end && (first == '{' ? *p == '"' || *p == '}' : *p == '{' || *p == '['))
        return "JSON: read it with json.decode";
    return NULL;
}

/* Zero bytes outside of quotes are those of a file that is no text, or damaged. */
int
csv_file_kind_zeros(const CsvLex *lex)
{
    const char *p = lex->start, *zero, *next;
    CsvSlice s;

    while ((zero = memchr(p, 0, (size_t)(lex->end - p)))) {
        do {
            next = csv_lex_field(lex, p, &s);
            if (!next)
                return lex->err->code;
            if (next > zero && s.at == p)
                return csv_lex_fail(lex, zero, ERR_SYNTAX, "a zero byte: the file is "
                                    "not text, or is damaged");
            p = csv_lex_at_line_end(lex, next) ? csv_lex_skip_line_end(lex, next) : next + 1;
        } while (next < zero);
    }
    return OK;
}

int
csv_file_kind_check(const CsvLex *lex, int header)
{
    size_t len = (size_t)(lex->end - lex->start);
    const char *kind = csv_file_kind(lex->start, len);

    if (!kind && header)
        kind = header_kind(lex->start, len);
    if (kind)
        return err_set(lex->err, ERR_SYNTAX, "%s looks like %s", lex->name, kind);
    return OK;
}

/* csv_file_kind.c -- see csv_file_kind.h */
#include <string.h>

#include "csv/csv_file_kind.h"
#include "format/file_kind.h"

static const char *
skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p;
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

#define OLD_MAC "text in which some lines end in carriage returns alone, and others do not: " \
                "convert it with tr '\\r' '\\n'"

/* Is there a carriage return in the line that ends none, and is in no quotes? */
static int
has_lone_return(const char *p, const char *end)
{
    const char *cr = memchr(p, '\r', (size_t)(end - p));

    return cr && cr + 1 < end && cr[1] != '\n' && !memchr(p, '"', (size_t)(cr - p));
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
        return "JSON: read it with json.read, jsonl.read or frame.read";
    return NULL;
}

int
csv_file_kind_zero(const CsvLex *lex, const char *zero)
{
    return csv_lex_fail(lex, zero, ERR_SYNTAX, "a zero byte: the file is not text, or is damaged");
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
                return csv_file_kind_zero(lex, zero);
            p = csv_lex_at_line_end(lex, next) ? csv_lex_skip_line_end(lex, next) : next + 1;
        } while (next < zero);
    }
    return OK;
}

int
csv_file_kind_check(const CsvLex *lex, int header)
{
    size_t len = (size_t)(lex->end - lex->start);
    const char *kind;
    int rc = file_kind_check(lex->start, len, lex->name, "CSV", lex->err);

    if (rc || !header || !(kind = header_kind(lex->start, len)))
        return rc;
    return err_set(lex->err, ERR_SYNTAX, "%s looks like %s", lex->name, kind);
}

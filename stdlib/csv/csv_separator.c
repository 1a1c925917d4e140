/* csv_separator.c -- see csv_separator.h */
#include <string.h>

#include "csv/csv_separator.h"

enum { RECORDS = 20, LINES = 50 };      /* that are looked at */

int
csv_is_separator(char c)
{
    return (c == '\t' || (c >= ' ' && c < 127)) && !strchr("\"+-.", c)
           && !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* The character of a first line "sep=;", or 0. */
static char
said(const CsvLex *lex)
{
    const char *p = lex->start;

    if (lex->end - p < 5 || (memcmp(p, "sep=", 4) && memcmp(p, "SEP=", 4)))
        return 0;
    return csv_is_separator(p[4]) && csv_lex_at_line_end(lex, p + 5) ? p[4] : 0;
}

const char *
csv_separator_begin(const CsvLex *lex, size_t skip)
{
    const char *p = said(lex) ? csv_lex_skip_line(lex, lex->start) : lex->start;

    while (skip-- && p < lex->end)
        p = csv_lex_skip_line(lex, p);
    return p;
}

/* How many fields each of the first records has by the lexer's separator; 0 when they
 * differ, or are no records.  A record that the end cuts off does not count. */
static size_t
fields(const CsvLex *lex, const char *p, int cut)
{
    size_t first = 0;

    for (int i = 0; i < RECORDS && (p = csv_lex_skip_empty_lines(lex, p)) < lex->end; i++) {
        size_t n = 0;
        CsvSlice s;

        do {
            p = csv_lex_field(lex, p, &s);
            if (!p)
                return cut ? first : 0;
            n++;
        } while (p < lex->end && *p == lex->separator && p++);
        if (p == lex->end && cut)
            break;
        if (first && n != first)
            return 0;
        first = n;
        p = csv_lex_skip_line_end(lex, p);
    }
    return first;
}

char
csv_separator(const CsvLex *lex, size_t skip)
{
    static const char others[] = ";\t|";
    const char *begin = csv_separator_begin(lex, skip);
    CsvLex look = *lex;
    int cut = lex->end - begin > CSV_SEPARATOR_LOOK;
    char best = lex->decimal == ',' ? ';' : ',';
    size_t most = 1;

    if (said(lex))
        return said(lex);
    look.err = NULL;
    look.separator = ',';
    if (cut)
        look.end = begin + CSV_SEPARATOR_LOOK;
    if (lex->decimal != ',' && fields(&look, begin, cut) > 1)
        return ',';
    for (const char *c = others; *c; c++) {
        size_t n;

        look.separator = *c;
        n = fields(&look, begin, cut);
        if (n > most) {
            most = n;
            best = *c;
        }
    }
    return best;
}

int
csv_separator_table(const CsvLex *lex, const char *last, char *separator)
{
    const char *p = lex->start;
    CsvLex look = *lex;

    look.err = NULL;
    for (int line = 0; line < LINES && p <= last && p < lex->end; line++) {
        int cut = lex->end - p > CSV_SEPARATOR_LOOK;
        size_t most = 1;

        look.end = cut ? p + CSV_SEPARATOR_LOOK : lex->end;
        for (const char *c = ",;\t|"; *c && !csv_lex_at_line_end(lex, p); c++) {
            size_t n;

            look.separator = *c;
            n = fields(&look, p, cut);
            if (n > most) {
                most = n;
                *separator = *c;
            }
        }
        if (most > 1)
            return line;
        p = csv_lex_skip_line(lex, p);
    }
    return -1;
}

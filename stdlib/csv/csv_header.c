/* csv_header.c -- see csv_header.h */
#include <stdlib.h>
#include <string.h>

#include "csv/csv_header.h"

enum { SHOWN = 40 };                /* bytes of a name in a message */

static int
compare_names(const void *a, const void *b)
{
    const Buf *x = &(*(CsvColumn *const *)a)->name, *y = &(*(CsvColumn *const *)b)->name;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int
check_names(CsvTable *t, const char *header)
{
    CsvColumn **sorted = malloc(t->ncolumns * sizeof(CsvColumn *));
    int rc = OK;

    if (!sorted)
        return err_nomem(t->lex.err);
    for (size_t i = 0; i < t->ncolumns; i++)
        sorted[i] = &t->columns[i];
    qsort(sorted, t->ncolumns, sizeof *sorted, compare_names);
    for (size_t i = 1; i < t->ncolumns && rc == OK; i++)
        if (compare_names(&sorted[i - 1], &sorted[i]) == 0)
            rc = csv_lex_fail(&t->lex, header, ERR_SYNTAX,
                              "two columns are named \"%.*s\"",
                              sorted[i]->name.len < SHOWN ? (int)sorted[i]->name.len : SHOWN,
                              (const char *)sorted[i]->name.data);
    free(sorted);
    return rc;
}

/* Names the columns from the record at p, or by number; no name is empty. */
static int
name_columns(CsvTable *t, const char *p)
{
    const char *header = p;

    for (size_t i = 0; i < t->ncolumns; i++) {
        Buf *name = &t->columns[i].name;
        CsvSlice s;

        if (t->header) {
            p = csv_lex_field(&t->lex, p, &s);
            if (csv_lex_unquote(&s, name))
                return err_nomem(t->lex.err);
            p += i + 1 < t->ncolumns;
        }
        if (name->len == 0 && buf_printf(name, "column_%zu", i + 1))
            return err_nomem(t->lex.err);
    }
    t->body = t->header ? csv_lex_skip_line_end(&t->lex, p) : header;
    return check_names(t, header);
}

/* Are there only blanks from p on? */
static int
is_blank(const CsvTable *t, const char *p)
{
    while (p < t->lex.end && *p != t->lex.separator
           && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p == t->lex.end;
}

int
csv_header_read(CsvTable *t)
{
    const char *p = csv_lex_skip_empty_lines(&t->lex, t->lex.start);

    if (p == t->lex.end || is_blank(t, p))
        return csv_lex_fail(&t->lex, t->lex.start, ERR_SYNTAX, "expected %s, found %s",
                            t->header ? "a line of column names" : "a record",
                            p == t->lex.end ? "nothing" : "blanks alone");
    t->ncolumns = csv_lex_count(&t->lex, p);
    if (!t->ncolumns)
        return t->lex.err ? t->lex.err->code : ERR_SYNTAX;
    t->columns = calloc(t->ncolumns, sizeof *t->columns);
    if (!t->columns) {
        t->ncolumns = 0;
        return err_nomem(t->lex.err);
    }
    return name_columns(t, p);
}

/* csv_header.c -- see csv_header.h */
#include <stdlib.h>
#include <string.h>

#include "csv/csv_header.h"
#include "csv/csv_separator.h"

enum { SHOWN = 40 };                /* bytes of a name in a message */

static int
compare_names(const void *a, const void *b)
{
    const Buf *x = &(*(CsvColumn *const *)a)->name, *y = &(*(CsvColumn *const *)b)->name;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int
is_taken(CsvColumn *const *sorted, size_t n, CsvColumn *one)
{
    return bsearch(&one, sorted, n, sizeof *sorted, compare_names) != NULL;
}

/* The order of compare_names, equal ones as they are in the table. */
static int
compare_places(const void *a, const void *b)
{
    const CsvColumn *x = *(CsvColumn *const *)a, *y = *(CsvColumn *const *)b;
    int order = compare_names(a, b);

    return order ? order : (x > y) - (x < y);
}

/* Of columns of one name a, the second becomes a_2, or what follows and is no name yet. */
static int
number_names(CsvTable *t, CsvColumn **sorted)
{
    size_t n = t->ncolumns, number = 2;
    CsvColumn *first = sorted[0];

    qsort(sorted, n, sizeof *sorted, compare_places);
    first = sorted[0];
    for (size_t i = 1; i < n; i++) {
        CsvColumn made = {.name = {NULL, 0, 0}};
        int rc = OK;

        if (compare_names(&sorted[i], &first)) {
            first = sorted[i];
            number = 2;
            continue;
        }
        do {
            made.name.len = 0;
            rc = buf_put(&made.name, first->name.data, first->name.len)
                 || buf_printf(&made.name, "_%zu", number++);
        } while (!rc && is_taken(sorted, n, &made));
        if (rc) {
            buf_release(&made.name);
            return err_nomem(t->lex.err);
        }
        /* kept aside: the list stays sorted by the names as they were */
        sorted[i]->renamed = made.name;
    }
    for (size_t i = 0; i < n; i++) {
        CsvColumn *c = &t->columns[i];

        if (c->renamed.data) {
            buf_release(&c->name);
            c->name = c->renamed;
            buf_init(&c->renamed);
        }
    }
    return OK;
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
    if (t->form.number_names)
        rc = number_names(t, sorted);
    qsort(sorted, t->ncolumns, sizeof *sorted, compare_names);
    for (size_t i = 1; i < t->ncolumns && rc == OK; i++)
        if (compare_names(&sorted[i - 1], &sorted[i]) == 0)
            rc = csv_lex_fail(&t->lex, header, ERR_SYNTAX,
                              "two columns are named \"%.*s\"; duplicates = \"number\" "
                              "numbers them, names = { ... } names all columns",
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
        if (t->form.n_names) {
            const CsvText *given = &t->form.names[i];

            name->len = 0;
            if (buf_put(name, given->at, given->len))
                return err_nomem(t->lex.err);
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
    size_t n;
    const char *p = csv_separator_begin(&t->lex, t->form.skip);

    p = csv_lex_skip_empty_lines(&t->lex, p);
    if (p == t->lex.end || is_blank(t, p))
        return csv_lex_fail(&t->lex, t->lex.start, ERR_SYNTAX, "expected %s, found %s",
                            t->header ? "a line of column names" : "a record",
                            p == t->lex.end ? "nothing" : "blanks alone");
    n = csv_lex_count(&t->lex, p);
    if (!n)
        return t->lex.err ? t->lex.err->code : ERR_SYNTAX;
    if (t->form.n_names && t->form.n_names != n)
        return csv_lex_fail(&t->lex, p, ERR_SYNTAX, "names has %zu name%s, and the table has "
                            "%zu column%s", t->form.n_names, t->form.n_names == 1 ? "" : "s",
                            n, n == 1 ? "" : "s");
    t->columns = calloc(n, sizeof *t->columns);
    if (!t->columns)
        return err_nomem(t->lex.err);
    t->ncolumns = n;
    return name_columns(t, p);
}

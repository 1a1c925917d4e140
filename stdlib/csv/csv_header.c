/* csv_header.c -- see csv_header.h */
#include <stdlib.h>
#include <string.h>

#include "base/datetime.h"
#include "csv/csv_header.h"
#include "csv/csv_separator.h"

enum {
    SHOWN = 40,                     /* bytes of a name in a message */
    EMPTY = 1000                    /* names that may be missing */
};

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
    size_t empty = 0;

    for (size_t i = 0; i < t->ncolumns; i++) {
        Buf *name = &t->columns[i].name;
        CsvSlice s;

        if (t->header) {
            p = csv_lex_field(&t->lex, p, &s);
            if (csv_lex_unquote(&t->lex, &s, name))
                return err_nomem(t->lex.err);
            p += i + 1 < t->ncolumns;
        }
        if (t->form.n_names) {
            const CsvText *given = &t->form.names[i];

            name->len = 0;
            if (buf_put(name, given->at, given->len))
                return err_nomem(t->lex.err);
        }
        if (name->len == 0 && t->header && ++empty > EMPTY)
            return csv_lex_fail(&t->lex, header, ERR_SYNTAX, "more than %d of %zu columns have no "
                                "name; names = { ... } names all columns, header = false numbers "
                                "them", EMPTY, t->ncolumns);
        if (name->len == 0 && buf_printf(name, "column_%zu", i + 1))
            return err_nomem(t->lex.err);
    }
    t->body = t->header ? csv_lex_skip_line_end(&t->lex, p) : header;
    return check_names(t, header);
}

/* Is the field of the header at p a value, as a record has them?  Its end is in *next. */
static int
is_value(const CsvTable *t, const char *p, const char **next, CsvNumber *n)
{
    CsvSlice s, bare;
    int64_t ms;

    *next = csv_lex_field(&t->lex, p, &s);
    bare = csv_lex_trim(&t->lex, s);
    n->integer = 0;
    if (s.quoted || bare.at == bare.end)
        return 0;                   /* in quotes, or empty */
    return csv_lex_number(&t->lex, &bare, n) || csv_lex_boolean(&bare) >= 0
           || datetime_parse(bare.at, (size_t)(bare.end - bare.at), &ms) == 0;
}

/* Do integers number columns: 0, 1, 2; or years, one behind the other? */
static int
are_numbers_of_columns(size_t n, int64_t first, int64_t step)
{
    return n == 1 ? first == 0 : step && (n > 2 || (step == 1 && (first == 0 || first == 1)));
}

/* A record that is taken for a header would be lost: 0, or an error. */
static int
check_header(CsvTable *t)
{
    const char *p = t->header_at;
    int64_t first = 0, last = 0, step = 0;
    int steady = 1;
    CsvNumber n;

    for (size_t i = 0; i < t->ncolumns; i++, p++) {
        const char *at = p;

        if (!is_value(t, at, &p, &n)) {
            if (!t->form.n_names)
                return OK;
            continue;
        }
        if (t->form.n_names)
            return csv_lex_fail(&t->lex, at, ERR_SYNTAX, "names replaces this line, and "
                                "\"%.*s\" looks like a value; header = false reads the line "
                                "as a record, header = true leaves it out",
                                (int)(p - at < SHOWN ? p - at : SHOWN), at);
        steady &= n.integer && n.i >= INT32_MIN && n.i <= INT32_MAX
                  && (i < 2 || n.i - last == step);
        if (i == 0)
            first = n.i;
        else if (i == 1 && steady)
            step = n.i - last;
        last = n.i;
    }
    if (t->form.n_names || (steady && are_numbers_of_columns(t->ncolumns, first, step)))
        return OK;
    return csv_lex_fail(&t->lex, t->header_at, ERR_SYNTAX, "the line of column names has only "
                        "values; header = false reads it as a record, header = true as names");
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
    t->header_at = p;
    n = csv_lex_count(&t->lex, p);
    if (!n)
        return t->lex.err ? t->lex.err->code : ERR_SYNTAX;
    if (t->form.n_names && t->form.n_names != n)
        return csv_lex_fail(&t->lex, p, ERR_SYNTAX, "names has %zu name%s, but the table has "
                            "%zu column%s", t->form.n_names, t->form.n_names == 1 ? "" : "s",
                            n, n == 1 ? "" : "s");
    t->columns = calloc(n, sizeof *t->columns);
    if (!t->columns)
        return err_nomem(t->lex.err);
    t->ncolumns = n;
    if (t->header && !t->form.header_said && check_header(t))
        return t->lex.err ? t->lex.err->code : ERR_SYNTAX;
    return name_columns(t, p);
}

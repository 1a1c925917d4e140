/* query_hint.c -- "did you mean" for names that a store has not (lua/query/did_you_mean.lua). */
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "library/query.h"

enum {
    RECENT = 200,                       /* runs, and names of artifacts, that are looked through */
    MOST = 10000                        /* names of artifacts whose parts are compared */
};

int
query_names_init(QueryNames *names, const Rows *rows, Err *err)
{
    size_t size = 0;
    char *p;

    memset(names, 0, sizeof *names);
    for (size_t i = 0; i < rows->n; i++)
        size += rows_cell(rows, i, 0).type == DB_TEXT ? rows_cell(rows, i, 0).as.s.len + 1 : 1;
    names->list = malloc((rows->n + 1) * sizeof *names->list);
    names->bytes = p = malloc(size + 1);
    if (!names->list || !p)
        return err_nomem(err);
    for (size_t i = 0; i < rows->n; i++) {
        DbValue v = rows_cell(rows, i, 0);
        size_t n = v.type == DB_TEXT ? v.as.s.len : 0;

        names->list[names->n++] = p;
        if (n)
            memcpy(p, v.as.s.data, n);
        p[n] = 0;
        p += n + 1;
    }
    return OK;
}

void
query_names_release(QueryNames *names)
{
    free(names->list);
    free(names->bytes);
}

/* Appends the hint for the names of the rows; all: those there are, where none is near. */
static int
hint(const Rows *rows, const char *name, int all, Buf *out, Err *err)
{
    QueryNames names;
    int rc = query_names_init(&names, rows, err);
    const char *near = rc == OK && !all ? suggest_nearest(name, names.list, names.n) : NULL;

    if (rc == OK && (all ? suggest_hint(out, name, names.list, names.n)
                         : near && suggest_put(out, "", near)))
        rc = err_nomem(err);
    query_names_release(&names);
    return rc;
}

int
query_hint_run(Meta *m, const char *name, Buf *out, Err *err)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = query_ask(m, &rows, err, "recent_run_names", (int64_t)RECENT);
    if (rc == OK)
        rc = hint(&rows, name, 0, out, err);
    rows_release(&rows);
    return rc;
}

int
query_hint_pipeline(Meta *m, const char *name, Buf *out, Err *err)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = query_ask(m, &rows, err, "pipeline_names");
    if (rc == OK)
        rc = hint(&rows, name, 1, out, err);
    rows_release(&rows);
    return rc;
}

int
query_hint_model(Meta *m, const char *name, Buf *out, Err *err)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = query_ask(m, &rows, err, "model_names");
    if (rc == OK)
        rc = rows.n ? hint(&rows, name, 1, out, err)
           : buf_puts(out, "; a run of a pipeline with that model makes it") ? err_nomem(err) : OK;
    rows_release(&rows);
    return rc;
}

/* The names that begin as the name does: of PIPELINE::STEP::OUTPUT those of the pipeline are
 * enough, where it has any. */
static int
names_like(Meta *m, const char *name, Rows *out, Err *err)
{
    const char *colons = strstr(name, "::");
    Slice start = {name, colons ? (size_t)(colons - name) + 2 : 0};
    int rc = query_ask(m, out, err, "names_from", start, (int64_t)RECENT);

    if (rc || out->n || !start.len)
        return rc;
    rows_release(out);
    rows_init(out);
    return query_ask(m, out, err, "names_from", (Slice){"", 0}, (int64_t)RECENT);
}

/* The near one of the parts of names, PIPELINE, STEP and OUTPUT. */
static int
hint_part(const Rows *rows, const char *name, Buf *out, Err *err)
{
    QueryNames names;
    const char **parts = NULL, *near;
    size_t n = 0;
    int rc = query_names_init(&names, rows, err);

    for (size_t i = 0; rc == OK && i < names.n; i++)
        for (const char *p = names.list[i]; *p; p++)
            n += *p == ':';
    if (rc == OK && !(parts = malloc((names.n + n + 1) * sizeof *parts)))
        rc = err_nomem(err);
    n = 0;
    for (size_t i = 0; rc == OK && i < names.n; i++)
        for (char *save, *p = strtok_r(names.bytes + (names.list[i] - names.bytes), ":", &save); p;
             p = strtok_r(NULL, ":", &save))
            parts[n++] = p;
    near = rc == OK ? suggest_nearest(name, parts, n) : NULL;
    if (near && suggest_put(out, "", near))
        rc = err_nomem(err);
    free(parts);
    query_names_release(&names);
    return rc;
}

int
query_hint_artifact(Meta *m, const char *name, Buf *out, Err *err)
{
    size_t before = out->len;
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = names_like(m, name, &rows, err);
    if (rc == OK && (rc = hint(&rows, name, 0, out, err)) == OK && out->len == before
        && !strstr(name, "::"))
        rc = hint_part(&rows, name, out, err);
    rows_release(&rows);
    return rc;
}

int
query_names_with(Meta *m, const char *part, Rows *out, Err *err)
{
    return query_ask(m, out, err, "names_with", (Slice){part, strlen(part)}, (int64_t)MOST);
}

/* query.c -- listings for rille_list: cursors that read a page at a time, newest first.
 *
 * A page begins behind the last row of the one before, and rows grow with time: what is recorded
 * meanwhile comes before the first page, so nothing is given twice or left out.  Of artifacts
 * the listing has the newest version of each name, as of the moment when it began. */
#include <stdlib.h>
#include <string.h>

#include "library/query.h"
#include "library/query_store.h"
#include "meta/query_models.h"

enum { PAGE = 64 };

struct rille_cursor {
    rille_engine *e;                    /* referenced */
    int what;                           /* RILLE_RUNS ... */
    FilterText filter;
    Rows page;
    size_t at;                          /* in the page */
    int64_t before, upto;               /* the last row that was given; see query_artifacts */
    int is_last;                        /* no page follows */
};

/* ---- filters ---- */

static int
read_known(Meta *m, FilterText *out, Slice text, Err *err)
{
    const FilterSubject *subject = out->filter.subject;
    Rows params, metrics;
    QueryNames p = {0}, k = {0};
    FilterKnown known;
    int rc;

    rows_init(&params);
    rows_init(&metrics);
    if ((rc = query_ask(m, &params, err, "param_names")) == OK
        && (rc = query_ask(m, &metrics, err, "metric_names")) == OK
        && (rc = query_names_init(&p, &params, err)) == OK
        && (rc = query_names_init(&k, &metrics, err)) == OK) {
        known = (FilterKnown){p.list, k.list, p.n, k.n};
        filter_text_release(out);
        filter_text_init(out, subject);
        rc = filter_text_read(out, text, FILTER_TEXT_ADJACENT, &known, err);
    }
    query_names_release(&p);
    query_names_release(&k);
    rows_release(&params);
    rows_release(&metrics);
    return rc;
}

int
query_read_filter(rille_engine *e, Meta *m, const FilterSubject *subject, const char *text,
                  FilterText *out)
{
    Slice s = {text, text ? strlen(text) : 0};
    Err err;
    int rc = OK;

    filter_text_init(out, subject);
    if (strspn(text ? text : "", " \t\n\v\f\r") < s.len)
        rc = filter_text_read(out, s, FILTER_TEXT_ADJACENT, NULL, &err);
    if (rc == ERR_INVAL && out->is_unknown && m)
        rc = read_known(m, out, s, &err);
    if (rc == ERR_INVAL && out->message.len && buf_cstr(&out->message))
        return engine_report(e, RILLE_EINVAL, buf_cstr(&out->message));
    return rc ? engine_report_err(e, &err) : RILLE_OK;
}

/* ---- cursors ---- */

static const FilterSubject *
subject_of(int what)
{
    return what == RILLE_RUNS ? &filter_runs : what == RILLE_ARTIFACTS ? &filter_artifacts
         : what == RILLE_MODELS ? &filter_models : NULL;
}

static int
newest_version(Meta *m, int64_t *row, Err *err)
{
    Rows rows;
    int rc;

    rows_init(&rows);
    rc = query_ask(m, &rows, err, "newest_version_row");
    *row = rc == OK && rows.n ? rows_int(&rows, 0, 0) : 0;
    rows_release(&rows);
    return rc;
}

static int
open_cursor(rille_cursor *c, Meta *m, const char *filter)
{
    Err err;
    int rc = query_read_filter(c->e, m, subject_of(c->what), filter, &c->filter);

    if (rc || c->what != RILLE_ARTIFACTS || !m)
        return rc;
    rc = newest_version(m, &c->upto, &err);
    c->before = c->upto + 1;
    return rc ? engine_report_err(c->e, &err) : RILLE_OK;
}

/* A cursor over a store that no run has made yet ends at once. */
static int
open_meta(rille_engine *e, Meta **m)
{
    int rc = query_store(e, m, NULL);

    return rc == RILLE_ENOTFOUND && !e->meta ? engine_report(e, RILLE_OK, "") : rc;
}

int
rille_list(rille_cursor **out, rille_engine *e, int what, const char *filter)
{
    rille_cursor *c;
    Meta *m = NULL;
    int rc;

    if (out)
        *out = NULL;
    if (!out || !e)
        return RILLE_EINVAL;
    if ((rc = engine_acquire(e)))
        return rc;
    c = calloc(1, sizeof *c);
    if (!subject_of(what) || !c)
        rc = c ? engine_report_as(e, RILLE_EINVAL, "rille_list: what is %d; expected RILLE_RUNS, "
                                  "RILLE_ARTIFACTS or RILLE_MODELS", what) : engine_nomem(e);
    if (c) {
        c->e = e;
        c->what = what;
        engine_reference(e);
    }
    if (rc == RILLE_OK && (rc = open_meta(e, &m)) == RILLE_OK)
        rc = open_cursor(c, m, filter);
    if (rc == RILLE_OK) {
        c->is_last = m == NULL;
        *out = c;
    } else {
        rille_cursor_free(c);
    }
    engine_release(e);
    return rc;
}

void
rille_cursor_free(rille_cursor *c)
{
    if (!c)
        return;
    filter_text_release(&c->filter);
    rows_release(&c->page);
    engine_unreference(c->e);
    free(c);
}

static int
read_page(rille_cursor *c, Meta *m, Err *err)
{
    const Filter *filter = &c->filter.filter;
    int64_t next;

    if (c->what == RILLE_RUNS)
        return query_runs(m, &(QueryRuns){.before = c->before, .limit = PAGE, .filter = filter},
                          &c->page, &next, err);
    if (c->what == RILLE_ARTIFACTS)
        return query_artifacts(m, &(QueryArtifacts){.upto = c->upto, .before = c->before,
                                                    .limit = PAGE, .filter = filter},
                               &c->page, err);
    return query_model_versions(m, &(QueryModelVersions){.before = c->before, .limit = PAGE,
                                                         .filter = filter}, &c->page, err);
}

static const char *
row_column(int what)
{
    return what == RILLE_RUNS ? "row" : what == RILLE_ARTIFACTS ? "version_row" : "id";
}

/* Reads the next page where the one at hand is used up. */
static int
fill(rille_cursor *c, Meta *m)
{
    Err err;
    int rc;

    if (c->at < c->page.n || c->is_last)
        return RILLE_OK;
    rows_release(&c->page);
    rows_init(&c->page);
    c->at = 0;
    /* no version has a name yet */
    rc = c->what == RILLE_ARTIFACTS && !c->upto ? OK : read_page(c, m, &err);
    if (rc)
        return engine_report_err(c->e, &err);
    c->is_last = c->page.n < PAGE;
    if (c->page.n)
        c->before = rows_number(&c->page, c->page.n - 1, row_column(c->what));
    return RILLE_OK;
}

/* Makes a handle of the next row; *out stays NULL at the end. */
static int
next_row(void **out, rille_cursor *c)
{
    Meta *m = NULL;
    int rc = c->is_last && c->at >= c->page.n ? RILLE_OK : query_store(c->e, &m, NULL);

    if (rc || (rc = fill(c, m)) || c->at >= c->page.n)
        return rc;
    if (c->what == RILLE_RUNS)
        *out = query_run_of(c->e, &c->page, c->at);
    else if (c->what == RILLE_ARTIFACTS)
        *out = query_artifact_of(c->e, &c->page, c->at);
    else
        *out = query_model_of(c->e, &c->page, c->at);
    c->at++;
    return *out ? RILLE_OK : c->e->err.code;
}

static int
next_of(void **out, rille_cursor *c, int what)
{
    static const char *const names[] = {"runs", "artifacts", "models"};
    int rc = engine_acquire(c->e);

    if (rc)
        return rc;
    rc = c->what == what
             ? next_row(out, c)
             : engine_report_as(c->e, RILLE_EINVAL, "the cursor is one of %s, not of %s",
                                names[c->what], names[what]);
    engine_release(c->e);
    return rc;
}

int
rille_next_run(rille_run **out, rille_cursor *c)
{
    void *next = NULL;
    int rc = out && c ? next_of(&next, c, RILLE_RUNS) : RILLE_EINVAL;

    if (out)
        *out = next;
    return rc;
}

int
rille_next_artifact(rille_artifact **out, rille_cursor *c)
{
    void *next = NULL;
    int rc = out && c ? next_of(&next, c, RILLE_ARTIFACTS) : RILLE_EINVAL;

    if (out)
        *out = next;
    return rc;
}

int
rille_next_model(rille_model **out, rille_cursor *c)
{
    void *next = NULL;
    int rc = out && c ? next_of(&next, c, RILLE_MODELS) : RILLE_EINVAL;

    if (out)
        *out = next;
    return rc;
}

/* query_find.c -- one run or artifact by what people call it: the references of the program
 * (rille help names), without Lua. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library/query.h"

/* ---- handles of rows ---- */

rille_run *
query_new_run(rille_engine *e, int64_t row, const char *id, const char *name, const char *status)
{
    rille_run *r = calloc(1, sizeof *r);

    if (!r) {
        engine_nomem(e);
        return NULL;
    }
    r->e = e;
    engine_reference(e);
    r->row = row;
    r->id = strdup(id);
    r->name = strdup(name);
    r->status = strdup(status);
    if (!r->id || !r->name || !r->status) {
        rille_run_free(r);
        engine_nomem(e);
        return NULL;
    }
    return r;
}

rille_run *
query_run_of(rille_engine *e, const Rows *rows, size_t i)
{
    char *id = query_copy(rows_text(rows, i, "id")), *name = query_copy(rows_text(rows, i, "name"));
    char *status = query_copy(rows_text(rows, i, "status"));
    rille_run *r = NULL;

    if (id && name && status)
        r = query_new_run(e, rows_number(rows, i, "row"), id, name, status);
    else
        engine_nomem(e);
    free(id);
    free(name);
    free(status);
    return r;
}

rille_artifact *
query_artifact_of(rille_engine *e, const Rows *rows, size_t i)
{
    Slice digest = rows_text(rows, i, "digest"), name = rows_text(rows, i, "name");
    int64_t number = rows_number(rows, i, "number");
    rille_artifact *a = NULL;

    if (digest.len == HASH_SIZE)
        a = query_new_artifact(e, (const unsigned char *)digest.data);
    else
        engine_report_as(e, RILLE_ECORRUPT, "artifact %.*s is not in the metadata; rerun its step",
                         (int)name.len, name.data ? name.data : "");
    if (a && name.data && !(a->name = query_copy(name))) {
        rille_artifact_free(a);
        engine_nomem(e);
        return NULL;
    }
    if (a)
        a->number = number ? number : rows_number(rows, i, "version");
    return a;
}

/* ---- searching ---- */

/* What was found of a reference, and what to say where nothing was. */
typedef struct Search {
    rille_engine *e;
    Meta *m;
    Rows rows;
    Buf message;
    Err err;
} Search;

static Slice
slice(const char *s)
{
    return (Slice){s, s ? strlen(s) : 0};
}

static int
begin(Search *s, rille_engine *e)
{
    memset(s, 0, sizeof *s);
    s->e = e;
    return query_begin(e, &s->m);
}

static int
end(Search *s, int rc)
{
    rows_release(&s->rows);
    buf_release(&s->message);
    return query_end(s->e, rc, &s->err);
}

/* Ends the message, which is that of the failure. */
static int
say(Search *s, int bad)
{
    if (bad || !buf_cstr(&s->message))
        return err_nomem(&s->err);
    return err_set(&s->err, ERR_NOTFOUND, "%s", buf_cstr(&s->message));
}

/* ---- runs ---- */

/* An integer that is the whole text. */
static int
whole_number(const char *text, int64_t *out)
{
    char *behind;

    if (!*text || strspn(text, "-0123456789") != strlen(text) || strlen(text) > 18)
        return 0;
    *out = strtoll(text, &behind, 10);
    return *behind == 0;
}

/* The pipeline has no such run, or there is no such pipeline. */
static int
no_nth_run(Search *s, const char *pipeline, int64_t n)
{
    Rows count;
    int64_t runs = 0;
    int rc;

    rows_init(&count);
    rc = query_ask(s->m, &count, &s->err, "listed_runs", slice(pipeline));
    if (rc == OK && count.n)
        runs = rows_int(&count, 0, 0);
    rows_release(&count);
    if (rc)
        return rc;
    if (runs)
        return err_set(&s->err, ERR_NOTFOUND, "pipeline \"%s\" has no run %lld; it has 1 to %lld, "
                       "and -1 is the newest", pipeline, (long long)n, (long long)runs);
    if (buf_printf(&s->message, "no runs of a pipeline named \"%s\"", pipeline))
        return err_nomem(&s->err);
    rc = query_hint_pipeline(s->m, pipeline, &s->message, &s->err);
    return rc ? rc : say(s, 0);
}

static int
find_nth(Search *s, const char *pipeline, int64_t n)
{
    int rc = query_nth_run(s->m, slice(pipeline), n, 0, &s->rows, &s->err);

    return rc || s->rows.n ? rc : no_nth_run(s, pipeline, n);
}

/* The newest run but n of all; *at is its row. */
static int
find_newest(Search *s, int64_t n, size_t *at)
{
    QueryRuns q = {.limit = -n};
    int64_t next;
    int rc;

    if (n >= 0)
        return err_set(&s->err, ERR_NOTFOUND, "@%lld: name a pipeline, PIPELINE@%lld; @-1 is the "
                       "newest run of all", (long long)n, (long long)n);
    if ((rc = query_runs(s->m, &q, &s->rows, &next, &s->err)))
        return rc;
    *at = (size_t)-n - 1;
    if (s->rows.n > *at)
        return OK;
    if (!s->rows.n)
        return err_set(&s->err, ERR_NOTFOUND, "this store has no runs");
    return err_set(&s->err, ERR_NOTFOUND, "there is no run @%lld; this store has %zu", (long long)n,
                   s->rows.n);
}

/* A name that no run has: says why, or which is near. */
static int
no_run(Search *s, const char *ref)
{
    Err why = s->err;
    Rows newest;
    int rc, is_pipeline;

    rows_init(&newest);
    rc = query_nth_run(s->m, slice(ref), -1, 0, &newest, &s->err);
    is_pipeline = rc == OK && newest.n;
    rows_release(&newest);
    if (rc)
        return rc;
    if (is_pipeline)
        return err_set(&s->err, ERR_NOTFOUND, "\"%s\" is a pipeline; for its newest run: %s@-1",
                       ref, ref);
    if (buf_puts(&s->message, why.msg))
        return err_nomem(&s->err);
    rc = query_hint_run(s->m, ref, &s->message, &s->err);
    return rc ? rc : say(s, 0);
}

/* By name or id, of that pipeline. */
static int
find_named(Search *s, const char *pipeline, const char *ref)
{
    int64_t n;
    int rc = query_run(s->m, slice(ref), &s->rows, &s->err);
    Slice of;

    if (rc == ERR_NOTFOUND && pipeline && whole_number(ref, &n) && n > 0)
        return find_nth(s, pipeline, n);
    if (rc)
        return rc == ERR_NOTFOUND ? no_run(s, ref) : rc;
    of = rows_text(&s->rows, 0, "pipeline");
    if (!pipeline || (of.len == strlen(pipeline) && !memcmp(of.data, pipeline, of.len)))
        return OK;
    return err_set(&s->err, ERR_NOTFOUND, "run %s is one of pipeline \"%.*s\", not of \"%s\"", ref,
                   (int)of.len, of.data ? of.data : "", pipeline);
}

/* "latest", "-2", "@-2", "PIPELINE@-2", a name or an id. */
static int
find_run(Search *s, const char *pipeline, const char *ref, size_t *at)
{
    const char *sign = strrchr(ref, '@');
    int64_t n = -1;
    char *name;
    int rc;

    if (sign == ref)
        ref++;
    if (strcmp(ref, "latest") == 0 || ((*ref == '-' || sign == ref - 1) && whole_number(ref, &n)))
        return pipeline ? find_nth(s, pipeline, n) : find_newest(s, n, at);
    if (!sign || sign < ref || !whole_number(sign + 1, &n))
        return find_named(s, pipeline, ref);
    if (!(name = strndup(ref, (size_t)(sign - ref))))
        return err_nomem(&s->err);
    rc = find_nth(s, name, n);
    free(name);
    return rc;
}

int
rille_find_run(rille_run **out, rille_engine *e, const char *pipeline, const char *ref)
{
    size_t at = 0;
    Search s;
    int rc;

    if (out)
        *out = NULL;
    if (!out || !e)
        return RILLE_EINVAL;
    if ((rc = begin(&s, e)))
        return rc;
    rc = find_run(&s, pipeline, ref ? ref : "latest", &at);
    if (rc == OK && !(*out = query_run_of(e, &s.rows, at)))
        rc = err_nomem(&s.err);
    return end(&s, rc);
}

/* ---- artifacts ---- */

/* Of NAME@WHICH, where there are versions of NAME: what is wrong with WHICH. */
static int
no_version(Search *s, const char *ref, int *said)
{
    const char *sign = strrchr(ref, '@');
    Rows newest;
    int64_t number = 0, n;
    int rc;

    *said = 0;
    if (!sign)
        return OK;
    rows_init(&newest);
    rc = query_ask(s->m, &newest, &s->err, "newest_versions",
                   (Slice){ref, (size_t)(sign - ref)}, (int64_t)1);
    if (rc == OK && newest.n)
        number = rows_number(&newest, 0, "version");
    rows_release(&newest);
    if (rc || !number)
        return rc;
    *said = 1;
    if (whole_number(sign + 1, &n))
        return err_set(&s->err, ERR_NOTFOUND, "artifact %.*s has no version %s; the newest is %lld",
                       (int)(sign - ref), ref, sign + 1, (long long)number);
    return err_set(&s->err, ERR_NOTFOUND, "no version of artifact %.*s has the tag \"%s\"",
                   (int)(sign - ref), ref, sign + 1);
}

static int
no_artifact(Search *s, const char *ref)
{
    Err why = s->err;
    const char *sign = strrchr(ref, '@');
    char *name;
    int said, rc = no_version(s, ref, &said);

    if (rc || said)
        return rc;
    name = strndup(ref, sign ? (size_t)(sign - ref) : strlen(ref));
    rc = !name || buf_puts(&s->message, why.msg)
             ? err_nomem(&s->err) : query_hint_artifact(s->m, name, &s->message, &s->err);
    free(name);
    return rc ? rc : say(s, 0);
}

static int
several(Search *s, const char *part, const Rows *names)
{
    Buf *b = &s->message;
    int bad = buf_printf(b, "\"%s\" is the name of several artifacts: ", part);

    for (size_t i = 0; i < names->n && i < 5 && !bad; i++) {
        Slice name = rows_cell(names, i, 0).as.s;

        bad = (i && buf_puts(b, ", ")) || buf_put(b, name.data, name.len);
    }
    bad = bad || (names->n > 5 && buf_puts(b, ", ...")) || buf_puts(b, "; write one in full");
    if (bad || !buf_cstr(b))
        return err_nomem(&s->err);
    return err_set(&s->err, ERR_INVAL, "%s", buf_cstr(b));
}

/* By the end of the name, or by the step, where no other artifact has it. */
static int
find_by_part(Search *s, const char *ref)
{
    const char *sign = strrchr(ref, '@');
    char *part = strndup(ref, sign ? (size_t)(sign - ref) : strlen(ref));
    Err why = s->err;
    Rows names;
    Buf full;
    int rc;

    rows_init(&names);
    buf_init(&full);
    rc = part ? query_names_with(s->m, part, &names, &s->err) : err_nomem(&s->err);
    if (rc == OK && names.n > 1) {
        rc = several(s, part, &names);
    } else if (rc == OK && names.n == 1) {
        Slice name = rows_cell(&names, 0, 0).as.s;

        rc = buf_put(&full, name.data, name.len) || buf_puts(&full, sign ? sign : "")
                     || !buf_cstr(&full) ? err_nomem(&s->err)
           : query_artifact(s->m, slice(buf_cstr(&full)), &s->rows, &s->err);
        if (rc == ERR_NOTFOUND)
            rc = no_artifact(s, buf_cstr(&full));
    } else if (rc == OK) {
        s->err = why;
        rc = no_artifact(s, ref);
    }
    free(part);
    buf_release(&full);
    rows_release(&names);
    return rc;
}

int
rille_find_artifact(rille_artifact **out, rille_engine *e, const char *ref)
{
    Search s;
    int rc;

    if (out)
        *out = NULL;
    if (!out || !e)
        return RILLE_EINVAL;
    if (!ref)
        return engine_report(e, RILLE_EINVAL, "rille_find_artifact: ref is NULL");
    if ((rc = begin(&s, e)))
        return rc;
    rc = query_artifact(s.m, slice(ref), &s.rows, &s.err);
    if (rc == ERR_NOTFOUND) {
        rows_release(&s.rows);
        rows_init(&s.rows);
        rc = find_by_part(&s, ref);
    }
    if (rc == OK && !(*out = query_artifact_of(e, &s.rows, 0)))
        s.err = e->err;
    rc = rc ? rc : *out ? OK : s.err.code;
    return end(&s, rc);
}

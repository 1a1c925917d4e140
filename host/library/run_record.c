/* run_record.c -- see run_record.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library/run_record.h"
#include "meta/wiring_bytes.h"

/* ---- life ---- */

static void
release_step(RunStep *s)
{
    free(s->id);
    free(s->step);
    free(s->of);
    rows_release(&s->run);
    rows_release(&s->inputs);
    rows_release(&s->outputs);
}

void
run_record_release(RunRecord *r)
{
    for (size_t i = 0; i < r->n; i++)
        release_step(&r->steps[i]);
    free(r->steps);
    rows_release(&r->row);
    json_tree_release(&r->expansion);
    json_tree_release(&r->extra);
    json_tree_release(&r->naming);
    json_tree_release(&r->git);
}

Slice
run_record_text(const RunRecord *r, const char *column)
{
    return rows_text(&r->row, 0, column);
}

static int
is_text(Slice s, const char *word)
{
    return s.data && s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}

/* ---- status ---- */

Slice
run_step_status(const RunStep *s)
{
    static const char *const names[] = {"pending", "completed", "cached",  "failed",
                                        "skipped", "stopped",   "cached"};
    const char *name = s->code >= 0 && s->code <= 6 ? names[s->code] : s->status;

    if (name)
        return (Slice){name, strlen(name)};
    return s->run.n ? rows_text(&s->run, 0, "status") : (Slice){"pending", 7};
}

int
run_step_is_cached(const RunStep *s)
{
    return s->code == TRACE_CACHED || s->code == TRACE_CUT_OFF;
}

/* ---- JSON of the row ---- */

/* A damaged text tells nothing; fsck speaks of it. */
static int
parse(const RunRecord *r, const char *column, JsonTree *out, Err *err)
{
    Slice text = run_record_text(r, column);
    int rc = text.data ? json_tree_parse(out, column, text.data, text.len, err) : OK;

    if (rc && rc != ERR_NOMEM) {
        json_tree_release(out);
        *out = (JsonTree){0};
        rc = OK;
    }
    return rc;
}

/* The element of a list [[position, ...], ...] of the expansion. */
static const JsonNode *
described(const RunRecord *r, const char *list, int64_t position)
{
    const JsonTree *t = &r->expansion;
    const JsonNode *all = json_tree_field(t, json_tree_top(t), list), *one, *at;

    for (one = json_tree_first(t, all); one; one = json_tree_next(t, all, one)) {
        at = json_tree_element(t, one, 0);
        if (at && at->kind == JSON_INT && at->i == position)
            return one;
    }
    return NULL;
}

/* ---- steps ---- */

/* Room for one more; NULL when out of memory. */
static RunStep *
new_step(RunRecord *r)
{
    RunStep *list = r->n & (r->n - 1) ? r->steps
                                      : realloc(r->steps, (r->n ? 2 * r->n : 1) * sizeof *list);

    if (!list)
        return NULL;
    r->steps = list;
    list += r->n++;
    memset(list, 0, sizeof *list);
    rows_init(&list->run);
    rows_init(&list->inputs);
    rows_init(&list->outputs);
    list->code = -1;
    return list;
}

static int
read_step_run(RunRecord *r, RunStep *s, Err *err)
{
    int rc = s->row ? query_step_run(r->meta, s->row, 0, &s->run, err) : OK;

    if (rc || !s->run.n)
        return rc;
    rc = query_edges(r->meta, s->row, 0, &s->inputs, err);
    return rc ? rc : query_edges(r->meta, s->row, 1, &s->outputs, err);
}

/* Its id and the name of its step: those of the trace, else those of its step run. */
static int
name_step(RunStep *s, const QueryStep *q, Err *err)
{
    Slice node = q->node.data ? q->node : s->run.n ? rows_text(&s->run, 0, "node")
                                                   : (Slice){"unknown", 7};
    Slice step = q->step.data ? q->step : s->run.n ? rows_text(&s->run, 0, "step")
                                                   : (Slice){NULL, 0};

    s->step = query_copy(step);
    s->of = query_copy(q->of);
    if (q->of.data && s->of && asprintf(&s->id, "%s[%lld]", s->of, (long long)q->index) < 0)
        s->id = NULL;
    if (!q->of.data)
        s->id = query_copy(node);
    return !s->id || (step.data && !s->step) ? err_nomem(err) : OK;
}

static int
add_steps(RunRecord *r, const QuerySteps *steps, Err *err)
{
    const QueryStep *q = (const QueryStep *)(const void *)steps->steps.data;
    int rc = OK;

    for (size_t n = steps->steps.len / sizeof *q; rc == OK && n; n--, q++) {
        RunStep *s = new_step(r);

        if (!s)
            return err_nomem(err);
        s->position = q->position;
        s->row = q->row;
        s->code = q->code;
        rc = read_step_run(r, s, err);
        rc = rc ? rc : name_step(s, q, err);
    }
    return rc;
}

/* ---- what depended on data ---- */

static void
complete_step(const RunRecord *r, RunStep *s)
{
    const JsonTree *t = &r->expansion;
    const JsonNode *one = s->of ? NULL : described(r, "whens", s->position);

    if (one) {
        s->kind = RUN_WHEN;
        s->stands_for = json_tree_string(t, json_tree_element(t, one, 1), NULL);
        s->output = json_tree_string(t, json_tree_element(t, one, 2), NULL);
    }
    if ((one = described(r, "skipped", s->position)))
        s->reason = json_tree_string(t, json_tree_element(t, one, 1), NULL);
    if (!s->of && described(r, "maps", s->position))
        s->kind = RUN_MAP;
}

/* Moves the items of the map, which are among the n steps at `from`, behind it in `to`. */
static size_t
take_items(RunStep *from, size_t n, RunStep *map, RunStep *to)
{
    size_t taken = 0;

    for (size_t i = 0; i < n; i++)
        if (from[i].of && strcmp(from[i].of, map->id) == 0) {
            DbValue took = from[i].run.n ? rows_get(&from[i].run, 0, "seconds")
                                         : (DbValue){DB_NULL, {0}};

            if (from[i].code == TRACE_RAN && took.type == DB_REAL)
                map->seconds += took.as.d;
            to[taken++] = from[i];
            from[i].id = NULL;          /* is in the new list now */
        }
    map->n_items = taken;
    return taken;
}

/* Each map with its items behind it. */
static int
order_items(RunRecord *r, Err *err)
{
    RunStep *list, *old = r->steps;
    size_t n = 0, first = 0;

    while (first < r->n && !old[first].of)
        first++;
    list = malloc((r->n + 1) * sizeof *list);
    if (!list)
        return err_nomem(err);
    for (size_t i = 0; i < r->n; i++) {
        if (old[i].of)
            continue;
        list[n] = old[i];
        n++;
        if (old[i].kind == RUN_MAP)
            n += take_items(old + first, r->n - first, &list[n - 1], list + n);
    }
    for (size_t i = first; i < r->n; i++)
        if (old[i].of && old[i].id)     /* of no map that is described */
            release_step(&old[i]);
    free(old);
    r->steps = list;
    r->n = n;
    return OK;
}

/* ---- runs without an end ---- */

static RunStep *
find_step(const RunRecord *r, Slice id)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->steps[i].id && is_text(id, r->steps[i].id))
            return &r->steps[i];
    return NULL;
}

/* A step of the wiring that has no step run. */
static int
open_step(RunRecord *to, const Slice *names, int is_running, Err *err)
{
    RunStep *s = new_step(to);

    if (!s)
        return err_nomem(err);
    s->status = is_running ? "pending" : "skipped";
    s->reason = is_running ? NULL : "not started when the run was interrupted";
    s->id = query_copy(names[0]);
    s->step = query_copy(names[1]);
    return s->id && s->step ? OK : err_nomem(err);
}

/* All steps of the wiring in its order, then what else there is. */
static int
complete_open(RunRecord *r, const Slice *names, size_t n, int is_running, Err *err)
{
    RunRecord to = {.n = 0};
    int rc = OK;

    for (size_t i = 0; i < n && rc == OK; i++) {
        RunStep *own = find_step(r, names[2 * i]), *s;

        if (!own) {
            rc = open_step(&to, names + 2 * i, is_running, err);
        } else if ((s = new_step(&to))) {
            *s = *own;
            memset(own, 0, sizeof *own);
        } else {
            rc = err_nomem(err);
        }
        if (rc == OK)
            to.steps[to.n - 1].position = (int64_t)i + 1;
    }
    for (size_t i = 0; i < r->n && rc == OK; i++) {
        RunStep *s = r->steps[i].id ? new_step(&to) : NULL;

        if (s) {
            *s = r->steps[i];
            memset(&r->steps[i], 0, sizeof *s);
        }
    }
    for (size_t i = 0; i < r->n; i++)
        release_step(&r->steps[i]);
    free(r->steps);
    r->steps = to.steps;
    r->n = to.n;
    return rc;
}

static int
read_open(RunRecord *r, int is_running, Err *err)
{
    Buf spec, names;
    int rc;

    buf_init(&spec);
    buf_init(&names);
    rc = query_spec(r->meta, rows_number(&r->row, 0, "spec"), &spec, err);
    if (rc == 1)
        rc = wiring_names(&names, (Slice){(char *)spec.data, spec.len}, err);
    if (rc == OK && names.len)
        rc = complete_open(r, (const Slice *)(const void *)names.data,
                           names.len / (2 * sizeof(Slice)), is_running, err);
    buf_release(&names);
    buf_release(&spec);
    return rc;
}

/* ---- all of it ---- */

static int
read_steps(RunRecord *r, Err *err)
{
    int is_running = is_text(run_record_text(r, "status"), "running");
    int is_open = is_running || (is_text(run_record_text(r, "status"), "failed")
                                 && is_text(run_record_text(r, "reason"), "interrupted"));
    QuerySteps steps;
    int rc;

    query_steps_init(&steps);
    rc = query_steps(r->meta, r->run->row, &steps, err);
    if (rc == OK)
        rc = add_steps(r, &steps, err);
    query_steps_release(&steps);
    if (rc == OK && is_open)
        rc = read_open(r, is_running, err);
    if (rc || !json_tree_top(&r->expansion))
        return rc;
    for (size_t i = 0; i < r->n; i++)
        complete_step(r, &r->steps[i]);
    return order_items(r, err);
}

int
run_record_read(RunRecord *r, rille_run *run, Meta *meta, Err *err)
{
    int rc;

    memset(r, 0, sizeof *r);
    r->run = run;
    r->meta = meta;
    rows_init(&r->row);
    if ((rc = query_run_row(meta, run->row, &r->row, err))
        || (rc = parse(r, "expansion", &r->expansion, err))
        || (rc = parse(r, "extra", &r->extra, err)) || (rc = parse(r, "naming", &r->naming, err))
        || (rc = parse(r, "git", &r->git, err)))
        return rc;
    return read_steps(r, err);
}

/* memo_basis.c -- see memo.h: what a run that has ended leaves for a row of memo */
#include <stdlib.h>
#include <string.h>

#include "base/digest_map.h"
#include "base/hash.h"
#include "meta/cache_record.h"
#include "meta/memo.h"
#include "meta/run_outcomes.h"

enum {
    PREFIX = 8,
    SCAN_MIN = 64,              /* results from which reading all records may pay, as in */
    SCAN_RATIO = 8              /* cache.c */
};

typedef struct Work {
    Db *db;
    MemoBasis *out;
    Buf items;                  /* TraceItem */
    Buf rows;                   /* int64_t: the step_runs of the trace, sorted, each once */
    DigestMap reads;            /* what is in out->reads */
    size_t found;
} Work;

static int
leaves_nothing(MemoBasis *b, const char *why)
{
    b->why = why;
    return 0;
}

/* The run, whose name of the pipeline is *name: 1, or 0 with why. */
static int
read_run(Work *w, int64_t run, Buf *name, int64_t *named, Err *err)
{
    MemoBasis *b = w->out;
    DbStmt *st;
    Slice text;
    int rc;

    if ((rc = db_query(w->db, &st, err,
                       "select r.pipeline, r.spec, r.trace, r.named, p.name, r.git"
                       " from run r"
                       " join pipeline p on p.id = r.pipeline and p.deleted is null"
                       " where r.row = ? and r.status = 'completed' and r.placed = 1"
                       " and r.naming is null and r.expansion is null and r.unlisted = 0"
                       " and r.cache = 1 and r.named is not null and r.trace is not null",
                       "i", run)) ||
        (rc = db_step(w->db, st, err)) < 0)
        return rc;
    if (rc == 0)
        return leaves_nothing(b, "the run is not a plain one");
    b->pipeline = db_int(st, 0);
    b->spec = db_int(st, 1);
    *named = db_int(st, 3);
    text = db_bytes(st, 4);
    rc = buf_put(name, text.data, text.len) ||
                 (db_bytes(st, 5).data &&
                  buf_put(&b->git, db_bytes(st, 5).data, db_bytes(st, 5).len))
             ? err_nomem(err)
             : run_outcomes_unpack(&w->items, db_bytes(st, 2), err);
    db_reset(st);
    return rc ? rc : 1;
}

static int
compare_rows(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static size_t
count(const Buf *rows)
{
    return rows->len / sizeof(int64_t);
}

/* Fills rows, and makes all items of the trace hits. */
static int
read_trace(Work *w, Err *err)
{
    TraceItem *item = (TraceItem *)(void *)w->items.data;
    size_t n = w->items.len / sizeof *item, kept = 0;
    int64_t *row;

    w->out->n = n;
    if (!n)
        return leaves_nothing(w->out, "the run has no steps");
    for (size_t i = 0; i < n; i++) {
        if (!item[i].row || !run_outcomes_has_result(item[i].code))
            return leaves_nothing(w->out, "a step has no result");
        item[i].code = TRACE_CACHED;
        if (buf_put(&w->rows, &item[i].row, sizeof item[i].row))
            return err_nomem(err);
    }
    row = (int64_t *)(void *)w->rows.data;
    qsort(row, n, sizeof *row, compare_rows);
    for (size_t i = 0; i < n; i++)
        if (!i || row[i] != row[kept - 1])
            row[kept++] = row[i];
    w->rows.len = kept * sizeof *row;
    return 1;
}

/* What the step read, once where several read the same. */
static int
add_reads(Work *w, int64_t step_run, Err *err)
{
    unsigned char digest[HASH_SIZE];
    DbStmt *st;
    Slice reads;
    uint64_t n;
    int rc;

    if ((rc = db_query(w->db, &st, err, "select reads from step_run where id = ?", "i",
                       step_run)) ||
        (rc = db_step(w->db, st, err)) <= 0)
        return rc;
    reads = db_bytes(st, 0);
    n = reads.len;
    rc = OK;
    if (reads.data) {
        hash_of(reads.data, reads.len, digest);
        if (!digest_map_get(&w->reads, digest) &&
            (digest_map_put(&w->reads, digest, 1, 0) || buf_put(&w->out->reads, &n, sizeof n) ||
             buf_put(&w->out->reads, reads.data, reads.len)))
            rc = err_nomem(err);
    }
    db_reset(st);
    return rc;
}

/* A result of the trace, the newest of its key. */
static int
add(Work *w, const CacheRecord *r, Err *err)
{
    w->found++;
    if (buf_put(&w->out->keys, r->key, PREFIX) ||
        (r->objects && r->outs.len && buf_put(&w->out->artifacts, r->outs.data, r->outs.len)))
        return err_nomem(err);
    return r->observed ? add_reads(w, r->step_run, err) : OK;
}

static int
is_of_trace(const Work *w, int64_t row)
{
    return bsearch(&row, w->rows.data, count(&w->rows), sizeof row, compare_rows) != NULL;
}

static int
scan(Work *w, Err *err)
{
    unsigned char last[HASH_SIZE];
    int any = 0;
    CacheRecord r;
    DbStmt *st;
    int rc = db_query(w->db, &st, err,
                      "select " CACHE_RECORD_COLUMNS
                      " from record order by key, step_run desc", "");

    while (rc == OK && (rc = db_step(w->db, st, err)) == 1) {
        rc = OK;
        if (!cache_record_read(st, &r) || (any && memcmp(last, r.key, HASH_SIZE) == 0))
            continue;
        memcpy(last, r.key, HASH_SIZE);
        any = 1;
        if (is_of_trace(w, r.step_run) && (rc = add(w, &r, err)))
            db_reset(st);
    }
    return rc;
}

/* The newest result of the key that the step run has, if it is its own. */
static int
ask(Work *w, int64_t row, Err *err)
{
    CacheRecord r;
    DbStmt *st;
    int rc;

    if ((rc = db_query(w->db, &st, err,
                       "select " CACHE_RECORD_COLUMNS " from record"
                       " where key = (select key from step_run where id = ?)"
                       " order by step_run desc",
                       "i", row)))
        return rc;
    while ((rc = db_step(w->db, st, err)) == 1)
        if (cache_record_read(st, &r)) {
            rc = r.step_run == row ? add(w, &r, err) : OK;
            db_reset(st);
            return rc;
        }
    return rc;
}

static int
find_results(Work *w, Err *err)
{
    const int64_t *row = (const int64_t *)(const void *)w->rows.data;
    size_t n = count(&w->rows);
    int rc = OK;

    if (n >= SCAN_MIN && (uint64_t)w->out->last_step / SCAN_RATIO <= n)
        rc = scan(w, err);
    else
        for (size_t i = 0; rc == OK && i < n && w->found == i; i++)
            rc = ask(w, row[i], err);
    if (rc)
        return rc;
    return w->found == n ? 1 : leaves_nothing(w->out, "a result is not the newest of its key");
}

static int
compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, PREFIX);
}

static int
gather(Work *w, int64_t run, Buf *name, Err *err)
{
    MemoBasis *b = w->out;
    int64_t named = 0;
    int rc;

    /* first: what others append from here on is newer than the row of memo */
    if ((rc = db_get_int(w->db, &b->last_step, 0, err, "select max(id) from step_run", "")) ||
        (rc = db_get_int(w->db, &b->named, 0, err, "select max(id) from artifact_version", "")))
        return rc;
    if ((rc = read_run(w, run, name, &named, err)) != 1 || (rc = read_trace(w, err)) != 1 ||
        (rc = find_results(w, err)) != 1)
        return rc;
    rc = memo_named_since(w->db, (Slice){(char *)name->data, name->len}, named, err);
    if (rc)
        return rc < 0 ? rc : leaves_nothing(b, "another run has given its names since");
    qsort(b->keys.data, b->keys.len / PREFIX, PREFIX, compare_keys);
    rc = run_outcomes_pack(&b->trace, (TraceItem *)(void *)w->items.data, b->n, err);
    return rc ? rc : 1;
}

int
memo_basis(Meta *m, int64_t run, MemoBasis *out, Err *err)
{
    Work w = {.db = meta_db(m), .out = out};
    Buf name;
    int rc;

    memset(out, 0, sizeof *out);
    buf_init(&name);
    digest_map_init(&w.reads);
    rc = gather(&w, run, &name, err);
    buf_release(&name);
    buf_release(&w.items);
    buf_release(&w.rows);
    digest_map_release(&w.reads);
    return rc;
}

void
memo_basis_release(MemoBasis *b)
{
    buf_release(&b->git);
    buf_release(&b->trace);
    buf_release(&b->keys);
    buf_release(&b->artifacts);
    buf_release(&b->reads);
}

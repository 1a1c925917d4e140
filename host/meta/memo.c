/* memo.c -- see memo.h */
#include <string.h>

#include "base/checksum.h"
#include "base/hash.h"
#include "meta/memo.h"
#include "meta/meta_core.h"

enum {
    PREFIX = 8,                 /* bytes of a cache key in MemoRow.keys */
    ROWS_MOST = 8,              /* of a pipeline */
    REFRESHED = 256             /* newer step_runs after which last_step is moved */
};

int
memo_forget(Db *db, Err *err)
{
    int rc = db_run(db, err, "delete from memo", "");

    return rc ? rc : db_run(db, err, "delete from node_memo", "");
}

/* -- rows ------------------------------------------------------------------ */

/* With the wiring, which listings read by it. */
static int64_t
sum_of(const MemoRow *r)
{
    Checksum s;

    checksum_init(&s);
    checksum_int(&s, r->pipeline);
    checksum_bytes(&s, r->key, HASH_SIZE);
    checksum_int(&s, r->run);
    checksum_int(&s, r->spec);
    checksum_int(&s, r->last_step);
    checksum_int(&s, r->named);
    checksum_bytes(&s, r->counts.data, r->counts.len);
    checksum_bytes(&s, r->git.data, r->git.len);
    checksum_bytes(&s, r->facts.data, r->facts.len);
    checksum_bytes(&s, r->artifacts.data, r->artifacts.len);
    checksum_bytes(&s, r->trace.data, r->trace.len);
    checksum_bytes(&s, r->keys.data, r->keys.len);
    checksum_bytes(&s, r->wiring.data, r->wiring.len);
    return checksum_final(&s);
}

int
memo_find(Db *db, Slice pipeline, const unsigned char *key, DbStmt **st, MemoRow *out, Err *err)
{
    int rc;

    *st = NULL;
    if ((rc = db_query(db, st, err,
                       "select m.pipeline, m.key, m.run, m.spec, m.last_step, m.named, m.counts,"
                       " m.git, m.facts, m.artifacts, m.trace, m.keys, s.spec as wiring, m.sum"
                       " from pipeline p join memo m on m.pipeline = p.id and m.key = ?2"
                       " join pipeline_spec s on s.id = m.spec and s.pipeline = p.id"
                       " where p.name = ?1 and p.deleted is null",
                       "sh", pipeline, key)) ||
        (rc = db_step(db, *st, err)) <= 0)
        return rc;
    out->pipeline = db_int(*st, 0);
    out->key = db_digest(*st, 1);
    out->run = db_int(*st, 2);
    out->spec = db_int(*st, 3);
    out->last_step = db_int(*st, 4);
    out->named = db_int(*st, 5);
    out->counts = db_bytes(*st, 6);
    out->git = db_bytes(*st, 7);
    out->facts = db_bytes(*st, 8);
    out->artifacts = db_bytes(*st, 9);
    out->trace = db_bytes(*st, 10);
    out->keys = db_bytes(*st, 11);
    out->wiring = db_bytes(*st, 12);
    return out->key && sum_of(out) == db_int(*st, 13);
}

/* -- is it current? ---------------------------------------------------------- */

static int
has_prefix(Slice keys, const unsigned char *key)
{
    size_t low = 0, high = keys.len / PREFIX;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(keys.data + middle * PREFIX, key, PREFIX);

        if (order == 0)
            return 1;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* Has a newer step_run one of the keys?  Then a lookup would find that first. */
static int
is_superseded(Db *db, const MemoRow *row, Err *err)
{
    DbStmt *st;
    int found = 0, rc = db_query(db, &st, err,
                                 "select key from step_run where id > ? and reusable = 1", "i",
                                 row->last_step);

    while (rc == OK && (rc = db_step(db, st, err)) == 1) {
        const unsigned char *key = db_digest(st, 0);

        rc = OK;
        if (key && has_prefix(row->keys, key)) {
            found = 1;
            db_reset(st);
            break;
        }
    }
    return rc ? rc : found;
}

int
memo_named_since(Db *db, Slice pipeline, int64_t named, Err *err)
{
    int64_t found;
    /* the names are few that are newer: the rows are looked at, not the index of names */
    int rc = db_get_int(db, &found, 0, err,
                        "select exists(select 1 from artifact_version where id > ?1"
                        " and substr(+name, 1, length(?2) + 2) = ?2 || '::')",
                        "is", named, pipeline);

    return rc ? rc : found != 0;
}

int
memo_is_current(Db *db, Slice pipeline, const MemoRow *row, Err *err)
{
    int64_t spec;
    int rc = db_get_int(db, &spec, 0, err,
                        "select n.id from pipeline_spec s join pipeline_spec n"
                        " on n.hash = s.hash and n.pipeline = s.pipeline"
                        " where s.id = ?1 and s.pipeline = ?2 order by n.id desc limit 1",
                        "ii", row->spec, row->pipeline);

    if (rc || spec != row->spec)
        return rc;
    if ((rc = memo_named_since(db, pipeline, row->named, err)))
        return rc < 0 ? rc : 0;
    rc = is_superseded(db, row, err);
    return rc < 0 ? rc : !rc;
}

/* -- writing ------------------------------------------------------------------ */

/* The check value of the row, with its wiring: 1, 0 when the pipeline is deleted, or an error. */
static int
make_sum(Db *db, const MemoRow *r, int64_t *sum, Err *err)
{
    MemoRow whole = *r;
    DbStmt *st;
    int rc;

    if ((rc = db_query(db, &st, err,
                       "select s.spec from pipeline p join pipeline_spec s on s.pipeline = p.id"
                       " where p.id = ? and p.deleted is null and s.id = ?",
                       "ii", r->pipeline, r->spec)) ||
        (rc = db_step(db, st, err)) <= 0)
        return rc;
    whole.wiring = db_bytes(st, 0);
    *sum = sum_of(&whole);
    db_reset(st);
    return 1;
}

static int
put(Db *db, const MemoRow *r, Err *err)
{
    int64_t sum = 0;
    int rc = make_sum(db, r, &sum, err);

    if (rc != 1)
        return rc;
    if ((rc = db_run(db, err, "delete from memo where pipeline = ? and key = ?", "ih",
                     r->pipeline, r->key)) ||
        (rc = db_run(db, err,
                     "insert into memo(pipeline, key, run, spec, last_step, named, counts, git,"
                     " facts, artifacts, trace, keys, sum)"
                     " values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     "ihiiiissbbbbi", r->pipeline, r->key, r->run, r->spec, r->last_step,
                     r->named, r->counts, r->git, r->facts, r->artifacts, r->trace, r->keys,
                     sum)))
        return rc;
    return db_run(db, err,
                  "delete from memo where pipeline = ?1 and run not in (select run from memo"
                  " where pipeline = ?1 order by run desc limit ?2)",
                  "ii", r->pipeline, (int64_t)ROWS_MOST);
}

int
memo_put(Meta *m, const MemoRow *row, Err *err)
{
    int rc = meta_begin(m, 0, err);

    return rc ? rc : meta_end(m, put(m->db, row, err), err);
}

/* The row is current, so what came since need not be looked at again. */
static int
refresh(Db *db, const MemoRow *row, Err *err)
{
    MemoRow now = *row;
    int rc;

    if ((rc = db_get_int(db, &now.last_step, 0, err, "select max(id) from step_run", "")) ||
        (rc = db_get_int(db, &now.named, 0, err, "select max(id) from artifact_version", "")) ||
        now.last_step - row->last_step < REFRESHED)
        return rc;
    return db_run(db, err,
                  "update memo set last_step = ?, named = ?, sum = ? where pipeline = ?"
                  " and key = ?",
                  "iiiih", now.last_step, now.named, sum_of(&now), now.pipeline, now.key);
}

/* The row of a run with what the row has. */
static int
insert_run(Meta *m, MetaBegin *b, const MemoRow *row, double seconds, MetaRun *out, Err *err)
{
    int rc;

    b->spec_row = row->spec;
    if ((rc = meta_insert_run(m, b, out, err)) ||
        (rc = db_run(m->db, err,
                     "update run set status = 'completed', seconds = ?, counts = ?, trace = ?,"
                     " last_step = (select coalesce(max(id), 0) from step_run) where row = ?",
                     "dsbi", seconds, row->counts, row->trace, out->row)))
        return rc;
    return db_run(m->db, err,
                  "insert into run_metric(run, field, value, place)"
                  " select ?, field, value, place from run_metric where run = ?",
                  "ii", out->row, row->run);
}

int
memo_take(Meta *m, MetaBegin *b, const unsigned char *key, int64_t run, double seconds,
          MetaRun *out, Err *err)
{
    int taken = 0, rc;
    DbStmt *st = NULL;
    MemoRow row;

    memset(out, 0, sizeof *out);
    if (!meta_is_id(b->id))
        return err_set(err, ERR_INVAL, "a run's id must have %d hex digits", META_ID);
    if ((rc = meta_begin(m, 1, err)))
        return rc;
    rc = memo_find(m->db, b->pipeline, key, &st, &row, err);
    if (rc == 1 && row.run == run)
        taken = rc = memo_is_current(m->db, b->pipeline, &row, err);
    if (taken == 1 && (rc = insert_run(m, b, &row, seconds, out, err)) == OK)
        rc = refresh(m->db, &row, err);
    if (st)
        db_reset(st);
    if (taken != 1 && rc >= 0) {
        meta_end(m, ERR_NOTFOUND, NULL);        /* nothing was written */
        return 0;
    }
    if ((rc = meta_end(m, rc, err)) == OK)
        return 1;
    buf_release(&out->name);
    return rc;
}

/* -- comparing ---------------------------------------------------------------- */

int
memo_differs(Db *db, Slice pipeline, const unsigned char *key, int64_t run, int64_t other,
             Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(
        db, &st, err,
        "select what from (select case"
        "  when m.run is null then 'there is no row'"
        "  when r.status <> 'completed' then 'status'"
        "  when r.spec <> m.spec then 'spec'"
        "  when exists(select 1 from step_run where run = r.row) then 'steps that ran'"
        "  when r.trace is not m.trace then 'trace'"
        "  when r.counts is not m.counts then 'counts'"
        "  when r.expansion is not null then 'expansion'"
        "  when r.naming is not null then 'naming'"
        "  when r.reason is not null then 'reason'"
        "  when exists(select 1 from artifact_version where run = r.row) then 'names'"
        "  when exists(select 1 from origin where run = r.row) then 'origins'"
        "  when exists(select 1 from model_run where run = r.row) then 'models'"
        "  when exists(select 1 from run_note where run = r.row) then 'notes'"
        "  when exists(select field, value, place from run_metric where run = r.row except"
        "   select field, value, place from run_metric where run = m.run)"
        "   or exists(select field, value, place from run_metric where run = m.run except"
        "   select field, value, place from run_metric where run = r.row) then 'metrics'"
        "  end as what from run r join pipeline p on p.name = ?1 and p.deleted is null"
        "  left join memo m on m.pipeline = p.id and m.key = ?2 and m.run = ?3"
        "  where r.row = ?4) where what is not null",
        "shii", pipeline, key, run, other);

    return rc ? rc : rows_all(out, db, st, err);
}

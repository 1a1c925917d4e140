/* fsck.c -- see fsck.h */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "meta/packed_bytes.h"
#include "meta/cache_record.h"
#include "meta/fsck.h"
#include "meta/wiring_bytes.h"

static Slice
text(const char *s)
{
    return (Slice){s, strlen(s)};
}

static int
put_objects(const Artifact *a, Buf *members, DigestMap *out, Err *err)
{
    const Member *m;
    int rc;

    members->len = 0;
    if ((rc = artifact_unpack(a, members, err)))
        return rc;
    m = (Member *)(void *)members->data;
    for (size_t i = 0; i < members->len / sizeof *m; i++)
        if (!m[i].is_inline && digest_map_put(out, m[i].digest, m[i].size, 0))
            return err_nomem(err);
    return OK;
}

int
fsck_objects(Meta *m, DigestMap *out, Err *err)
{
    Db *db = meta_db(m);
    Buf members;
    Artifact a;
    DbStmt *st;
    int rc = artifact_walk(db, &st, err);

    if (rc)
        return rc;
    buf_init(&members);
    /* a collector must not take an artifact that cannot be read for one without objects */
    while ((rc = artifact_next(db, st, &a, err)) == 1)
        if (a.objects && (rc = put_objects(&a, &members, out, err)))
            break;
    db_reset(st);
    buf_release(&members);
    return rc;
}

/* Appends (kind, message) as a row that SQLite gives, since Rows come from statements. */
static int
problem(Meta *m, Rows *out, const char *kind, const char *message, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err, "select ?1 as kind, ?2 as message", "ss",
                      text(kind), text(message));

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

static int
check_file(Meta *m, Rows *out, Err *err)
{
    Rows found;
    DbStmt *st;
    int rc;

    rows_init(&found);
    rc = db_query(meta_db(m), &st, err, "pragma integrity_check(100)", "");
    if (rc == OK)
        rc = rows_all(&found, meta_db(m), st, err);
    for (size_t i = 0; rc == OK && i < found.n; i++) {
        Slice s = rows_cell(&found, i, 0).as.s;
        char message[512];

        snprintf(message, sizeof message, "%.*s", (int)s.len, s.data);
        if (strcmp(message, "ok") != 0)
            rc = problem(m, out, "database", message, err);
    }
    rows_release(&found);
    return rc;
}

/* Rows that refer to one that is gone. */
static int
check_references(Meta *m, Rows *out, Err *err)
{
    Rows found;
    DbStmt *st;
    int rc;

    rows_init(&found);
    rc = db_query(meta_db(m), &st, err,
                  "select coalesce('row ' || rowid, 'a row') || ' of ' || \"table\""
                  " || ' refers to a row of '"
                  " || parent || ' that is not there' from pragma_foreign_key_check limit 100",
                  "");
    if (rc == OK)
        rc = rows_all(&found, meta_db(m), st, err);
    for (size_t i = 0; rc == OK && i < found.n; i++) {
        Slice s = rows_cell(&found, i, 0).as.s;
        char message[256];

        snprintf(message, sizeof message, "%.*s", (int)s.len, s.data);
        rc = problem(m, out, "reference", message, err);
    }
    rows_release(&found);
    return rc;
}

static int
check_artifacts(Meta *m, Rows *out, Err *err)
{
    Buf members;
    Artifact a;
    DbStmt *st;
    Err why;
    int rc = artifact_walk(meta_db(m), &st, err), got;

    buf_init(&members);
    while (rc == OK && (got = artifact_next(meta_db(m), st, &a, &why)) != 0) {
        members.len = 0;
        if (got == 1)
            got = artifact_unpack(&a, &members, &why);
        if (got == ERR_CORRUPT && a.id)
            rc = problem(m, out, "artifact", why.msg, err);
        else if (got < 0)
            rc = err_set(err, got, "%s", why.msg);
    }
    if (rc)
        db_reset(st);
    buf_release(&members);
    return rc;
}

/* Does the record have the digests of its step run's outputs? */
static int
check_outs(Meta *m, const CacheRecord *r, Rows *out, Err *err)
{
    char message[128];
    int64_t there;
    int rc = OK;

    for (size_t i = 0; rc == OK && i < r->outs.len; i += HASH_SIZE) {
        rc = db_get_int(meta_db(m), &there, 0, err, "select id from artifact where digest = ?",
                        "h", (const unsigned char *)r->outs.data + i);
        if (rc || there)
            continue;
        snprintf(message, sizeof message, "the record of step run %lld names an artifact "
                 "that does not exist", (long long)r->step_run);
        rc = problem(m, out, "record", message, err);
    }
    return rc;
}

static int
check_records(Meta *m, Rows *out, Err *err)
{
    char message[128];
    CacheRecord r;
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err, "select " CACHE_RECORD_COLUMNS " from record", "");

    while (rc == OK && (rc = db_step(meta_db(m), st, err)) == 1) {
        if (cache_record_read(st, &r)) {
            rc = check_outs(m, &r, out, err);
        } else {
            snprintf(message, sizeof message, "the record of step run %lld is damaged",
                     (long long)r.step_run);
            rc = problem(m, out, "record", message, err);
        }
        if (rc)
            db_reset(st);
    }
    return rc;
}

static int
check_traces(Meta *m, Rows *out, Err *err)
{
    Buf items;
    DbStmt *st;
    Err why;
    int rc = db_query(meta_db(m), &st, err,
                      "select name, trace from run where trace is not null", "");

    buf_init(&items);
    while (rc == OK && (rc = db_step(meta_db(m), st, err)) == 1) {
        char message[256];
        Slice name = db_bytes(st, 0);

        items.len = 0;
        rc = run_outcomes_unpack(&items, db_bytes(st, 1), &why);
        if (rc == ERR_CORRUPT) {
            snprintf(message, sizeof message, "the trace of run '%.*s' is damaged",
                     name.len > 200 ? 200 : (int)name.len, name.data);
            rc = problem(m, out, "run", message, err);
        } else if (rc) {
            rc = err_set(err, rc, "%s", why.msg);
        }
        if (rc)
            db_reset(st);
    }
    buf_release(&items);
    return rc;
}

typedef struct Placed {
    int64_t run;
    Slice name, spec;
} Placed;

/* Is each step run of the run at the position where the wiring has its node? */
static int
check_run_positions(Meta *m, const Placed *p, Rows *out, Err *err)
{
    Buf bytes, names;
    DbStmt *st;
    int rc;

    buf_init(&bytes);
    buf_init(&names);
    rc = packed_bytes_unpack(&bytes, p->spec, err);
    if (rc == OK)
        rc = wiring_names(&names, (Slice){(char *)bytes.data, bytes.len}, err);
    if (rc == OK)
        rc = db_query(meta_db(m), &st, err,
                      "select s.id, s.node, s.position from run r join step_run s on s.id"
                      " between r.first_step and coalesce(r.last_step, r.first_step - 1)"
                      " where r.row = ?1 and s.run = ?1",
                      "i", p->run);
    while (rc == OK && (rc = db_step(meta_db(m), st, err)) == 1) {
        const Slice *name = (Slice *)(void *)names.data;
        Slice node = db_bytes(st, 1);
        int64_t at = db_int(st, 2);
        char message[512];

        rc = OK;
        /* positions after those of the wiring are items of maps */
        if (at < 1 || (size_t)at > names.len / sizeof *name / 2)
            continue;
        name += 2 * at - 2;
        if (node.len == name->len && memcmp(node.data, name->data, node.len) == 0)
            continue;
        snprintf(message, sizeof message,
                 "run '%.*s': step run %lld belongs to node '%.*s', but has the position of '%.*s'",
                 p->name.len > 99 ? 99 : (int)p->name.len, p->name.data,
                 (long long)db_int(st, 0), node.len > 99 ? 99 : (int)node.len, node.data,
                 name->len > 99 ? 99 : (int)name->len, name->data);
        if ((rc = problem(m, out, "position", message, err)))
            db_reset(st);
    }
    buf_release(&bytes);
    buf_release(&names);
    return rc;
}

/* Runs of older programs are left out: their positions are corrected when they are read
 * (query_steps.c). */
static int
check_positions(Meta *m, Rows *out, Err *err)
{
    Rows found;
    DbStmt *st;
    int rc;

    rows_init(&found);
    rc = db_query(meta_db(m), &st, err,
                  "select r.row, r.name, s.spec from run r join pipeline_spec s on s.id = r.spec"
                  " where r.placed = 1 and r.last_step >= r.first_step",
                  "");
    if (rc == OK)
        rc = rows_all(&found, meta_db(m), st, err);
    for (size_t i = 0; rc == OK && i < found.n; i++) {
        Placed p = {rows_int(&found, i, 0), rows_cell(&found, i, 1).as.s,
                    rows_cell(&found, i, 2).as.s};
        Err why;

        rc = check_run_positions(m, &p, out, &why);
        if (rc == ERR_CORRUPT) {
            char message[256];

            snprintf(message, sizeof message, "the wiring of run '%.*s' is damaged",
                     p.name.len > 200 ? 200 : (int)p.name.len, p.name.data);
            rc = problem(m, out, "run", message, err);
        } else if (rc) {
            rc = err_set(err, rc, "%s", why.msg);
        }
    }
    rows_release(&found);
    return rc;
}

/* -- what is derived --------------------------------------------------------- */

static int
add_rows(Meta *m, Rows *out, Err *err, const char *sql)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err, sql, "");

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

/* The tags that things have are those that were put on last and not taken off. */
static int
check_tags(Meta *m, Rows *out, Err *err)
{
    return add_rows(
        m, out, err,
        "with now(kind, tag, row) as (select t.kind, t.tag, t.row from tagging t"
        "  where t.added = 1 and t.id = (select max(u.id) from tagging u"
        "   where u.kind = t.kind and u.row = t.row and u.tag = t.tag))"
        " select 'tag' as kind, 'tag ''' || tag || ''' of ' || kind || ' row ' || row"
        "  || ' is not as it was put on or taken off' as message from"
        "  (select * from (select * from now except select kind, tag, row from tagged)"
        "   union all"
        "   select * from (select kind, tag, row from tagged except select * from now))"
        " limit 100");
}

/* The metrics of a run are those of the last step of its trace that logged them.  Runs of older
 * programs are left out, as above. */
static int
check_run_metrics(Meta *m, Rows *out, Err *err)
{
    return add_rows(
        m, out, err,
        "with traced(run, place, step_run, node) as materialized (select r.row,"
        "   json_extract(j.value, '$[2]'),"
        "   json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]')"
        "  from run r join pipeline_spec s on s.id = r.spec,"
        "  json_each(trace_steps(r.trace, s.spec, r.expansion)) j"
        "  where r.trace is not null and r.placed = 1),"
        " ranked(run, field, value, n) as (select t.run, f.id, m.value,"
        "   row_number() over (partition by t.run, f.id order by t.place desc)"
        "  from traced t join metric m on m.step_run = t.step_run"
        "  join metric_field f on f.name = m.name and f.step in ('', t.node)),"
        " due(run, field, value) as (select run, field, value from ranked where n = 1),"
        " kept(run, field, value) as (select k.run, k.field, k.value from run_metric k"
        "  join run r on r.row = k.run where r.trace is not null and r.placed = 1)"
        " select 'metric' as kind, 'run ''' || r.name || ''': metric ' || f.name ||"
        "  case f.step when '' then '' else ' of step ' || f.step end ||"
        "  ' is not that of its steps' as message from"
        "  (select run, field from (select * from due except select * from kept) union"
        "   select run, field from (select * from kept except select * from due)) w"
        " join run r on r.row = w.run join metric_field f on f.id = w.field limit 100");
}

int
fsck_check(Meta *m, Rows *out, Err *err)
{
    static int (*const checks[])(Meta *, Rows *, Err *) = {
        check_file, check_references, check_artifacts, check_records, check_traces,
        check_positions, check_tags, check_run_metrics};
    int rc = OK;

    for (size_t i = 0; rc == OK && i < sizeof checks / sizeof *checks; i++) {
        Err why;

        rc = checks[i](m, out, &why);
        /* a table that cannot be read is one more problem; the other checks go on */
        if (rc == ERR_CORRUPT)
            rc = problem(m, out, "database", why.msg, err);
        else if (rc)
            rc = err_set(err, rc, "%s", why.msg);
    }
    return rc;
}

typedef struct Pages {
    Meta *m;
    Rows *out;
} Pages;

static int
bad_page(void *user, int64_t page, Err *err)
{
    Pages *p = user;
    char message[128];

    snprintf(message, sizeof message,
             "page %lld of meta.db does not have its check value: it is damaged, or another "
             "program wrote it", (long long)page);
    return problem(p->m, p->out, "page", message, err);
}

int
fsck_check_pages(Meta *m, Rows *out, Err *err)
{
    Pages p = {m, out};

    return db_check_pages(meta_db(m), bad_page, &p, err);
}

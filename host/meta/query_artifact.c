/* query_artifact.c -- the artifacts' part of query.h: names, versions, users. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "meta/query_core.h"

#define VERSION_COLUMNS \
    "v.name as name, v.number as number, v.step_run as step_run," \
    " v.id as version_row, v.run as \"origin.source\"," \
    " v.position as \"origin.position\", v.output as \"origin.output\", " ARTIFACT_COLUMNS
#define VERSION_FROM \
    " from artifact_version v left join artifact a on a.id = v.artifact"

int
query_versions(Meta *m, Slice name, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select " VERSION_COLUMNS ", r.started as \"run.started\","
                      " r.id as \"run.id\", r.name as \"run.name\"" VERSION_FROM
                      " left join step_run s on s.id = v.step_run"
                      " left join run r on r.row = coalesce(v.run, s.run)"
                      " where v.name = ? order by v.number",
                      "s", name);

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

int
query_version_at(Meta *m, Slice name, const unsigned char *digest, int64_t upto,
                 int64_t *number, int64_t *row, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select number, id from artifact_version where name = ? and id <= ?"
                      " and artifact = (select id from artifact where digest = ?)"
                      " order by number desc limit 1",
                      "sih", name, upto, digest);

    *number = *row = 0;
    if (rc || (rc = db_step(meta_db(m), st, err)) != 1)
        return rc;
    *number = db_int(st, 0);
    *row = db_int(st, 1);
    db_reset(st);
    return OK;
}

/* The digests that begin with the hex digits: from first to last, inclusive. */
static void
digest_range(Slice hex, unsigned char first[HASH_SIZE], unsigned char last[HASH_SIZE])
{
    char digits[HASH_HEX];

    memset(digits, '0', sizeof digits);
    memcpy(digits, hex.data, hex.len);
    hash_unhex(digits, first);
    memset(digits, 'f', sizeof digits);
    memcpy(digits, hex.data, hex.len);
    hash_unhex(digits, last);
}

static int
artifact_by_prefix(Meta *m, Slice what, int64_t *id, Err *err)
{
    unsigned char first[HASH_SIZE], last[HASH_SIZE];
    Rows found;
    DbStmt *st;
    int rc;

    digest_range(what, first, last);
    rows_init(&found);
    rc = db_query(meta_db(m), &st, err,
                  "select lower(hex(substr(digest, 1, 8))), id from artifact"
                  " where digest between ? and ? limit 4",
                  "hh", first, last);
    if (rc == OK)
        rc = rows_all(&found, meta_db(m), st, err);
    if (rc == OK && found.n > 1)
        rc = query_ambiguous(&found, what, err);
    *id = found.n ? rows_int(&found, 0, 1) : 0;
    rows_release(&found);
    return rc;
}

int
query_digests(Meta *m, Slice hex, Rows *out, Err *err)
{
    unsigned char first[HASH_SIZE], last[HASH_SIZE];
    DbStmt *st;
    int rc;

    digest_range(hex, first, last);
    rc = db_query(meta_db(m), &st, err,
                  "select digest from artifact where digest between ? and ? limit 2", "hh", first,
                  last);
    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

/* The number that the text is, or 0. */
static int64_t
row_number(Slice s)
{
    int64_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9' || i >= 18)
            return 0;
        n = 10 * n + (s.data[i] - '0');
    }
    return n;
}

/* "NAME@3", "NAME@-1" (the newest), "NAME@tag" (the newest that has it). */
static int
artifact_by_version(Meta *m, Slice what, Rows *out, Err *err)
{
    const char *at = memrchr(what.data, '@', what.len);
    Slice name, which;
    DbStmt *st;
    int rc;

    if (!at)
        return OK;
    name = (Slice){what.data, (size_t)(at - what.data)};
    which = (Slice){at + 1, what.len - name.len - 1};
    rc = db_query(meta_db(m), &st, err,
                  "select " VERSION_COLUMNS VERSION_FROM " where v.name = ?1 and v.number ="
                  " coalesce((select max(w.number) from tagged t"
                  "   cross join artifact_version w on w.id = t.row"
                  "   where t.kind = 'artifact' and t.tag = ?2 and w.name = ?1),"
                  "  case when ?2 glob '-[1-9]*' then (select max(number) + 1 + ?2"
                  "   from artifact_version where name = ?1) else cast(?2 as integer) end)",
                  "ss", name, which);
    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

/* By row number or digest: the one made last of those with these bytes, with its
 * name if it has one, and how many others were made. */
static int
artifact_by_content(Meta *m, Slice what, Rows *out, Err *err)
{
    int64_t id = 0;
    DbStmt *st;
    int rc = OK;

    if (row_number(what))
        rc = db_get_int(meta_db(m), &id, 0, err, "select id from artifact where id = ?", "i",
                        row_number(what));
    if (rc == OK && !id && query_is_hex(what) && what.len <= HASH_HEX)
        rc = artifact_by_prefix(m, what, &id, err);
    if (rc)
        return rc;
    if (!id)
        return err_set(err, ERR_NOTFOUND, "no artifact named '%.*s'",
                       what.len > 200 ? 200 : (int)what.len, what.data);
    rc = db_query(meta_db(m), &st, err,
                  "select v.name as name, v.number as number, e.step_run as step_run,"
                  " v.id as version_row, s.run as \"origin.source\","
                  " s.position as \"origin.position\", e.position as \"origin.output\","
                  " (select count(*) - 1 from edge where artifact = a.id and role = 1) as others, "
                  ARTIFACT_COLUMNS " from artifact a"
                  " left join edge e on e.artifact = a.id and e.role = 1"
                  " left join artifact_version v on v.id = e.version"
                  " left join step_run s on s.id = e.step_run"
                  " where a.id = ? order by e.step_run desc limit 1",
                  "i", id);
    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

int
query_artifact(Meta *m, Slice what, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select " VERSION_COLUMNS VERSION_FROM
                      " where v.name = ? order by v.number desc limit 1",
                      "s", what);

    if (rc || (rc = rows_all(out, meta_db(m), st, err)) || out->n)
        return rc;
    rows_release(out);
    if ((rc = artifact_by_version(m, what, out, err)) || out->n)
        return rc;
    rows_release(out);
    return artifact_by_content(m, what, out, err);
}

#define USER_COLUMNS \
    "s.id as step_run, s.node as node, s.step as step, p.name as pipeline," \
    " s.started as started, r.row as \"run.row\", r.id as \"run.id\", r.name as \"run.name\"," \
    " coalesce(r.unlisted, 0) = 2 as \"invisible?\""
#define USER_JOINS \
    " left join run r on r.row = s.run left join pipeline p on p.id = r.pipeline"

int
query_users(Meta *m, const unsigned char *digest, int role, Rows *out, Err *err)
{
    DbStmt *st;
    int rc = db_query(meta_db(m), &st, err,
                      "select distinct " USER_COLUMNS " from artifact a"
                      " join edge e on e.artifact = a.id and (e.role = ?2 or"
                      "  (?2 = 0 and e.role = 2)) join step_run s on s.id = e.step_run" USER_JOINS
                      " where a.digest = ?1 order by s.id desc",
                      "hi", digest, (int64_t)role);

    return rc ? rc : rows_all(out, meta_db(m), st, err);
}

/* meta_model_edit.c -- the part of meta_model.h that users change: links, notes, and
 * what they delete. */
#include "meta/memo.h"
#include "meta/meta_model_core.h"
#include "os/sys.h"

/* The version that the request names, if it is there; else 0. */
static int
named_version(Meta *m, Slice request, int64_t *version, Err *err)
{
    return db_get_int(m->db, version, 0, err,
                      "select id from model_version where deleted is null"
                      " and id = json_extract(?, '$.version')",
                      "s", request);
}

/* -- links ---------------------------------------------------------------- */

static int
put_link(Meta *m, Slice request, Buf *told, Err *err)
{
    ModelLink l = {0};
    int linked = 0, rc = named_version(m, request, &l.version, err);
    DbStmt *st;

    if (rc || !l.version)
        return rc ? rc : buf_puts(told, "{\"outcome\":\"gone\"}") ? err_nomem(err) : OK;
    if ((rc = db_query(m->db, &st, err,
                       "select json_extract(?1, '$.artifact'), json_extract(?1, '$.name'),"
                       " json_extract(?1, '$.kind'), coalesce(json_extract(?1, '$.overwrite'), 1)",
                       "s", request)) ||
        (rc = db_step(m->db, st, err)) != 1)
        return rc;
    l.artifact = db_int(st, 0);
    l.name = db_bytes(st, 1);
    l.kind = db_bytes(st, 2);
    l.overwrite = (int)db_int(st, 3);
    rc = meta_model_put_link(m, &l, &linked, err);
    db_reset(st);
    if (rc == OK && buf_printf(told, "{\"outcome\":\"%s\"}", linked ? "linked" : "already"))
        rc = err_nomem(err);
    return rc;
}

int
meta_model_link(Meta *m, Slice request, Buf *told, Err *err)
{
    int rc = meta_begin(m, 1, err);

    return rc ? rc : meta_end(m, put_link(m, request, told, err), err);
}

/* -- notes --------------------------------------------------------- */

static int
put_note(Meta *m, Slice request, Buf *told, Err *err)
{
    int64_t version;
    int rc = named_version(m, request, &version, err);

    if (rc == OK)
        rc = db_run(m->db, err,
                    "update model_version set metadata ="
                    " json_patch(coalesce(metadata, '{}'), json_extract(?1, '$.metadata'))"
                    " where id = ?2",
                    "si", request, version);
    if (rc == OK && buf_printf(told, "{\"outcome\":\"%s\"}", version ? "noted" : "gone"))
        rc = err_nomem(err);
    return rc;
}

int
meta_model_note(Meta *m, Slice request, Buf *told, Err *err)
{
    int rc = meta_begin(m, 1, err);

    return rc ? rc : meta_end(m, put_note(m, request, told, err), err);
}

/* -- deleting ----------------------------------------------------------------- */

/* The versions that are to go, of the request ?1. */
#define GOING                                                                            \
    "with going(id, number, stage) as (select id, number, stage from model_version"      \
    " where deleted is null and model = json_extract(?1, '$.model')"                     \
    "  and (json_extract(?1, '$.version') is null or id = json_extract(?1, '$.version')))"
/* What refers to them: runs but those that made them. */
#define USES " (select u.version as id, u.run as run, min(u.role) as role from model_run u"      \
    " join going g on g.id = u.version where u.role in ('used', 'read')"                 \
    " group by u.version, u.run)"

/* {"versions": n, "stages": [...], "runs": [...], "uses": n */
static int
tell_going(Meta *m, Slice request, Buf *told, Err *err)
{
    int rc = meta_model_tell(m, told, err,
                             GOING
                             " select rtrim(json_object('versions', (select count(*) from going),"
                             " 'stages', json((select json_group_array(json_array(number, stage))"
                             "  from (select number, stage from going where stage is not null"
                             "   and stage <> 'archived' order by number))),"
                             " 'uses', (select count(*) from" USES "),"
                             " 'runs', json((select json_group_array(json_array(number, name,"
                             "  role)) from (select g.number as number, r.name as name,"
                             "  u.role as role from"
                             USES " u join going g on g.id = u.id join run r on r.row = u.run"
                             "  order by r.row desc limit 20)))), '}')",
                             "s", request, 0);

    return rc;
}

static int
remove_versions(Meta *m, Slice request, Err *err)
{
    double now = sys_now();
    int rc = db_run(m->db, err,
                    GOING
                    " insert into stage_move(version, stage, previous, time, who, reason, back)"
                    " select id, null, stage, ?2, coalesce(json_extract(?1, '$.who'), ''),"
                    " 'deleted', 0 from going where stage is not null",
                    "sd", request, now);

    if (rc == OK)
        rc = db_run(m->db, err,
                    GOING " update model_version set deleted = ?2, stage = null"
                          " where id in (select id from going)",
                    "sd", request, now);
    if (rc == OK)
        rc = db_run(m->db, err,
                    "update model set deleted = ?2 where deleted is null"
                    " and json_extract(?1, '$.version') is null"
                    " and id = json_extract(?1, '$.model')",
                    "sd", request, now);
    return rc ? rc : memo_forget(m->db, err);
}

static int
delete_versions(Meta *m, Slice request, Buf *told, Err *err)
{
    int64_t there, blocked, force;
    int rc = db_get_int(m->db, &there, 0, err,
                        "select exists(select 1 from model where deleted is null"
                        " and id = json_extract(?1, '$.model')) and"
                        " (json_extract(?1, '$.version') is null or exists(select 1"
                        "  from model_version where deleted is null"
                        "  and id = json_extract(?1, '$.version')))",
                        "s", request);

    if (rc || !there)
        return rc ? rc : buf_puts(told, "{\"outcome\":\"gone\"}") ? err_nomem(err) : OK;
    if ((rc = tell_going(m, request, told, err)) ||
        (rc = db_get_int(m->db, &force, 0, err, "select json_extract(?, '$.force')", "s",
                         request)) ||
        (rc = db_get_int(m->db, &blocked, 0, err,
                         GOING " select exists(select 1 from going where stage is not null"
                               "  and stage <> 'archived') or exists(select 1 from" USES ")",
                         "s", request)))
        return rc;
    if (!blocked || force)
        rc = remove_versions(m, request, err);
    if (rc == OK && buf_printf(told, ",\"outcome\":\"%s\"}",
                               blocked && !force ? "refused" : "deleted"))
        rc = err_nomem(err);
    return rc;
}

int
meta_model_delete(Meta *m, Slice request, Buf *told, Err *err)
{
    int rc = meta_begin(m, 1, err);

    return rc ? rc : meta_end(m, delete_versions(m, request, told, err), err);
}

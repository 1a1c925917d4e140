/* meta_model_core.c -- see meta_model_core.h */
#include "meta/meta_model_core.h"
#include "os/sys.h"

int
meta_model_tell(Meta *m, Buf *told, Err *err, const char *sql, const char *types, Slice text,
                int64_t row)
{
    DbStmt *st;
    int rc = types[1] ? db_query(m->db, &st, err, sql, types, text, row)
                      : db_query(m->db, &st, err, sql, types, text);

    if (rc || (rc = db_step(m->db, st, err)) != 1)
        return rc;
    text = db_bytes(st, 0);
    rc = text.data && buf_put(told, text.data, text.len) ? err_nomem(err) : OK;
    db_reset(st);
    return rc;
}

int
meta_model_put_link(Meta *m, const ModelLink *l, int *linked, Err *err)
{
    int rc = db_run(m->db, err,
                    "insert into model_link(version, name, number, kind, overwrite, artifact,"
                    " named, run, source, position, output, time)"
                    " select ?1, ?2, (select coalesce(max(number), 0) + 1 from model_link"
                    "  where version = ?1 and name = ?2), ?3, ?4, ?5,"
                    /* an output of the run that ends is the latest version of its name */
                    " iif(?7 is null, (select max(id) from artifact_version where name = ?2"
                    "   and artifact = ?5), (select iif(artifact = ?5, id, null)"
                    "   from artifact_version where name = ?2 order by number desc limit 1)),"
                    " ?6, ?7, ?8, ?9, ?10"
                    " where not exists (select 1 from model_link where version = ?1 and name = ?2"
                    "  and kind = ?3 and artifact = ?5 and overwrite >= ?4"
                    "  and number = (select max(number) from model_link where version = ?1"
                    "   and name = ?2))",
                    "issiirrrrd", l->version, l->name, l->kind, (int64_t)l->overwrite,
                    l->artifact, l->run, l->source, l->position, l->output, sys_now());

    *linked = rc == OK && db_changes(m->db) > 0;
    return rc;
}

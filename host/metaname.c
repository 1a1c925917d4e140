/* metaname.c -- the part of meta.h that names things after they were made: names
 * of outputs, tags, pipelines that are deleted. */
#include "metacore.h"
#include "sys.h"

/* -- tags ---------------------------------------------------------------- */

int
meta_put_tags(Meta *m, int64_t version, Slice tags, Err *err)
{
    return db_run(m->db, err,
                  "insert into tagging(version, tag, added, time)"
                  " select ?1, value, 1, ?2 from json_each(?3) where not exists"
                  "  (select 1 from tagging where version = ?1 and tag = value)",
                  "ids", version, sys_now(), tags);
}

/* Has the version the tag now? */
static int
has_tag(Meta *m, int64_t version, Slice tag, int *has, Err *err)
{
    int64_t added;
    int rc = db_get_int(m->db, &added, 0, err,
                        "select added from tagging where version = ? and tag = ?"
                        " order by id desc limit 1",
                        "is", version, tag);

    *has = (int)added;
    return rc;
}

int
meta_tag(Meta *m, int64_t version, Slice tag, int added, int *changed, Err *err)
{
    int has = 0, rc = meta_begin(m, 1, err);

    if (rc)
        return rc;
    rc = has_tag(m, version, tag, &has, err);
    *changed = has != added;
    if (rc == OK && *changed)
        rc = db_run(m->db, err,
                    "insert into tagging(version, tag, added, time) values(?, ?, ?, ?)",
                    "isid", version, tag, (int64_t)added, sys_now());
    return meta_end(m, rc, err);
}

/* -- names --------------------------------------------------------------- */

/* Sets *version to the version of the name that is this output, 0 when none is. */
static int
version_of(Meta *m, const MetaName *n, int64_t *version, Err *err)
{
    return db_get_int(m->db, version, 0, err,
                      "select v.id from edge e join artifact_version v"
                      " on v.name = ?3 and v.artifact = e.artifact"
                      " where e.step_run = ?1 and e.role = 1 and e.position = ?2"
                      " order by v.number desc limit 1",
                      "iis", n->step_run, n->position, n->name);
}

/* Is there something to write for it? */
static int
lacks(Meta *m, const MetaName *n, int *out, Err *err)
{
    int64_t version, tags = 0;
    int rc = version_of(m, n, &version, err);

    if (rc == OK && version && n->tags.data)
        rc = db_get_int(m->db, &tags, 0, err,
                        "select count(*) from json_each(?2) where not exists"
                        " (select 1 from tagging where version = ?1 and tag = value)",
                        "is", version, n->tags);
    *out = rc == OK && (!version || tags);
    return rc;
}

static int
name_output(Meta *m, const MetaName *n, Err *err)
{
    int64_t version;
    int rc = version_of(m, n, &version, err);

    if (rc == OK && !version &&
        (rc = db_run(m->db, err,
                     "insert into artifact_version(name, number, artifact, step_run)"
                     " select ?3, (select coalesce(max(number), 0) + 1"
                     "  from artifact_version where name = ?3), artifact, step_run"
                     " from edge where step_run = ?1 and role = 1 and position = ?2",
                     "iis", n->step_run, n->position, n->name)) == OK)
        version = db_changes(m->db) ? db_last_id(m->db) : 0;
    return rc == OK && version && n->tags.data ? meta_put_tags(m, version, n->tags, err) : rc;
}

int
meta_name_outputs(Meta *m, const MetaName *list, size_t n, Err *err)
{
    int found = 0, rc = db_hold(m->db, err);

    if (rc)
        return rc;
    for (size_t i = 0; rc == OK && !found && i < n; i++)
        rc = lacks(m, &list[i], &found, err);
    db_release(m->db);
    if (rc || !found || (rc = meta_begin(m, 1, err)))
        return rc;
    for (size_t i = 0; rc == OK && i < n; i++)
        rc = name_output(m, &list[i], err);
    return meta_end(m, rc, err);
}

/* -- pipelines ----------------------------------------------------------- */

static int
unlist_runs(Meta *m, int64_t pipeline, Slice name, Err *err)
{
    int64_t running;
    int rc = db_get_int(m->db, &running, 0, err,
                        "select count(*) from run where pipeline = ? and status = 'running'",
                        "i", pipeline);

    if (rc)
        return rc;
    if (running)
        return err_set(err, ERR_BUSY, "pipeline '%.*s' has a run that is running; stop it first",
                       name.len > 200 ? 200 : (int)name.len, name.data);
    return db_run(m->db, err, "update run set unlisted = 1 where pipeline = ?", "i",
                  pipeline);
}

int
meta_delete_pipeline(Meta *m, Slice name, int64_t *runs, Err *err)
{
    int64_t id = 0;
    int rc = meta_begin(m, 1, err);

    if (rc)
        return rc;
    rc = db_get_int(m->db, &id, 0, err,
                    "select id from pipeline where name = ? and deleted is null", "s", name);
    if (rc == OK && !id)
        rc = err_set(err, ERR_NOTFOUND, "there is no pipeline '%.*s'",
                     name.len > 200 ? 200 : (int)name.len, name.data);
    if (rc == OK && (rc = unlist_runs(m, id, name, err)) == OK) {
        *runs = db_changes(m->db);
        rc = db_run(m->db, err, "update pipeline set deleted = ? where id = ?", "di",
                    sys_now(), id);
    }
    return meta_end(m, rc, err);
}

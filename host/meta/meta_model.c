/* meta_model.c -- the part of meta_model.h that ends a run: its version of each model, the
 * links, what was measured, the stages that its steps asked for. */
#include <string.h>

#include "meta/meta_model_core.h"
#include "meta/rows.h"
#include "os/sys.h"

/* The artifacts that a run links to a model, of its request ?1: not those that a later one of
 * the same name replaces. */
#define MINE                                                                             \
    "with every(place, name, kind, artifact, overwrite, position, output) as ("          \
    " select l.key, json_extract(l.value, '$[2]'), json_extract(l.value, '$[3]'),"       \
    "  e.artifact, json_extract(l.value, '$[4]'), json_extract(l.value, '$[5]'),"        \
    "  e.position from json_each(?1, '$.links') l join edge e"                           \
    "  on e.step_run = json_extract(l.value, '$[0]') and e.role = 1"                     \
    "  and e.position = json_extract(l.value, '$[1]')"                                   \
    " union all select 1e9 + t.key, json_extract(t.value, '$[1]'),"                      \
    "  json_extract(t.value, '$[2]'), json_extract(t.value, '$[0]'),"                    \
    "  json_extract(t.value, '$[3]'), null, null from json_each(?1, '$.taken') t),"      \
    " kept(name, place) as (select name, max(iif(overwrite, place, -1)) from every"      \
    "  group by name),"                                                                  \
    " mine as (select e.* from every e join kept k on k.name = e.name"                   \
    "  where e.place >= k.place)"

typedef struct Put {
    Meta *m;
    Slice request;                      /* of one model */
    int64_t run, model, version;
    const char *role;
    int complete;
    Buf *told;
} Put;

/* -- the version ------------------------------------------------------------ */

static int
put_model(Put *p, Err *err)
{
    Db *db = p->m->db;
    int rc = db_run(db, err,
                    "insert into model(name, created) select json_extract(?1, '$.model'), ?2"
                    " where not exists (select 1 from model where deleted is null"
                    "  and name = json_extract(?1, '$.model'))",
                    "sd", p->request, sys_now());

    if (rc == OK)
        rc = db_get_int(db, &p->model, 0, err,
                        "select id from model where deleted is null"
                        " and name = json_extract(?, '$.model')",
                        "s", p->request);
    if (rc)
        return rc;
    return db_run(db, err,
                  "update model set"
                  " description = coalesce(json_extract(?1, '$.fields.description'), description),"
                  " license = coalesce(json_extract(?1, '$.fields.license'), license),"
                  " audience = coalesce(json_extract(?1, '$.fields.audience'), audience),"
                  " use_cases = coalesce(json_extract(?1, '$.fields.use_cases'), use_cases),"
                  " ethics = coalesce(json_extract(?1, '$.fields.ethics'), ethics)"
                  " where id = ?2",
                  "si", p->request, p->model);
}

/* The latest version, if its artifacts are those of the run and the run gives its version no
 * name; else 0. */
static int
find_shared(Put *p, Err *err)
{
    int64_t latest;
    int rc = db_get_int(p->m->db, &latest, 0, err,
                        "select id from model_version where model = ?2 and deleted is null"
                        " and json_extract(?1, '$.name') is null order by number desc limit 1",
                        "si", p->request, p->model);

    p->version = 0;
    if (rc || !latest)
        return rc;
    return db_get_int(p->m->db, &p->version, 0, err,
                      MINE
                      ", theirs(name, kind, artifact) as (select name, kind, artifact"
                      "  from model_link_made where version = ?2)"
                      " select ?2 where not exists (select name, kind, artifact from mine"
                      "  except select * from theirs) and not exists (select * from theirs"
                      "  except select name, kind, artifact from mine)",
                      "si", p->request, latest);
}

/* A new version; without the name that the run gives it, where another run gave that to
 * its version meanwhile. */
static int
add_version(Put *p, Err *err)
{
    int rc = db_run(p->m->db, err,
                    "insert into model_version(model, number, name, created, run)"
                    " select ?2, (select coalesce(max(number), 0) + 1 from model_version"
                    "  where model = ?2), (select n.value from json_each(?1) n"
                    "  where n.key = 'name' and not exists (select 1 from model_version"
                    "   where model = ?2 and name = n.value and deleted is null)), ?3, ?4",
                    "sidi", p->request, p->model, sys_now(), p->run);

    p->version = db_last_id(p->m->db);
    return rc;
}

/* Does the version that the run asked for exist still?  Then its model is known. */
static int
find_version(Put *p, Err *err)
{
    int rc = db_get_int(p->m->db, &p->version, 0, err,
                        "select id from model_version where deleted is null"
                        " and id = json_extract(?, '$.version')",
                        "s", p->request);

    if (rc || !p->version)
        return rc;
    return db_get_int(p->m->db, &p->model, 0, err, "select model from model_version where id = ?",
                      "i", p->version);
}

/* Sets p->version, 0 where the run has none. */
static int
put_version(Put *p, Err *err)
{
    int64_t given;
    int rc = db_get_int(p->m->db, &given, 0, err, "select json_extract(?, '$.version')", "s",
                        p->request);

    p->role = "used";
    if (rc || given)
        return rc ? rc : find_version(p, err);
    p->role = "shared";
    if (!p->complete)
        return OK;
    if ((rc = put_model(p, err)) || (rc = find_shared(p, err)) || p->version)
        return rc;
    p->role = "made";
    return add_version(p, err);
}

/* -- what belongs to it -------------------------------------------------------- */

static int
put_links(Put *p, Err *err)
{
    DbStmt *st;
    int linked, rc = db_query(p->m->db, &st, err,
                              MINE " select name, kind, artifact, overwrite, position, output"
                                   " from mine order by place",
                              "s", p->request);

    while (rc == OK && (rc = db_step(p->m->db, st, err)) == 1) {
        ModelLink l = {p->version, db_int(st, 2), p->run, db_int(st, 4) ? p->run : 0,
                       db_int(st, 4), db_int(st, 5), db_bytes(st, 0), db_bytes(st, 1),
                       (int)db_int(st, 3)};

        if ((rc = meta_model_put_link(p->m, &l, &linked, err)))
            db_reset(st);
    }
    return rc;
}

static int
put_metrics(Put *p, Err *err)
{
    return db_run(p->m->db, err,
                  "insert or replace into model_metric(version, step, name, value, run)"
                  " select ?2, json_extract(j.value, '$[1]'), x.key,"
                  " case when x.type <> 'object' then x.value"
                  "  else case json_extract(x.value, '$.\"$number\"')"
                  "   when 'inf' then 9e999 when '-inf' then -9e999 end end, ?3"
                  " from json_each(?1, '$.steps') j"
                  " join step_run s on s.id = json_extract(j.value, '$[0]'),"
                  " json_each(s.metrics) x where json_valid(s.metrics)"
                  " and (x.type in ('integer', 'real') or x.type = 'object'"
                  "  and json_extract(x.value, '$.\"$number\"') in ('inf', '-inf', 'nan'))",
                  "sii", p->request, p->version, p->run);
}

static int
put_tags(Put *p, Err *err)
{
    Buf tags;
    int rc;

    buf_init(&tags);
    rc = meta_model_tell(p->m, &tags, err, "select json_extract(?, '$.tags')", "s", p->request, 0);
    if (rc == OK && tags.len)
        rc = meta_put_tags(p->m, "model", p->version, (Slice){(char *)tags.data, tags.len}, err);
    buf_release(&tags);
    return rc;
}

static int
put_notes(Put *p, Err *err)
{
    int rc = db_run(p->m->db, err,
                    "update model_version set metadata ="
                    " json_patch(coalesce(metadata, '{}'), json_extract(?1, '$.metadata'))"
                    " where id = ?2 and json_extract(?1, '$.metadata') is not null",
                    "si", p->request, p->version);

    if (rc)
        return rc;
    return put_tags(p, err);
}

static int
put_role(Put *p, Err *err)
{
    return db_run(p->m->db, err,
                  "insert or ignore into model_run(version, run, role, asked)"
                  " select ?2, ?3, ?4, json_extract(?1, '$.asked')",
                  "siis", p->request, p->version, p->run, (Slice){p->role, strlen(p->role)});
}

/* -- promotions ----------------------------------------------------------------- */

/* One without a metric acts on a version that this run made, and on no other. */
static int
put_promotions(Put *p, Err *err)
{
    Rows asked;
    DbStmt *st;
    int rc = db_query(p->m->db, &st, err,
                      "select value from json_each(?1, '$.promote') order by key", "s",
                      p->request);

    rows_init(&asked);
    if (rc == OK)
        rc = rows_all(&asked, p->m->db, st, err);
    for (size_t i = 0; rc == OK && i < asked.n; i++) {
        ModelMover mover = {rows_cell(&asked, i, 0).as.s, p->version, p->run,
                            strcmp(p->role, "made") != 0};

        if (i && buf_puts(p->told, ","))
            rc = err_nomem(err);
        else
            rc = meta_model_put_move(p->m, &mover, p->told, err);
    }
    rows_release(&asked);
    return rc;
}

/* -- the run -------------------------------------------------------------------- */

static int
tell_version(Put *p, Err *err)
{
    return meta_model_tell(p->m, p->told, err,
                           "select json_object('row', v.id, 'number', v.number, 'name', v.name,"
                           " 'unnamed', iif(v.name is null, json_extract(?1, '$.name'), null),"
                           " 'stage', v.stage, 'links', (select count(*)"
                           "  from model_link_now where version = v.id))"
                           " from model_version v where v.id = ?2",
                           "si", p->request, p->version);
}

/* {"model": its name ... with more to follow. */
static int
tell_head(Put *p, Err *err)
{
    int rc = buf_puts(p->told, "{\"model\":") ? err_nomem(err) : OK;

    if (rc == OK)
        rc = meta_model_tell(p->m, p->told, err,
                             "select json_quote(json_extract(?, '$.model'))", "s", p->request, 0);
    if (rc == OK && p->version && buf_printf(p->told, ",\"role\":\"%s\"", p->role))
        rc = err_nomem(err);
    if (rc == OK && p->version && !p->complete && buf_puts(p->told, ",\"incomplete\":1"))
        rc = err_nomem(err);
    /* one that was asked for is not there any longer; or the run is incomplete and makes none */
    if (rc == OK && !p->version && strcmp(p->role, "used") == 0 &&
        buf_puts(p->told, ",\"gone\":1"))
        rc = err_nomem(err);
    return rc;
}

static int
put_parts(Put *p, Err *err)
{
    int rc;

    if ((rc = put_role(p, err)))
        return rc;
    /* the artifacts of a version that is shared are linked already */
    if (p->complete && strcmp(p->role, "shared") != 0 && (rc = put_links(p, err)))
        return rc;
    if (p->complete && ((rc = put_metrics(p, err)) || (rc = put_notes(p, err))))
        return rc;
    if (buf_puts(p->told, ",\"promoted\":["))
        return err_nomem(err);
    if (p->complete && (rc = put_promotions(p, err)))
        return rc;
    if (buf_puts(p->told, "],\"is\":"))
        return err_nomem(err);
    return tell_version(p, err);
}

static int
finish_model(Put *p, Err *err)
{
    int rc = put_version(p, err);

    if (rc == OK)
        rc = tell_head(p, err);
    if (rc == OK && p->version)
        rc = put_parts(p, err);
    if (rc == OK && buf_puts(p->told, "}"))
        rc = err_nomem(err);
    return rc;
}

/* The versions whose artifacts the run took. */
static int
put_reads(Meta *m, int64_t run, Slice request, Err *err)
{
    return db_run(m->db, err,
                  "insert or ignore into model_run(version, run, role, asked)"
                  " select json_extract(value, '$[0]'), ?2, 'read', json_extract(value, '$[1]')"
                  " from json_each(?1, '$.reads')",
                  "si", request, run);
}

int
meta_model_finish(Meta *m, int64_t run, Slice request, Buf *told, Err *err)
{
    int64_t complete;
    Rows models;
    DbStmt *st;
    int rc = put_reads(m, run, request, err);

    rows_init(&models);
    if (rc == OK)
        rc = db_get_int(m->db, &complete, 0, err, "select json_extract(?, '$.complete')", "s",
                        request);
    if (rc == OK)
        rc = db_query(m->db, &st, err, "select value from json_each(?, '$.models') order by key",
                      "s", request);
    if (rc == OK)
        rc = rows_all(&models, m->db, st, err);
    if (rc == OK && buf_puts(told, "["))
        rc = err_nomem(err);
    for (size_t i = 0; rc == OK && i < models.n; i++) {
        Put p = {m, rows_cell(&models, i, 0).as.s, run, 0, 0, "", (int)complete, told};

        rc = i && buf_puts(told, ",") ? err_nomem(err) : finish_model(&p, err);
    }
    if (rc == OK && buf_puts(told, "]"))
        rc = err_nomem(err);
    rows_release(&models);
    return rc;
}

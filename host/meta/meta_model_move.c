/* meta_model_move.c -- the part of meta_model.h that moves versions between stages. */
#include <math.h>
#include <string.h>

#include "meta/meta_model_core.h"
#include "os/sys.h"

typedef struct Move {
    Meta *m;
    const ModelMover *mover;
    int64_t model, holder, number, displaced;   /* displaced: number of the holder */
    int force, is_same;                 /* is_same: the version is in the stage already */
    const char *outcome;
    Buf reason;
} Move;

static int
get(Move *v, int64_t *out, Err *err, const char *sql)
{
    return db_get_int(v->m->db, out, 0, err, sql, "si", v->mover->request, v->mover->version);
}

/* Reads the version and the holder of the stage.  v->model is 0 if there is no such version. */
static int
read_stage(Move *v, Err *err)
{
    int64_t force, same;
    int rc;

    if ((rc = get(v, &v->model, err,
                  "select model from model_version where deleted is null and ?1 is not null"
                  " and id = ?2")) ||
        (rc = get(v, &v->number, err,
                  "select number from model_version where ?1 is not null and id = ?2")) ||
        (rc = get(v, &same, err,
                  "select stage is json_extract(?1, '$.stage') from model_version"
                  " where id = ?2")) ||
        (rc = get(v, &force, err, "select ?2 and json_extract(?1, '$.force')")) ||
        (rc = get(v, &v->holder, err,
                  "select h.id from model_version v join model_version h on h.model = v.model"
                  " and h.stage = json_extract(?1, '$.stage') and h.stage <> 'archived'"
                  " where v.id = ?2 and h.id <> v.id")) ||
        (rc = get(v, &v->displaced, err,
                  "select h.number from model_version v join model_version h on h.model = v.model"
                  " and h.stage = json_extract(?1, '$.stage') and h.stage <> 'archived'"
                  " where v.id = ?2 and h.id <> v.id")))
        return rc;
    v->force = force != 0;
    v->is_same = same != 0;
    return OK;
}

/* -- conditions --------------------------------------------------------------- */

/* What a version measured: how many steps have the metric (*n), and the value of one. */
static int
read_metric(Move *v, int64_t version, int64_t *n, double *value, Err *err)
{
    DbStmt *st;
    int rc = db_query(v->m->db, &st, err,
                      "select count(*), min(value) from model_metric where version = ?2"
                      " and name = json_extract(?1, '$.metric')"
                      " and (json_extract(?1, '$.step') is null"
                      "  or step = json_extract(?1, '$.step'))",
                      "si", v->mover->request, version);

    *n = 0;
    *value = NAN;
    if (rc || (rc = db_step(v->m->db, st, err)) != 1)
        return rc;
    *n = db_int(st, 0);
    if (db_type(st, 1) != DB_NULL)
        *value = db_real(st, 1);
    db_reset(st);
    return OK;
}

static int
metric_name(Move *v, Buf *out, Err *err)
{
    return meta_model_tell(v->m, out, err,
                           "select coalesce(json_extract(?1, '$.step') || '.', '')"
                           " || json_extract(?1, '$.metric')",
                           "s", v->mover->request, 0);
}

static int
is_lower_better(Move *v, int *lower, Err *err)
{
    int64_t is;
    int rc = get(v, &is, err, "select ?2 and json_extract(?1, '$.better') = 'lower'");

    *lower = rc == OK && is;
    return rc;
}

/* Has the version the artifacts of the holder?  Then nothing is to be gained. */
static int
has_same_artifacts(Move *v, int64_t *same, Err *err)
{
    return db_get_int(v->m->db, same, 0, err,
                      "with a as (select name, kind, artifact from model_link_made"
                      "  where version = ?1),"
                      " b as (select name, kind, artifact from model_link_made where version = ?2)"
                      " select exists(select 1 from a)"
                      " and not exists(select * from a except select * from b)"
                      " and not exists(select * from b except select * from a)",
                      "ii", v->mover->version, v->holder);
}

static const char *
relation(double value, double held)
{
    return isnan(held) ? "against" : value == held ? "=" : value > held ? ">" : "<";
}

/* Says that the version lacks the metric, and which it has: a misspelt name never promotes. */
static int
tell_unmeasured(Move *v, Err *err)
{
    if (buf_printf(&v->reason, " was not measured by version %lld", (long long)v->number))
        return err_nomem(err);
    return meta_model_tell(v->m, &v->reason, err,
                           "select case when count(*) = 0 then '' else ', only '"
                           " || group_concat(name, ', ') end from (select step || '.' || name"
                           "  as name from model_metric where version = ?2"
                           "  order by step, name limit 8)",
                           "si", v->mover->request, v->mover->version);
}

/* Why the version is not promoted, or why it is: in v->reason.  A version whose number is
 * NaN never wins; against a holder whose number is NaN every number does. */
static int
compare(Move *v, int *wins, Err *err)
{
    int64_t n, n_held, same;
    double value, held = NAN;
    int lower, rc = read_metric(v, v->mover->version, &n, &value, err);
    Buf *why = &v->reason;

    *wins = 0;
    if (rc || (rc = is_lower_better(v, &lower, err)) || (rc = metric_name(v, why, err)))
        return rc;
    if (n == 0)
        return tell_unmeasured(v, err);
    if (n != 1)
        return buf_printf(why, " is measured by %lld steps; name one, as in STEP.NAME",
                          (long long)n) ? err_nomem(err) : OK;
    if (isnan(value))
        return buf_puts(why, " is nan") ? err_nomem(err) : OK;
    if (buf_printf(why, " %.6g", value))
        return err_nomem(err);
    *wins = !v->holder;
    if (!v->holder)
        return OK;
    if ((rc = read_metric(v, v->holder, &n_held, &held, err)) ||
        (rc = has_same_artifacts(v, &same, err)))
        return rc;
    if (same)
        return buf_printf(why, "; version %lld, which holds the stage, has the same artifacts",
                          (long long)v->displaced) ? err_nomem(err) : OK;
    if (n_held != 1)
        return buf_printf(why, "; version %lld, which holds the stage, has no such metric",
                          (long long)v->displaced) ? err_nomem(err) : OK;
    *wins = isnan(held) || (lower ? value <= held : value >= held);
    return buf_printf(why, " %s %.6g of version %lld", relation(value, held), held,
                      (long long)v->displaced) ? err_nomem(err) : OK;
}

/* -- moving ---------------------------------------------------------------------- */

static int
append(Move *v, int64_t version, int displaced, int64_t cause, Err *err)
{
    Slice reason = {(const char *)v->reason.data, v->reason.len};

    return db_run(v->m->db, err,
                  "insert into stage_move(version, stage, previous, time, who, reason, run,"
                  " cause, back)"
                  " select ?2, iif(?3, 'archived', json_extract(?1, '$.stage')), stage, ?4,"
                  " coalesce(json_extract(?1, '$.who'), ''), iif(?3, null, ?5), ?6, ?7,"
                  " coalesce(json_extract(?1, '$.back'), 0) from model_version where id = ?2",
                  "siidsrr", v->mover->request, version, (int64_t)displaced, sys_now(),
                  v->reason.len ? reason : (Slice){NULL, 0}, v->mover->run, cause);
}

static int
carry_out(Move *v, Err *err)
{
    int64_t cause;
    int rc = append(v, v->mover->version, 0, 0, err);

    cause = db_last_id(v->m->db);
    if (rc == OK && v->holder && (rc = append(v, v->holder, 1, cause, err)) == OK)
        rc = db_run(v->m->db, err, "update model_version set stage = 'archived' where id = ?",
                    "i", v->holder);
    if (rc == OK)
        rc = db_run(v->m->db, err,
                    "update model_version set stage = json_extract(?1, '$.stage') where id = ?2",
                    "si", v->mover->request, v->mover->version);
    v->outcome = "promoted";
    return rc;
}

/* A user's own reason comes before the one of the comparison. */
static int
own_reason(Move *v, Err *err)
{
    Buf text;
    int rc;

    buf_init(&text);
    rc = meta_model_tell(v->m, &text, err, "select json_extract(?, '$.reason')", "s",
                         v->mover->request, 0);
    if (rc == OK && text.len && v->reason.len &&
        (buf_puts(&text, ": ") || buf_put(&text, v->reason.data, v->reason.len)))
        rc = err_nomem(err);
    if (rc == OK && text.len) {
        buf_release(&v->reason);
        v->reason = text;
        return OK;
    }
    buf_release(&text);
    return rc;
}

/* Is the holder the one that the request expects? */
static int
is_expected(Move *v, int *expected, Err *err)
{
    int64_t differs;
    int rc = db_get_int(v->m->db, &differs, 0, err,
                        "select json_extract(?1, '$.holder') is not null"
                        " and json_extract(?1, '$.holder') <> ?2",
                        "si", v->mover->request, v->holder);

    *expected = !differs;
    return rc;
}

static int
decide(Move *v, Err *err)
{
    int64_t conditional;
    int ok = 1, rc;

    v->outcome = "gone";
    if ((rc = read_stage(v, err)) || !v->model)
        return rc;
    v->outcome = "already";
    if (v->is_same)
        return OK;
    v->outcome = "changed";
    if ((rc = is_expected(v, &ok, err)) || !ok)
        return rc;
    if ((rc = get(v, &conditional, err, "select ?2 and json_extract(?1, '$.metric') is not null")))
        return rc;
    v->outcome = "kept";
    if (!conditional && v->mover->is_old)
        return buf_puts(&v->reason, "without a metric only a new version is moved")
                   ? err_nomem(err) : OK;
    if (conditional && ((rc = compare(v, &ok, err)) || !ok))
        return rc;
    v->outcome = "held";
    if (v->holder && !v->force && !conditional)
        return OK;
    return (rc = own_reason(v, err)) ? rc : carry_out(v, err);
}

static int
tell(Move *v, Buf *told, Err *err)
{
    Slice reason = {(const char *)v->reason.data, v->reason.len};
    int rc = buf_printf(told, "{\"outcome\":\"%s\",\"number\":%lld,", v->outcome,
                        (long long)v->number) ? err_nomem(err) : OK;

    if (rc == OK && v->displaced &&
        buf_printf(told, "\"displaced\":%lld,", (long long)v->displaced))
        rc = err_nomem(err);
    if (rc == OK && v->reason.len && buf_puts(told, "\"reason\":"))
        rc = err_nomem(err);
    if (rc == OK && v->reason.len)
        rc = meta_model_tell(v->m, told, err, "select json_quote(?)", "s", reason, 0);
    if (rc == OK && v->reason.len && buf_puts(told, ","))
        rc = err_nomem(err);
    if (rc == OK && buf_puts(told, "\"stage\":"))
        rc = err_nomem(err);
    if (rc == OK)
        rc = meta_model_tell(v->m, told, err, "select json_quote(json_extract(?, '$.stage'))",
                             "s", v->mover->request, 0);
    return rc == OK && buf_puts(told, "}") ? err_nomem(err) : rc;
}

int
meta_model_put_move(Meta *m, const ModelMover *mover, Buf *told, Err *err)
{
    Move v = {.m = m, .mover = mover, .outcome = "gone"};
    int rc;

    buf_init(&v.reason);
    rc = decide(&v, err);
    if (rc == OK)
        rc = tell(&v, told, err);
    buf_release(&v.reason);
    return rc;
}

int
meta_model_move(Meta *m, Slice request, Buf *told, Err *err)
{
    ModelMover mover = {request, 0, 0, 0};
    int rc = meta_begin(m, 1, err);

    if (rc)
        return rc;
    rc = db_get_int(m->db, &mover.version, 0, err, "select json_extract(?, '$.version')", "s",
                    request);
    if (rc == OK)
        rc = meta_model_put_move(m, &mover, told, err);
    return meta_end(m, rc, err);
}

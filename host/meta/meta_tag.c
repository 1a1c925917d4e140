/* meta_tag.c -- the part of meta.h about tags.
 *
 * A tag is on a row of some kind: a run, a version of an artifact, a version of a model.  For
 * one more kind, its name is listed here and in schema.sql, at the table tagging; the rest
 * takes (kind, row):
 *     meta_tag, m:tag(kind, row, tag, added, author)     put on, take off
 *     meta_put_tags                                      those that a run says, once each
 *     m:tags(kind, row)                                  query_named.c
 *     the table tagged                                   joins of listings, by tag or by row
 * What was done is appended to tagging; tagged has what is so now and is changed here alone. */
#include <string.h>

#include "meta/meta_core.h"
#include "os/sys.h"

static const char *const kinds[] = {META_TAG_RUN, META_TAG_ARTIFACT, META_TAG_MODEL, NULL};

int
meta_tag_is_kind(Slice kind)
{
    for (size_t i = 0; kinds[i]; i++)
        if (kind.len == strlen(kinds[i]) && memcmp(kind.data, kinds[i], kind.len) == 0)
            return 1;
    return 0;
}

int
meta_put_tags(Meta *m, const char *kind, int64_t row, Slice tags, Err *err)
{
    Slice k = {kind, strlen(kind)};
    int rc = db_run(m->db, err,
                    "insert into tagging(kind, row, tag, added, time)"
                    " select ?1, ?2, value, 1, ?3 from json_each(?4) where not exists"
                    "  (select 1 from tagging where kind = ?1 and row = ?2 and tag = value)"
                    " group by value order by min(key)",
                    "sids", k, row, sys_now(), tags);

    if (rc || !db_changes(m->db))
        return rc;
    return db_run(m->db, err,
                  "insert or ignore into tagged(kind, tag, row, tagging)"
                  " select kind, tag, row, id from tagging t where kind = ?1 and row = ?2"
                  " and added = 1 and not exists (select 1 from tagging u where u.kind = ?1"
                  "  and u.row = ?2 and u.tag = t.tag and u.id > t.id)",
                  "si", k, row);
}

static int
change(Meta *m, const MetaTag *t, int added, Err *err)
{
    int rc = db_run(m->db, err,
                    "insert into tagging(kind, row, tag, added, time, author)"
                    " values(?, ?, ?, ?, ?, ?)",
                    "sisids", t->kind, t->row, t->tag, (int64_t)added, sys_now(), t->author);

    if (rc)
        return rc;
    if (added)
        return db_run(m->db, err,
                      "insert into tagged(kind, tag, row, tagging) values(?, ?, ?, ?)", "ssii",
                      t->kind, t->tag, t->row, db_last_id(m->db));
    return db_run(m->db, err, "delete from tagged where kind = ? and tag = ? and row = ?", "ssi",
                  t->kind, t->tag, t->row);
}

int
meta_tag(Meta *m, const MetaTag *t, int added, int *changed, Err *err)
{
    int64_t has = 0;
    int rc;

    *changed = 0;
    if (!meta_tag_is_kind(t->kind))
        return err_set(err, ERR_INVAL, "there are no tags of a '%.*s'",
                       t->kind.len > 100 ? 100 : (int)t->kind.len, t->kind.data);
    if ((rc = meta_begin(m, 1, err)))
        return rc;
    rc = db_get_int(m->db, &has, 0, err,
                    "select 1 from tagged where kind = ? and tag = ? and row = ?", "ssi",
                    t->kind, t->tag, t->row);
    *changed = has != added;
    if (rc == OK && *changed)
        rc = change(m, t, added, err);
    return meta_end(m, rc, err);
}

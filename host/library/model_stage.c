/* model_stage.c -- see model_stage.h; moves a version to a stage (rille_model_stage).
 *
 * A move opens the database for writing, for itself alone: what the engine reads with stays open
 * for reading. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "embedded/embedded.h"
#include "format/json_object.h"
#include "format/json_tree.h"
#include "library/model_stage.h"
#include "library/query.h"
#include "library/query_store.h"
#include "meta/meta_model.h"
#include "os/sys.h"

static const double PATIENCE = 2;       /* seconds that a move waits for another writer */

/* ---- stages ---- */

static int
add(Stages *s, const char *name, size_t n, Err *err)
{
    if (s->n == MOST_STAGES - 2)        /* room for "latest" or "none", too */
        return OK;
    s->list[s->n] = strndup(name, n);
    return s->list[s->n] ? (s->n++, OK) : err_nomem(err);
}

static int
add_own(Stages *s, const YamlDoc *doc, Err *err)
{
    const YamlNode *own = query_config_field(doc, "stages"), *node;
    size_t first = own ? (size_t)(own - yaml_doc_node(doc, 0)) : 0;
    int rc = OK;

    if (!own || own->kind != YAML_DOC_LIST)
        return OK;
    for (size_t i = first + 1; i < own->end && rc == OK; i = node->end) {
        node = yaml_doc_node(doc, i);
        if (node->kind == YAML_DOC_STRING)
            rc = add(s, yaml_doc_bytes(doc, node->text), node->text_len, err);
    }
    return rc;
}

int
stages_read(Stages *s, const char *store, Err *err)
{
    YamlDoc doc;
    int rc;

    yaml_doc_init(&doc);
    rc = query_read_config(store, &doc, err);
    if (rc == OK && (rc = add(s, "staging", 7, err)) == OK
        && (rc = add_own(s, &doc, err)) == OK && (rc = add(s, "production", 10, err)) == OK)
        rc = add(s, "archived", 8, err);
    yaml_doc_release(&doc);
    return rc;
}

void
stages_release(Stages *s)
{
    while (s->n)
        free(s->list[--s->n]);
}

int
stages_have(const Stages *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->list[i], name) == 0)
            return 1;
    return 0;
}

/* ---- moving ---- */

static int
refuse_stage(rille_engine *e, const Stages *s, const char *stage)
{
    const char *known[MOST_STAGES];
    Buf hint;
    int rc;

    if (strcmp(stage, "latest") == 0)
        return engine_report(e, RILLE_EINVAL, "rille_model_stage: latest is the newest version, "
                             "not a stage; a version cannot be moved there");
    for (size_t i = 0; i < s->n; i++)
        known[i] = s->list[i];
    known[s->n] = "none";
    buf_init(&hint);
    rc = suggest_hint(&hint, stage, known, s->n + 1) || !buf_cstr(&hint)
             ? engine_nomem(e)
             : engine_report_as(e, RILLE_EINVAL, "rille_model_stage: there is no stage \"%s\"%s",
                                stage, buf_cstr(&hint));
    buf_release(&hint);
    return rc;
}

/* Is it one of the project's, or "none"? */
static int
check_stage(rille_engine *e, const char *stage)
{
    Stages s = {{0}, 0};
    Err err;
    int rc = stages_read(&s, e->store, &err);

    if (rc)
        rc = engine_report_err(e, &err);
    else if (strcmp(stage, "none") != 0 && !stages_have(&s, stage))
        rc = refuse_stage(e, &s, stage);
    stages_release(&s);
    return rc;
}

/* The request of meta_model_move: whoever has the stage is archived. */
static int
put_request(const rille_model *m, const char *stage, Buf *out)
{
    char who[256];
    JsonObject o;

    sys_user(who, sizeof who);
    json_object_begin(&o, out);
    json_object_int(&o, "version", m->row);
    json_object_text(&o, "stage", strcmp(stage, "none") == 0 ? NULL : stage, strlen(stage));
    json_object_text(&o, "who", who, strlen(who));
    json_object_int(&o, "force", 1);
    return json_object_end(&o);
}

/* What the database said became of it. */
static int
judge(const rille_model *m, const Buf *told, Err *err)
{
    JsonTree tree;
    int rc = json_tree_parse(&tree, "answer", (const char *)told->data, told->len, err);
    const char *outcome =
        json_tree_string(&tree, json_tree_field(&tree, json_tree_top(&tree), "outcome"), NULL);

    if (rc == OK && outcome && strcmp(outcome, "gone") == 0)
        rc = err_set(err, ERR_NOTFOUND, "model \"%s\", version %lld is deleted", m->name,
                     (long long)m->number);
    else if (rc == OK && (!outcome || (strcmp(outcome, "promoted") && strcmp(outcome, "already"))))
        rc = err_set(err, ERR_ANY, "model \"%s\", version %lld was not moved: %s", m->name,
                     (long long)m->number, outcome ? outcome : "no answer");
    json_tree_release(&tree);
    return rc;
}

static int
move(const rille_model *m, const char *stage, Err *err)
{
    const EmbeddedFile *schema = embedded_find("host/meta/schema.sql");
    Buf request, told;
    Meta *writer = NULL;
    int rc;

    buf_init(&request);
    buf_init(&told);
    rc = put_request(m, stage, &request) ? err_nomem(err)
                                         : meta_open(&writer, m->e->store, schema->text, 0, err);
    if (rc == OK) {
        db_limit_wait(meta_db(writer), PATIENCE);
        rc = meta_model_move(writer, (Slice){(char *)request.data, request.len}, &told, err);
    }
    if (rc == OK)
        rc = judge(m, &told, err);
    meta_close(writer);
    buf_release(&request);
    buf_release(&told);
    return rc;
}

int
rille_model_stage(rille_model *m, const char *stage)
{
    Meta *meta;
    Err err;
    int rc;

    if (!m)
        return RILLE_EINVAL;
    if (!stage)
        return engine_report(m->e, RILLE_EINVAL, "rille_model_stage: stage is NULL");
    if ((rc = query_begin(m->e, &meta)))
        return rc;
    if (m->e->options.flags & RILLE_OPEN_READONLY)
        rc = engine_report_as(m->e, RILLE_EREADONLY,
                              "model \"%s\": the engine was opened with RILLE_OPEN_READONLY, so "
                              "that no version can be moved", m->name);
    else if ((rc = check_stage(m->e, stage)) == RILLE_OK && (rc = move(m, stage, &err)))
        engine_report_err(m->e, &err);
    engine_release(m->e);
    return rc;
}

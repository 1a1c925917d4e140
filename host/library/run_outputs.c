/* run_outputs.c -- the outputs of a recorded run by name, without Lua: "STEP.OUTPUT", and "STEP"
 * where a step has one output.  An item of a map is the step "MAP[1]"; a `when` has the output
 * of the branch that was taken. */
#include <string.h>

#include "format/json_tree.h"
#include "library/artifact.h"
#include "meta/query.h"

typedef struct Outputs {
    rille_run *run;
    rille_values *values;
    Meta *meta;
    JsonTree expansion;                 /* of the run; without nodes: nothing depended on data */
    Rows edges;                         /* outputs of the step at hand */
} Outputs;

/* ---- what depended on data ---- */

static int
read_expansion(Outputs *o, Rows *run, Err *err)
{
    Slice text;
    int rc = query_run_row(o->meta, o->run->row, run, err);

    if (rc)
        return rc;
    text = rows_text(run, 0, "expansion");
    /* a damaged one tells nothing; fsck speaks of it */
    if (text.data && json_tree_parse(&o->expansion, "expansion", text.data, text.len, err)) {
        if (err->code == ERR_NOMEM)
            return ERR_NOMEM;
        json_tree_release(&o->expansion);
        o->expansion = (JsonTree){0};
    }
    return OK;
}

/* The only output that a `when` at the position has; NULL for any other step. */
static const char *
output_of_when(const JsonTree *t, int64_t position)
{
    const JsonNode *list = json_tree_field(t, json_tree_top(t), "whens"), *one;

    for (one = json_tree_first(t, list); one; one = json_tree_next(t, list, one)) {
        const JsonNode *at = json_tree_element(t, one, 0);

        if (at && at->kind == JSON_INT && at->i == position)
            return json_tree_string(t, json_tree_element(t, one, 2), NULL);
    }
    return NULL;
}

/* ---- names ---- */

/* "STEP", or "MAP[1]" of an item; a hit of an older program is called what its maker was. */
static int
put_node(const Outputs *o, const QueryStep *s, Buf *out, Err *err)
{
    Rows row;
    Slice node;
    int rc;

    if (s->of.data)
        return buf_put(out, s->of.data, s->of.len)
                       || buf_printf(out, "[%lld]", (long long)s->index) ? err_nomem(err) : OK;
    if (s->node.data)
        return buf_put(out, s->node.data, s->node.len) ? err_nomem(err) : OK;
    rows_init(&row);
    rc = query_step_run(o->meta, s->row, 0, &row, err);
    node = rc == OK && row.n ? rows_text(&row, 0, "node") : (Slice){NULL, 0};
    if (rc == OK && node.data && buf_put(out, node.data, node.len))
        rc = err_nomem(err);
    rows_release(&row);
    return rc;
}

static int
put_value(const Outputs *o, const char *name, rille_artifact *a, Err *err)
{
    Value *value = name ? values_slot(o->values, name) : NULL;

    if (!value)
        return err_nomem(err);
    value->kind = VALUE_STORED;
    value->artifact = artifact_share(a);
    return OK;
}

/* The edge as "STEP.OUTPUT", and as "STEP" where it is the only one.  node: room for more. */
static int
add_edge(const Outputs *o, size_t i, Buf *node, int only, Err *err)
{
    const Rows *edges = &o->edges;
    Slice digest = rows_text(edges, i, "digest"), port = rows_text(edges, i, "name");
    Artifact row = {.digest = (const unsigned char *)digest.data,
                    .type = rows_text(edges, i, "type"),
                    .materializer = rows_text(edges, i, "materializer"),
                    .version = rows_number(edges, i, "format"),
                    .size = rows_number(edges, i, "size")};
    size_t stem = node->len;
    rille_artifact *a;
    int rc;

    if (digest.len != HASH_SIZE)
        return err_set(err, ERR_CORRUPT,
                       "run %s: the artifact of an output is not in the metadata; rerun its step",
                       o->run->name);
    if (!(a = artifact_new(o->run->e, &row)))
        return err_nomem(err);
    rc = only ? put_value(o, buf_cstr(node), a, err) : OK;
    if (rc == OK && (buf_byte(node, '.') || buf_put(node, port.data, port.len)))
        rc = err_nomem(err);
    rc = rc ? rc : put_value(o, buf_cstr(node), a, err);
    node->len = stem;
    rille_artifact_free(a);
    return rc;
}

static int
is_named(const Rows *edges, size_t i, const char *name)
{
    Slice port = rows_text(edges, i, "name");

    return port.len == strlen(name) && memcmp(port.data, name, port.len) == 0;
}

static int
add_step(Outputs *o, const QueryStep *s, Buf *node, Err *err)
{
    const char *chosen = s->of.data ? NULL : output_of_when(&o->expansion, s->position);
    int rc;

    if (!s->row)
        return OK;
    node->len = 0;
    rows_clear(&o->edges);
    if ((rc = put_node(o, s, node, err)) || (rc = query_edges(o->meta, s->row, 1, &o->edges, err)))
        return rc;
    for (size_t i = 0; rc == OK && i < o->edges.n; i++)
        if (!chosen || is_named(&o->edges, i, chosen))
            rc = add_edge(o, i, node, chosen || o->edges.n == 1, err);
    return rc;
}

static int
add_steps(Outputs *o, Err *err)
{
    QuerySteps steps;
    Buf node;
    const QueryStep *s;
    int rc;

    query_steps_init(&steps);
    buf_init(&node);
    rc = query_steps(o->meta, o->run->row, &steps, err);
    s = (const QueryStep *)(const void *)steps.steps.data;
    for (size_t n = steps.steps.len / sizeof *s; rc == OK && n; n--, s++)
        rc = add_step(o, s, &node, err);
    buf_release(&node);
    query_steps_release(&steps);
    return rc;
}

int
query_run_outputs(rille_run *r, rille_values *v)
{
    Outputs o = {.run = r, .values = v};
    Rows run;
    Err err;
    int rc = query_store(r->e, &o.meta, NULL);

    if (rc)
        return rc;
    rows_init(&run);
    rows_init(&o.edges);
    rc = read_expansion(&o, &run, &err);
    if (rc == OK)
        rc = add_steps(&o, &err);
    json_tree_release(&o.expansion);
    rows_release(&o.edges);
    rows_release(&run);
    return rc ? engine_report_err(r->e, &err) : RILLE_OK;
}

/* ---- the run's values ---- */

static rille_values *
read_outputs(rille_run *r)
{
    rille_values *v = values_new_readonly(r->e);

    if (!v) {
        engine_nomem(r->e);
        return NULL;
    }
    if (r->row && query_run_outputs(r, v)) {
        rille_values_free(v);
        return NULL;
    }
    return v;
}

rille_values *
rille_run_outputs(rille_run *r)
{
    if (!r || r->outputs || engine_acquire(r->e))
        return r ? r->outputs : NULL;
    r->outputs = read_outputs(r);
    engine_release(r->e);
    return r->outputs;
}

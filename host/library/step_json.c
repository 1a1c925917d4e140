/* step_json.c -- a step of a run as JSON (run_json.h). */
#include <string.h>

#include "format/json_plain.h"
#include "library/metadata_json.h"
#include "library/run_json.h"

/* ---- inputs ---- */

/* The order of the names of two edges. */
static int
compare_ports(const Rows *rows, size_t a, size_t b)
{
    Slice x = rows_text(rows, a, "name"), y = rows_text(rows, b, "name");
    int order = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);

    return order ? order : (x.len > y.len) - (x.len < y.len);
}

static int
put_digest(const Rows *rows, size_t i, Buf *out)
{
    Slice digest = rows_text(rows, i, "digest");
    char hex[HASH_HEX + 1];

    if (digest.len != HASH_SIZE)
        return buf_puts(out, "null");
    hash_hex((const unsigned char *)digest.data, hex);
    return buf_printf(out, "\"%s\"", hex);
}

/* The digests of the port at i: one, or a list where it has several. */
static int
put_port(const Rows *rows, size_t i, Buf *out)
{
    size_t n = 0;
    int bad = 0;

    for (size_t k = i; k < rows->n; k++)
        n += compare_ports(rows, i, k) == 0;
    bad = n > 1 && buf_byte(out, '[');
    for (size_t k = i, first = 1; k < rows->n && !bad; k++)
        if (compare_ports(rows, i, k) == 0) {
            bad = (!first && buf_byte(out, ',')) || put_digest(rows, k, out);
            first = 0;
        }
    return bad || (n > 1 && buf_byte(out, ']'));
}

/* The first edge of the port that comes after that of `after`, rows->n being before all; rows->n
 * where there is none. */
static size_t
next_port(const Rows *rows, size_t after)
{
    size_t best = rows->n;

    for (size_t i = 0; i < rows->n; i++)
        if ((after == rows->n || compare_ports(rows, i, after) > 0)
            && (best == rows->n || compare_ports(rows, i, best) < 0))
            best = i;
    return best;
}

static void
put_inputs(const RunStep *s, JsonObject *o)
{
    JsonObject map;
    size_t at = s->inputs.n;

    json_object_key(o, "inputs", 6);
    json_object_begin(&map, o->out);
    while ((at = next_port(&s->inputs, at)) < s->inputs.n) {
        Slice name = rows_text(&s->inputs, at, "name");

        json_object_key(&map, name.data, name.len);
        map.bad = map.bad || put_port(&s->inputs, at, o->out);
    }
    o->bad = json_object_end(&map) || o->bad;
}

/* ---- outputs ---- */

static int
is_shown(const RunStep *s, size_t i)
{
    Slice name = rows_text(&s->outputs, i, "name");

    return !s->output || (name.len == strlen(s->output)
                          && memcmp(name.data, s->output, name.len) == 0);
}

static int
put_outputs(const RunRecord *r, const RunStep *s, const JsonTree *notes, JsonObject *o, Err *err)
{
    JsonObject map;
    size_t at = s->outputs.n;
    int rc = OK;

    json_object_key(o, "outputs", 7);
    json_object_begin(&map, o->out);
    while (rc == OK && (at = next_port(&s->outputs, at)) < s->outputs.n) {
        Slice name = rows_text(&s->outputs, at, "name");

        if (!is_shown(s, at))
            continue;
        json_object_key(&map, name.data, name.len);
        rc = run_json_output(r, s, at, notes, o->out, err);
    }
    o->bad = json_object_end(&map) || o->bad;
    return rc;
}

/* ---- the step's own fields ---- */

static Slice
text(const RunStep *s, const char *column)
{
    return s->run.n ? rows_text(&s->run, 0, column) : (Slice){NULL, 0};
}

static void
put_slice(JsonObject *o, const char *key, Slice s)
{
    json_object_text(o, key, s.data, s.len);
}

/* RUN/STEP whose result it took. */
static void
put_source(const RunStep *s, JsonObject *o)
{
    Slice run = text(s, "run.name"), node = text(s, "run.node");
    Buf from;

    if (!run_step_is_cached(s) || !run.data)
        return;
    buf_init(&from);
    o->bad = o->bad || buf_put(&from, run.data, run.len) || buf_byte(&from, '/')
             || buf_put(&from, node.data, node.len);
    put_slice(o, "cached_from", (Slice){(char *)from.data, from.len});
    buf_release(&from);
}

static void
put_items(const RunStep *s, JsonObject *o)
{
    if (s->kind != RUN_MAP)
        return;
    json_object_key(o, "items", 5);
    o->bad = o->bad || buf_byte(o->out, '[');
    for (size_t i = 1; i <= s->n_items && !o->bad; i++)
        o->bad = (i > 1 && buf_byte(o->out, ','))
                 || json_object_put_text(o->out, s[i].id, strlen(s[i].id));
    o->bad = o->bad || buf_byte(o->out, ']');
}

static void
put_key(const RunStep *s, JsonObject *o)
{
    Slice key = text(s, "key");
    char hex[HASH_HEX + 1];

    if (key.len == HASH_SIZE) {
        hash_hex((const unsigned char *)key.data, hex);
        json_object_text(o, "key", hex, HASH_HEX);
    } else {
        json_object_null(o, "key");
    }
}

/* Does --only leave steps out of the run? */
static int
is_partial(const RunRecord *r)
{
    return json_tree_field(&r->extra, json_tree_top(&r->extra), "only") != NULL;
}

static void
put_reason(const RunRecord *r, const RunStep *s, JsonObject *o)
{
    Slice status = run_step_status(s), own = text(s, "reason");
    Buf made;

    buf_init(&made);
    if (s->reason) {
        json_object_text(o, "reason", s->reason, strlen(s->reason));
    } else if (s->kind == RUN_WHEN && s->stands_for) {
        o->bad = o->bad || buf_printf(&made, "it stands for %s", s->stands_for);
        json_object_text(o, "reason", (char *)made.data, made.len);
    } else if (!own.data && is_partial(r) && status.len == 7
               && memcmp(status.data, "skipped", 7) == 0) {
        json_object_text(o, "reason", "left out by --only", 18);
    } else {
        put_slice(o, "reason", own);
    }
    buf_release(&made);
}

static void
put_seconds(const RunStep *s, JsonObject *o)
{
    DbValue took = s->run.n ? rows_get(&s->run, 0, "seconds") : (DbValue){DB_NULL, {0}};

    if (run_step_is_cached(s))
        json_object_float(o, "seconds", 0);
    else if (s->kind == RUN_MAP)
        json_object_float(o, "seconds", s->seconds);
    else if (took.type == DB_REAL)
        json_object_float(o, "seconds", took.as.d);
    else
        json_object_null(o, "seconds");
}

/* A field of what the step noted. */
static Slice
noted(const JsonTree *notes, const char *field)
{
    const JsonNode *node = json_tree_field(notes, json_tree_top(notes), field);

    return node ? (Slice){notes->text + node->from, node->to - node->from} : (Slice){NULL, 0};
}

/* The fields up to `metrics`. */
static int
put_first(const RunStep *s, const JsonTree *notes, JsonObject *o, Err *err)
{
    Slice error = text(s, "error");
    int rc;

    put_source(s, o);
    if (error.data)
        put_slice(o, "error", error);
    json_object_text(o, "id", s->id, strlen(s->id));
    put_inputs(s, o);
    put_items(s, o);
    put_key(s, o);
    if (s->kind != RUN_STEP)
        json_object_text(o, "kind", s->kind == RUN_MAP ? "map" : "when",
                         s->kind == RUN_MAP ? 3 : 4);
    if ((rc = metadata_json_put(o, "logged", noted(notes, "params"), JSON_PLAIN_OBJECTS, err))
        || (rc = metadata_json_put(o, "metadata", text(s, "metadata"), JSON_PLAIN_OBJECTS, err)))
        return rc;
    return metadata_json_put(o, "metrics", text(s, "metrics"), JSON_PLAIN_OBJECTS, err);
}

static int
put_pin(const RunRecord *r, const RunStep *s, JsonObject *o, Err *err)
{
    Buf pin;
    int rc;

    buf_init(&pin);
    rc = run_json_pin(r, s, &pin, err);
    if (rc == OK && pin.len)
        json_object_text(o, "pin", (char *)pin.data, pin.len);
    buf_release(&pin);
    return rc;
}

static int
put_step(const RunRecord *r, const RunStep *s, const JsonTree *notes, Buf *out, Err *err)
{
    Slice series = noted(notes, "series");
    JsonObject o;
    int rc;

    json_object_begin(&o, out);
    if ((rc = put_first(s, notes, &o, err)) || (rc = put_outputs(r, s, notes, &o, err))
        || (rc = metadata_json_put(&o, "parameters", text(s, "params"), JSON_PLAIN_OBJECTS, err))
        || (rc = put_pin(r, s, &o, err)))
        return rc;
    put_reason(r, s, &o);
    put_seconds(s, &o);
    if (series.data && (rc = metadata_json_put(&o, "series", series, JSON_PLAIN_OBJECTS, err)))
        return rc;
    put_slice(&o, "status", run_step_status(s));
    if (s->step)
        json_object_text(&o, "step", s->step, strlen(s->step));
    return json_object_end(&o) ? err_nomem(err) : OK;
}

int
run_json_step(const RunRecord *r, const RunStep *s, Buf *out, Err *err)
{
    JsonTree notes = {0};
    Slice packed = text(s, "notes");
    int rc = packed.data ? json_tree_parse(&notes, "notes", packed.data, packed.len, err) : OK;

    if (rc == ERR_SYNTAX)
        rc = err_set(err, ERR_CORRUPT, "run %s: the notes of step %s are damaged; run rille fsck",
                     r->run->name, s->id);
    if (rc == OK)
        rc = put_step(r, s, &notes, out, err);
    json_tree_release(&notes);
    return rc;
}

/* ---- pins ---- */

static int
holds(const JsonTree *t, const JsonNode *list, const char *name, size_t n)
{
    for (const JsonNode *c = json_tree_first(t, list); c; c = json_tree_next(t, list, c)) {
        size_t len;
        const char *own = json_tree_string(t, c, &len);

        if (own && len == n && memcmp(own, name, n) == 0)
            return 1;
    }
    return 0;
}

/* The module that a step is of; an item of a map is of that of the map. */
static const JsonNode *
module_of(const JsonTree *t, const RunStep *s)
{
    const JsonNode *all = json_tree_field(t, json_tree_top(t), "modules"), *m, *rest = NULL;
    const char *map = s->of ? s->of : s->id;

    for (m = json_tree_first(t, all); m; m = json_tree_next(t, all, m)) {
        const JsonNode *nodes = json_tree_field(t, m, "nodes");

        if (holds(t, nodes, s->id, strlen(s->id)) || holds(t, nodes, map, strlen(map)))
            return m;
    }
    for (m = json_tree_first(t, all); m; m = json_tree_next(t, all, m)) {
        const JsonNode *steps = json_tree_field(t, m, "steps");

        if (!steps)
            rest = m;
        if (s->step && holds(t, steps, s->step, strlen(s->step)))
            return m;
    }
    return rest;
}

int
run_json_pin(const RunRecord *r, const RunStep *s, Buf *out, Err *err)
{
    const JsonTree *t = &r->git;
    const JsonNode *module, *top = json_tree_top(t);
    const char *name, *sha;

    if (s->kind != RUN_STEP)            /* the engine's own steps */
        return buf_printf(out, "rille.%s@%s", s->kind == RUN_MAP ? "map" : "when", RILLE_VERSION)
                   ? err_nomem(err) : OK;
    module = top ? module_of(t, s) : NULL;
    if (!module || json_tree_field(t, module, "uncommitted"))
        return OK;
    name = json_tree_string(t, json_tree_field(t, module, "name"), NULL);
    sha = json_tree_string(t, json_tree_field(t, module, "sha"), NULL);
    sha = sha ? sha : json_tree_string(t, json_tree_field(t, top, "sha"), NULL);
    return buf_printf(out, "%s.%s@%s", name ? name : "", s->step ? s->step : "", sha ? sha : "")
               ? err_nomem(err) : OK;
}

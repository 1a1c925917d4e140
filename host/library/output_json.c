/* output_json.c -- an output of a step as JSON (run_json.h): its artifact, the version of its name
 * that the run had, where its bytes are, its metadata. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "library/metadata_json.h"
#include "library/run_json.h"
#include "library/stored_artifact.h"
#include "store/store.h"

static int
is_same(Slice a, const char *b)
{
    return b && a.data && strlen(b) == a.len && memcmp(a.data, b, a.len) == 0;
}

/* ---- versions (lua/record/artifact_names.lua) ---- */

/* Is the step in the selection of the run? */
static int
is_selected(const RunRecord *r, const RunStep *s)
{
    const JsonTree *t = &r->extra;
    const JsonNode *only = json_tree_field(t, json_tree_top(t), "only"), *c;

    if (!only || only->kind != JSON_ARRAY)
        return 1;
    for (c = json_tree_first(t, only); c; c = json_tree_next(t, only, c)) {
        size_t n;
        const char *name = json_tree_string(t, c, &n);
        Slice one = {name, name ? n : 0};

        if (is_same(one, s->id) || is_same(one, s->of) || is_same(one, s->step))
            return 1;
    }
    return 0;
}

/* The name that the port NODE::OUTPUT declares, or NULL. */
static const char *
declared(const RunRecord *r, const char *node, Slice output, Err *err)
{
    const JsonTree *t = &r->naming;
    const JsonNode *port;
    Buf key;
    const char *name = NULL;

    if (!node || !json_tree_top(t))
        return NULL;
    buf_init(&key);
    if (buf_puts(&key, node) || buf_puts(&key, "::") || buf_put(&key, output.data, output.len)
        || !buf_cstr(&key)) {
        err_nomem(err);
    } else {
        port = json_tree_field(t, json_tree_top(t), (char *)key.data);
        name = json_tree_string(t, json_tree_field(t, port, "name"), NULL);
    }
    buf_release(&key);
    return name;
}

/* The name of the output in the run. */
static int
put_name(const RunRecord *r, const RunStep *s, Slice output, Buf *out, Err *err)
{
    const char *id = s->stands_for ? s->stands_for : s->id, *own;
    Slice pipeline = run_record_text(r, "pipeline");
    int bad;

    err->code = OK;
    own = declared(r, id, output, err);
    if (!own && err->code == OK)
        own = declared(r, s->of, output, err);
    if (err->code)
        return err->code;
    bad = own ? buf_puts(out, own)
              : buf_put(out, pipeline.data, pipeline.len) || buf_puts(out, "::")
                || buf_puts(out, id) || buf_puts(out, "::")
                || buf_put(out, output.data, output.len);
    return bad ? err_nomem(err) : OK;
}

/* The version that a run of an older program gave: of names that begin with the pipeline's. */
static int64_t
older_version(const RunRecord *r, const RunStep *s, size_t i)
{
    Slice name = rows_text(&s->outputs, i, "artifact"), pipeline = run_record_text(r, "pipeline");
    int is_own = s->run.n && rows_number(&s->run, 0, "run.row") == r->run->row;

    if (!name.data)
        return 0;
    if (!is_own && !(name.len > pipeline.len + 2
                     && memcmp(name.data, pipeline.data, pipeline.len) == 0
                     && memcmp(name.data + pipeline.len, "::", 2) == 0))
        return 0;
    return rows_number(&s->outputs, i, "version");
}

static int
find_version(const RunRecord *r, const RunStep *s, size_t i, int64_t *number, Err *err)
{
    DbValue named = rows_get(&r->row, 0, "named");
    Slice digest = rows_text(&s->outputs, i, "digest");
    int64_t row;
    Buf name;
    int rc;

    if (is_same(run_record_text(r, "status"), "running")) {
        *number = rows_number(&s->outputs, i, "version");
        return OK;
    }
    *number = named.type == DB_NULL ? older_version(r, s, i) : 0;
    if (named.type == DB_NULL || rows_number(&r->row, 0, "unlisted?") || !is_selected(r, s)
        || digest.len != HASH_SIZE)
        return OK;
    buf_init(&name);
    rc = put_name(r, s, rows_text(&s->outputs, i, "name"), &name, err);
    if (rc == OK)
        rc = query_version_at(r->meta, (Slice){(char *)name.data, name.len},
                              (const unsigned char *)digest.data, named.as.i, number, &row, err);
    buf_release(&name);
    return rc;
}

/* ---- metadata ---- */

/* One member of an object, packed. */
static int
put_member(const JsonTree *t, const JsonNode *c, int *first, Buf *out)
{
    size_t n;
    const char *key = json_tree_key(t, c, &n);
    int bad = (!*first && buf_byte(out, ',')) || json_put_string(out, key, n)
              || buf_byte(out, ':') || buf_put(out, t->text + c->from, c->to - c->from);

    *first = 0;
    return bad;
}

static int
compare_keys(const JsonTree *a, const JsonNode *x, const JsonTree *b, const JsonNode *y)
{
    size_t n, m;
    const char *s = json_tree_key(a, x, &n), *t = json_tree_key(b, y, &m);
    int order = memcmp(s, t, n < m ? n : m);

    return order ? order : (n > m) - (n < m);
}

/* The members of both objects, whose keys are sorted; of a key in both that of b. */
static int
merge(const JsonTree *a, const JsonTree *b, const JsonNode *own, Buf *out)
{
    const JsonNode *top = json_tree_top(a), *x = json_tree_first(a, top);
    const JsonNode *y = json_tree_first(b, own);
    int first = 1, bad = buf_byte(out, '{');

    while ((x || y) && !bad) {
        int order = !x ? 1 : !y ? -1 : compare_keys(a, x, b, y);

        bad = order < 0 ? put_member(a, x, &first, out) : put_member(b, y, &first, out);
        if (x && order <= 0)
            x = json_tree_next(a, top, x);
        if (y && order >= 0)
            y = json_tree_next(b, own, y);
    }
    return bad || buf_byte(out, '}');
}

/* What the materializer noted, and what the step said of the output. */
static int
put_metadata(JsonObject *o, Slice saved, const JsonTree *notes, Slice output, Err *err)
{
    const JsonNode *all = json_tree_field(notes, json_tree_top(notes), "outputs"), *own = NULL, *c;
    JsonTree tree = {0};
    Buf both;
    int rc = OK;

    for (c = json_tree_first(notes, all); c; c = json_tree_next(notes, all, c)) {
        size_t n;
        const char *key = json_tree_key(notes, c, &n);

        if (n == output.len && memcmp(key, output.data, n) == 0)
            own = c;
    }
    if (!own || own->kind != JSON_OBJECT)
        return metadata_json_put(o, "metadata", saved, JSON_PLAIN_OBJECTS, err);
    buf_init(&both);
    if (saved.data)
        rc = json_tree_parse(&tree, "metadata", saved.data, saved.len, err);
    if (rc == OK && merge(&tree, notes, own, &both))
        rc = err_nomem(err);
    if (rc == OK)
        rc = metadata_json_put(o, "metadata", (Slice){(char *)both.data, both.len},
                            JSON_PLAIN_OBJECTS, err);
    json_tree_release(&tree);
    buf_release(&both);
    return rc;
}

/* ---- all of it ---- */

/* file://PATH of the object of its only member, else rille:DIGEST. */
static void
put_uri(const RunRecord *r, JsonObject *o, const StoredArtifact *a, const char *hex)
{
    const Member *m = stored_artifact_at(a, 0);
    char member[HASH_HEX + 1];
    struct stat st;
    Buf uri;

    buf_init(&uri);
    if (stored_artifact_count(a) == 1 && !m->is_inline) {
        hash_hex(m->digest, member);
        o->bad = o->bad || buf_printf(&uri, "file://%s/objects/%.2s/%s", r->run->e->store, member,
                                      member + 2) || !buf_cstr(&uri);
        if (!o->bad && stat((char *)uri.data + 7, &st))
            o->bad = buf_puts(&uri, ".lz4");
    } else {
        o->bad = o->bad || buf_printf(&uri, "rille:%s", hex);
    }
    json_object_text(o, "uri", (char *)uri.data, uri.len);
    buf_release(&uri);
}

static int
put_output(const RunRecord *r, const RunStep *s, size_t i, const JsonTree *notes,
           const StoredArtifact *a, JsonObject *o, Err *err)
{
    Slice type = rows_text(&s->outputs, i, "type");
    char hex[HASH_HEX + 1];
    int64_t number;
    int rc = find_version(r, s, i, &number, err);

    if (rc)
        return rc;
    hash_hex(a->row.digest, hex);
    json_object_text(o, "digest", hex, HASH_HEX);
    json_object_text(o, "id", hex, HASH_HEX);
    if ((rc = put_metadata(o, a->row.metadata, notes, rows_text(&s->outputs, i, "name"), err)))
        return rc;
    json_object_int(o, "size", rows_number(&s->outputs, i, "size"));
    json_object_text(o, "type", type.data, type.len);
    put_uri(r, o, a, hex);
    if (number)
        json_object_int(o, "version", number);
    else
        json_object_null(o, "version");
    return json_object_end(o) ? err_nomem(err) : OK;
}

int
run_json_output(const RunRecord *r, const RunStep *s, size_t i, const JsonTree *notes, Buf *out,
                Err *err)
{
    Slice digest = rows_text(&s->outputs, i, "digest");
    StoredArtifact found;
    JsonObject o;
    int rc;

    if (digest.len != HASH_SIZE)
        return err_set(err, ERR_CORRUPT, "run %s: the artifact of an output of step %s is not in "
                       "the metadata; rerun it", r->run->name, s->id);
    json_object_begin(&o, out);
    rc = stored_artifact_read(r->run->e, (const unsigned char *)digest.data, &found, err);
    if (rc == OK)
        rc = put_output(r, s, i, notes, &found, &o, err);
    stored_artifact_release(&found);
    return rc;
}

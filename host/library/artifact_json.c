/* artifact_json.c -- an artifact as JSON, for rille_artifact_json: what the metadata has of it. */
#include <stdlib.h>
#include <string.h>

#include "format/json_object.h"
#include "library/artifact.h"
#include "library/metadata_json.h"
#include "library/stored_artifact.h"

static int
put_members(const StoredArtifact *found, Buf *out)
{
    int bad = buf_byte(out, '[');

    for (size_t i = 0; i < stored_artifact_count(found) && !bad; i++) {
        const Member *m = stored_artifact_at(found, i);
        char hex[HASH_HEX + 1];
        JsonObject o;

        hash_hex(m->digest, hex);
        bad = i && buf_byte(out, ',');
        json_object_begin(&o, out);
        json_object_text(&o, "name", m->name.data, m->name.len);
        json_object_text(&o, "digest", hex, HASH_HEX);
        json_object_int(&o, "size", m->size);
        bad = bad || json_object_end(&o);
    }
    return bad || buf_byte(out, ']');
}

static int
put_artifact(const rille_artifact *a, const StoredArtifact *found, Buf *out, Err *err)
{
    Slice preview = found->row.preview;
    JsonObject o;
    int rc;

    json_object_begin(&o, out);
    json_object_text(&o, "digest", a->hex, HASH_HEX);
    json_object_text(&o, "type", a->type, strlen(a->type));
    json_object_text(&o, "materializer", a->materializer, strlen(a->materializer));
    json_object_int(&o, "size", (int64_t)a->size);
    json_object_text(&o, "name", a->name, a->name ? strlen(a->name) : 0);
    if (a->number)
        json_object_int(&o, "version", a->number);
    else
        json_object_null(&o, "version");
    json_object_key(&o, "members", 7);
    o.bad = o.bad || put_members(found, out);
    if ((rc = metadata_json_put(&o, "metadata", found->row.metadata,
                                JSON_PLAIN_OBJECTS, err)))
        return rc;
    json_object_text(&o, "preview", preview.data, preview.len);
    return json_object_end(&o) || !buf_cstr(out) ? err_nomem(err) : OK;
}

static int
make_json(rille_artifact *a, Err *err)
{
    StoredArtifact found;
    Buf text;
    int rc = stored_artifact_read(a->e, a->digest, &found, err);

    buf_init(&text);
    if (rc == OK && (rc = put_artifact(a, &found, &text, err)) == OK) {
        a->json = (char *)text.data;
        buf_init(&text);
    }
    buf_release(&text);
    stored_artifact_release(&found);
    return rc;
}

int
rille_artifact_json(rille_artifact *a, const char **out)
{
    Err err;
    int rc;

    if (out)
        *out = NULL;
    if (!a || !out)
        return RILLE_EINVAL;
    if ((rc = engine_acquire(a->e)))
        return rc;
    if (!a->json && (rc = make_json(a, &err)))
        engine_report_err(a->e, &err);
    *out = a->json;
    engine_release(a->e);
    return rc;
}

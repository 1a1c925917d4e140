/* artifact.c -- artifacts as the library gives them out: by digest, shared and counted.  Its
 * value and the bytes of its members are read from the store when they are asked for, and live
 * as long as the artifact. */
#include <stdlib.h>
#include <string.h>

#include "format/json_plain.h"
#include "library/artifact.h"
#include "library/stored_artifact.h"

typedef struct ArtifactMember {
    char *name, *path;                  /* path: given out, or NULL */
    void *bytes;                        /* given out: of an inline one, or NULL */
    Blob *blob;                         /* the same of another one */
    size_t n;
} ArtifactMember;

/* ---- life ---- */

static char *
copy_slice(Slice s)
{
    return s.data ? strndup(s.data, s.len) : strdup("");
}

rille_artifact *
artifact_new(rille_engine *e, const struct Artifact *row)
{
    rille_artifact *a = calloc(1, sizeof *a);

    if (!a) {
        engine_nomem(e);
        return NULL;
    }
    a->e = e;
    engine_reference(e);
    a->references = 1;
    memcpy(a->digest, row->digest, HASH_SIZE);
    hash_hex(row->digest, a->hex);
    a->version = row->version;
    a->size = (uint64_t)row->size;
    a->type = copy_slice(row->type);
    a->materializer = copy_slice(row->materializer);
    if (!a->type || !a->materializer) {
        rille_artifact_free(a);
        engine_nomem(e);
        return NULL;
    }
    return a;
}

rille_artifact *
query_new_artifact(rille_engine *e, const unsigned char *digest)
{
    StoredArtifact found;
    Err err;
    int rc = stored_artifact_read(e, digest, &found, &err);
    rille_artifact *a = rc ? NULL : artifact_new(e, &found.row);

    if (rc)
        engine_report_err(e, &err);
    stored_artifact_release(&found);
    return a;
}

rille_artifact *
artifact_share(rille_artifact *a)
{
    a->references++;
    return a;
}

static void
free_members(rille_artifact *a)
{
    for (size_t i = 0; i < a->n_members; i++) {
        free(a->members[i].name);
        free(a->members[i].path);
        free(a->members[i].bytes);
        packed_bytes_free(a->members[i].blob);
    }
    free(a->members);
}

void
rille_artifact_free(rille_artifact *a)
{
    if (!a || --a->references > 0)
        return;
    rille_values_free(a->value);
    free_members(a);
    free(a->json);
    free(a->name);
    free(a->type);
    free(a->materializer);
    engine_unreference(a->e);
    free(a);
}

const char *
rille_artifact_digest(const rille_artifact *a)
{
    return a ? a->hex : NULL;
}

const char *
rille_artifact_type(const rille_artifact *a)
{
    return a ? a->type : NULL;
}

uint64_t
rille_artifact_size(const rille_artifact *a)
{
    return a ? a->size : 0;
}

/* ---- its value ---- */

/* The value has a twin of the artifact: with the artifact itself the two would keep each other
 * for ever. */
static rille_values *
new_value(rille_artifact *a)
{
    Artifact row = {.digest = a->digest, .type = {a->type, strlen(a->type)},
                    .materializer = {a->materializer, strlen(a->materializer)},
                    .version = a->version, .size = (int64_t)a->size};
    rille_values *values = values_new_readonly(a->e);
    Value *value = values ? values_slot(values, NULL) : NULL;
    rille_artifact *twin = value ? artifact_new(a->e, &row) : NULL;

    if (!twin) {
        rille_values_free(values);
        engine_nomem(a->e);
        return NULL;
    }
    value->kind = VALUE_STORED;
    value->artifact = twin;
    return values;
}

rille_values *
rille_artifact_value(rille_artifact *a)
{
    if (!a)
        return NULL;
    if (!a->value)
        a->value = new_value(a);
    return a->value;
}

/* ---- its members ---- */

/* What was given out of the member, or a new place for it; NULL when out of memory. */
static ArtifactMember *
member_slot(rille_artifact *a, const Member *m)
{
    ArtifactMember *list;
    char *name;

    for (size_t i = 0; i < a->n_members; i++)
        if (strlen(a->members[i].name) == m->name.len
            && memcmp(a->members[i].name, m->name.data, m->name.len) == 0)
            return &a->members[i];
    list = realloc(a->members, (a->n_members + 1) * sizeof *list);
    if (list)
        a->members = list;
    name = list ? strndup(m->name.data, m->name.len) : NULL;
    if (!name)
        return NULL;
    list[a->n_members] = (ArtifactMember){.name = name};
    return &list[a->n_members++];
}

/* The member of that name; NULL is the only one of the value. */
static int
choose(const StoredArtifact *found, const char *name, const Member **out, Err *err)
{
    size_t n = stored_artifact_value_count(found);

    *out = name ? stored_artifact_member(found, name) : n == 1 ? stored_artifact_at(found, 0)
                                                               : NULL;
    if (*out)
        return OK;
    if (name)
        return err_set(err, ERR_NOTFOUND, "%s has no member \"%s\"; rille_artifact_json lists "
                       "them", found->short_name, name);
    return err_set(err, ERR_INVAL, "%s has %zu members; name one of those that rille_artifact_json "
                   "lists", found->short_name, n);
}

static int
give_path(rille_artifact *a, const StoredArtifact *found, const Member *m, const char **out,
          Err *err)
{
    ArtifactMember *slot = member_slot(a, m);
    char path[PATH_MAX] = "";
    Store *objects;
    int rc = slot ? query_store(a->e, NULL, &objects) : err_nomem(err);

    if (rc || slot->path) {
        *out = rc ? NULL : slot->path;
        if (rc && slot)
            *err = a->e->err;
        return rc;
    }
    if (!m->is_inline)
        rc = store_map_path(objects, m->digest, (uint64_t)m->size, path, err);
    if (rc == OK && !path[0])
        rc = err_set(err, ERR_NOTFOUND, "%s: %s is stored %s, so that no file has its bytes; "
                     "rille_artifact_bytes gives them", found->short_name, slot->name,
                     m->is_inline ? "in the metadata" : "compressed");
    if (rc == OK && !(slot->path = strdup(path)))
        rc = err_nomem(err);
    *out = slot->path;
    return rc;
}

static int
give_bytes(rille_artifact *a, const Member *m, Slice *out, Err *err)
{
    ArtifactMember *slot = member_slot(a, m);
    Slice bytes;
    int rc;

    if (!slot)
        return err_nomem(err);
    if (!slot->blob && !slot->bytes) {
        if ((rc = stored_artifact_bytes(a->e, m, &bytes, &slot->blob, err)))
            return rc;
        if (!slot->blob && !(slot->bytes = malloc(bytes.len + 1)))
            return err_nomem(err);
        if (!slot->blob)
            memcpy(slot->bytes, bytes.data, bytes.len);
        slot->n = bytes.len;
    }
    *out = (Slice){slot->blob ? packed_bytes_data(slot->blob) : slot->bytes, slot->n};
    return OK;
}

int
rille_artifact_path(rille_artifact *a, const char *member, const char **out)
{
    StoredArtifact found;
    const Member *m;
    Err err;
    int rc;

    if (out)
        *out = NULL;
    if (!a || !out)
        return RILLE_EINVAL;
    if ((rc = engine_acquire(a->e)))
        return rc;
    rc = stored_artifact_read(a->e, a->digest, &found, &err);
    if (rc == OK && (rc = choose(&found, member, &m, &err)) == OK)
        rc = give_path(a, &found, m, out, &err);
    stored_artifact_release(&found);
    if (rc)
        engine_report_err(a->e, &err);
    engine_release(a->e);
    return rc;
}

int
rille_artifact_bytes(rille_artifact *a, const char *member, const void **out, size_t *len)
{
    StoredArtifact found;
    Slice bytes = {NULL, 0};
    const Member *m;
    Err err;
    int rc;

    if (out)
        *out = NULL;
    if (len)
        *len = 0;
    if (!a || !out || !len)
        return RILLE_EINVAL;
    if ((rc = engine_acquire(a->e)))
        return rc;
    rc = stored_artifact_read(a->e, a->digest, &found, &err);
    if (rc == OK && (rc = choose(&found, member, &m, &err)) == OK)
        rc = give_bytes(a, m, &bytes, &err);
    stored_artifact_release(&found);
    *out = bytes.data;
    *len = bytes.len;
    if (rc)
        engine_report_err(a->e, &err);
    engine_release(a->e);
    return rc;
}

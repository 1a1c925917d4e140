/* stored_artifact.c -- see stored_artifact.h */
#include <stdio.h>
#include <string.h>

#include "library/artifact.h"
#include "library/stored_artifact.h"
#include "meta/meta.h"

/* query_store, with the message in err. */
static int
open_both(rille_engine *e, Meta **meta, Store **objects, Err *err)
{
    int rc = query_store(e, meta, objects);

    if (rc && err)
        *err = e->err;
    return rc;
}

/* Copies n bytes behind those that are kept already; room was made before. */
static const char *
keep(Buf *kept, const char *data, size_t n)
{
    const char *copy = (const char *)kept->data + kept->len;

    if (!data)
        return NULL;
    memcpy(kept->data + kept->len, data, n);
    kept->len += n;
    return copy;
}

static Slice
keep_slice(Buf *kept, Slice s)
{
    return (Slice){keep(kept, s.data, s.len), s.len};
}

/* Copies what the row borrows from its statement. */
static int
copy_row(StoredArtifact *out, const Artifact *row, Err *err)
{
    size_t n = HASH_SIZE + row->type.len + row->materializer.len + row->members.len +
               row->inlined.len + row->metadata.len + row->preview.len;

    if (buf_reserve(&out->kept, n))
        return err_nomem(err);
    out->row = *row;
    out->row.st = NULL;
    out->row.digest = (const unsigned char *)keep(&out->kept, (const char *)row->digest,
                                                  HASH_SIZE);
    out->row.type = keep_slice(&out->kept, row->type);
    out->row.materializer = keep_slice(&out->kept, row->materializer);
    out->row.members = keep_slice(&out->kept, row->members);
    out->row.inlined = keep_slice(&out->kept, row->inlined);
    out->row.metadata = keep_slice(&out->kept, row->metadata);
    out->row.preview = keep_slice(&out->kept, row->preview);
    return OK;
}

int
stored_artifact_read(rille_engine *e, const unsigned char *digest, StoredArtifact *out, Err *err)
{
    char hex[HASH_HEX + 1];
    Artifact row;
    Meta *meta;
    int rc;

    memset(out, 0, sizeof *out);
    hash_hex(digest, hex);
    snprintf(out->short_name, sizeof out->short_name, "artifact %.12s", hex);
    if ((rc = open_both(e, &meta, NULL, err)))
        return rc;
    rc = artifact_find(meta_db(meta), digest, &row, err);
    if (rc == 1)
        rc = copy_row(out, &row, err);
    else if (rc == 0)
        rc = err_set(err, ERR_NOTFOUND, "%s is not in the metadata of %s", out->short_name,
                     e->store);
    artifact_release(&row);
    return rc ? rc : artifact_unpack(&out->row, &out->members, err);
}

void
stored_artifact_release(StoredArtifact *a)
{
    buf_release(&a->kept);
    buf_release(&a->members);
}

size_t
stored_artifact_count(const StoredArtifact *a)
{
    return a->members.len / sizeof(Member);
}

const Member *
stored_artifact_at(const StoredArtifact *a, size_t i)
{
    return (const Member *)(const void *)a->members.data + i;
}

static int
is_staged(const Member *m)
{
    size_t n = sizeof STORED_STAGED - 1;

    return m->name.len > n && memcmp(m->name.data, STORED_STAGED, n) == 0;
}

size_t
stored_artifact_value_count(const StoredArtifact *a)
{
    size_t n = 0;

    while (n < stored_artifact_count(a) && !is_staged(stored_artifact_at(a, n)))
        n++;
    return n;
}

const Member *
stored_artifact_member(const StoredArtifact *a, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < stored_artifact_count(a); i++) {
        const Member *m = stored_artifact_at(a, i);

        if (m->name.len == len && memcmp(m->name.data, name, len) == 0)
            return m;
    }
    return NULL;
}

int
stored_artifact_bytes(rille_engine *e, const Member *m, Slice *out, Blob **blob, Err *err)
{
    Store *objects;
    int rc;

    *blob = NULL;
    if (m->is_inline) {
        *out = (Slice){m->bytes.data ? m->bytes.data : "", m->bytes.len};
        return OK;
    }
    if ((rc = open_both(e, NULL, &objects, err)) ||
        (rc = store_get(objects, m->digest, (uint64_t)m->size, blob, err)))
        return rc;
    *out = (Slice){packed_bytes_data(*blob), packed_bytes_size(*blob)};
    return OK;
}

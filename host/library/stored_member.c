/* stored_member.c -- members of an artifact that is loaded: their bytes, the JSON or the array in
 * them (stored_value.h). */
#include "array/npy.h"
#include "library/query_store.h"
#include "library/stored_value.h"

int
stored_damaged(const StoredLoad *l, const char *member, const char *what)
{
    return err_set(l->err, ERR_CORRUPT, "%s: %s: %s; rerun its step", l->artifact.short_name,
                   member, what);
}

/* The member; NULL with the error set. */
static const Member *
need_member(const StoredLoad *l, const char *name)
{
    const Member *m = stored_artifact_member(&l->artifact, name);

    if (!m)
        stored_damaged(l, name, "the artifact has no such member");
    return m;
}

int
stored_read(const StoredLoad *l, const char *name, Slice *out, Blob **blob)
{
    const Member *m = need_member(l, name);

    *blob = NULL;
    return m ? stored_artifact_bytes(l->e, m, out, blob, l->err) : l->err->code;
}

int
stored_parse(const StoredLoad *l, const char *member, Slice text, JsonTree *tree)
{
    Err why;
    int rc = json_tree_parse(tree, member, text.data, text.len, &why);

    return rc == ERR_NOMEM ? err_nomem(l->err)
         : rc ? err_set(l->err, ERR_CORRUPT, "%s: %.800s", l->artifact.short_name, why.msg) : OK;
}

int
stored_array(const StoredLoad *l, const char *member, Array **out)
{
    const Member *m = need_member(l, member);
    char path[PATH_MAX] = "";
    Store *objects;
    Slice bytes;
    Blob *blob;
    int rc = m ? OK : l->err->code;

    if (rc == OK && !m->is_inline && (rc = query_store(l->e, NULL, &objects)))
        *l->err = l->e->err;
    if (rc == OK && !m->is_inline)
        rc = store_map_path(objects, m->digest, (uint64_t)m->size, path, l->err);
    if (rc)
        return rc;
    if (path[0])
        return npy_map(out, path, m->size, l->err);
    rc = stored_artifact_bytes(l->e, m, &bytes, &blob, l->err);
    if (rc == OK)
        rc = npy_parse(out, bytes.data, bytes.len, member, l->err);
    packed_bytes_free(blob);
    return rc;
}

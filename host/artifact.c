/* artifact.c -- see artifact.h */
#include <string.h>

#include "artifact.h"
#include "hash.h"
#include "rowsum.h"

#define COLUMNS \
    "id, digest, type, materializer, version, size, objects, sum, members, inline, " \
    "metadata, preview"

static int
damaged(const Artifact *a, Err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "artifact %lld: its row in the metadata is damaged; run the step "
                   "that made it again",
                   (long long)a->id);
}

static void
add(RowSum *s, Slice bytes)
{
    rowsum_bytes(s, bytes.data, bytes.len);
}

static int64_t
sum_of(const Artifact *a)
{
    RowSum s;

    rowsum_init(&s);
    rowsum_bytes(&s, a->digest, HASH_SIZE);
    add(&s, a->type);
    add(&s, a->materializer);
    rowsum_int(&s, a->version);
    rowsum_int(&s, a->size);
    rowsum_int(&s, a->objects);
    add(&s, a->members);
    add(&s, a->inlined);
    add(&s, a->metadata);
    add(&s, a->preview);
    return rowsum_final(&s);
}

static int
read_row(DbStmt *st, Artifact *a, Err *err)
{
    a->id = db_int(st, 0);
    a->digest = db_digest(st, 1);
    a->type = db_bytes(st, 2);
    a->materializer = db_bytes(st, 3);
    a->version = db_int(st, 4);
    a->size = db_int(st, 5);
    a->objects = db_int(st, 6);
    a->members = db_bytes(st, 8);
    a->inlined = db_bytes(st, 9);
    a->metadata = db_bytes(st, 10);
    a->preview = db_bytes(st, 11);
    if (!a->digest || !a->members.data || sum_of(a) != db_int(st, 7))
        return damaged(a, err);
    return 1;
}

static int
pack_member(const Member *m, Buf *packed, Buf *bytes)
{
    return buf_varint(packed, m->name.len) || buf_put(packed, m->name.data, m->name.len) ||
           buf_put(packed, m->digest, HASH_SIZE) || buf_varint(packed, (uint64_t)m->size) ||
           buf_byte(packed, m->is_inline) ||
           (m->is_inline && buf_put(bytes, m->bytes.data, m->bytes.len));
}

int
artifact_pack(Artifact *a, const Member *members, size_t n, Buf *packed, Buf *bytes,
              Err *err)
{
    packed->len = bytes->len = 0;
    a->objects = 0;
    /* room for a byte, so that "inline, but empty" is not null */
    if (buf_reserve(bytes, 1) || buf_varint(packed, n))
        return err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (pack_member(&members[i], packed, bytes))
            return err_nomem(err);
        a->objects += !members[i].is_inline;
    }
    a->members = (Slice){(char *)packed->data, packed->len};
    a->inlined = (Slice){(size_t)a->objects < n ? (char *)bytes->data : NULL, bytes->len};
    return OK;
}

int
artifact_unpack(const Artifact *a, Buf *out, Err *err)
{
    const unsigned char *p = (const unsigned char *)a->members.data;
    const unsigned char *end = p + a->members.len;
    uint64_t n, len, size;
    size_t at = 0;

    if (buf_read_varint(&p, end, &n))
        return damaged(a, err);
    for (; n; n--) {
        Member m = {0};

        if (buf_read_varint(&p, end, &len) || len > (uint64_t)(end - p))
            return damaged(a, err);
        m.name = (Slice){(const char *)p, len};
        p += len;
        if (end - p < HASH_SIZE)
            return damaged(a, err);
        m.digest = p;
        p += HASH_SIZE;
        if (buf_read_varint(&p, end, &size) || size > INT64_MAX || p == end)
            return damaged(a, err);
        m.size = (int64_t)size;
        m.is_inline = *p++ != 0;
        if (m.is_inline && size > a->inlined.len - at)
            return damaged(a, err);
        if (m.is_inline) {
            m.bytes = (Slice){a->inlined.data + at, size};
            at += size;
        }
        if (buf_put(out, &m, sizeof m))
            return err_nomem(err);
    }
    return OK;
}

static int
heal(Db *db, const Artifact *a, Err *err)
{
    return db_run(db, err,
                  "update artifact set type = ?, materializer = ?, version = ?, size = ?,"
                  " objects = ?, sum = ?, members = ?, inline = ?, metadata = ?,"
                  " preview = ? where id = ?",
                  "ssiiiibbssi", a->type, a->materializer, a->version, a->size, a->objects,
                  sum_of(a), a->members, a->inlined, a->metadata, a->preview, a->id);
}

int
artifact_put(Db *db, Artifact *a, Err *err)
{
    Artifact old;
    int rc = db_run(db, err,
                    "insert into artifact(digest, type, materializer, version, size,"
                    " objects, sum, members, inline, metadata, preview)"
                    " values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict(digest) do nothing",
                    "hssiiiibbss", a->digest, a->type, a->materializer, a->version,
                    a->size, a->objects, sum_of(a), a->members, a->inlined, a->metadata,
                    a->preview);

    if (rc)
        return rc;
    if (db_changes(db)) {
        a->id = db_last_id(db);
        return OK;
    }
    rc = artifact_find(db, a->digest, &old, err);
    artifact_release(&old);
    a->id = old.id;
    if (rc == ERR_CORRUPT && old.id)
        return heal(db, a, err);
    if (rc == 1)
        a->objects = old.objects;
    return rc < 0 ? rc : OK;
}

int
artifact_find(Db *db, const unsigned char *digest, Artifact *out, Err *err)
{
    int rc;

    memset(out, 0, sizeof *out);
    if ((rc = db_query(db, &out->st, err,
                       "select " COLUMNS " from artifact where digest = ?", "h", digest)) ||
        (rc = db_step(db, out->st, err)) <= 0)
        return rc;
    rc = read_row(out->st, out, err);
    if (rc == 1 && memcmp(out->digest, digest, HASH_SIZE) != 0)
        rc = damaged(out, err);
    return rc;
}

void
artifact_release(Artifact *a)
{
    if (a->st)
        db_reset(a->st);
    a->st = NULL;
}

int
artifact_walk(Db *db, DbStmt **st, Err *err)
{
    return db_query(db, st, err, "select " COLUMNS " from artifact order by id", "");
}

int
artifact_next(Db *db, DbStmt *st, Artifact *out, Err *err)
{
    int rc = db_step(db, st, err);

    out->id = 0;
    return rc == 1 ? read_row(st, out, err) : rc;
}

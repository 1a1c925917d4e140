/* artifact.c -- see artifact.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/base64.h>

#include "base/checksum.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "format/json.h"
#include "meta/artifact.h"
#include "meta/memo.h"
#include "meta/meta_rows.h"

/* A name's bytes at most: those of a path, each of which may be written %XX. */
enum { NAME_MOST = 3 * 4096, FIELDS_FLAT = 200 };

#define COLUMNS \
    "id, digest, type, materializer, version, size, objects, sum, members, inline, " \
    "metadata, preview"

static int
damaged(const Artifact *a, Err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "artifact %lld: its row in the metadata is damaged; "
                   "rerun its step",
                   (long long)a->id);
}

/* The row matches its sum, but rille never writes such members. */
static int
forged(const Artifact *a, const char *what, Err *err)
{
    return err_set(err, ERR_CORRUPT,
                   "artifact %lld: its row in the metadata is damaged or forged "
                   "(%s); rerun its step",
                   (long long)a->id, what);
}

static void
add(Checksum *s, Slice bytes)
{
    checksum_bytes(s, bytes.data, bytes.len);
}

static int64_t
sum_of(const Artifact *a)
{
    Checksum s;

    checksum_init(&s);
    checksum_bytes(&s, a->digest, HASH_SIZE);
    add(&s, a->type);
    add(&s, a->materializer);
    checksum_int(&s, a->version);
    checksum_int(&s, a->size);
    checksum_int(&s, a->objects);
    add(&s, a->members);
    add(&s, a->inlined);
    add(&s, a->metadata);
    add(&s, a->preview);
    return checksum_final(&s);
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

/* -- members that are read ------------------------------------------------ */

/* What is wrong with a name, or NULL: names become paths below a folder. */
static const char *
name_flaw(Slice name)
{
    const char *p = name.data, *end = p + name.len;

    if (name.len == 0 || name.len > NAME_MOST)
        return name.len ? "a member's name is too long" : "a member has no name";
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)p[i] < 0x20 || p[i] == 0x7f)
            return "a member's name has control characters";
    while (p <= end) {
        const char *slash = memchr(p, '/', (size_t)(end - p));
        size_t n = (size_t)((slash ? slash : end) - p);

        if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return "a member's name is not a path below its folder";
        p += n + 1;
    }
    return NULL;
}

static int
by_name(const void *a, const void *b)
{
    const Slice *x = a, *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->data, y->data, n);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static int
check_names(const Artifact *a, const Member *m, size_t n, Err *err)
{
    Slice *names = malloc((n ? n : 1) * sizeof *names);
    const char *what = NULL;

    if (!names)
        return err_nomem(err);
    for (size_t i = 0; i < n && !what; i++) {
        what = name_flaw(m[i].name);
        names[i] = m[i].name;
    }
    if (!what)
        qsort(names, n, sizeof *names, by_name);
    for (size_t i = 1; i < n && !what; i++)
        if (by_name(&names[i - 1], &names[i]) == 0)
            what = "two members have the same name";
    free(names);
    return what ? forged(a, what, err) : OK;
}

/* The sizes add up, and inline bytes are those of their digests. */
static int
check_content(const Artifact *a, const Member *m, size_t n, Err *err)
{
    unsigned char digest[HASH_SIZE];
    int64_t size = 0, objects = 0;
    size_t inlined = 0;

    for (size_t i = 0; i < n; i++) {
        if (m[i].size > INT64_MAX - size)
            return forged(a, "its size is too large", err);
        size += m[i].size;
        objects += !m[i].is_inline;
        if (!m[i].is_inline)
            continue;
        inlined += m[i].bytes.len;
        hash_of(m[i].bytes.data, m[i].bytes.len, digest);
        if (memcmp(digest, m[i].digest, HASH_SIZE) != 0)
            return forged(a, "a member's bytes do not have its digest", err);
    }
    if (size != a->size || objects != a->objects || inlined != a->inlined.len)
        return forged(a, "its sizes are not those of its members", err);
    return OK;
}

/* A field of the digest: by itself, or as two strings of a JSON list. */
static int
put_field(Hash *h, Buf *list, char tag, Slice value)
{
    if (!list->data) {
        hash_field(h, tag, value.data, value.len);
        return 0;
    }
    if ((list->len > 1 && buf_byte(list, ',')) || json_put_string(list, &tag, 1) ||
        buf_byte(list, ','))
        return 1;
    if (utf8_valid(value.data, value.len) == value.len)
        return json_put_string(list, value.data, value.len);
    if (buf_puts(list, "{\"$bytes\":\"") || buf_reserve(list, BASE64_ENCODE_RAW_LENGTH(value.len)))
        return 1;
    base64_encode_raw((char *)list->data + list->len, value.len, (const uint8_t *)value.data);
    list->len += BASE64_ENCODE_RAW_LENGTH(value.len);
    return buf_puts(list, "\"}");
}

static int
put_number(Hash *h, Buf *list, char tag, int64_t v)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);

    return put_field(h, list, tag, (Slice){text, (size_t)n});
}

/* The digest that content of these members has (lua/artifact/materialize.lua makes it). */
static int
digest_of(const Artifact *a, const Member *m, size_t n, unsigned char out[HASH_SIZE], Err *err)
{
    static const char FORMAT[] = "rille-artifact/1";
    int bad = 0;
    Buf list;
    Hash h;

    buf_init(&list);
    hash_init(&h);
    if (6 + 6 * n > FIELDS_FLAT)
        bad = buf_byte(&list, '[');
    bad = bad || put_field(&h, &list, 'F', (Slice){FORMAT, sizeof FORMAT - 1}) ||
          put_field(&h, &list, 'T', a->materializer) || put_number(&h, &list, 'V', a->version);
    for (size_t i = 0; i < n && !bad; i++)
        bad = put_field(&h, &list, 'n', m[i].name) || put_number(&h, &list, 's', m[i].size) ||
              put_field(&h, &list, 'd', (Slice){(const char *)m[i].digest, HASH_SIZE});
    if (!bad && list.data && !(bad = buf_byte(&list, ']'))) {
        unsigned char inner[HASH_SIZE];

        hash_of(list.data, list.len, inner);
        hash_field(&h, 'F', FORMAT, sizeof FORMAT - 1);
        hash_field(&h, 'L', inner, HASH_SIZE);
    }
    hash_final(&h, out);
    buf_release(&list);
    return bad ? err_nomem(err) : OK;
}

static int
check_digest(const Artifact *a, const Member *m, size_t n, Err *err)
{
    unsigned char digest[HASH_SIZE];
    int rc = digest_of(a, m, n, digest, err);

    if (rc == OK && memcmp(digest, a->digest, HASH_SIZE) != 0)
        rc = forged(a, "its digest is not that of its members", err);
    return rc;
}

/* Appends the members, as they are written. */
static int
read_members(const Artifact *a, Buf *out, Err *err)
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
        if (buf_read_varint(&p, end, &size) || size > INT64_MAX || p == end || *p > 1)
            return damaged(a, err);
        m.size = (int64_t)size;
        m.is_inline = *p++;
        if (m.is_inline && size > a->inlined.len - at)
            return damaged(a, err);
        if (m.is_inline) {
            m.bytes = (Slice){a->inlined.data + at, size};
            at += size;
        }
        if (buf_put(out, &m, sizeof m))
            return err_nomem(err);
    }
    return p == end ? OK : damaged(a, err);
}

int
artifact_unpack(const Artifact *a, Buf *out, Err *err)
{
    size_t before = out->len, n;
    int rc = read_members(a, out, err);
    const Member *m = (const Member *)(const void *)(out->data ? out->data + before : NULL);

    n = (out->len - before) / sizeof *m;
    if (rc == OK && n == 0)
        rc = forged(a, "it has no members", err);
    if (rc || (rc = check_names(a, m, n, err)) || (rc = check_content(a, m, n, err)))
        return rc;
    return check_digest(a, m, n, err);
}

int
artifact_single(const Artifact *a, Buf *members, Member *out, Err *err)
{
    int rc;

    if (a->objects || !a->inlined.data || !a->members.len || a->members.data[0] != 1)
        return 0;
    members->len = 0;
    if ((rc = artifact_unpack(a, members, err)))
        return rc;
    *out = *(Member *)(void *)members->data;
    return 1;
}

/* -- rows ------------------------------------------------------------------ */

void
artifact_values(const Artifact *a, DbValue *v)
{
    const DbValue values[ARTIFACT_VALUES] = {
        meta_rows_int(a->id), meta_rows_digest(a->digest), meta_rows_text(a->type),
        meta_rows_text(a->materializer), meta_rows_int(a->version), meta_rows_int(a->size),
        meta_rows_int(a->objects), meta_rows_int(sum_of(a)), meta_rows_blob(a->members),
        meta_rows_blob(a->inlined), meta_rows_text(a->metadata), meta_rows_text(a->preview)};

    memcpy(v, values, sizeof values);
}

static int
heal(Db *db, const Artifact *a, Err *err)
{
    int rc = db_run(db, err,
                    "update artifact set type = ?, materializer = ?, version = ?, size = ?,"
                    " objects = ?, sum = ?, members = ?, inline = ?, metadata = ?,"
                    " preview = ? where id = ?",
                    "ssiiiibbssi", a->type, a->materializer, a->version, a->size, a->objects,
                    sum_of(a), a->members, a->inlined, a->metadata, a->preview, a->id);

    return rc ? rc : memo_forget(db, err);
}

int
artifact_put(Db *db, Artifact *a, Err *err)
{
    Artifact old;
    Buf members;
    int bad, rc = db_run(db, err,
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
    buf_init(&members);
    rc = artifact_find(db, a->digest, &old, err);
    if (rc == 1 && (bad = artifact_unpack(&old, &members, err)))
        rc = bad;
    buf_release(&members);
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

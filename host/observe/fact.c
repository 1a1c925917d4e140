/* fact.c -- see fact.h */
#include <stdlib.h>
#include <string.h>

#include "observe/fact.h"

enum { TRAILER = 8, MAX_FACTS = 1 << 26 };
static const char MAGIC[3] = {'r', 'f', '2'}, MAGIC_1[3] = {'r', 'f', '1'};

typedef struct Reader {
    const unsigned char *p, *end;
    int is_old;                         /* "rf1" */
} Reader;

static uint32_t
key_hash(FactKind kind, const char *name, size_t n)
{
    uint32_t h = 2166136261u ^ (uint32_t)kind;

    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h;
}

/* Where the fact is or would go; n_slots is a power of two, never full. */
static uint32_t *
slot_of(const FactSet *s, FactKind kind, const char *name, size_t n)
{
    size_t i = key_hash(kind, name, n) & (s->n_slots - 1);

    for (;; i = (i + 1) & (s->n_slots - 1)) {
        const Fact *f;

        if (!s->slots[i])
            return &s->slots[i];
        f = &s->list[s->slots[i] - 1];
        if (f->kind == kind && f->name_len == n && memcmp(f->name, name, n) == 0)
            return &s->slots[i];
    }
}

static int
grow(FactSet *s)
{
    size_t cap = s->cap ? s->cap * 2 : 8, n_slots = cap * 2;
    Fact *list;
    uint32_t *slots;

    if (cap > MAX_FACTS)
        return ERR_NOMEM;
    list = realloc(s->list, cap * sizeof *list);
    if (!list)
        return ERR_NOMEM;
    s->list = list;
    slots = calloc(n_slots, sizeof *slots);
    if (!slots)
        return ERR_NOMEM;
    free(s->slots);
    s->slots = slots;
    s->n_slots = n_slots;
    s->cap = cap;
    for (size_t i = 0; i < s->n; i++) {
        const Fact *f = &s->list[i];

        *slot_of(s, f->kind, f->name, f->name_len) = (uint32_t)i + 1;
    }
    return OK;
}

static char *
copy_bytes(const void *p, size_t n)
{
    char *copy = malloc(n + 1);

    if (copy) {
        if (n)
            memcpy(copy, p, n);
        copy[n] = 0;
    }
    return copy;
}

static int
has_file(FactKind kind)
{
    return kind == FACT_FILE || kind == FACT_FOLDER || kind == FACT_WRITE
           || kind == FACT_MODULE;
}

static int
has_digest(FactKind kind)
{
    return has_file(kind) || kind == FACT_ENV || kind == FACT_SEARCH;
}

static int
has_value(FactKind kind)
{
    return kind == FACT_MODULE || kind == FACT_VALUE;
}

static int
put_string(Buf *b, const char *p, size_t n)
{
    return buf_varint(b, n) || buf_put(b, p, n);
}

static int
put_fact(Buf *b, const Fact *f)
{
    int bad = buf_byte(b, (int)f->kind) || buf_byte(b, (int)f->flags)
              || buf_varint(b, (uint64_t)f->code)
              || put_string(b, f->name, f->name_len);

    if (has_file(f->kind))
        bad = bad || buf_byte(b, (int)f->entry) || buf_varint(b, f->sig.size)
              || buf_varint(b, f->sig.inode)
              || buf_varint(b, (uint64_t)f->sig.mtime)
              || buf_varint(b, (uint64_t)f->sig.ctime);
    if (f->flags & FACT_MODE)
        bad = bad || buf_byte(b, (int)f->mode);
    if (has_digest(f->kind))
        bad = bad || buf_put(b, f->digest, HASH_SIZE);
    if (f->flags & FACT_FINGERPRINT)
        bad = bad || buf_put(b, f->fingerprint, HASH_SIZE);
    if (has_value(f->kind))
        bad = bad || put_string(b, f->value, f->value_len);
    return bad ? ERR_NOMEM : OK;
}

static int
read_bytes(Reader *r, void *out, size_t n)
{
    if ((size_t)(r->end - r->p) < n)
        return ERR_CORRUPT;
    memcpy(out, r->p, n);
    r->p += n;
    return OK;
}

static int
read_number(Reader *r, uint64_t *out)
{
    return buf_read_varint(&r->p, r->end, out);
}

/* Borrows from the bytes. */
static int
read_string(Reader *r, const char **p, size_t *n)
{
    uint64_t len;

    if (read_number(r, &len) || len > (uint64_t)(r->end - r->p))
        return ERR_CORRUPT;
    *p = (const char *)r->p;
    *n = (size_t)len;
    r->p += len;
    return OK;
}

static int
read_sig(Reader *r, FactSig *sig)
{
    uint64_t mtime, ctime;

    if (read_number(r, &sig->size) || read_number(r, &sig->inode)
        || read_number(r, &mtime) || read_number(r, &ctime))
        return ERR_CORRUPT;
    sig->mtime = (int64_t)mtime;
    sig->ctime = (int64_t)ctime;
    return OK;
}

static int
read_file(Reader *r, Fact *f)
{
    unsigned char byte = ENTRY_NONE;

    if (!r->is_old && (read_bytes(r, &byte, 1) || byte > ENTRY_SPECIAL))
        return ERR_CORRUPT;
    f->entry = (FactEntry)byte;
    return read_sig(r, &f->sig);
}

/* One byte holds the bits. */
static int
read_mode(Reader *r, Fact *f)
{
    unsigned char byte;

    if (read_bytes(r, &byte, 1) || (byte & ~(MODE_EXECUTE | MODE_LINK)))
        return ERR_CORRUPT;
    f->mode = byte;
    return OK;
}

static int
read_fact(Reader *r, FactSet *out)
{
    unsigned char head[2];
    const char *name, *value;
    size_t n, value_len;
    uint64_t code;
    Fact *f;
    int rc;

    if (read_bytes(r, head, 2) || head[0] >= FACT_KINDS
        || head[1] > (r->is_old ? FACT_MODE - 1 : FACT_MODE * 2 - 1)
        || read_number(r, &code) || code > 4095 || read_string(r, &name, &n)
        || memchr(name, 0, n) || fact_find(out, (FactKind)head[0], name, n))
        return ERR_CORRUPT;
    if ((rc = fact_put(out, (FactKind)head[0], name, n, &f)))
        return rc;
    f->flags = head[1];
    f->code = (int)code;
    if (has_file(f->kind) && read_file(r, f))
        return ERR_CORRUPT;
    if ((f->flags & FACT_MODE) && read_mode(r, f))
        return ERR_CORRUPT;
    if (has_digest(f->kind) && read_bytes(r, f->digest, HASH_SIZE))
        return ERR_CORRUPT;
    if ((f->flags & FACT_FINGERPRINT) && read_bytes(r, f->fingerprint, HASH_SIZE))
        return ERR_CORRUPT;
    if (!has_value(f->kind))
        return OK;
    if (read_string(r, &value, &value_len))
        return ERR_CORRUPT;
    return fact_set_value(f, value, value_len);
}

static int
by_kind_and_name(const void *a, const void *b)
{
    const Fact *f = *(const Fact *const *)a, *g = *(const Fact *const *)b;
    size_t n = f->name_len < g->name_len ? f->name_len : g->name_len;
    int c;

    if (f->kind != g->kind)
        return f->kind < g->kind ? -1 : 1;
    c = memcmp(f->name, g->name, n);
    return c ? c : (f->name_len > g->name_len) - (f->name_len < g->name_len);
}

static void
trailer_of(const void *p, size_t n, unsigned char out[TRAILER])
{
    unsigned char digest[HASH_SIZE];

    hash_of(p, n, digest);
    memcpy(out, digest, TRAILER);
}

static int
put_all(Buf *b, const Fact **sorted, size_t n)
{
    unsigned char trailer[TRAILER];
    size_t start = b->len;

    if (buf_put(b, MAGIC, sizeof MAGIC) || buf_varint(b, n))
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (put_fact(b, sorted[i]))
            return ERR_NOMEM;
    trailer_of(b->data + start, b->len - start, trailer);
    return buf_put(b, trailer, TRAILER);
}

void
fact_set_init(FactSet *s)
{
    memset(s, 0, sizeof *s);
}

void
fact_set_release(FactSet *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->list[i].name);
        free(s->list[i].value);
    }
    free(s->list);
    free(s->slots);
    fact_set_init(s);
}

Fact *
fact_find(const FactSet *s, FactKind kind, const char *name, size_t n)
{
    uint32_t *slot = s->n_slots ? slot_of(s, kind, name, n) : NULL;

    return slot && *slot ? &s->list[*slot - 1] : NULL;
}

int
fact_put(FactSet *s, FactKind kind, const char *name, size_t n, Fact **out)
{
    Fact *f = fact_find(s, kind, name, n);
    char *copy;

    *out = f;
    if (f)
        return OK;
    if (s->n == s->cap && grow(s))
        return ERR_NOMEM;
    copy = copy_bytes(name, n);
    if (!copy)
        return ERR_NOMEM;
    *slot_of(s, kind, name, n) = (uint32_t)s->n + 1;
    f = &s->list[s->n++];
    memset(f, 0, sizeof *f);
    f->kind = kind;
    f->name = copy;
    f->name_len = n;
    *out = f;
    return OK;
}

int
fact_set_value(Fact *f, const void *p, size_t n)
{
    char *copy = copy_bytes(p, n);

    if (!copy)
        return ERR_NOMEM;
    free(f->value);
    f->value = copy;
    f->value_len = n;
    return OK;
}

int
fact_merge(FactSet *to, const FactSet *from, FactKind but)
{
    for (size_t i = 0; i < from->n; i++) {
        const Fact *f = &from->list[i];
        Fact *g;

        if (f->kind == but || fact_find(to, f->kind, f->name, f->name_len))
            continue;
        if (fact_put(to, f->kind, f->name, f->name_len, &g))
            return ERR_NOMEM;
        g->flags = f->flags;
        g->code = f->code;
        g->entry = f->entry;
        g->sig = f->sig;
        g->mode = f->mode;
        memcpy(g->digest, f->digest, HASH_SIZE);
        memcpy(g->fingerprint, f->fingerprint, HASH_SIZE);
        if (f->value && fact_set_value(g, f->value, f->value_len))
            return ERR_NOMEM;
    }
    return OK;
}

int
fact_same_sig(const FactSig *a, const FactSig *b)
{
    return a->size == b->size && a->inode == b->inode && a->mtime == b->mtime
           && a->ctime == b->ctime;
}

int
fact_same_content(const Fact *was, const Fact *is)
{
    return was->entry != ENTRY_NONE && was->entry == is->entry
           && memcmp(was->digest, is->digest, HASH_SIZE) == 0;
}

const char *
fact_kind_name(FactKind kind)
{
    static const char *const names[FACT_KINDS] = {
        "env", "search", "absent", "file", "folder", "write", "module", "value"};

    return kind < FACT_KINDS ? names[kind] : NULL;
}

int
fact_encode(const FactSet *s, Buf *out, Err *err)
{
    const Fact **sorted;
    size_t n = 0;
    int rc;

    if (!s->n)
        return OK;
    sorted = malloc(s->n * sizeof *sorted);
    if (!sorted)
        return err_nomem(err);
    for (size_t i = 0; i < s->n; i++)
        if (s->list[i].kind < FACT_KINDS)
            sorted[n++] = &s->list[i];
    qsort(sorted, n, sizeof *sorted, by_kind_and_name);
    rc = n ? put_all(out, sorted, n) : OK;
    free(sorted);
    return rc ? err_nomem(err) : OK;
}

int
fact_decode(const void *p, size_t n, FactSet *out, Err *err)
{
    unsigned char trailer[TRAILER];
    uint64_t count;
    int rc = OK;
    Reader r;

    r.is_old = n >= sizeof MAGIC_1 && memcmp(p, MAGIC_1, sizeof MAGIC_1) == 0;
    if (n < sizeof MAGIC + TRAILER
        || (!r.is_old && memcmp(p, MAGIC, sizeof MAGIC) != 0))
        return err_set(err, ERR_CORRUPT, "reads: not a record of observed reads");
    n -= TRAILER;
    trailer_of(p, n, trailer);
    r.p = (const unsigned char *)p + sizeof MAGIC;
    r.end = (const unsigned char *)p + n;
    if (memcmp(trailer, r.end, TRAILER) != 0 || read_number(&r, &count))
        return err_set(err, ERR_CORRUPT, "reads: damaged");
    for (uint64_t i = 0; i < count && !rc; i++)
        rc = read_fact(&r, out);
    if (rc == ERR_NOMEM)
        return err_nomem(err);
    if (rc || r.p != r.end)
        return err_set(err, ERR_CORRUPT, "reads: damaged");
    return OK;
}

int
fact_normal_path(const char *path, char *out, size_t size)
{
    size_t n = 0;

    if (!size)
        return -1;
    while (*path) {
        size_t part = strcspn(path, "/");

        if (path[0] == '.' && part == 1 && path[1] == '/') {
            path += 2;
            path += strspn(path, "/");
            continue;
        }
        if (n + part + 1 >= size)
            return -1;
        memcpy(out + n, path, part);
        n += part;
        path += part;
        if (*path == '/')
            out[n++] = '/';
        path += strspn(path, "/");
    }
    out[n] = 0;
    return (int)n;
}

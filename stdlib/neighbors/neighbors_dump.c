/* neighbors_dump.c -- the rows as bytes and back; the format is in neighbors.h */
#include <limits.h>

#include "learn/section.h"
#include "neighbors.h"

enum { VERSION = 1, HEAD = 6 * 4, N_SECTION = 4 };

static const char magic[] = "rilleknn";

size_t
neighbors_dump_size(const Neighbors *m)
{
    size_t n = (size_t)m->n_row, f = (size_t)m->n_feature, k = (size_t)m->classes.n;

    return SECTION_MAGIC + N_SECTION * SECTION_HEAD + HEAD + k * 8 + n * f * 8 + n * 4;
}

void
neighbors_dump(const Neighbors *m, unsigned char *to)
{
    size_t n = (size_t)m->n_row, f = (size_t)m->n_feature;

    to = section_put_magic(to, magic, VERSION);
    to = section_put_tag(to, "head", HEAD);
    to = section_put_u32(to, m->options.k);
    to = section_put_u32(to, (uint32_t)m->options.weights);
    to = section_put_u32(to, (uint32_t)m->classes.type);
    to = section_put_u32(to, (uint32_t)m->classes.n);
    to = section_put_u32(to, (uint32_t)m->n_feature);
    to = section_put_u32(to, (uint32_t)m->n_row);
    to = section_put_classes(to, &m->classes);
    to = section_put_reals(section_put_tag(to, "rows", n * f * 8), m->value, n * f);
    to = section_put_tag(to, "kind", n * 4);
    for (size_t i = 0; i < n; i++)
        to = section_put_u32(to, (uint32_t)m->kind[i]);
}

/* ---- read ---- */

typedef struct Head {
    NeighborsOptions options;
    uint32_t type, n_class, n_feature, n_row;
} Head;

static int
read_head(SectionReader *r, Head *h, Err *err)
{
    const unsigned char *p = section_next(r, "head", HEAD, 1, err);
    uint64_t left = (uint64_t)(r->end - r->p) / 8;

    if (!p)
        return err->code;
    *h = (Head){{section_get_u32(p), section_get_u32(p + 4) == NEIGHBORS_DISTANCE},
                section_get_u32(p + 8), section_get_u32(p + 12), section_get_u32(p + 16),
                section_get_u32(p + 20)};
    if (section_get_u32(p + 4) > NEIGHBORS_DISTANCE || h->options.k < 1
        || h->options.k > h->n_row || h->type > ARRAY_F64 || h->n_class < 2
        || h->n_class > left || h->n_feature < 1 || h->n_feature >= INT_MAX
        || h->n_row >= INT_MAX || (uint64_t)h->n_row * h->n_feature > left)
        return section_damaged(err, "head");
    return OK;
}

static int
read_kinds(SectionReader *r, Neighbors *m, Err *err)
{
    const unsigned char *p = section_next(r, "kind", (uint64_t)m->n_row, 4, err);

    if (!p)
        return err->code;
    for (int i = 0; i < m->n_row; i++) {
        uint32_t kind = section_get_u32(p + (size_t)i * 4);

        if (kind >= (uint32_t)m->classes.n)
            return section_damaged(err, "kind");
        m->kind[i] = (int)kind;
    }
    return section_close(r, err);
}

static int
read_rest(SectionReader *r, Neighbors *m, Err *err)
{
    size_t n = (size_t)m->n_row * (size_t)m->n_feature;

    if (section_classes(r, &m->classes, err) || section_reals(r, "rows", m->value, n, err))
        return err->code;
    return read_kinds(r, m, err);
}

int
neighbors_load(Neighbors **out, const void *bytes, size_t n, Err *err)
{
    SectionReader r = {bytes, (const unsigned char *)bytes + n};
    Neighbors *m;
    Head h;

    if (section_open(&r, magic, VERSION, err) || read_head(&r, &h, err)
        || neighbors_new(&m, &h.options, (int)h.n_row, (int)h.n_feature, err))
        return err->code;
    if (classes_new(&m->classes, (ArrayType)h.type, (int)h.n_class, err)
        || read_rest(&r, m, err)) {
        neighbors_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}

/* linear_dump.c -- a linear model as bytes and back; the format is in linear_predict.h */
#include <limits.h>

#include "learn/section.h"
#include "linear_predict.h"

enum { VERSION = 1, HEAD = 6 * 4 + 2 * 8, N_SECTION = 4 };

static const char magic[] = "rillelin";

size_t
linear_dump_size(const Linear *m)
{
    size_t k = (size_t)m->n_row;

    return SECTION_MAGIC + N_SECTION * SECTION_HEAD + HEAD
           + 8 * ((size_t)m->classes.n + k * (size_t)m->n_feature + k);
}

static unsigned char *
put_head(unsigned char *to, const Linear *m)
{
    const LinearOptions *o = &m->options;

    to = section_put_tag(to, "head", HEAD);
    to = section_put_u32(to, (uint32_t)m->kind);
    to = section_put_u32(to, (uint32_t)o->intercept);
    to = section_put_u32(to, (uint32_t)m->n_feature);
    to = section_put_u32(to, (uint32_t)m->rank);
    to = section_put_u32(to, (uint32_t)m->classes.type);
    to = section_put_u32(to, (uint32_t)m->classes.n);
    to = section_put_real(to, m->kind == LINEAR_REGRESSION ? o->ridge : o->C);
    return section_put_real(to, o->tolerance);
}

void
linear_dump(const Linear *m, unsigned char *to)
{
    size_t k = (size_t)m->n_row, n = k * (size_t)m->n_feature;

    to = put_head(section_put_magic(to, magic, VERSION), m);
    to = section_put_classes(to, &m->classes);
    to = section_put_reals(section_put_tag(to, "coef", n * 8), m->coef, n);
    section_put_reals(section_put_tag(to, "bias", k * 8), m->bias, k);
}

/* ---- read ---- */

static int
read_head(SectionReader *r, Linear *m, Err *err)
{
    const unsigned char *p = section_next(r, "head", HEAD, 1, err);
    uint32_t kind, n_feature, type, n_class;

    if (!p)
        return err->code;
    kind = section_get_u32(p), n_feature = section_get_u32(p + 8);
    type = section_get_u32(p + 16), n_class = section_get_u32(p + 20);
    if (kind > LINEAR_LOGISTIC || section_get_u32(p + 4) > (kind == LINEAR_LOGISTIC ? 2 : 1)
        || n_feature < 1 || n_feature >= INT_MAX
        || section_get_u32(p + 12) > (kind == LINEAR_REGRESSION ? n_feature : 0) || type > ARRAY_F64
        || n_class >= INT_MAX || (kind == LINEAR_LOGISTIC ? n_class < 2 : n_class + type > 0))
        return section_damaged(err, "head");
    *m = (Linear){.kind = (int)kind,
                  .n_feature = (int)n_feature,
                  .rank = (int)section_get_u32(p + 12),
                  .options = {.intercept = (int)section_get_u32(p + 4),
                              .tolerance = section_get_real(p + 32)},
                  .classes = {(ArrayType)type, (int)n_class, NULL}};
    *(kind == LINEAR_REGRESSION ? &m->options.ridge : &m->options.C) = section_get_real(p + 24);
    if (kind == LINEAR_REGRESSION && section_get_u64(p + 32) != 0)
        return section_damaged(err, "head");
    return linear_check_options((int)kind, &m->options, err) ? section_damaged(err, "head") : OK;
}

/* Before memory is taken for them: are the sizes possible with what is left? */
static int
check_sizes(const SectionReader *r, const Linear *m, Err *err)
{
    uint64_t left = (uint64_t)(r->end - r->p) / 8,
             k = m->classes.n > 2 ? (uint64_t)m->classes.n : 1;

    if ((uint64_t)m->classes.n > left || k * (uint64_t)m->n_feature > left)
        return section_damaged(err, "head");
    return OK;
}

static int
read_classes(SectionReader *r, Linear *m, Err *err)
{
    if (m->kind == LINEAR_LOGISTIC)
        return section_classes(r, &m->classes, err);
    return section_next(r, "clas", 0, 8, err) ? OK : err->code;
}

static int
read_sections(SectionReader *r, Linear *m, Err *err)
{
    size_t k = (size_t)m->n_row;

    if (read_classes(r, m, err) || section_reals(r, "coef", m->coef, k * (size_t)m->n_feature, err)
        || section_reals(r, "bias", m->bias, k, err))
        return err->code;
    return section_close(r, err);
}

int
linear_load(Linear **out, const void *bytes, size_t n, Err *err)
{
    SectionReader r = {bytes, (const unsigned char *)bytes + n};
    Linear like = {0}, *m;

    if (section_open(&r, magic, VERSION, err) || read_head(&r, &like, err)
        || check_sizes(&r, &like, err) || linear_new(&m, &like, err))
        return err->code;
    if (read_sections(&r, m, err)) {
        linear_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}

/* bytecode.c -- a model as bytes and back; the format stands in model.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "learn/section.h"

enum { VERSION = 1, HEAD = 4 * 4 + 4 * 8 + 4 * 4, N_SECTION = 7 };

static const char magic[] = "rillesvm";

/* ---- write ---- */

static unsigned char *
put_head(unsigned char *to, const Model *m)
{
    const ModelOptions *o = &m->options;

    to = put_tag(to, "head", HEAD);
    to = put_u32(to, (uint32_t)o->kernel);
    to = put_u32(to, (uint32_t)o->degree);
    to = put_u32(to, (uint32_t)o->probability);
    to = put_u32(to, o->seed);
    to = put_real(to, o->C);
    to = put_real(to, o->gamma);
    to = put_real(to, o->coef0);
    to = put_real(to, o->tolerance);
    to = put_u32(to, (uint32_t)m->classes.type);
    to = put_u32(to, (uint32_t)m->classes.n);
    to = put_u32(to, (uint32_t)m->n_feature);
    return put_u32(to, (uint32_t)m->n_sv);
}

static unsigned char *
put_vectors(unsigned char *to, const Model *m)
{
    for (int i = 0; i < m->n_sv; i++) {
        const struct svm_node *p = m->sv[i];

        for (int j = 1; j <= m->n_feature; j++)
            to = put_real(to, p->index == j ? p++->value : 0);
    }
    return to;
}

static size_t
n_prob(const Model *m)
{
    return m->prob ? 2 * model_pairs(m) : 0;
}

size_t
model_dump_size(const Model *m)
{
    size_t k = (size_t)m->classes.n, l = (size_t)m->n_sv, f = (size_t)m->n_feature;

    return SECTION_MAGIC + N_SECTION * SECTION_HEAD + HEAD + k * 8 + k * 4
           + 8 * (model_pairs(m) + n_prob(m) + (k - 1) * l + l * f);
}

void
model_dump(const Model *m, unsigned char *to)
{
    size_t k = (size_t)m->classes.n, l = (size_t)m->n_sv, pairs = model_pairs(m);

    to = put_head(put_magic(to, magic, VERSION), m);
    to = put_classes(to, &m->classes);
    to = put_tag(to, "nsvs", k * 4);
    for (size_t i = 0; i < k; i++)
        to = put_u32(to, (uint32_t)m->n_sv_of[i]);
    to = put_reals(put_tag(to, "rhos", pairs * 8), m->rho, pairs);
    to = put_reals(put_tag(to, "prob", n_prob(m) * 8), m->prob, n_prob(m));
    to = put_reals(put_tag(to, "coef", (k - 1) * l * 8), m->coef, (k - 1) * l);
    put_vectors(put_tag(to, "vecs", l * (size_t)m->n_feature * 8), m);
}

/* ---- read ---- */

/* What stands at the end of the head. */
typedef struct Sizes {
    uint32_t type, n_class, n_feature, n_sv;
} Sizes;

static int
read_head(Reader *r, ModelOptions *o, Sizes *s, Err *err)
{
    const unsigned char *p = section_next(r, "head", HEAD, 1, err);

    if (!p)
        return err->code;
    *s = (Sizes){get_u32(p + 48), get_u32(p + 52), get_u32(p + 56), get_u32(p + 60)};
    if (get_u32(p) > MODEL_SIGMOID || get_u32(p + 4) > INT_MAX || get_u32(p + 8) > 1
        || s->type > ARRAY_F64 || s->n_class < 2 || s->n_class > MODEL_MAXCLASS
        || s->n_feature < 1 || s->n_feature >= INT_MAX || s->n_sv < 1 || s->n_sv >= INT_MAX)
        return section_damaged(err, "head");
    *o = (ModelOptions){
        .kernel = (int)get_u32(p), .degree = (int)get_u32(p + 4),
        .probability = (int)get_u32(p + 8), .seed = get_u32(p + 12),
        .C = get_real(p + 16), .gamma = get_real(p + 24),
        .coef0 = get_real(p + 32), .tolerance = get_real(p + 40)};
    return model_check_options(o, err) ? section_damaged(err, "head") : OK;
}

/* Before memory is taken for them: are the sizes possible with what is left? */
static int
check_sizes(const Reader *r, const Sizes *s, Err *err)
{
    uint64_t left = (uint64_t)(r->end - r->p) / 8, k = s->n_class, l = s->n_sv;

    if (k * (k - 1) / 2 > left || (k - 1) * l > left || l * s->n_feature > left)
        return section_damaged(err, "head");
    return OK;
}

static int
read_counts(Reader *r, Model *m, Err *err)
{
    const unsigned char *p = section_next(r, "nsvs", (uint64_t)m->classes.n, 4, err);
    uint64_t sum = 0;

    if (!p)
        return err->code;
    for (int i = 0; i < m->classes.n; i++) {
        sum += get_u32(p + 4 * i);
        m->n_sv_of[i] = (int)(get_u32(p + 4 * i) & INT_MAX);
    }
    return sum == (uint64_t)m->n_sv ? OK : section_damaged(err, "nsvs");
}

static int
read_vectors(Reader *r, Model *m, Err *err)
{
    size_t f = (size_t)m->n_feature, l = (size_t)m->n_sv, n_node = l;
    const unsigned char *p = section_next(r, "vecs", (uint64_t)l * f, 8, err);
    struct svm_node *to;

    if (!p)
        return err->code;
    for (size_t i = 0; i < l * f; i++)
        n_node += get_real(p + 8 * i) != 0;
    if (model_add_nodes(m, n_node, err))
        return err->code;
    to = m->nodes;
    for (size_t i = 0; i < l; i++) {
        m->sv[i] = to;
        for (size_t j = 0; j < f; j++, p += 8) {
            double v = get_real(p);

            if (!isfinite(v))
                return section_damaged(err, "vecs");
            if (v != 0)
                *to++ = (struct svm_node){(int)j + 1, v};
        }
        *to++ = (struct svm_node){-1, 0};
    }
    return OK;
}

static int
read_sections(Reader *r, Model *m, Err *err)
{
    size_t pairs = model_pairs(m), k = (size_t)m->classes.n, l = (size_t)m->n_sv;

    if (section_classes(r, &m->classes, err) || read_counts(r, m, err)
        || section_reals(r, "rhos", m->rho, pairs, err)
        || section_reals(r, "prob", m->prob, n_prob(m), err)
        || section_reals(r, "coef", m->coef, (k - 1) * l, err) || read_vectors(r, m, err))
        return err->code;
    return section_close(r, err);
}

int
model_load(Model **out, const void *bytes, size_t n, Err *err)
{
    Reader r = {bytes, (const unsigned char *)bytes + n};
    ModelOptions o = {0};
    Sizes s = {0};
    Classes like;
    Model *m;

    if (section_open(&r, magic, VERSION, err) || read_head(&r, &o, &s, err)
        || check_sizes(&r, &s, err))
        return err->code;
    like = (Classes){(ArrayType)s.type, (int)s.n_class, NULL};
    if (model_new(&m, &o, &like, (int)s.n_sv, err))
        return err->code;
    m->n_feature = (int)s.n_feature;
    if (read_sections(&r, m, err)) {
        model_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}

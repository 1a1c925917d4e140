/* classifier_dump.c -- a classifier as bytes and back; the format is in classifier.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classifier_internal.h"
#include "learn/section.h"

enum { VERSION = 1, HEAD = 4 * 4 + 4 * 8 + 4 * 4, N_SECTION = 7 };

static const char magic[] = "rillesvm";

/* ---- write ---- */

static unsigned char *
put_head(unsigned char *to, const Classifier *m)
{
    const ClassifierOptions *o = &m->options;

    to = section_put_tag(to, "head", HEAD);
    to = section_put_u32(to, (uint32_t)o->kernel);
    to = section_put_u32(to, (uint32_t)o->degree);
    to = section_put_u32(to, (uint32_t)o->probability);
    to = section_put_u32(to, o->seed);
    to = section_put_real(to, o->C);
    to = section_put_real(to, o->gamma);
    to = section_put_real(to, o->coef0);
    to = section_put_real(to, o->tolerance);
    to = section_put_u32(to, (uint32_t)m->classes.type);
    to = section_put_u32(to, (uint32_t)m->classes.n);
    to = section_put_u32(to, (uint32_t)m->n_feature);
    return section_put_u32(to, (uint32_t)m->n_sv);
}

static unsigned char *
put_vectors(unsigned char *to, const Classifier *m)
{
    for (int i = 0; i < m->n_sv; i++) {
        const struct svm_node *p = m->sv[i];

        for (int j = 1; j <= m->n_feature; j++)
            to = section_put_real(to, p->index == j ? p++->value : 0);
    }
    return to;
}

static size_t
n_prob(const Classifier *m)
{
    return m->prob ? 2 * classifier_pairs(m) : 0;
}

size_t
classifier_dump_size(const Classifier *m)
{
    size_t k = (size_t)m->classes.n, l = (size_t)m->n_sv, f = (size_t)m->n_feature;

    return SECTION_MAGIC + N_SECTION * SECTION_HEAD + HEAD + k * 8 + k * 4
           + 8 * (classifier_pairs(m) + n_prob(m) + (k - 1) * l + l * f);
}

void
classifier_dump(const Classifier *m, unsigned char *to)
{
    size_t k = (size_t)m->classes.n, l = (size_t)m->n_sv, pairs = classifier_pairs(m);

    to = put_head(section_put_magic(to, magic, VERSION), m);
    to = section_put_classes(to, &m->classes);
    to = section_put_tag(to, "nsvs", k * 4);
    for (size_t i = 0; i < k; i++)
        to = section_put_u32(to, (uint32_t)m->n_sv_of[i]);
    to = section_put_reals(section_put_tag(to, "rhos", pairs * 8), m->rho, pairs);
    to = section_put_reals(section_put_tag(to, "prob", n_prob(m) * 8), m->prob, n_prob(m));
    to = section_put_reals(section_put_tag(to, "coef", (k - 1) * l * 8), m->coef, (k - 1) * l);
    put_vectors(section_put_tag(to, "vecs", l * (size_t)m->n_feature * 8), m);
}

/* ---- read ---- */

/* The sizes at the end of the head. */
typedef struct Sizes {
    uint32_t type, n_class, n_feature, n_sv;
} Sizes;

static int
read_head(SectionReader *r, ClassifierOptions *o, Sizes *s, Err *err)
{
    const unsigned char *p = section_next(r, "head", HEAD, 1, err);

    if (!p)
        return err->code;
    *s = (Sizes){section_get_u32(p + 48), section_get_u32(p + 52), section_get_u32(p + 56),
                 section_get_u32(p + 60)};
    if (section_get_u32(p) > MODEL_SIGMOID || section_get_u32(p + 4) > INT_MAX
        || section_get_u32(p + 8) > 1 || s->type > ARRAY_F64 || s->n_class < 2
        || s->n_class > CLASSIFIER_MAX_CLASSES || s->n_feature < 1 || s->n_feature >= INT_MAX
        || s->n_sv < 1 || s->n_sv >= INT_MAX)
        return section_damaged(err, "head");
    *o = (ClassifierOptions){
        .kernel = (int)section_get_u32(p), .degree = (int)section_get_u32(p + 4),
        .probability = (int)section_get_u32(p + 8), .seed = section_get_u32(p + 12),
        .C = section_get_real(p + 16), .gamma = section_get_real(p + 24),
        .coef0 = section_get_real(p + 32), .tolerance = section_get_real(p + 40)};
    return classifier_check_options(o, err) ? section_damaged(err, "head") : OK;
}

/* Before memory is taken for them: are the sizes possible with what is left? */
static int
check_sizes(const SectionReader *r, const Sizes *s, Err *err)
{
    uint64_t left = (uint64_t)(r->end - r->p) / 8, k = s->n_class, l = s->n_sv;

    if (k * (k - 1) / 2 > left || (k - 1) * l > left || l * s->n_feature > left)
        return section_damaged(err, "head");
    return OK;
}

static int
read_counts(SectionReader *r, Classifier *m, Err *err)
{
    const unsigned char *p = section_next(r, "nsvs", (uint64_t)m->classes.n, 4, err);
    uint64_t sum = 0;

    if (!p)
        return err->code;
    for (int i = 0; i < m->classes.n; i++) {
        sum += section_get_u32(p + 4 * i);
        m->n_sv_of[i] = (int)(section_get_u32(p + 4 * i) & INT_MAX);
    }
    return sum == (uint64_t)m->n_sv ? OK : section_damaged(err, "nsvs");
}

static int
read_vectors(SectionReader *r, Classifier *m, Err *err)
{
    size_t f = (size_t)m->n_feature, l = (size_t)m->n_sv, n_node = l;
    const unsigned char *p = section_next(r, "vecs", (uint64_t)l * f, 8, err);
    struct svm_node *to;

    if (!p)
        return err->code;
    for (size_t i = 0; i < l * f; i++)
        n_node += section_get_real(p + 8 * i) != 0;
    if (classifier_add_nodes(m, n_node, err))
        return err->code;
    to = m->nodes;
    for (size_t i = 0; i < l; i++) {
        m->sv[i] = to;
        for (size_t j = 0; j < f; j++, p += 8) {
            double v = section_get_real(p);

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
read_sections(SectionReader *r, Classifier *m, Err *err)
{
    size_t pairs = classifier_pairs(m), k = (size_t)m->classes.n, l = (size_t)m->n_sv;

    if (section_classes(r, &m->classes, err) || read_counts(r, m, err)
        || section_reals(r, "rhos", m->rho, pairs, err)
        || section_reals(r, "prob", m->prob, n_prob(m), err)
        || section_reals(r, "coef", m->coef, (k - 1) * l, err) || read_vectors(r, m, err))
        return err->code;
    return section_close(r, err);
}

int
classifier_load(Classifier **out, const void *bytes, size_t n, Err *err)
{
    SectionReader r = {bytes, (const unsigned char *)bytes + n};
    ClassifierOptions o = {0};
    Sizes s = {0};
    Classes like;
    Classifier *m;

    if (section_open(&r, magic, VERSION, err) || read_head(&r, &o, &s, err)
        || check_sizes(&r, &s, err))
        return err->code;
    like = (Classes){(ArrayType)s.type, (int)s.n_class, NULL};
    if (classifier_new(&m, &o, &like, (int)s.n_sv, err))
        return err->code;
    m->n_feature = (int)s.n_feature;
    if (read_sections(&r, m, err)) {
        classifier_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}

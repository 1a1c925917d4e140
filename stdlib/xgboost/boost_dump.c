/* boost_dump.c -- boosted trees as bytes and back; the format is in boost.h */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "boost.h"
#include "learn/section.h"

enum { VERSION = 1, HEAD = 7 * 4 + 8, OPTS = 4 * 4 + 8 * 8, NODE = 20, N_SECTION = 6 };

static const uint32_t MISSING_LEFT = UINT32_C(1) << 31;
static const char magic[] = "rillexgb";

static size_t
n_weight(const Boost *m)
{
    return m->weight ? (size_t)m->classes.n : 0;
}

size_t
boost_dump_size(const Boost *m)
{
    return SECTION_MAGIC + N_SECTION * SECTION_HEAD + HEAD + OPTS
           + 8 * ((size_t)m->classes.n + n_weight(m)) + 4 * (size_t)m->n_tree
           + NODE * (size_t)m->n_node;
}

static unsigned char *
put_float(unsigned char *to, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof bits);
    return section_put_u32(to, bits);
}

static unsigned char *
put_head(unsigned char *to, const Boost *m)
{
    to = section_put_tag(to, "head", HEAD);
    to = section_put_u32(to, (uint32_t)m->objective);
    to = section_put_u32(to, (uint32_t)m->n_feature);
    to = section_put_u32(to, (uint32_t)m->n_round);
    to = section_put_u32(to, (uint32_t)m->classes.type);
    to = section_put_u32(to, (uint32_t)m->classes.n);
    to = section_put_u32(to, m->n_node);
    to = section_put_u32(to, (uint32_t)n_weight(m));
    return section_put_real(to, m->base);
}

static unsigned char *
put_options(unsigned char *to, const BoostOptions *o)
{
    const double reals[] = {o->learning_rate, o->min_child_weight, o->gamma, o->lambda,
                            o->alpha, o->subsample, o->colsample, o->base_score};

    to = section_put_tag(to, "opts", OPTS);
    to = section_put_u32(to, o->max_depth);
    to = section_put_u32(to, o->max_bin);
    to = section_put_u32(to, o->seed);
    to = section_put_u32(to, o->method);
    return section_put_reals(to, reals, sizeof reals / sizeof *reals);
}

void
boost_dump(const Boost *m, unsigned char *to)
{
    to = put_options(put_head(section_put_magic(to, magic, VERSION), m), &m->options);
    to = section_put_classes(to, &m->classes);
    to = section_put_reals(section_put_tag(to, "weig", n_weight(m) * 8), m->weight, n_weight(m));
    to = section_put_tag(to, "size", (size_t)m->n_tree * 4);
    for (uint32_t t = 0; t < m->n_tree; t++)
        to = section_put_u32(to, m->first[t + 1] - m->first[t]);
    to = section_put_tag(to, "node", (size_t)m->n_node * NODE);
    for (uint32_t i = 0; i < m->n_node; i++) {
        const BoostNode *n = &m->node[i];

        to = section_put_u32(to, n->right);
        to = section_put_u32(to, n->feature | (n->missing_left ? MISSING_LEFT : 0));
        to = put_float(put_float(put_float(to, n->value), n->gain), n->cover);
    }
}

/* ---- read ---- */

static float
get_float(const unsigned char *p)
{
    uint32_t bits = section_get_u32(p);
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static int
valid_head(const Boost *m, uint32_t type, uint32_t weights)
{
    int n = m->classes.n, squared = m->objective == BOOST_SQUARED;

    return m->objective <= BOOST_SQUARED && m->n_feature >= 1 && m->n_feature <= BOOST_MOST_FEATURES
           && m->n_round >= 1
           && m->n_node >= 1
           && type <= ARRAY_F64 && (squared ? n == 0 && type == 0 : n >= 2)
           && (m->objective != BOOST_LOGISTIC || n == 2)
           && (weights == 0 || (!squared && weights == (uint32_t)n)) && isfinite(m->base);
}

static int
read_head(SectionReader *r, Boost *m, uint32_t *weights, Err *err)
{
    const unsigned char *p = section_next(r, "head", HEAD, 1, err);
    double base;

    if (!p)
        return err->code;
    for (int i = 0; i < 7; i++)
        if (section_get_u32(p + 4 * i) >= INT_MAX)
            return section_damaged(err, "head");
    base = section_get_real(p + 28);
    *weights = section_get_u32(p + 24);
    *m = (Boost){.objective = (int)section_get_u32(p),
                 .n_feature = (int)section_get_u32(p + 4),
                 .n_round = (int)section_get_u32(p + 8),
                 .classes = {(ArrayType)section_get_u32(p + 12),
                             (int)section_get_u32(p + 16), NULL},
                 .n_node = section_get_u32(p + 20)};
    if (!isfinite(base) || (double)(float)base != base)
        return section_damaged(err, "head");
    m->base = (float)base;
    return valid_head(m, section_get_u32(p + 12), *weights) ? OK : section_damaged(err, "head");
}

static int
read_options(SectionReader *r, BoostOptions *o, Err *err)
{
    const unsigned char *p = section_next(r, "opts", OPTS, 1, err);
    double *to[] = {&o->learning_rate, &o->min_child_weight, &o->gamma, &o->lambda,
                    &o->alpha, &o->subsample, &o->colsample, &o->base_score};

    if (!p)
        return err->code;
    o->max_depth = section_get_u32(p);
    o->max_bin = section_get_u32(p + 4);
    o->seed = section_get_u32(p + 8);
    o->method = section_get_u32(p + 12);
    for (size_t i = 0; i < sizeof to / sizeof *to; i++) {
        *to[i] = section_get_real(p + 16 + 8 * i);
        if (!isfinite(*to[i]))
            return section_damaged(err, "opts");
    }
    return o->method <= BOOST_APPROX && o->max_depth < INT_MAX && o->max_bin < INT_MAX
           ? OK : section_damaged(err, "opts");
}

/* Before memory is taken for them: are the sizes possible with what is left? */
static int
check_sizes(const SectionReader *r, const Boost *m, Err *err)
{
    uint64_t left = (uint64_t)(r->end - r->p), groups = 1;

    if (m->objective == BOOST_SOFTMAX)
        groups = (uint64_t)m->classes.n;
    if ((uint64_t)m->classes.n > left / 8 || (uint64_t)m->n_round * groups > left / 4
        || m->n_node > left / NODE || (uint64_t)m->n_round * groups >= INT_MAX)
        return section_damaged(err, "head");
    return OK;
}

static int
read_trees(SectionReader *r, Boost *m, Err *err)
{
    const unsigned char *p = section_next(r, "size", m->n_tree, 4, err);
    uint64_t sum = 0;

    if (!p)
        return err->code;
    for (uint32_t t = 0; t < m->n_tree; t++) {
        uint32_t n = section_get_u32(p + 4 * (size_t)t);

        sum += n;
        if (n < 1 || sum > m->n_node)
            return section_damaged(err, "size");
        m->first[t + 1] = (uint32_t)sum;
    }
    return sum == m->n_node ? OK : section_damaged(err, "size");
}

/* Invariants 1 and 2: node i of a tree of n. */
static int
valid_node(const Boost *m, const BoostNode *node, uint32_t i, uint32_t n)
{
    if (!isfinite(node->value) || !isfinite(node->gain) || !isfinite(node->cover))
        return 0;
    if (!node->right)
        return node->feature == 0 && !node->missing_left;
    return node->right > i + 1 && node->right < n && node->feature < (uint32_t)m->n_feature;
}

static int
read_nodes(SectionReader *r, Boost *m, Err *err)
{
    const unsigned char *p = section_next(r, "node", m->n_node, NODE, err);

    if (!p)
        return err->code;
    for (uint32_t t = 0; t < m->n_tree; t++)
        for (uint32_t i = m->first[t]; i < m->first[t + 1]; i++, p += NODE) {
            uint32_t feature = section_get_u32(p + 4);

            m->node[i] = (BoostNode){section_get_u32(p), feature & ~MISSING_LEFT,
                                     (feature & MISSING_LEFT) != 0, get_float(p + 8),
                                     get_float(p + 12), get_float(p + 16)};
            if (!valid_node(m, &m->node[i], i - m->first[t], m->first[t + 1] - m->first[t]))
                return section_damaged(err, "node");
        }
    return section_close(r, err);
}

static int
read_classes(SectionReader *r, Boost *m, Err *err)
{
    if (m->objective == BOOST_SQUARED)
        return section_next(r, "clas", 0, 8, err) ? OK : err->code;
    return section_classes(r, &m->classes, err);
}

static int
read_weights(SectionReader *r, Boost *m, Err *err)
{
    if (section_reals(r, "weig", m->weight, n_weight(m), err))
        return err->code;
    return learn_check_weights(m->weight, m->classes.n, m->classes.n, err)
           ? section_damaged(err, "weig") : OK;
}

int
boost_load(Boost **out, const void *bytes, size_t n, Err *err)
{
    SectionReader r = {bytes, (const unsigned char *)bytes + n};
    Boost like = {0}, *m;
    uint32_t weights = 0;

    if (section_open(&r, magic, VERSION, err) || read_head(&r, &like, &weights, err)
        || read_options(&r, &like.options, err) || check_sizes(&r, &like, err)
        || boost_new(&m, &like, weights > 0, err))
        return err->code;
    if (read_classes(&r, m, err) || read_weights(&r, m, err) || read_trees(&r, m, err)
        || read_nodes(&r, m, err)) {
        boost_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}

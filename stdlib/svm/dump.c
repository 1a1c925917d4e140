/* dump.c -- a model as bytes and back; the format stands in model.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum {
    MAGIC = 8, VERSION = 1, HEAD = 4 * 4 + 4 * 8 + 4 * 4, SECTION = 4 + 8, N_SECTION = 7
};

static const char magic[] = "rillesvm";

/* ---- write ---- */

static unsigned char *
put_u32(unsigned char *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        *to++ = (unsigned char)(v >> 8 * i);
    return to;
}

static unsigned char *
put_u64(unsigned char *to, uint64_t v)
{
    return put_u32(put_u32(to, (uint32_t)v), (uint32_t)(v >> 32));
}

static unsigned char *
put_real(unsigned char *to, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return put_u64(to, bits);
}

static unsigned char *
put_reals(unsigned char *to, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to = put_real(to, v[i]);
    return to;
}

static unsigned char *
put_tag(unsigned char *to, const char *tag, size_t len)
{
    memcpy(to, tag, 4);
    return put_u64(to + 4, len);
}

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
    to = put_u32(to, (uint32_t)m->type);
    to = put_u32(to, (uint32_t)m->n_class);
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
    size_t k = (size_t)m->n_class, l = (size_t)m->n_sv, f = (size_t)m->n_feature;

    return MAGIC + 4 + N_SECTION * SECTION + HEAD + k * 8 + k * 4
           + 8 * (model_pairs(m) + n_prob(m) + (k - 1) * l + l * f);
}

void
model_dump(const Model *m, unsigned char *to)
{
    size_t k = (size_t)m->n_class, l = (size_t)m->n_sv, pairs = model_pairs(m);

    memcpy(to, magic, MAGIC);
    to = put_head(put_u32(to + MAGIC, VERSION), m);
    to = put_tag(to, "clas", k * 8);
    for (size_t i = 0; i < k; i++)
        to = put_u64(to, (uint64_t)m->label[i]);
    to = put_tag(to, "nsvs", k * 4);
    for (size_t i = 0; i < k; i++)
        to = put_u32(to, (uint32_t)m->n_sv_of[i]);
    to = put_reals(put_tag(to, "rhos", pairs * 8), m->rho, pairs);
    to = put_reals(put_tag(to, "prob", n_prob(m) * 8), m->prob, n_prob(m));
    to = put_reals(put_tag(to, "coef", (k - 1) * l * 8), m->coef, (k - 1) * l);
    put_vectors(put_tag(to, "vecs", l * (size_t)m->n_feature * 8), m);
}

/* ---- read ---- */

typedef struct Reader {
    const unsigned char *p, *end;
} Reader;

static uint32_t
get_u32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t
get_u64(const unsigned char *p)
{
    return get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

static double
get_real(const unsigned char *p)
{
    uint64_t bits = get_u64(p);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static int
damaged(Err *err, const char *what)
{
    return err_set(err, ERR_CORRUPT, "the model is damaged (%s)", what);
}

/* The data of the next section, which must be tag with n items of size bytes;
 * NULL when it is not.  n <= 2^62, size <= 8: the division keeps it in range. */
static const unsigned char *
section(Reader *r, const char *tag, uint64_t n, size_t size, Err *err)
{
    const unsigned char *data;
    size_t left = (size_t)(r->end - r->p);

    if (left < SECTION || memcmp(r->p, tag, 4) || n > (left - SECTION) / size
        || get_u64(r->p + 4) != n * size) {
        damaged(err, tag);
        return NULL;
    }
    data = r->p + SECTION;
    r->p = data + n * size;
    return data;
}

static int
get_reals(Reader *r, const char *tag, double *v, size_t n, Err *err)
{
    const unsigned char *p = section(r, tag, n, 8, err);

    if (!p)
        return err->code;
    for (size_t i = 0; i < n; i++) {
        v[i] = get_real(p + i * 8);
        if (!isfinite(v[i]))
            return damaged(err, tag);
    }
    return OK;
}

static int
read_magic(Reader *r, Err *err)
{
    size_t left = (size_t)(r->end - r->p);
    uint32_t version;

    if (left < MAGIC + 4 || memcmp(r->p, magic, MAGIC))
        return err_set(err, ERR_CORRUPT, "these bytes are no model");
    version = get_u32(r->p + MAGIC);
    if (version != VERSION)
        return err_set(err, ERR_VERSION, "the model has format %u, this program reads format %d",
                       (unsigned)version, VERSION);
    r->p += MAGIC + 4;
    return OK;
}

/* What stands at the end of the head. */
typedef struct Sizes {
    uint32_t type, n_class, n_feature, n_sv;
} Sizes;

static int
read_head(Reader *r, ModelOptions *o, Sizes *s, Err *err)
{
    const unsigned char *p = section(r, "head", HEAD, 1, err);

    if (!p)
        return err->code;
    *s = (Sizes){get_u32(p + 48), get_u32(p + 52), get_u32(p + 56), get_u32(p + 60)};
    if (get_u32(p) > MODEL_SIGMOID || get_u32(p + 4) > INT_MAX || get_u32(p + 8) > 1
        || s->type > ARRAY_F64 || s->n_class < 2 || s->n_class > MODEL_MAXCLASS
        || s->n_feature < 1 || s->n_feature >= INT_MAX || s->n_sv < 1 || s->n_sv >= INT_MAX)
        return damaged(err, "head");
    *o = (ModelOptions){
        .kernel = (int)get_u32(p), .degree = (int)get_u32(p + 4),
        .probability = (int)get_u32(p + 8), .seed = get_u32(p + 12),
        .C = get_real(p + 16), .gamma = get_real(p + 24),
        .coef0 = get_real(p + 32), .tolerance = get_real(p + 40)};
    return model_check_options(o, err) ? damaged(err, "head") : OK;
}

/* Before memory is taken for them: are the sizes possible with what is left? */
static int
check_sizes(const Reader *r, const Sizes *s, Err *err)
{
    uint64_t left = (uint64_t)(r->end - r->p) / 8, k = s->n_class, l = s->n_sv;

    if (k * (k - 1) / 2 > left || (k - 1) * l > left || l * s->n_feature > left)
        return damaged(err, "head");
    return OK;
}

/* As model_fit takes them from a float vector. */
static int
is_whole_double(int64_t v)
{
    return v >= -(INT64_C(1) << 53) && v <= INT64_C(1) << 53;
}

static int
label_fits(ArrayType type, int64_t v)
{
    switch (type) {
    case ARRAY_BOOL: return v == 0 || v == 1;
    case ARRAY_U8: return v >= 0 && v <= UINT8_MAX;
    case ARRAY_I32: return v >= INT32_MIN && v <= INT32_MAX;
    case ARRAY_I64: return 1;
    case ARRAY_F32: return is_whole_double(v) && (float)v == (double)v;
    case ARRAY_F64: return is_whole_double(v);
    }
    return 0;
}

static int
read_labels(Reader *r, Model *m, Err *err)
{
    const unsigned char *p = section(r, "clas", (uint64_t)m->n_class, 8, err);

    if (!p)
        return err->code;
    for (int i = 0; i < m->n_class; i++) {
        m->label[i] = (int64_t)get_u64(p + 8 * i);
        if (!label_fits(m->type, m->label[i]) || (i && m->label[i] <= m->label[i - 1]))
            return damaged(err, "clas");
    }
    return OK;
}

static int
read_counts(Reader *r, Model *m, Err *err)
{
    const unsigned char *p = section(r, "nsvs", (uint64_t)m->n_class, 4, err);
    uint64_t sum = 0;

    if (!p)
        return err->code;
    for (int i = 0; i < m->n_class; i++) {
        sum += get_u32(p + 4 * i);
        m->n_sv_of[i] = (int)(get_u32(p + 4 * i) & INT_MAX);
    }
    return sum == (uint64_t)m->n_sv ? OK : damaged(err, "nsvs");
}

static int
read_vectors(Reader *r, Model *m, Err *err)
{
    size_t f = (size_t)m->n_feature, l = (size_t)m->n_sv, n_node = l;
    const unsigned char *p = section(r, "vecs", (uint64_t)l * f, 8, err);
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
                return damaged(err, "vecs");
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
    size_t pairs = model_pairs(m), k = (size_t)m->n_class, l = (size_t)m->n_sv;

    if (read_labels(r, m, err) || read_counts(r, m, err)
        || get_reals(r, "rhos", m->rho, pairs, err)
        || get_reals(r, "prob", m->prob, n_prob(m), err)
        || get_reals(r, "coef", m->coef, (k - 1) * l, err) || read_vectors(r, m, err))
        return err->code;
    return r->p == r->end ? OK : damaged(err, "bytes after its end");
}

int
model_load(Model **out, const void *bytes, size_t n, Err *err)
{
    Reader r = {bytes, (const unsigned char *)bytes + n};
    ModelOptions o = {0};
    Sizes s = {0};
    Model *m;

    if (read_magic(&r, err) || read_head(&r, &o, &s, err) || check_sizes(&r, &s, err)
        || model_new(&m, &o, (int)s.n_class, (int)s.n_sv, err))
        return err->code;
    m->type = (ArrayType)s.type;
    m->n_feature = (int)s.n_feature;
    if (read_sections(&r, m, err)) {
        model_free(m);
        return err->code;
    }
    *out = m;
    return OK;
}

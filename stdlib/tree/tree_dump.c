/* tree_dump.c -- a tree as bytes and back; the format is in tree.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "learn/section.h"
#include "tree.h"

enum { PLAIN = 1, WEIGHTED = 2, HEAD = 9 * 4, N_SECTION = 5 };

static const char magic[] = "rilletre";

size_t
tree_dump_size(const Tree *t)
{
    size_t k = (size_t)t->classes.n, n = (size_t)t->n_node;

    return SECTION_MAGIC + N_SECTION * SECTION_HEAD + HEAD + k * 8 + n * (8 + 8 + 4 * k)
           + (t->weight ? SECTION_HEAD + k * 8 : 0);
}

static unsigned char *
put_head(unsigned char *to, const Tree *t)
{
    const TreeOptions *o = &t->options;

    to = section_put_tag(to, "head", HEAD);
    to = section_put_u32(to, (uint32_t)o->criterion);
    to = section_put_u32(to, o->max_depth);
    to = section_put_u32(to, o->min_leaf);
    to = section_put_u32(to, o->min_split);
    to = section_put_u32(to, o->seed);
    to = section_put_u32(to, (uint32_t)t->classes.type);
    to = section_put_u32(to, (uint32_t)t->classes.n);
    to = section_put_u32(to, (uint32_t)t->n_feature);
    return section_put_u32(to, (uint32_t)t->n_node);
}

void
tree_dump(const Tree *t, unsigned char *to)
{
    size_t k = (size_t)t->classes.n, n = (size_t)t->n_node;

    to = put_head(section_put_magic(to, magic, t->weight ? WEIGHTED : PLAIN), t);
    to = section_put_classes(to, &t->classes);
    if (t->weight)
        to = section_put_reals(section_put_tag(to, "wght", k * 8), t->weight, k);
    to = section_put_tag(to, "node", n * 8);
    for (size_t i = 0; i < n; i++)
        to = section_put_u32(section_put_u32(to, (uint32_t)t->node[i].feature),
                             (uint32_t)t->node[i].right);
    to = section_put_tag(to, "thre", n * 8);
    for (size_t i = 0; i < n; i++)
        to = section_put_real(to, t->node[i].threshold);
    to = section_put_tag(to, "rows", n * k * 4);
    for (size_t i = 0; i < n * k; i++)
        to = section_put_u32(to, t->count[i]);
}

/* ---- read ---- */

/* The sizes at the end of the head. */
typedef struct Sizes {
    uint32_t type, n_class, n_feature, n_node;
} Sizes;

static int
read_head(SectionReader *r, TreeOptions *o, Sizes *s, Err *err)
{
    const unsigned char *p = section_next(r, "head", HEAD, 1, err);
    uint64_t left = (uint64_t)(r->end - r->p) / 4;

    if (!p)
        return err->code;
    *o = (TreeOptions){(int)(section_get_u32(p) & INT_MAX), section_get_u32(p + 4),
                       section_get_u32(p + 8), section_get_u32(p + 12), section_get_u32(p + 16),
                       NULL, 0};
    *s = (Sizes){section_get_u32(p + 20), section_get_u32(p + 24), section_get_u32(p + 28),
                 section_get_u32(p + 32)};
    if (section_get_u32(p) > TREE_ENTROPY || o->min_leaf < 1 || o->min_leaf > INT_MAX
        || s->type > ARRAY_F64 || s->n_class < 2 || s->n_class >= INT_MAX || s->n_feature < 1
        || s->n_feature >= INT_MAX || s->n_node % 2 == 0 || s->n_node >= INT_MAX
        || (uint64_t)s->n_node * s->n_class > left)
        return section_damaged(err, "head");
    return OK;
}

static int
read_nodes(SectionReader *r, Tree *t, Err *err)
{
    const unsigned char *p = section_next(r, "node", (uint64_t)t->n_node, 8, err);
    const unsigned char *q = p ? section_next(r, "thre", (uint64_t)t->n_node, 8, err) : NULL;

    if (!q)
        return err->code;
    for (int i = 0; i < t->n_node; i++, p += 8, q += 8) {
        Node *n = &t->node[i];
        uint32_t feature = section_get_u32(p), right = section_get_u32(p + 4);

        n->threshold = section_get_real(q);
        if (feature == UINT32_MAX && right == 0 && section_get_u64(q) == 0) {
            n->feature = TREE_LEAF;
            continue;
        }
        if (feature >= (uint32_t)t->n_feature || right >= (uint32_t)t->n_node
            || !isfinite(n->threshold))
            return section_damaged(err, "node");
        n->feature = (int32_t)feature;
        n->right = (int32_t)right;
    }
    return OK;
}

/* A right side that is still to come: where it must begin, and how deep. */
typedef struct Open {
    int32_t right;
    int depth;
} Open;

/* Walks the nodes as they stand; open has room for them.  Sets depth and n_leaf. */
static int
check_shape(Tree *t, Open *open, Err *err)
{
    int n_open = 0, depth = 0;

    for (int i = 0; i < t->n_node; i++) {
        if (t->node[i].feature != TREE_LEAF) {
            open[n_open++] = (Open){t->node[i].right, ++depth};
            continue;
        }
        t->n_leaf++;
        if (depth > t->depth)
            t->depth = depth;
        if (n_open == 0)
            return i == t->n_node - 1 ? OK : section_damaged(err, "node");
        if (open[--n_open].right != i + 1)
            return section_damaged(err, "node");
        depth = open[n_open].depth;
    }
    return section_damaged(err, "node");
}

/* Invariant 2, and that no node is empty. */
static int
check_counts(const Tree *t, Err *err)
{
    for (int i = 0; i < t->n_node; i++) {
        const uint32_t *count = tree_counts(t, i);
        uint64_t sum = 0;

        for (int k = 0; k < t->classes.n; k++)
            sum += count[k];
        if (sum == 0 || sum >= INT_MAX)
            return section_damaged(err, "rows");
        if (t->node[i].feature == TREE_LEAF)
            continue;
        for (int k = 0; k < t->classes.n; k++)
            if ((uint64_t)tree_counts(t, i + 1)[k] + tree_counts(t, t->node[i].right)[k]
                != count[k])
                return section_damaged(err, "rows");
    }
    return OK;
}

static int
read_counts(SectionReader *r, Tree *t, Err *err)
{
    uint64_t n = (uint64_t)t->n_node * (uint64_t)t->classes.n;
    const unsigned char *p = section_next(r, "rows", n, 4, err);

    if (!p)
        return err->code;
    for (uint64_t i = 0; i < n; i++)
        t->count[i] = section_get_u32(p + 4 * i);
    return check_counts(t, err);
}

/* The weights of the classes, of a tree that has them. */
static int
read_weights(SectionReader *r, Tree *t, Err *err)
{
    Err bad;

    t->options.n_weight = t->classes.n;
    t->options.weight = t->weight = calloc((size_t)t->classes.n, sizeof *t->weight);
    if (!t->weight)
        return err_nomem(err);
    if (section_reals(r, "wght", t->weight, (size_t)t->classes.n, err))
        return err->code;
    return tree_check_weights(&t->options, t->classes.n, &bad) ? section_damaged(err, "wght") : OK;
}

static int
read_shape(SectionReader *r, Tree *t, Err *err)
{
    Open *open;
    int code;

    if (read_nodes(r, t, err))
        return err->code;
    open = calloc((uint32_t)t->n_node, sizeof *open);
    if (!open)
        return err_nomem(err);
    code = check_shape(t, open, err);
    free(open);
    return code;
}

static int
read_rest(SectionReader *r, Tree *t, uint32_t version, Err *err)
{
    if (section_classes(r, &t->classes, err))
        return err->code;
    if (version == WEIGHTED && read_weights(r, t, err))
        return err->code;
    if (read_shape(r, t, err) || read_counts(r, t, err))
        return err->code;
    return section_close(r, err);
}

int
tree_load(Tree **out, const void *bytes, size_t n, Err *err)
{
    SectionReader r = {bytes, (const unsigned char *)bytes + n};
    TreeOptions o = {0};
    Sizes s = {0};
    uint32_t version;
    Classes like;
    Tree *t;

    if (section_open_to(&r, magic, WEIGHTED, &version, err) || read_head(&r, &o, &s, err))
        return err->code;
    like = (Classes){(ArrayType)s.type, (int)s.n_class, NULL};
    if (tree_new(&t, &o, &like, (int)s.n_node, err))
        return err->code;
    t->n_feature = (int)s.n_feature;
    if (read_rest(&r, t, version, err)) {
        tree_free(t);
        return err->code;
    }
    *out = t;
    return OK;
}

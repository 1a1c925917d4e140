/* forest_dump.c -- a forest as bytes and back; the format is in forest.h */
#include <limits.h>
#include <string.h>

#include "forest.h"
#include "learn/section.h"

enum { VERSION = 1, HEAD = 4 * 4 };

static const char magic[] = "rillefor";

size_t
forest_dump_size(const Forest *f)
{
    size_t n = SECTION_MAGIC + 2 * SECTION_HEAD + HEAD + (size_t)f->n_tree * (8 + SECTION_HEAD);

    for (int i = 0; i < f->n_tree; i++)
        n += tree_dump_size(f->tree[i]);
    return n;
}

void
forest_dump(const Forest *f, unsigned char *to)
{
    to = section_put_magic(to, magic, VERSION);
    to = section_put_tag(to, "head", HEAD);
    to = section_put_u32(to, f->n_tried);
    to = section_put_u32(to, (uint32_t)f->bootstrap);
    to = section_put_u32(to, f->seed);
    to = section_put_u32(to, (uint32_t)f->n_tree);
    to = section_put_tag(to, "size", (size_t)f->n_tree * 8);
    for (int i = 0; i < f->n_tree; i++)
        to = section_put_u64(to, tree_dump_size(f->tree[i]));
    for (int i = 0; i < f->n_tree; i++) {
        size_t n = tree_dump_size(f->tree[i]);

        to = section_put_tag(to, "tree", n);
        tree_dump(f->tree[i], to);
        to += n;
    }
}

/* ---- read ---- */

static int
same_options(const TreeOptions *a, const TreeOptions *b)
{
    return a->criterion == b->criterion && a->max_depth == b->max_depth
           && a->min_leaf == b->min_leaf && a->min_split == b->min_split;
}

/* Invariant 1. */
static int
alike(const Tree *a, const Tree *b)
{
    size_t k = (size_t)a->classes.n;

    return a->n_feature == b->n_feature && a->classes.n == b->classes.n
           && a->classes.type == b->classes.type && same_options(&a->options, &b->options)
           && !memcmp(a->classes.label, b->classes.label, k * sizeof *a->classes.label)
           && !a->weight == !b->weight
           && (!a->weight || !memcmp(a->weight, b->weight, k * sizeof *a->weight));
}

static int
read_trees(SectionReader *r, Forest *f, const unsigned char *sizes, Err *err)
{
    for (int i = 0; i < f->n_tree; i++) {
        uint64_t n = section_get_u64(sizes + (size_t)i * 8);
        const unsigned char *bytes = section_next(r, "tree", n, 1, err);

        if (!bytes || tree_load(&f->tree[i], bytes, n, err))
            return err->code;
        if (!alike(f->tree[0], f->tree[i]) || f->n_tried > (uint32_t)f->tree[i]->n_feature)
            return section_damaged(err, "tree");
    }
    return section_close(r, err);
}

int
forest_load(Forest **out, const void *bytes, size_t n, Err *err)
{
    SectionReader r = {bytes, (const unsigned char *)bytes + n};
    const unsigned char *head, *sizes;
    uint32_t n_tree;
    Forest *f;

    if (section_open(&r, magic, VERSION, err) || !(head = section_next(&r, "head", HEAD, 1, err)))
        return err->code;
    n_tree = section_get_u32(head + 12);
    if (section_get_u32(head) < 1 || section_get_u32(head + 4) > 1 || n_tree < 1
        || n_tree >= INT_MAX)
        return section_damaged(err, "head");
    if (!(sizes = section_next(&r, "size", n_tree, 8, err)) || forest_new(&f, (int)n_tree, err))
        return err->code;
    f->n_tried = section_get_u32(head);
    f->bootstrap = (int)section_get_u32(head + 4);
    f->seed = section_get_u32(head + 8);
    if (read_trees(&r, f, sizes, err)) {
        forest_free(f);
        return err->code;
    }
    *out = f;
    return OK;
}

/* tree_rows.c -- see tree_grow.h: rows sorted by each feature */
#include <stdlib.h>

#include "tree_grow.h"

typedef struct Item {
    double value;
    int32_t row;
} Item;

static int
by_value(const void *a, const void *b)
{
    const Item *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int
sort_rows(TreeRows *r, const Array *X, Err *err)
{
    size_t n = (size_t)r->n_row;
    Item *item = calloc(n, sizeof *item);

    if (!item)
        return err_nomem(err);
    for (int f = 0; f < r->n_feature; f++) {
        double *value = r->value + (size_t)f * n;
        int32_t *order = r->order + (size_t)f * n;

        for (int i = 0; i < r->n_row; i++)
            item[i] = (Item){value[i] = learn_element(X, i, f), i};
        qsort(item, n, sizeof *item, by_value);
        for (int i = 0; i < r->n_row; i++)
            order[i] = item[i].row;
    }
    free(item);
    return OK;
}

static int
fill(TreeRows *r, const Array *X, const Array *y, Err *err)
{
    size_t n = (size_t)r->n_row, f = (size_t)r->n_feature;

    r->class = calloc(n, sizeof *r->class);
    r->value = calloc(n * f, sizeof *r->value);
    r->order = calloc(n * f, sizeof *r->order);
    if (!r->class || !r->value || !r->order)
        return err_nomem(err);
    return classes_find(&r->classes, y, r->class, err) || sort_rows(r, X, err) ? err->code : OK;
}

int
tree_rows_init(TreeRows *r, const Array *X, const Array *y, Err *err)
{
    *r = (TreeRows){0};
    if (learn_check_fit(X, y, err))
        return err->code;
    r->n_row = (int)X->shape[0];
    r->n_feature = (int)X->shape[1];
    if (fill(r, X, y, err)) {
        tree_rows_release(r);
        return err->code;
    }
    return OK;
}

void
tree_rows_release(TreeRows *r)
{
    classes_release(&r->classes);
    free(r->value);
    free(r->order);
    free(r->class);
    *r = (TreeRows){0};
}

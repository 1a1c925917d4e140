/* layout_layers.c -- see layout_layers.h */
#include "graph/layout_layers.h"

#include <stdlib.h>
#include <string.h>

/* Memory that goes as one: in front of each piece. */
struct NetBlock {
    struct NetBlock *next;
    max_align_t data[];
};

void *
net_take(Net *net, size_t n, size_t size)
{
    struct NetBlock *b;

    if (n > (SIZE_MAX - sizeof *b) / size)
        return NULL;
    b = calloc(1, sizeof *b + n * size);
    if (!b)
        return NULL;
    b->next = net->blocks;
    net->blocks = b;
    return b->data;
}

void
net_release(Net *net)
{
    while (net->blocks) {
        struct NetBlock *next = net->blocks->next;

        free(net->blocks);
        net->blocks = next;
    }
}

void
net_sort(Net *net, int32_t *fill)
{
    memcpy(fill, net->up_start, sizeof *fill * (size_t)net->nv);
    for (int32_t i = 0; i < net->nv; i++) {
        int32_t v = net->order[i];

        for (int32_t k = net->down_start[v]; k < net->down_start[v + 1]; k++)
            net->up[fill[net->to[net->down[k]]]++] = net->down[k];
    }
    memcpy(fill, net->down_start, sizeof *fill * (size_t)net->nv);
    for (int32_t i = 0; i < net->nv; i++) {
        int32_t v = net->order[i];

        for (int32_t k = net->up_start[v]; k < net->up_start[v + 1]; k++)
            net->down[fill[net->from[net->up[k]]]++] = net->up[k];
    }
}

int
net_grow(Net *net, Err *err)
{
    size_t nv = (size_t)net->nv, ns = (size_t)net->ns;

    if (!(net->layer = net_take(net, nv, sizeof *net->layer)) ||
        !(net->pos = net_take(net, nv, sizeof *net->pos)) ||
        !(net->order = net_take(net, nv, sizeof *net->order)) ||
        !(net->start = net_take(net, nv + 2, sizeof *net->start)) ||
        !(net->from = net_take(net, ns, sizeof *net->from)) ||
        !(net->to = net_take(net, ns, sizeof *net->to)) ||
        !(net->up = net_take(net, ns, sizeof *net->up)) ||
        !(net->down = net_take(net, ns, sizeof *net->down)) ||
        !(net->up_start = net_take(net, nv + 1, sizeof *net->up_start)) ||
        !(net->down_start = net_take(net, nv + 1, sizeof *net->down_start)) ||
        !(net->left = net_take(net, nv, sizeof *net->left)) ||
        !(net->right = net_take(net, nv, sizeof *net->right)) ||
        !(net->x = net_take(net, nv, sizeof *net->x)))
        return err_nomem(err);
    return OK;
}

void
net_join(Net *net, int32_t from, int32_t to)
{
    net->from[net->ns] = from;
    net->to[net->ns++] = to;
}

void
net_index(Net *net)
{
    for (int32_t v = 0; v < net->nv; v++) {
        net->start[net->layer[v] + 1]++;
        if (net->layer[v] >= net->layers)
            net->layers = net->layer[v] + 1;
    }
    for (int32_t i = 0; i < net->layers; i++)
        net->start[i + 1] += net->start[i];
    for (int32_t s = 0; s < net->ns; s++) {
        net->down_start[net->from[s] + 1]++;
        net->up_start[net->to[s] + 1]++;
    }
    for (int32_t v = 0; v < net->nv; v++) {
        net->down_start[v + 1] += net->down_start[v];
        net->up_start[v + 1] += net->up_start[v];
    }
    for (int32_t s = 0; s < net->ns; s++) {
        net->down[net->down_start[net->from[s]]++] = s;
        net->up[net->up_start[net->to[s]]++] = s;
    }
    for (int32_t v = net->nv; v-- > 0;) {       /* back to where they began */
        net->down_start[v + 1] = net->down_start[v];
        net->up_start[v + 1] = net->up_start[v];
    }
    net->down_start[0] = net->up_start[0] = 0;
}

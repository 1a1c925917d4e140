/* json_tree.c -- see json_tree.h */
#include <string.h>

#include "format/json_tree.h"

typedef struct Parse {
    JsonTree *tree;
    JsonReader reader;
    uint32_t open[JSON_TREE_DEPTH];     /* containers that are not closed yet */
    size_t depth;
    size_t key, key_len;                /* of the value that comes next */
} Parse;

static JsonNode *
at(const JsonTree *t, uint32_t i)
{
    return (JsonNode *)(void *)t->nodes.data + i;
}

static uint32_t
count(const JsonTree *t)
{
    return (uint32_t)(t->nodes.len / sizeof(JsonNode));
}

/* Keeps the reader's text with a 0 behind it. */
static int
keep_text(Parse *p, size_t *where, size_t *len, Err *err)
{
    Buf *b = &p->tree->bytes;

    *where = b->len;
    *len = p->reader.n;
    return buf_put(b, p->reader.s, p->reader.n) || buf_byte(b, 0) ? err_nomem(err) : OK;
}

static void
close_last(Parse *p)
{
    JsonNode *node = at(p->tree, p->open[--p->depth]);

    node->end = count(p->tree);
    node->to = (size_t)(p->reader.p - p->reader.text);
}

static int
add(Parse *p, Err *err)
{
    const JsonReader *r = &p->reader;
    JsonNode node = {.kind = r->kind, .end = count(p->tree) + 1, .key = p->key,
                     .key_len = p->key_len, .from = r->offset,
                     .to = (size_t)(r->p - r->text)};
    int rc = OK;

    node.i = r->kind == JSON_INT ? r->i : 0;
    node.f = r->kind == JSON_INT ? (double)r->i : r->kind == JSON_FLOAT ? r->f : 0;
    if (r->kind == JSON_STRING)
        rc = keep_text(p, &node.string, &node.string_len, err);
    if (r->kind == JSON_ARRAY || r->kind == JSON_OBJECT)
        p->open[p->depth++] = count(p->tree);
    if (rc == OK && buf_put(&p->tree->nodes, &node, sizeof node))
        rc = err_nomem(err);
    return rc;
}

static int
take(Parse *p, Err *err)
{
    switch (p->reader.kind) {
    case JSON_KEY:
        return keep_text(p, &p->key, &p->key_len, err);
    case JSON_ARRAY_END:
    case JSON_OBJECT_END:
        close_last(p);
        return OK;
    default:
        return add(p, err);
    }
}

int
json_tree_parse(JsonTree *t, const char *name, const char *text, size_t n, Err *err)
{
    Parse p;
    int rc;

    memset(&p, 0, sizeof p);
    memset(t, 0, sizeof *t);
    t->text = text;
    p.tree = t;
    json_init(&p.reader, name, text, n);
    p.reader.max_depth = JSON_TREE_DEPTH;
    while (!(rc = json_next(&p.reader, err)) && p.reader.kind != JSON_END)
        if ((rc = take(&p, err)))
            break;
    json_release(&p.reader);
    return rc;
}

void
json_tree_release(JsonTree *t)
{
    buf_release(&t->nodes);
    buf_release(&t->bytes);
}

const JsonNode *
json_tree_top(const JsonTree *t)
{
    return t->nodes.len ? at(t, 0) : NULL;
}

const JsonNode *
json_tree_first(const JsonTree *t, const JsonNode *parent)
{
    uint32_t i = parent ? (uint32_t)(parent - at(t, 0)) + 1 : 0;

    return parent && i < parent->end ? at(t, i) : NULL;
}

const JsonNode *
json_tree_next(const JsonTree *t, const JsonNode *parent, const JsonNode *child)
{
    return child->end < parent->end ? at(t, child->end) : NULL;
}

const JsonNode *
json_tree_field(const JsonTree *t, const JsonNode *object, const char *name)
{
    size_t n = strlen(name);
    const JsonNode *c;

    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (c = json_tree_first(t, object); c; c = json_tree_next(t, object, c))
        if (c->key_len == n && memcmp(t->bytes.data + c->key, name, n) == 0)
            return c;
    return NULL;
}

const JsonNode *
json_tree_element(const JsonTree *t, const JsonNode *list, size_t i)
{
    const JsonNode *c;

    if (!list || list->kind != JSON_ARRAY)
        return NULL;
    for (c = json_tree_first(t, list); c && i; i--)
        c = json_tree_next(t, list, c);
    return c;
}

const char *
json_tree_string(const JsonTree *t, const JsonNode *node, size_t *len)
{
    if (!node || node->kind != JSON_STRING)
        return NULL;
    if (len)
        *len = node->string_len;
    return (const char *)t->bytes.data + node->string;
}

const char *
json_tree_key(const JsonTree *t, const JsonNode *node, size_t *len)
{
    *len = node->key_len;
    return (const char *)t->bytes.data + node->key;
}

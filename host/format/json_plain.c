/* json_plain.c -- see json_plain.h */
#include <string.h>

#include "format/json_plain.h"
#include "format/json_tree.h"

typedef struct Plain {
    JsonTree tree;
    Buf *out;
    int flags;
} Plain;

/* The only field of an object, if its name begins with '$'. */
static const JsonNode *
special(const Plain *p, const JsonNode *node)
{
    const JsonNode *field = node->kind == JSON_OBJECT ? json_tree_first(&p->tree, node) : NULL;
    size_t n;

    return field && !json_tree_next(&p->tree, node, field) &&
           json_tree_key(&p->tree, field, &n)[0] == '$' ? field : NULL;
}

static int
is_key(const Plain *p, const JsonNode *field, const char *key)
{
    size_t n;
    const char *name = json_tree_key(&p->tree, field, &n);

    return n == strlen(key) && memcmp(name, key, n) == 0;
}

/* Is it a list of pairs [text, value]? */
static int
has_text_keys(const Plain *p, const JsonNode *list)
{
    const JsonNode *pair;

    for (pair = json_tree_first(&p->tree, list); pair;
         pair = json_tree_next(&p->tree, list, pair)) {
        const JsonNode *key = json_tree_element(&p->tree, pair, 0);

        if (!key || key->kind != JSON_STRING || !json_tree_element(&p->tree, pair, 1))
            return 0;
    }
    return list->kind == JSON_ARRAY;
}

/* Does JSON have all that the tree holds?  Nodes lie one behind the other. */
static int
fits(const Plain *p)
{
    const JsonNode *top = json_tree_top(&p->tree), *node, *field;

    for (node = top; node < top + top->end; node++) {
        field = special(p, node);
        if (field && !is_key(p, field, "$null")
            && !(is_key(p, field, "$table") && has_text_keys(p, field)))
            return 0;
    }
    return 1;
}

static int put(const Plain *p, const JsonNode *node);

static int
put_pairs(const Plain *p, const JsonNode *list)
{
    const JsonTree *t = &p->tree;
    const JsonNode *pair;
    int bad = buf_byte(p->out, '{'), first = 1;
    size_t n;

    for (pair = json_tree_first(t, list); pair && !bad; pair = json_tree_next(t, list, pair)) {
        const char *key = json_tree_string(t, json_tree_element(t, pair, 0), &n);

        bad = (!first && buf_byte(p->out, ',')) || json_put_string(p->out, key, n)
              || buf_byte(p->out, ':') || put(p, json_tree_element(t, pair, 1));
        first = 0;
    }
    return bad || buf_byte(p->out, '}');
}

static int
put_container(const Plain *p, const JsonNode *node)
{
    const JsonTree *t = &p->tree;
    int is_object = node->kind == JSON_OBJECT, bad = buf_byte(p->out, is_object ? '{' : '[');
    const JsonNode *c;
    int first = 1;
    size_t n;

    for (c = json_tree_first(t, node); c && !bad; c = json_tree_next(t, node, c)) {
        const char *key = json_tree_key(t, c, &n);

        bad = (!first && buf_byte(p->out, ','))
              || (is_object && (json_put_string(p->out, key, n) || buf_byte(p->out, ':')))
              || put(p, c);
        first = 0;
    }
    return bad || buf_byte(p->out, is_object ? '}' : ']');
}

/* Nonzero when memory ran out. */
static int
put(const Plain *p, const JsonNode *node)
{
    const JsonNode *field = special(p, node);
    int empty = p->flags & (node == json_tree_top(&p->tree) ? JSON_PLAIN_OBJECT | JSON_PLAIN_OBJECTS
                                                            : JSON_PLAIN_OBJECTS);

    if (field)
        return is_key(p, field, "$null") ? buf_puts(p->out, "null") : put_pairs(p, field);
    if (node->kind == JSON_ARRAY && !json_tree_first(&p->tree, node) && empty)
        return buf_puts(p->out, "{}");
    if (node->kind == JSON_ARRAY || node->kind == JSON_OBJECT)
        return put_container(p, node);
    return buf_put(p->out, p->tree.text + node->from, node->to - node->from);
}

int
json_plain(Buf *out, const char *name, const char *text, size_t n, int flags, Err *err)
{
    Plain p = {.out = out, .flags = flags};
    size_t before = out->len;
    int rc = json_tree_parse(&p.tree, name, text, n, err);

    if (rc == OK && (fits(&p) ? put(&p, json_tree_top(&p.tree)) : buf_put(out, text, n)))
        rc = err_nomem(err);
    json_tree_release(&p.tree);
    if (rc)
        out->len = before;
    return rc;
}

/* json_tree.h -- a JSON text as nodes in memory, for C that looks fields up.
 *
 *     json_tree_parse(&t, name, text, n, err)
 *     node = json_tree_field(&t, json_tree_top(&t), "maps")       NULL where there is none
 *     for (c = json_tree_first(&t, node); c; c = json_tree_next(&t, node, c)) ...
 *
 * Nodes lie in the order of the text: the first child of a node follows it.  The text is
 * borrowed until json_tree_release, as nodes say where in it they are.  Texts may be nested
 * JSON_TREE_DEPTH deep: that of the artifact encoding (json.h), whose tables take three levels. */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include "format/json.h"

enum { JSON_TREE_DEPTH = 3 * JSON_DEPTH + 2 };

typedef struct JsonNode {
    JsonKind kind;                      /* of a value: JSON_NULL ... JSON_STRING, JSON_ARRAY,
                                         * JSON_OBJECT */
    uint32_t end;                       /* the node behind it and all that it holds */
    int64_t i;                          /* of a JSON_INT */
    double f;                           /* of a JSON_FLOAT; of a JSON_INT too */
    size_t key, key_len;                /* of a field: its name, in bytes */
    size_t string, string_len;          /* of a JSON_STRING, in bytes */
    size_t from, to;                    /* where in the text it is */
} JsonNode;

typedef struct JsonTree {
    const char *text;
    Buf nodes, bytes;
} JsonTree;

/* Release it, also after a failure.  Errors are those of the reader (json.h). */
int json_tree_parse(JsonTree *t, const char *name, const char *text, size_t n, Err *err);
void json_tree_release(JsonTree *t);    /* of {0}, too */

const JsonNode *json_tree_top(const JsonTree *t);       /* NULL of a tree that was not parsed */
const JsonNode *json_tree_first(const JsonTree *t, const JsonNode *parent);
const JsonNode *json_tree_next(const JsonTree *t, const JsonNode *parent, const JsonNode *child);
/* The field of an object; NULL where there is none, and of anything else or NULL. */
const JsonNode *json_tree_field(const JsonTree *t, const JsonNode *object, const char *name);
/* The i-th element of a list, from 0; NULL likewise. */
const JsonNode *json_tree_element(const JsonTree *t, const JsonNode *list, size_t i);
/* The text of a string, which ends with a 0; NULL of anything else. */
const char *json_tree_string(const JsonTree *t, const JsonNode *node, size_t *len);
const char *json_tree_key(const JsonTree *t, const JsonNode *node, size_t *len);

#endif

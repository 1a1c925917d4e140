/* json_plain.c -- the artifact encoding as plain JSON: what is made is JSON again. */
#include "format/json_plain.h"
#include "format/json_tree.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Buf once;
    Err err = {0};

    buf_init(&once);
    if (json_plain(&once, "input", (const char *)data, size, 0, &err) == OK) {
        JsonTree tree;

        MUST(json_tree_parse(&tree, "once", (char *)once.data, once.len, &err) == OK);
        MUST(json_tree_top(&tree)->end == tree.nodes.len / sizeof(JsonNode));
        json_tree_release(&tree);
    } else {
        MUST(err.msg[0] && once.len == 0);
    }
    buf_release(&once);
    return 0;
}

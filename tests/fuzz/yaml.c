/* yaml.c -- configuration files: nodes lie in the order of the text, each ends
 * within its parent. */
#include "format/yaml_doc.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YamlDoc d;
    Err err = {0};

    yaml_doc_init(&d);
    if (yaml_doc_parse(&d, "input", (const char *)data, size, &err) == OK) {
        size_t n = yaml_doc_count(&d);

        MUST(n > 0);
        for (size_t i = 0; i < n; i++) {
            const YamlNode *node = yaml_doc_node(&d, i);

            MUST(node->end > i && node->end <= n);
            MUST(node->line > 0);
        }
    } else {
        MUST(err.msg[0]);
    }
    yaml_doc_release(&d);
    return 0;
}

/* yaml.c -- configuration files: nodes lie in the order of the text, each ends
 * within its parent. */
#include "format/yaml_doc.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YamlDoc d;
    Err err = {0};

    yamldoc_init(&d);
    if (yamldoc_parse(&d, "input", (const char *)data, size, &err) == OK) {
        size_t n = yamldoc_count(&d);

        MUST(n > 0);
        for (size_t i = 0; i < n; i++) {
            const YamlNode *node = yamldoc_node(&d, i);

            MUST(node->end > i && node->end <= n);
            MUST(node->line > 0);
        }
    } else {
        MUST(err.msg[0]);
    }
    yamldoc_release(&d);
    return 0;
}

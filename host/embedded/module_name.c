/* module_name.c -- see module_name.h */
#include <stdio.h>
#include <string.h>

#include "embedded/embedded.h"
#include "embedded/module_name.h"

int
module_name(const char *path, char *out, size_t size)
{
    int is_materializer = strncmp(path, "materializers/", 14) == 0;
    const char *rest = is_materializer ? path : strchr(path, '/') + 1, *file = strrchr(rest, '/');
    size_t n = strlen(rest), room = file ? (size_t)(file - rest) : 0, last = n - room - (room > 0);

    if (strncmp(path, "lua/library/", 12) == 0
        || strncmp(path, EMBEDDED_TEMPLATES, sizeof EMBEDDED_TEMPLATES - 1) == 0)
        return 0;
    if (n < 4 || strcmp(rest + n - 4, ".lua") != 0)
        return 0;
    n -= 4;
    last -= 4;
    if (strcmp(path, "lua/rille.lua") == 0)
        rest = "face", n = 4;
    else if (room >= last && strncmp(file - last, file + 1, last) == 0
             && (room == last || file[-1 - (long)last] == '/'))
        n = room;                       /* plan/plan */
    if (snprintf(out, size, "rille.%.*s", (int)n, rest) >= (int)size)
        return 0;
    for (char *p = out; *p; p++)
        if (*p == '/')
            *p = '.';
    return 1;
}

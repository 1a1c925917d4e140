/* settings.c -- what a host sets by a key: kept here, and given to each run (run.c). */
#include <stdlib.h>
#include <string.h>

#include "library/engine.h"

/* Where the engine has the text of the key; NULL for another key. */
static char **
place(rille_engine *e, const char *key)
{
    if (strcmp(key, "program") == 0)
        return &e->program;
    return strcmp(key, "stack") == 0 ? &e->stack : NULL;
}

static char **
find(rille_engine *e, const char *function, const char *key)
{
    char **at = key ? place(e, key) : NULL;

    if (!key)
        engine_report_as(e, RILLE_EINVAL, "%s: key is NULL", function);
    else if (!at)
        engine_report_as(e, RILLE_ENOTFOUND, "%s: there is no setting \"%s\"; there are: program, "
                                             "stack", function, key);
    return at;
}

int
rille_set(rille_engine *e, const char *key, const char *value)
{
    char **at, *copy;
    int rc = engine_acquire(e);

    if (rc)
        return rc;
    at = find(e, "rille_set", key);
    copy = value ? strdup(value) : NULL;
    if (!at) {
        rc = rille_errcode(e);
    } else if (value && !copy) {
        rc = engine_nomem(e);
    } else {
        free(*at);
        *at = copy;
        copy = NULL;
    }
    free(copy);
    engine_release(e);
    return rc;
}

int
rille_get(rille_engine *e, const char *key, const char **out)
{
    char **at;
    int rc;

    if (out)
        *out = NULL;
    if (!out)
        return engine_report(e, RILLE_EINVAL, "rille_get: out is NULL");
    if ((rc = engine_acquire(e)))
        return rc;
    at = find(e, "rille_get", key);
    if (at)
        *out = *at;
    rc = at ? RILLE_OK : rille_errcode(e);
    engine_release(e);
    return rc;
}

/* stubs.c -- until the parts are here; each part removes its own lines. */
#include "library/artifact.h"

int rille_run_json(rille_run *r, const char **o)
{
    int rc = r ? engine_acquire(r->e) : RILLE_EINVAL;
    *o = NULL;
    if (rc) return rc;
    engine_release(r->e);
    return engine_report(r->e, -1, "not yet");
}

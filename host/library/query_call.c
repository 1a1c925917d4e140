/* query_call.c -- what every query does: acquires the engine, opens its store, reports, releases
 * (query.h). */
#include <string.h>

#include "library/query.h"
#include "library/query_store.h"

int
query_begin(rille_engine *e, Meta **meta)
{
    int rc = engine_acquire(e);

    if (rc == RILLE_OK && (rc = query_store(e, meta, NULL)))
        engine_release(e);
    return rc;
}

int
query_end(rille_engine *e, int rc, const Err *err)
{
    if (rc)
        engine_report_err(e, err);
    engine_release(e);
    return rc;
}

char *
query_copy(Slice s)
{
    return s.data ? strndup(s.data, s.len) : NULL;
}

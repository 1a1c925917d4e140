/* meta_note.c -- notes about a run, which no step of it made. */
#include "meta/meta_core.h"
#include "os/sys.h"

int
meta_note_run(Meta *m, int64_t run, Slice text, Err *err)
{
    int rc = meta_begin(m, 1, err);

    if (rc)
        return rc;
    rc = db_run(m->db, err, "insert into run_note(run, time, text) values(?, ?, ?)", "ids", run,
                sys_now(), text);
    return meta_end(m, rc, err);
}

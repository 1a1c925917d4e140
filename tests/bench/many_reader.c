/* many_reader.c -- asks a store by librille, again and again, while a file is there, for the
 * script many: opens it, finds the newest run, reads it as JSON, goes through a page of runs,
 * closes.
 *
 *     many_reader STORE FILE
 * prints how often it asked; exit code 1 and the message at the first error. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "rille.h"

static int
ask(rille_engine *e)
{
    const char *json;
    rille_run *r;
    rille_cursor *c;
    int rc = rille_find_run(&r, e, "p", "latest");

    if (rc)
        return rc;
    rc = rille_run_json(r, &json);
    rille_run_free(r);
    if (rc || (rc = rille_list(&c, e, RILLE_RUNS, "pipeline=p status=completed")))
        return rc;
    for (int i = 0; i < 20 && !rille_next_run(&r, c); i++)
        rille_run_free(r);
    rille_cursor_free(c);
    return 0;
}

int
main(int argc, char **argv)
{
    long asked = 0;

    if (argc != 3)
        return 2;
    for (; access(argv[2], F_OK) == 0; asked++) {
        rille_options opt = RILLE_OPTIONS_INIT;
        rille_engine *e;
        int rc;

        opt.flags = RILLE_OPEN_READONLY;
        rc = rille_open(&e, argv[1], &opt);
        if (!rc)
            rc = ask(e);
        if (rc)
            fprintf(stderr, "%s\n", rille_errmsg(e));
        rille_close(e);
        if (rc)
            return 1;
        usleep(100000);
    }
    printf("%ld\n", asked);
    return 0;
}

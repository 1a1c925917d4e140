/* tracer.c -- a host that embeds librille: runs the pipeline of a script and
 * prints the digest of each output named.
 *
 *     tracer STORE SCRIPT PIPELINE STEP:OUTPUT... */
#include <stdio.h>
#include <string.h>

#include <rille.h>

static int
print_output(rille_run *run, char *name)
{
    rille_artifact *a = NULL;
    char dotted[256], *colon = strchr(name, ':');
    double v;
    int rc;

    *colon = 0;
    snprintf(dotted, sizeof dotted, "%s.%s", name, colon + 1);
    rc = rille_get_artifact(&a, rille_run_outputs(run), dotted);
    if (rc == RILLE_OK) {
        printf("%s:%s %s", name, colon + 1, rille_artifact_digest(a));
        if (rille_get_number(rille_artifact_value(a), NULL, &v) == RILLE_OK)
            printf(" %.17g", v);
        printf("\n");
    }
    rille_artifact_free(a);
    return rc;
}

int
main(int argc, char **argv)
{
    rille_engine *e = NULL;
    rille_run *run = NULL;
    int rc;

    if (argc < 4)
        return 2;
    if ((rc = rille_open(&e, argv[1], NULL)) || (rc = rille_load_file(e, argv[2])) ||
        (rc = rille_run_pipeline(&run, e, argv[3], NULL)))
        goto done;
    for (int i = 4; i < argc && rc == RILLE_OK; i++)
        rc = print_output(run, argv[i]);
done:
    if (rc)
        fprintf(stderr, "tracer: %d: %s\n", rc, rille_errmsg(e));
    rille_run_free(run);
    rille_close(e);
    return rc != RILLE_OK;
}

/* embed.c -- a small host in the common part of C99 and C++17: a step of its own, a pipeline with
 * an argument, an output, a listing.
 *
 *     embed STORE          prints what came of it */
#include <stdio.h>
#include <string.h>

#include <rille.h>

static const char script[] =
    "local rille = require 'rille'\n"
    "local t, array = rille.types, require 'rille.array'\n"
    "local guess = rille.step 'guess' { params = { wrong = 1 },\n"
    "  outputs = { t.vector 'pred', t.vector 'y' },\n"
    "  run = function(p)\n"
    "    local pred, y = {}, {}\n"
    "    for i = 1, 4 do pred[i], y[i] = i <= p.wrong and 0 or i, i end\n"
    "    return array.from(pred), array.from(y)\n"
    "  end }\n"
    "rille.pipeline 'guesses' { params = { wrong = 1 }, define = function(p)\n"
    "  local pred, y = guess({ wrong = p.wrong }):unpack()\n"
    "  rille.steps.accuracy { pred = pred, y = y }\n"
    "end }\n";

static int
accuracy(rille_step *s, void *user)
{
    rille_array pred = RILLE_ARRAY_INIT, y = RILLE_ARRAY_INIT;
    int64_t i, same = 0;
    int rc;

    (void)user;
    if ((rc = rille_get_array(rille_inputs(s), "pred", &pred))
        || (rc = rille_get_array(rille_inputs(s), "y", &y)))
        return rc;
    if (pred.shape[0] != y.shape[0] || y.shape[0] == 0)
        return rille_fail(s, RILLE_ETYPE, "pred has %d numbers and y %d", (int)pred.shape[0],
                          (int)y.shape[0]);
    for (i = 0; i < y.shape[0]; i++) {
        same += ((const double *)pred.data)[i] == ((const double *)y.data)[i];
        if ((rc = rille_tick(s, (double)i / (double)y.shape[0])))
            return rc;
    }
    return rille_put_number(rille_outputs(s), "accuracy", (double)same / (double)y.shape[0]);
}

static int
tell_run(rille_engine *e, int wrong)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *run = NULL;
    double v = -1;
    int rc;

    how.args = rille_values_new(e);
    if (!(rc = rille_put_int(how.args, "wrong", wrong))
        && !(rc = rille_run_pipeline(&run, e, "guesses", &how))
        && !(rc = rille_get_number(rille_run_outputs(run), "accuracy", &v)))
        printf("%d wrong: %s, %g\n", wrong, rille_run_status(run), v);
    rille_run_free(run);
    rille_values_free(how.args);
    return rc;
}

static int
tell_list(rille_engine *e)
{
    rille_cursor *c = NULL;
    rille_run *run = NULL;
    int rc, n = 0;

    if (!(rc = rille_list(&c, e, RILLE_RUNS, "pipeline=guesses status=completed")))
        while (!(rc = rille_next_run(&run, c)) && run) {
            n++;
            rille_run_free(run);
            run = NULL;
        }
    rille_cursor_free(c);
    if (!rc)
        printf("%d runs\n", n);
    return rc;
}

int
main(int argc, char **argv)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_step_def def = RILLE_STEP_DEF_INIT;
    rille_engine *e = NULL;
    int rc;

    if (argc != 2)
        return 2;
    def.name = "accuracy";
    def.signature = "(pred: vector, y: vector) -> (accuracy: number)";
    def.version = "1";
    def.fn = accuracy;
    if ((rc = rille_open(&e, argv[1], &opt)) || (rc = rille_register_step(e, &def))
        || (rc = rille_load_string(e, "guesses", script, strlen(script))) || (rc = tell_run(e, 1))
        || (rc = tell_run(e, 2)) || (rc = tell_run(e, 1)) || (rc = tell_list(e)))
        fprintf(stderr, "embed: %s (%s)\n", rille_errmsg(e), rille_strerror(rc));
    rille_close(e);
    return rc != 0;
}

/* service_test.c -- what a service does with the library, end to end: several engines on one store
 * and on several, models that are promoted, readers beside a writer. */
#define _GNU_SOURCE
#include "host.h"
#include "rille.h"

/* ---- several engines ---- */

static void
what_one_engine_made_is_a_hit_for_another(void)
{
    rille_engine *a = host_open_at(host_store, 0), *b = host_open_at(host_store, 0);

    CHECK_RC(host_load(a, PIPELINE("shared", "return 12")), RILLE_OK);
    CHECK_RC(host_load(b, PIPELINE("shared", "return 12")), RILLE_OK);
    CHECK(host_run(a, "shared") == 12 && host_ran == 1 && host_cached == 0);
    CHECK(host_run(b, "shared") == 12 && host_ran == 0 && host_cached == 1);
    rille_close(a);
    CHECK(host_run(b, "shared") == 12 && host_cached == 1);
    host_close(b);
}

static void
engines_on_several_stores_share_nothing(void)
{
    char other[128];
    rille_engine *a = host_open_at(host_store, 0), *b, *c;

    snprintf(other, sizeof other, "%s/another", host_dir);
    b = host_open_at(other, 0);
    c = host_open_at(NULL, RILLE_OPEN_MEMORY);
    CHECK_RC(host_load(a, PIPELINE("apart", "return 13")), RILLE_OK);
    CHECK_RC(host_load(b, PIPELINE("apart", "return 13")), RILLE_OK);
    CHECK_RC(host_load(c, PIPELINE("apart", "return 13")), RILLE_OK);
    CHECK(host_run(a, "apart") == 13 && host_ran == 1);
    CHECK(host_run(b, "apart") == 13 && host_ran == 1 && host_cached == 0);
    CHECK(host_run(c, "apart") == 13 && host_ran == 1 && host_cached == 0);
    CHECK(host_run(c, "apart") == 13 && host_ran == 0 && host_cached == 1);
    rille_close(a);
    rille_close(b);
    host_close(c);
}

static void
values_of_one_engine_are_none_of_another(void)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_engine *a = host_open_at(host_store, 0), *b = host_open_at(NULL, RILLE_OPEN_MEMORY);
    rille_run *r = NULL;
    int rc;

    CHECK_RC(host_load(b, PIPELINE("foreign", "return 1")), RILLE_OK);
    how.args = rille_values_new(a);
    rc = rille_run_pipeline(&r, b, "foreign", &how);
    CHECK(rc == RILLE_EINVAL && !r && host_has(rille_errmsg(b), "engine"));
    rille_values_free(how.args);
    rille_close(a);
    host_close(b);
}

/* ---- models ---- */

static const char model_script[] =
    HEAD "local train = step 'train' { params = { slope = 1.0 }, "
         "outputs = { t.vector 'weights' { kind = 'model' } }, "
         "run = function(p) return require('rille.array').from { p.slope, 1 } end }\n"
         "pipeline 'train' { model = rille.model 'line' {}, params = { slope = 1.0 }, "
         "define = function(p) train { slope = p.slope } end }\n"
         "local predict = step 'predict' { inputs = { t.vector 'weights', t.number 'x' }, "
         "outputs = { t.number 'y' }, "
         "run = function(w, x) return w:get(1) * x + w:get(2) end }\n"
         "pipeline 'predict' { inputs = { t.vector 'weights', t.number 'x' }, "
         "define = function(_, inputs) predict { weights = inputs.weights, x = inputs.x } end }\n";

static void
train(rille_engine *e, double slope)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;

    how.args = rille_values_new(e);
    CHECK_RC(rille_put_number(how.args, "slope", slope), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "train", &how), RILLE_OK);
    rille_run_free(r);
    rille_values_free(how.args);
}

static int
stage(rille_engine *e, const char *version, const char *name)
{
    rille_model *m = NULL;
    int rc = rille_find_model(&m, e, "line", version);

    rc = rc ? rc : rille_model_stage(m, name);
    rille_model_free(m);
    return rc;
}

/* The prediction of the version in production for x = 10, or -1. */
static double
predict(rille_engine *e)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_artifact *weights = NULL;
    rille_model *m = NULL;
    rille_run *r = NULL;
    double y = -1;

    how.args = rille_values_new(e);
    how.flags = RILLE_RUN_UNLISTED;
    CHECK_RC(rille_find_model(&m, e, "line", "production"), RILLE_OK);
    CHECK_RC(rille_model_artifact(&weights, m, NULL), RILLE_OK);
    CHECK_RC(rille_put_artifact(how.args, "weights", weights), RILLE_OK);
    CHECK_RC(rille_put_number(how.args, "x", 10), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "predict", &how), RILLE_OK);
    CHECK_RC(rille_get_number(rille_run_outputs(r), "predict", &y), RILLE_OK);
    rille_run_free(r);
    rille_values_free(how.args);
    rille_artifact_free(weights);
    rille_model_free(m);
    return y;
}

static void
a_promoted_model_is_the_one_that_answers(void)
{
    rille_engine *trainer = host_open_at(host_store, 0), *server = host_open_at(host_store, 0);
    rille_model *m = (rille_model *)server;
    const char *json = "";

    CHECK_RC(host_load(trainer, model_script), RILLE_OK);
    CHECK_RC(host_load(server, model_script), RILLE_OK);
    train(trainer, 2);
    CHECK(rille_find_model(&m, server, "line", "production") == RILLE_ENOTFOUND && !m);
    CHECK_RC(stage(trainer, "1", "production"), RILLE_OK);
    CHECK(predict(server) == 21);
    train(trainer, 3);
    CHECK(predict(server) == 21);
    CHECK_RC(stage(server, NULL, "production"), RILLE_OK);
    CHECK(predict(server) == 31 && predict(trainer) == 31);
    CHECK_RC(rille_find_model(&m, server, "line", "1"), RILLE_OK);
    CHECK_RC(rille_model_json(m, &json), RILLE_OK);
    CHECK(host_has(json, "archived"));
    rille_model_free(m);
    CHECK(stage(server, "9", "production") == RILLE_ENOTFOUND);
    CHECK(stage(server, "1", "no stage") == RILLE_EINVAL);
    rille_close(trainer);
    host_close(server);
}

/* ---- readers ---- */

static int
count_runs(rille_engine *e, const char *filter)
{
    rille_cursor *c = NULL;
    rille_run *r = NULL;
    int n = 0;

    host_engine = e;
    CHECK_RC(rille_list(&c, e, RILLE_RUNS, filter), RILLE_OK);
    while (rille_next_run(&r, c) == RILLE_OK && r) {
        n++;
        rille_run_free(r);
    }
    rille_cursor_free(c);
    return n;
}

static void
a_reader_sees_what_a_writer_makes(void)
{
    rille_engine *writer = host_open_at(host_store, 0), *reader;
    rille_run *r = NULL;
    double v = 0;

    CHECK_RC(host_load(writer, PIPELINE("seen", "return 5")), RILLE_OK);
    CHECK(host_run(writer, "seen") == 5);
    reader = host_open_at(host_store, RILLE_OPEN_READONLY);
    CHECK(count_runs(reader, "pipeline = seen") == 1);
    CHECK(host_run(writer, "seen") == 5);
    CHECK(count_runs(reader, "pipeline = seen") == 2);
    CHECK_RC(rille_find_run(&r, reader, "seen", "latest"), RILLE_OK);
    CHECK_RC(rille_get_number(rille_run_outputs(r), "seen", &v), RILLE_OK);
    CHECK(v == 5);
    rille_run_free(r);
    rille_close(writer);
    CHECK(count_runs(reader, "pipeline = seen") == 2);
    host_close(reader);
}

static void
a_reader_changes_nothing(void)
{
    rille_engine *writer = host_open_at(host_store, 0), *reader;
    rille_run *r = (rille_run *)writer;
    int rc;

    CHECK_RC(host_load(writer, model_script), RILLE_OK);
    train(writer, 7);
    reader = host_open_at(host_store, RILLE_OPEN_READONLY);
    rc = host_load(reader, PIPELINE("written", "return 5"));
    if (!rc)
        rc = rille_run_pipeline(&r, reader, "written", NULL);
    else
        r = NULL;
    CHECK_RC(rc, RILLE_EREADONLY);
    CHECK(!r && count_runs(reader, "pipeline = written") == 0);
    CHECK_RC(stage(reader, NULL, "staging"), RILLE_EREADONLY);
    CHECK(host_has(rille_errmsg(reader), "READONLY") || host_has(rille_errmsg(reader), "read"));
    rille_close(writer);
    host_close(reader);
}

static void
a_store_that_is_wanted_must_be_there(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;
    char none[128];

    snprintf(none, sizeof none, "%s/none", host_dir);
    for (unsigned i = 0; i < 2; i++) {
        opt.flags = i ? RILLE_OPEN_READONLY : RILLE_OPEN_NOCREATE;
        CHECK(rille_open(&e, none, &opt) == RILLE_ENOTFOUND && host_has(rille_errmsg(e), none));
        rille_close(e);
        CHECK(access(none, F_OK) != 0);
    }
}

int
main(void)
{
    host_begin("service");
    RUN(what_one_engine_made_is_a_hit_for_another);
    RUN(engines_on_several_stores_share_nothing);
    RUN(values_of_one_engine_are_none_of_another);
    RUN(a_promoted_model_is_the_one_that_answers);
    RUN(a_reader_sees_what_a_writer_makes);
    RUN(a_reader_changes_nothing);
    RUN(a_store_that_is_wanted_must_be_there);
    return host_end();
}

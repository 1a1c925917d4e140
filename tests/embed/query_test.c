/* query_test.c -- a host that asks a store of the program's: listings, references, values, models,
 * beside writers.  It sees rille.h alone. */
#define _GNU_SOURCE
#include <stdint.h>
#include <unistd.h>

#include "check.h"
#include "program.h"
#include "rille.h"

static const char SCRIPT[] =
    "local rille = require 'rille'\n"
    "local t, step, pipeline = rille.types, rille.step, rille.pipeline\n"
    "local m = rille.model 'digits' { description = 'x' }\n"
    "local load = step 'load' { outputs = { t.list(t.integer) 'X', t.integer 'n' },\n"
    "  run = function() return { 1, 2, 3 }, 3 end }\n"
    "local fit = step 'fit' { inputs = { t.list(t.integer) 'X' }, params = { C = 1.0 },\n"
    "  outputs = { t.number 'model' { kind = 'model' } },\n"
    "  run = function(X, p, ctx) ctx:log_metric { acc = p.C / 10 } return p.C * #X end }\n"
    "pipeline 'train' { model = m, params = { C = 1.0 },\n"
    "  define = function(p) fit { load().X, C = p.C } end }\n"
    "local bad = step 'bad' { outputs = { t.integer 'n' }, run = function() error 'no' end }\n"
    "pipeline 'broken' { define = function() bad() end }\n";

static rille_engine *engine;

static void
has(const char *text, const char *part)
{
    if (!text || !strstr(text, part)) {
        check_bad = 1;
        printf("%s: \"%s\" is not in \"%s\"\n", check_name, part, text ? text : "(null)");
    }
}

/* The status, with its message where it is another one. */
static void
status(int got, int want)
{
    if (got == want)
        return;
    check_bad = 1;
    printf("%s: got %d (%s), want %d\n", check_name, got, rille_errmsg(engine), want);
}

static void
open_with(unsigned flags)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    opt.flags = flags;
    status(rille_open(&engine, program_store, &opt), RILLE_OK);
}

static void
shut(void)
{
    rille_close(engine);
    engine = NULL;
}

/* The names of the runs that the filter finds, with commas. */
static const char *
runs(const char *filter)
{
    static char out[4096];
    rille_cursor *c = NULL;
    rille_run *r = NULL;
    int rc = rille_list(&c, engine, RILLE_RUNS, filter);

    out[0] = 0;
    while (!rc && !(rc = rille_next_run(&r, c)) && r) {
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", *out ? "," : "",
                 rille_run_name(r));
        rille_run_free(r);
    }
    status(rc, RILLE_OK);
    rille_cursor_free(c);
    return out;
}

/* ---- stores that are not there ---- */

static void
without_a_store_a_listing_is_empty_and_nothing_is_made(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_run *r = (rille_run *)1;

    status(rille_open(&engine, program_store, NULL), RILLE_OK);
    CHECK_STR(runs(NULL), "");
    status(rille_find_run(&r, engine, NULL, "latest"), RILLE_ENOTFOUND);
    CHECK(r == NULL);
    has(rille_errmsg(engine), "there is no store");
    CHECK(program_shell("test ! -e .rille") == 0);
    shut();
    for (opt.flags = 1; opt.flags <= 2; opt.flags++) {
        status(rille_open(&engine, program_store, &opt), RILLE_ENOTFOUND);
        has(rille_errmsg(engine), "there is no store");
        shut();
    }
}

static void
a_store_that_comes_later_is_found(void)
{
    open_with(0);
    CHECK_STR(runs(NULL), "");
    CHECK(program_run("run main.lua train -q --name first") == 0);
    CHECK_STR(runs(NULL), "first");
    shut();
}

/* ---- runs ---- */

static void
runs_are_listed_newest_first_and_filtered(void)
{
    open_with(RILLE_OPEN_READONLY);
    CHECK_STR(runs(NULL), "failed,third,second,first");
    CHECK_STR(runs("pipeline=train status=completed"), "third,second,first");
    CHECK_STR(runs("params.C > 1 and metric.acc >= 0.2"), "third,second");
    CHECK_STR(runs("  "), "failed,third,second,first");
    CHECK_STR(runs("status = running"), "");
    shut();
}

static void
a_wrong_filter_has_a_caret_below_its_place(void)
{
    rille_cursor *c = (rille_cursor *)1;

    open_with(RILLE_OPEN_READONLY);
    status(rille_list(&c, engine, RILLE_RUNS, "statu = x"), RILLE_EINVAL);
    CHECK(c == NULL);
    CHECK_STR(rille_errmsg(engine),
              "unknown field \"statu\"; did you mean \"status\"?\n  statu = x\n  ^");
    status(rille_list(&c, engine, RILLE_RUNS, "acc > 1"), RILLE_EINVAL);
    has(rille_errmsg(engine), "did you mean \"metric.acc\"?");
    status(rille_list(&c, engine, RILLE_RUNS, "status = complet"), RILLE_EINVAL);
    has(rille_errmsg(engine), "\n           ^");
    status(rille_list(&c, engine, 7, NULL), RILLE_EINVAL);
    CHECK(rille_list(NULL, engine, RILLE_RUNS, NULL) == RILLE_EINVAL);
    CHECK(rille_list(&c, NULL, RILLE_RUNS, NULL) == RILLE_EINVAL);
    shut();
}

/* The name of the run that the reference finds, or "". */
static const char *
found(const char *pipeline, const char *ref)
{
    static char name[256];
    rille_run *r = NULL;

    name[0] = 0;
    if (rille_find_run(&r, engine, pipeline, ref) == RILLE_OK)
        snprintf(name, sizeof name, "%s", rille_run_name(r));
    rille_run_free(r);
    return name;
}

static void
a_run_is_found_by_what_people_call_it(void)
{
    char start[8];
    rille_run *r = NULL;

    open_with(RILLE_OPEN_READONLY);
    CHECK_STR(found(NULL, "second"), "second");
    CHECK_STR(found(NULL, NULL), "failed");
    CHECK_STR(found(NULL, "latest"), "failed");
    CHECK_STR(found(NULL, "-2"), "third");
    CHECK_STR(found(NULL, "@-2"), "third");
    CHECK_STR(found("train", "latest"), "third");
    CHECK_STR(found("train", "-3"), "first");
    CHECK_STR(found("train", "2"), "second");
    CHECK_STR(found(NULL, "train@-1"), "third");
    CHECK_STR(found(NULL, "train@1"), "first");
    status(rille_find_run(&r, engine, NULL, "first"), RILLE_OK);
    CHECK(strlen(rille_run_id(r)) == 32);
    CHECK_STR(rille_run_status(r), "completed");
    CHECK_STR(found(NULL, rille_run_id(r)), "first");
    snprintf(start, sizeof start, "%.4s", rille_run_id(r));
    rille_run_free(r);
    /* all ids begin with the time */
    status(rille_find_run(&r, engine, NULL, start), RILLE_EINVAL);
    has(rille_errmsg(engine), "ambiguous");
    shut();
}

static void
missing(const char *pipeline, const char *ref, const char *message)
{
    rille_run *r = (rille_run *)1;

    status(rille_find_run(&r, engine, pipeline, ref), RILLE_ENOTFOUND);
    CHECK(r == NULL);
    has(rille_errmsg(engine), message);
}

static void
a_run_that_is_not_there_is_told_with_what_may_be_meant(void)
{
    open_with(RILLE_OPEN_READONLY);
    missing(NULL, "secnd", "no run named 'secnd'; did you mean \"second\"?");
    missing(NULL, "train", "\"train\" is a pipeline; for its newest run: train@-1");
    missing(NULL, "train@9",
            "pipeline \"train\" has no run 9; it has 1 to 3, and -1 is the newest");
    missing("trian", "latest", "no runs of a pipeline named \"trian\"; did you mean \"train\"?");
    missing("broken", "first", "run first is one of pipeline \"train\", not of \"broken\"");
    missing(NULL, "-9", "there is no run @-9; this store has 4");
    shut();
}

static void
the_outputs_of_a_run_are_loaded_by_name(void)
{
    rille_run *r = NULL;
    rille_values *v;
    const char *const *names;
    const char *json;
    double x;
    int64_t i;
    size_t n;

    open_with(RILLE_OPEN_READONLY);
    status(rille_find_run(&r, engine, NULL, "second"), RILLE_OK);
    v = rille_run_outputs(r);
    CHECK(v && v == rille_run_outputs(r));
    status(rille_get_number(v, "fit.model", &x), RILLE_OK);
    CHECK(x == 6);
    status(rille_get_number(v, "fit", &x), RILLE_OK);
    CHECK(x == 6);
    status(rille_get_int(v, "load.n", &i), RILLE_OK);
    CHECK(i == 3);
    status(rille_get_json(v, "load.X", &json), RILLE_OK);
    CHECK_STR(json, "[1,2,3]");
    status(rille_get_int(v, "load", &i), RILLE_ENOTFOUND);
    status(rille_put_int(v, "fit", 1), RILLE_EINVAL);
    status(rille_names(v, &names, &n), RILLE_OK);
    CHECK(n == 4);
    if (n == 4) {
        CHECK_STR(names[0], "fit");
        CHECK_STR(names[1], "fit.model");
        CHECK_STR(names[2], "load.X");
        CHECK_STR(names[3], "load.n");
    }
    rille_run_free(r);
    shut();
}

static void
a_run_outlives_its_engine(void)
{
    rille_run *r = NULL;
    const char *json = (const char *)1;
    double x;

    open_with(RILLE_OPEN_READONLY);
    status(rille_find_run(&r, engine, NULL, "second"), RILLE_OK);
    CHECK(rille_run_outputs(r) != NULL);
    rille_close(engine);
    CHECK_STR(rille_run_name(r), "second");
    CHECK(rille_get_number(rille_run_outputs(r), "fit", &x) != RILLE_OK);
    CHECK(rille_run_json(r, &json) == RILLE_EINVAL && json == NULL);
    rille_run_free(r);
    engine = NULL;
}

/* ---- artifacts ---- */

static void
artifacts_are_the_newest_of_each_name_newest_first(void)
{
    rille_cursor *c = NULL;
    rille_artifact *a = NULL;
    char types[256] = "";
    rille_run *r;
    int rc;

    open_with(RILLE_OPEN_READONLY);
    status(rille_list(&c, engine, RILLE_ARTIFACTS, NULL), RILLE_OK);
    CHECK(rille_next_run(&r, c) == RILLE_EINVAL);
    has(rille_errmsg(engine), "the cursor is one of artifacts, not of runs");
    while (!(rc = rille_next_artifact(&a, c)) && a) {
        snprintf(types + strlen(types), sizeof types - strlen(types), "%s ",
                 rille_artifact_type(a));
        rille_artifact_free(a);
    }
    status(rc, RILLE_OK);
    CHECK_STR(types, "number integer list ");
    rille_cursor_free(c);
    status(rille_list(&c, engine, RILLE_ARTIFACTS, "type = number"), RILLE_OK);
    status(rille_next_artifact(&a, c), RILLE_OK);
    CHECK(a != NULL);
    rille_artifact_free(a);
    status(rille_next_artifact(&a, c), RILLE_OK);
    CHECK(a == NULL);
    rille_cursor_free(c);
    shut();
}

/* The number that the artifact of that reference holds, or -1. */
static double
number_of(const char *ref)
{
    rille_artifact *a = NULL;
    double x = -1;

    status(rille_find_artifact(&a, engine, ref), RILLE_OK);
    if (a)
        status(rille_get_number(rille_artifact_value(a), NULL, &x), RILLE_OK);
    rille_artifact_free(a);
    return x;
}

static void
an_artifact_is_found_by_name_version_or_digest(void)
{
    rille_artifact *a = NULL;
    char digest[72], json[512];
    const char *got;

    open_with(RILLE_OPEN_READONLY);
    CHECK(number_of("train::fit::model") == 9);
    CHECK(number_of("train::fit::model@1") == 3);
    CHECK(number_of("train::fit::model@-2") == 6);
    CHECK(number_of("train::fit::model@best") == 6);
    CHECK(number_of("model") == 9);
    CHECK(number_of("fit") == 9);
    status(rille_find_artifact(&a, engine, "train::fit::model"), RILLE_OK);
    snprintf(digest, sizeof digest, "%.12s", rille_artifact_digest(a));
    CHECK(number_of(digest) == 9);
    status(rille_artifact_json(a, &got), RILLE_OK);
    snprintf(json, sizeof json,
             "{\"digest\":\"%s\",\"type\":\"number\",\"materializer\":\"number\",\"size\":3,"
             "\"name\":\"train::fit::model\",\"version\":3,\"members\":[{\"name\":\"value.json\","
             "\"digest\":", rille_artifact_digest(a));
    has(got, json);
    has(got, ",\"size\":3}],\"metadata\":{},\"preview\":null}");
    rille_artifact_free(a);
    shut();
}

static void
an_artifact_that_is_not_there_is_told_with_what_may_be_meant(void)
{
    rille_artifact *a = (rille_artifact *)1;

    open_with(RILLE_OPEN_READONLY);
    status(rille_find_artifact(&a, engine, "train::fit::modle"), RILLE_ENOTFOUND);
    CHECK(a == NULL);
    has(rille_errmsg(engine), "did you mean \"train::fit::model\"?");
    status(rille_find_artifact(&a, engine, "modle"), RILLE_ENOTFOUND);
    has(rille_errmsg(engine), "did you mean \"model\"?");
    status(rille_find_artifact(&a, engine, "train::fit::model@7"), RILLE_ENOTFOUND);
    has(rille_errmsg(engine), "artifact train::fit::model has no version 7; the newest is 3");
    status(rille_find_artifact(&a, engine, "train::fit::model@worst"), RILLE_ENOTFOUND);
    has(rille_errmsg(engine), "has the tag \"worst\"");
    status(rille_find_artifact(&a, engine, "load"), RILLE_EINVAL);
    has(rille_errmsg(engine), "\"load\" is the name of several artifacts: train::load::X, "
                              "train::load::n; write one in full");
    status(rille_find_artifact(&a, engine, NULL), RILLE_EINVAL);
    shut();
}

/* ---- models ---- */

static void
a_version_of_a_model_is_found_moved_and_told(void)
{
    rille_model *m = NULL, *again = NULL;
    rille_artifact *a = NULL;
    const char *json;
    double x;

    open_with(0);
    status(rille_find_model(&m, engine, "digits", NULL), RILLE_OK);
    CHECK(strcmp(rille_model_name(m), "digits") == 0 && rille_model_number(m) > 0);
    status(rille_model_json(m, &json), RILLE_OK);
    has(json, "{\"model\":\"digits\",\"name\":null,\"number\":3,\"stage\":\"none\","
              "\"created\":\"2");
    has(json, "\"run\":\"third\",\"metadata\":{},\"tags\":[],\"links\":[{\"name\":"
              "\"train::fit::model\",\"number\":1,\"kind\":\"model\",\"digest\":\"");
    status(rille_model_stage(m, "production"), RILLE_OK);
    status(rille_find_model(&again, engine, "digits", "production"), RILLE_OK);
    status(rille_model_artifact(&a, again, NULL), RILLE_OK);
    status(rille_get_number(rille_artifact_value(a), NULL, &x), RILLE_OK);
    CHECK(x == 9);
    rille_artifact_free(a);
    rille_model_free(again);
    status(rille_find_model(&again, engine, "digits", "v2"), RILLE_OK);
    status(rille_model_stage(again, "production"), RILLE_OK);
    status(rille_model_json(m, &json), RILLE_OK);
    has(json, "\"stage\":\"archived\"");
    status(rille_model_stage(again, "none"), RILLE_OK);
    rille_model_free(again);
    rille_model_free(m);
    shut();
}

static void
a_version_or_stage_that_is_not_there_is_told(void)
{
    rille_model *m = (rille_model *)1;
    rille_artifact *a;

    open_with(RILLE_OPEN_READONLY);
    status(rille_find_model(&m, engine, "digit", NULL), RILLE_ENOTFOUND);
    CHECK(m == NULL);
    has(rille_errmsg(engine), "there is no model \"digit\"; did you mean \"digits\"?");
    status(rille_find_model(&m, engine, "digits", "9"), RILLE_ENOTFOUND);
    has(rille_errmsg(engine), "model \"digits\" has no version 9; its versions: 1 to 3");
    status(rille_find_model(&m, engine, "digits", "stagin"), RILLE_ENOTFOUND);
    has(rille_errmsg(engine), "has no version stagin; did you mean \"staging\"?");
    status(rille_find_model(&m, engine, "digits", "staging"), RILLE_ENOTFOUND);
    status(rille_find_model(&m, engine, "digits", "archived"), RILLE_EINVAL);
    status(rille_find_model(&m, engine, "digits", "1"), RILLE_OK);
    status(rille_model_artifact(&a, m, "modl"), RILLE_ENOTFOUND);
    has(rille_errmsg(engine), "model \"digits\", version 1 has no artifact \"modl\"; did you mean "
                              "\"model\"?");
    status(rille_model_stage(m, "staging"), RILLE_EREADONLY);
    rille_model_free(m);
    shut();
    open_with(0);
    status(rille_find_model(&m, engine, "digits", "1"), RILLE_OK);
    status(rille_model_stage(m, "productio"), RILLE_EINVAL);
    has(rille_errmsg(engine), "there is no stage \"productio\"; did you mean \"production\"?");
    rille_model_free(m);
    shut();
}

static void
models_are_listed_newest_first(void)
{
    rille_cursor *c = NULL;
    rille_model *m = NULL;
    const char *json;
    int n = 3;

    open_with(RILLE_OPEN_READONLY);
    status(rille_list(&c, engine, RILLE_MODELS, "model = digits"), RILLE_OK);
    while (rille_next_model(&m, c) == RILLE_OK && m) {
        char want[32];

        snprintf(want, sizeof want, "\"number\":%d,", n--);
        status(rille_model_json(m, &json), RILLE_OK);
        has(json, want);
        rille_model_free(m);
    }
    CHECK(n == 0);
    rille_cursor_free(c);
    shut();
}

/* ---- beside writers ---- */

static void
a_move_waits_for_a_writer_and_says_that_the_store_is_locked(void)
{
    rille_model *m = NULL;
    char command[256];

    open_with(0);
    status(rille_find_model(&m, engine, "digits", "1"), RILLE_OK);
    snprintf(command, sizeof command, "flock .rille/lock sh -c 'touch locked; exec sleep 30' & "
             "echo $! >pid; while [ ! -e locked ]; do sleep 0.01; done");
    CHECK(program_shell(command) == 0);
    status(rille_model_stage(m, "staging"), RILLE_EBUSY);
    has(rille_errmsg(engine), "another process is writing to the store");
    CHECK_STR(runs("pipeline=train"), "third,second,first");        /* queries do not wait */
    CHECK(program_shell("pkill -P $(cat pid); kill $(cat pid)") == 0);
    rille_model_free(m);
    shut();
}

/* How many runs the filter finds. */
static int
count(const char *filter)
{
    const char *p = runs(filter);
    int n = *p != 0;

    for (; *p; p++)
        n += *p == ',';
    return n;
}

static void
a_reader_beside_a_writer_sees_each_run_as_it_ends(void)
{
    int done = 0, seen = 0;

    open_with(RILLE_OPEN_READONLY);
    CHECK(program_shell("(for i in 1 2 3 4 5; do \"$RILLE\" run main.lua train -q --no-cache --set "
                        "C=5; done; touch done) >/dev/null 2>&1 & true") == 0);
    for (int i = 0; i < 6000 && !done && !check_bad; i++) {
        int n;

        done = program_shell("test -e done") == 0;
        n = count("params.C = 5 and status = completed");
        CHECK(n >= seen && n <= 5);
        CHECK(count("params.C < 5 and status = completed") == 3);
        seen = n;
        usleep(10000);
    }
    CHECK(done && seen == 5);
    shut();
}

/* Runs the pipeline so many times by another engine. */
static void
run_more(rille_engine *writer, int n)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;

    for (int i = 0; i < n; i++) {
        rille_run *r = NULL;
        char name[32];
        static int number;

        snprintf(name, sizeof name, "more-%03d", ++number);
        how.run_name = name;
        if (rille_run_pipeline(&r, writer, "train", &how)) {
            check_bad = 1;
            printf("%s\n", rille_errmsg(writer));
        }
        rille_run_free(r);
    }
}

static void
a_cursor_gives_what_was_there_once_while_others_are_recorded(void)
{
    rille_engine *writer;
    rille_cursor *c = NULL;
    rille_run *r = NULL;
    char path[160], name[32];
    int n = 150;

    CHECK(rille_open(&writer, program_store, NULL) == RILLE_OK);
    snprintf(path, sizeof path, "%s/main.lua", program_dir);
    CHECK(rille_load_file(writer, path) == RILLE_OK);
    run_more(writer, n);
    open_with(RILLE_OPEN_READONLY);
    status(rille_list(&c, engine, RILLE_RUNS, "name != first"), RILLE_OK);
    while (rille_next_run(&r, c) == RILLE_OK && r && n > 0) {
        snprintf(name, sizeof name, "more-%03d", n--);
        CHECK_STR(rille_run_name(r), name);
        rille_run_free(r);
        r = NULL;
        if (n % 20 == 0)
            run_more(writer, 3);
    }
    CHECK(n == 0);
    rille_run_free(r);
    rille_cursor_free(c);
    shut();
    rille_close(writer);
}

/* ---- stores that cannot be used ---- */

/* Puts bytes at a place of meta.db. */
static void
overwrite(long at, const char *bytes, size_t n)
{
    char path[160];
    FILE *f;

    snprintf(path, sizeof path, "%s/meta.db", program_store);
    f = fopen(path, "r+");
    CHECK(f && fseek(f, at, SEEK_SET) == 0 && fwrite(bytes, 1, n, f) == n);
    if (f)
        fclose(f);
}

static void
opens_as(unsigned flags, int want, const char *message)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    opt.flags = flags;
    status(rille_open(&engine, program_store, &opt), want);
    has(rille_errmsg(engine), message);
    shut();
}

static void
a_store_of_a_newer_rille_is_refused(void)
{
    CHECK(program_shell("cp -r .rille kept && cp .rille/config.yaml config") == 0);
    CHECK(program_shell("echo 'format: 2' > .rille/config.yaml") == 0);
    opens_as(0, RILLE_EVERSION, "the store has format 2, but this rille knows 1");
    opens_as(RILLE_OPEN_READONLY, RILLE_EVERSION, "use a newer rille");
    CHECK(program_shell("echo 'x: 2' > .rille/config.yaml") == 0);
    opens_as(RILLE_OPEN_READONLY, RILLE_ECORRUPT, "the store's format is missing");
    CHECK(program_shell("cp config .rille/config.yaml") == 0);
    overwrite(60, "\0\0\7\7", 4);
    opens_as(0, RILLE_EVERSION, "was written by a newer rille");
    opens_as(RILLE_OPEN_READONLY, RILLE_EVERSION, "was written by a newer rille");
}

static void
a_damaged_database_is_told_as_damage(void)
{
    rille_cursor *c = NULL;

    CHECK(program_shell("rm -rf .rille && cp -r kept .rille") == 0);
    overwrite(0, "no database at all", 18);
    opens_as(RILLE_OPEN_READONLY, RILLE_ECORRUPT, "meta.db");
    status(rille_open(&engine, program_store, NULL), RILLE_OK);     /* told by the first question */
    CHECK(rille_list(&c, engine, RILLE_RUNS, NULL) == RILLE_ECORRUPT && c == NULL);
    shut();
    CHECK(program_shell("rm -rf .rille && cp -r kept .rille && rm .rille/meta.db && mkdir "
                        ".rille/meta.db") == 0);
    opens_as(RILLE_OPEN_READONLY, RILLE_ECORRUPT, "it is a folder, not a file");
}

static void
an_empty_folder_is_no_store(void)
{
    CHECK(program_shell("rm -rf .rille && mkdir .rille") == 0);
    opens_as(RILLE_OPEN_READONLY, RILLE_ENOTFOUND, "there is no store");
    open_with(0);
    CHECK_STR(runs(NULL), "");
    shut();
    CHECK(program_shell("test -z \"$(ls -A .rille)\"") == 0);
}

static void
NULL_is_refused_or_nothing(void)
{
    rille_artifact *a = NULL;
    rille_model *m = NULL;
    rille_run *r = NULL;
    const char *s;

    rille_run_free(NULL);
    rille_artifact_free(NULL);
    rille_model_free(NULL);
    rille_cursor_free(NULL);
    CHECK(rille_next_run(&r, NULL) == RILLE_EINVAL && rille_find_run(&r, NULL, NULL, "x")
          == RILLE_EINVAL && rille_find_artifact(&a, NULL, "x") == RILLE_EINVAL);
    CHECK(rille_find_model(&m, NULL, "x", NULL) == RILLE_EINVAL);
    CHECK(rille_model_json(NULL, &s) == RILLE_EINVAL && rille_model_stage(NULL, "x")
          == RILLE_EINVAL && rille_model_artifact(&a, NULL, "x") == RILLE_EINVAL);
    CHECK(rille_artifact_json(NULL, &s) == RILLE_EINVAL && rille_artifact_path(NULL, "x", &s)
          == RILLE_EINVAL && rille_artifact_value(NULL) == NULL);
    CHECK(!rille_artifact_digest(NULL) && !rille_artifact_type(NULL)
          && rille_artifact_size(NULL) == 0);
    CHECK(!rille_run_outputs(NULL) && rille_run_json(NULL, &s) == RILLE_EINVAL);
}

int
main(void)
{
    program_folder();
    program_write("main.lua", SCRIPT);
    RUN(without_a_store_a_listing_is_empty_and_nothing_is_made);
    RUN(a_store_that_comes_later_is_found);
    if (program_run("run main.lua train -q --name second --set C=2")
        || program_run("run main.lua train -q --name third --set C=3")
        || program_run("tag train::fit::model@2 best")
        || program_shell("\"$RILLE\" run main.lua broken -q --name failed >out 2>&1") == 0) {
        program_shell("cat out");
        check_failed++;
    }
    RUN(runs_are_listed_newest_first_and_filtered);
    RUN(a_wrong_filter_has_a_caret_below_its_place);
    RUN(a_run_is_found_by_what_people_call_it);
    RUN(a_run_that_is_not_there_is_told_with_what_may_be_meant);
    RUN(the_outputs_of_a_run_are_loaded_by_name);
    RUN(a_run_outlives_its_engine);
    RUN(artifacts_are_the_newest_of_each_name_newest_first);
    RUN(an_artifact_is_found_by_name_version_or_digest);
    RUN(an_artifact_that_is_not_there_is_told_with_what_may_be_meant);
    RUN(a_version_of_a_model_is_found_moved_and_told);
    RUN(a_version_or_stage_that_is_not_there_is_told);
    RUN(models_are_listed_newest_first);
    RUN(a_move_waits_for_a_writer_and_says_that_the_store_is_locked);
    RUN(a_reader_beside_a_writer_sees_each_run_as_it_ends);
    RUN(a_cursor_gives_what_was_there_once_while_others_are_recorded);
    RUN(a_store_of_a_newer_rille_is_refused);
    RUN(a_damaged_database_is_told_as_damage);
    RUN(an_empty_folder_is_no_store);
    RUN(NULL_is_refused_or_nothing);
    program_remove();
    return check_done();
}

/* error_test.c -- what calls fail with: statuses by kind, and what rille_errjson adds. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "rille.h"

#define SCRIPT \
    "local rille = require 'rille'\n" \
    "local t, step, pipeline = rille.types, rille.step, rille.pipeline\n" \
    "local s = step 's' { inputs = { t.number 'x' }, params = { k = t.integer },\n" \
    "  outputs = { t.number 'n' },\n" \
    "  run = function(x, p)\n" \
    "    if p.k == 0 then error 'k is 0' end\n" \
    "    return x + p.k end }\n" \
    "pipeline 'p' { inputs = { t.number 'x' }, params = { k = t.integer, note = 'none' },\n" \
    "  define = function(p, i) s(i.x, { k = p.k }) end }\n"

static char dir[64], store[96];
static rille_engine *e;

static int
run(const char *pipeline, const char *json)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    int rc;

    how.args = rille_values_new(e);
    CHECK(rille_put_json(how.args, NULL, json) == RILLE_OK);
    rc = rille_run_pipeline(&r, e, pipeline, &how);
    rille_run_free(r);
    rille_values_free(how.args);
    return rc;
}

static int
load(const char *text)
{
    return rille_load_string(e, "inline", text, strlen(text));
}

static void
json_has(const char *part)
{
    if (!strstr(rille_errjson(e), part))
        printf("not in it: %s: %s\n", part, rille_errjson(e));
    CHECK(strstr(rille_errjson(e), part));
}

static void
arguments_are_wrong_by_name_or_by_type(void)
{
    CHECK(run("p", "{\"x\": 1, \"k\": 2}") == RILLE_OK);
    CHECK_STR(rille_errmsg(e), "");
    CHECK(run("p", "{\"x\": 1, \"k\": 2, \"note\": 3}") == RILLE_ETYPE);
    json_has("note");
    CHECK(run("p", "{\"x\": 1, \"k\": 2.5}") == RILLE_ETYPE);
    json_has("expected");
    CHECK(run("p", "{\"x\": 1}") == RILLE_EPARAM);
    json_has("parameter \\\"k\\\" is missing");
    CHECK(run("p", "{\"k\": 1}") == RILLE_EPARAM);
    json_has("input \\\"x\\\" is missing");
    CHECK(run("p", "{\"x\": \"text\", \"k\": 1}") == RILLE_ETYPE);
    json_has("input \\\"x\\\": expected a number");
    CHECK(run("p", "{\"x\": 1, \"k\": 1, \"noet\": \"a\"}") == RILLE_EPARAM);
    json_has("\"hint\":\"did you mean");
}

static void
options_that_no_run_can_have_are_refused(void)
{
    rille_run_options bad[4] = {RILLE_RUN_OPTIONS_INIT, RILLE_RUN_OPTIONS_INIT,
                                RILLE_RUN_OPTIONS_INIT, RILLE_RUN_OPTIONS_INIT};
    static const char *const words[] = {"jobs", "timeout", "timeout", "model_version"};
    rille_run *r;

    bad[0].jobs = -1;
    bad[1].timeout = -0.5;
    bad[2].timeout = NAN;
    bad[3].model_version = "1";
    for (int i = 0; i < 4; i++) {
        CHECK(rille_run_pipeline(&r, e, "p", &bad[i]) == RILLE_EINVAL && !r);
        json_has(words[i]);
    }
}

static void
begins(const char *part)
{
    if (strncmp(rille_errmsg(e), part, strlen(part)))
        printf("\"%s\" is not how this begins: %s\n", part, rille_errmsg(e));
    CHECK(strncmp(rille_errmsg(e), part, strlen(part)) == 0);
}

/* Runs a step by itself. */
static int
run_step(const char *step, rille_values *args)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    int rc;

    how.args = args;
    rc = rille_run_step(&r, e, step, &how);
    rille_run_free(r);
    return rc;
}

static void
a_step_by_itself_has_the_same_errors(void)
{
    rille_values *args = rille_values_new(e);

    CHECK(rille_put_int(args, "k", 1) == RILLE_OK);
    CHECK(run_step("s", args) == RILLE_EPARAM);
    CHECK(rille_put_string(args, "x", "text", 4) == RILLE_OK);
    CHECK(run_step("s", args) == RILLE_ETYPE);
    CHECK(rille_put_int(args, "x", 1) == RILLE_OK && rille_put_number(args, "k", 2.5) == RILLE_OK);
    CHECK(run_step("s", args) == RILLE_ETYPE);
    CHECK(rille_put_int(args, "k", 1) == RILLE_OK && rille_put_int(args, "none", 1) == RILLE_OK);
    CHECK(run_step("s", args) == RILLE_EPARAM);
    rille_values_free(args);
}

static int
save_nothing(const void *obj, rille_writer *w, void *user)
{
    (void)obj, (void)w, (void)user;
    return RILLE_EIO;
}

static int
load_nothing(void **obj, rille_reader *r, int version, void *user)
{
    (void)obj, (void)r, (void)version, (void)user;
    return RILLE_EIO;
}

static int
do_nothing(rille_step *s, void *user)
{
    (void)user;
    return rille_put_int(rille_outputs(s), "n", 1);
}

/* Such a step is at no line of a script. */
static void
a_step_in_c_is_named_without_a_place(void)
{
    rille_type_def type = RILLE_TYPE_DEF_INIT;
    rille_step_def def = RILLE_STEP_DEF_INIT;
    rille_values *args = rille_values_new(e);

    type.name = "unsaved";
    type.version = 1;
    type.save = save_nothing;
    type.load = load_nothing;
    CHECK(rille_register_type(e, &type) == RILLE_OK);
    def.name = "take";
    def.version = "1";
    def.fn = do_nothing;
    def.signature = "(o: unsaved, o: number) -> (n: integer)";
    CHECK(rille_register_step(e, &def) == RILLE_EINVAL);
    begins("step \"take\": signature: the name \"o\" is used twice");
    def.signature = "(o: unsaved) -> (n: integer)";
    CHECK(rille_register_step(e, &def) == RILLE_OK);
    CHECK(rille_put_object(args, "o", "unsaved", &def) == RILLE_OK);
    CHECK(run_step("take", args) < 0);
    begins("step \"take\": input \"o\"");
    rille_values_free(args);
}

static void
a_failed_step_tells_where_and_how_it_was_called(void)
{
    CHECK(run("p", "{\"x\": 1, \"k\": 0}") == RILLE_ESTEP);
    json_has("\"status\":-9");
    json_has("\"step\":\"s\"");
    json_has("\"file\":\"inline\"");
    json_has("\"line\":6");
    json_has("\"traceback\":");
}

static void
a_wrong_script_tells_its_line_and_a_hint(void)
{
    CHECK(load("\n\nlocal = 3") == RILLE_ESYNTAX);
    json_has("\"line\":3");
    CHECK(load("local rille = require 'rille'\nrille.step 'a' { ouputs = {} }") == RILLE_ESYNTAX);
    json_has("\"line\":2");
    json_has("\"hint\":\"did you mean");
}

static void
what_is_not_utf_8_is_told_all_the_same(void)
{
    static const char script[] = "error 'x'";

    CHECK(rille_load_string(e, "l\xe9", script, sizeof script - 1) == RILLE_ESYNTAX);
    json_has("l?:1: x");
    json_has("\"line\":1");
    CHECK(load("local rille = require 'rille'\n"
               "rille.pipeline 'latin' { define = function() error '\\xe9' end }") == RILLE_OK);
    CHECK(run("latin", "{}") == RILLE_ERROR);
    json_has("inline:2: ?");
    CHECK(load("local rille = require 'rille'\n"
               "rille.step 'latin' { run = function() error '\\xe9' end }") == RILLE_OK);
    CHECK(run_step("latin", NULL) == RILLE_ESTEP);
    json_has("inline:2: ?");
}

static void
a_program_that_is_not_there_is_not_found(void)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    char path[96];
    rille_engine *before = e;
    rille_run *r;
    FILE *f;

    CHECK(rille_open(&e, store, NULL) == RILLE_OK);     /* its relative paths start from dir */
    snprintf(path, sizeof path, "%s/jobs.lua", dir);
    f = fopen(path, "w");
    fputs("local rille = require 'rille' local s = rille.step 'j' { run = function() end }\n"
          "rille.pipeline 'j' { define = function() s() end }", f);
    fclose(f);
    how.jobs = 2;
    how.flags = RILLE_RUN_NO_CACHE;
    CHECK(rille_set(e, "program", "/none/such") == RILLE_OK);
    CHECK(rille_load_file(e, path) == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "j", &how) == RILLE_ENOTFOUND);
    json_has("/none/such");
    rille_run_free(r);
    rille_close(e);
    e = before;
}

static void
names_that_are_not_there_are_not_found(void)
{
    CHECK(run("q", "{}") == RILLE_ENOTFOUND);
    json_has("\"status\":-4");
    CHECK(rille_load_file(e, "/none/such.lua") == RILLE_ENOTFOUND);
}

static void
a_bad_argument_of_a_function_names_it(void)
{
    rille_run *r;

    CHECK(rille_run_pipeline(&r, e, NULL, NULL) == RILLE_EINVAL && !r);
    CHECK(strstr(rille_errmsg(e), "rille_run_pipeline"));
    CHECK(rille_load_string(e, "x", NULL, 0) == RILLE_EINVAL);
}

int
main(void)
{
    char command[128];

    snprintf(dir, sizeof dir, "/tmp/rille-error-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(store, sizeof store, "%s/.rille", dir);
    CHECK(rille_open(&e, store, NULL) == RILLE_OK && load(SCRIPT) == RILLE_OK);
    RUN(arguments_are_wrong_by_name_or_by_type);
    RUN(options_that_no_run_can_have_are_refused);
    RUN(a_step_by_itself_has_the_same_errors);
    RUN(a_step_in_c_is_named_without_a_place);
    RUN(a_failed_step_tells_where_and_how_it_was_called);
    RUN(a_wrong_script_tells_its_line_and_a_hint);
    RUN(what_is_not_utf_8_is_told_all_the_same);
    RUN(a_program_that_is_not_there_is_not_found);
    RUN(names_that_are_not_there_are_not_found);
    RUN(a_bad_argument_of_a_function_names_it);
    rille_close(e);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CHECK(system(command) == 0);
    return check_done();
}

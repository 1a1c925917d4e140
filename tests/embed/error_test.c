/* error_test.c -- what calls fail with: statuses by kind, and what rille_errjson adds. */
#define _GNU_SOURCE
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
arguments_that_do_not_fit_are_one_kind_of_error(void)
{
    CHECK(run("p", "{\"x\": 1, \"k\": 2}") == RILLE_OK);
    CHECK_STR(rille_errmsg(e), "");
    CHECK(run("p", "{\"x\": 1, \"k\": 2, \"note\": 3}") == RILLE_EPARAM);
    json_has("note");
    CHECK(run("p", "{\"x\": 1, \"k\": 2.5}") == RILLE_EPARAM);
    json_has("expected");
    CHECK(run("p", "{\"x\": 1}") == RILLE_EPARAM);
    json_has("parameter \\\"k\\\" is missing");
    CHECK(run("p", "{\"k\": 1}") == RILLE_EPARAM);
    json_has("input \\\"x\\\" is missing");
    CHECK(run("p", "{\"x\": \"text\", \"k\": 1}") == RILLE_EPARAM);
    json_has("input \\\"x\\\": expected a number");
    CHECK(run("p", "{\"x\": 1, \"k\": 1, \"noet\": \"a\"}") == RILLE_EPARAM);
    json_has("\"hint\":\"did you mean");
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
    RUN(arguments_that_do_not_fit_are_one_kind_of_error);
    RUN(a_failed_step_tells_where_and_how_it_was_called);
    RUN(a_wrong_script_tells_its_line_and_a_hint);
    RUN(names_that_are_not_there_are_not_found);
    RUN(a_bad_argument_of_a_function_names_it);
    rille_close(e);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    CHECK(system(command) == 0);
    return check_done();
}

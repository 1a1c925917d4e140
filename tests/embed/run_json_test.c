/* run_json_test.c -- rille_run_json gives, byte by byte, what `rille show --json` prints: plain and
 * cached runs, maps, branches, failures, models, notes, what JSON lacks, code in git. */
#define _GNU_SOURCE
#include <unistd.h>

#include "check.h"
#include "program.h"
#include "rille.h"

static const char SCRIPT[] =
    "local rille = require 'rille'\n"
    "local t, step, pipeline = rille.types, rille.step, rille.pipeline\n"
    "local array = require 'rille.array'\n"
    "local parts = step 'parts' { params = { xs = t.any { default = { 1, 2, 3 } } },\n"
    "  outputs = { t.list(t.number) 'xs' }, run = function(p) return p.xs end }\n"
    "local square = step 'square' { inputs = { t.number 'x' }, params = { k = 0 },\n"
    "  outputs = { t.number 'y' }, run = function(x, p) return x * x + p.k end }\n"
    "local total = step 'total' { inputs = { t.list(t.number) 'xs' },\n"
    "  outputs = { t.number 'sum', t.boolean 'big' }, run = function(xs)\n"
    "    local s = 0 for _, x in ipairs(xs) do s = s + x end return s, s > 10 end }\n"
    "local half = step 'half' { inputs = { t.number 'x' }, outputs = { t.number 'y' },\n"
    "  run = function(x) return x / 2 end }\n"
    "local pair = step 'pair' { inputs = { t.number 'a', t.list(t.number) 'b' },\n"
    "  outputs = { t.number 'z' { name = 'own name' } }, run = function(a, b) return a + #b end }\n"
    "local noisy = step 'noisy' { params = { q = 1.5, deep = t.any { default = { a = {},\n"
    "    b = { 1, { c = 'x' } } } } },\n"
    "  outputs = { t.array 'big', t.table 'odd', t.bytes 'raw' },\n"
    "  run = function(p, ctx)\n"
    "    ctx:log_metric { loss = 0.5, step = 1 } ctx:log_metric { loss = 0.25 }\n"
    "    ctx:log_params { chosen = p.q, nan = 0/0 }\n"
    "    ctx:log_metadata { seen = { p.q }, empty = {} }\n"
    "    ctx:log_artifact_metadata('big', { unit = 'm', rows = 3 })\n"
    "    return array.zeros { 100, 200 }, { [1] = 2, [true] = {} }, 'a\\255' end }\n"
    "local bad = step 'bad' { inputs = { t.number 'x' }, outputs = { t.integer 'n' },\n"
    "  run = function() error('no \\255 way') end }\n"
    "local after = step 'after' { inputs = { t.integer 'n' }, outputs = { t.integer 'm' },\n"
    "  run = function(n) return n end }\n"
    "pipeline 'plain' { params = { q = 1.5 }, define = function(p) noisy { q = p.q }\n"
    "  local s = total { parts().xs }\n"
    "  pair { a = s.sum, b = parts:with { id = 'five' } { xs = { 5 } }.xs } end }\n"
    "pipeline 'mapped' { params = { xs = t.any { default = { 1, 2, 3 } } }, define = function(p)\n"
    "  local ys = square:map { x = parts { xs = p.xs } }\n"
    "  local s = total { xs = ys }\n"
    "  rille.when(s.big, { function() return half { x = s.sum } end,\n"
    "    otherwise = function() return s.sum end }) end }\n"
    "pipeline 'broken' { define = function() after { bad { x = total { parts().xs }.sum } } end }\n"
    "pipeline 'modelled' { model = rille.model 'digits' { tags = { 'demo' } },\n"
    "  define = function() total { parts().xs } end }\n";

static int compared;

/* The JSON of the run by the library and by the program. */
static void
same(const char *name)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;
    rille_run *r = NULL;
    const char *json = NULL;
    char command[128], *want;
    size_t n = 0;

    opt.flags = RILLE_OPEN_READONLY;
    CHECK(rille_open(&e, program_store, &opt) == RILLE_OK);
    CHECK(rille_find_run(&r, e, NULL, name) == RILLE_OK);
    CHECK(rille_run_json(r, &json) == RILLE_OK);
    if (!json)
        printf("%s: %s\n", name, rille_errmsg(e));
    snprintf(command, sizeof command, "\"$RILLE\" show --json %s", name);
    want = program_output(command);
    want[strcspn(want, "\n")] = 0;
    while (json && json[n] && json[n] == want[n])
        n++;
    if (!json || strcmp(json, want) != 0) {
        check_bad = 1;
        printf("%s: run %s differs at byte %zu:\n  library ...%.150s\n  program ...%.150s\n",
               check_name, name, n, json ? json + (n > 40 ? n - 40 : 0) : "",
               want + (n > 40 ? n - 40 : 0));
    }
    compared += json && strlen(json) > 300;
    free(want);
    rille_run_free(r);
    rille_close(e);
}

static void
runs_to(const char *arguments, int code)
{
    char line[300];
    int got;

    snprintf(line, sizeof line, "\"$RILLE\" run main.lua -q %s >out 2>&1", arguments);
    got = program_shell(line);
    if (got != code) {
        check_bad = 1;
        printf("%s: %s: exit code %d\n", check_name, arguments, got);
        program_shell("cat out");
    }
}

static void
a_run_with_all_that_steps_say_and_one_of_hits(void)
{
    runs_to("plain --name p1", 0);
    same("p1");
    runs_to("plain --name p2", 0);
    same("p2");
    runs_to("plain --name p3 --set q=inf", 0);
    same("p3");
}

static void
a_run_that_is_partial_or_unlisted(void)
{
    runs_to("plain --name p4 --only total", 0);
    same("p4");
    runs_to("plain --name p5 --unlisted", 0);
    same("p5");
}

static void
maps_and_branches_and_their_items(void)
{
    runs_to("mapped --name m1", 0);
    same("m1");
    runs_to("mapped --name m2 --set 'xs=[1, 2]'", 0);
    same("m2");
    runs_to("mapped --name m3 --set 'xs=[]'", 0);
    same("m3");
    runs_to("mapped --name m4", 0);
    same("m4");
}

static void
a_run_that_failed_with_what_did_not_run(void)
{
    runs_to("broken --name b1", 1);
    same("b1");
}

static void
a_run_with_a_model_tags_and_notes(void)
{
    runs_to("modelled --name d1", 0);
    CHECK(program_run("tag d1 best good") == 0);
    same("d1");
    runs_to("modelled --name d2", 0);
    same("d2");
    CHECK(program_shell("rm -f .rille/config.yaml") == 0);
    same("d2");
}

static void
code_in_a_repository_is_pinned(void)
{
    if (program_shell("git --version >/dev/null 2>&1")) {
        CHECK_CANNOT("git is not installed");
        return;
    }
    CHECK(program_shell("git init -q . && git add main.lua && git -c user.name=x -c "
                        "user.email=x@example.org commit -qm x") == 0);
    runs_to("mapped --name g1 --no-cache", 0);
    same("g1");
    CHECK(program_shell("echo '-- changed' >> main.lua") == 0);
    runs_to("plain --name g2 --no-cache", 0);
    same("g2");
}

static void
a_run_that_is_running_has_the_steps_of_its_wiring(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;
    rille_run *r = NULL;
    const char *json = NULL;

    program_write("slow.lua", "local rille = require 'rille' local t = rille.types\n"
                  "local a = rille.step 'a' { cache = false, outputs = { t.integer 'n' },\n"
                  "  run = function() io.open('began', 'w'):close()\n"
                  "    while not io.open 'go' do os.execute 'sleep 0.02' end return 1 end }\n"
                  "local b = rille.step 'b' { inputs = { t.integer 'n' }, outputs = { t.integer 'm'"
                  " }, run = function(n) return n end }\n"
                  "return rille.pipeline 'slow' { define = function() b { a() } end }\n");
    CHECK(program_shell("\"$RILLE\" run slow.lua -q --name slow >out 2>&1 & "
                        "while [ ! -e began ]; do sleep 0.02; done") == 0);
    opt.flags = RILLE_OPEN_READONLY;
    CHECK(rille_open(&e, program_store, &opt) == RILLE_OK);
    CHECK(rille_find_run(&r, e, NULL, "slow") == RILLE_OK);
    CHECK(rille_run_json(r, &json) == RILLE_OK && json);
    CHECK(json && strstr(json, "\"status\":\"running\""));
    CHECK(json && strstr(json, "\"id\":\"a\"") && strstr(json, "\"id\":\"b\""));
    CHECK(json && strstr(json, "\"status\":\"pending\",\"step\":\"b\""));
    rille_run_free(r);
    rille_close(e);
    CHECK(program_shell("touch go; for i in $(seq 1 1500); do \"$RILLE\" runs --json --where "
                        "'name = slow and status = completed' | grep -q slow && exit 0; sleep 0.02;"
                        " done; false") == 0);
    same("slow");
}

int
main(void)
{
    program_folder();
    program_write("main.lua", SCRIPT);
    RUN(a_run_with_all_that_steps_say_and_one_of_hits);
    RUN(a_run_that_is_partial_or_unlisted);
    RUN(maps_and_branches_and_their_items);
    RUN(a_run_that_failed_with_what_did_not_run);
    RUN(a_run_with_a_model_tags_and_notes);
    RUN(code_in_a_repository_is_pinned);
    RUN(a_run_that_is_running_has_the_steps_of_its_wiring);
    program_remove();
    return check_done();
}

/* load_test.c -- scripts in an engine: several, from files and texts, and those that fail. */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "host.h"
#include "rille.h"

static void
several_scripts_share_an_engine(void)
{
    rille_engine *e = host_open();
    const char *path = host_write("p.lua", PIPELINE("p", "return 1"));

    CHECK(rille_load_file(e, path) == RILLE_OK);
    CHECK(rille_load_file(e, path) == RILLE_OK);
    CHECK(rille_load_file(e, host_write("q.lua", PIPELINE("q", "return 2"))) == RILLE_OK);
    CHECK(host_load(e, PIPELINE("r", "return 3")) == RILLE_OK);
    CHECK(host_run(e, "p") == 1);
    CHECK(host_run(e, "q") == 2);
    CHECK(host_run(e, "r") == 3);
    host_close(e);
}

static void
a_pipeline_of_the_same_name_takes_the_place_of_the_first(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, PIPELINE("same", "return 1")) == RILLE_OK);
    CHECK(host_run(e, "same") == 1);
    CHECK(host_load(e, PIPELINE("same", "return 2")) == RILLE_OK);
    CHECK(host_run(e, "same") == 2);
    host_close(e);
}

static void
the_record_of_a_run_names_the_script_of_its_pipeline(void)
{
    rille_engine *e = host_open();

    CHECK(rille_load_file(e, host_write("first.lua", PIPELINE("first", "return 1"))) == RILLE_OK);
    CHECK(rille_load_file(e, host_write("second.lua", PIPELINE("second", "return 2"))) == RILLE_OK);
    CHECK(host_run(e, "first") == 1);
    CHECK(host_load(e, "print(require('rille').pipelines.first.runs[-1].script)") == RILLE_OK);
    CHECK(host_has(host_said, "first.lua"));
    host_close(e);
}

static void
a_script_of_another_folder_needs_a_base(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e = host_open();
    char other[128], path[256];

    snprintf(other, sizeof other, "%s/other", host_dir);
    mkdir(other, 0777);
    CHECK(rille_load_file(e, host_write("p.lua", PIPELINE("p", "return 1"))) == RILLE_OK);
    snprintf(path, sizeof path, "%s", host_write("other/x.lua", PIPELINE("x", "return 5")));
    CHECK(rille_load_file(e, path) != RILLE_OK);
    CHECK(host_has(rille_errmsg(e), "rille_options.base"));
    CHECK(host_run(e, "p") == 1);
    host_close(e);

    opt.base = host_dir;
    CHECK(rille_open(&e, host_store, &opt) == RILLE_OK);
    host_write("module.lua", "return 7");
    CHECK(rille_load_file(e, host_write("p.lua", PIPELINE("p", "return 1"))) == RILLE_OK);
    CHECK(rille_load_file(e, host_write("other/x.lua", PIPELINE("x", "return (require 'module')")))
          == RILLE_OK);
    CHECK(host_run(e, "x") == 7);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    host_close(e);

    opt.base = "/no/such/folder";
    CHECK(rille_open(&e, host_store, &opt) == RILLE_ENOTFOUND);
    host_close(e);
}

static void
a_syntax_error_leaves_the_engine_usable(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, "return 1 +") == RILLE_ESYNTAX);
    CHECK(host_has(rille_errmsg(e), "inline:1:"));
    CHECK(host_load(e, PIPELINE("ok", "return 4")) == RILLE_OK);
    CHECK(strcmp(rille_errmsg(e), "") == 0);
    CHECK(host_run(e, "ok") == 4);
    host_close(e);
}

static void
nothing_is_left_of_a_script_that_failed(void)
{
    rille_engine *e = host_open();

    host_write("half.lua", HEAD "step 'in_module' { run = function() end } return {}");
    CHECK(rille_load_file(e, host_write("good.lua", PIPELINE("good", "return 1") "kept = 1"))
          == RILLE_OK);
    CHECK(host_load(e,
                    PIPELINE("good", "return 2") PIPELINE(
                        "bad", "return 1") "made_here = 1 kept = 2 require 'half'\n"
                                           "rille.materializer 'half_type' { version = 1, class = "
                                           "{}, save = print, load = print }\n"
                                           "setmetatable(_G, { __index = error }) error 'halfway'")
          == RILLE_ESYNTAX);
    CHECK(host_has(rille_errmsg(e), "halfway"));
    CHECK(rille_run_pipeline(&(rille_run *){NULL}, e, "bad", NULL) == RILLE_ENOTFOUND);
    CHECK(host_run(e, "good") == 1);
    CHECK(host_load(e, "assert(made_here == nil and kept == 1 and package.loaded.half == nil)\n"
                       "assert(not pcall(function() return require('rille').steps.in_module end))\n"
                       "assert(not pcall(function() return require('rille').types.half_type end))\n"
                       "assert(getmetatable(_G) == nil)")
          == RILLE_OK);
    host_close(e);
}

static void
what_a_failed_script_replaced_is_there_again(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, HEAD
                    "Point = {} rille.materializer 'pt' { version = 1, class = Point,\n"
                    "  save = function(v, art) art:write('v', tostring(v.x)) end,\n"
                    "  load = function(art) return setmetatable({ x = tonumber(art:read 'v') }, "
                    "Point) end }\n"
                    "local a = step 'a' { outputs = { t.pt 'p' }, run = function() return "
                    "setmetatable({ x = 9 }, Point) end }\n"
                    "local s = step 'pt' { inputs = { t.pt 'p' }, outputs = { t.number 'n' }, "
                    "run = function(p) return p.x end }\n"
                    "pipeline 'pt' { define = function() s(a()) end }")
          == RILLE_OK);
    CHECK(host_load(e,
                    HEAD "rille.materializer 'pt' { version = 2, class = {}, save = print, load = "
                         "print } error 'no'")
          == RILLE_ESYNTAX);
    CHECK(host_run(e, "pt") == 9);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    host_close(e);
}

static void
a_battery_stays_loaded_with_its_types(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, "require 'rille.csv' require 'rille.frame' error 'no'") == RILLE_ESYNTAX);
    CHECK(host_load(e, HEAD
                    "local frame = require 'rille.frame'\n"
                    "local s = step 'fr' { outputs = { t.frame 'f' }, run = function() return "
                    "frame.new { { 'x', { 1, 2 } } } end }\n"
                    "local n = step 'rows' { inputs = { t.frame 'f' }, outputs = { t.number 'n' "
                    "}, run = function(f) return f.n_rows end }\n"
                    "pipeline 'rows' { define = function() n(s()) end }")
          == RILLE_OK);
    CHECK(host_run(e, "rows") == 2);
    host_close(e);
}

static void
a_long_message_is_whole(void)
{
    rille_engine *e = host_open();

    CHECK(host_load(e, "error(('x'):rep(5000) .. 'end')") == RILLE_ESYNTAX);
    CHECK(strlen(rille_errmsg(e)) > 5000 && host_has(rille_errmsg(e) + 5000, "end"));
    CHECK(host_load(e, "error 'short'") == RILLE_ESYNTAX && strlen(rille_errmsg(e)) < 100);
    host_close(e);
}

/* An error of rille's own, here by taking a function of its Lua away. */
static void
an_error_of_ours_is_told_with_its_traceback(void)
{
    static const char *const places[] = {
        "require('rille.plan').new = nil", "require('rille.execute').run = nil",
        "require('rille.artifact.materialize').save = nil",
        "require('rille.execute.task').run = nil", "require('rille.cache.key').seed = nil"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        rille_run_options how = RILLE_RUN_OPTIONS_INIT;
        rille_engine *e = host_open(), *after;
        rille_run *r = NULL;

        CHECK(host_load(e, PIPELINE("ours", "return 1")) == RILLE_OK && host_run(e, "ours") == 1
              && host_load(e, places[i]) == RILLE_OK);
        how.flags = RILLE_RUN_NO_CACHE;
        CHECK(rille_run_pipeline(&r, e, "ours", &how) == RILLE_ERROR);
        CHECK(r == NULL);
        CHECK(host_has(rille_errmsg(e), "internal error: ")
              && host_has(rille_errmsg(e), "stack traceback:")
              && host_has(rille_errmsg(e), "rille:lua/")
              && host_has(rille_errmsg(e), "version: rille " RILLE_VERSION));
        /* the engine goes on, and so does another that finds no run going on */
        CHECK(host_load(e, "x = 1") == RILLE_OK);
        after = host_open();
        CHECK(host_load(after,
                        "for run in require('rille').pipelines.ours:each {} do assert(run.status "
                        "~= 'running') end")
              == RILLE_OK);
        if (check_bad)
            printf("place %zu: %s / %s\n", i, rille_errmsg(e), rille_errmsg(after));
        host_close(after);
        host_close(e);
    }
}

int
main(void)
{
    host_begin("load");
    RUN(several_scripts_share_an_engine);
    RUN(a_pipeline_of_the_same_name_takes_the_place_of_the_first);
    RUN(the_record_of_a_run_names_the_script_of_its_pipeline);
    RUN(a_script_of_another_folder_needs_a_base);
    RUN(a_syntax_error_leaves_the_engine_usable);
    RUN(nothing_is_left_of_a_script_that_failed);
    RUN(what_a_failed_script_replaced_is_there_again);
    RUN(a_battery_stays_loaded_with_its_types);
    RUN(a_long_message_is_whole);
    RUN(an_error_of_ours_is_told_with_its_traceback);
    return host_end();
}

/* engine_test.c -- what an engine does in a program that is not rille's: several
 * scripts, scripts that fail or want to end the process, arguments that are wrong, and
 * a process that stays its host's.  Built against librille.so and against librille.a. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "rille.h"

#define HEAD \
    "local rille = require 'rille' local t, step, pipeline = rille.types, rille.step, " \
    "rille.pipeline\n"
/* A pipeline of one step of the same name with one number, body being its code. */
#define PIPELINE(name, body) \
    HEAD "local s = step '" name "' { outputs = { t.number 'n' }, run = function(_, ctx) " body \
         " end }\n" \
         "pipeline '" name "' { define = function() s() end }\n"

static char dir[64], store[96];
static char said[1 << 16];              /* what the log callback got */

/* ---- tools ---- */

static void
hear(void *user, const char *text, size_t len)
{
    size_t n = strlen(said);

    (void)user;
    if (n + len < sizeof said) {
        memcpy(said + n, text, len);
        said[n + len] = 0;
    }
}

static rille_engine *
engine_with(rille_log_fn log)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;

    opt.log = log;
    said[0] = 0;
    CHECK(rille_open(&e, store, &opt) == RILLE_OK);
    return e;
}

static rille_engine *
engine(void)
{
    return engine_with(hear);
}

static int
load(rille_engine *e, const char *script)
{
    return rille_load_string(e, "inline", script, strlen(script));
}

/* The number that the only step of the pipeline gives, or -1 with the message kept. */
static double
run(rille_engine *e, const char *name)
{
    rille_artifact *a = NULL;
    rille_run *r = NULL;
    double v = -1;

    if (rille_run_pipeline(&r, e, name, NULL) == RILLE_OK
        && rille_run_output(&a, r, name, NULL) == RILLE_OK)
        rille_artifact_number(a, &v);
    rille_artifact_free(a);
    rille_run_free(r);
    return v;
}

static int
has(const char *text, const char *part)
{
    int found = strstr(text, part) != NULL;

    if (!found)
        printf("not in it: \"%s\": %s\n", part, text);
    return found;
}

static const char *
write_script(const char *name, const char *text)
{
    static char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

static int
count(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *one;
    int n = 0;

    while (d && (one = readdir(d)))
        n += one->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

/* ---- scripts ---- */

static void
several_scripts_share_an_engine(void)
{
    rille_engine *e = engine();
    const char *path = write_script("p.lua", PIPELINE("p", "return 1"));

    CHECK(rille_load_file(e, path) == RILLE_OK);
    CHECK(rille_load_file(e, path) == RILLE_OK);
    CHECK(rille_load_file(e, write_script("q.lua", PIPELINE("q", "return 2"))) == RILLE_OK);
    CHECK(load(e, PIPELINE("r", "return 3")) == RILLE_OK);
    CHECK(run(e, "p") == 1);
    CHECK(run(e, "q") == 2);
    CHECK(run(e, "r") == 3);
    rille_close(e);
}

static void
a_pipeline_of_the_same_name_takes_the_place_of_the_first(void)
{
    rille_engine *e = engine();

    CHECK(load(e, PIPELINE("same", "return 1")) == RILLE_OK);
    CHECK(run(e, "same") == 1);
    CHECK(load(e, PIPELINE("same", "return 2")) == RILLE_OK);
    CHECK(run(e, "same") == 2);
    rille_close(e);
}

static void
the_record_of_a_run_names_the_script_of_its_pipeline(void)
{
    rille_engine *e = engine();

    CHECK(rille_load_file(e, write_script("first.lua", PIPELINE("first", "return 1"))) == RILLE_OK);
    CHECK(rille_load_file(e, write_script("second.lua", PIPELINE("second", "return 2")))
          == RILLE_OK);
    CHECK(run(e, "first") == 1);
    CHECK(load(e, "print(require('rille').pipelines.first.runs[-1].script)") == RILLE_OK);
    CHECK(has(said, "first.lua"));
    rille_close(e);
}

static void
a_script_of_another_folder_needs_a_base(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e = engine();
    char other[128], path[256];

    snprintf(other, sizeof other, "%s/other", dir);
    mkdir(other, 0777);
    CHECK(rille_load_file(e, write_script("p.lua", PIPELINE("p", "return 1"))) == RILLE_OK);
    snprintf(path, sizeof path, "%s", write_script("other/x.lua", PIPELINE("x", "return 5")));
    CHECK(rille_load_file(e, path) != RILLE_OK);
    CHECK(has(rille_errmsg(e), "rille_options.base"));
    CHECK(run(e, "p") == 1);
    rille_close(e);

    opt.base = dir;
    CHECK(rille_open(&e, store, &opt) == RILLE_OK);
    write_script("module.lua", "return 7");
    CHECK(rille_load_file(e, write_script("p.lua", PIPELINE("p", "return 1"))) == RILLE_OK);
    CHECK(
        rille_load_file(e, write_script("other/x.lua", PIPELINE("x", "return (require 'module')")))
        == RILLE_OK);
    CHECK(run(e, "x") == 7);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    rille_close(e);

    opt.base = "/no/such/folder";
    CHECK(rille_open(&e, store, &opt) == RILLE_ENOTFOUND);
    rille_close(e);
}

static void
a_syntax_error_leaves_the_engine_usable(void)
{
    rille_engine *e = engine();

    CHECK(load(e, "return 1 +") == RILLE_ESYNTAX);
    CHECK(has(rille_errmsg(e), "inline:1:"));
    CHECK(load(e, PIPELINE("ok", "return 4")) == RILLE_OK);
    CHECK(strcmp(rille_errmsg(e), "") == 0);
    CHECK(run(e, "ok") == 4);
    rille_close(e);
}

static void
nothing_is_left_of_a_script_that_failed(void)
{
    rille_engine *e = engine();

    write_script("half.lua", HEAD "step 'in_module' { run = function() end } return {}");
    CHECK(rille_load_file(e, write_script("good.lua", PIPELINE("good", "return 1") "kept = 1"))
          == RILLE_OK);
    CHECK(load(e, PIPELINE("good", "return 2") PIPELINE(
                      "bad", "return 1") "made_here = 1 kept = 2 require 'half'\n"
                                         "rille.materializer 'half_type' { version = 1, class = "
                                         "{}, save = print, load = print }\n"
                                         "setmetatable(_G, { __index = error }) error 'halfway'")
          == RILLE_ESYNTAX);
    CHECK(has(rille_errmsg(e), "halfway"));
    CHECK(rille_run_pipeline(&(rille_run *){NULL}, e, "bad", NULL) == RILLE_ENOTFOUND);
    CHECK(run(e, "good") == 1);
    CHECK(load(e, "assert(made_here == nil and kept == 1 and package.loaded.half == nil)\n"
                  "assert(not pcall(function() return require('rille').steps.in_module end))\n"
                  "assert(not pcall(function() return require('rille').types.half_type end))\n"
                  "assert(getmetatable(_G) == nil)") == RILLE_OK);
    rille_close(e);
}

static void
what_a_failed_script_replaced_is_there_again(void)
{
    rille_engine *e = engine();

    CHECK(load(e, HEAD "Point = {} rille.materializer 'pt' { version = 1, class = Point,\n"
                       "  save = function(v, art) art:write('v', tostring(v.x)) end,\n"
                       "  load = function(art) return setmetatable({ x = tonumber(art:read 'v') }, "
                       "Point) end }\n"
                       "local a = step 'a' { outputs = { t.pt 'p' }, run = function() return "
                       "setmetatable({ x = 9 }, Point) end }\n"
                       "local s = step 'pt' { inputs = { t.pt 'p' }, outputs = { t.number 'n' }, "
                       "run = function(p) return p.x end }\n"
                       "pipeline 'pt' { define = function() s(a()) end }")
          == RILLE_OK);
    CHECK(load(e, HEAD "rille.materializer 'pt' { version = 2, class = {}, save = print, load = "
                       "print } error 'no'")
          == RILLE_ESYNTAX);
    CHECK(run(e, "pt") == 9);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    rille_close(e);
}

static void
a_battery_stays_loaded_with_its_types(void)
{
    rille_engine *e = engine();

    CHECK(load(e, "require 'rille.csv' require 'rille.frame' error 'no'") == RILLE_ESYNTAX);
    CHECK(load(e, HEAD "local frame = require 'rille.frame'\n"
                       "local s = step 'fr' { outputs = { t.frame 'f' }, run = function() return "
                       "frame.new { { 'x', { 1, 2 } } } end }\n"
                       "local n = step 'rows' { inputs = { t.frame 'f' }, outputs = { t.number 'n' "
                       "}, run = function(f) return f.n_rows end }\n"
                       "pipeline 'rows' { define = function() n(s()) end }")
          == RILLE_OK);
    CHECK(run(e, "rows") == 2);
    rille_close(e);
}

/* ---- the end of the process ---- */

static void
os_exit_ends_the_call_only(void)
{
    static const char *const scripts[] = {
        "os.exit(3)",
        "os.exit()",
        "os.exit(true, true)",
        "os.exit(false)",
        "pcall(os.exit, 3) error 'went on'",
        "while true do pcall(function() os.exit(3) end) end",
        "xpcall(os.exit, function() return 1 end) while true do end",
        "coroutine.wrap(function() os.exit(3) end)()",
        "local co = coroutine.create(function() pcall(os.exit, 3) while true do end end) "
        "coroutine.resume(co) while true do end",
        "setmetatable({}, { __gc = function() os.exit(3) end }) collectgarbage() while true do end",
        "table.sort({ 3, 2, 1 }, function() os.exit(3) end)",
        "string.gsub('x', 'x', function() os.exit(3) end)",
        "load 'os.exit(3)' ()",
        "local exit = os.exit debug.sethook() exit(3)",
        HEAD "pipeline 'x' { define = function() os.exit(3) end }:run()",
    };

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        rille_engine *e = engine();
        int rc = load(e, scripts[i]);

        CHECK(rc == RILLE_ESYNTAX || rc == RILLE_ERROR);
        CHECK(has(rille_errmsg(e), "os.exit("));
        CHECK(has(rille_errmsg(e), "was called at "));
        if (check_bad)
            printf("script %zu: %d %s\n", i, rc, rille_errmsg(e));
        CHECK(load(e, PIPELINE("after", "return 6")) == RILLE_OK);
        CHECK(run(e, "after") == 6);
        rille_close(e);
    }
}

static void
os_exit_in_what_a_run_calls_fails_the_run(void)
{
    static const char *const bodies[] = {
        "os.exit(3)", "coroutine.wrap(function() os.exit(3) end)()", "os.exit(true, true)",
        "setmetatable({}, { __close = function() end }) os.exit(3)"};
    rille_engine *e = engine();
    rille_run *r = NULL;

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        char script[1024];

        snprintf(script, sizeof script, PIPELINE("ex", "%s"), bodies[i]);
        CHECK(load(e, script) == RILLE_OK);
        CHECK(rille_run_pipeline(&r, e, "ex", NULL) == RILLE_ESTEP);
        CHECK(has(rille_errmsg(e), "os.exit"));
        CHECK(r && strcmp(rille_run_status(r), "failed") == 0);
        rille_run_free(r);
    }
    /* a hook, and a materializer */
    CHECK(load(e, HEAD "local s = step 'h' { outputs = { t.number 'n' }, on_success = function() "
                       "os.exit(3) end, run = function() return 1 end }\n"
                       "pipeline 'h' { define = function() s() end }")
          == RILLE_OK);
    CHECK(run(e, "h") == 1);
    CHECK(load(e, HEAD "local C = {} rille.materializer 'mat' { version = 1, class = C, load = "
                       "print, save = function() os.exit(3) end }\n"
                       "local s = step 'm' { outputs = { t.mat 'c' }, run = function() return "
                       "setmetatable({}, C) end }\n"
                       "pipeline 'm' { define = function() s() end }")
          == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "m", NULL) == RILLE_ESTEP);
    CHECK(has(rille_errmsg(e), "os.exit"));
    rille_run_free(r);
    /* define, which runs outside steps */
    CHECK(load(e, HEAD "pipeline 'd' { define = function() pcall(os.exit, 3) end }") == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "d", NULL) < 0 && r == NULL);
    CHECK(has(rille_errmsg(e), "os.exit(3) was called at "));
    /* while the engine is closed */
    CHECK(load(e, "keep = setmetatable({}, { __gc = function() os.exit(3) end })") == RILLE_OK);
    rille_close(e);
}

/* ---- streams ---- */

/* Runs f in a child whose streams are files; what it wrote to them, or NULL when it
 * ended otherwise than by returning. */
static char *
streams_of(void (*f)(void))
{
    static char text[4096];
    char path[128];
    int fd, status;
    ssize_t n;
    pid_t pid;

    snprintf(path, sizeof path, "%s/streams", dir);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0666);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        int in[2];

        if (pipe(in) || write(in[1], "host's input\n", 13) != 13)
            _exit(9);
        close(in[1]);
        dup2(in[0], 0);
        dup2(fd, 1);
        dup2(fd, 2);
        check_bad = 0;
        f();
        fflush(NULL);
        /* nobody took what was there to be read */
        _exit(check_bad || read(0, text, sizeof text) != 13);
    }
    waitpid(pid, &status, 0);
    n = pread(fd, text, sizeof text - 1, 0);
    close(fd);
    text[n < 0 ? 0 : n] = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        printf("the child's status is %d: %s\n", status, text);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : NULL;
}

#define LOUD \
    "print('p1', 2.5, nil) io.write 'w1\\n' io.stdout:write 'so1\\n' io.stderr:write 'se1\\n' " \
    "warn '@on' warn 'w'\n" \
    "io.output():write 'oo1\\n' io.stdout:setvbuf 'no' io.stdout:close() io.stdout:write " \
    "'again\\n' io.stdout:flush() io.flush()\n" \
    "assert(io.read() == nil and io.stdin:read 'a' == '' and io.read 'n' == nil)\n" \
    "for _ in io.lines() do error 'a line' end for _ in io.stdin:lines() do error 'a line' end\n" \
    "os.execute 'echo ex1; echo ex2 >&2; cat' local p = io.popen 'echo po1; echo po2 >&2; cat' " \
    "assert(p:read 'a' == 'po1\\n') p:close()\n" \
    "p = io.popen('cat; echo pw2 >&2', 'w') p:write 'pw1\\n' p:close()\n" \
    "assert(not pcall(io.open, '/dev/stdout', 'w') and not pcall(io.open, '/dev/stdin') and not " \
    "pcall(io.lines, '/dev/fd/0'))\n" \
    "assert(not pcall(debug.debug)) pcall(dofile) pcall(loadfile) assert(os.setlocale() == 'C')\n"

static void
load_loud(void)
{
    rille_engine *e = engine();

    if (load(e, LOUD)) {
        printf("%s\n", rille_errmsg(e));
        check_bad = 1;
    }
    for (const char *const *p =
             (const char *const[]){"p1\t2.5\tnil\n", "w1\n", "so1\n", "se1\n", "oo1\n", "again\n",
                                   "ex1\n", "ex2\n", "po2\n", "pw1\n", "pw2\n", NULL};
         *p; p++)
        CHECK(has(said, *p));
    rille_close(e);
}

static void
load_loud_unheard(void)
{
    rille_engine *e = engine_with(NULL);

    CHECK(load(e, LOUD) == RILLE_OK);
    rille_close(e);
}

static void
run_loud(void)
{
    rille_engine *e = engine();

    CHECK(load(e, PIPELINE("loud", LOUD " ctx:log 'logged' return 1")) == RILLE_OK);
    said[0] = 0;
    if (run(e, "loud") != 1) {
        printf("%s\n", rille_errmsg(e));
        check_bad = 1;
    }
    CHECK_STR(said, "");
    CHECK(load(e, "io.write(require('rille').pipelines.loud.runs[-1].steps[1].log)") == RILLE_OK);
    for (const char *const *p =
             (const char *const[]){"p1\t2.5\tnil\n", "w1\n", "se1\n", "ex1\n", "ex2\n", "po2\n",
                                   "pw1\n", "pw2\n", "logged\n", NULL};
         *p; p++)
        CHECK(has(said, *p));
    rille_close(e);
}

/* The same in workers, which a script asks for. */
static void
run_loud_in_workers(void)
{
    rille_engine *e = engine();

    CHECK(load(e, HEAD
               "local function loud(_, ctx) " LOUD " return 1 end\n"
               "local a = step 'la' { outputs = { t.number 'n' }, run = loud } local b = step 'lb' "
               "{ outputs = { t.number 'n' }, run = loud }\n"
               "local run = pipeline 'lw' { define = function() a() b() end }:run { jobs = 2 }\n"
               "for i = 1, 2 do io.write(run.steps[i].log) end")
          == RILLE_OK);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    for (const char *const *p = (const char *const[]){"p1\t2.5\tnil\n", "\nw1\n", "se1\n", "ex1\n",
                                                      "ex2\n", "po2\n", "pw1\n", "pw2\n", NULL};
         *p; p++) {
        const char *first = strstr(said, *p);

        CHECK(first && strstr(first + 1, *p) && !strstr(strstr(first + 1, *p) + 1, *p));
    }
    rille_close(e);
}

static void
run_command(void)
{
    rille_engine *e = engine();

    CHECK(load(e, HEAD "local s = step 'cmd' { outputs = { t.string 'n' }, command = 'echo err "
                       ">&2; cat; echo x > {outputs.n}' }\n"
                       "pipeline 'cmd' { define = function() s() end }")
          == RILLE_OK);
    run(e, "cmd");
    rille_close(e);
}

static void
the_store_is_opened_by_the_host_alone(void)
{
    rille_engine *e = engine();

    CHECK(load(e, "require('rille').open { store = 'other' }") == RILLE_ESYNTAX);
    CHECK(has(rille_errmsg(e), "rille_open"));
    CHECK(load(e, PIPELINE("op", "rille.open { quiet = false } return 1")) == RILLE_OK);
    CHECK(run(e, "op") == -1 && has(rille_errmsg(e), "rille_open"));
    rille_close(e);
}

static void
write_to_a_program_that_is_gone(void)
{
    rille_engine *e = engine();

    CHECK(load(e, "local p = io.popen('exec true', 'w') os.execute 'sleep 0.1'\n"
                  "for _ = 1, 100 do p:write(('x'):rep(65536)) end p:close()\n"
                  "local q = io.popen 'yes | head -n 1; echo ${PIPESTATUS-} >&2' assert(q:read 'a' "
                  "== 'y\\n') q:close()")
          == RILLE_OK);
    CHECK(!strstr(said, "roken pipe"));
    rille_close(e);
}

static void
print_at_the_end(void)
{
    rille_engine *e = engine();

    CHECK(load(e, "keep = setmetatable({}, { __gc = function() print 'last' io.stderr:write "
                  "'words\\n' end })")
          == RILLE_OK);
    rille_close(e);
    CHECK(has(said, "last\nwords\n"));
}

static void
nothing_reaches_the_streams_of_the_host(void)
{
    void (*const parts[])(void) = {load_loud,       load_loud_unheard,
                                   run_loud,        run_loud_in_workers,
                                   run_command,     write_to_a_program_that_is_gone,
                                   print_at_the_end};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *text = streams_of(parts[i]);

        CHECK(text != NULL);
        if (text)
            CHECK_STR(text, "");
        if (check_bad) {
            printf("part %zu\n", i);
            break;
        }
    }
}

/* ---- arguments ---- */

static void
no_null_is_a_crash(void)
{
    rille_engine *e = engine();
    rille_artifact *a = NULL;
    rille_run *r = NULL;
    const char *s;
    size_t n;
    double v;

    CHECK(rille_open(NULL, store, NULL) == RILLE_EINVAL);
    CHECK(load(e, PIPELINE("nul", "return 1")) == RILLE_OK);
    CHECK(rille_load_file(NULL, "x") == RILLE_EINVAL && rille_load_file(e, NULL) == RILLE_EINVAL);
    CHECK(rille_load_string(NULL, "n", "", 0) == RILLE_EINVAL
          && rille_load_string(e, "n", NULL, 3) == RILLE_EINVAL);
    CHECK(rille_load_string(e, NULL, "", 0) == RILLE_OK);
    CHECK(rille_run_pipeline(NULL, e, "nul", NULL) == RILLE_EINVAL);
    CHECK(rille_run_pipeline(&r, NULL, "nul", NULL) == RILLE_EINVAL && !r);
    CHECK(rille_run_pipeline(&r, e, NULL, NULL) == RILLE_EINVAL && !r);
    CHECK(rille_run_pipeline(&r, e, "nul", NULL) == RILLE_OK);
    CHECK(rille_run_output(NULL, r, "nul", NULL) == RILLE_EINVAL);
    CHECK(rille_run_output(&a, NULL, "nul", NULL) == RILLE_EINVAL && !a);
    CHECK(rille_run_output(&a, r, NULL, NULL) == RILLE_EINVAL && !a);
    CHECK(rille_run_output(&a, r, "none", NULL) == RILLE_ENOTFOUND && !a);
    CHECK(rille_run_output(&a, r, "nul", "none") == RILLE_ENOTFOUND && !a);
    CHECK(rille_run_output(&a, r, "nul", NULL) == RILLE_OK);
    CHECK(rille_artifact_number(a, NULL) == RILLE_EINVAL
          && rille_artifact_number(NULL, &v) == RILLE_EINVAL && v == 0);
    CHECK(rille_artifact_string(a, NULL, NULL) == RILLE_EINVAL
          && rille_artifact_string(NULL, &s, &n) == RILLE_EINVAL && !s);
    CHECK(rille_artifact_string(a, &s, NULL) == RILLE_ETYPE && !s);
    CHECK(!rille_run_id(NULL) && !rille_run_name(NULL) && !rille_run_status(NULL));
    CHECK(!rille_artifact_digest(NULL) && !rille_artifact_type(NULL)
          && rille_artifact_size(NULL) == 0);
    CHECK(rille_errmsg(NULL) && rille_errcode(NULL) == RILLE_ENOMEM && rille_strerror(-9999));
    rille_artifact_free(NULL);
    rille_run_free(NULL);
    rille_close(NULL);
    rille_artifact_free(a);
    rille_run_free(r);
    rille_close(e);
    CHECK(rille_open(&e, NULL, NULL) == RILLE_EINVAL && e
          && rille_load_file(e, "x") == RILLE_EINVAL);
    rille_close(e);
    CHECK(rille_open(&e, "", NULL) == RILLE_EINVAL);
    rille_close(e);
}

/* A struct of a header that has more fields. */
typedef struct Newer {
    rille_run_options known;
    const char *more;
} Newer;

static void
structs_of_other_headers_are_taken_by_their_size(void)
{
    rille_run_options o = RILLE_RUN_OPTIONS_INIT;
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e = engine();
    rille_run *r = NULL;
    Newer newer = {RILLE_RUN_OPTIONS_INIT, NULL};

    CHECK(load(e, PIPELINE("sz", "return 1")) == RILLE_OK);
    o.size = sizeof o.size;             /* run_name is not looked at */
    o.run_name = "?!/";
    CHECK(rille_run_pipeline(&r, e, "sz", &o) == RILLE_OK);
    rille_run_free(r);
    o.size = 0;
    CHECK(rille_run_pipeline(&r, e, "sz", &o) == RILLE_EINVAL && !r
          && has(rille_errmsg(e), "_INIT"));
    o.size = 4;
    CHECK(rille_run_pipeline(&r, e, "sz", &o) == RILLE_EINVAL
          && has(rille_errmsg(e), "rille_run_options"));
    o.size = (size_t)-1;
    CHECK(rille_run_pipeline(&r, e, "sz", &o) == RILLE_EINVAL);
    newer.known.size = sizeof newer;
    CHECK(rille_run_pipeline(&r, e, "sz", &newer.known) == RILLE_OK);
    rille_run_free(r);
    newer.more = "x";
    CHECK(rille_run_pipeline(&r, e, "sz", &newer.known) == RILLE_EVERSION && !r
          && has(rille_errmsg(e), "newer header"));
    o = (rille_run_options)RILLE_RUN_OPTIONS_INIT;
    o.flags = 1u << 30;
    CHECK(rille_run_pipeline(&r, e, "sz", &o) == RILLE_EVERSION && has(rille_errmsg(e), "flags"));
    for (const char *const *p = (const char *const[]){"3", "[1]", "{", "null", "", NULL}; *p; p++) {
        o = (rille_run_options)RILLE_RUN_OPTIONS_INIT;
        o.params = *p;
        CHECK(rille_run_pipeline(&r, e, "sz", &o) == RILLE_EINVAL
              && has(rille_errmsg(e), "params"));
        rille_run_free(r);
    }
    rille_close(e);

    opt.size = offsetof(rille_options, log);    /* the header before there was a log */
    opt.log = hear;
    said[0] = 0;
    CHECK(rille_open(&e, store, &opt) == RILLE_OK && load(e, "print 'unheard'") == RILLE_OK);
    CHECK_STR(said, "");
    rille_close(e);
    opt.size = 0;
    CHECK(rille_open(&e, store, &opt) == RILLE_EINVAL && has(rille_errmsg(e), "rille_options"));
    rille_close(e);
    opt = (rille_options)RILLE_OPTIONS_INIT;
    opt.flags = 1u << 30;
    CHECK(rille_open(&e, store, &opt) == RILLE_EVERSION);
    rille_close(e);
}

static rille_engine *inner;
static int inner_rc[3];

static void
call_again(void *user, const char *text, size_t len)
{
    rille_run *r;

    (void)user;
    (void)text;
    (void)len;
    inner_rc[0] = load(inner, "x = 1");
    inner_rc[1] = rille_run_pipeline(&r, inner, "x", NULL);
    rille_close(inner);
}

static void
a_call_from_the_log_is_refused(void)
{
    rille_engine *e = engine_with(call_again);

    inner = e;
    CHECK(load(e, "print 'hello'") == RILLE_OK);
    CHECK(inner_rc[0] == RILLE_EBUSY && inner_rc[1] == RILLE_EBUSY);
    CHECK(load(e, "assert(x == nil)") == RILLE_OK);
    rille_close(e);
}

static void
runs_outlive_their_engine(void)
{
    rille_engine *e = engine();
    rille_artifact *a = NULL, *b = NULL;
    rille_run *r = NULL;
    double v;

    CHECK(load(e, PIPELINE("life", "return 8")) == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "life", NULL) == RILLE_OK
          && rille_run_output(&a, r, "life", NULL) == RILLE_OK);
    rille_close(e);
    CHECK(strcmp(rille_run_status(r), "completed") == 0);
    CHECK(rille_artifact_number(a, &v) == RILLE_OK && v == 8);
    CHECK(rille_run_output(&b, r, "life", NULL) == RILLE_EINVAL && !b);
    rille_run_free(r);
    rille_artifact_free(a);
}

static void
an_integer_that_no_double_holds_is_told_by_its_digits(void)
{
    rille_engine *e = engine();
    rille_artifact *a = NULL;
    rille_run *r = NULL;
    const char *s;
    size_t n;
    double v = 1;

    CHECK(load(e, HEAD "local s = step 'large' { outputs = { t.integer 'n' }, run = function() "
                       "return (1 << 53) + 1 end }\n"
                       "pipeline 'large' { define = function() s() end }\n")
          == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "large", NULL) == RILLE_OK
          && rille_run_output(&a, r, "large", NULL) == RILLE_OK);
    CHECK(rille_artifact_number(a, &v) == RILLE_ETYPE && v == 0);
    CHECK(has(rille_errmsg(e), "no double holds the integer 9007199254740993"));
    CHECK(rille_artifact_string(a, &s, &n) == RILLE_OK && n == 16
          && strcmp(s, "9007199254740993") == 0);
    rille_run_free(r);
    rille_artifact_free(a);
    rille_close(e);
}

static void
a_long_message_is_whole(void)
{
    rille_engine *e = engine();

    CHECK(load(e, "error(('x'):rep(5000) .. 'end')") == RILLE_ESYNTAX);
    CHECK(strlen(rille_errmsg(e)) > 5000 && has(rille_errmsg(e) + 5000, "end"));
    CHECK(load(e, "error 'short'") == RILLE_ESYNTAX && strlen(rille_errmsg(e)) < 100);
    rille_close(e);
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
        rille_engine *e = engine(), *after;
        rille_run *r = NULL;

        CHECK(load(e, PIPELINE("ours", "return 1")) == RILLE_OK && run(e, "ours") == 1
              && load(e, places[i]) == RILLE_OK);
        CHECK(rille_run_pipeline(
                  &r, e, "ours",
                  &(rille_run_options){sizeof(rille_run_options), NULL, NULL, RILLE_RUN_NO_CACHE})
              == RILLE_ERROR);
        CHECK(r == NULL);
        CHECK(has(rille_errmsg(e), "internal error: ") && has(rille_errmsg(e), "stack traceback:")
              && has(rille_errmsg(e), "rille:lua/")
              && has(rille_errmsg(e), "version: rille " RILLE_VERSION));
        /* the engine goes on, and so does another that finds no run going on */
        CHECK(load(e, "x = 1") == RILLE_OK);
        after = engine();
        CHECK(load(after, "for run in require('rille').pipelines.ours:each {} do assert(run.status "
                          "~= 'running') end")
              == RILLE_OK);
        if (check_bad)
            printf("place %zu: %s / %s\n", i, rille_errmsg(e), rille_errmsg(after));
        rille_close(after);
        rille_close(e);
    }
}

/* ---- the process ---- */

static int
descriptors(void)
{
    return count("/proc/self/fd");
}

static void
a_thousand_engines_leave_nothing(void)
{
    char tmp[128];
    int before,
        n = getenv("ASAN_OPTIONS") && strstr(getenv("ASAN_OPTIONS"), "detect_leaks=1") ? 100 : 1000;

    snprintf(tmp, sizeof tmp, "%s/tmp", store);
    before = descriptors();
    for (int i = 0; i < n && !check_bad; i++) {
        rille_engine *e = engine();

        CHECK(load(e, PIPELINE("one", "return 1")) == RILLE_OK);
        if (i % 20 == 0)
            CHECK(run(e, "one") == 1);
        if (i % 50 == 1)
            CHECK(load(e, PIPELINE("two", "io.popen('echo x >&2'):close() return math.random()"))
                      == RILLE_OK
                  && run(e, "two") >= 0);
        rille_close(e);
    }
    CHECK(descriptors() == before);
    CHECK(count("/proc/self/task") == 1);
    CHECK(count(tmp) == 0);
}

static void
a_fork_of_the_host_leaves_the_engine_to_the_parent(void)
{
    rille_engine *e = engine();
    rille_run *r = NULL;
    int status;
    pid_t pid;

    CHECK(load(e, PIPELINE("fork", "return 1") PIPELINE("fork2", "return 2")) == RILLE_OK);
    CHECK(rille_run_pipeline(&r, e, "fork", NULL) == RILLE_OK);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        rille_engine *own;
        int fine = load(e, "x = 1") == RILLE_EINVAL && has(rille_errmsg(e), "fork");

        rille_run_free(r);
        rille_close(e);
        fine = fine && rille_open(&own, store, NULL) == RILLE_OK
               && load(own, PIPELINE("child", "return 3")) == RILLE_OK && run(own, "child") == 3;
        rille_close(own);
        _exit(!fine);
    }
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    rille_run_free(r);
    CHECK(run(e, "fork2") == 2);
    rille_close(e);
}

/* What a program that the host starts while an engine is open has of it. */
static void
programs_of_the_host_get_no_descriptor(void)
{
    rille_engine *e = engine();
    int before, after;
    char text[16];
    FILE *p = popen("ls /proc/self/fd | wc -l", "r");

    before = p && fgets(text, sizeof text, p) ? atoi(text) : -1;
    pclose(p);
    CHECK(load(e, PIPELINE("fd", "io.popen('true'):close() return 1")) == RILLE_OK
          && run(e, "fd") == 1);
    p = popen("ls /proc/self/fd | wc -l", "r");
    after = p && fgets(text, sizeof text, p) ? atoi(text) : -2;
    pclose(p);
    CHECK(before == after);
    rille_close(e);
}

static void *
work_in_a_thread(void *arg)
{
    rille_engine *e;
    intptr_t bad = 0;

    (void)arg;
    for (int i = 0; i < 5; i++) {
        bad += rille_open(&e, store, NULL) != RILLE_OK
               || load(e, PIPELINE("thread", "return math.random()")) != RILLE_OK
               || run(e, "thread") < 0;
        if (bad)
            printf("%s\n", rille_errmsg(e));
        rille_close(e);
    }
    return (void *)bad;
}

static void
engines_in_several_threads_share_a_store(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, work_in_a_thread, NULL) == 0);
    for (int i = 0; i < 4; i++) {
        void *bad;

        pthread_join(threads[i], &bad);
        CHECK(!bad);
    }
}

static void
two_engines_of_one_thread_know_nothing_of_each_other(void)
{
    rille_engine *a = engine(), *b = engine();

    CHECK(load(a, PIPELINE("mine", "return 1") "x = 1 math.randomseed(1) io.output(io.tmpfile()) "
                                               "collectgarbage 'stop'")
          == RILLE_OK);
    CHECK(load(b, "assert(x == nil and io.output() == io.stdout and collectgarbage 'isrunning')")
          == RILLE_OK);
    CHECK(rille_run_pipeline(&(rille_run *){NULL}, b, "mine", NULL) == RILLE_ENOTFOUND);
    CHECK(run(a, "mine") == 1);
    rille_close(a);
    CHECK(load(b, PIPELINE("mine", "return 2")) == RILLE_OK && run(b, "mine") == 2);
    rille_close(b);
}

static void
nothing_of_the_process_is_changed(void)
{
    char cwd[512], after[512];
    struct sigaction before[65], now;
    sigset_t mask, mask_after;
    mode_t mode = umask(0);
    rille_engine *e;

    umask(mode);
    for (int i = 1; i < 65; i++)
        if (sigaction(i, NULL, &before[i]))
            before[i].sa_handler = SIG_ERR;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(getcwd(cwd, sizeof cwd) != NULL);
    e = engine();
    CHECK(load(e,
               PIPELINE(
                   "proc",
                   "os.setlocale 'de_DE.UTF-8' os.execute 'cd /' io.popen('pwd'):close() return 1"))
          == RILLE_OK);
    CHECK(run(e, "proc") == 1);
    CHECK(getcwd(after, sizeof after) && strcmp(cwd, after) == 0);
    for (int i = 1; i < 65; i++)
        if (before[i].sa_handler != SIG_ERR && sigaction(i, NULL, &now) == 0)
            CHECK(now.sa_handler == before[i].sa_handler);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    for (int i = 1; i < 65; i++)
        CHECK(sigismember(&mask, i) == sigismember(&mask_after, i));
    CHECK(umask(mode) == mode);
    rille_close(e);
}

static char *
digest_of(const char *script, const char *name)
{
    static char digest[80];
    rille_engine *e = engine();
    rille_artifact *a = NULL;
    rille_run *r = NULL;

    digest[0] = 0;
    if (load(e, script) == RILLE_OK && rille_run_pipeline(&r, e, name, NULL) == RILLE_OK
        && rille_run_output(&a, r, name, NULL) == RILLE_OK)
        snprintf(digest, sizeof digest, "%.64s", rille_artifact_digest(a));
    else
        printf("%s\n", rille_errmsg(e));
    rille_artifact_free(a);
    rille_run_free(r);
    rille_close(e);
    return digest;
}

#define NUMBERS \
    HEAD "local s = step 'num' { params = { x = 0.5 }, outputs = { t.string 'n' }, run = " \
         "function(p)\n" \
         "  return table.concat({ tostring(1.5), ('%.2f'):format(2.25), tostring(tonumber " \
         "'3.75'), 1e15, p.x, ('%a'):format(0.1),\n" \
         "    require('rille.json').encode { 0.1 }, tostring('a' < 'B'), ('\\xe4'):upper() }, ' " \
         "') end }\n" \
         "pipeline 'num' { define = function() s { x = 0.25 } end }\n"

/* The keys and values of a host whose locale writes 1,5 are those of any other. */
static void
numbers_do_not_hang_on_the_locale_of_the_host(void)
{
    char first[80], command[256], number[16];
    rille_run *r = NULL;
    rille_engine *e;

    snprintf(first, sizeof first, "%s", digest_of(NUMBERS, "num"));
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1",
             dir);
    if (system(command) != 0 || setenv("LOCPATH", dir, 1) || !setlocale(LC_ALL, "de_DE.UTF-8")) {
        CHECK_CANNOT("the machine has no definitions of locales");
        return;
    }
    snprintf(number, sizeof number, "%.1f", 1.5);
    CHECK_STR(number, "1,5");
    e = engine();
    CHECK(load(e, NUMBERS) == RILLE_OK && rille_run_pipeline(&r, e, "num", NULL) == RILLE_OK);
    rille_run_free(r);
    CHECK(load(e, "local r = require('rille').pipelines.num.runs[-1] assert(r.steps[1].status == "
                  "'cached', r.steps[1].reason)")
          == RILLE_OK);
    if (check_bad)
        printf("%s\n", rille_errmsg(e));
    rille_close(e);
    CHECK_STR(digest_of(NUMBERS, "num"), first);
    snprintf(number, sizeof number, "%.1f", 1.5);
    CHECK_STR(number, "1,5");
    setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
}

/* A host that is a daemon, and closed what it does not need. */
static void
use_without_streams(void)
{
    rille_engine *e;
    int fine;

    close(0);
    close(1);
    close(2);
    e = engine();
    fine = load(e, PIPELINE("closed", "print 'x' io.stderr:write 'y' os.execute 'echo z' return 1"))
               == RILLE_OK
           && run(e, "closed") == 1;
    /* what the host prints goes nowhere, and into no file of the store */
    fine = fine && write(1, "x", 1) < 0 && write(2, "x", 1) < 0;
    rille_close(e);
    fine = fine && fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0;
    _exit(!fine || check_bad);
}

static void
use_with_sigpipe_ignored(void)
{
    rille_engine *e;
    int fine;

    signal(SIGPIPE, SIG_IGN);
    e = engine();
    fine = load(e, PIPELINE("ignored",
                            "local p = io.popen('exec true', 'w') os.execute 'sleep 0.1' for _ = "
                            "1, 9 do p:write(('x'):rep(65536)) end p:close() return 1"))
               == RILLE_OK
           && run(e, "ignored") == 1;
    rille_close(e);
    _exit(!fine);
}

static void
hosts_of_other_habits(void)
{
    void (*const hosts[])(void) = {use_without_streams, use_with_sigpipe_ignored};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        int status;
        pid_t pid;

        fflush(NULL);
        pid = fork();
        if (pid == 0)
            hosts[i]();
        waitpid(pid, &status, 0);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK(rille_version_number() == RILLE_VERSION_NUMBER);
}

static void *
read_a_line(void *arg)
{
    char line[16];

    return fgets(line, sizeof line, arg);
}

/* stdio's lock of a stream that is being read must not be waited for. */
static void
a_thread_of_the_host_that_reads_is_not_waited_for(void)
{
    int ends[2];
    pthread_t thread;
    rille_engine *e;
    FILE *f;
    void *got;

    CHECK(pipe(ends) == 0);
    f = fdopen(ends[0], "r");
    CHECK(pthread_create(&thread, NULL, read_a_line, f) == 0);
    usleep(50000);
    e = engine();
    CHECK(load(e, PIPELINE("wr", "local f = io.open(ctx.tmpdir .. '/x', 'w') f:write 'x' f:close() "
                                 "f = io.open('out.txt', 'w') f:write 'y' return 1"))
          == RILLE_OK);
    alarm(60);
    CHECK(run(e, "wr") == 1);
    alarm(0);
    rille_close(e);
    CHECK(write(ends[1], "x\n", 2) == 2);
    pthread_join(thread, &got);
    fclose(f);
    close(ends[1]);
}

int
main(void)
{
    char command[96];

    snprintf(dir, sizeof dir, "/tmp/rille-engine-XXXXXX");
    if (!mkdtemp(dir) || chdir(dir))
        return 2;
    snprintf(store, sizeof store, "%s/store", dir);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    RUN(several_scripts_share_an_engine);
    RUN(a_pipeline_of_the_same_name_takes_the_place_of_the_first);
    RUN(the_record_of_a_run_names_the_script_of_its_pipeline);
    RUN(a_script_of_another_folder_needs_a_base);
    RUN(a_syntax_error_leaves_the_engine_usable);
    RUN(nothing_is_left_of_a_script_that_failed);
    RUN(what_a_failed_script_replaced_is_there_again);
    RUN(a_battery_stays_loaded_with_its_types);
    RUN(os_exit_ends_the_call_only);
    RUN(os_exit_in_what_a_run_calls_fails_the_run);
    RUN(nothing_reaches_the_streams_of_the_host);
    RUN(the_store_is_opened_by_the_host_alone);
    RUN(no_null_is_a_crash);
    RUN(structs_of_other_headers_are_taken_by_their_size);
    RUN(a_call_from_the_log_is_refused);
    RUN(runs_outlive_their_engine);
    RUN(an_integer_that_no_double_holds_is_told_by_its_digits);
    RUN(a_long_message_is_whole);
    RUN(an_error_of_ours_is_told_with_its_traceback);
    RUN(a_thousand_engines_leave_nothing);
    RUN(a_fork_of_the_host_leaves_the_engine_to_the_parent);
    RUN(programs_of_the_host_get_no_descriptor);
    RUN(engines_in_several_threads_share_a_store);
    RUN(two_engines_of_one_thread_know_nothing_of_each_other);
    RUN(nothing_of_the_process_is_changed);
    RUN(numbers_do_not_hang_on_the_locale_of_the_host);
    RUN(hosts_of_other_habits);
    RUN(a_thread_of_the_host_that_reads_is_not_waited_for);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (chdir("/") || system(command))
        check_failed++;
    return check_done();
}

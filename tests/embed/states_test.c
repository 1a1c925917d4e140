/* states_test.c -- rille.so, the module for a stock Lua, in a process with several
 * states: each has its own, and closing one takes nothing from the others.  What print
 * and os.exit do there is the program's. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lualib.h>

#include "check.h"

static char dir[64], modules[4096];

static const char script[] =
    "local rille = require 'rille' assert(rille == require 'rille')\n"
    "rille.open { store = STORE, quiet = true }\n"
    "local s = rille.step 'a' { outputs = { rille.types.number 'n' }, run = function() return 3 "
    "end }\n"
    "local run = rille.pipeline 'q' { define = function() s() end }:run {}\n"
    "assert(run.status == 'completed' and run.steps[1].output:load() == 3) return "
    "run.steps[1].status";

static lua_State *
state(void)
{
    lua_State *L = luaL_newstate();

    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushfstring(L, "%s/?.so", modules);
    lua_setfield(L, -2, "cpath");
    lua_pop(L, 1);
    lua_pushfstring(L, "%s/store", dir);
    lua_setglobal(L, "STORE");
    return L;
}

static void
do_script(lua_State *L, const char *text, const char *want)
{
    int rc = luaL_dostring(L, text);

    CHECK(rc == LUA_OK);
    CHECK_STR(lua_isstring(L, -1) ? lua_tostring(L, -1) : "", want);
    lua_settop(L, 0);
}

static int
descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void
states_of_one_process_share_a_store(void)
{
    int before = descriptors();

    for (int i = 0; i < 20 && !check_bad; i++) {
        lua_State *a = state(), *b = state();

        do_script(a, script, i ? "cached" : "completed");
        do_script(b, script, "cached");
        lua_close(a);
        do_script(b, script, "cached");
        lua_close(b);
    }
    CHECK(descriptors() == before);
}

static void
print_and_os_exit_are_those_of_the_program(void)
{
    char out[128], text[64] = "";
    int status;
    pid_t pid;
    FILE *f;

    snprintf(out, sizeof out, "%s/out", dir);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        lua_State *L = state();

        if (!freopen(out, "w", stdout)
            || luaL_dostring(L, "require 'rille' print 'hello' os.exit(3)"))
            _exit(9);
        _exit(8);
    }
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    f = fopen(out, "r");
    CHECK(f && fgets(text, sizeof text, f));
    if (f)
        fclose(f);
    CHECK_STR(text, "hello\n");
}

int
main(int argc, char **argv)
{
    char command[96], *end;

    (void)argc;
    snprintf(dir, sizeof dir, "/tmp/rille-states-XXXXXX");
    /* this program is BUILD/tests/embed/states_test, the modules are in BUILD */
    if (!mkdtemp(dir) || !realpath(argv[0], modules)
        || !(end = strstr(modules, "/tests/embed/states_test")))
        return 2;
    *end = 0;
    RUN(states_of_one_process_share_a_store);
    RUN(print_and_os_exit_are_those_of_the_program);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command))
        check_failed++;
    return check_done();
}

/* observe_test.c -- what other C faces use of rille.host.observe, in states of ours and in
 * others */
#include <limits.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lualib.h>

#include "check.h"
#include "modules.h"
#include "observe/observe.h"
#include "os/sys.h"
#include "state/state.h"

static char dir[] = "/tmp/rille-observe-XXXXXX";

static int
l_read(lua_State *L)
{
    char out[PATH_MAX];

    observe_read(L, luaL_checkstring(L, 1), out, sizeof out);
    lua_pushstring(L, out);
    return 1;
}

static int
l_folder(lua_State *L)
{
    char out[PATH_MAX];

    observe_folder(L, luaL_checkstring(L, 1), out, sizeof out);
    return 0;
}

static int
l_write(lua_State *L)
{
    char out[PATH_MAX];

    observe_write(L, luaL_checkstring(L, 1), out, sizeof out);
    return 0;
}

static int
l_resolve(lua_State *L)
{
    char out[16];

    observe_resolve(L, luaL_checkstring(L, 1), out, sizeof out);
    lua_pushstring(L, out);
    return 1;
}

/* Runs the text with our functions and the folder as globals; "" or the error. */
static void
run(lua_State *L, const char *text)
{
    lua_register(L, "read", l_read);
    lua_register(L, "folder", l_folder);
    lua_register(L, "write", l_write);
    lua_register(L, "resolve", l_resolve);
    lua_pushstring(L, dir);
    lua_setglobal(L, "dir");
    if (luaL_dostring(L, text))
        CHECK_STR(lua_tostring(L, -1), "");
    lua_settop(L, 0);
}

static void
faces_record_what_they_read_list_and_write(void)
{
    lua_State *L = state_new(&(StateOptions){.modules = modules}, NULL);

    run(L, "local o = require 'rille.host.observe'\n"
           "o.set_base(dir)\n"
           "assert(o.base() == dir)\n"
           "o.begin { seed = ('s'):rep(32) }\n"
           "assert(read 'file' == dir .. '/file' and read '/dev/null' == '/dev/null')\n"
           "read 'none' folder '.' write 'out'\n"
           "local facts = o.finish()\n"
           "assert(#facts.impure == 1 and facts.impure[1].what == '/dev/null')\n"
           "local kinds = {}\n"
           "for i, f in ipairs(o.describe(facts.reads)) do\n"
           "  kinds[i] = f.kind .. ' ' .. f.name end\n"
           "kinds = table.concat(kinds, ', ')\n"
           "assert(kinds == 'absent none, file file, folder ., write out', kinds)\n");
    lua_close(L);
}

static void
a_state_may_be_closed_while_a_step_runs(void)
{
    lua_State *L = state_new(&(StateOptions){.modules = modules}, NULL);

    run(L, "local o = require 'rille.host.observe'\n"
           "o.install(_G)\n"
           "setmetatable({}, { __gc = function() io.open 'x' next {} end })\n"
           "o.begin { seed = ('s'):rep(32) }\n"
           "io.open '/none'\n");
    lua_close(L);
}

static void
a_foreign_state_keeps_the_working_folder(void)
{
    lua_State *L = luaL_newstate();

    CHECK(L != NULL);
    luaL_openlibs(L);
    run(L, "assert(resolve 'file' == 'file' and read 'file' == 'file')\n"
           "local ok, message = pcall(resolve, ('x'):rep(20))\n"
           "assert(not ok and message:find 'the path is too long')");
    lua_close(L);
}

static void
there_is_no_second_install(void)
{
    lua_State *L = state_new(&(StateOptions){.modules = modules}, NULL);

    run(L, "local o = require 'rille.host.observe'\n"
           "o.install(_G)\n"
           "local ok, message = pcall(o.install, _G)\n"
           "assert(message:find 'is observed already')");
    lua_close(L);
}

int
main(void)
{
    char path[64];
    Err err;

    if (!mkdtemp(dir))
        return EXIT_FAILURE;
    snprintf(path, sizeof path, "%s/file", dir);
    if (sys_write_file(path, "x", 1, &err))
        return EXIT_FAILURE;
    RUN(faces_record_what_they_read_list_and_write);
    RUN(a_state_may_be_closed_while_a_step_runs);
    RUN(a_foreign_state_keeps_the_working_folder);
    RUN(there_is_no_second_install);
    sys_remove(dir, &err);
    return check_done();
}

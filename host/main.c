/* main.c -- the program rille: its arguments and exit codes; signals are in
 * program_signals.c, what the arguments ask for is done by lua/main.lua. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/terminal_text.h"
#include "embedded/embedded.h"
#include "embedded/source_folder.h"
#include "entry_guard.h"
#include "kernel/kernellib.h"
#include "line_editor.h"
#include "meta/db.h"
#include "modules.h"
#include "program_signals.h"
#include "rille.h"
#include "state/state.h"

static void
complain(const char *text)
{
    fputs("rille: ", stderr);
    terminal_put(stderr, text, strlen(text), TERMINAL_LINES);
    fputs("\n", stderr);
}

enum { USAGE = 2, INTERNAL = 70 };      /* exit codes: of bad arguments, of an error of ours */

#if defined(__SANITIZE_ADDRESS__)
enum { CLOSE_ALWAYS = 1 };      /* or every value would count as leaked */
#else
enum { CLOSE_ALWAYS = 0 };
#endif

/* main.lua reports what scripts do: the error at the top is one of its own. */
static void
report_internal(lua_State *L, int argc, char **argv)
{
    lua_pushfstring(
        L,
        "internal error: %s\nThis is an error in rille, not in a script. Please report "
        "it with the lines above and these:\n  version: rille %s (%s)\n  command: rille",
        luaL_tolstring(L, -1, NULL), RILLE_VERSION, LUA_VERSION);
    for (int i = 1; i < argc; i++) {
        lua_pushfstring(L, " %s", argv[i]);
        lua_concat(L, 2);
    }
    complain(lua_tostring(L, -1));
}

/* *quick: the state may be left to the end of the process (a tenth of the time of
 * a cached run is giving memory back, piece by piece). */
static int
run(lua_State *L, int argc, char **argv, const char *scripts, int *quick)
{
    int code;

    *quick = 0;
    lua_getglobal(L, "require");
    lua_pushstring(L, "rille.main");
    if (embedded_call(L, 1, 1))
        goto fail;
    lua_createtable(L, argc, 2);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
    lua_pushstring(L, scripts);
    lua_setfield(L, -2, "scripts");
    lua_pushcfunction(L, program_signals_l_interrupted);
    lua_pushcfunction(L, line_editor_l_open);
    lua_pushcfunction(L, entry_guard_l_guard);
    lua_pushcfunction(L, kernel_l_open);
    if (embedded_call(L, 5, 2))
        goto fail;
    code = (int)lua_tointeger(L, -2);
    *quick = lua_toboolean(L, -1) && !CLOSE_ALWAYS;
    return code;
fail:
    report_internal(L, argc, argv);
    return INTERNAL;
}

/* A stream that the caller closed: a file of the store would get its number, and
 * what is printed.  Writing to this one fails. */
static void
fill_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            return;
}

/* Was something printed that did not arrive?  A reader that left, as head does, has
 * what it wanted. */
static int
output_lost(void)
{
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};

    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return poll(&out, 1, 0) < 0 || !(out.revents & POLLERR);
}

/* Is a word of the command line that is no option the name of a command? */
static int
is_command(const char *word)
{
    char path[64];

    return snprintf(path, sizeof path, "lua/cmd/%s.lua", word) < (int)sizeof path
           && embedded_find(path);
}

/* The option takes the next word, whatever that is. */
static int
takes_word(const char *option)
{
    return strcmp(option, "--store") == 0 || strcmp(option, "-e") == 0 || strcmp(option, "-j") == 0;
}

/* Where --scripts is read, before there is a Lua that could: a word of a script's own
 * arguments is not ours.  *dir is the folder as it was given, or NULL; lua/main.lua reports
 * what is wrong with the option, but for one that is given twice. */
static int
find_scripts(int argc, char **argv, const char **dir, Err *err)
{
    static const char option[] = "--scripts";
    size_t n = sizeof option - 1;
    int in_command = 0;

    *dir = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], option, n) == 0 && (!argv[i][n] || argv[i][n] == '=')) {
            const char *given = argv[i][n] ? argv[i] + n + 1 : i + 1 < argc ? argv[++i] : NULL;

            if (*dir && given)
                return err_set(
                    err, ERR_INVAL,
                    "--scripts is given twice, %s and %s; give it once", *dir,
                    given);
            *dir = given;
        } else if (takes_word(argv[i])) {
            i++;
        } else if (argv[i][0] != '-' && !in_command) {
            if (!is_command(argv[i]))
                break;
            in_command = 1;
        }
    }
    return OK;
}

/* The folder that rille's own Lua is read from, which the caller frees, or NULL. */
static int
take_scripts(int argc, char **argv, char **scripts, Err *err)
{
    const char *dir;

    *scripts = NULL;
    if (find_scripts(argc, argv, &dir, err))
        return ERR_INVAL;
    if (dir && !(*scripts = source_folder_check(dir, err)))
        return err->code;
    return OK;
}

int
main(int argc, char **argv)
{
    char *scripts;
    lua_State *L;
    Err err;
    int code, quick;

    if (take_scripts(argc, argv, &scripts, &err)) {
        complain(err.msg);
        return USAGE;
    }
    L = state_new(&(StateOptions){.modules = modules, .scripts = scripts, .compiled = 1,
                                  .linked = 1, .prepare = entry_guard_is_wanted(argc, argv)
                                      ? entry_guard_install : NULL}, &err);
    if (!L) {
        complain(err.msg);
        return INTERNAL;
    }
    db_of_program();
    fill_streams();
    program_signals_install();
    code = run(L, argc, argv, scripts, &quick);
    if (!quick)
        lua_close(L);
    free(scripts);
    if (output_lost()) {
        fprintf(stderr, "rille: standard output could not be written\n");
        return code ? code : 4;
    }
    return code;
}

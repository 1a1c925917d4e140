/* main.c -- the program rille: its arguments, signals and exit codes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bind.h"
#include "base/terminal_text.h"
#include "embedded/embedded.h"
#include "modules.h"
#include "os/descendants.h"
#include "rille.h"
#include "state/state.h"

/* The variables of the program: a signal handler can reach nothing else.
 *
 * A signal asks for one of
 *     FINISH     no step begins, those that run finish: the first SIGINT
 *     END        what runs gets SIGTERM and its grace: SIGTERM, SIGHUP or SIGQUIT, or a
 *                second SIGINT
 *     KILL       what runs is killed: one more
 * and what that means depends on what the program has to wait for:
 *     IDLE       nothing: the program ends at once, wherever it is (in a loop of the
 *                script, in C, waiting for a lock or for standard input)
 *     QUIET      the same in a child whose parent tells of it
 *     STEP       a step or hook in this process, which only an alarm can end
 *     WORKERS    steps in other processes: lua/execute/execute.lua heeds it
 *     CHILD      another process, whose end the command sees to (lua/execute/child_process.lua)
 * One more after KILL ends the program.  An alarm ends a program that does not heed a
 * signal in time, so that none is without effect; the run's lock goes with it, and the
 * next command closes that run.  What a step or hook in this process started is then
 * killed, too; the script's own commands are left to the terminal's Ctrl-C.  A signal
 * that was queued (rille stop) asks for END at most, or, when its value is 2, for END at
 * least and KILL at most.  A SIGHUP that the caller of the program ignores (nohup) stays so.
 *
 * region: how many lines of a live region are on the terminal, -1 where nobody
 * draws one.  Who draws tells of the stop; here the lines are taken back when the
 * program ends.  woken counts SIGCONT: what is on the terminal then is not ours. */
enum { QUIET, IDLE, STEP, WORKERS, CHILD };
enum { NOTHING, FINISH, END, KILL, LEAVE };
enum { GRACE = 2, OVERDUE = 8, OVERDUE_KILL = 5 };       /* seconds */

static volatile sig_atomic_t signalled, level, region = -1, woken;
static volatile sig_atomic_t phase = IDLE;
static char kept[4096];         /* the buffer of standard output, of at most PIPE_BUF */
static int on_terminal;         /* standard error is one: a ^C may stand before what we say */

static void
put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return;                 /* nobody is listening: nothing to do about it */
}

static void
say(const char *text)
{
    if (on_terminal)
        put("\n");
    put(text);
}

/* What was printed and is still kept, as far as it can be written without waiting: the
 * handler may have come anywhere, so that only a look at the buffer is safe. */
static void
put_kept(void)
{
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
    size_t n = __fpending(stdout);

    if (n == 0 || n > sizeof kept || poll(&out, 1, 0) != 1 || !(out.revents & POLLOUT))
        return;
    if (write(STDOUT_FILENO, kept, n) < 0)
        return;
}

static _Noreturn void
leave(int number)
{
    if (phase > IDLE)
        descendants_kill_in_handler();
    put_kept();
    for (int i = 1; i < region; i++)
        put("\r\033[A");
    if (region > 0)
        put("\r\033[J");
    if (phase != QUIET)
        say(number == SIGINT ? "rille: stopped by SIGINT\n"
            : number == SIGHUP ? "rille: stopped by SIGHUP\n"
            : number == SIGQUIT ? "rille: stopped by SIGQUIT\n" : "rille: stopped by SIGTERM\n");
    _exit(128 + number);
}

/* Sets the alarm for what has to be over by then. */
static void
set_alarm(void)
{
    if (!signalled)
        return;
    if (phase <= IDLE)          /* nothing is left but to go */
        alarm(GRACE);
    else if (level >= KILL)
        alarm(OVERDUE_KILL);
    else if (level == END)
        alarm(phase == STEP ? GRACE : OVERDUE);
    else
        alarm(0);
}

static void
on_alarm(int number)
{
    (void)number;
    if (signalled)
        leave(signalled);
}

/* What is asked for with this signal, after those before it. */
static int
next_level(int number, const siginfo_t *info)
{
    int least = number == SIGINT ? FINISH : END, now = level + 1, most = LEAVE;

    if (info->si_code == SI_QUEUE) {
        least = info->si_value.sival_int == 2 ? END : FINISH;
        most = info->si_value.sival_int == 2 ? KILL : END;
    }
    now = now < least ? least : now;
    now = now > most ? most : now;
    return now < level ? level : now;
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
    static const char *const texts[][2] = {
        [STEP] = {"no new step starts, the running step finishes; once more to end it\n",
                  "no new step starts, the running step has 2 s to end\n"},
        [WORKERS] = {"no new steps start, running steps finish; once more to end them\n",
                     "no new steps start, running steps have 2 s to end; once more to kill them\n"}};
    int before = level, saved = errno;

    (void)context;
    level = next_level(number, info);
    if (phase <= IDLE || level == LEAVE || (phase == STEP && level == KILL))
        leave(number);
    signalled = number;
    set_alarm();
    if (phase == STEP && level == END && before != END)
        descendants_terminate_in_handler();
    if (level != before && level < KILL && region < 0 && phase != CHILD)
        say(texts[phase][level - 1]);
    errno = saved;
}

static void
on_continue(int number)
{
    (void)number;
    woken = woken + 1;
}

/* interrupted([how[, region]])
 *   -> number of the signal, or nil; what it asks for: 0 nothing, 1 that running steps
 *      finish, 2 that they end, 3 that they are killed; how often the program was
 *      continued
 * how: "quiet", "idle", "step", "workers" or "child", what a signal has to wait for from now on */
static int
l_interrupted(lua_State *L)
{
    static const char *const names[] = {"quiet", "idle", "step", "workers", "child", NULL};

    if (!lua_isnoneornil(L, 1)) {
        phase = luaL_checkoption(L, 1, NULL, names);
        set_alarm();
    }
    if (!lua_isnoneornil(L, 2))
        region = (sig_atomic_t)luaL_checkinteger(L, 2);
    if (signalled)
        lua_pushinteger(L, signalled);
    else
        lua_pushnil(L);
    lua_pushinteger(L, level);
    lua_pushinteger(L, woken);
    return 3;
}

static void
watch_signals(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {0}, before;

    on_terminal = isatty(STDERR_FILENO);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i] != SIGHUP || sigaction(SIGHUP, NULL, &before) || before.sa_handler != SIG_IGN)
            sigaction(ends[i], &action, NULL);
    action.sa_flags = SA_RESTART;
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, NULL);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = SIG_IGN;        /* a closed pipe is an error of write */
    sigaction(SIGPIPE, &action, NULL);
}

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
    lua_pushcfunction(L, l_interrupted);
    if (embedded_call(L, 2, 2))
        goto fail;
    code = (int)lua_tointeger(L, -2);
    *quick = lua_toboolean(L, -1) && !CLOSE_ALWAYS;
    return code;
fail:
    /* main.lua reports what scripts do: this is an error of its own */
    lua_pushfstring(L, "internal error: %s\nThis is an error in rille, not in a script. Please report "
                       "it with the lines above and these:\n  version: rille %s (%s)\n  command: rille",
                    luaL_tolstring(L, -1, NULL), RILLE_VERSION, LUA_VERSION);
    for (int i = 1; i < argc; i++) {
        lua_pushfstring(L, " %s", argv[i]);
        lua_concat(L, 2);
    }
    complain(lua_tostring(L, -1));
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

    return snprintf(path, sizeof path, "lua/cmd/%s.lua", word) < (int)sizeof path && embedded_find(path);
}

/* The option takes the next word, whatever that is. */
static int
takes_word(const char *option)
{
    return strcmp(option, "--store") == 0 || strcmp(option, "-e") == 0 || strcmp(option, "-j") == 0;
}

/* Where --scripts is read, before there is a Lua that could: a word of a script's own
 * arguments is not ours.  *dir is the folder as it was given, or NULL; what is wrong with
 * the option is told by lua/main.lua, but for one that is there twice. */
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
                return err_set(err, ERR_INVAL, "--scripts is given twice, %s and %s; one folder has rille's own Lua", *dir, given);
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
    if (dir && !(*scripts = embedded_folder(dir, err)))
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
    L = state_new(&(StateOptions){.modules = faces, .scripts = scripts, .compiled = 1}, &err);
    if (!L) {
        complain(err.msg);
        return INTERNAL;
    }
    fill_streams();
    setvbuf(stdout, kept, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof kept);
    watch_signals();
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

/* program_signals.c -- see program_signals.h */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>

#include "os/descendants.h"
#include "program_signals.h"

/* The variables of the program: a signal handler can reach nothing else. */
enum { QUIET, IDLE, STEP, WORKERS, CHILD, SERVE };
enum { NOTHING, FINISH, END, KILL, LEAVE };
/* Seconds until the alarm: to exit, or for a step here; for workers to end; to be killed. */
enum { EXIT_TIMEOUT = 2, END_TIMEOUT = 8, KILL_TIMEOUT = 5 };

static volatile sig_atomic_t signalled;         /* the number of the last signal, or 0 */
static volatile sig_atomic_t level;             /* what it asks for: NOTHING.. */
static volatile sig_atomic_t phase = IDLE;      /* what a signal has to wait for */
static volatile sig_atomic_t region = -1;       /* lines on the terminal, -1: not drawn */
static volatile sig_atomic_t entry_runs;        /* of the prompt */
static volatile sig_atomic_t continued;         /* SIGCONT: others may have drawn since */
static volatile sig_atomic_t began;             /* second of the first signal */
static char stdout_buffer[4096];                /* of at most PIPE_BUF */
static int on_terminal;         /* standard error is one: a ^C may precede our text */

static void
put(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return;                 /* the reader is gone, and there is nothing to do about it */
}

static void
say(const char *text)
{
    if (on_terminal)
        put("\n");
    put(text);
}

/* What was printed and is still in the buffer, as far as it can be written without waiting: the
 * handler may have come anywhere, so that only a look at the buffer is safe. */
static void
put_stdout_buffer(void)
{
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
    size_t n = __fpending(stdout);

    if (n == 0 || n > sizeof stdout_buffer || poll(&out, 1, 0) != 1 || !(out.revents & POLLOUT))
        return;
    if (write(STDOUT_FILENO, stdout_buffer, n) < 0)
        return;
}

static _Noreturn void
end_program(int number)
{
    if (phase > IDLE || entry_runs)
        descendants_kill_in_handler();
    put_stdout_buffer();
    for (int i = 1; i < region; i++)
        put("\r\033[A");
    if (region > 0)
        put("\r\033[J");
    if (phase != QUIET)
        say(number == SIGINT    ? "rille: stopped by SIGINT\n"
            : number == SIGHUP  ? "rille: stopped by SIGHUP\n"
            : number == SIGQUIT ? "rille: stopped by SIGQUIT\n"
                                : "rille: stopped by SIGTERM\n");
    _exit(128 + number);
}

/* Sets the alarm for what has to be over by then. */
static void
set_alarm(void)
{
    if (!signalled)
        return;
    if (phase <= IDLE)          /* nothing is left but to go */
        alarm(EXIT_TIMEOUT);
    else if (level >= KILL)
        alarm(KILL_TIMEOUT);
    else if (level == END && phase != SERVE)
        alarm(phase == STEP ? EXIT_TIMEOUT : END_TIMEOUT);
    else
        alarm(0);
}

static void
on_alarm(int number)
{
    (void)number;
    if (signalled)
        end_program(signalled);
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

static int
second(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)now.tv_sec;
}

/* A server is asked to stop twice: what starts programs, as timeout(1), sends a signal to a program
 * and to its group, which is one time. */
static int
is_second(int before)
{
    return phase == SERVE && before != NOTHING && second() - began > 1;
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
    static const char *const texts[][2] = {
        [STEP] = {"no new steps start, the running step finishes; again to terminate it\n",
                  "no new steps start, the running step has 2 s to finish\n"},
        [WORKERS] = {
            "no new steps start, running steps finish; again to terminate them\n",
            "no new steps start, running steps have 2 s to finish; again to kill them\n"},
        [SERVE] = {"requests in flight are answered; again to stop at once\n",
                   "requests in flight are answered; again to stop at once\n"}};
    int before = level, saved = errno;

    (void)context;
    level = next_level(number, info);
    if (phase <= IDLE || (level == LEAVE && phase != SERVE) || (phase == STEP && level == KILL)
        || is_second(before))
        end_program(number);
    if (!signalled)
        began = second();
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
    continued = continued + 1;
}

/* Whether a call of the system that SIGINT comes in goes on: those of a run do, whose end is in
 * order; one of the entry's own, as io.read, ends. */
static void
set_restart(int restarts)
{
    struct sigaction action;

    sigaction(SIGINT, NULL, &action);
    action.sa_flags = restarts ? action.sa_flags | SA_RESTART : action.sa_flags & ~SA_RESTART;
    sigaction(SIGINT, &action, NULL);
}

int
program_signals_l_interrupted(lua_State *L)
{
    static const char *const names[] = {"quiet", "idle", "step", "workers", "child", "serve", NULL};

    if (!lua_isnoneornil(L, 1)) {
        phase = luaL_checkoption(L, 1, NULL, names);
        set_alarm();
        if (entry_runs)
            set_restart(phase != IDLE);
    }
    if (!lua_isnoneornil(L, 2))
        region = (sig_atomic_t)luaL_checkinteger(L, 2);
    if (signalled)
        lua_pushinteger(L, signalled);
    else
        lua_pushnil(L);
    lua_pushinteger(L, level);
    lua_pushinteger(L, continued);
    return 3;
}

void
program_signals_entry(int runs)
{
    entry_runs = runs;
}

void
program_signals_interrupt_entry(void)
{
    if (phase == IDLE || phase == STEP)
        descendants_terminate_in_handler();
}

void
program_signals_leave(int number)
{
    end_program(number);
}

static void
on_too_large(int number)
{
    (void)number;
}

void
program_signals_install(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {0}, before;

    setvbuf(stdout, stdout_buffer, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof stdout_buffer);
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
    /* a file past the size limit is an error of write; a program that is started gets the
     * default back */
    action.sa_handler = on_too_large;
    sigaction(SIGXFSZ, &action, NULL);
    action.sa_handler = SIG_IGN;        /* a closed pipe is an error of write */
    sigaction(SIGPIPE, &action, NULL);
}

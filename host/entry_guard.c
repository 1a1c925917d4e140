/* entry_guard.c -- see entry_guard.h */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <lauxlib.h>

#include "base/interrupt.h"
#include "entry_guard.h"
#include "observe/sandbox.h"
#include "program_signals.h"

static Sandbox guard;                   /* of which only the interrupt is used */
static struct sigaction before;         /* of SIGINT */
static int depth;                       /* of guards within guards */
static int on_terminal;                 /* and not a notebook, whose clicks may be many */
static volatile sig_atomic_t is_asked;  /* to end: a second Ctrl-C meanwhile ends the program */

int
entry_guard_is_wanted(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-i") == 0 || strcmp(argv[i], "repl") == 0
            || strcmp(argv[i], "kernel") == 0)
            return 1;
    return argc == 1;
}

void
entry_guard_install(lua_State *L, void *unused)
{
    (void)unused;
    guard.output = -1;
    interrupt_init(&guard.interrupt);
    sandbox_install_threads(L, &guard);
    sandbox_watch(L, &guard);
}

static void
on_interrupt(int number)
{
    if (is_asked && on_terminal)
        program_signals_leave(number);
    is_asked = 1;
    sandbox_interrupt(&guard);
    program_signals_interrupt_entry();
}

static void
begin(lua_State *L)
{
    struct sigaction action = {0};

    is_asked = 0;
    on_terminal = isatty(STDIN_FILENO);
    program_signals_entry(1);
    interrupt_begin(&guard.interrupt);
    guard.interrupt_before = interrupt_enter(&guard.interrupt);
    sandbox_begin(L, &guard, 1);
    action.sa_handler = on_interrupt;   /* no SA_RESTART: io.read ends (program_signals.c) */
    sigaction(SIGINT, &action, &before);
}

/* Whether there was a reason to end. */
static int
end(lua_State *L)
{
    int was = interrupt_check(&guard.interrupt) != INTERRUPT_NONE;

    sigaction(SIGINT, &before, NULL);
    sandbox_end(L, &guard, 0);
    interrupt_enter(guard.interrupt_before);
    program_signals_entry(0);
    return was;
}

/* What was interrupted has ended, and what goes on around it is not. */
static int
end_inner(void)
{
    int was = interrupt_check(&guard.interrupt) != INTERRUPT_NONE;

    if (was) {
        sandbox_kill_programs(&guard);
        is_asked = 0;
        interrupt_begin(&guard.interrupt);
    }
    return was;
}

int
entry_guard_l_guard(lua_State *L)
{
    if (lua_toboolean(L, 1)) {
        if (depth++ == 0)
            begin(L);
        return 0;
    }
    lua_pushboolean(L, depth > 0 && (--depth == 0 ? end(L) : end_inner()));
    return 1;
}

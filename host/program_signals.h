/* program_signals.h -- what signals do to the program rille.
 *
 * A signal asks for one of
 *     FINISH     no new step starts, running steps finish: the first SIGINT
 *     END        running steps get SIGTERM, and time to end: SIGTERM, SIGHUP or SIGQUIT, or
 *                a second SIGINT
 *     KILL       running steps are killed: one more
 * and what that means depends on what the program has to wait for:
 *     IDLE       nothing: the program ends at once, wherever it is (in a loop of the
 *                script, in C, waiting for a lock or for standard input)
 *     QUIET      the same in a child whose parent reports the signal
 *     STEP       a step or hook in this process, which only an alarm can end
 *     WORKERS    steps in other processes, which lua/execute/execute.lua asks to end
 *     CHILD      another process, which the command ends (lua/execute/child_wait.lua)
 * One more after KILL ends the program.  When a signal has no effect in time an alarm ends
 * the program; the run's lock goes with it, and the next command closes that run.  What a
 * step or hook in this process started is then killed, too; the script's own commands are
 * left to the terminal's Ctrl-C.  A signal that was queued (rille stop) asks for END at
 * most, or, when its value is 2, for END at least and KILL at most.  A SIGHUP that the
 * caller of the program ignores (nohup) stays ignored. */
#ifndef PROGRAM_SIGNALS_H
#define PROGRAM_SIGNALS_H

#include <lua.h>

/* Installs the handlers, and gives standard output a buffer that they can write. */
void program_signals_install(void);

/* An entry of the prompt begins to run, or ends: a signal that ends the program then kills what
 * the entry started. */
void program_signals_entry(int runs);
/* Ends the programs of an entry that is interrupted, but for the workers of a run: a shell that
 * forks when SIGINT comes can lose it.  For handlers, as the next. */
void program_signals_interrupt_entry(void);
/* Ends the program as the signal does; for handlers. */
_Noreturn void program_signals_leave(int number);

/* interrupted([how[, region]])
 *   -> number of the signal, or nil; what it asks for: 0 nothing, 1 that running steps
 *      finish, 2 that they end, 3 that they are killed; how often the program was
 *      continued
 * how: "quiet", "idle", "step", "workers" or "child", what a signal has to wait for from
 * now on
 * region: how many lines of a live region are on the terminal, -1 where nobody draws one;
 * they are taken back when the program ends.  Who draws one reports the signal too. */
int program_signals_l_interrupted(lua_State *L);

#endif

/* sandbox.h -- a state whose scripts cannot reach the process that hosts them.
 *
 * In a library the streams, the end of the process, its locale and its terminal are
 * the host's.  In a sandboxed state
 *     io.stdin                        is empty
 *     io.stdout, io.stderr, print     are handed to `write` as lines end, at the latest at
 *                                     the end of the call of the library
 *     os.exit                         ends the call of the library, not the process
 *     os.setlocale, debug.debug       know the locale "C" alone, and refuse
 *     what io.popen's program prints  is handed to `write` too (its standard error;
 *                                     and its standard output where it is written to)
 * What a running step prints is kept in its log instead (recorder.h).
 *
 * What ends a call before its time (base/interrupt.h: os.exit, rille_interrupt, an event, time,
 * memory) raises an error that no pcall of the script survives: from then on each instruction
 * of a script, or of a battery in Lua, raises it again.  rille's own code goes on, so that it
 * ends what it has begun.
 *
 * While the library is at work its thread has the locale "C", whatever the host set
 * (numbers are written with a point, and Lua's order of strings is that of bytes), and
 * SIGPIPE is blocked (a program that does not read to its end is no end of the host).
 * Other threads of the host do not see this; `write` leaves the library to call the host.
 *
 * Of descriptors 0, 1 and 2 those that the host closed are taken until sandbox_release, by
 * something that cannot be written to: a file of the store that got one of these numbers
 * would get what the host prints.
 *
 * A Sandbox belongs to its caller, and outlives the state. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>

#include <lua.h>

#include "base/err.h"
#include "base/interrupt.h"

typedef struct Sandbox {
    FILE *stream[3];                    /* in place of stdin, stdout, stderr */
    void (*write)(void *user, const char *p, size_t n);
    void *user;
    pid_t owner;                        /* the host, and not a worker that was forked */
    int output;                         /* the unnamed file that programs print into, or -1 */
    pid_t output_owner;                 /* the process whose programs do */
    struct SandboxProgram *programs;    /* of io.popen */
    int installed;                      /* the state is the library's (sandbox_install) */
    lua_State *main;                    /* that of the call */
    _Atomic(lua_State *) running;       /* the coroutine that runs; NULL outside of calls */
    _Atomic(pthread_t) thread;          /* that is in the call */
    lua_CFunction sethook;              /* the original of debug.sethook */
    unsigned passes;                    /* of rille's own code while there is a reason to end */
    int watch_every;                    /* instructions between two looks at `interrupt`, or 0 */
    lua_Hook hook;                      /* the host's, while its state is watched, or NULL */
    int hook_mask, hook_count;
    Interrupt interrupt;                /* why the call of the library ends, once it does */
    locale_t locale, before;            /* "C"; the host's */
    Interrupt *interrupt_before;        /* of an engine in whose callback this one was called */
    sigset_t mask;                      /* the host's */
    int pending;                        /* a SIGPIPE that is the host's */
    int taken[3];                       /* descriptors 0, 1, 2 that the host had closed */
} Sandbox;

int sandbox_init(Sandbox *sandbox, void (*write)(void *user, const char *p, size_t n), void *user,
                 Err *err);
/* The state first: its finalizers may print. */
void sandbox_release(Sandbox *sandbox);
/* Before anything of the state is wrapped or a script is loaded; may raise. */
void sandbox_install(lua_State *L, Sandbox *sandbox);
/* Instead, for a state that is the host's: its scripts are not sandboxed, but are interrupted
 * while the library calls them.  NULL ends that.  Raises only where there was none before. */
void sandbox_watch(lua_State *L, Sandbox *sandbox);
/* That of the state, or NULL where scripts are not sandboxed. */
Sandbox *sandbox_of(lua_State *L);
/* The thread is the library's; is the host's again. */
void sandbox_enter(Sandbox *sandbox);
void sandbox_leave(Sandbox *sandbox);
/* A call into the state begins, and ends; sandbox_end is given what sandbox_begin returned, for
 * calls within calls.  is_watched: scripts are interrupted within some hundred instructions, which
 * makes arithmetic slower. */
int sandbox_begin(lua_State *L, Sandbox *sandbox, int is_watched);
void sandbox_end(lua_State *L, Sandbox *sandbox, int before);
/* Interrupts what the sandbox is doing: from any thread, and from a signal handler. */
void sandbox_interrupt(Sandbox *sandbox);
/* There is a reason to end: the thread that runs, and the first one, find it at once. */
void sandbox_arm(lua_State *L, Sandbox *sandbox);
/* Of sandbox_install. */
void sandbox_install_threads(lua_State *L, Sandbox *sandbox);
/* Whether the hook of the thread is the sandbox's, and not a script's. */
int sandbox_is_watched(lua_State *L);
/* Hands on what was printed. */
void sandbox_flush(Sandbox *sandbox);
/* io.popen, for a program without a stream of the host, which is killed with all below it when
 * the call of the library ends (sandbox_program.c). */
int sandbox_popen(lua_State *L, Sandbox *sandbox, const char *command, const char *mode);
/* Ends the programs of io.popen, and all below them. */
void sandbox_kill_programs(Sandbox *sandbox);
/* Pushes the command so that its program has no stream of the host. */
void sandbox_command(lua_State *L, Sandbox *sandbox, const char *command, const char *mode);
/* Takes what programs of io.popen have printed: the number of bytes in p, 0 at the end. */
size_t sandbox_read_output(Sandbox *sandbox, char *p, size_t n);
/* Whether the absolute path names a stream of the process or its terminal. */
int sandbox_is_stream(const char *path);

#endif

/* engine.h -- what the parts of the library share: the engine, its errors, its calls into Lua.
 *
 *     rille_open -> no state -> (the first load, run, describe or registration) a Lua state
 *                  \-> (the first query) the database and the objects, read by C alone
 *
 * An engine's state is rille's own, whose scripts are in a sandbox (sandbox.h), or one that
 * the host shares (options.lua_state).  Every call that needs it goes to a function of
 * lua/capi/ by one protected call (engine_call).  Runs, artifacts, models, values and cursors
 * are plain structs, each of which keeps the engine's struct alive.
 *
 * Invariants
 *   1. Between engine_acquire and engine_release the engine is busy: whoever calls it then
 *      (a callback, another thread) gets RILLE_EBUSY, and the message stays that of the call in
 *      progress.
 *   2. No call into Lua can raise past engine_call, and what a take callback fills is owned by
 *      the caller already: it may be left by a longjmp.
 *   3. Callbacks of the host are called with the host's locale and signal mask
 *      (engine_leave_library ... engine_enter_library). */
#ifndef LIBRARY_ENGINE_H
#define LIBRARY_ENGINE_H

#include <stdatomic.h>
#include <sys/types.h>

#include <lua.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/memory.h"
#include "library/memory_store.h"
#include "observe/sandbox.h"
#include "rille.h"

struct Meta;
struct Store;
struct Registration;

struct rille_engine {
    lua_State *L;               /* NULL: not started yet, or closed */
    pid_t owner;
    atomic_flag busy;
    int open;                   /* rille_open succeeded, rille_close has not begun */
    int references;             /* the host's, and one of each run, artifact, values ... */
    rille_options options;      /* its texts are in `texts` */
    char *store, *config, *base, *lua_path, *lua_cpath;     /* absolute; copies, or NULL */
    MemoryStore memory;         /* that of RILLE_OPEN_MEMORY, whose store is `store` */
    Sandbox sandbox;
    Memory heap;                /* where the options give or bound it */
    Err err;
    char *message;              /* of the last failure where err has no room for it, or NULL */
    char *json;                 /* the last failure as JSON, or NULL: not made yet */
    char *details;              /* its fields but status and message: "\"step\":...", or NULL */
    char *program, *stack;      /* of rille_set, or NULL */
    char *answer;               /* of a function that gives a text until the next call, or NULL */
    struct Meta *meta;          /* of queries (query_store.c); NULL: not opened */
    struct Store *objects;
    char *printing_run, *printing_step; /* whose prints come next (events.h), or NULL */
    struct Registration *registered;    /* steps and types in C, newest first (registration.c) */
};

/* ---- errors ---- */

/* Keeps the message as the engine's last error; returns the code.  e may be NULL: then nobody
 * can ask for it. */
int engine_report(rille_engine *e, int code, const char *message);
int engine_report_as(rille_engine *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int engine_report_err(rille_engine *e, const Err *err);
int engine_nomem(rille_engine *e);
/* The next failure's fields for rille_errjson, after a report: JSON without its braces, "\"step\":
 * \"x\"", or NULL. */
void engine_set_details(rille_engine *e, const char *details);

/* Copies the struct of a caller, which begins with its size, into that of this library, which
 * has its defaults already.  what names it in messages. */
int engine_take_struct(rille_engine *e, const char *what, void *out, size_t known,
                       const void *given);
/* Sets package.path and package.cpath of a new state, where the options say so; may raise. */
void options_set_paths(lua_State *L, const rille_engine *e);
int engine_check_flags(rille_engine *e, const char *what, unsigned flags, unsigned known);

/* ---- life ---- */

void engine_reference(rille_engine *e);
void engine_unreference(rille_engine *e);
/* Makes the engine busy; an error in a forked child, during another call, or when it is not
 * open.  Clears the last error. */
int engine_acquire(rille_engine *e);
void engine_release(rille_engine *e);
/* The thread is the library's (locale "C", SIGPIPE blocked); is the host's again. */
void engine_enter_library(rille_engine *e);
void engine_leave_library(rille_engine *e);

/* ---- calls into Lua ---- */

/* One call of a function of lua/capi/capi.lua.  The function returns its result, or
 * nil, message, code, details (JSON without braces, or nil).
 *   push    pushes the arguments, returns how many; may raise
 *   take    reads the results, from index 1, into memory that user owns already; a status */
typedef struct EngineCall {
    rille_engine *e;
    const char *function;
    int (*push)(lua_State *L, void *user);      /* or NULL */
    int (*take)(lua_State *L, void *user);      /* or NULL */
    void *user;
    int rc;
} EngineCall;

/* Acquires the engine, starts Lua where it was not started, calls, releases. */
int engine_call(EngineCall *c);
/* The same within a call, where the engine is busy already. */
int engine_call_busy(EngineCall *c);
/* Starts Lua where it was not started; the engine is busy. */
int engine_start(rille_engine *e);
/* The engine of a state of an engine; NULL in another state.  It raises nothing. */
rille_engine *engine_of(lua_State *L);

#endif

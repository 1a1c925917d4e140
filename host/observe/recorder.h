/* recorder.h -- what the files of rille.host.observe share.
 *
 *     recorder.c       the observer, its recorders, what goes into them
 *     observelib.c        the face: begin, finish, install
 *     observe_check.c   comparing recorded facts with the world
 *     observe_io.c      io and os
 *     observe_file.c    whose an open file is; the methods of files
 *     observe_code.c    what the code is that a step brings in
 *     observe_load.c    load, loadfile, dofile: text into functions
 *     observe_require.c  require and its searchers
 *     observe_base.c    print, tostring, random, next, debug...
 *
 * There is one Observer per state, a userdata in the registry.  Facts go to the
 * recorder on top, that of the running step.  Without one, which is how a script
 * runs outside steps, a wrapper costs one comparison.
 *
 * A wrapper is called in place of the original and calls the original's C function
 * in its own frame, so positions and argument names in errors are the original's.
 * Its upvalue 1 is the original's, its upvalue 2 the Observer. */
#ifndef RECORDER_H
#define RECORDER_H

#include <stdio.h>

#include <lua.h>
#include <lauxlib.h>

#include "base/buf.h"
#include "observe/fact.h"
#include "observe/file_state.h"
#include "observe/sandbox.h"
#include "os/capped_log.h"

enum { LOG_PIECE = 64 * 1024, RANDOM_SIZE = 32 };

/* What a step prints is kept; kept and shown; or only written, as it comes, to a
 * standard error that is itself the log (of a worker, whose memory may go). */
enum { LOG_KEEP, LOG_SHOW, LOG_WRITE };

/* The user values of the Observer. */
enum {
    HELD_MODULES = 1,   /* modules that the running step loaded: name -> true */
    HELD_SOURCES,       /* list of { path, digest, text } */
    HELD_SOURCE_KEYS,   /* path .. digest -> true */
    HELD_PRINT,         /* the function that fingerprints code and modules */
    HELD_STEP,          /* the running step's Recorder */
    HELD_RANDOM,        /* math.random's state */
    HELD_INPUT, HELD_OUTPUT,    /* io's defaults before the step */
    HELD_VERDICTS,      /* fingerprints that this plan made already, by what of */
    HELD_CODES,         /* chunks that the running step loaded: fact's name -> function */
    HELD_HANDLES,       /* files that were opened since the step began -> true, or the
                         * command of io.popen */
    HELD_PACKAGE,       /* the table package, whatever a script calls so */
    HELD_PRELOADER,     /* the searcher of package.preload */
    HELD_LAST = HELD_PRELOADER
};

typedef enum Raw {
    RAW_OPEN, RAW_LINES, RAW_INPUT, RAW_OUTPUT, RAW_READ, RAW_WRITE, RAW_POPEN,
    RAW_TMPFILE, RAW_CLOSE,
    RAW_FILE_READ, RAW_FILE_LINES, RAW_FILE_WRITE, RAW_FILE_TOSTRING, RAW_FILE_SEEK,
    RAW_FILE_CLOSE, RAW_FILE_LEAVE, RAW_FILE_FLUSH, RAW_FILE_SETVBUF,
    RAW_GETENV, RAW_REMOVE, RAW_RENAME, RAW_TIME, RAW_CLOCK, RAW_DATE, RAW_TMPNAME,
    RAW_SETLOCALE, RAW_EXECUTE, RAW_EXIT,
    RAW_LOAD, RAW_LOADFILE, RAW_DOFILE, RAW_REQUIRE, RAW_SEARCHPATH, RAW_LOADLIB,
    RAW_SEARCHER_C, RAW_SEARCHER_ROOT,
    RAW_PRINT, RAW_TOSTRING, RAW_FORMAT, RAW_DUMP, RAW_RANDOM, RAW_RANDOMSEED,
    RAW_COLLECT, RAW_NEXT, RAW_PAIRS, RAW_SORT,
    RAW_DEBUG_FIRST, RAW_DEBUG_LAST = RAW_DEBUG_FIRST + 15, RAW_COUNT
} Raw;

typedef struct Observer Observer;

typedef struct Recorder {
    FactSet facts;
    Observer *owner;
    struct Recorder *parent;
    int is_open, random;
    int brought;                        /* modules or files of code were loaded */
    int untold;                         /* it may have done anything to others */
} Recorder;

struct Observer {
    Recorder *top, *step;               /* borrowed: the stack or user values hold them */
    lua_State *main;                    /* where the running step was begun */
    Confine *confine;                   /* of a state in a library; or NULL */
    char *base, *tmpdir;                /* without a slash at their end; NULL */
    char *tmp_real;                     /* tmpdir, links followed; NULL until wanted */
    int echo, installed;                /* echo: LOG_... */
    int own_input, own_output;          /* the step itself set io's defaults */
    CappedLog log;                         /* what is kept */
    Buf unwritten, out, text;           /* of the log: at most LOG_PIECE */
    size_t written;                     /* since the log's file was trimmed */
    unsigned char *random;              /* math.random's state, or NULL */
    unsigned char saved[RANDOM_SIZE];
    FactSet seen;                       /* full path -> digest, of this process */
    FactSet plan;                       /* full path -> what it is, of this plan */
    lua_CFunction raw[RAW_COUNT];
};

enum { COMMAND_MAX = 256 };             /* of a command that is noted */

/* A row of what is wrapped; ends with a NULL name.  fn NULL: every call is impure
 * in a step and otherwise the original's. */
typedef struct Wrap {
    Raw id;
    const char *lib, *name;             /* lib NULL: a global */
    lua_CFunction fn;
} Wrap;

extern const Wrap observe_io_wraps[], observe_load_wraps[], observe_module_wraps[],
    observe_base_wraps[];

/* The observer of a wrapper (its upvalue 2). */
#define observer_here(L) ((Observer *)lua_touserdata(L, lua_upvalueindex(2)))
/* The observer of the state, made when there is none; pushes nothing. */
Observer *observer_of(lua_State *L);
/* Pushes it. */
void observer_push(lua_State *L);
/* Pushes what the observer holds there (HELD_...); its type. */
int observer_held(lua_State *L, int which);
/* Keeps the value at the top there, and pops it. */
void observer_hold(lua_State *L, int which);

/* path as given -> absolute.  0, or -1 when it does not fit. */
int observer_full(const Observer *o, const char *path, char *out, size_t size);
/* All of these record into o->top, which must be set; they raise when memory ends.
 * path is as the script gave it; fd is its open descriptor, or -1 to open it. */
void observer_file(lua_State *L, Observer *o, const char *path, int fd);
/* The same of a file that is handed on as it is, to a program or into an artifact:
 * its executable bits count, and that it is a link. */
void observer_handed(lua_State *L, Observer *o, const char *path);
/* What a fact tells of the file that was probed. */
void observer_fill(Fact *f, const Probe *p);
void observer_absent(lua_State *L, Observer *o, const char *path, int code);
void observer_written(lua_State *L, Observer *o, const char *path);
void observer_impure(lua_State *L, Observer *o, const char *what);
/* What a command of the step ended with, where that is a failure (the results of
 * os.execute from index `first` on); once for a command.  SIGPIPE is none: the step has
 * read as far as it wanted. */
void observer_ended(lua_State *L, Observer *o, const char *what, const char *command,
                    int first);
/* Whether the running step wrote the path before. */
int observer_is_own(const Observer *o, const char *path);
/* Whether facts about the path are not wanted: it is in the step's tmpdir, where
 * no link leads out of it. */
int observer_is_tmp(Observer *o, const char *path);
Fact *observer_put(lua_State *L, Recorder *r, FactKind kind, const char *name);
void observer_put_value(lua_State *L, Fact *f, const char *p, size_t n);
void observer_changed(lua_State *L, Recorder *r, const char *name);
/* Pushes a new recorder; observer_enter puts it on top. */
Recorder *observer_recorder(lua_State *L, Observer *o);
void observer_enter(Observer *o, Recorder *r);
void observer_leave(Observer *o, Recorder *r);
/* The output of a step: into the log, and to standard error when the step echoes
 * (standard output is for results).  After the last piece comes a flush. */
void observer_log(lua_State *L, Observer *o, const char *p, size_t n);
void observer_flush(Observer *o);
/* In a library: the same of what programs of io.popen said until now. */
void observer_said(lua_State *L, Observer *o);
/* Whether the innermost function below the running one that is Lua is rille's. */
int observer_called_by_rille(lua_State *L);

/* Pushes the text of a script's file and describes it in *p; or returns 0 with the
 * errno in p->code and, in *verb, whether opening or reading failed. */
int observer_text(lua_State *L, Observer *o, const char *path, Probe *p,
                  const char **verb);
/* Why a text could not be read, by the code that observer_text left. */
const char *observer_reason(int code);
/* Pushes the function, or a message; 0 or a status of Lua.  who names the file in a
 * refusal of bytecode. */
int observer_compile(lua_State *L, const char *p, size_t n, const char *chunk,
                     const char *mode, const char *who);
/* Keeps the text at the index once per path and content. */
void observer_source(lua_State *L, const char *name, int text,
                     const unsigned char digest[HASH_SIZE]);
/* "lib/x.lua" for any path below the base. */
void observer_source_name(const Observer *o, const char *path, char *out, size_t size);

/* Code, observe_code.c.  A print is the fingerprint of code or of a value as it is
 * now; taking one runs nothing of a script's.  *print is set and 1 returned; or 0: it
 * cannot be told, and observer_untold says so of what records. */
int observer_print(lua_State *L, Observer *o, unsigned char print[HASH_SIZE]);
/* After observer_print gave 0, whose reason is at the top: pops that. */
void observer_untold(lua_State *L, Observer *o, const char *what);
/* The running step is about to run the chunk at the top, which is the text of that
 * file.  Becomes a value fact "code PATH": the print of the chunk before it runs, which
 * is over the globals it reads too; or "sandbox PATH", of the chunk in an environment of
 * the step's making, which is known by the code that makes it. */
void observer_code(lua_State *L, Observer *o, const char *path, int sandbox);
/* The same of the file that the module of that name is loaded from. */
void observer_module(lua_State *L, Observer *o, const char *name, const char *path,
                     const Probe *p);
/* The running step got a module that was loaded before it, at the top. */
void observer_captured(lua_State *L, Observer *o, const char *name);
/* Whether require(name) would call rille's own loader, with no searcher of the script's
 * before it. */
int observer_would_own(lua_State *L, const char *name);
/* The running step is about to look for a module that is not loaded: what the script
 * put into package.searchers and package.preload is part of how. */
void observer_searched(lua_State *L, Observer *o, const char *name);
/* The print of "package.searchers" or "package.preload.NAME"; as observer_print. */
int observer_search_print(lua_State *L, Observer *o, const char *what,
                          unsigned char print[HASH_SIZE]);
/* The print of the chunk of a file, made once in a plan; as observer_print, but that
 * nothing is left at the top. */
int observer_file_print(lua_State *L, Observer *o, const char *path, int sandbox,
                        unsigned char print[HASH_SIZE]);
/* Pushes the name of something whose print is no longer what the running step found,
 * so that other steps in this process may see what it did; or nil. */
void observer_push_acted(lua_State *L, Observer *o);
/* Lets go of the code that the step brought in: the next one loads it for itself. */
void observer_forget(lua_State *L, Observer *o);

/* Wraps the rows in the table of globals at the top. */
void observer_wrap(lua_State *L, const Wrap *rows);
void observer_wrap_files(lua_State *L);

/* The fields of the registry that hold io's default files. */
#define OBSERVER_INPUT "_IO_input"
#define OBSERVER_OUTPUT "_IO_output"
/* The open file at the index, borrowed, or NULL. */
FILE *observer_stream(lua_State *L, int idx);
/* "stdin", "stdout" or "stderr", or NULL for any other. */
const char *observer_standard(const Observer *o, const FILE *f);
/* The same of the default of io in the registry's field. */
const char *observer_default(lua_State *L, const char *field);
int observer_is_console(const Observer *o, const FILE *f);  /* standard output or error */
/* The file at the index, if it is open, was opened by what is recorded. */
void observer_keep_handle(lua_State *L, Observer *o, int idx);
/* The same of a file of io.popen, with its command (COMMAND_MAX bytes of it are kept). */
void observer_keep_program(lua_State *L, Observer *o, int idx, const char *command);
/* Calls the original, which closes the file at 1 (no arguments: the default output), and
 * notes a failure of its program. */
int observer_close(lua_State *L, Observer *o, lua_CFunction original);
/* These may be called while nothing is recorded.  Something is about to happen by
 * the file at the index; a default of io is about to be used; to be read. */
void observer_note_handle(lua_State *L, Observer *o, int idx);
void observer_note_default(lua_State *L, Observer *o, const char *field);
void observer_note_input(lua_State *L, Observer *o);
/* Puts arguments first.. into the log, as fprintf would print them. */
void observer_log_arguments(lua_State *L, Observer *o, int first);
void observer_wrap_searchers(lua_State *L);
void observer_wrap_debug(lua_State *L);
/* Digest of a value of the environment, NULL when it is unset. */
void observer_secret(const char *name, const char *value, unsigned char out[HASH_SIZE]);

/* Functions of the face that live in the other files. */
int observe_l_check(lua_State *L);
int observe_l_same_code(lua_State *L);
int observe_l_describe(lua_State *L);
int observe_l_new_plan(lua_State *L);
int observe_l_load_script(lua_State *L);
int observe_l_sources(lua_State *L);

#endif

/* recorder.h -- what a step is seen to read, write and do.
 *
 *     recorder.c        the recorder, its recordings, the facts and marks in them
 *     recorder_path.c   where a path leads, and whose file is there
 *     recorder_file.c   the files that a step reads and writes
 *     recorder_log.c    what a step prints
 *     observe.h         for the C faces of other rooms
 *     wrap.h            functions of the standard library that record; in these files:
 *       observe_io.c        io and os
 *       observe_file.c      whose an open file is; the methods of files
 *       observe_load.c      load, loadfile, dofile
 *       observe_require.c   require and its searchers
 *       observe_base.c      print, tostring, random, next, debug...
 *     observe_source.h  the texts of code, read, compiled and kept
 *     observe_pin.h     code of a commit, which loads more of it
 *     observe_code.h    what the code does that a step brings in
 *     observe_check.c   comparing recorded facts with the world
 *     observe_step.c    the beginning and the end of a step
 *     observelib.c      the face
 *
 * There is one Recorder per state, a userdata in the registry.  Facts go to the
 * recording on top, that of the running step.  Without one, which is how a script
 * runs outside steps, a wrapper costs one comparison. */
#ifndef RECORDER_H
#define RECORDER_H

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

/* The user values of the Recorder. */
enum {
    HELD_MODULES = 1,   /* modules that the running step loaded: name -> true */
    HELD_SOURCES,       /* list of { path, digest, text } */
    HELD_SOURCE_KEYS,   /* path .. digest -> true */
    HELD_FINGERPRINT,   /* the function that fingerprints code and modules */
    HELD_STEP,          /* the running step's Recording */
    HELD_RANDOM,        /* math.random's state */
    HELD_INPUT, HELD_OUTPUT,    /* io's defaults before the step */
    HELD_FILE_FINGERPRINTS,     /* made in this plan: what and path -> fingerprint | false */
    HELD_CODES,         /* chunks that the running step loaded: fact's name -> function */
    HELD_HANDLES,       /* files that were opened since the step began -> true, or the
                         * command of io.popen */
    HELD_PACKAGE,       /* the table package, whatever a script calls so */
    HELD_PRELOADER,     /* the searcher of package.preload */
    HELD_C_MODULES,     /* the function that is asked about modules that are loaded */
    HELD_NAME_OF,       /* the function that names what is the standard library's or rille's */
    HELD_PINS,          /* names of chunks of a commit -> their loader (observe_pin.h) */
    HELD_WATCH,         /* the Recording of observe.watch */
    HELD_LAST = HELD_WATCH
};

/* The C functions of the standard library that are wrapped. */
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
    RAW_GETMETATABLE, RAW_TRACEBACK,
    RAW_DEBUG_FIRST, RAW_DEBUG_LAST = RAW_DEBUG_FIRST + 15, RAW_COUNT
} Raw;

typedef struct Recorder Recorder;

/* What was recorded since recorder_enter. */
typedef struct Recording {
    FactSet facts;
    Recorder *owner;
    struct Recording *parent;
    int is_open;
    int used_random;
    int loaded_code;                    /* modules or files of code */
    int unknown_effects;                /* it may have changed anything that others see */
} Recording;

struct Recorder {
    Recording *top, *step;              /* borrowed: the stack or user values hold them */
    lua_State *main;                    /* where the running step was begun */
    Sandbox *sandbox;                   /* of a state in a library; or NULL */
    char *base, *tmpdir;                /* without a slash at their end; NULL */
    char *tmp_real;                     /* tmpdir, links followed; NULL until wanted */
    int echo, installed;                /* echo: LOG_... */
    int own_input, own_output;          /* the step itself set io's defaults */
    int pins;                           /* there are chunks of a commit */
    CappedLog log;                      /* what is kept */
    Buf unwritten, out, text;           /* of the log: at most LOG_PIECE */
    size_t written;                     /* since the log's file was trimmed */
    unsigned char *random;              /* math.random's state, or NULL */
    unsigned char saved[RANDOM_SIZE];
    FactSet hashed;                     /* full path -> digest, of this process */
    FactSet plan;                       /* full path -> what it is, of this plan */
    lua_CFunction raw[RAW_COUNT];
};

/* --- recorder.c ------------------------------------------------------------- */

/* The recorder of a wrapper (its upvalue 2). */
#define recorder_here(L) ((Recorder *)lua_touserdata(L, lua_upvalueindex(2)))
/* The recorder of the state, made when there is none; pushes nothing. */
Recorder *recorder_of(lua_State *L);
/* The same; NULL when the module was never opened in this state. */
Recorder *recorder_find(lua_State *L);
/* Pushes it. */
void recorder_push(lua_State *L);
/* Pushes what the recorder holds there (HELD_...); its type. */
int recorder_held(lua_State *L, int which);
/* Keeps the value at the top there, and pops it. */
void recorder_hold(lua_State *L, int which);
/* Whether the innermost function below the running one that is Lua is rille's. */
int recorder_called_by_rille(lua_State *L);

/* Pushes a new recording; recorder_enter puts it on top. */
Recording *recording_new(lua_State *L, Recorder *rec);
void recorder_enter(Recorder *rec, Recording *recording);
void recorder_leave(Recorder *rec, Recording *recording);
/* The fact of that kind and name, added when it was not there. */
Fact *recording_put(lua_State *L, Recording *recording, FactKind kind, const char *name);
void recording_put_value(lua_State *L, Fact *f, const char *p, size_t n);
/* What was read changed while the step ran. */
void recording_mark_changed(lua_State *L, Recording *recording, const char *name);

/* From here on the functions record into rec->top, which must be set; they raise when
 * memory ends. */

/* The step did something that cannot be repeated; with the position of its line. */
void recorder_note_impure(lua_State *L, Recorder *rec, const char *what);
/* What a command of the step ended with, where that is a failure (the results of
 * os.execute from index `first` on); once for a command.  SIGPIPE is none: the step has
 * read as far as it wanted. */
void recorder_note_failure(lua_State *L, Recorder *rec, const char *what, const char *command,
                           int first);
/* Digest of a value of the environment, NULL when it is unset. */
void recorder_env_digest(const char *name, const char *value, unsigned char out[HASH_SIZE]);

/* --- recorder_path.c -------------------------------------------------------- */

/* Replaces the path *to by a copy of text in normal form; NULL: there is none. */
void recorder_set_path(lua_State *L, char **to, const char *text);
/* path as given -> absolute.  0, or -1 when it does not fit. */
int recorder_full_path(const Recorder *rec, const char *path, char *out, size_t size);
/* The two forms of a path that is to be recorded, PATH_MAX each.  0 when it is not
 * recorded: it is too long to exist, or lies in the step's own tmpdir.  A link in the
 * tmpdir that leads out of it is recorded by its target, as the next tmpdir has another
 * name. */
int recorder_take_path(Recorder *rec, const char *path, char *name, char *full);
/* Whether the path, as it is spelled, is in the step's tmpdir. */
int recorder_is_spelled_in_tmp(const Recorder *rec, const char *path);
/* Whether facts about the path are not wanted: it is in the step's tmpdir, where
 * no link leads out of it. */
int recorder_is_in_tmp(Recorder *rec, const char *path);
/* Whether the running step wrote the path before. */
int recorder_wrote(const Recorder *rec, const char *path);

/* --- recorder_file.c -------------------------------------------------------- */

/* The step reads a file, or lists a folder.  path is as the script gave it; fd is its
 * open descriptor, or -1 to open it. */
void recorder_note_read(lua_State *L, Recorder *rec, const char *path, int fd);
/* The same of a file that is handed on as it is, to a program or into an artifact:
 * its executable bits count, and that it is a link. */
void recorder_note_handed(lua_State *L, Recorder *rec, const char *path);
/* Opening the path gave the errno. */
void recorder_note_absent(lua_State *L, Recorder *rec, const char *path, int code);
void recorder_note_write(lua_State *L, Recorder *rec, const char *path);
/* What a fact has of the state of a file. */
void recorder_fill_fact(Fact *f, const FileState *state);

/* --- recorder_log.c --------------------------------------------------------- */

/* The output of a step: into the log, and to standard error when the step echoes
 * (standard output is for results).  After the last piece comes a flush. */
void recorder_log(lua_State *L, Recorder *rec, const char *p, size_t n);
void recorder_log_flush(Recorder *rec);
/* Puts arguments first.. into the log, as fprintf would print them. */
void recorder_log_arguments(lua_State *L, Recorder *rec, int first);
/* In a library: what a program printed goes where the script's own output goes. */
void recorder_log_output(lua_State *L, Recorder *rec, const char *p, size_t n);
/* In a library: the same of what programs of io.popen printed until now. */
void recorder_log_programs(lua_State *L, Recorder *rec);

#endif

/* rille.h -- the embeddable pipeline engine.
 *
 *     rille_engine *e;  rille_run *run = NULL;  double accuracy;
 *     rille_options opt = RILLE_OPTIONS_INIT;
 *     rille_run_options how = RILLE_RUN_OPTIONS_INIT;
 *
 *     if (rille_open(&e, ".rille", &opt) || rille_load_file(e, "digits.lua")
 *         || rille_run_pipeline(&run, e, "digits", &how)
 *         || rille_get_number(rille_run_outputs(run), "evaluator.best_acc", &accuracy))
 *         fprintf(stderr, "%s\n", rille_errmsg(e));
 *     rille_run_free(run);
 *     rille_close(e);
 *
 * Handles.  Every handle is opaque and is freed by its own function, which accepts NULL.  What
 * comes from an engine may be freed after it was closed.
 *
 * Status.  Functions that can fail return RILLE_OK (0) or a negative status, never a positive
 * one; callbacks of the host do the same, and any other number than 0 of an event callback
 * cancels.  Outputs are the first parameters, and are NULL or 0 on failure.  NULL for what is
 * required is RILLE_EINVAL; a getter of a NULL handle returns NULL or 0.  The message of a
 * failure hangs on the engine (rille_errmsg) until its next call.
 *
 * Strings and pointers.  Text is UTF-8 and ends with 0; messages and events have what scripts say
 * as it is, which may be other bytes (rille_errjson has "?" for them).  What a function gives
 * out is never freed by the caller and lives as long as the handle that it came from (unless
 * the function says "until the next call").  What a function takes is copied, except arrays
 * with a release callback.
 *
 * Structs begin with their size: fill them with their *_INIT.  Those of an older, shorter
 * header are accepted; in those of a newer one, fields that this library does not know must be
 * 0, otherwise the call fails with RILLE_EVERSION.
 *
 * Threads.  An engine, with all that came from it, belongs to one thread at a time.  Engines
 * are independent of each other and may share a store, in one process or in several.  From any
 * thread, and from a signal handler, only rille_interrupt may be called, between rille_open and
 * the start of rille_close.  From a callback only functions that take the rille_step of that
 * call (and the values of it), and rille_interrupt; anything else returns RILLE_EBUSY (or NULL),
 * without a message: rille_errmsg is that of the call in progress.
 * After a fork the engine belongs to the parent: in the child its calls return RILLE_EINVAL,
 * and rille_close leaves everything to the parent.  The child may open engines of its own if no
 * other thread was in a call of the library when it was forked; otherwise it has locks of SQLite
 * and malloc that nobody gives back, and may only exec or _exit.
 *
 * The process stays the host's.  The library keeps no global variables, changes no signal
 * handler, working folder, locale or environment, writes to no stream and never exits.  What
 * scripts print becomes RILLE_LOG events; their standard input is empty, and programs that they
 * start get none of the host's streams.  os.exit in a script ends the call with the message
 * "os.exit(3) was called at FILE:LINE".  A signal handler of the host that is installed without
 * SA_RESTART ends what a script reads from a pipe in that moment (EINTR). */
#ifndef RILLE_H
#define RILLE_H

#include <stddef.h>
#include <stdint.h>

#define RILLE_VERSION "0.1.0"
#define RILLE_VERSION_NUMBER 1000 /* major * 1000000 + minor * 1000 + patch */

#ifndef RILLE_API
#  if defined(__GNUC__)
#    define RILLE_API __attribute__((visibility("default")))
#  else
#    define RILLE_API
#  endif
#endif
#if defined(__GNUC__)
#  define RILLE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#  define RILLE_PRINTF(f, a)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* ---- status ---------------------------------------------------------------------------- */

enum {
    RILLE_OK = 0,
    RILLE_ERROR = -1,           /* any other failure */
    RILLE_ENOMEM = -2,
    RILLE_EIO = -3,
    RILLE_ENOTFOUND = -4,
    RILLE_EEXISTS = -5,
    RILLE_EINVAL = -6,          /* a bad argument */
    RILLE_ETYPE = -7,           /* a value does not fit the declared type */
    RILLE_ESYNTAX = -8,         /* a script is wrong */
    RILLE_ESTEP = -9,           /* a step failed */
    RILLE_ECANCELLED = -10,     /* rille_interrupt, or a callback that returned nonzero */
    RILLE_EBUSY = -11,          /* the engine is in a call already; the store is locked */
    RILLE_ECORRUPT = -12,
    RILLE_EVERSION = -13,       /* store, struct, Lua or library of another version */
    RILLE_EPARAM = -14,         /* no such parameter or input, or one is missing (one of another
                                 * type: RILLE_ETYPE) */
    RILLE_ELIMIT = -15,         /* the memory or time of the options is used up */
    RILLE_EREADONLY = -16       /* the engine was opened with RILLE_OPEN_READONLY */
};

typedef struct rille_engine rille_engine;
typedef struct rille_values rille_values;       /* named values: arguments, inputs, outputs */
typedef struct rille_run rille_run;
typedef struct rille_artifact rille_artifact;
typedef struct rille_model rille_model;         /* one version of a model */
typedef struct rille_cursor rille_cursor;
typedef struct rille_step rille_step;           /* a running step, valid during its call only */
struct ArrowSchema;                             /* of the Arrow C data interface */
struct ArrowArray;

/* Of the library that is linked, which may be another one than this header's. */
RILLE_API const char *rille_version(void);
RILLE_API int rille_version_number(void);
RILLE_API const char *rille_strerror(int status);       /* static text */

/* ---- opening --------------------------------------------------------------------------- */

/* What happens in a run, told on the thread that called the library, while it is in the call. */
typedef struct rille_event {
    size_t size;
    int kind;                   /* RILLE_RUN_BEGIN ...; ignore kinds that you do not know */
    const char *run;            /* name of the run; NULL outside of one.  Pointers live during */
    const char *step;           /* id of the step in its pipeline, or NULL   the callback only */
    const char *text;           /* status, message, or what was printed; or NULL */
    double fraction;            /* of a RILLE_STEP_TICK: 0 to 1, below 0 where it is unknown */
    double seconds;             /* since the run or the step began; 0 where it is unknown */
    int done, total;            /* steps of the run that have ended, and all; 0 in RILLE_LOG */
} rille_event;
enum {
    RILLE_RUN_BEGIN,
    RILLE_STEP_BEGIN,
    RILLE_STEP_CACHED,          /* its outputs are those of an earlier run */
    RILLE_STEP_TICK,            /* progress; text is the step's note or NULL */
    RILLE_STEP_RETRY,           /* text: why it failed; it runs again */
    RILLE_STEP_END,             /* text: "completed" or "stopped" */
    RILLE_STEP_FAILED,          /* text: why */
    RILLE_RUN_END,              /* text: "completed", "failed" or "stopped" */
    RILLE_LOG,                  /* text: a line (or part of one) that a script or a step printed,
                                 * or a notice of the engine; step NULL outside of steps */
    RILLE_STEP_SKIPPED          /* text: why */
};
typedef int (*rille_event_fn)(void *user, const rille_event *event);   /* nonzero: cancel */

/* As lua_Alloc: osize is the size of the block at p, or 0; nsize 0 frees and returns NULL. */
typedef void *(*rille_alloc_fn)(void *user, void *p, size_t osize, size_t nsize);
typedef void (*rille_release_fn)(void *user);

typedef struct rille_options {
    size_t size;
    unsigned flags;             /* RILLE_OPEN_* */
    const char *config;         /* path of a YAML file of run configuration for all runs, or NULL */
    const char *base;           /* where relative paths and require start; NULL: the folder of the
                                 * first script loaded, which must contain all others */
    const char *lua_path;       /* package.path and package.cpath, as LUA_PATH has them (";;" is */
    const char *lua_cpath;      /* the default); NULL: as the rille program has them */
    void *lua_state;            /* a lua_State of the host's that scripts share (rille_lua.h);
                                 * excludes alloc and memory.  It outlives the engine */
    rille_alloc_fn alloc;       /* for Lua and arrays; NULL: the library's own */
    void *alloc_user;
    rille_event_fn event;       /* NULL: nobody listens */
    void *event_user;
    uint64_t memory;            /* most bytes of Lua and arrays; 0: no limit.  Past it a call
                                 * fails with RILLE_ELIMIT, and the engine can go on; what rille
                                 * needs to record the end of a run is given beyond it.  An engine
                                 * that has loaded a script uses about 2 MiB */
} rille_options;
#define RILLE_OPTIONS_INIT { sizeof(rille_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
#define RILLE_OPEN_NOCREATE 1u  /* fail with RILLE_ENOTFOUND if there is no store */
#define RILLE_OPEN_READONLY 2u  /* queries only, also beside a writer: what would write fails with
                                 * RILLE_EREADONLY.  There must be a store: RILLE_ENOTFOUND.
                                 * Beside the database SQLite makes meta.db-wal and -shm where they
                                 * are missing: a folder on a read-only mount needs both */
#define RILLE_OPEN_MEMORY   4u  /* a store of its own that is gone with the engine; store is NULL.
                                 * Excludes the two flags above.  It is a folder of mode 0700 in
                                 * /dev/shm where that is a tmpfs with 256 MiB free, else in TMPDIR
                                 * or /tmp; that of a killed process is removed by the user's next
                                 * such engine */
#define RILLE_OPEN_NOHOOK   8u  /* Lua loops run at full speed, and rille_interrupt from another
                                 * thread waits for a builtin, a tick or the end of a step */

/* store is the path of the .rille folder, which the first run makes; a relative path starts from
 * the current working folder.  opt may be NULL.  No Lua is started yet.
 * *out is set even on failure (unless memory runs out, RILLE_ENOMEM), so that rille_errmsg
 * works: always close it. */
RILLE_API int rille_open(rille_engine **out, const char *store, const rille_options *opt);
RILLE_API void rille_close(rille_engine *e);

/* Of the last call that failed; "" after one that did not.  Until the next call.  e NULL: out
 * of memory. */
RILLE_API const char *rille_errmsg(const rille_engine *e);
RILLE_API int rille_errcode(const rille_engine *e);
/* The same as a JSON object: {"status": -9, "message": TEXT} and, where they are known, "step",
 * "file", "line", "traceback" and "hint". */
RILLE_API const char *rille_errjson(const rille_engine *e);

/* Cancels what the engine is doing now, which then fails with RILLE_ECANCELLED; does nothing
 * when it does nothing.  It takes at most some 50 ms in Lua code, in rille's builtins and in its
 * waits; some hundred where they sort, read CSV or compute with millions of elements; and until
 * the end of it in code in C of others, in one call of a function of Lua's own (a pattern that
 * takes long, table.move), in a finalizer and in a product of matrices by BLAS.
 * Programs that scripts started are killed, with all below them.  What a step made that was broken
 * off is dropped; steps that had ended are kept.  debug.sethook is refused to scripts, as the hook
 * is the library's, unless RILLE_OPEN_NOHOOK. */
RILLE_API void rille_interrupt(rille_engine *e);

/* Settings: "program", the path of the rille program that runs steps in processes (default: the
 * one beside the library, in bin of its PREFIX, or on PATH); "stack", the stack that runs use.
 * value NULL: the default.  RILLE_ENOTFOUND for another key. */
RILLE_API int rille_set(rille_engine *e, const char *key, const char *value);
/* *out is NULL where nothing is set; until the next call. */
RILLE_API int rille_get(rille_engine *e, const char *key, const char **out);

/* ---- values ---------------------------------------------------------------------------- */

/* Named values, with one pair of verbs for arguments, inputs, outputs and results.  A put
 * replaces a value of that name.  A get of another kind than was put is RILLE_ETYPE, of a name
 * that there is not RILLE_ENOTFOUND; name NULL is the only value (RILLE_EINVAL when there are
 * several).  Values that the library gives out (of a run, an artifact, a step's inputs) are
 * read only: puts fail with RILLE_EINVAL.  Pointers that a get gives live as long as v, unless
 * the value is replaced. */

typedef enum rille_dtype {
    RILLE_F64, RILLE_F32, RILLE_I64, RILLE_I32,
    RILLE_U8,
    RILLE_BOOL                  /* a byte each, 0 or 1 */
} rille_dtype;
typedef struct rille_array {
    size_t size;
    int dtype;                  /* RILLE_F64 ... */
    int ndim;                   /* 1 to 8 */
    const int64_t *shape;       /* ndim of them; row-major, contiguous */
    const void *data;           /* aligned to its elements; NULL where a shape entry is 0 */
    rille_release_fn release;   /* put: NULL copies the data; else they are borrowed until it is
                                 * called, once, on the engine's thread (also when the put fails
                                 * after all, but for a size without *_INIT).  Scripts may keep
                                 * them longer than the values: until then they do not change.
                                 * get: NULL */
    void *user;
} rille_array;
#define RILLE_ARRAY_INIT { sizeof(rille_array), RILLE_F64, 0, 0, 0, 0, 0 }

/* NULL when memory runs out or e is NULL; puts into NULL then return RILLE_EINVAL. */
RILLE_API rille_values *rille_values_new(rille_engine *e);
RILLE_API void rille_values_free(rille_values *v);

/* Scripts have them as boolean, integer, float and string. */
RILLE_API int rille_put_bool(rille_values *v, const char *name, int x);
RILLE_API int rille_put_int(rille_values *v, const char *name, int64_t x);
RILLE_API int rille_put_number(rille_values *v, const char *name, double x);
/* len bytes of UTF-8 (RILLE_EINVAL for other bytes); they may have a 0 among them. */
RILLE_API int rille_put_string(rille_values *v, const char *name, const char *s, size_t len);
RILLE_API int rille_put_bytes(rille_values *v, const char *name, const void *p, size_t len);
/* Any JSON value, strict RFC 8259, with integers of 64 bits; RILLE_EINVAL says line and column.  A
 * boolean, number or string is put as such, 1 as an integer and 1.0 as a number; a list or object
 * is got by rille_get_json.  A null within it is absent for scripts, as in JSON that they read
 * themselves.
 * name NULL: json is an object, and each of its fields is put by its name; all or none. */
RILLE_API int rille_put_json(rille_values *v, const char *name, const char *json);
/* Scripts have it as an array of rille.array. */
RILLE_API int rille_put_array(rille_values *v, const char *name, const rille_array *a);
/* A new array of zeros to be filled by the caller: *data points at its elements, and lives as
 * long as the value.  Fill it before it is an argument or an output: scripts share the memory. */
RILLE_API int rille_new_array(rille_values *v, const char *name, int dtype, int ndim,
                              const int64_t *shape, void **data);
/* A frame: a struct array whose children are the columns.  On RILLE_OK schema and array are
 * moved, that is their release has become NULL; on failure they stay the caller's.  They are
 * released once, on the engine's thread: when the last column that uses their buffers goes.
 *     bool; int8 to int32 and uint16 as i32; uint8; int64, uint32 and uint64 as i64; float16 and
 *     float32 as f32; float64; utf8, large_utf8, utf8_view and dictionaries of them as texts;
 *     date32, date64 and timestamps of any unit as dates (of UTC, whole milliseconds, years 1 to
 *     9999); null as f64
 * A null is NaN, a missing date or "" (integers with nulls become f64); a boolean has none.  What
 * a frame cannot hold is RILLE_ETYPE, with column and format or row; a struct that contradicts
 * itself RILLE_EINVAL.  How long buffers are is not in the structs: they must be long enough. */
RILLE_API int rille_put_arrow(rille_values *v, const char *name, struct ArrowSchema *schema,
                              struct ArrowArray *array);
/* Scripts have the value of the artifact.  a is of the same engine, and still the caller's. */
RILLE_API int rille_put_artifact(rille_values *v, const char *name, rille_artifact *a);
/* obj is of a type of rille_register_type, and taken on RILLE_OK only. */
RILLE_API int rille_put_object(rille_values *v, const char *name, const char *type, void *obj);

/* *out is 0 or 1. */
RILLE_API int rille_get_bool(rille_values *v, const char *name, int *out);
/* A number without a fraction too, where an int64_t holds it. */
RILLE_API int rille_get_int(rille_values *v, const char *name, int64_t *out);
/* An integer too; RILLE_ETYPE where no double holds it. */
RILLE_API int rille_get_number(rille_values *v, const char *name, double *out);
/* *out is followed by a 0; len may be NULL. */
RILLE_API int rille_get_string(rille_values *v, const char *name, const char **out, size_t *len);
/* A string too. */
RILLE_API int rille_get_bytes(rille_values *v, const char *name, const void **out, size_t *len);
/* Of any value that JSON has: numbers, texts, lists, tables, arrays (nested lists), frames (a list
 * of rows, [{"x": 1.5, "day": "2026-11-22"}, ...]).  NaN and what a frame misses is null (a missing
 * text ""); RILLE_ETYPE for bytes, objects, artifacts and infinities.  A table or list of a store
 * with something inside that JSON lacks is given as the program's --json spells it:
 * {"$number":"nan"}, {"$bytes":BASE64}, {"$table":[[KEY,VALUE]...]} where keys are no texts. */
RILLE_API int rille_get_json(rille_values *v, const char *name, const char **out);
/* *out is filled; its size must be set (RILLE_ARRAY_INIT).  Large arrays of a store are mapped. */
RILLE_API int rille_get_array(rille_values *v, const char *name, rille_array *out);
/* The frame, copied: both structs are the caller's to release, on any thread, and may outlive v
 * and the engine.  Formats b, C, i, l, f, g, tsm:UTC, and u (U past 2 GiB); NaN and missing dates
 * are null.  On failure their release is NULL. */
RILLE_API int rille_get_arrow(rille_values *v, const char *name, struct ArrowSchema *schema,
                              struct ArrowArray *array);
/* Of an artifact that was put, and of each output of a run; *out is freed by the caller. */
RILLE_API int rille_get_artifact(rille_artifact **out, rille_values *v, const char *name);
/* *out is v's; type must be that which it was put with. */
RILLE_API int rille_get_object(rille_values *v, const char *name, const char *type,
                               const void **out);
/* Sorted; *names has *count of them and lives until the next put.  The only value of an artifact
 * has no name, and is not among them. */
RILLE_API int rille_names(rille_values *v, const char *const **names, size_t *count);

/* ---- scripts and runs ------------------------------------------------------------------ */

typedef struct rille_run_options {
    size_t size;
    unsigned flags;             /* RILLE_RUN_* */
    const char *run_name;       /* NULL: PIPELINE-{date}-{time}-{n} */
    rille_values *args;         /* parameters and inputs by name, or NULL; still the caller's */
    const char *model;          /* the run belongs to this model, or NULL */
    const char *model_version;  /* a version or stage of it; NULL: a new version */
    int jobs;                   /* 0: steps run in the host's thread, one by one, and share the
                                 * state of the script: what one changes (a global, a captured
                                 * variable, a module) the next one sees, where the rille program
                                 * gives each the state that the script left.  Where that is
                                 * seen (what a step captures has changed) the result is not
                                 * reused and a RILLE_LOG says so; all others have the keys of the
                                 * program, and its values but where a step hands state to another
                                 * one behind the wires: steps that do so need n or the program.
                                 * A step with a timeout or a memory limit is an error.
                                 * n: at most n at once, in processes of the rille program, which
                                 * loads the scripts that were loaded from files and proves by the
                                 * fingerprint that a step is the same.  Steps in C, of a text,
                                 * with a secret, or whose code is not the same in the file run in
                                 * the host's thread, and so does a run with a stack.
                                 * RILLE_ENOTFOUND, RILLE_EVERSION: no such program */
    double timeout;             /* seconds of the whole run, then RILLE_ELIMIT; 0: none */
} rille_run_options;
#define RILLE_RUN_OPTIONS_INIT { sizeof(rille_run_options), 0, 0, 0, 0, 0, 0, 0 }
#define RILLE_RUN_NO_CACHE 1u   /* each step runs, whatever earlier runs left */
#define RILLE_RUN_UNLISTED 2u   /* kept out of listings */
#define RILLE_RUN_DRY      4u   /* plans only: status "planned", rille_run_json has the plan */

/* Runs a script, which defines steps and pipelines.  An engine can load any number of scripts;
 * they share globals and modules like the files of one program.  A new step or pipeline replaces
 * an earlier one of the same name.  A script that fails (RILLE_ESYNTAX) leaves nothing: no step,
 * pipeline, type, global or module. */
RILLE_API int rille_load_file(rille_engine *e, const char *path);
/* text is Lua source, no bytecode; name is for messages, NULL: "string". */
RILLE_API int rille_load_string(rille_engine *e, const char *name, const char *text, size_t len);
/* What was loaded, as a JSON object: {"pipelines": [{"name", "doc", "params": [{"name", "type",
 * "default"}], "inputs": [{"name", "type"}]}], "steps": [{"name", "doc", "inputs", "params",
 * "outputs"}]}.  Until the next call. */
RILLE_API int rille_describe(rille_engine *e, const char **json);

/* Runs a pipeline, or a step by itself, which is kept out of listings.  RILLE_ESTEP if a step
 * failed, RILLE_ECANCELLED or RILLE_ELIMIT if it was stopped: the run is then recorded, and *out
 * is set, too. */
RILLE_API int rille_run_pipeline(rille_run **out, rille_engine *e, const char *pipeline,
                                 const rille_run_options *opt);
RILLE_API int rille_run_step(rille_run **out, rille_engine *e, const char *step,
                             const rille_run_options *opt);
RILLE_API void rille_run_free(rille_run *r);
RILLE_API const char *rille_run_id(const rille_run *r);         /* 32 hex digits; NULL: planned */
RILLE_API const char *rille_run_name(const rille_run *r);
RILLE_API const char *rille_run_status(const rille_run *r);     /* completed, failed, stopped,
                                                                 * running, planned */
/* The run with its steps, byte by byte as `rille show --json` prints it, without the newline;
 * until the run is freed.  A planned run: its plan.  Of a run that is running, or whose process
 * died, steps without a result are "pending" or "skipped" here, where the program reads from the
 * run's live log which of them run; and a run whose process died is "running" until the program or
 * a run of the library closes it. */
RILLE_API int rille_run_json(rille_run *r, const char **out);
/* The outputs of its steps, by "STEP.OUTPUT"; "STEP" alone where a step has one output.  An item of
 * a map is the step "MAP[1]"; a `when` has the output of the branch taken.  They are the run's:
 * read only, loaded when they are asked for, gone with it.  NULL with rille_errmsg when they cannot
 * be found.  Artifacts of types of scripts, models of rille.svm, rille.linear and rille.tree,
 * files, folders, and tables and lists that hold such or arrays or frames are for scripts to load:
 * a get is RILLE_ETYPE; rille_get_artifact gives them, and rille_artifact_bytes their members. */
RILLE_API rille_values *rille_run_outputs(rille_run *r);

/* ---- queries: no Lua is started -------------------------------------------------------- */

/* They read the store of the options alone (not one that a stack of the program names), see what
 * others commit, and wait for nobody but rille_model_stage.  Damage is RILLE_ECORRUPT.  Where there
 * is no store yet, listings are empty and nothing is found. */
enum { RILLE_RUNS, RILLE_ARTIFACTS, RILLE_MODELS };
/* Newest first.  RILLE_RUNS: those that the program lists; RILLE_ARTIFACTS: of each name the newest
 * version, as of now; RILLE_MODELS: versions of all models.  What is recorded while the cursor is
 * read is not in it, nothing is in it twice.
 * filter: as `rille runs --where` takes it, "pipeline = digits and metric.acc > 0.9"; conditions
 * may also follow each other without "and"; NULL or "": all.  A wrong one is RILLE_EINVAL, with a
 * caret below the place in the message. */
RILLE_API int rille_list(rille_cursor **out, rille_engine *e, int what, const char *filter);
/* RILLE_OK and *out NULL: the end.  RILLE_EINVAL for a cursor of something else. */
RILLE_API int rille_next_run(rille_run **out, rille_cursor *c);
RILLE_API int rille_next_artifact(rille_artifact **out, rille_cursor *c);
RILLE_API int rille_next_model(rille_model **out, rille_cursor *c);
RILLE_API void rille_cursor_free(rille_cursor *c);
/* ref: a name, an id or the beginning of one (4 digits or more), "latest" or NULL, "-2" (the one
 * before the latest), "3" (the third of pipeline), or as the program has it PIPELINE@-1, @-1; of
 * pipeline, which may be NULL.  RILLE_ENOTFOUND, with what may be meant in the message, or
 * RILLE_EINVAL when several fit. */
RILLE_API int rille_find_run(rille_run **out, rille_engine *e, const char *pipeline,
                             const char *ref);
/* ref: "PIPELINE::STEP::OUTPUT", NAME, NAME@VERSION (@-1 is the newest), NAME@TAG, the beginning of
 * a digest (4 digits or more), or the end of a name (STEP::OUTPUT, OUTPUT) or a STEP that no other
 * artifact has: RILLE_EINVAL when several fit. */
RILLE_API int rille_find_artifact(rille_artifact **out, rille_engine *e, const char *ref);
/* NULL or "latest": the newest version; else a number, a name, a stage or a tag. */
RILLE_API int rille_find_model(rille_model **out, rille_engine *e, const char *name,
                               const char *version_or_stage);

/* An artifact is what the store has under a digest: equal values share one. */
RILLE_API void rille_artifact_free(rille_artifact *a);
RILLE_API const char *rille_artifact_digest(const rille_artifact *a); /* 64 hex digits */
RILLE_API const char *rille_artifact_type(const rille_artifact *a);   /* "number", "frame" ... */
RILLE_API uint64_t rille_artifact_size(const rille_artifact *a);      /* bytes */
/* {"digest", "type", "materializer", "size", "name", "version", "members": [{"name", "digest",
 *  "size"}], "metadata", "preview"}; name and version are null where it was not found by a name.
 * metadata is what its materializer noted; what its step said of it is in rille_run_json. */
RILLE_API int rille_artifact_json(rille_artifact *a, const char **out);
/* The path of a file with the plain bytes of a member ("value.npy"; NULL: the only one), to be
 * read and not changed; RILLE_ENOTFOUND where it is stored otherwise (rille_artifact_bytes gives
 * them).  Large arrays have one. */
RILLE_API int rille_artifact_path(rille_artifact *a, const char *member, const char **out);
/* The bytes of a member, of an artifact of any type. */
RILLE_API int rille_artifact_bytes(rille_artifact *a, const char *member, const void **out,
                                   size_t *len);
/* One value without a name; it belongs to the artifact, and is loaded when it is asked for. */
RILLE_API rille_values *rille_artifact_value(rille_artifact *a);

RILLE_API void rille_model_free(rille_model *m);                    /* a version of a model */
RILLE_API const char *rille_model_name(const rille_model *m);       /* of the model */
RILLE_API int64_t rille_model_number(const rille_model *m);         /* of the version, from 1 */
/* {"model", "name", "number", "stage", "created", "run", "metadata", "tags", "links": [{"name",
 *  "number", "kind", "digest", "type", "size", "version", "run"}]}, as it is now; until the next
 * call of it.  stage is "none" where it has none; RILLE_ENOTFOUND once it was deleted. */
RILLE_API int rille_model_json(rille_model *m, const char **out);
/* The artifact that is linked by that name or by its end (OUTPUT, STEP::OUTPUT); NULL: the only one
 * of kind "model", or the only one. */
RILLE_API int rille_model_artifact(rille_artifact **out, rille_model *m, const char *name);
/* Gives the version the stage ("none" takes it away); the version that had it is archived.
 * RILLE_EINVAL for a stage that the project has not; RILLE_EREADONLY; RILLE_EBUSY when another
 * process writes to the store for more than two seconds. */
RILLE_API int rille_model_stage(rille_model *m, const char *stage);

/* ---- steps in C ------------------------------------------------------------------------ */

/* RILLE_OK with all outputs put, or another number: the step failed with that status, a run with
 * RILLE_ESTEP, whose message is that of rille_fail, else that of the function of the library that
 * gave this status last (return what a get returned), else the status; rille_errjson has it as
 * "step_status".  The result is that of the inputs and parameters alone: what else it reads, no
 * key has.  s, its values and what they give live until fn returns. */
typedef int (*rille_step_fn)(rille_step *s, void *user);
typedef struct rille_step_def {
    size_t size;
    unsigned flags;             /* RILLE_STEP_* */
    const char *name;           /* letters, digits, _ and - */
    const char *signature;      /* "(pred: vector, y: vector, eps: number = 1e-6)
                                 *  -> (accuracy: number)": inputs, parameters (those with a
                                 * default, in JSON) and outputs.  Types are those that
                                 * rille.types has by now, as list(number), enum("a", "b") or
                                 * any_of(matrix, frame) */
    const char *version;        /* its code as far as the cache goes: another text, and it runs
                                 * again.  Required unless RILLE_STEP_NO_CACHE.  A result of
                                 * the same name, version, ports and inputs is taken from the
                                 * store, whichever program left it */
    const char *doc;            /* or NULL */
    rille_step_fn fn;
    void *user;
    rille_release_fn destroy;   /* called with user, once: when the engine is closed, the step is
                                 * replaced or the registration fails (but for a struct whose
                                 * size is wrong); or NULL */
} rille_step_def;
#define RILLE_STEP_DEF_INIT { sizeof(rille_step_def), 0, 0, 0, 0, 0, 0, 0, 0 }
#define RILLE_STEP_NO_CACHE 1u  /* it runs each time */

/* Scripts have the step as rille.steps.NAME; pipelines call it as any other, with maps, retries
 * and :with.  def is copied.  A step of the same name is replaced; a script that keeps the earlier
 * one in a variable has to be loaded again.  A wrong signature is RILLE_EINVAL, with a caret in
 * the message. */
RILLE_API int rille_register_step(rille_engine *e, const rille_step_def *def);
RILLE_API rille_values *rille_inputs(rille_step *s);    /* inputs and parameters, read only */
RILLE_API rille_values *rille_outputs(rille_step *s);   /* to be filled */
/* Tells how far it is (0 to 1; below 0: unknown), as RILLE_STEP_TICK, and whether to go on:
 * RILLE_ECANCELLED or RILLE_ELIMIT are to be returned by fn. */
RILLE_API int rille_tick(rille_step *s, double fraction);
/* Kept with the run of the step; several values of a name are a series. */
RILLE_API int rille_metric(rille_step *s, const char *name, double value);
/* A line of the step's log, and a RILLE_LOG event; as printf, without the line's end. */
RILLE_API int rille_log(rille_step *s, const char *fmt, ...) RILLE_PRINTF(2, 3);
/* Sets the message of the failure and returns status (RILLE_ERROR for one that is not below 0):
 * return rille_fail(...). */
RILLE_API int rille_fail(rille_step *s, int status, const char *fmt, ...) RILLE_PRINTF(3, 4);

/* ---- types in C ------------------------------------------------------------------------ */

typedef struct rille_writer rille_writer;
typedef struct rille_reader rille_reader;
/* Objects do not change once they are put: steps and scripts share them. */
typedef struct rille_type_def {
    size_t size;
    const char *name;           /* letters, digits and _; scripts declare ports of it as
                                 * rille.types.NAME, and have its objects as opaque values */
    int version;                /* of its format, from 1; raise it when save writes another */
    /* What it writes is the artifact; equal bytes are the same value for the cache, so it writes
     * nothing that differs by chance (addresses, times).  At least one member. */
    int (*save)(const void *obj, rille_writer *w, void *user);
    /* Sets *obj on RILLE_OK only.  version: that of the format that was written, at most the one
     * above. */
    int (*load)(void **obj, rille_reader *r, int version, void *user);
    void (*destroy)(void *obj, void *user);     /* once for each object; or NULL */
    void *user;
    rille_release_fn destroy_user;  /* called with user, once: when the engine is closed and the
                                 * last object gone, or the registration fails; or NULL */
} rille_type_def;
#define RILLE_TYPE_DEF_INIT { sizeof(rille_type_def), 0, 0, 0, 0, 0, 0, 0 }

/* Before the scripts and steps that name the type.  def is copied.  A type cannot be replaced:
 * RILLE_EEXISTS where there is one of that name. */
RILLE_API int rille_register_type(rille_engine *e, const rille_type_def *def);
/* For save: a member of the artifact, once; its name is a relative path such as "weights.bin".
 * The bytes are copied. */
RILLE_API int rille_write(rille_writer *w, const char *member, const void *p, size_t n);
/* A text by a name, shown with the artifact, and part of the value; kept as the member
 * "meta.json". */
RILLE_API int rille_write_meta(rille_writer *w, const char *key, const char *value);
/* For load: what was written, until load returns.  RILLE_ENOTFOUND for what was not. */
RILLE_API int rille_read(rille_reader *r, const char *member, const void **p, size_t *n);
RILLE_API int rille_read_meta(rille_reader *r, const char *key, const char **value);

#ifdef __cplusplus
}
#endif
#endif

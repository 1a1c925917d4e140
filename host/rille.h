/* rille.h -- the embeddable pipeline engine.
 *
 *     rille_engine *e;
 *     rille_run *run;  rille_artifact *out;  double v;
 *
 *     if (rille_open(&e, ".rille", NULL) || rille_load_file(e, "digits.lua") ||
 *         rille_run_pipeline(&run, e, "digits", NULL) ||
 *         rille_run_output(&out, run, "evaluator", "best_acc") ||
 *         rille_artifact_number(out, &v))
 *         fprintf(stderr, "%s\n", rille_errmsg(e));
 *
 * Rules: handles are opaque; each is freed by its own function, which accepts NULL.
 * Functions that can fail return RILLE_OK (0) or a negative rille_status.  Outputs
 * are the first parameters, and are NULL or 0 on failure.  Strings are UTF-8; a
 * returned const char * is valid as long as the handle that it came from.  Passing
 * NULL for a required argument is RILLE_EINVAL; a getter of a NULL handle returns
 * NULL or 0.
 * Initialise structs that have a size with their *_INIT.  Structs of an older,
 * shorter header are accepted; in those of a newer header, fields that this library
 * does not know must be 0, otherwise the call fails with RILLE_EVERSION.
 * Threads: use an engine, and everything obtained from it, from one thread at a
 * time.  Engines are independent of each other and may share a store.  Calling an
 * engine during another call, from its log callback or another thread, does nothing
 * and returns RILLE_EBUSY (rille_close just returns).  Runs and artifacts may be
 * freed after their engine is closed; until then their contents stay readable.
 * After a fork the engine belongs to the parent: in the child every call returns
 * RILLE_EINVAL, and rille_close leaves everything to the parent.
 * The process stays under the host's control.  The library has no globals, installs
 * no signal handlers, does not change the working folder, the locale or the
 * environment, does not write to any stream, and never exits.  Output of scripts
 * goes to the step's log or to the log callback; their standard input is empty, and
 * programs that they start get none of the host's streams.  os.exit in a script ends
 * the call with the message "os.exit(3) was called at FILE:LINE". */
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
#ifdef __cplusplus
extern "C" {
#endif

RILLE_API const char *rille_version(void);
RILLE_API int rille_version_number(void);

/* ---- status ---- */
typedef enum rille_status {
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
    RILLE_EBUSY = -11,          /* the engine is in a call already */
    RILLE_ECORRUPT = -12,
    RILLE_EVERSION = -13        /* store or struct newer than this library */
} rille_status;

typedef struct rille_engine rille_engine;
typedef struct rille_run rille_run;
typedef struct rille_artifact rille_artifact;

RILLE_API const char *rille_strerror(int status);           /* static text */
/* The message of the last failure, valid until the next call. */
RILLE_API const char *rille_errmsg(const rille_engine *e);
RILLE_API int rille_errcode(const rille_engine *e);

/* ---- opening ---- */
/* Receives what scripts print outside steps, as they print it, on the calling thread. */
typedef void (*rille_log_fn)(void *user, const char *text, size_t len);
typedef struct rille_options {
    size_t size;            /* = sizeof(rille_options) of the caller's header */
    unsigned flags;         /* RILLE_OPEN_* */
    const char *base;       /* where relative paths and require start; NULL: the folder of the
                               first script loaded, which must contain all others */
    rille_log_fn log;       /* NULL: the output is dropped */
    void *log_user;
} rille_options;
#define RILLE_OPTIONS_INIT { sizeof(rille_options), 0, 0, 0, 0 }
#define RILLE_OPEN_NOCREATE 1u      /* fail with RILLE_ENOTFOUND if there is no store */

/* store is the path of the .rille folder, which the first run creates; a relative path
 * starts from the current working folder.  *out is set even on failure (unless memory
 * runs out), so that rille_errmsg works; always close it. */
RILLE_API int rille_open(rille_engine **out, const char *store, const rille_options *opt);
RILLE_API void rille_close(rille_engine *e);

/* ---- scripts and runs ---- */
typedef struct rille_run_options {
    size_t size;
    const char *run_name;   /* NULL: PIPELINE-{date}-{time}-{n} */
    const char *params;     /* the pipeline's parameters as a JSON object, or NULL */
    unsigned flags;         /* RILLE_RUN_* */
} rille_run_options;
#define RILLE_RUN_OPTIONS_INIT { sizeof(rille_run_options), 0, 0, 0 }
#define RILLE_RUN_NO_CACHE 1u
#define RILLE_RUN_UNLISTED 2u

/* Run a script, which defines steps and pipelines.  An engine can load any number of
 * scripts; they share globals and modules like the files of one program.  A new step or
 * pipeline replaces an earlier one of the same name.  A script that fails, through a syntax
 * error or while it runs, leaves nothing: no step, pipeline, type, global or module. */
RILLE_API int rille_load_file(rille_engine *e, const char *path);
RILLE_API int rille_load_string(rille_engine *e, const char *name, const char *text, size_t len);
/* RILLE_ESTEP if a step failed; the run is then recorded, and *out is set, too. */
RILLE_API int rille_run_pipeline(rille_run **out, rille_engine *e, const char *pipeline,
                                 const rille_run_options *opt);
RILLE_API void rille_run_free(rille_run *r);
RILLE_API const char *rille_run_id(const rille_run *r);
RILLE_API const char *rille_run_name(const rille_run *r);
RILLE_API const char *rille_run_status(const rille_run *r); /* completed, failed or stopped */
/* output NULL: the step's only output. */
RILLE_API int rille_run_output(rille_artifact **out, rille_run *r, const char *step,
                               const char *output);

/* ---- artifacts ---- */
RILLE_API void rille_artifact_free(rille_artifact *a);
RILLE_API const char *rille_artifact_digest(const rille_artifact *a); /* 64 hex digits */
RILLE_API const char *rille_artifact_type(const rille_artifact *a);
RILLE_API uint64_t rille_artifact_size(const rille_artifact *a);      /* bytes */
/* The value of a number or an integer; RILLE_ETYPE for an integer that does not fit a double
 * exactly: rille_artifact_string returns its digits. */
RILLE_API int rille_artifact_number(rille_artifact *a, double *out);
RILLE_API int rille_artifact_string(rille_artifact *a, const char **out, size_t *len);

#ifdef __cplusplus
}
#endif
#endif

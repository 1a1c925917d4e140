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
 * Rules: every handle is opaque and freed by its own function, which accepts
 * NULL.  What can fail returns RILLE_OK (0) or a negative rille_status; outputs
 * come first and are NULL or 0 on failure.  Strings are UTF-8; a returned
 * const char * lives as long as the handle it came from.  A NULL where something
 * is needed is RILLE_EINVAL; of a handle that is NULL there is NULL or 0.
 * Structs with a size start from their *_INIT.  One of an older header, which is
 * shorter, is accepted; of a newer one, what this library does not know must be 0,
 * or RILLE_EVERSION tells.
 * Threads: an engine and all that was obtained from it belong to one thread at a
 * time; engines are independent of each other and may share a store.  A call into
 * an engine that is in a call already, from its log callback or another thread, does
 * nothing and gives RILLE_EBUSY (rille_close: nothing at all).  Runs and artifacts
 * may be freed after their engine was closed; what they hold can still be read.
 * After a fork the engine is the parent's: in the child every call gives RILLE_EINVAL,
 * and rille_close leaves everything to the parent.
 * The process stays the host's.  The library has no globals, installs no signal
 * handler, changes no working folder, no locale and no environment, writes to no
 * stream, and never exits.  What a script prints goes into its step's log or to the
 * log callback; standard input is empty for it; the programs that it starts have no
 * stream of the host either.  os.exit in a script ends the call: the message says
 * "os.exit(3) was called at FILE:LINE". */
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
    RILLE_ERROR = -1,           /* anything not below */
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
/* Of the last failure; until the next call. */
RILLE_API const char *rille_errmsg(const rille_engine *e);
RILLE_API int rille_errcode(const rille_engine *e);

/* ---- opening ---- */
/* What scripts print outside steps, as it comes, on the thread of the call. */
typedef void (*rille_log_fn)(void *user, const char *text, size_t len);
typedef struct rille_options {
    size_t size;            /* = sizeof(rille_options) of the caller's header */
    unsigned flags;         /* RILLE_OPEN_* */
    const char *base;       /* where relative paths and require start; NULL: the folder of the
                               first script that is loaded, and all others have to be there */
    rille_log_fn log;       /* NULL: it is dropped */
    void *log_user;
} rille_options;
#define RILLE_OPTIONS_INIT { sizeof(rille_options), 0, 0, 0, 0 }
#define RILLE_OPEN_NOCREATE 1u      /* fail with RILLE_ENOTFOUND when there is no store */

/* store is the .rille folder; it is created by the first run.  A relative path starts
 * from the working folder as it is now.  *out is set even on failure (unless memory is
 * out), so rille_errmsg works; always close it. */
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

/* Runs a script, which defines steps and pipelines; any number of them, which share
 * their globals and modules as the files of one program do.  A step or pipeline of a name
 * that is there already takes its place.  Of a script that fails, with a wrong syntax or
 * while it runs, nothing is left: no step, pipeline, type, global or module. */
RILLE_API int rille_load_file(rille_engine *e, const char *path);
RILLE_API int rille_load_string(rille_engine *e, const char *name, const char *text, size_t len);
/* RILLE_ESTEP when a step failed; the run is recorded, and *out is set then too. */
RILLE_API int rille_run_pipeline(rille_run **out, rille_engine *e, const char *pipeline,
                                 const rille_run_options *opt);
RILLE_API void rille_run_free(rille_run *r);
RILLE_API const char *rille_run_id(const rille_run *r);
RILLE_API const char *rille_run_name(const rille_run *r);
RILLE_API const char *rille_run_status(const rille_run *r); /* completed, failed or stopped */
/* output NULL: the step's only one. */
RILLE_API int rille_run_output(rille_artifact **out, rille_run *r, const char *step,
                               const char *output);

/* ---- artifacts ---- */
RILLE_API void rille_artifact_free(rille_artifact *a);
RILLE_API const char *rille_artifact_digest(const rille_artifact *a); /* 64 hex digits */
RILLE_API const char *rille_artifact_type(const rille_artifact *a);
RILLE_API uint64_t rille_artifact_size(const rille_artifact *a);      /* bytes */
/* Of a number or an integer; RILLE_ETYPE for an integer that a double does not hold, whose
 * digits rille_artifact_string gives. */
RILLE_API int rille_artifact_number(rille_artifact *a, double *out);
RILLE_API int rille_artifact_string(rille_artifact *a, const char **out, size_t *len);

#ifdef __cplusplus
}
#endif
#endif

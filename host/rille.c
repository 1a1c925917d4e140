/* rille.c -- see rille.h.
 *
 * An engine is a Lua state of rille's own, whose scripts are in a sandbox (sandbox.h);
 * every call goes to a function of lua/capi.lua by one protected call.  Runs and
 * artifacts are plain structs, so reading them touches no Lua.  Each keeps its engine's
 * struct alive, which is freed with the last of them. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/bind.h"
#include "embedded/embedded.h"
#include "modules.h"
#include "observe/sandbox.h"
#include "rille.h"
#include "state/state.h"

struct rille_engine {
    lua_State *L;               /* NULL: it could not be opened, or is closed */
    pid_t owner;
    atomic_flag busy;
    int references;             /* the host's, and one of each run and artifact */
    rille_options options;
    Sandbox sandbox;
    Err err;
    char *message;              /* of the last failure where err has no room for it, or NULL */
};

struct rille_run {
    rille_engine *e;
    char *id, *name, *status;
};

struct rille_artifact {
    rille_engine *e;
    char *digest, *type, *text;
    size_t text_len;
    uint64_t size;
    double number;
    int is_number;
};

static char *
copy(const char *s, size_t n)
{
    char *out = s ? malloc(n + 1) : NULL;

    if (out) {
        memcpy(out, s, n);
        out[n] = 0;
    }
    return out;
}

/* Keeps the message as the engine's last error; returns the code.  e may be NULL: then
 * nobody can ask for the message. */
static int
report(rille_engine *e, int code, const char *message)
{
    if (e) {
        free(e->message);
        e->message = strlen(message) < sizeof e->err.msg ? NULL : strdup(message);
    }
    return err_set(e ? &e->err : NULL, code, "%s", message);
}

/* The same of a short message with a format. */
static int report_as(rille_engine *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
report_as(rille_engine *e, int code, const char *fmt, ...)
{
    char message[sizeof e->err.msg];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    return report(e, code, message);
}

/* Copies the struct of a caller, which begins with its size, into that of this library,
 * which has its defaults already.  what names it in messages. */
static int
take_struct(rille_engine *e, const char *what, void *out, size_t known, const void *given)
{
    enum { LARGEST = 4096 };
    size_t size;

    if (!given)
        return RILLE_OK;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size || size > LARGEST)
        return report_as(e, RILLE_EINVAL, "%s: its size is %zu, so it was not made with its *_INIT",
                         what, size);
    for (size_t i = known; i < size; i++)
        if (((const unsigned char *)given)[i])
            return report_as(e, RILLE_EVERSION,
                             "%s: it is of a newer header (%zu bytes; this library, rille %s, "
                             "knows %zu) and sets fields that this library does not know",
                             what, size, RILLE_VERSION, known);
    memcpy(out, given, size < known ? size : known);
    return RILLE_OK;
}

static int
check_flags(rille_engine *e, const char *what, unsigned flags, unsigned known)
{
    return flags & ~known ? report_as(e, RILLE_EVERSION,
                                      "%s: flags 0x%x: this library, rille %s, knows 0x%x only",
                                      what, flags, RILLE_VERSION, known)
                          : RILLE_OK;
}

static void
unreference(rille_engine *e)
{
    if (--e->references > 0)
        return;
    free(e->message);
    free(e);
}

typedef struct Arg {
    const char *text;           /* NULL: nil, or flag when is_flag */
    size_t len;
    int is_flag, flag;
} Arg;

/* One call of a function of lua/capi.lua.  take reads the result, at index 1,
 * into memory that its user owns already: it may be left by a longjmp. */
typedef struct Call {
    rille_engine *e;
    const char *function;
    const Arg *args;
    int n_args, rc;
    int (*take)(lua_State *L, void *out);       /* a status; may be NULL */
    void *out;
} Call;

static Arg
text(const char *s)
{
    Arg a = {s, s ? strlen(s) : 0, 0, 0};

    return a;
}

static Arg
flag(int on)
{
    Arg a = {NULL, 0, 1, on != 0};

    return a;
}

static void
push(lua_State *L, const Arg *a)
{
    if (a->is_flag)
        lua_pushboolean(L, a->flag);
    else if (a->text)
        lua_pushlstring(L, a->text, a->len);
    else
        lua_pushnil(L);
}

/* Pushes the arguments and reads the results inside the protected call, too: whatever
 * allocates in a state may raise. */
static int
l_call(lua_State *L)
{
    Call *c = lua_touserdata(L, 1);

    lua_settop(L, 0);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "rille.capi");
    lua_call(L, 1, 1);
    lua_getfield(L, 1, c->function);
    lua_remove(L, 1);
    for (int i = 0; i < c->n_args; i++)
        push(L, &c->args[i]);
    lua_call(L, c->n_args, 3);
    if (lua_isnil(L, 1))
        c->rc = report(c->e, (int)lua_tointeger(L, 3), luaL_tolstring(L, 2, NULL));
    else if (c->take)
        c->rc = c->take(L, c->out);
    return 0;
}

/* Makes the engine busy until release; an error in a forked child, or when another call is
 * in progress. */
static int
acquire(rille_engine *e)
{
    if (e->owner != getpid())
        return report(e, RILLE_EINVAL, "the engine belongs to the process that opened it; "
                                       "after a fork the child opens its own");
    if (atomic_flag_test_and_set(&e->busy))
        return RILLE_EBUSY;     /* the message is that of the call in progress */
    return RILLE_OK;
}

static void
release(rille_engine *e)
{
    atomic_flag_clear(&e->busy);
}

/* Calls the function, protected; its status, or that of the error that it raised. */
static int
call_protected(Call *c)
{
    lua_State *L = c->e->L;
    Sandbox *sandbox = &c->e->sandbox;
    int rc;

    c->rc = RILLE_OK;
    sandbox_forget(L, sandbox);
    lua_settop(L, 0);
    lua_pushcfunction(L, l_call);
    lua_pushlightuserdata(L, c);
    rc = embedded_call(L, 1, 0);
    sandbox_flush(sandbox);
    if (sandbox->exit_message[0])
        return report(c->e, c->rc && c->rc != RILLE_ESTEP ? c->rc : RILLE_ERROR,
                      sandbox->exit_message);
    if (rc) {
        const char *message = lua_tostring(L, -1);

        return report(c->e, rc == LUA_ERRMEM ? RILLE_ENOMEM : RILLE_ERROR,
                      message ? message : "an error without a message");
    }
    if (c->rc == RILLE_OK)
        report(c->e, RILLE_OK, "");
    return c->rc;
}

static int
enter(Call *c)
{
    rille_engine *e = c->e;
    int rc = acquire(e);

    if (rc)
        return rc;
    if (!e->L) {
        rc = report(e, RILLE_EINVAL, "the engine is not open");
    } else {
        sandbox_enter(&e->sandbox);
        rc = call_protected(c);
        sandbox_leave(&e->sandbox);
    }
    release(e);
    return rc;
}

static int
call(rille_engine *e, const char *function, const Arg *args, int n)
{
    Call c = {e, function, args, n, 0, NULL, NULL};

    return enter(&c);
}

const char *
rille_version(void)
{
    return RILLE_VERSION;
}

int
rille_version_number(void)
{
    return RILLE_VERSION_NUMBER;
}

const char *
rille_strerror(int status)
{
    switch (status) {
    case RILLE_OK: return "fine";
    case RILLE_ENOMEM: return "out of memory";
    case RILLE_EIO: return "input or output failed";
    case RILLE_ENOTFOUND: return "not found";
    case RILLE_EEXISTS: return "already exists";
    case RILLE_EINVAL: return "bad argument";
    case RILLE_ETYPE: return "wrong type";
    case RILLE_ESYNTAX: return "the script is wrong";
    case RILLE_ESTEP: return "a step failed";
    case RILLE_EBUSY: return "the engine is in a call already";
    case RILLE_ECORRUPT: return "damaged data";
    case RILLE_EVERSION: return "written by a newer rille";
    default: return "error";
    }
}

const char *
rille_errmsg(const rille_engine *e)
{
    return !e ? "out of memory" : e->message ? e->message : e->err.msg;
}

int
rille_errcode(const rille_engine *e)
{
    return e ? e->err.code : RILLE_ENOMEM;
}

static void
prepare(lua_State *L, void *sandbox)
{
    sandbox_install(L, sandbox);
}

/* The state of an engine, or NULL with its error set. */
static lua_State *
new_state(rille_engine *e)
{
    lua_State *L;

    if (sandbox_init(&e->sandbox, e->options.log, e->options.log_user, &e->err))
        return NULL;
    sandbox_enter(&e->sandbox);
    L = state_new(&(StateOptions){.modules = modules, .prepare = prepare, .user = &e->sandbox},
                  &e->err);
    sandbox_leave(&e->sandbox);
    if (!L)
        sandbox_release(&e->sandbox);
    return L;
}

static int
set_up(rille_engine *e, const char *store, const rille_options *opt)
{
    const rille_options defaults = RILLE_OPTIONS_INIT;
    Arg args[3];
    int rc;

    e->options = defaults;
    if ((rc = take_struct(e, "rille_options", &e->options, sizeof e->options, opt))
        || (rc = check_flags(e, "rille_options", e->options.flags, RILLE_OPEN_NOCREATE)))
        return rc;
    if (!store || !*store)
        return report(e, RILLE_EINVAL,
                      store ? "rille_open: store is \"\"; expected the path of a folder"
                            : "rille_open: store is NULL");
    e->L = new_state(e);
    if (!e->L)
        return e->err.code;
    args[0] = text(store);
    args[1] = text(e->options.base);
    args[2] = flag(e->options.flags & RILLE_OPEN_NOCREATE);
    return call(e, "open", args, 3);
}

int
rille_open(rille_engine **out, const char *store, const rille_options *opt)
{
    rille_engine *e;

    if (!out)
        return RILLE_EINVAL;
    *out = e = calloc(1, sizeof *e);
    if (!e)
        return RILLE_ENOMEM;
    e->owner = getpid();
    e->references = 1;
    atomic_flag_clear(&e->busy);
    return set_up(e, store, opt);
}

void
rille_close(rille_engine *e)
{
    if (!e || acquire(e))
        return;
    if (e->L) {
        Call c = {e, "close", NULL, 0, 0, NULL, NULL};

        sandbox_enter(&e->sandbox);
        call_protected(&c);
        sandbox_forget(e->L, &e->sandbox);
        lua_close(e->L);
        sandbox_flush(&e->sandbox);
        sandbox_leave(&e->sandbox);
        e->L = NULL;
        sandbox_release(&e->sandbox);
    }
    release(e);
    unreference(e);
}

int
rille_load_file(rille_engine *e, const char *path)
{
    Arg arg = text(path);

    if (!e || !path)
        return report(e, RILLE_EINVAL, "rille_load_file: path is NULL");
    return call(e, "load_file", &arg, 1);
}

int
rille_load_string(rille_engine *e, const char *name, const char *script, size_t len)
{
    Arg args[2] = {text(name ? name : "string"), {script, len, 0, 0}};

    if (!e || !script)
        return report(e, RILLE_EINVAL, "rille_load_string: text is NULL");
    return call(e, "load_string", args, 2);
}

/* A copy of the string field NAME of the table at index 1, or NULL. */
static char *
field(lua_State *L, const char *name)
{
    char *out = NULL;

    if (lua_getfield(L, 1, name) == LUA_TSTRING)
        out = copy(lua_tostring(L, -1), lua_rawlen(L, -1));
    lua_pop(L, 1);
    return out;
}

static int
take_run(lua_State *L, void *out)
{
    rille_run *r = out;

    r->id = field(L, "id");
    r->name = field(L, "name");
    r->status = field(L, "status");
    if (!r->id || !r->name || !r->status)
        return report(r->e, RILLE_ENOMEM, "out of memory");
    if (lua_getfield(L, 1, "error") == LUA_TSTRING)
        return report(r->e, RILLE_ESTEP, lua_tostring(L, -1));
    return RILLE_OK;
}

static rille_run *
new_run(rille_engine *e)
{
    rille_run *r = calloc(1, sizeof *r);

    if (r) {
        r->e = e;
        e->references++;
    }
    return r;
}

static int
start_run(rille_run *r, const char *pipeline, const rille_run_options *opt)
{
    Arg args[5];
    Call c = {r->e, "run", args, 5, 0, take_run, r};

    args[0] = text(pipeline);
    args[1] = text(opt->run_name);
    args[2] = text(opt->params);
    args[3] = flag(opt->flags & RILLE_RUN_NO_CACHE);
    args[4] = flag(opt->flags & RILLE_RUN_UNLISTED);
    return enter(&c);
}

int
rille_run_pipeline(rille_run **out, rille_engine *e, const char *pipeline,
                   const rille_run_options *opt)
{
    rille_run_options given = RILLE_RUN_OPTIONS_INIT;
    rille_run *r;
    int rc;

    if (out)
        *out = NULL;
    if (!out || !e || !pipeline)
        return report(e, RILLE_EINVAL,
                      out ? "rille_run_pipeline: pipeline is NULL"
                          : "rille_run_pipeline: out is NULL");
    if ((rc = take_struct(e, "rille_run_options", &given, sizeof given, opt))
        || (rc = check_flags(e, "rille_run_options", given.flags,
                             RILLE_RUN_NO_CACHE | RILLE_RUN_UNLISTED)))
        return rc;
    r = new_run(e);
    if (!r)
        return report(e, RILLE_ENOMEM, "out of memory");
    rc = start_run(r, pipeline, &given);
    if (rc && rc != RILLE_ESTEP)
        rille_run_free(r);
    else
        *out = r;
    return rc;
}

void
rille_run_free(rille_run *r)
{
    if (!r)
        return;
    free(r->id);
    free(r->name);
    free(r->status);
    unreference(r->e);
    free(r);
}

const char *
rille_run_id(const rille_run *r)
{
    return r ? r->id : NULL;
}

const char *
rille_run_name(const rille_run *r)
{
    return r ? r->name : NULL;
}

const char *
rille_run_status(const rille_run *r)
{
    return r ? r->status : NULL;
}

/* The artifact described by the table at index 1. */
static int
take_artifact(lua_State *L, void *out)
{
    rille_artifact *a = out;

    a->digest = field(L, "digest");
    a->type = field(L, "type");
    a->text = field(L, "text");
    if (lua_getfield(L, 1, "text") == LUA_TSTRING)
        a->text_len = lua_rawlen(L, -1);
    if (!a->digest || !a->type || (a->text_len && !a->text))
        return report(a->e, RILLE_ENOMEM, "out of memory");
    lua_getfield(L, 1, "size");
    a->size = (uint64_t)lua_tointeger(L, -1);
    a->is_number = lua_getfield(L, 1, "number") == LUA_TNUMBER;
    a->number = lua_tonumber(L, -1);
    return RILLE_OK;
}

int
rille_run_output(rille_artifact **out, rille_run *r, const char *step, const char *output)
{
    Arg args[3] = {text(rille_run_id(r)), text(step), text(output)};
    Call c = {r ? r->e : NULL, "output", args, 3, 0, take_artifact, NULL};
    rille_artifact *a;
    int rc;

    if (out)
        *out = NULL;
    if (!out || !r || !step)
        return report(c.e, RILLE_EINVAL,
                      out ? "rille_run_output: step is NULL" : "rille_run_output: out is NULL");
    c.out = a = calloc(1, sizeof *a);
    if (!a)
        return report(r->e, RILLE_ENOMEM, "out of memory");
    a->e = r->e;
    a->e->references++;
    rc = enter(&c);
    if (rc)
        rille_artifact_free(a);
    else
        *out = a;
    return rc;
}

void
rille_artifact_free(rille_artifact *a)
{
    if (!a)
        return;
    free(a->digest);
    free(a->type);
    free(a->text);
    unreference(a->e);
    free(a);
}

const char *
rille_artifact_digest(const rille_artifact *a)
{
    return a ? a->digest : NULL;
}

const char *
rille_artifact_type(const rille_artifact *a)
{
    return a ? a->type : NULL;
}

uint64_t
rille_artifact_size(const rille_artifact *a)
{
    return a ? a->size : 0;
}

int
rille_artifact_number(rille_artifact *a, double *out)
{
    if (out)
        *out = 0;
    if (!a || !out)
        return report(a ? a->e : NULL, RILLE_EINVAL, "rille_artifact_number: out is NULL");
    if (!a->is_number && a->text && strcmp(a->type, "integer") == 0)
        return report_as(a->e, RILLE_ETYPE, "no double holds the integer %s; "
                         "rille_artifact_string gives its digits", a->text);
    if (!a->is_number)
        return report_as(a->e, RILLE_ETYPE, "the artifact is of type %s, not a number", a->type);
    *out = a->number;
    return RILLE_OK;
}

int
rille_artifact_string(rille_artifact *a, const char **out, size_t *len)
{
    if (out)
        *out = NULL;
    if (len)
        *len = 0;
    if (!a || !out)
        return report(a ? a->e : NULL, RILLE_EINVAL, "rille_artifact_string: out is NULL");
    if (!a->text)
        return report_as(a->e, RILLE_ETYPE, "the artifact is of type %s, not a string", a->type);
    *out = a->text;
    if (len)
        *len = a->text_len;
    return RILLE_OK;
}

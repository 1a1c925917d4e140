/* rille.c -- see rille.h.
 *
 * An engine is a Lua state of rille's own; every call goes to a function of
 * lua/embed.lua by one protected call.  Runs and artifacts are plain structs, so
 * reading them touches no Lua. */
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "rille.h"
#include "script.h"

struct rille_engine {
    lua_State *L;
    Err err;
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

static int
report(rille_engine *e, int code, const char *message)
{
    return err_set(&e->err, code, "%s", message);
}

typedef struct Arg {
    const char *text;           /* NULL: nil, or flag when is_flag */
    size_t len;
    int is_flag, flag;
} Arg;

/* One call of a function of lua/embed.lua.  take reads the result, at index 1,
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

/* Arguments and results too: whatever allocates in a state may raise. */
static int
l_call(lua_State *L)
{
    Call *c = lua_touserdata(L, 1);

    lua_settop(L, 0);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "rille.embed");
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

/* What it returned, or why it raised. */
static int
enter(Call *c)
{
    lua_State *L = c->e->L;
    int rc;

    c->rc = RILLE_OK;
    if (!L)
        return report(c->e, RILLE_EINVAL, "the engine is not open");
    lua_settop(L, 0);
    lua_pushcfunction(L, l_call);
    lua_pushlightuserdata(L, c);
    rc = script_call(L, 1, 0);
    if (rc) {
        const char *message = lua_tostring(L, -1);

        return report(c->e, rc == LUA_ERRMEM ? RILLE_ENOMEM : RILLE_ERROR,
                      message ? message : "an error without a message");
    }
    if (c->rc == RILLE_OK) {
        c->e->err.code = RILLE_OK;
        c->e->err.msg[0] = 0;
    }
    return c->rc;
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
    case RILLE_EEXISTS: return "it exists already";
    case RILLE_EINVAL: return "bad argument";
    case RILLE_ETYPE: return "wrong type";
    case RILLE_ESYNTAX: return "the script is wrong";
    case RILLE_ESTEP: return "a step failed";
    case RILLE_ECORRUPT: return "damaged data";
    case RILLE_EVERSION: return "made by a newer rille";
    default: return "error";
    }
}

const char *
rille_errmsg(const rille_engine *e)
{
    return e ? e->err.msg : "out of memory";
}

int
rille_errcode(const rille_engine *e)
{
    return e ? e->err.code : RILLE_ENOMEM;
}

int
rille_open(rille_engine **out, const char *store, const rille_options *opt)
{
    rille_options defaults = RILLE_OPTIONS_INIT;
    rille_engine *e = calloc(1, sizeof *e);
    Arg args[3];

    *out = e;
    if (!e)
        return RILLE_ENOMEM;
    if (!opt)
        opt = &defaults;
    if (opt->size != sizeof *opt)
        return report(e, RILLE_EVERSION, "rille_options: its size is not the one this library knows");
    if (!store)
        return report(e, RILLE_EINVAL, "rille_open: store is NULL");
    e->L = script_new(NULL, 0, &e->err);
    if (!e->L)
        return e->err.code;
    args[0] = text(store);
    args[1] = text(opt->base);
    args[2] = flag(opt->flags & RILLE_OPEN_NOCREATE);
    return call(e, "open", args, 3);
}

void
rille_close(rille_engine *e)
{
    if (!e)
        return;
    if (e->L) {
        call(e, "close", NULL, 0);
        lua_close(e->L);
    }
    free(e);
}

int
rille_load_file(rille_engine *e, const char *path)
{
    Arg arg = text(path);

    if (!path)
        return report(e, RILLE_EINVAL, "rille_load_file: path is NULL");
    return call(e, "load_file", &arg, 1);
}

int
rille_load_string(rille_engine *e, const char *name, const char *script, size_t len)
{
    Arg args[2] = {text(name ? name : "string"), {script, len, 0, 0}};

    if (!script)
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
    rille_run_options defaults = RILLE_RUN_OPTIONS_INIT;
    rille_run *r;
    int rc;

    *out = NULL;
    if (!opt)
        opt = &defaults;
    if (opt->size != sizeof *opt)
        return report(e, RILLE_EVERSION, "rille_run_options: its size is not the one this library knows");
    if (!pipeline)
        return report(e, RILLE_EINVAL, "rille_run_pipeline: pipeline is NULL");
    r = calloc(1, sizeof *r);
    if (!r)
        return report(e, RILLE_ENOMEM, "out of memory");
    r->e = e;
    rc = start_run(r, pipeline, opt);
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
    free(r);
}

const char *
rille_run_id(const rille_run *r)
{
    return r->id;
}

const char *
rille_run_name(const rille_run *r)
{
    return r->name;
}

const char *
rille_run_status(const rille_run *r)
{
    return r->status;
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
    Arg args[3] = {text(r->id), text(step), text(output)};
    Call c = {r->e, "output", args, 3, 0, take_artifact, NULL};
    rille_artifact *a;
    int rc;

    *out = NULL;
    if (!step)
        return report(r->e, RILLE_EINVAL, "rille_run_output: step is NULL");
    c.out = a = calloc(1, sizeof *a);
    if (!a)
        return report(r->e, RILLE_ENOMEM, "out of memory");
    a->e = r->e;
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
    free(a);
}

const char *
rille_artifact_digest(const rille_artifact *a)
{
    return a->digest;
}

const char *
rille_artifact_type(const rille_artifact *a)
{
    return a->type;
}

uint64_t
rille_artifact_size(const rille_artifact *a)
{
    return a->size;
}

int
rille_artifact_number(rille_artifact *a, double *out)
{
    *out = 0;
    if (!a->is_number)
        return err_set(&a->e->err, RILLE_ETYPE, "the artifact is a %s, not a number", a->type);
    *out = a->number;
    return RILLE_OK;
}

int
rille_artifact_string(rille_artifact *a, const char **out, size_t *len)
{
    *out = NULL;
    if (len)
        *len = 0;
    if (!a->text)
        return err_set(&a->e->err, RILLE_ETYPE, "the artifact is a %s, not a string", a->type);
    *out = a->text;
    if (len)
        *len = a->text_len;
    return RILLE_OK;
}

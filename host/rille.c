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

/* Pushes rille.embed's function NAME; the arguments follow. */
static int
l_function(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "rille.embed");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, lua_touserdata(L, 1));
    return 1;
}

static int
prepare(rille_engine *e, const char *function)
{
    lua_settop(e->L, 0);
    lua_pushcfunction(e->L, l_function);
    lua_pushlightuserdata(e->L, (void *)(uintptr_t)function);
    if (script_call(e->L, 1, 1))
        return report(e, RILLE_ERROR, lua_tostring(e->L, -1));
    return RILLE_OK;
}

/* Calls it: results from index 1 on, or the message and code it returned. */
static int
finish(rille_engine *e, int nargs)
{
    lua_State *L = e->L;

    if (script_call(L, nargs, LUA_MULTRET)) {
        const char *message = luaL_tolstring(L, -1, NULL);

        return report(e, RILLE_ERROR, message);
    }
    if (lua_isnil(L, 1))
        return report(e, (int)lua_tointeger(L, 3), lua_tostring(L, 2));
    e->err.code = RILLE_OK;
    e->err.msg[0] = 0;
    return RILLE_OK;
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
    int rc;

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
    if ((rc = prepare(e, "open")))
        return rc;
    lua_pushstring(e->L, store);
    lua_pushstring(e->L, opt->base);
    lua_pushboolean(e->L, (opt->flags & RILLE_OPEN_NOCREATE) != 0);
    return finish(e, 3);
}

void
rille_close(rille_engine *e)
{
    if (!e)
        return;
    if (e->L) {
        if (prepare(e, "close") == RILLE_OK)
            finish(e, 0);
        lua_close(e->L);
    }
    free(e);
}

int
rille_load_file(rille_engine *e, const char *path)
{
    int rc;

    if (!path)
        return report(e, RILLE_EINVAL, "rille_load_file: path is NULL");
    if ((rc = prepare(e, "load_file")))
        return rc;
    lua_pushstring(e->L, path);
    return finish(e, 1);
}

int
rille_load_string(rille_engine *e, const char *name, const char *text, size_t len)
{
    int rc;

    if (!text)
        return report(e, RILLE_EINVAL, "rille_load_string: text is NULL");
    if ((rc = prepare(e, "load_string")))
        return rc;
    lua_pushstring(e->L, name ? name : "string");
    lua_pushlstring(e->L, text, len);
    return finish(e, 2);
}

/* A copy of the string field NAME of the table at index 1. */
static char *
field(lua_State *L, const char *name)
{
    char *out;

    lua_getfield(L, 1, name);
    out = copy(lua_tostring(L, -1), lua_rawlen(L, -1));
    lua_pop(L, 1);
    return out;
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
    if ((rc = prepare(e, "run")))
        return rc;
    lua_pushstring(e->L, pipeline);
    lua_pushstring(e->L, opt->run_name);
    lua_pushstring(e->L, opt->params);
    lua_pushboolean(e->L, (opt->flags & RILLE_RUN_NO_CACHE) != 0);
    lua_pushboolean(e->L, (opt->flags & RILLE_RUN_UNLISTED) != 0);
    if ((rc = finish(e, 5)))
        return rc;
    r = calloc(1, sizeof *r);
    if (r) {
        r->e = e;
        r->id = field(e->L, "id");
        r->name = field(e->L, "name");
        r->status = field(e->L, "status");
    }
    if (!r || !r->id || !r->name || !r->status) {
        rille_run_free(r);
        return report(e, RILLE_ENOMEM, "out of memory");
    }
    *out = r;
    lua_getfield(e->L, 1, "error");
    if (lua_isstring(e->L, -1))
        return report(e, RILLE_ESTEP, lua_tostring(e->L, -1));
    return RILLE_OK;
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
static rille_artifact *
take_artifact(rille_engine *e)
{
    rille_artifact *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->e = e;
    a->digest = field(e->L, "digest");
    a->type = field(e->L, "type");
    lua_getfield(e->L, 1, "size");
    a->size = (uint64_t)lua_tointeger(e->L, -1);
    lua_getfield(e->L, 1, "number");
    a->is_number = lua_type(e->L, -1) == LUA_TNUMBER;
    a->number = lua_tonumber(e->L, -1);
    lua_getfield(e->L, 1, "text");
    if (lua_type(e->L, -1) == LUA_TSTRING) {
        a->text_len = lua_rawlen(e->L, -1);
        a->text = copy(lua_tostring(e->L, -1), a->text_len);
    }
    if (!a->digest || !a->type) {
        rille_artifact_free(a);
        return NULL;
    }
    return a;
}

int
rille_run_output(rille_artifact **out, rille_run *r, const char *step, const char *output)
{
    rille_engine *e = r->e;
    int rc;

    *out = NULL;
    if (!step)
        return report(e, RILLE_EINVAL, "rille_run_output: step is NULL");
    if ((rc = prepare(e, "output")))
        return rc;
    lua_pushstring(e->L, r->id);
    lua_pushstring(e->L, step);
    lua_pushstring(e->L, output);
    if ((rc = finish(e, 3)))
        return rc;
    *out = take_artifact(e);
    return *out ? RILLE_OK : report(e, RILLE_ENOMEM, "out of memory");
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

/* run.c -- runs pipelines and steps, and gives out what became of them. */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "library/artifact.h"
#include "library/engine.h"
#include "library/values.h"

typedef struct Request {
    rille_run *run;
    int is_step;
    const char *name;
    const rille_run_options *options;
} Request;

static void
set_text(lua_State *L, const char *field, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, field);
}

static void
set_flag(lua_State *L, const char *field, unsigned on)
{
    lua_pushboolean(L, on != 0);
    lua_setfield(L, -2, field);
}

/* is_step, name, arguments by name, options */
static int
push_request(lua_State *L, void *user)
{
    const Request *q = user;
    const rille_run_options *o = q->options;

    interrupt_set_timeout(&q->run->e->sandbox.interrupt, o->timeout);
    lua_pushboolean(L, q->is_step);
    lua_pushstring(L, q->name);
    if (o->args)
        values_to_lua(L, o->args);
    else
        lua_newtable(L);
    lua_newtable(L);
    set_text(L, "program", q->run->e->program);
    set_text(L, "stack", q->run->e->stack);
    set_text(L, "run_name", o->run_name);
    set_text(L, "model", o->model);
    set_text(L, "model_version", o->model_version);
    set_flag(L, "no_cache", o->flags & RILLE_RUN_NO_CACHE);
    set_flag(L, "unlisted", o->flags & RILLE_RUN_UNLISTED);
    set_flag(L, "dry", o->flags & RILLE_RUN_DRY);
    lua_pushinteger(L, o->jobs);
    lua_setfield(L, -2, "jobs");
    return 4;
}

/* A copy of the text field NAME of the table at index 1, or NULL. */
static char *
field(lua_State *L, const char *name)
{
    char *out = NULL;

    if (lua_getfield(L, 1, name) == LUA_TSTRING)
        out = strdup(lua_tostring(L, -1));
    lua_pop(L, 1);
    return out;
}

/* { row, id, name, status, json } and, of a run that did not complete, error, code, details */
static int
take_run(lua_State *L, void *user)
{
    const Request *q = user;
    rille_run *r = q->run;
    int rc = RILLE_OK;

    r->id = field(L, "id");
    r->name = field(L, "name");
    r->status = field(L, "status");
    r->json = field(L, "json");
    lua_getfield(L, 1, "row");
    r->row = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (!r->name || !r->status)
        return engine_nomem(r->e);
    if (lua_getfield(L, 1, "error") == LUA_TSTRING) {
        lua_getfield(L, 1, "code");
        rc = engine_report(r->e, (int)lua_tointeger(L, -1), lua_tostring(L, -2));
        lua_getfield(L, 1, "details");
        engine_set_details(r->e, lua_tostring(L, -1));
    }
    return rc;
}

/* Are the options such as a run can have? */
static int
check_options(rille_engine *e, const rille_run_options *o)
{
    if (o->args && o->args->e != e)
        return engine_report(e, RILLE_EINVAL, "rille_run_options.args: they are of another engine");
    if (o->jobs < 0)
        return engine_report_as(e, RILLE_EINVAL, "rille_run_options.jobs: %d; expected 0, for the "
                                "host's thread, or a number of processes", o->jobs);
    if (!(o->timeout >= 0))
        return engine_report_as(e, RILLE_EINVAL, "rille_run_options.timeout: %g; expected seconds, "
                                "or 0 for any time", o->timeout);
    if (o->model_version && !o->model)
        return engine_report(e, RILLE_EINVAL, "rille_run_options.model_version: it is set without "
                                              "a model; name the model, too");
    return RILLE_OK;
}

static int
perform(rille_run **out, rille_engine *e, int is_step, const char *name,
        const rille_run_options *opt)
{
    rille_run_options given = RILLE_RUN_OPTIONS_INIT;
    Request q = {NULL, is_step, name, &given};
    EngineCall c = {e, "run", push_request, take_run, &q, 0};
    int rc;

    if ((rc = engine_take_struct(e, "rille_run_options", &given, sizeof given, opt))
        || (rc = engine_check_flags(e, "rille_run_options", given.flags,
                                    RILLE_RUN_NO_CACHE | RILLE_RUN_UNLISTED | RILLE_RUN_DRY)))
        return rc;
    if ((rc = check_options(e, &given)))
        return rc;
    q.run = calloc(1, sizeof *q.run);
    if (!q.run)
        return engine_nomem(e);
    q.run->e = e;
    engine_reference(e);
    rc = engine_call(&c);
    if (q.run->name && q.run->status)
        *out = q.run;                   /* it is recorded, whatever became of it */
    else
        rille_run_free(q.run);
    return rc;
}

int
rille_run_pipeline(rille_run **out, rille_engine *e, const char *pipeline,
                   const rille_run_options *opt)
{
    if (out)
        *out = NULL;
    if (!out || !e || !pipeline)
        return engine_report(e, RILLE_EINVAL, out ? "rille_run_pipeline: pipeline is NULL"
                                                  : "rille_run_pipeline: out is NULL");
    return perform(out, e, 0, pipeline, opt);
}

int
rille_run_step(rille_run **out, rille_engine *e, const char *step, const rille_run_options *opt)
{
    if (out)
        *out = NULL;
    if (!out || !e || !step)
        return engine_report(e, RILLE_EINVAL, out ? "rille_run_step: step is NULL"
                                                  : "rille_run_step: out is NULL");
    return perform(out, e, 1, step, opt);
}

void
rille_run_free(rille_run *r)
{
    if (!r)
        return;
    rille_values_free(r->outputs);
    free(r->id);
    free(r->name);
    free(r->status);
    free(r->json);
    engine_unreference(r->e);
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

/* step.c -- steps in C: their registration, and what a running one may call.
 *
 * The function of a step is called by registeredlib.c, outside of the library (engine.h, invariant
 * 3).  What it calls here comes back in, and calls Lua only by one protected call. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "base/interrupt.h"
#include "library/registration_core.h"
#include "library/step_signature.h"

/* ---- registration ---- */

typedef struct Registering {
    RegisteredStep *step;
    StepSignature signature;
} Registering;

static void
set_slice(lua_State *L, const char *field, const char *text, size_t at, size_t len)
{
    lua_pushlstring(L, text + at, len);
    lua_setfield(L, -2, field);
}

/* { name =, at = } or { literal =, at = }, with the terms of a type as 1 ... n */
static void
push_term(lua_State *L, const StepSignature *s, int index)
{
    const SignatureTerm *term = step_signature_term(s, index);
    int n = 0;

    luaL_checkstack(L, 4, NULL);
    lua_newtable(L);
    set_slice(L, term->is_literal ? "literal" : "name", s->text, term->at, term->len);
    lua_pushinteger(L, (lua_Integer)term->at);
    lua_setfield(L, -2, "at");
    for (int i = term->first; i >= 0; i = step_signature_term(s, i)->next) {
        push_term(L, s, i);
        lua_rawseti(L, -2, ++n);
    }
}

/* { name =, at =, type =, output =, default =, default_at = } */
static void
push_port(lua_State *L, const StepSignature *s, const SignaturePort *port)
{
    lua_newtable(L);
    set_slice(L, "name", s->text, port->at, port->len);
    lua_pushinteger(L, (lua_Integer)port->at);
    lua_setfield(L, -2, "at");
    push_term(L, s, port->type);
    lua_setfield(L, -2, "type");
    lua_pushboolean(L, port->is_output);
    lua_setfield(L, -2, "output");
    if (!port->default_len)
        return;
    set_slice(L, "default", s->text, port->default_at, port->default_len);
    lua_pushinteger(L, (lua_Integer)port->default_at);
    lua_setfield(L, -2, "default_at");
}

/* handle, { name =, version =, doc =, signature =, cached =, ports = } */
static int
push_definition(lua_State *L, void *user)
{
    Registering *r = user;
    const rille_step_def *def = &r->step->def;

    registered_push_step(L, r->step);
    lua_newtable(L);
    lua_pushstring(L, def->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, def->version);
    lua_setfield(L, -2, "version");
    lua_pushstring(L, def->doc);
    lua_setfield(L, -2, "doc");
    lua_pushstring(L, def->signature);
    lua_setfield(L, -2, "signature");
    lua_pushboolean(L, !(def->flags & RILLE_STEP_NO_CACHE));
    lua_setfield(L, -2, "cached");
    lua_newtable(L);
    for (size_t i = 0; i < step_signature_count(&r->signature); i++) {
        push_port(L, &r->signature, step_signature_port(&r->signature, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "ports");
    return 2;
}

/* Puts the step, with its reference, into the engine's list; ends the one of its name. */
static void
enlist(rille_engine *e, RegisteredStep *s)
{
    RegisteredStep **at = &e->registered->steps, *old;

    while (*at && strcmp((*at)->def.name, s->def.name) != 0)
        at = &(*at)->next;
    old = *at;
    if (old)
        *at = old->next;
    s->next = e->registered->steps;
    e->registered->steps = s;
    if (old)
        registration_end_step(old);
    registration_release_step(old);
}

static int
check(rille_engine *e, const rille_step_def *def)
{
    const char *what = !def->name ? "name is NULL" : !def->signature ? "signature is NULL"
                     : !def->fn ? "fn is NULL" : NULL;

    if (what)
        return engine_report_as(e, RILLE_EINVAL, "rille_register_step: %s", what);
    if (!(def->flags & RILLE_STEP_NO_CACHE) && (!def->version || !*def->version))
        return engine_report_as(e, RILLE_EINVAL,
                                "step \"%.200s\": version is missing; it stands for the step's "
                                "code in the cache: give it one, or RILLE_STEP_NO_CACHE",
                                def->name);
    return engine_check_flags(e, "rille_step_def", def->flags, RILLE_STEP_NO_CACHE);
}

/* Makes the step of Lua. */
static int
define(rille_engine *e, Registering *r)
{
    EngineCall c = {e, "register_step", push_definition, NULL, r, 0};
    Err err;
    int rc = step_signature_parse(&r->signature, r->step->def.signature, &err);

    if (rc)
        rc = engine_report_as(e, rc, "step \"%.200s\": %s", r->step->def.name, err.msg);
    else
        rc = engine_call(&c);
    step_signature_release(&r->signature);
    return rc;
}

int
rille_register_step(rille_engine *e, const rille_step_def *def)
{
    rille_step_def given = RILLE_STEP_DEF_INIT;
    Registering r = {0};
    int rc;

    if (!def)
        return engine_report(e, RILLE_EINVAL, "rille_register_step: def is NULL");
    rc = engine_take_struct(e, "rille_step_def", &given, sizeof given, def);
    if (!rc)
        rc = e ? check(e, &given) : RILLE_EINVAL;
    if (!rc && (!(r.step = registration_new_step(&given)) || !registration_of(e)))
        rc = engine_nomem(e);
    if (!rc)
        rc = define(e, &r);
    if (!rc)
        enlist(e, r.step);
    else if (r.step) {
        registration_end_step(r.step);
        registration_release_step(r.step);
    } else if (given.destroy)
        given.destroy(given.user);
    return rc;
}

/* ---- a running step ---- */

enum { SERVICE_TICK = 1, SERVICE_METRIC, SERVICE_LOG };

typedef struct Service {
    double number;
    const char *text;
} Service;

/* f, light userdata of a Service: calls f(number, text), and pushes the text in here. */
static int
l_service(lua_State *L)
{
    const Service *v = lua_touserdata(L, 2);

    lua_settop(L, 1);
    lua_pushnumber(L, v->number);
    lua_pushstring(L, v->text);
    lua_call(L, 2, 0);
    return 0;
}

/* Calls a function of lua/capi/registered.lua; no error passes. */
static int
call_service(rille_step *s, int which, Service v)
{
    lua_State *L = s->L;
    int rc;

    if (!lua_checkstack(L, 8))
        return engine_nomem(s->e);
    engine_enter_library(s->e);
    lua_pushcfunction(L, l_service);
    lua_rawgeti(L, s->services, which);
    lua_pushlightuserdata(L, &v);
    rc = lua_pcall(L, 2, 0, 0);
    if (rc == LUA_ERRMEM)
        rc = engine_nomem(s->e);
    else if (rc)
        rc = engine_report(s->e, RILLE_EINVAL,
                           lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1)
                                                          : "an error without a message");
    else
        lua_pushnil(L);
    lua_pop(L, 1);
    engine_leave_library(s->e);
    return rc;
}

rille_values *
rille_inputs(rille_step *s)
{
    return s ? s->inputs : NULL;
}

rille_values *
rille_outputs(rille_step *s)
{
    return s ? s->outputs : NULL;
}

/* The status of what ends the call of the library before its time. */
static int
interrupted(rille_engine *e)
{
    InterruptReason reason = interrupt_check(&e->sandbox.interrupt);

    if (reason == INTERRUPT_NONE)
        return RILLE_OK;
    return engine_report(e, reason == INTERRUPT_TIME || reason == INTERRUPT_MEMORY
                                ? RILLE_ELIMIT : RILLE_ECANCELLED, e->sandbox.interrupt.message);
}

int
rille_tick(rille_step *s, double fraction)
{
    int rc;

    if (!s)
        return RILLE_EINVAL;
    rc = interrupted(s->e);
    if (!rc)
        rc = call_service(s, SERVICE_TICK, (Service){isnan(fraction) ? -1 : fraction, NULL});
    return rc ? rc : interrupted(s->e);
}

int
rille_metric(rille_step *s, const char *name, double value)
{
    if (!s || !name)
        return engine_report(s ? s->e : NULL, RILLE_EINVAL, "rille_metric: name is NULL");
    return call_service(s, SERVICE_METRIC, (Service){value, name});
}

/* The text in memory of its own; NULL when out of memory. */
static char *
format(const char *fmt, va_list args)
{
    va_list again;
    char *text;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    text = n < 0 ? NULL : malloc((size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text;
}

int
rille_log(rille_step *s, const char *fmt, ...)
{
    va_list args;
    char *text;
    int rc;

    if (!s || !fmt)
        return engine_report(s ? s->e : NULL, RILLE_EINVAL, "rille_log: fmt is NULL");
    va_start(args, fmt);
    text = format(fmt, args);
    va_end(args);
    rc = text ? call_service(s, SERVICE_LOG, (Service){0, text}) : engine_nomem(s->e);
    free(text);
    return rc;
}

int
rille_fail(rille_step *s, int status, const char *fmt, ...)
{
    va_list args;

    if (status >= 0)
        status = RILLE_ERROR;
    if (!s || !fmt)
        return status;
    free(s->message);
    va_start(args, fmt);
    s->message = format(fmt, args);
    va_end(args);
    return status;
}

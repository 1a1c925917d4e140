/* engine.c -- see engine.h: opening, closing, and the one way into Lua. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bind.h"
#include "embedded/embedded.h"
#include "library/engine.h"
#include "library/events.h"
#include "library/query_store.h"
#include "library/registration.h"
#include "modules.h"
#include "state/lua_release.h"
#include "state/state.h"

static const char KEY = 0;

/* ---- life ---- */

void
engine_reference(rille_engine *e)
{
    e->references++;
}

void
engine_unreference(rille_engine *e)
{
    if (--e->references > 0)
        return;
    events_forget(e);
    free(e->message);
    free(e->details);
    free(e->json);
    free(e->answer);
    free(e->program);
    free(e->stack);
    free(e->store);
    free(e->config);
    free(e->base);
    free(e->lua_path);
    free(e->lua_cpath);
    memory_release(&e->heap);
    free(e);
}

/* Makes the engine busy, open or not. */
static int
take(rille_engine *e)
{
    if (e->owner != getpid())
        return engine_report(e, RILLE_EINVAL,
                             "the engine belongs to the process that opened it; after a fork the "
                             "child opens its own");
    if (atomic_flag_test_and_set(&e->busy))
        return RILLE_EBUSY;     /* the message is that of the call in progress */
    interrupt_begin(&e->sandbox.interrupt);
    e->heap.refused = 0;
    return RILLE_OK;
}

int
engine_acquire(rille_engine *e)
{
    int rc;

    if (!e)
        return RILLE_EINVAL;
    rc = take(e);
    if (rc)
        return rc;
    if (!e->open) {
        atomic_flag_clear(&e->busy);
        return engine_report(e, RILLE_EINVAL, "the engine is not open");
    }
    return engine_report(e, RILLE_OK, "");
}

void
engine_release(rille_engine *e)
{
    atomic_flag_clear(&e->busy);
}

void
engine_enter_library(rille_engine *e)
{
    sandbox_enter(&e->sandbox);
}

void
engine_leave_library(rille_engine *e)
{
    sandbox_leave(&e->sandbox);
}

/* ---- the state ---- */

static void
prepare(lua_State *L, void *user)
{
    rille_engine *e = user;

    if (e->options.lua_state) {
        sandbox_watch(L, &e->sandbox);
    } else {
        sandbox_install(L, &e->sandbox);
        options_set_paths(L, e);
    }
    lua_pushlightuserdata(L, e);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &KEY);
}

rille_engine *
engine_of(lua_State *L)
{
    rille_engine *e;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &KEY);
    e = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return e;
}

static int
push_open(lua_State *L, void *user)
{
    rille_engine *e = user;

    lua_pushstring(L, e->store);
    lua_newtable(L);
    events_push_tell(L, e);
    lua_setfield(L, -2, "tell");
    lua_pushstring(L, e->base);
    lua_setfield(L, -2, "base");
    lua_pushstring(L, e->config);
    lua_setfield(L, -2, "config");
    lua_pushboolean(L, e->options.flags & RILLE_OPEN_READONLY);
    lua_setfield(L, -2, "readonly");
    lua_pushboolean(L, e->options.lua_state != NULL);
    lua_setfield(L, -2, "shared");
    return 2;
}

/* The state is the host's again, or gone. */
static void
end_state(rille_engine *e)
{
    lua_State *L = e->L;

    e->L = NULL;
    if (!e->options.lua_state) {
        lua_close(L);
        return;
    }
    sandbox_watch(L, NULL);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &KEY);
    state_unshare(L);
}

/* What ended the call before its time is its error. */
static int
report_end(rille_engine *e)
{
    static const int codes[] = {RILLE_OK, RILLE_ERROR, RILLE_ECANCELLED, RILLE_ELIMIT,
                                RILLE_ELIMIT};
    const Interrupt *it = &e->sandbox.interrupt;

    return engine_report(e, codes[it->reason], it->message);
}

/* Before an array is refused its memory: those that are garbage are freed. */
static void
collect(void *user)
{
    rille_engine *e = user;
    lua_State *L = atomic_load(&e->sandbox.running);

    if (L)
        lua_gc(L, LUA_GCCOLLECT);
}

static int
take_memory(rille_engine *e)
{
    const rille_options *o = &e->options;

    if (!o->alloc && !o->memory)
        return RILLE_OK;
    if (memory_init(&e->heap, o->alloc, o->alloc_user, o->memory, &e->sandbox.interrupt, &e->err))
        return engine_nomem(e);
    e->heap.collect = collect;
    e->heap.collect_user = e;
    return RILLE_OK;
}

int
engine_start(rille_engine *e)
{
    EngineCall c = {e, "open", push_open, NULL, e, 0};
    StateOptions options = {.modules = modules, .prepare = prepare, .user = e,
                            .compiled = lua_release_is_own()};
    int rc;

    if (e->L)
        return RILLE_OK;
    if (e->sandbox.interrupt.memory) {
        options.alloc = memory_alloc;
        options.alloc_user = &e->heap;
    }
    if (!e->options.lua_state)
        e->L = state_new(&options, &e->err);
    else if (!state_share(e->options.lua_state, &options, &e->err))
        e->L = e->options.lua_state;
    if (!e->L)
        return e->sandbox.interrupt.reason ? report_end(e)
                                           : engine_report_as(e, e->err.code, "%s", e->err.msg);
    rc = engine_call_busy(&c);
    if (rc)
        end_state(e);
    return rc;
}

/* ---- calls ---- */

/* Pushes the arguments and reads the results inside the protected call, too: whatever allocates
 * in a state may raise. */
static int
l_call(lua_State *L)
{
    EngineCall *c = lua_touserdata(L, 1);
    int n;

    lua_settop(L, 0);
    lua_getfield(L, LUA_REGISTRYINDEX, BIND_ENV);
    lua_getfield(L, -1, "require");
    lua_remove(L, 1);
    lua_pushliteral(L, "rille.capi");
    lua_call(L, 1, 1);
    lua_getfield(L, 1, c->function);
    lua_remove(L, 1);
    n = c->push ? c->push(L, c->user) : 0;
    lua_call(L, n, 4);
    if (lua_isnil(L, 1)) {
        c->rc = engine_report(c->e, (int)lua_tointeger(L, 3), luaL_tolstring(L, 2, NULL));
        engine_set_details(c->e, lua_tostring(L, 4));
    } else if (c->take) {
        c->rc = c->take(L, c->user);
    }
    return 0;
}

/* What asks for memory but once (a buffer of Lua's string library) gets an error of its own when
 * that is refused: the limit is what it failed by. */
static int
report_refused(EngineCall *c)
{
    const Memory *m = &c->e->heap;
    char message[sizeof c->e->err.msg];

    if (!c->rc || !m->was_short || !strstr(rille_errmsg(c->e), "not enough memory"))
        return c->rc;
    snprintf(message, sizeof message, "%s", rille_errmsg(c->e));
    return engine_report_as(c->e, RILLE_ELIMIT, "%s: the memory limit of %llu bytes", message,
                            (unsigned long long)m->limit);
}

static int
call_protected(EngineCall *c)
{
    lua_State *L = c->e->L;
    Sandbox *sandbox = &c->e->sandbox;
    int rc, before, top = lua_gettop(L);

    c->rc = RILLE_OK;
    c->e->heap.was_short = 0;
    if (!lua_checkstack(L, LUA_MINSTACK))
        return c->rc = engine_nomem(c->e);
    before = sandbox_begin(L, sandbox, !(c->e->options.flags & RILLE_OPEN_NOHOOK));
    lua_pushcfunction(L, l_call);
    lua_pushlightuserdata(L, c);
    rc = embedded_call(L, 1, 0);
    sandbox_end(L, sandbox, before);
    sandbox_flush(sandbox);
    events_forget(c->e);
    if (sandbox->interrupt.reason == INTERRUPT_MEMORY)
        lua_gc(L, LUA_GCCOLLECT);
    if (rc && sandbox->interrupt.reason > INTERRUPT_EXIT)
        c->rc = report_end(c->e);
    else if (sandbox->interrupt.reason == INTERRUPT_EXIT)
        c->rc = engine_report(c->e, c->rc && c->rc != RILLE_ESTEP ? c->rc : RILLE_ERROR,
                              sandbox->interrupt.message);
    else if (rc) {
        const char *message = lua_tostring(L, -1);

        c->rc = engine_report(c->e, rc == LUA_ERRMEM ? RILLE_ENOMEM : RILLE_ERROR,
                              message ? message : "an error without a message");
    }
    lua_settop(L, top);
    return report_refused(c);
}

int
engine_call_busy(EngineCall *c)
{
    c->rc = engine_start(c->e);
    return c->rc ? c->rc : call_protected(c);
}

int
engine_call(EngineCall *c)
{
    int rc = engine_acquire(c->e);

    if (rc)
        return rc;
    engine_enter_library(c->e);
    rc = engine_call_busy(c);
    engine_leave_library(c->e);
    engine_release(c->e);
    return rc;
}

/* ---- opening ---- */

/* A copy of the text in *out, and its status; NULL stays NULL. */
static int
keep(rille_engine *e, char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return text && !*out ? engine_nomem(e) : RILLE_OK;
}

/* The same of a path, which is made absolute: the working folder may change later. */
static int
keep_path(rille_engine *e, char **out, const char *path)
{
    char here[PATH_MAX];
    size_t n;

    if (!path || path[0] == '/')
        return keep(e, out, path);
    if (!getcwd(here, sizeof here))
        return engine_report_as(e, err_code(errno), "the working folder: %s", err_reason(errno));
    n = strlen(here) + strlen(path) + 2;
    *out = malloc(n);
    if (!*out)
        return engine_nomem(e);
    snprintf(*out, n, "%s/%s", here, path);
    return RILLE_OK;
}

/* A store in memory is made here: its path is known from the beginning. */
static int
take_store(rille_engine *e, const char *store)
{
    unsigned flags = e->options.flags;
    Err err;

    if (!(flags & RILLE_OPEN_MEMORY)) {
        if (store && *store)
            return keep_path(e, &e->store, store);
        return engine_report(e, RILLE_EINVAL,
                             store ? "rille_open: store is \"\"; expected the path of a folder"
                                   : "rille_open: store is NULL");
    }
    if (store)
        return engine_report(e, RILLE_EINVAL, "rille_open: store must be NULL with "
                                              "RILLE_OPEN_MEMORY: that one has no path");
    if (flags & (RILLE_OPEN_READONLY | RILLE_OPEN_NOCREATE))
        return engine_report(e, RILLE_EINVAL,
                             "rille_open: RILLE_OPEN_MEMORY makes a new store: it excludes "
                             "RILLE_OPEN_READONLY and RILLE_OPEN_NOCREATE");
    if (memory_store_init(&e->memory, &err))
        return engine_report_err(e, &err);
    return keep(e, &e->store, e->memory.store);
}

/* Where scripts start must be a folder now, not only when the first is loaded. */
static int
check_base(rille_engine *e)
{
    struct stat st;

    if (!e->base)
        return RILLE_OK;
    if (stat(e->base, &st))
        return engine_report_as(e, errno == ENOENT ? RILLE_ENOTFOUND : err_code(errno),
                                "rille_options.base: %s: %s", e->base, err_reason(errno));
    if (S_ISDIR(st.st_mode))
        return RILLE_OK;
    return engine_report_as(e, RILLE_EINVAL, "rille_options.base: %s is not a folder", e->base);
}

static int
take_options(rille_engine *e, const char *store, const rille_options *opt)
{
    const rille_options defaults = RILLE_OPTIONS_INIT;
    rille_options *o = &e->options;
    int rc;

    *o = defaults;
    if ((rc = engine_take_struct(e, "rille_options", o, sizeof *o, opt))
        || (rc = engine_check_flags(e, "rille_options", o->flags,
                                    RILLE_OPEN_NOCREATE | RILLE_OPEN_READONLY | RILLE_OPEN_MEMORY
                                        | RILLE_OPEN_NOHOOK)))
        return rc;
    if ((rc = take_store(e, store)) || (rc = keep_path(e, &e->config, o->config))
        || (rc = keep_path(e, &e->base, o->base)) || (rc = keep(e, &e->lua_path, o->lua_path))
        || (rc = keep(e, &e->lua_cpath, o->lua_cpath)))
        return rc;
    return check_base(e);
}

/* A shared state is taken at once, so that a second engine is refused at once. */
static int
take_state(rille_engine *e)
{
    const rille_options *o = &e->options;
    int rc;

    if (!o->lua_state)
        return RILLE_OK;
    if (o->alloc || o->memory)
        return engine_report(e, RILLE_EINVAL, "rille_options.lua_state excludes alloc and memory: "
                                              "the memory of that state is the host's");
    if (o->lua_path || o->lua_cpath)
        return engine_report(e, RILLE_EINVAL, "rille_options.lua_state excludes lua_path and "
                                              "lua_cpath: package.path of that state is the "
                                              "host's");
    engine_enter_library(e);
    rc = engine_start(e);
    engine_leave_library(e);
    return rc;
}

static int
set_up(rille_engine *e, const char *store, const rille_options *opt)
{
    int rc = take_options(e, store, opt);

    if (rc)
        return rc;
    if (sandbox_init(&e->sandbox, events_printed, e, &e->err))
        return engine_report_as(e, e->err.code, "%s", e->err.msg);
    e->open = 1;
    if ((rc = take_memory(e)) || (rc = query_check_store(e)) || (rc = take_state(e)))
        return rc;
    return engine_report(e, RILLE_OK, "");
}

int
rille_open(rille_engine **out, const char *store, const rille_options *opt)
{
    rille_engine *e;
    int rc;

    if (!out)
        return RILLE_EINVAL;
    *out = e = calloc(1, sizeof *e);
    if (!e)
        return RILLE_ENOMEM;
    e->owner = getpid();
    e->references = 1;
    atomic_flag_clear(&e->busy);
    rc = set_up(e, store, opt);
    if (rc && e->open) {
        sandbox_release(&e->sandbox);
        e->open = 0;
    }
    if (rc)
        memory_store_release(&e->memory);
    return rc;
}

static void
shut_down(rille_engine *e)
{
    EngineCall c = {e, "close", NULL, NULL, NULL, 0};

    engine_enter_library(e);
    if (e->L) {
        call_protected(&c);
        end_state(e);
        sandbox_flush(&e->sandbox);
    }
    query_close_store(e);
    memory_store_release(&e->memory);
    engine_leave_library(e);
    registration_free_all(e);
    sandbox_release(&e->sandbox);
    e->open = 0;
}

void
rille_close(rille_engine *e)
{
    if (!e || take(e))
        return;
    if (e->open)
        shut_down(e);
    engine_release(e);
    engine_unreference(e);
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

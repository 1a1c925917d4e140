/* events.c -- see events.h */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "library/events.h"

/* The kinds of rille.h, in their order. */
static const char *const KINDS[] = {"run_begin", "step_begin", "step_cached", "step_tick",
                                    "step_retry", "step_end", "step_failed", "run_end", "log",
                                    "step_skipped", NULL};

/* The host's callback; another number than 0 cancels. */
static void
tell(rille_engine *e, const rille_event *event)
{
    int rc;

    sandbox_leave(&e->sandbox);
    rc = e->options.event(e->options.event_user, event);
    sandbox_enter(&e->sandbox);
    if (rc)
        interrupt_stop(&e->sandbox.interrupt, INTERRUPT_CANCELLED,
                       "cancelled by the event callback, which returned %d", rc);
}

/* A copy of the text in place of *at; NULL when there is none, or no memory for it. */
static void
keep(char **at, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    free(*at);
    *at = copy;
}

void
events_forget(rille_engine *e)
{
    keep(&e->printing_run, NULL);
    keep(&e->printing_step, NULL);
}

/* Without memory for the text there is no event: the log of the step has it. */
void
events_printed(void *user, const char *p, size_t n)
{
    rille_engine *e = user;
    rille_event event = {sizeof event, RILLE_LOG, e->printing_run, e->printing_step, NULL, -1, 0,
                         0, 0};
    char *text = e->options.event ? malloc(n + 1) : NULL;

    if (!text)
        return;
    memcpy(text, p, n);
    text[n] = 0;
    event.text = text;
    tell(e, &event);
    free(text);
}

static double
number_field(lua_State *L, const char *name, double otherwise)
{
    double v;

    lua_getfield(L, 1, name);
    v = luaL_optnumber(L, -1, otherwise);
    lua_pop(L, 1);
    return v;
}

/* The text stays where it is, in the table. */
static const char *
text_field(lua_State *L, const char *name)
{
    const char *text;

    lua_getfield(L, 1, name);
    text = luaL_optstring(L, -1, NULL);
    lua_pop(L, 1);
    return text;
}

/* Whose prints are those that come next: of steps in this process. */
static void
note_place(rille_engine *e, const rille_event *event, int here)
{
    if (event->kind == RILLE_RUN_BEGIN)
        keep(&e->printing_run, event->run);
    if (here)
        keep(&e->printing_step, event->kind == RILLE_STEP_BEGIN ? event->step : NULL);
}

/* tell { kind =, run =, step =, text =, fraction =, seconds =, done =, total =, here = }: the
 * fields of rille_event; here: whether a step of this process begins or ends by it. */
static int
l_tell(lua_State *L)
{
    rille_engine *e = lua_touserdata(L, lua_upvalueindex(1));
    rille_event event = {.size = sizeof event};
    int here;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "kind");
    event.kind = luaL_checkoption(L, -1, NULL, KINDS);
    lua_getfield(L, 1, "here");
    here = lua_toboolean(L, -1);
    event.run = text_field(L, "run");
    event.step = text_field(L, "step");
    event.text = text_field(L, "text");
    event.fraction = number_field(L, "fraction", -1);
    event.seconds = number_field(L, "seconds", 0);
    event.done = (int)number_field(L, "done", 0);
    event.total = (int)number_field(L, "total", 0);
    sandbox_flush(&e->sandbox);
    note_place(e, &event, here);
    tell(e, &event);
    if (event.kind == RILLE_RUN_END)
        events_forget(e);
    return 0;
}

void
events_push_tell(lua_State *L, rille_engine *e)
{
    if (!e->options.event) {
        lua_pushnil(L);
        return;
    }
    lua_pushlightuserdata(L, e);
    lua_pushcclosure(L, l_tell, 1);
}

void
rille_interrupt(rille_engine *e)
{
    if (e)
        sandbox_interrupt(&e->sandbox);
}

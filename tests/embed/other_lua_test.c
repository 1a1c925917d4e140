/* other_lua_test.c -- a host with another Lua than rille needs, whose functions come first: it is
 * linked with -rdynamic.  Here that Lua is a few functions; none is called but by a mistake. */
#define _GNU_SOURCE
#include "host.h"
#include <rille_lua.h>

const char lua_ident[] = "$LuaVersion: Lua 5.3.6  Copyright (C) 1994-2020 Lua.org, PUC-Rio $";

static int calls;

lua_State *
lua_newstate(lua_Alloc f, void *ud)
{
    (void)f;
    (void)ud;
    calls++;
    return NULL;
}

lua_Number
lua_version(lua_State *L)
{
    (void)L;
    calls++;
    return 503;
}

static void
the_first_call_that_needs_lua_says_which_lua_is_in_the_way(void)
{
    rille_engine *e;

    CHECK_RC(rille_open(&e, host_store, NULL), RILLE_OK);
    CHECK_RC(host_load(e, "x = 1"), RILLE_EVERSION);
    CHECK(host_has(rille_errmsg(e), "/other_lua_test exports functions of Lua 5.3.6, which hide "
                                    "those of Lua 5.4 that rille needs: link it with Lua 5.4, or "
                                    "hide that Lua (-Wl,--exclude-libs,ALL, no -rdynamic)"));
    CHECK(rille_lua_state(e) == NULL && rille_errcode(e) == RILLE_EVERSION);
    host_close(e);
    CHECK(calls == 0);
}

static void
a_state_of_that_lua_is_refused(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *e;

    opt.lua_state = &opt;               /* not even looked at */
    CHECK_RC(rille_open(&e, host_store, &opt), RILLE_EVERSION);
    rille_close(e);
    CHECK(calls == 0);
}

int
main(void)
{
    host_begin("other-lua");
    RUN(the_first_call_that_needs_lua_says_which_lua_is_in_the_way);
    RUN(a_state_of_that_lua_is_refused);
    return host_end();
}

/* stubs.c -- until the parts are here; each part removes its own lines. */
#include "library/artifact.h"
#include "library/query_store.h"
#include "library/registration.h"

int query_check_store(rille_engine *e) { (void)e; return 0; }
void query_close_store(rille_engine *e) { (void)e; }
void registration_free_all(rille_engine *e) { (void)e; }
rille_values *rille_values_new(rille_engine *e) { (void)e; return NULL; }
void rille_values_free(rille_values *v) { (void)v; }
void values_to_lua(lua_State *L, rille_values *v) { (void)v; lua_newtable(L); }
void rille_interrupt(rille_engine *e) { (void)e; }

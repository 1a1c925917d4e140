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
void rille_artifact_free(rille_artifact *a) { (void)a; }
const char *rille_artifact_digest(const rille_artifact *a) { (void)a; return NULL; }
rille_values *rille_artifact_value(rille_artifact *a) { (void)a; return NULL; }
rille_values *rille_run_outputs(rille_run *r) { (void)r; return NULL; }
int rille_get_artifact(rille_artifact **o, rille_values *v, const char *n)
{ *o = NULL; (void)v; (void)n; return -1; }
int rille_get_number(rille_values *v, const char *n, double *o)
{ (void)v; (void)n; (void)o; return -1; }
RegisteredType *registration_find_type(rille_engine *e, const char *n)
{ (void)e; (void)n; return NULL; }
RegisteredObject *registration_new_object(RegisteredType *t, void *o)
{ (void)t; (void)o; return NULL; }
RegisteredObject *registration_share_object(RegisteredObject *o) { o->references++; return o; }
void registration_free_object(RegisteredObject *o) { (void)o; }
void registration_object_to_lua(lua_State *L, rille_engine *e, RegisteredObject *o)
{ (void)e; (void)o; lua_pushnil(L); }
RegisteredObject *registration_object_of_lua(lua_State *L, int i) { (void)L; (void)i; return NULL; }
rille_artifact *artifact_share(rille_artifact *a) { a->references++; return a; }
int value_load(rille_engine *e, Value *v, Err *err)
{ (void)e; (void)v; return err_set(err, ERR_ANY, "not yet"); }

/* registration.h -- the steps and types in C that a host registered with an engine.
 *
 *     rille_register_step -> RegisteredStep -> lua/capi/registered.lua makes a step of it
 *     rille_register_type -> RegisteredType -> ... a materializer, a class and a port's type
 *
 * Both are counted: the engine has one reference, Lua's handle another, each object one of its
 * type.
 * Invariants
 *   1. A definition's destroy is called once: when the step is replaced, the engine is closed, or
 *      the registration fails; that of a type when its last object is gone, too.
 *   2. The function of a step is not called after that: what still has the step raises.
 *   3. No error of Lua passes through a function of the host: what it may call is protected. */
#ifndef LIBRARY_REGISTRATION_H
#define LIBRARY_REGISTRATION_H

#include "library/engine.h"
#include "library/values.h"

typedef struct RegisteredType RegisteredType;

/* An object in C that values and scripts share by counting; the destroy function of its type is
 * called with the last of them. */
typedef struct RegisteredObject {
    int references;
    RegisteredType *type;
    const char *type_name;      /* lives as long as this */
    void *obj;                  /* the host's */
} RegisteredObject;

/* Calls their destroy functions; Lua is closed. */
void registration_free_all(rille_engine *e);

/* The type of rille_register_type of that name; NULL when there is none. */
RegisteredType *registration_find_type(rille_engine *e, const char *name);
/* Takes obj over; NULL when out of memory, and obj is still the caller's. */
RegisteredObject *registration_new_object(RegisteredType *type, void *obj);
RegisteredObject *registration_share_object(RegisteredObject *o);
void registration_free_object(RegisteredObject *o);         /* accepts NULL */

/* Pushes the object of a VALUE_OBJECT as scripts have it.  May raise. */
void registration_object_to_lua(lua_State *L, rille_engine *e, RegisteredObject *o);
/* The object at idx, borrowed while that value lives; NULL for any other value. */
RegisteredObject *registration_object_of_lua(lua_State *L, int idx);
/* The host's object at idx; raises for any other value than one of the type of that name. */
void *type_check_object(lua_State *L, int idx, const char *name);

/* The object that an artifact of the type is, loaded without Lua; the status and message of its
 * load. */
struct StoredArtifact;
int registration_load_object(rille_engine *e, RegisteredType *type, const struct StoredArtifact *a,
                             RegisteredObject **out, Err *err);

#endif

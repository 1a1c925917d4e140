/* registration.h -- the steps and types in C that a host registered with an engine. */
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

#endif

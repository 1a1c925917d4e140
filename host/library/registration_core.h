/* registration_core.h -- what the parts of registration share: registration.c (who owns what),
 * step.c and type.c (the functions of rille.h), registeredlib.c (the face for Lua). */
#ifndef LIBRARY_REGISTRATION_CORE_H
#define LIBRARY_REGISTRATION_CORE_H

#include "library/registration.h"

typedef struct RegisteredStep {
    int references;
    struct RegisteredStep *next;
    rille_step_def def;         /* its texts are copies; fn is NULL once destroy was called */
} RegisteredStep;

struct RegisteredType {
    int references;
    struct RegisteredType *next;
    rille_type_def def;         /* its name is a copy */
};

/* e->registered: newest first. */
struct Registration {
    RegisteredStep *steps;
    RegisteredType *types;
};

/* A running step.  Its functions of Lua are in the table at `services`. */
struct rille_step {
    rille_engine *e;
    lua_State *L;
    int services;
    rille_values *inputs, *outputs;
    char *message;              /* of rille_fail, or NULL */
};

/* ---- registration.c ---- */

/* A list that is empty; NULL when out of memory. */
struct Registration *registration_of(rille_engine *e);
/* With one reference, and copies of the texts; NULL when out of memory. */
RegisteredStep *registration_new_step(const rille_step_def *def);
RegisteredType *registration_new_type(const rille_type_def *def);
/* Calls destroy with user, unless it was called. */
void registration_end_step(RegisteredStep *s);
void registration_release_step(RegisteredStep *s);      /* accepts NULL */
/* Calls destroy_user, unless it was called: no object of the type is left. */
void registration_end_type(RegisteredType *t);
void registration_release_type(RegisteredType *t);

/* ---- registeredlib.c ---- */

/* Pushes a handle, which has a reference of its own.  May raise. */
void registered_push_step(lua_State *L, RegisteredStep *s);
void registered_push_type(lua_State *L, RegisteredType *t);

/* ---- type.c: the two ways of an object, called with Lua's art at index 2 ---- */

/* Calls save; it may leave texts in the table at index 3.  Raises. */
void type_save(lua_State *L, RegisteredObject *o);
/* Calls load, which fills o->obj.  Raises. */
void type_load(lua_State *L, RegisteredObject *o, int version);

/* The member that has what rille_write_meta wrote. */
#define TYPE_META_MEMBER "meta.json"

#endif

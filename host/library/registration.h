/* registration.h -- the steps and types in C that a host registered with an engine. */
#ifndef LIBRARY_REGISTRATION_H
#define LIBRARY_REGISTRATION_H

#include "library/engine.h"

/* Calls their destroy functions; Lua is closed. */
void registration_free_all(rille_engine *e);

#endif

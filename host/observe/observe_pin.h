/* observe_pin.h -- code of a commit: what it loads is loaded of that commit too.
 *
 * A chunk whose name was given to observe.pin has a function, its loader, that is asked in
 * place of require, loadfile and dofile where the innermost function of a file that is
 * running is of that chunk.  The loader takes "require", "loadfile" or "dofile" and the
 * arguments of the call.  It returns true and the results; or false: then the
 * function does what it always does.
 *
 * What a step loads so is not cached, as no fact says which commit it was. */
#ifndef OBSERVE_PIN_H
#define OBSERVE_PIN_H

#include "observe/recorder.h"

/* Asks the loader of the caller.  1: its results are on the stack, above the arguments of
 * the running function, which are `top` values.  0: there is no loader, or it leaves the
 * call alone; nothing is pushed. */
int observe_pin_asked(lua_State *L, Recorder *rec, const char *what, int top);

#endif

/* wrap.h -- replaces functions of the standard library by wrappers that record.
 *
 * A wrapper is called in place of the original and calls the original's C function
 * in its own frame, so positions and argument names in errors are the original's.
 * Its upvalue 1 is the original's, its upvalue 2 the Recorder. */
#ifndef WRAP_H
#define WRAP_H

#include "observe/recorder.h"

/* A row of what is wrapped; ends with a NULL name.  fn NULL: every call is impure
 * in a step and otherwise the original's. */
typedef struct Wrap {
    Raw id;
    const char *lib, *name;             /* lib NULL: a global */
    lua_CFunction fn;
} Wrap;

/* Wraps the rows in the table of globals at the top. */
void wrap_functions(lua_State *L, const Wrap *rows);

#endif

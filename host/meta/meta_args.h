/* meta_args.h -- for metalib.c: the tables of a call as the structs of meta.h.
 *
 * All is read before anything is written, so that nothing of Lua can raise inside
 * a transaction.  A wrong field raises, by its name.  The strings stay the
 * tables'; the lists are the Gather's, and a later read_ may move them: take the
 * structs last. */
#ifndef META_ARGS_H
#define META_ARGS_H

#include <lua.h>

#include "meta/meta.h"

/* What a call reads from its tables; the strings stay theirs. */
typedef struct Gather {
    Buf steps, inputs, outputs, artifacts, members;
    Buf attempts, trace, sources, origins, names, items;
    MetaRun run;
    const void *code_table;             /* the code that was read last */
    const unsigned char *code;
    Slice leaves;
} Gather;

void gatherlib_init(lua_State *L);
/* Empty, on top of the stack; the collector frees it, or gatherlib_drop sooner. */
Gather *gatherlib_new(lua_State *L);
void gatherlib_drop(lua_State *L, int idx);

/* Is the field of the table at t true? */
int gatherlib_flag(lua_State *L, int t, const char *field);
MetaBegin gatherlib_begin(lua_State *L, Gather *g, int t);
/* The list of StepRows at t, which may be nil. */
MetaBatch gatherlib_steps(lua_State *L, Gather *g, int t);
/* steps: where the list of StepRows is, n long. */
MetaFinish gatherlib_finish(lua_State *L, Gather *g, int t, int steps, size_t n);

#endif

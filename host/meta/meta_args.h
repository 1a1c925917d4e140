/* meta_args.h -- the tables of m:begin_run and m:commit as the structs of meta.h.
 *
 * Every field is read before anything is written, so a Lua error cannot leave a
 * transaction open.  A wrong field raises an error with its name.  The structs borrow the
 * strings of the tables, and the lists of the MetaArgs, which a later call may move: take
 * the structs last. */
#ifndef META_ARGS_H
#define META_ARGS_H

#include <lua.h>

#include "meta/meta.h"

enum { META_ARGS_FIELDS = 32 };

/* What a call reads from its tables; the strings stay theirs. */
typedef struct MetaArgs {
    Buf steps, inputs, outputs, artifacts, members;
    Buf attempts, trace, sources, origins, names, items;
    Buf told;                           /* what became of the run's models, for its caller */
    MetaRun run;
    const void *code_table;             /* the code that was read last */
    const unsigned char *code;
    Slice leaves;
    const char *fields[META_ARGS_FIELDS];       /* names of fields of steps, as Lua has them */
} MetaArgs;

void meta_args_init(lua_State *L);
void meta_step_args_init(lua_State *L);
/* Empty, on top of the stack; the collector frees it, or meta_args_drop sooner. */
MetaArgs *meta_args_new(lua_State *L);
void meta_args_drop(lua_State *L, int idx);

/* Is the field of the table at t true? */
int meta_args_flag(lua_State *L, int t, const char *field);
MetaBegin meta_args_begin(lua_State *L, MetaArgs *g, int t);
/* The list of StepRows at t, which may be nil. */
MetaBatch meta_args_steps(lua_State *L, MetaArgs *g, int t);
/* steps: where the list of StepRows is, n long. */
MetaFinish meta_args_finish(lua_State *L, MetaArgs *g, int t, int steps, size_t n);

#endif

/* first_plan_box.h -- what the parts of rille.host.first_plan share: the columns in Lua.
 *
 *     first_plan_box.c        the box
 *     first_plan_resolve.c    the pass that fills it
 *     first_planlib.c         the face: reading what was found, and what is kept of it */
#ifndef FIRST_PLAN_BOX_H
#define FIRST_PLAN_BOX_H

#include <lua.h>

#include "graph/columns.h"
#include "graph/memo_pass.h"

#define FIRST_PLAN_TYPE "rille.host.first_plan.columns"
#define FIRST_PLAN_STEP "\1step"         /* a key of nodes, as in lua/graph/graph.lua */

typedef struct StepSpec {
    int quick;                          /* 0: its nodes are Lua's */
    unsigned char prefix[HASH_SIZE];    /* of the keys of its nodes */
    size_t shape, shape_len;            /* in Box.shapes */
} StepSpec;

typedef struct FirstPlan {
    Columns columns;
    Buf plain;                          /* by position, a byte: the newest record is a plain hit */
    Buf specs, shapes;                  /* StepSpec, by the numbers in the table STEPS */
    Buf numbers;                        /* size_t by the number of a step in the rows: 1 + that
                                         * of its spec; 0: it did not come yet */
    Buf digests, list;                  /* of the inputs of a node, of a fan-in */
    MemoPass pass;
    size_t taken;                       /* nodes that were taken from the memo */
    int same_wiring;
    Buf steps, nodes;                   /* of columns:memo */
} FirstPlan;

/* The box at idx; raises for another value. */
FirstPlan *first_plan_check(lua_State *L, int idx);
/* Raises; returns no number. */
int first_plan_no_memory(lua_State *L);

/* columns:resolve of the face. */
int first_plan_l_resolve(lua_State *L);

#endif

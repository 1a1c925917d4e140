/* step_call_box.h -- what the parts of rille.host.step_call share: a call that is being made, the
 * shapes of steps, fields of Lua tables by the names in upvalues. */
#ifndef STEP_CALL_BOX_H
#define STEP_CALL_BOX_H

#include <lua.h>

#include "graph/rows_box.h"

enum { STEP_MOST_SLOTS = 48 };

/* Types whose values are admitted in C (lua/script/step_shape.lua). */
typedef enum Kind { NONE, ANY, INTEGER, NUMBER, STRING, BOOLEAN } Kind;

/* What the functions know, in their upvalues: modules and classes, keys of nodes and wires
 * (lua/graph/graph.lua), names of fields. */
enum {
    DEFINING = 1, STEP_META, LIGHT_META, NODE_META, WIRE_META, HELD, SHAPE_OF, COULD_FIT, SHAPES,
    FITS, LAST,
    K_STEP, K_POSITION, K_FROM, K_OUTPUT,
    F_ID, F_AFTER, F_OPTIONS, F_INDEX, F_INPUTS, F_PARAMS, F_OUTPUTS, F_TYPE, F_BOUND,
    F_EQUIVALENT, F_MEMBERS,
    N_KNOWN = F_MEMBERS
};

typedef struct Param {
    unsigned char kind, has_default;
} Param;

typedef struct Input {
    unsigned char kind;                 /* what literals are admitted */
    unsigned char is_list;
} Input;

/* What is known of a step, by the table of its index: copies by :with have the same.
 * Its user value is a list that begins with the step's tables `inputs` and `params`; then, from
 * NAMES on, the names of the parameters, their defaults, the types of the inputs and those of
 * their elements.  By name it has the number of a parameter, or minus that of an input. */
typedef struct Shape {
    int n_params, n_inputs;
    unsigned char order[STEP_MOST_SLOTS];       /* the parameters as their encoding has them */
    Param param[STEP_MOST_SLOTS];
    Input input[STEP_MOST_SLOTS];
} Shape;

enum { OF_INPUTS = 1, OF_PARAMS, NAMES };

/* The step with fields that was called last, as most calls are of the same one again.  Its user
 * values keep alive what it points to: the step, the shape and its list, the step of the nodes. */
typedef struct LastStep {
    const void *base, *inputs, *params, *light_meta;
    const Shape *shape;
    int has_bound;
    uint64_t serial;                    /* of the rows in which it has the number, or 0 */
    lua_Integer number;
} LastStep;

enum { LAST_BASE = 1, LAST_SHAPE, LAST_LIST, LAST_WORK };

/* A call.  Numbers are places on the stack. */
typedef struct Call {
    lua_State *L;
    GraphRows *rows;
    LastStep *last;
    const Shape *shape;
    int self, args;                     /* args: how many there are, after self */
    int box, nodes, by_id;              /* box: of rows; tables of the graph */
    int base, id, list;                 /* base: the step with fields; list: the shape's */
    int slots;                          /* above: the values of parameters, then of inputs */
    const void *light;                  /* the metatable of the graph's light nodes */
    int row_failed;                     /* the row is no right one */
} Call;

/* -- step_call_box.c ------------------------------------------------------- */

/* Pushes the field of the table at idx (no relative one) whose name is the upvalue. */
int step_get(lua_State *L, int idx, int name);
int step_get_text(lua_State *L, int idx, const char *name);
/* 1 where the value at idx has the upvalue as its metatable. */
int step_has_meta(lua_State *L, int idx, int meta);
int step_is_plain_table(lua_State *L, int idx);
lua_Integer step_count_keys(lua_State *L, int idx);
/* Finds the shape of the step at c->base, makes it the last step and pushes the shape's list;
 * 0 where it has none. */
int step_push_shape(Call *c);

/* Puts into the row that is being made: a varint (a tag, too); bytes. */
void step_put_number(Call *c, uint64_t n);
void step_put_bytes(Call *c, const void *p, size_t n);

/* -- step_inputs_box.c ----------------------------------------------------- */

/* Put all parameters, and the inputs, into the row; 0 where Lua has to look at them. */
int step_put_params(Call *c);
int step_put_inputs(Call *c);

#endif

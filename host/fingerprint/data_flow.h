/* data_flow.h -- reads what lua_dump wrote and finds what the code does with its arguments
 * and with the results of its calls, without running any.  No Lua in here.
 *
 * A term says how code came to a value: an argument or an upvalue of the *outermost*
 * function, a field of another term, a result of a call of one.  0 is a value of which
 * nothing is known.
 *
 * The facts, each with its line (0 in a stripped dump):
 *     FLOW_TEST     a condition depends on the term (if, while, not, and; but not
 *                   the first of `a or b`, which picks a value)
 *     FLOW_EQUAL    the term is compared by == or ~=
 *     FLOW_READ     term.name is read, of what begins with an argument; tested: only
 *                   to see whether it is there, as in x.f or v, if x.f, x.f == nil
 *     FLOW_WRITE    term.name = v, likewise
 *     FLOW_CALL     the term, of which no call is part, is called
 *     FLOW_PASS     the term, which begins with an argument, is argument number place
 *                   of a call of callee
 *
 * Invariants
 *   1. A term holds for every way that leads to the instruction: where two ways meet
 *      with different values, at the head of a loop that changes a variable, and where
 *      another function may change it, the term is 0.
 *   2. The code of a nested function is looked at where its closure is made, unless it
 *      is the body of a step; of what it captures, a term is known only if nothing
 *      sets the variable later.
 *   3. Nothing is read outside the bytes given; nesting is bounded.
 *
 * A DataFlow lives in the caller's memory: data_flow_init, data_flow_read,
 * data_flow_release.  Its names point into the bytes that it was read from. */
#ifndef DATA_FLOW_H
#define DATA_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

typedef enum FlowTermKind {
    FLOW_NONE, FLOW_ARG, FLOW_UP, FLOW_FIELD, FLOW_RESULT, FLOW_TEXT
} FlowTermKind;

typedef struct FlowTerm {
    uint8_t kind, root;             /* root: FLOW_ARG or FLOW_UP */
    uint8_t computed;               /* a call is part of it */
    uint32_t from;                  /* the term that it is a field or a result of */
    int n;                          /* of FLOW_ARG, FLOW_UP and FLOW_RESULT, from 1 */
    const char *name;               /* of FLOW_FIELD and FLOW_TEXT */
    size_t len;
} FlowTerm;

typedef enum FlowKind {
    FLOW_TEST, FLOW_EQUAL, FLOW_READ, FLOW_WRITE, FLOW_CALL, FLOW_PASS
} FlowKind;

typedef struct FlowFact {
    FlowKind kind;
    int line, place, tested;
    uint32_t term, callee;
    const char *name;
    size_t len;
} FlowFact;

typedef struct DataFlow {
    const FlowTerm *terms;          /* terms[0] is of kind FLOW_NONE */
    const FlowFact *facts;
    size_t nfacts;
    Buf term_buf, fact_buf;         /* what the pointers above point into */
} DataFlow;

void data_flow_init(DataFlow *f);
void data_flow_release(DataFlow *f);
/* branches: the code is not looked at when there is no test and no == in it.
 * 0; ERR_CORRUPT for bytes that are no dump of a Lua 5.4 function; ERR_NOMEM. */
int data_flow_read(DataFlow *f, const void *p, size_t n, int branches, Err *err);

#endif

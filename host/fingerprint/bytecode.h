/* bytecode.h -- reads what lua_dump wrote (Lua 5.4, one format from 5.4.0 to 5.4.8)
 * and tells what a function is and what it touches.  No Lua in here.
 *
 * The digest is over the canonical form: parameters, vararg, stack size, code,
 * constants (floats as bits, one NaN), upvalue descriptors of nested functions,
 * nested functions.  Left out, because no behaviour hangs on them: source,
 * lines, names, and the outermost function's own upvalue descriptors, whose
 * values the caller walks.  So a comment, a blank line or a renamed local gives
 * the same digest, and a stripped dump the same as an unstripped one.
 *
 * The uses say what the function and those nested in it do with each upvalue of
 * the *outermost* one (followed through the descriptors).  Which upvalue is
 * _ENV is the caller's business: it is found by value.
 *
 *     DUMP_READ    up.name, the value going anywhere
 *     DUMP_FIELD   up.name.field, and up.name goes nowhere else
 *     DUMP_CALL    up.name("field"): one call with one constant string
 *     DUMP_WRITE   up.name = v
 *     DUMP_ASSIGN  up = v
 *     DUMP_INVOKE  up("field")
 *     DUMP_VALUE   up in any other use: passed, stored, indexed by a variable,
 *                  or what could not be told from that
 *
 * Invariants
 *   1. Every instruction that can reach an upvalue of the outermost function
 *      gives at least one use; in doubt it is DUMP_VALUE.
 *   2. Uses are sorted by up, name, kind, field, each once with its first line
 *      (0 in a stripped dump).
 *   3. Nothing is read outside the bytes given; nesting is bounded.
 *
 * A Dump lives in the caller's memory: dump_init, dump_parse, dump_release (also
 * fine on an initialised or released one).  dump_parse may be called again. */
#ifndef BYTECODE_H
#define BYTECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

enum { DUMP_MAXDEPTH = 250, DUMP_NOUP = 255 };

typedef enum DumpKind {
    DUMP_ASSIGN, DUMP_INVOKE, DUMP_VALUE, DUMP_READ, DUMP_FIELD, DUMP_CALL, DUMP_WRITE
} DumpKind;

typedef struct DumpText {
    uint32_t at, len;               /* for dump_text */
} DumpText;

typedef struct DumpUse {
    uint8_t up;                     /* 0 is the first upvalue */
    uint8_t kind;
    int line;
    DumpText name, field;
} DumpUse;

typedef struct Dump {
    unsigned char digest[HASH_SIZE];
    int nups;
    int line, last;                 /* where the function is defined */
    int dynamic;                    /* some value is indexed by a variable */
    int formats;                    /* some constant is "format" */
    int power;                      /* x ^ y, but for x ^ 2, which is x * x */
    const DumpUse *uses;
    size_t nuses;
    const DumpText *words;          /* the constant strings, with repetitions */
    size_t nwords;
    Buf use_buf, word_buf, text;    /* what the pointers above point into */
} Dump;

void dump_init(Dump *d);
void dump_release(Dump *d);
/* 0; ERR_CORRUPT for bytes that are no dump of a Lua 5.4 function; ERR_NOMEM. */
int dump_parse(Dump *d, const void *p, size_t n, Err *err);
/* Its bytes, borrowed from d; not terminated by a zero. */
const char *dump_text(const Dump *d, DumpText t);

#endif

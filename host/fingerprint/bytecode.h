/* bytecode.h -- reads what lua_dump wrote (Lua 5.4, one format from 5.4.0 to 5.4.8)
 * and finds what a function is and what it touches.  No Lua in here.
 *
 * The digest is over the canonical form: parameters, vararg, stack size, code,
 * constants (floats as bits, one NaN), upvalue descriptors of nested functions,
 * nested functions.  Left out, because they change no behaviour: source,
 * lines, names, and the outermost function's own upvalue descriptors, whose
 * values the caller walks.  So a comment, a blank line or a renamed local gives
 * the same digest, and a stripped dump the same as an unstripped one.
 *
 * The uses say what the function and those nested in it do with each upvalue of
 * the *outermost* one (followed through the descriptors).  Which upvalue is
 * _ENV the caller finds out, by its value.
 *
 *     USE_READ    up.name, the value going anywhere
 *     USE_FIELD   up.name.field, and up.name goes nowhere else
 *     USE_CALL    up.name("field"): one call with one constant string
 *     USE_WRITE   up.name = v
 *     USE_ASSIGN  up = v
 *     USE_INVOKE  up("field")
 *     USE_VALUE   up in any other use: passed, stored, indexed by a variable,
 *                  or what could not be told apart from that
 *
 * Invariants
 *   1. Every instruction that can reach an upvalue of the outermost function
 *      gives at least one use; in doubt it is USE_VALUE.
 *   2. Uses are sorted by up, name, kind, field, each once with its first line
 *      (0 in a stripped dump).
 *   3. Nothing is read outside the bytes given; nesting is bounded.
 *
 * A Bytecode lives in the caller's memory: bytecode_init, bytecode_parse, bytecode_release (also
 * fine on an initialised or released one).  bytecode_parse may be called again. */
#ifndef BYTECODE_H
#define BYTECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

enum { BYTECODE_MAX_DEPTH = 250, BYTECODE_NO_UPVALUE = 255 };

typedef enum BytecodeUseKind {
    USE_ASSIGN, USE_INVOKE, USE_VALUE, USE_READ, USE_FIELD, USE_CALL, USE_WRITE
} BytecodeUseKind;

typedef struct BytecodeText {
    uint32_t at, len;               /* for bytecode_text */
} BytecodeText;

typedef struct BytecodeUse {
    uint8_t up;                     /* 0 is the first upvalue */
    uint8_t kind;
    int line;
    BytecodeText name, field;
} BytecodeUse;

typedef struct Bytecode {
    unsigned char digest[HASH_SIZE];
    int nups;
    int line, last;                 /* where the function is defined */
    int dynamic;                    /* some value is indexed by a variable */
    int formats;                    /* some constant is "format" */
    int power;                      /* x ^ y, but for x ^ 2, which is x * x */
    const BytecodeUse *uses;
    size_t nuses;
    const BytecodeText *words;          /* the constant strings, with repetitions */
    size_t nwords;
    Buf use_buf, word_buf, text;    /* what the pointers above point into */
} Bytecode;

void bytecode_init(Bytecode *d);
void bytecode_release(Bytecode *d);
/* 0; ERR_CORRUPT for bytes that are no dump of a Lua 5.4 function; ERR_NOMEM. */
int bytecode_parse(Bytecode *d, const void *p, size_t n, Err *err);
/* Its bytes, borrowed from d; not terminated by a zero. */
const char *bytecode_text(const Bytecode *d, BytecodeText t);

#endif

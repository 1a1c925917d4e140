/* step_signature.h -- what a step in C takes and gives, as rille_step_def.signature says it:
 *
 *     signature = "(" [port {"," port}] ")" "->" "(" [port {"," port}] ")"
 *     port      = NAME ":" type ["=" JSON]         with a default it is a parameter
 *     type      = NAME ["(" term {"," term} ")"]   list(number), enum("a", "b")
 *     term      = type | JSON
 *
 * Spaces and line ends may stand between all of these.  Types and defaults are only split here;
 * lua/capi/registered.lua knows which there are. */
#ifndef LIBRARY_STEP_SIGNATURE_H
#define LIBRARY_STEP_SIGNATURE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum { SIGNATURE_DEPTH = 16, SIGNATURE_LONGEST = 1 << 16 };

/* A type, or a literal among the terms of one. */
typedef struct SignatureTerm {
    size_t at, len;             /* of the name, or of the literal */
    int is_literal;
    int first, next;            /* indices of terms, or -1 */
} SignatureTerm;

typedef struct SignaturePort {
    size_t at, len;             /* of the name */
    int is_output;
    int type;                   /* index of a term */
    size_t default_at, default_len;     /* 0 long: none */
} SignaturePort;

typedef struct StepSignature {
    const char *text;           /* the caller's */
    Buf ports, terms;
} StepSignature;

/* ERR_INVAL with a caret in the message.  Release it, also after a failure. */
int step_signature_parse(StepSignature *s, const char *text, Err *err);
void step_signature_release(StepSignature *s);
size_t step_signature_count(const StepSignature *s);
const SignaturePort *step_signature_port(const StepSignature *s, size_t i);
const SignatureTerm *step_signature_term(const StepSignature *s, int i);

/* "signature: MESSAGE", then the line of the text with a caret below the byte at `at`. */
int step_signature_error(const char *text, size_t at, Err *err, const char *message);

#endif

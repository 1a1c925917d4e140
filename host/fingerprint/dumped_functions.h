/* dumped_functions.h -- the functions in what lua_dump wrote, as data_flow.c analyses them.
 *
 * A Protos lives in the caller's memory, zeroed; dumped_functions_release frees what it took.
 * Everything in it points into the bytes that it was read from. */
#ifndef DUMPED_FUNCTIONS_H
#define DUMPED_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "fingerprint/dump_reader.h"

enum { MAX_REGS = 256, MAX_DEPTH = 250 };

typedef struct Text {               /* a constant; s is NULL unless it is a string */
    int is_nil;
    const char *s;
    size_t len;
} Text;

typedef struct UpDesc {
    unsigned char in_stack, idx;
} UpDesc;

typedef struct Proto {
    const unsigned char *code;
    int64_t ncode;
    int nparams, nregs, first_line;
    int walked;
    size_t texts, ntexts;           /* its part of Protos.texts */
    size_t ups, nups;               /* its part of Protos.ups */
    size_t kid, next;               /* numbers of protos, 0 for none */
    unsigned char assigns[MAX_REGS];/* upvalues that it or what is in it sets */
    BytecodeLines lines;
} Proto;

typedef struct Protos {
    DumpReader in;
    Buf protos, texts, ups;
    int branches;                   /* there is a test or a comparison */
    int nomem;
} Protos;

/* 0, or -1 for what is no dump, and when memory is out (r->nomem).  The outermost
 * function is number 1. */
int dumped_functions_read(Protos *r, const void *p, size_t n);
void dumped_functions_release(Protos *r);
Proto *dumped_functions_proto(const Protos *r, size_t i);
const UpDesc *dumped_functions_upvalue(const Protos *r, const Proto *f, size_t i);

#endif

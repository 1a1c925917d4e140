/* dump_reader.h -- the parts of what lua_dump writes (Lua 5.4): bytes, counts, texts,
 * instructions and their lines.  What the parts mean is said in bytecode.h
 * and data_flow.h.
 *
 * Nothing is read outside the bytes given, and no count is believed that they cannot
 * hold.  The functions that return int give 0, or -1 for what is no dump. */
#ifndef DUMP_READER_H
#define DUMP_READER_H

#include <stdint.h>

typedef struct DumpReader {
    const unsigned char *p, *end;
} DumpReader;

/* *p is borrowed from the input. */
int dump_reader_bytes(DumpReader *in, const unsigned char **p, int64_t n);
int dump_reader_byte(DumpReader *in, int *v);
int dump_reader_size(DumpReader *in, int64_t *v);
/* A number of things, of which each takes at least one byte. */
int dump_reader_count(DumpReader *in, int64_t *v);
int dump_reader_line(DumpReader *in, int *v);
/* *n is -1 for no string at all. */
int dump_reader_text(DumpReader *in, const unsigned char **p, int64_t *n);
int dump_reader_header(DumpReader *in);

/* The opcodes of 5.4 (lopcodes.h is not installed). */
enum {
    OP_MOVE, OP_LOADI, OP_LOADF, OP_LOADK, OP_LOADKX, OP_LOADFALSE, OP_LFALSESKIP,
    OP_LOADTRUE, OP_LOADNIL, OP_GETUPVAL, OP_SETUPVAL, OP_GETTABUP, OP_GETTABLE, OP_GETI,
    OP_GETFIELD, OP_SETTABUP, OP_SETTABLE, OP_SETI, OP_SETFIELD, OP_NEWTABLE, OP_SELF,
    OP_ADDI, OP_POWK = 26, OP_POW = 38, OP_SHR = 45, OP_MMBIN, OP_MMBINI, OP_MMBINK,
    OP_UNM, OP_BNOT, OP_NOT, OP_LEN, OP_CONCAT, OP_CLOSE, OP_TBC, OP_JMP, OP_EQ, OP_LT,
    OP_LE, OP_EQK, OP_EQI, OP_LTI, OP_LEI, OP_GTI, OP_GEI, OP_TEST, OP_TESTSET, OP_CALL,
    OP_TAILCALL, OP_RETURN, OP_RETURN0, OP_RETURN1, OP_FORLOOP, OP_FORPREP, OP_TFORPREP,
    OP_TFORCALL, OP_TFORLOOP, OP_SETLIST, OP_CLOSURE, OP_VARARG, OP_VARARGPREP,
    OP_EXTRAARG
};

enum {                              /* tags of constants */
    K_NIL = 0x00, K_FALSE = 0x01, K_TRUE = 0x11, K_INT = 0x03, K_FLOAT = 0x13,
    K_SHORT = 0x04, K_LONG = 0x14
};

typedef struct Instruction {
    int op, a, b, c, k;
    int bx;
    int ax;                         /* of OP_JMP less its offset, of OP_EXTRAARG */
} Instruction;

/* op is -1 past the end. */
Instruction dump_reader_instruction(const unsigned char *code, int64_t ncode, int64_t pc);

/* Lines are differences from instruction to instruction, -128 standing for an entry
 * of the list of absolute ones.  diff is NULL in a stripped dump. */
typedef struct BytecodeLines {
    const unsigned char *diff;
    DumpReader abs;
} BytecodeLines;

/* *line, that of the instruction before pc, becomes that of pc. */
int dump_reader_next_line(BytecodeLines *l, int64_t pc, int64_t *line);

#endif

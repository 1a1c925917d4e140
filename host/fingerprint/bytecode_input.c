/* bytecode_input.c -- see bytecode_input.h */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "fingerprint/bytecode_input.h"

int
bytecode_input_bytes(BytecodeInput *in, const unsigned char **p, int64_t n)
{
    if (n < 0 || n > in->end - in->p)
        return -1;
    *p = in->p;
    in->p += n;
    return 0;
}

int
bytecode_input_byte(BytecodeInput *in, int *v)
{
    const unsigned char *p;

    if (bytecode_input_bytes(in, &p, 1))
        return -1;
    *v = *p;
    return 0;
}

/* Seven bits a byte, the highest first, the last byte marked by its top bit. */
int
bytecode_input_size(BytecodeInput *in, int64_t *v)
{
    uint64_t x = 0;

    while (in->p < in->end) {
        unsigned char c = *in->p++;

        if (x > (uint64_t)INT64_MAX >> 7)
            return -1;
        x = x << 7 | (c & 0x7f);
        if (c & 0x80) {
            *v = (int64_t)x;
            return 0;
        }
    }
    return -1;
}

int
bytecode_input_count(BytecodeInput *in, int64_t *v)
{
    if (bytecode_input_size(in, v) || *v > in->end - in->p || *v > INT_MAX)
        return -1;
    return 0;
}

int
bytecode_input_line(BytecodeInput *in, int *v)
{
    int64_t x;

    if (bytecode_input_size(in, &x) || x > INT_MAX)
        return -1;
    *v = (int)x;
    return 0;
}

int
bytecode_input_text(BytecodeInput *in, const unsigned char **p, int64_t *n)
{
    if (bytecode_input_size(in, n))
        return -1;
    --*n;
    return *n < 0 ? 0 : bytecode_input_bytes(in, p, *n);
}

int
bytecode_input_header(BytecodeInput *in)
{
    static const unsigned char start[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
    const unsigned char *p;
    int64_t i;
    double n;

    if (bytecode_input_bytes(in, &p, sizeof start - 1) || memcmp(p, start, sizeof start - 1) != 0)
        return -1;
    if (bytecode_input_bytes(in, &p, 8))
        return -1;
    memcpy(&i, p, 8);
    if (bytecode_input_bytes(in, &p, 8))
        return -1;
    memcpy(&n, p, 8);
    return i == 0x5678 && n == 370.5 ? 0 : -1;
}

Instruction
bytecode_input_instruction(const unsigned char *code, int64_t ncode, int64_t pc)
{
    Instruction in = {-1, 0, 0, 0, 0, 0, 0};
    uint32_t i;

    if (pc < 0 || pc >= ncode)
        return in;
    memcpy(&i, code + 4 * pc, 4);
    in.op = i & 0x7f;
    in.a = i >> 7 & 0xff;
    in.k = i >> 15 & 1;
    in.b = i >> 16 & 0xff;
    in.c = i >> 24 & 0xff;
    in.bx = (int)(i >> 15);
    in.ax = (int)(i >> 7);
    if (in.op == OP_JMP)
        in.ax -= (1 << 24) - 1;
    return in;
}

int
bytecode_input_next_line(BytecodeLines *l, int64_t pc, int64_t *line)
{
    int64_t at;
    int d;

    if (!l->diff)
        return 0;
    d = (signed char)l->diff[pc];
    if (d == -128)
        return bytecode_input_size(&l->abs, &at) || bytecode_input_size(&l->abs, line);
    *line += d;
    return 0;
}

/* dump_reader.c -- see dump_reader.h */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "fingerprint/dump_reader.h"

int
dump_reader_bytes(DumpReader *in, const unsigned char **p, int64_t n)
{
    if (n < 0 || n > in->end - in->p)
        return -1;
    *p = in->p;
    in->p += n;
    return 0;
}

int
dump_reader_byte(DumpReader *in, int *v)
{
    const unsigned char *p;

    if (dump_reader_bytes(in, &p, 1))
        return -1;
    *v = *p;
    return 0;
}

/* Seven bits a byte, the highest first, the last byte marked by its top bit. */
int
dump_reader_size(DumpReader *in, int64_t *v)
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
dump_reader_count(DumpReader *in, int64_t *v)
{
    if (dump_reader_size(in, v) || *v > in->end - in->p || *v > INT_MAX)
        return -1;
    return 0;
}

int
dump_reader_line(DumpReader *in, int *v)
{
    int64_t x;

    if (dump_reader_size(in, &x) || x > INT_MAX)
        return -1;
    *v = (int)x;
    return 0;
}

int
dump_reader_text(DumpReader *in, const unsigned char **p, int64_t *n)
{
    if (dump_reader_size(in, n))
        return -1;
    --*n;
    return *n < 0 ? 0 : dump_reader_bytes(in, p, *n);
}

int
dump_reader_header(DumpReader *in)
{
    static const unsigned char start[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
    const unsigned char *p;
    int64_t i;
    double n;

    if (dump_reader_bytes(in, &p, sizeof start - 1) || memcmp(p, start, sizeof start - 1) != 0)
        return -1;
    if (dump_reader_bytes(in, &p, 8))
        return -1;
    memcpy(&i, p, 8);
    if (dump_reader_bytes(in, &p, 8))
        return -1;
    memcpy(&n, p, 8);
    return i == 0x5678 && n == 370.5 ? 0 : -1;
}

Instruction
dump_reader_instruction(const unsigned char *code, int64_t ncode, int64_t pc)
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
dump_reader_next_line(BytecodeLines *l, int64_t pc, int64_t *line)
{
    int64_t at;
    int d;

    if (!l->diff)
        return 0;
    d = (signed char)l->diff[pc];
    if (d == -128)
        return dump_reader_size(&l->abs, &at) || dump_reader_size(&l->abs, line);
    *line += d;
    return 0;
}

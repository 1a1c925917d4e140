/* bytecode.c -- see bytecode.h */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fingerprint/bytecode.h"
#include "fingerprint/dump_reader.h"

typedef struct Constant {
    int is_text, is_two;
    BytecodeText text;
} Constant;

typedef struct Scope {              /* of a local variable, in instructions */
    int64_t start, end;
} Scope;

typedef struct Parse {
    DumpReader in;
    Bytecode *d;
    Hash h;
    Buf constants, ups, scopes;     /* stacks: a function's part is its own */
    int depth;
    int nomem;
} Parse;

typedef struct Proto {
    const unsigned char *code;
    int64_t ncode;
    size_t constants, ups, scopes;  /* where its parts begin, in bytes */
    int64_t nconstants, nups, nscopes;
    BytecodeLines lines;
    int64_t first_line;
} Proto;

static int
push(Parse *ps, Buf *b, const void *p, size_t n)
{
    if (buf_put(b, p, n) == 0)
        return 0;
    ps->nomem = 1;
    return -1;
}

static int
keep_text(Parse *ps, const unsigned char *p, int64_t n, BytecodeText *t)
{
    if (ps->d->text.len + (uint64_t)n > UINT32_MAX)
        return -1;
    t->at = (uint32_t)ps->d->text.len;
    t->len = (uint32_t)n;
    return push(ps, &ps->d->text, p, (size_t)n);
}

/* -- the parts of a function ---------------------------------------------- */

static void
hash_float(Hash *h, const unsigned char *p)
{
    static const uint64_t nan = UINT64_C(0x7ff8000000000000);
    double n;

    memcpy(&n, p, 8);
    hash_field(h, 'd', n == n ? p : (const unsigned char *)&nan, 8);
}

static int
read_constant(Parse *ps)
{
    const unsigned char *p;
    Constant c = {0, 0, {0, 0}};
    const double two = 2;
    int64_t n;
    int tag;

    if (dump_reader_byte(&ps->in, &tag))
        return -1;
    switch (tag) {
    case K_NIL:
    case K_FALSE:
    case K_TRUE:
        hash_field(&ps->h, tag == K_NIL ? 'n' : tag == K_TRUE ? 't' : 'f', NULL, 0);
        break;
    case K_INT:
    case K_FLOAT:
        if (dump_reader_bytes(&ps->in, &p, 8))
            return -1;
        if (tag == K_FLOAT) {
            hash_float(&ps->h, p);
            c.is_two = memcmp(p, &two, sizeof two) == 0;
        } else {
            hash_field(&ps->h, 'i', p, 8);
            n = 2;
            c.is_two = memcmp(p, &n, sizeof n) == 0;
        }
        break;
    case K_SHORT:
    case K_LONG:
        if (dump_reader_text(&ps->in, &p, &n) || n < 0 || keep_text(ps, p, n, &c.text))
            return -1;
        hash_field(&ps->h, 's', p, (size_t)n);
        c.is_text = 1;
        ps->d->formats |= n == 6 && memcmp(p, "format", 6) == 0;
        if (push(ps, &ps->d->word_buf, &c.text, sizeof c.text))
            return -1;
        break;
    default:
        return -1;
    }
    return push(ps, &ps->constants, &c, sizeof c);
}

static int
read_constants(Parse *ps, Proto *f)
{
    f->constants = ps->constants.len;
    if (dump_reader_count(&ps->in, &f->nconstants))
        return -1;
    hash_int(&ps->h, 'k', f->nconstants);
    for (int64_t i = 0; i < f->nconstants; i++)
        if (read_constant(ps))
            return -1;
    return 0;
}

static int
parent_up(const Parse *ps, const Proto *parent, int idx)
{
    return idx < parent->nups ? ps->ups.data[parent->ups + (size_t)idx] : BYTECODE_NO_UPVALUE;
}

/* An upvalue of a nested function is a local of its parent, or one of the
 * parent's upvalues: followed to the outermost function, or BYTECODE_NO_UPVALUE. */
static int
read_upvalues(Parse *ps, Proto *f, const Proto *parent)
{
    f->ups = ps->ups.len;
    if (dump_reader_count(&ps->in, &f->nups) || f->nups > BYTECODE_NO_UPVALUE)
        return -1;
    hash_int(&ps->h, 'u', f->nups);
    for (int64_t i = 0; i < f->nups; i++) {
        const unsigned char *p;         /* in stack, index, kind */
        unsigned char up;

        if (dump_reader_bytes(&ps->in, &p, 3))
            return -1;
        up = (unsigned char)(!parent ? i
                             : p[0]  ? BYTECODE_NO_UPVALUE
                                     : parent_up(ps, parent, p[1]));
        if (parent)                     /* the kind matters to the compiler only */
            hash_bytes(&ps->h, p, 2);
        if (push(ps, &ps->ups, &up, 1))
            return -1;
    }
    return 0;
}

static int
read_scopes(Parse *ps, Proto *f)
{
    const unsigned char *name;
    int64_t n;

    f->scopes = ps->scopes.len;
    if (dump_reader_count(&ps->in, &f->nscopes))
        return -1;
    for (int64_t i = 0; i < f->nscopes; i++) {
        Scope s;

        if (dump_reader_text(&ps->in, &name, &n) || dump_reader_size(&ps->in, &s.start)
            || dump_reader_size(&ps->in, &s.end) || push(ps, &ps->scopes, &s, sizeof s))
            return -1;
    }
    return 0;
}

static int
read_debug(Parse *ps, Proto *f)
{
    const unsigned char *name;
    int64_t n, skip;

    if (dump_reader_count(&ps->in, &n) || dump_reader_bytes(&ps->in, &f->lines.diff, n))
        return -1;
    if (n != f->ncode)
        f->lines.diff = NULL;
    if (dump_reader_count(&ps->in, &n))
        return -1;
    f->lines.abs.p = ps->in.p;
    for (int64_t i = 0; i < 2 * n; i++)
        if (dump_reader_size(&ps->in, &skip))
            return -1;
    f->lines.abs.end = ps->in.p;
    if (read_scopes(ps, f) || dump_reader_count(&ps->in, &n))
        return -1;
    for (int64_t i = 0; i < n; i++)
        if (dump_reader_text(&ps->in, &name, &skip))
            return -1;
    return 0;
}

/* -- what the code does --------------------------------------------------- */

static Instruction
instr_at(const Proto *f, int64_t pc)
{
    return dump_reader_instruction(f->code, f->ncode, pc);
}

static const BytecodeText *
text_constant(const Parse *ps, const Proto *f, int64_t i)
{
    const Constant *c;

    if (i >= f->nconstants)
        return NULL;
    c = (const Constant *)(const void *)(ps->constants.data + f->constants) + i;
    return c->is_text ? &c->text : NULL;
}

static int
is_two(const Parse *ps, const Proto *f, int64_t i)
{
    return i < f->nconstants &&
           ((const Constant *)(const void *)(ps->constants.data + f->constants))[i].is_two;
}

/* The string that the instruction at *pc loads into *reg; *pc moves past it. */
static const BytecodeText *
loaded_text(const Parse *ps, const Proto *f, int64_t *pc, int *reg)
{
    Instruction in = instr_at(f, *pc);
    int64_t i = in.bx;

    if (in.op != OP_LOADK && in.op != OP_LOADKX)
        return NULL;
    if (in.op == OP_LOADKX) {
        Instruction extra = instr_at(f, ++*pc);

        if (extra.op != OP_EXTRAARG)
            return NULL;
        i = extra.ax;
    }
    ++*pc;
    *reg = in.a;
    return text_constant(ps, f, i);
}

/* Whether a register holds a local variable at pc.  A register that does not is
 * the compiler's own, and is used up by the one instruction that reads it. */
static int
is_local(const Parse *ps, const Proto *f, int64_t pc, int reg)
{
    const Scope *s = f->nscopes ? (const Scope *)(const void *)(ps->scopes.data + f->scopes) : NULL;
    int active = 0;

    if (!f->lines.diff)
        return 1;                   /* stripped: it may be */
    for (int64_t i = 0; i < f->nscopes; i++)
        if (s[i].start <= pc && pc < s[i].end)
            active++;
    return reg < active;
}

/* reg.name, where the value in reg goes nowhere else, at *pc: GETFIELD, or a
 * loaded constant and GETTABLE (past 255 constants, and for long names).  *pc
 * moves past it, *reg becomes the register of the result. */
static const BytecodeText *
field_read(const Parse *ps, const Proto *f, int64_t *pc, int *reg)
{
    const BytecodeText *name = NULL;
    int64_t at = *pc;
    int key = -1;
    Instruction in = instr_at(f, at);

    if (in.op == OP_GETFIELD && in.b == *reg) {
        name = text_constant(ps, f, in.c);
    } else if ((name = loaded_text(ps, f, &at, &key)) != NULL) {
        in = instr_at(f, at);
        if (in.op != OP_GETTABLE || in.b != *reg || in.c != key || key == *reg)
            return NULL;
    }
    if (!name || (in.a != *reg && is_local(ps, f, at, *reg)))
        return NULL;
    *pc = at + 1;
    *reg = in.a;
    return name;
}

/* A call of what is in reg with one constant string, at pc. */
static const BytecodeText *
constant_call(const Parse *ps, const Proto *f, int64_t pc, int reg)
{
    int arg = -1;
    const BytecodeText *text = loaded_text(ps, f, &pc, &arg);
    Instruction in = instr_at(f, pc);

    int called = (in.op == OP_CALL || in.op == OP_TAILCALL) && in.a == reg && in.b == 2;

    return called && arg == reg + 1 ? text : NULL;
}

static int
note(Parse *ps, int up, BytecodeUseKind kind, int line, const BytecodeText *name,
     const BytecodeText *field)
{
    BytecodeUse u;

    memset(&u, 0, sizeof u);
    u.up = (uint8_t)up;
    u.kind = (uint8_t)kind;
    u.line = line;
    if (name)
        u.name = *name;
    if (field)
        u.field = *field;
    return push(ps, &ps->d->use_buf, &u, sizeof u);
}

/* up.name was read into reg just before pc. */
static int
note_read(Parse *ps, const Proto *f, int64_t pc, int reg, BytecodeUse u)
{
    const BytecodeText *text = field_read(ps, f, &pc, &reg);

    if (text)
        return note(ps, u.up, USE_FIELD, u.line, &u.name, text);
    text = constant_call(ps, f, pc, reg);
    return note(ps, u.up, text ? USE_CALL : USE_READ, u.line, &u.name, text);
}

/* Past 255 constants `name = v` is GETUPVAL, LOADK, v, SETTABLE.  Something else
 * may happen to the register in between, so it stays a USE_VALUE as well. */
static int
note_far_write(Parse *ps, const Proto *f, int64_t pc, int reg, BytecodeUse u)
{
    int key = -1;
    const BytecodeText *name = loaded_text(ps, f, &pc, &key);

    for (int64_t i = pc; name && i < f->ncode && i < pc + 1000; i++) {
        Instruction in = instr_at(f, i);

        if (in.op == OP_SETTABLE && in.a == reg && in.b == key)
            return note(ps, u.up, USE_WRITE, u.line, name, NULL);
    }
    return 0;
}

/* The upvalue itself was put into reg just before pc. */
static int
note_value(Parse *ps, const Proto *f, int64_t pc, int reg, BytecodeUse u)
{
    int64_t next = pc;
    int result = reg;
    const BytecodeText *text = field_read(ps, f, &next, &result);

    if (text) {
        u.name = *text;
        return note_read(ps, f, next, result, u);
    }
    text = constant_call(ps, f, pc, reg);
    if (note(ps, u.up, text ? USE_INVOKE : USE_VALUE, u.line, NULL, text))
        return -1;
    return note_far_write(ps, f, pc, reg, u);
}

static int
note_instr(Parse *ps, const Proto *f, int64_t pc, int line)
{
    Instruction in = instr_at(f, pc);
    BytecodeUse u = {BYTECODE_NO_UPVALUE, 0, line, {0, 0}, {0, 0}};
    const BytecodeText *name = NULL;
    int up = in.op == OP_SETTABUP ? in.a : in.b;

    if (in.op == OP_GETTABLE)
        ps->d->dynamic = 1;
    if (in.op == OP_POW || (in.op == OP_POWK && !is_two(ps, f, in.c)))
        ps->d->power = 1;
    if (in.op != OP_GETUPVAL && in.op != OP_SETUPVAL && in.op != OP_GETTABUP &&
        in.op != OP_SETTABUP)
        return 0;
    u.up = (uint8_t)parent_up(ps, f, up);
    if (u.up == BYTECODE_NO_UPVALUE)
        return 0;
    if (in.op == OP_SETUPVAL)
        return note(ps, u.up, USE_ASSIGN, line, NULL, NULL);
    if (in.op == OP_GETUPVAL)
        return note_value(ps, f, pc + 1, in.a, u);
    name = text_constant(ps, f, in.op == OP_SETTABUP ? in.b : in.c);
    if (!name)
        return -1;
    if (in.op == OP_SETTABUP)
        return note(ps, u.up, USE_WRITE, line, name, NULL);
    u.name = *name;
    return note_read(ps, f, pc + 1, in.a, u);
}

static int
note_code(Parse *ps, Proto *f)
{
    int64_t line = f->lines.diff ? f->first_line : 0;

    for (int64_t pc = 0; pc < f->ncode; pc++)
        if (dump_reader_next_line(&f->lines, pc, &line) || line < 0 || line > INT_MAX
            || note_instr(ps, f, pc, (int)line))
            return -1;
    return 0;
}

/* -- a function ------------------------------------------------------------ */

static int read_function(Parse *ps, const Proto *parent);

static int
read_nested(Parse *ps, const Proto *f)
{
    int64_t n;

    if (dump_reader_count(&ps->in, &n) || ps->depth >= BYTECODE_MAX_DEPTH)
        return -1;
    hash_int(&ps->h, 'p', n);
    ps->depth++;
    for (int64_t i = 0; i < n; i++)
        if (read_function(ps, f))
            return -1;
    ps->depth--;
    return 0;
}

static int
read_lines(Parse *ps, Proto *f, int outermost)
{
    const unsigned char *source;
    int64_t n;
    int first, last;

    if (dump_reader_text(&ps->in, &source, &n) || dump_reader_line(&ps->in, &first)
        || dump_reader_line(&ps->in, &last))
        return -1;
    f->first_line = first;
    if (outermost) {
        ps->d->line = first;
        ps->d->last = last;
    }
    return 0;
}

static int
read_function(Parse *ps, const Proto *parent)
{
    const unsigned char *head;      /* parameters, vararg, stack size */
    Proto f;

    memset(&f, 0, sizeof f);
    if (read_lines(ps, &f, !parent) || dump_reader_bytes(&ps->in, &head, 3)
        || dump_reader_count(&ps->in, &f.ncode)
        || dump_reader_bytes(&ps->in, &f.code, 4 * f.ncode))
        return -1;
    hash_field(&ps->h, 'f', head, 3);
    hash_field(&ps->h, 'c', f.code, 4 * (size_t)f.ncode);
    if (read_constants(ps, &f) || read_upvalues(ps, &f, parent) || read_nested(ps, &f) ||
        read_debug(ps, &f) || note_code(ps, &f))
        return -1;
    if (!parent)
        ps->d->nups = (int)f.nups;
    ps->constants.len = f.constants;
    ps->ups.len = f.ups;
    ps->scopes.len = f.scopes;
    return 0;
}

/* -- the whole -------------------------------------------------------------- */

static int
compare_text(const Bytecode *d, BytecodeText a, BytecodeText b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(d->text.data + a.at, d->text.data + b.at, n) : 0;

    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int
compare_use(const void *pa, const void *pb, void *d)
{
    const BytecodeUse *a = pa, *b = pb;
    int c = a->up - b->up;

    if (!c)
        c = compare_text(d, a->name, b->name);
    if (!c)
        c = a->kind - b->kind;
    return c ? c : compare_text(d, a->field, b->field);
}

static void
sort_uses(Bytecode *d)
{
    BytecodeUse *u = (BytecodeUse *)(void *)d->use_buf.data;
    size_t n = d->use_buf.len / sizeof *u, out = 0;

    if (n)
        qsort_r(u, n, sizeof *u, compare_use, d);
    for (size_t i = 0; i < n; i++) {
        if (out && compare_use(&u[out - 1], &u[i], d) == 0) {
            if (u[i].line < u[out - 1].line)
                u[out - 1].line = u[i].line;
        } else {
            u[out++] = u[i];
        }
    }
    d->uses = u;
    d->nuses = out;
    d->words = (const BytecodeText *)(const void *)d->word_buf.data;
    d->nwords = d->word_buf.len / sizeof *d->words;
}

void
bytecode_init(Bytecode *d)
{
    memset(d, 0, sizeof *d);
    buf_init(&d->use_buf);
    buf_init(&d->word_buf);
    buf_init(&d->text);
}

void
bytecode_release(Bytecode *d)
{
    buf_release(&d->use_buf);
    buf_release(&d->word_buf);
    buf_release(&d->text);
    bytecode_init(d);
}

int
bytecode_parse(Bytecode *d, const void *p, size_t n, Err *err)
{
    Parse ps;
    int bad, nups = 0;

    memset(&ps, 0, sizeof ps);
    ps.in.p = p;
    ps.in.end = ps.in.p + n;
    ps.d = d;
    bytecode_release(d);
    hash_init(&ps.h);
    bad = dump_reader_header(&ps.in) || dump_reader_byte(&ps.in, &nups)
          || read_function(&ps, NULL) || ps.in.p != ps.in.end || d->nups != nups;
    buf_release(&ps.constants);
    buf_release(&ps.ups);
    buf_release(&ps.scopes);
    if (bad) {
        bytecode_release(d);
        return ps.nomem ? err_nomem(err)
                        : err_set(err, ERR_CORRUPT, "not a dumped function of Lua 5.4");
    }
    hash_final(&ps.h, d->digest);
    sort_uses(d);
    return OK;
}

const char *
bytecode_text(const Bytecode *d, BytecodeText t)
{
    return d->text.data ? (const char *)d->text.data + t.at : "";
}

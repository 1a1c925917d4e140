/* data_flow.c -- see data_flow.h */
#include <stdlib.h>
#include <string.h>

#include "fingerprint/data_flow.h"
#include "fingerprint/dumped_functions.h"

enum { MAX_RESULTS = 16, LONGEST = 1 << 16 };

static int
push(int *nomem, Buf *b, const void *p, size_t n)
{
    if (buf_put(b, p, n) == 0)
        return 0;
    *nomem = 1;
    return -1;
}

/* -- terms ------------------------------------------------------------------- */

typedef struct FlowWalk {
    DataFlow *flow;
    const Protos *r;
    const Proto *f;
    const uint32_t *ups;            /* a term each */
    uint32_t reg[MAX_REGS];
    unsigned char frozen[MAX_REGS]; /* another function may set it */
    int live;                       /* the instruction can be reached in order */
    Buf states;                     /* the registers where jumps lead to */
    uint32_t *state_at;             /* by instruction: 0, or the number in states */
    uint32_t nstates;
    unsigned char *is_head;         /* by instruction: a loop begins there */
    Buf loops;
    int64_t pc;
    int line, depth, nomem;
} FlowWalk;

typedef struct Loop {
    int64_t head, last;
} Loop;

static const FlowTerm *
term_at(const DataFlow *f, uint32_t i)
{
    return (const FlowTerm *)(const void *)f->term_buf.data + i;
}

static uint32_t
new_term(FlowWalk *w, FlowTermKind kind, uint32_t from, int n, const Text *t)
{
    FlowTerm term;

    memset(&term, 0, sizeof term);
    term.kind = (uint8_t)kind;
    term.from = from;
    term.n = n;
    term.root = from ? term_at(w->flow, from)->root : term.kind;
    term.computed = kind == FLOW_RESULT || (from && term_at(w->flow, from)->computed);
    if (t) {
        term.name = t->s;
        term.len = t->len;
    }
    if (push(&w->nomem, &w->flow->term_buf, &term, sizeof term))
        return 0;
    return (uint32_t)(w->flow->term_buf.len / sizeof term - 1);
}

static const Text *
text_at(const FlowWalk *w, int64_t i)
{
    const Text *t;

    if (i < 0 || (size_t)i >= w->f->ntexts)
        return NULL;
    t = (const Text *)(const void *)w->r->texts.data + w->f->texts + i;
    return t->s ? t : NULL;
}

static void
add_fact(FlowWalk *w, FlowKind kind, uint32_t term, const Text *name)
{
    FlowFact fact;

    memset(&fact, 0, sizeof fact);
    fact.kind = kind;
    fact.line = w->line;
    fact.term = term;
    if (name) {
        fact.name = name->s;
        fact.len = name->len;
    }
    push(&w->nomem, &w->flow->fact_buf, &fact, sizeof fact);
}

static FlowFact *
last_fact(FlowWalk *w)
{
    return (FlowFact *)(void *)(w->flow->fact_buf.data + w->flow->fact_buf.len) - 1;
}

/* A condition or a comparison depends on the term. */
static void
note_value(FlowWalk *w, FlowKind kind, uint32_t term)
{
    const FlowTerm *t = term_at(w->flow, term);

    if (term && (t->computed || t->root == FLOW_ARG))
        add_fact(w, kind, term, NULL);
}

static int
is_argument(const FlowWalk *w, uint32_t term)
{
    const FlowTerm *t = term_at(w->flow, term);

    return term && t->root == FLOW_ARG && !t->computed;
}

/* -- where control goes -------------------------------------------------------- */

/* The registers that an instruction sets, as first and number. */
static void
written(Instruction in, int *first, int *n)
{
    *first = in.a;
    *n = 1;
    switch (in.op) {
    case OP_LOADNIL:
        *n = in.b + 1;
        break;
    case OP_SELF:
        *n = 2;
        break;
    case OP_CALL:
    case OP_VARARG:
        *n = MAX_REGS;
        break;
    case OP_FORLOOP:
    case OP_FORPREP:
        *n = 4;
        break;
    case OP_TFORPREP:
        *first = in.a + 3;
        break;
    case OP_TFORCALL:
        *first = in.a + 4;
        *n = MAX_REGS;
        break;
    case OP_TFORLOOP:
        *first = in.a + 2;
        break;
    case OP_SETUPVAL:
    case OP_SETTABUP:
    case OP_SETTABLE:
    case OP_SETI:
    case OP_SETFIELD:
    case OP_SETLIST:
        *n = 0;
        break;
    default:
        if ((in.op >= OP_MMBIN && in.op <= OP_MMBINK) ||
            (in.op >= OP_CLOSE && in.op <= OP_TEST) ||
            (in.op >= OP_TAILCALL && in.op <= OP_RETURN1) || in.op >= OP_VARARGPREP)
            *n = 0;
    }
    if (*first + *n > MAX_REGS)
        *n = *first < MAX_REGS ? MAX_REGS - *first : 0;
}

static int
sets(const Proto *f, int64_t pc, int reg)
{
    int first, n;

    written(dump_reader_instruction(f->code, f->ncode, pc), &first, &n);
    return reg >= first && reg < first + n;
}

/* Where a jump at pc leads, -1 for another instruction. */
static int64_t
target_of(const Proto *f, int64_t pc)
{
    Instruction in = dump_reader_instruction(f->code, f->ncode, pc);
    int64_t to = -1;

    if (in.op == OP_JMP)
        to = pc + 1 + in.ax;
    else if (in.op == OP_FORPREP)
        to = pc + 2 + in.bx;
    else if (in.op == OP_TFORPREP)
        to = pc + 1 + in.bx;
    else if (in.op == OP_FORLOOP || in.op == OP_TFORLOOP)
        to = pc + 1 - in.bx;
    return to >= 0 && to < f->ncode ? to : -1;
}

static uint32_t *
state(const FlowWalk *w, int64_t pc)
{
    return (uint32_t *)(void *)w->states.data +
           (size_t)(w->state_at[pc] - 1) * (size_t)w->f->nregs;
}

/* Records that control may continue at `to`, with the present registers. */
static void
go_on_at(FlowWalk *w, int64_t to)
{
    uint32_t *s;

    if (to <= w->pc || to >= w->f->ncode)
        return;
    if (!w->state_at[to]) {
        if (push(&w->nomem, &w->states, w->reg, (size_t)w->f->nregs * sizeof *w->reg) == 0)
            w->state_at[to] = ++w->nstates;
        return;
    }
    s = state(w, to);
    for (int i = 0; i < w->f->nregs; i++)
        if (s[i] != w->reg[i])
            s[i] = 0;
}

static void
forget(FlowWalk *w, int first, int n)
{
    for (int i = first; i < first + n; i++)
        w->reg[i] = 0;
}

/* Merges the registers of every way that leads here. */
static void
arrive(FlowWalk *w)
{
    const Loop *loops = (const Loop *)(const void *)w->loops.data;
    size_t nloops = w->loops.len / sizeof *loops;

    if (w->state_at[w->pc]) {
        const uint32_t *s = state(w, w->pc);

        for (int i = 0; i < w->f->nregs; i++)
            w->reg[i] = !w->live || s[i] == w->reg[i] ? s[i] : 0;
        w->live = 1;
    }
    for (size_t i = 0; w->is_head[w->pc] && i < nloops; i++)
        for (int64_t pc = w->pc; loops[i].head == w->pc && pc <= loops[i].last; pc++) {
            int first, n;

            written(dump_reader_instruction(w->f->code, w->f->ncode, pc), &first, &n);
            forget(w, first, n);
        }
}

static int
find_loops(FlowWalk *w)
{
    for (int64_t pc = 0; pc < w->f->ncode; pc++) {
        Loop loop = {target_of(w->f, pc), pc};

        if (loop.head < 0 || loop.head > pc)
            continue;
        w->is_head[loop.head] = 1;
        if (push(&w->nomem, &w->loops, &loop, sizeof loop))
            return -1;
    }
    return 0;
}

/* Whether the jump behind the test at pc is that of `a or b`: what is jumped over
 * ends by giving the register that is tested another value. */
static int
picks_value(const FlowWalk *w, int reg)
{
    int64_t to = target_of(w->f, w->pc + 1);
    Instruction last = dump_reader_instruction(w->f->code, w->f->ncode, to - 1);

    if (to <= w->pc + 2 || !sets(w->f, to - 1, reg))
        return 0;
    return last.op != OP_CALL || reg < last.a + last.c - 1;
}

/* -- instructions ---------------------------------------------------------------- */

static void
set(FlowWalk *w, int reg, uint32_t term)
{
    if (reg < MAX_REGS)
        w->reg[reg] = w->frozen[reg] ? 0 : term;
}

/* Whether the value that the instruction at pc gives to reg is at once tested for being
 * there: if x.f, x.f or v, x.f == nil. */
static int
is_tested(const FlowWalk *w, int reg)
{
    Instruction next = dump_reader_instruction(w->f->code, w->f->ncode, w->pc + 1);
    const Text *texts = (const Text *)(const void *)w->r->texts.data + w->f->texts;

    if (next.op == OP_TEST || next.op == OP_NOT)
        return (next.op == OP_TEST ? next.a : next.b) == reg;
    if (next.op == OP_TESTSET)
        return next.b == reg;
    return next.op == OP_EQK && next.a == reg && (size_t)next.b < w->f->ntexts
           && texts[next.b].is_nil;
}

static void
read_field(FlowWalk *w, int to, uint32_t from, const Text *name)
{
    if (from && name && is_argument(w, from)) {
        add_fact(w, FLOW_READ, from, name);
        if (!w->nomem)
            last_fact(w)->tested = is_tested(w, to);
    }
    set(w, to, from && name ? new_term(w, FLOW_FIELD, from, 0, name) : 0);
}

static void
write_field(FlowWalk *w, uint32_t term, const Text *name)
{
    if (name && is_argument(w, term))
        add_fact(w, FLOW_WRITE, term, name);
}

/* The text that a register holds, by a constant that was loaded. */
static const Text *
text_in(const FlowWalk *w, int reg, Text *t)
{
    const FlowTerm *term = term_at(w->flow, w->reg[reg]);

    if (term->kind != FLOW_TEXT)
        return NULL;
    t->s = term->name;
    t->len = term->len;
    return t;
}

static void
note_call(FlowWalk *w, Instruction in)
{
    uint32_t fn = w->reg[in.a];

    if (fn && !term_at(w->flow, fn)->computed && term_at(w->flow, fn)->root != FLOW_TEXT)
        add_fact(w, FLOW_CALL, fn, NULL);
    for (int i = 1; fn && i < in.b && in.a + i < MAX_REGS; i++)
        if (is_argument(w, w->reg[in.a + i])) {
            add_fact(w, FLOW_PASS, w->reg[in.a + i], NULL);
            if (w->nomem)
                return;
            last_fact(w)->callee = fn;
            last_fact(w)->place = i;
        }
}

static void
call(FlowWalk *w, Instruction in)
{
    uint32_t fn = w->reg[in.a];
    int n = in.c == 0 ? 1 : in.c - 1;

    note_call(w, in);
    forget(w, in.a, MAX_REGS - in.a);
    for (int i = 0; fn && i < n && i < MAX_RESULTS; i++)
        set(w, in.a + i, new_term(w, FLOW_RESULT, fn, i + 1, NULL));
}

static int walk(FlowWalk *outer, DataFlow *flow, const Protos *r, size_t number,
                const uint32_t *ups, int depth);

/* Whether the closure that is made in reg becomes the body of a step, which runs
 * elsewhere: { run = function ... }. */
static int
is_body(const FlowWalk *w, int reg)
{
    Instruction next = dump_reader_instruction(w->f->code, w->f->ncode, w->pc + 1);
    const Text *t = next.op == OP_SETFIELD && !next.k && next.c == reg ? text_at(w, next.b)
                                                                      : NULL;

    return t && ((t->len == 3 && memcmp(t->s, "run", 3) == 0) ||
                 (t->len == 10 && memcmp(t->s, "entrypoint", 10) == 0));
}

/* Analyses the code of a closure that is made, with what it captures. */
static void
closure(FlowWalk *w, Instruction in)
{
    size_t kid = w->f->kid;
    uint32_t ups[MAX_REGS] = {0};
    Proto *k;

    for (int i = 0; i < in.bx && kid; i++)
        kid = dumped_functions_proto(w->r, kid)->next;
    set(w, in.a, 0);
    k = kid ? dumped_functions_proto(w->r, kid) : NULL;
    if (!k || k->walked || is_body(w, in.a))
        return;
    k->walked = 1;
    for (size_t u = 0; u < k->nups; u++) {
        const UpDesc *d = dumped_functions_upvalue(w->r, k, u);
        int later = 0;

        if (!d->in_stack) {
            ups[u] = d->idx < w->f->nups ? w->ups[d->idx] : 0;
            continue;
        }
        if (k->assigns[u]) {
            w->frozen[d->idx] = 1;
            w->reg[d->idx] = 0;
        }
        for (int64_t pc = w->pc + 1; !later && pc < w->f->ncode; pc++)
            later = sets(w->f, pc, d->idx);
        ups[u] = later ? 0 : w->reg[d->idx];
    }
    if (walk(w, w->flow, w->r, kid, ups, w->depth + 1))
        w->nomem = 1;
}

static void
branch(FlowWalk *w, Instruction in)
{
    if (in.op == OP_EQ)
        note_value(w, FLOW_EQUAL, w->reg[in.b]);
    if (in.op == OP_EQ || in.op == OP_EQK || in.op == OP_EQI)
        note_value(w, FLOW_EQUAL, w->reg[in.a]);
    if (in.op == OP_TEST && !(in.k && picks_value(w, in.a)))
        note_value(w, FLOW_TEST, w->reg[in.a]);
    if (in.op == OP_TESTSET && !in.k)
        note_value(w, FLOW_TEST, w->reg[in.b]);
    go_on_at(w, w->pc + 2);
    if (in.op == OP_TESTSET)
        set(w, in.a, w->reg[in.b]);
}

/* Instructions that give a register a term, and those that use one; 0 for others. */
static int
follow_value(FlowWalk *w, Instruction in)
{
    Text t;

    switch (in.op) {
    case OP_MOVE:
        set(w, in.a, w->reg[in.b]);
        return 1;
    case OP_LOADK:
        set(w, in.a, text_at(w, in.bx) ? new_term(w, FLOW_TEXT, 0, 0, text_at(w, in.bx)) : 0);
        return 1;
    case OP_GETUPVAL:
        set(w, in.a, in.b < (int)w->f->nups ? w->ups[in.b] : 0);
        return 1;
    case OP_GETTABUP:
        read_field(w, in.a, in.b < (int)w->f->nups ? w->ups[in.b] : 0, text_at(w, in.c));
        return 1;
    case OP_GETFIELD:
        read_field(w, in.a, w->reg[in.b], text_at(w, in.c));
        return 1;
    case OP_GETTABLE:
        read_field(w, in.a, w->reg[in.b], text_in(w, in.c, &t));
        return 1;
    case OP_SETTABUP:
        write_field(w, in.a < (int)w->f->nups ? w->ups[in.a] : 0, text_at(w, in.b));
        return 1;
    case OP_SETFIELD:
        write_field(w, w->reg[in.a], text_at(w, in.b));
        return 1;
    case OP_SETTABLE:
        write_field(w, w->reg[in.a], text_in(w, in.b, &t));
        return 1;
    case OP_SELF: {
        uint32_t from = w->reg[in.b];

        set(w, in.a + 1, from);
        read_field(w, in.a, from, in.k ? text_at(w, in.c) : text_in(w, in.c, &t));
        return 1;
    }
    case OP_CALL:
        call(w, in);
        return 1;
    case OP_CLOSURE:
        closure(w, in);
        return 1;
    default:
        return 0;
    }
}

static void
follow(FlowWalk *w)
{
    Instruction in = dump_reader_instruction(w->f->code, w->f->ncode, w->pc);
    int first, n;

    if (in.op >= OP_EQ && in.op <= OP_TESTSET) {
        branch(w, in);
        return;
    }
    if (in.op == OP_NOT)
        note_value(w, FLOW_TEST, w->reg[in.b]);
    if (follow_value(w, in))
        return;
    if (in.op == OP_TAILCALL)
        note_call(w, in);
    written(in, &first, &n);
    forget(w, first, n);
    go_on_at(w, in.op == OP_LFALSESKIP ? w->pc + 2 : target_of(w->f, w->pc));
    if (in.op == OP_JMP || in.op == OP_LFALSESKIP ||
        (in.op >= OP_RETURN && in.op <= OP_RETURN1))
        w->live = 0;
}

static int
walk_code(FlowWalk *w)
{
    BytecodeLines lines = w->f->lines;
    int64_t line = lines.diff ? w->f->first_line : 0;

    w->live = 1;
    for (w->pc = 0; w->pc < w->f->ncode && !w->nomem; w->pc++) {
        if (dump_reader_next_line(&lines, w->pc, &line))
            return 0;
        w->line = (int)line;
        arrive(w);
        if (w->live)
            follow(w);
    }
    return w->nomem ? -1 : 0;
}

/* Analyses one function; outer is that in which its closure is made, or NULL. */
static int
walk(FlowWalk *outer, DataFlow *flow, const Protos *r, size_t number, const uint32_t *ups,
     int depth)
{
    FlowWalk *w;
    int bad;

    if (depth > MAX_DEPTH || dumped_functions_proto(r, number)->ncode > LONGEST)
        return 0;
    w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    w->flow = flow;
    w->r = r;
    w->f = dumped_functions_proto(r, number);
    w->ups = ups;
    w->depth = depth;
    w->state_at = calloc((size_t)w->f->ncode + 1, sizeof *w->state_at);
    w->is_head = calloc((size_t)w->f->ncode + 1, 1);
    for (int i = 0; !outer && i < w->f->nparams; i++)
        w->reg[i] = new_term(w, FLOW_ARG, 0, i + 1, NULL);
    bad = !w->state_at || !w->is_head || find_loops(w) || walk_code(w);
    free(w->state_at);
    free(w->is_head);
    buf_release(&w->states);
    buf_release(&w->loops);
    free(w);
    return bad ? -1 : 0;
}

static int
walk_outermost(DataFlow *flow, const Protos *r)
{
    const Proto *f = dumped_functions_proto(r, 1);
    uint32_t ups[MAX_REGS] = {0};
    FlowWalk w;

    memset(&w, 0, sizeof w);
    w.flow = flow;
    new_term(&w, FLOW_NONE, 0, 0, NULL);
    for (size_t i = 0; i < f->nups; i++)
        ups[i] = f->assigns[i] ? 0 : new_term(&w, FLOW_UP, 0, (int)i + 1, NULL);
    return w.nomem || walk(NULL, flow, r, 1, ups, 0) ? -1 : 0;
}

/* -- the whole --------------------------------------------------------------------- */

void
data_flow_init(DataFlow *f)
{
    memset(f, 0, sizeof *f);
}

void
data_flow_release(DataFlow *f)
{
    buf_release(&f->term_buf);
    buf_release(&f->fact_buf);
    data_flow_init(f);
}

int
data_flow_read(DataFlow *flow, const void *p, size_t n, int branches, Err *err)
{
    int bad, lost = 0;
    Protos r;

    memset(&r, 0, sizeof r);
    data_flow_release(flow);
    bad = dumped_functions_read(&r, p, n);
    if (!bad && (r.branches || !branches))
        lost = walk_outermost(flow, &r);
    dumped_functions_release(&r);
    if (lost || r.nomem || bad) {
        data_flow_release(flow);
        return lost || r.nomem ? err_nomem(err)
                               : err_set(err, ERR_CORRUPT, "not a dumped function of Lua 5.4");
    }
    flow->terms = (const FlowTerm *)(const void *)flow->term_buf.data;
    flow->facts = (const FlowFact *)(const void *)flow->fact_buf.data;
    flow->nfacts = flow->fact_buf.len / sizeof *flow->facts;
    return OK;
}

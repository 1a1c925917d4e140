/* bytecode.c -- what lua_dump wrote: every text that the uses and the facts name lies
 * within. */
#include "fingerprint/bytecode.h"
#include "fingerprint/data_flow.h"
#include "fuzz.h"

static volatile char sink;

static void
touch(const Bytecode *d, BytecodeText t)
{
    const char *s = bytecode_text(d, t);

    for (uint32_t i = 0; i < t.len; i++)
        sink = s[i];
}

/* Each term leads to an earlier one, and so to none in the end. */
static void
touch_flow(const uint8_t *data, size_t size, int branches, Err *err)
{
    DataFlow f;

    data_flow_init(&f);
    if (data_flow_read(&f, data, size, branches, err) == OK)
        for (size_t i = 0; i < f.nfacts; i++) {
            uint32_t t = f.facts[i].term;

            for (size_t k = 0; k < f.facts[i].len; k++)
                sink = f.facts[i].name[k];
            for (; f.terms[t].from; t = f.terms[t].from) {
                MUST(f.terms[t].from < t);
                for (size_t k = 0; k < f.terms[t].len; k++)
                    sink = f.terms[t].name[k];
            }
        }
    else
        MUST(err->msg[0]);
    data_flow_release(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Bytecode d;
    Err err = {0};

    bytecode_init(&d);
    if (bytecode_parse(&d, data, size, &err) == OK) {
        for (size_t i = 0; i < d.nuses; i++) {
            touch(&d, d.uses[i].name);
            touch(&d, d.uses[i].field);
        }
        for (size_t i = 0; i < d.nwords; i++)
            touch(&d, d.words[i]);
    } else {
        MUST(err.msg[0]);
    }
    bytecode_release(&d);
    touch_flow(data, size, 0, &err);
    touch_flow(data, size, 1, &err);
    return 0;
}

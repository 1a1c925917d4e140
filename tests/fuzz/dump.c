/* dump.c -- what lua_dump wrote: every text that the uses name lies within. */
#include "dump.h"
#include "fuzz.h"

static volatile char sink;

static void
touch(const Dump *d, DumpText t)
{
    const char *s = dump_text(d, t);

    for (uint32_t i = 0; i < t.len; i++)
        sink = s[i];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Dump d;
    Err err = {0};

    dump_init(&d);
    if (dump_parse(&d, data, size, &err) == OK) {
        for (size_t i = 0; i < d.nuses; i++) {
            touch(&d, d.uses[i].name);
            touch(&d, d.uses[i].field);
        }
        for (size_t i = 0; i < d.nwords; i++)
            touch(&d, d.words[i]);
    } else {
        MUST(err.msg[0]);
    }
    dump_release(&d);
    return 0;
}

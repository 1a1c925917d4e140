/* packed_bytes.c -- what the metadata keeps in blobs: traces, members, observed facts,
 * specs.  The first byte picks the reader. */
#include <string.h>

#include "fuzz.h"
#include "meta/artifact.h"
#include "meta/packed_bytes.h"
#include "meta/run_outcomes.h"
#include "meta/wiring_bytes.h"
#include "observe/fact.h"

static int
members(Slice s, Buf *out, Err *err)
{
    Artifact a = {0};

    a.members = s;
    a.inlined = s;
    return artifact_unpack(&a, out, err);
}

/* What decodes is encoded to the same bytes (fact.h, invariant 3). */
static int
facts(Slice s, Buf *out, Err *err)
{
    FactSet set;
    int code;

    fact_set_init(&set);
    code = fact_decode(s.data, s.len, &set, err);
    if (code == OK && fact_encode(&set, out, err) == OK)
        MUST(out->len == s.len && memcmp(out->data, s.data, s.len) == 0);
    fact_set_release(&set);
    return code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Slice s;
    Err err = {0};
    Buf out;
    int code = OK;

    if (size < 1)
        return 0;
    s.data = (const char *)data + 1;
    s.len = size - 1;
    buf_init(&out);
    switch (data[0] % 4) {
    case 0: code = run_outcomes_unpack(&out, s, &err); break;
    case 1: code = members(s, &out, &err); break;
    case 2: code = facts(s, &out, &err); break;
    case 3: code = wiring_names(&out, s, &err); break;
    }
    MUST(code == OK || err.msg[0]);
    buf_release(&out);
    return 0;
}

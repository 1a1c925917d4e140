/* wiring_bytes_test.c -- see host/meta/wiring_bytes.h */
#include "check.h"
#include "meta/wiring_bytes.h"

static Slice
slice(const Buf *b)
{
    return (Slice){(const char *)b->data, b->len};
}

static void
check_spec(const char *spec, size_t len)
{
    const Slice *name;
    Buf names;

    buf_init(&names);
    CHECK(wiring_names(&names, (Slice){spec, len}, NULL) == OK);
    name = (Slice *)(void *)names.data;
    CHECK(names.len == 4 * sizeof *name);
    CHECK(name[0].len == 1 && name[0].data[0] == 'a' && name[1].data[0] == 's');
    CHECK(name[2].len == 2 && memcmp(name[2].data, "bb", 2) == 0);
    for (size_t n = 0; n < len; n++) {
        Buf cut;

        buf_init(&cut);
        buf_put(&cut, spec, n);
        buf_reserve(&cut, 1);
        CHECK(wiring_names(&names, slice(&cut), NULL) == ERR_CORRUPT);
        buf_release(&cut);
    }
    buf_release(&names);
}

static void
a_spec_gives_its_names(void)
{
    /* two nodes: "a" of step "s" without inputs, and "bb" of "s" that takes a list of
     * a literal and of output 1 of node 1; in format 2 the literal has a label */
    static const char one[] = "\1\2" "\1a\1s\0\1\1o" "\2bb\1s\1\1x\2\0\1\1\1\1o";
    static const char two[] = "\2\2" "\1a\1s\0\1\1o" "\2bb\1s\1\1x\2\0\1X\1\1\1\1o";
    /* in format 3 nodes have marks: none, and "m" from output 1 of node 1 */
    static const char three[] = "\3\2" "\1a\1s\0\1\1o\0" "\2bb\1s\1\1x\2\0\1X\1\1\1\1o\1\1m\1\1\1";
    Buf names;

    check_spec(one, sizeof one - 1);
    check_spec(two, sizeof two - 1);
    check_spec(three, sizeof three - 1);
    buf_init(&names);
    CHECK(wiring_names(&names, (Slice){"\4\0", 2}, NULL) == ERR_CORRUPT);
    CHECK(wiring_names(&names, (Slice){"\2\0\0", 3}, NULL) == ERR_CORRUPT);
    buf_release(&names);
}

int
main(void)
{
    RUN(a_spec_gives_its_names);
    return check_done();
}

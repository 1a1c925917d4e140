/* pack_test.c -- traces, specs, check values and the map of digests. */
#include "base/checksum.h"
#include "base/digest_map.h"
#include "check.h"
#include "meta/blob.h"
#include "meta/trace.h"
#include "meta/wiring.h"

static Slice
slice(const Buf *b)
{
    return (Slice){(const char *)b->data, b->len};
}

/* Does the trace of n items by fn come back? */
static int
goes_round(size_t n, TraceItem (*fn)(size_t), size_t *packed)
{
    Buf in, out, back;
    int ok;

    buf_init(&in), buf_init(&out), buf_init(&back);
    for (size_t i = 0; i < n; i++) {
        TraceItem item = fn(i);

        buf_put(&in, &item, sizeof item);
    }
    ok = trace_pack(&out, (TraceItem *)(void *)in.data, n, NULL) == OK &&
         trace_unpack(&back, slice(&out), NULL) == OK && back.len == in.len &&
         (!n || memcmp(back.data, in.data, in.len) == 0);
    *packed = out.len;
    buf_release(&in), buf_release(&out), buf_release(&back);
    return ok;
}

static TraceItem
in_order(size_t i)
{
    return (TraceItem){(int64_t)i + 1, 4, 0};
}

static TraceItem
scattered(size_t i)
{
    uint64_t r = (i + 1) * 0x9e3779b97f4a7c15u;

    return (TraceItem){i % 7 ? (int64_t)(r >> (i % 60 + 1)) : 0, (int32_t)(r >> 61), 0};
}

static TraceItem
extreme(size_t i)
{
    return (TraceItem){i % 2 ? INT64_MAX : INT64_MIN, i % 2 ? INT32_MAX : 0, 0};
}

static void
traces_go_round_and_plain_ones_are_small(void)
{
    size_t packed;

    CHECK(goes_round(0, in_order, &packed));
    CHECK(goes_round(1, in_order, &packed));
    CHECK(goes_round(10000, in_order, &packed) && packed < 100);
    CHECK(goes_round(5000, scattered, &packed));
    CHECK(goes_round(9, extreme, &packed));
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

/* Every cut and every flipped bit of a blob is read without harm. */
static void
damaged_blobs_are_refused_or_differ_but_never_overrun(void)
{
    TraceItem items[50];
    Buf out, copy, back;

    buf_init(&out), buf_init(&copy), buf_init(&back);
    for (size_t i = 0; i < 50; i++)
        items[i] = scattered(i);
    trace_pack(&out, items, 50, NULL);
    for (size_t n = 0; n < out.len; n++) {
        Buf cut;

        buf_init(&cut);         /* of its own, so that a sanitizer sees its end */
        buf_put(&cut, out.data, n);
        back.len = 0;
        CHECK(trace_unpack(&back, slice(&cut), NULL) != OK);
        buf_release(&cut);
    }
    for (size_t bit = 0; bit < 8 * out.len; bit++) {
        copy.len = 0;
        buf_put(&copy, out.data, out.len);
        copy.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        back.len = 0;
        trace_unpack(&back, slice(&copy), NULL);
        CHECK(back.len <= sizeof items);
    }
    CHECK(trace_unpack(&back, (Slice){"z\xff\xff\xff\xff\x03xx", 8}, NULL) == ERR_CORRUPT);
    buf_release(&out), buf_release(&copy), buf_release(&back);
}

static void
a_check_value_sees_every_flipped_bit(void)
{
    unsigned char bytes[37] = "some bytes of a row, more than 8 ...";
    Checksum s;
    int64_t whole;

    checksum_init(&s);
    checksum_bytes(&s, bytes, sizeof bytes);
    whole = checksum_final(&s);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        checksum_init(&s);
        checksum_bytes(&s, bytes, sizeof bytes);
        CHECK(checksum_final(&s) != whole);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
}

static int64_t
sum_of_two(const char *a, const char *b)
{
    Checksum s;

    checksum_init(&s);
    checksum_bytes(&s, a, a ? strlen(a) : 0);
    checksum_bytes(&s, b, b ? strlen(b) : 0);
    return checksum_final(&s);
}

static void
a_check_value_keeps_fields_apart(void)
{
    CHECK(sum_of_two("ab", "c") != sum_of_two("a", "bc"));
    CHECK(sum_of_two("", "a") != sum_of_two("a", ""));
    CHECK(sum_of_two(NULL, "a") != sum_of_two("", "a"));
    CHECK(sum_of_two("a", "b") == sum_of_two("a", "b"));
}

static void
a_map_holds_what_was_put_last(void)
{
    unsigned char digest[32] = {0};
    DigestMap m;

    digest_map_init(&m);
    CHECK(!digest_map_get(&m, digest));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            memcpy(digest + 20, &i, sizeof i);  /* all begin alike */
            if (i < 300)
                CHECK(digest_map_put(&m, digest, i, round) == OK);
            memcpy(digest, &i, sizeof i);
            CHECK(digest_map_put(&m, digest, i, round) == OK);
            memset(digest, 0, sizeof digest);
        }
    for (int i = 0; i < 5000; i++) {
        DigestEntry *e;

        memcpy(digest + 20, &i, sizeof i);
        memcpy(digest, &i, sizeof i);
        e = digest_map_get(&m, digest);
        CHECK(e && e->a == i && e->b == 1);
        memset(digest, 0, sizeof digest);
    }
    digest_map_clear(&m);
    CHECK(!digest_map_get(&m, digest) && m.n == 0);
    digest_map_release(&m);
}

int
main(void)
{
    RUN(traces_go_round_and_plain_ones_are_small);
    RUN(a_spec_gives_its_names);
    RUN(damaged_blobs_are_refused_or_differ_but_never_overrun);
    RUN(a_check_value_sees_every_flipped_bit);
    RUN(a_check_value_keeps_fields_apart);
    RUN(a_map_holds_what_was_put_last);
    return check_done();
}

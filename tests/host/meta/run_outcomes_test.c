/* run_outcomes_test.c -- see host/meta/run_outcomes.h */
#include "check.h"
#include "meta/run_outcomes.h"

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
    ok = run_outcomes_pack(&out, (TraceItem *)(void *)in.data, n, NULL) == OK &&
         run_outcomes_unpack(&back, slice(&out), NULL) == OK && back.len == in.len &&
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

/* Every cut and every flipped bit of a blob is read without harm. */
static void
damaged_blobs_are_refused_or_differ_but_never_overrun(void)
{
    TraceItem items[50];
    Buf out, copy, back;

    buf_init(&out), buf_init(&copy), buf_init(&back);
    for (size_t i = 0; i < 50; i++)
        items[i] = scattered(i);
    run_outcomes_pack(&out, items, 50, NULL);
    for (size_t n = 0; n < out.len; n++) {
        Buf cut;

        buf_init(&cut);         /* of its own, so that a sanitizer sees its end */
        buf_put(&cut, out.data, n);
        back.len = 0;
        CHECK(run_outcomes_unpack(&back, slice(&cut), NULL) != OK);
        buf_release(&cut);
    }
    for (size_t bit = 0; bit < 8 * out.len; bit++) {
        copy.len = 0;
        buf_put(&copy, out.data, out.len);
        copy.data[bit / 8] ^= (unsigned char)(1u << bit % 8);
        back.len = 0;
        run_outcomes_unpack(&back, slice(&copy), NULL);
        CHECK(back.len <= sizeof items);
    }
    CHECK(run_outcomes_unpack(&back, (Slice){"z\xff\xff\xff\xff\x03xx", 8}, NULL) == ERR_CORRUPT);
    buf_release(&out), buf_release(&copy), buf_release(&back);
}

int
main(void)
{
    RUN(traces_go_round_and_plain_ones_are_small);
    RUN(damaged_blobs_are_refused_or_differ_but_never_overrun);
    return check_done();
}

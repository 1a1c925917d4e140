/* lz4_frame_test.c -- a frame gives the bytes back, a damaged one does not. */
#include "base/lz4_frame.h"
#include "check.h"

enum { SIZE = 700000 };         /* several blocks */

static unsigned char plain[SIZE], back[SIZE + 1];

static void
make_plain(void)
{
    for (size_t i = 0; i < SIZE; i++)
        plain[i] = (unsigned char)(i / 100 * 7);
}

static void
pack(Buf *out)
{
    Lz4Pack *z;
    Err err;

    buf_init(out);
    CHECK(lz4_pack_new(&z, &err) == OK && lz4_pack_begin(z, out, &err) == OK);
    for (size_t i = 0; i < SIZE; i += 100000)
        CHECK(lz4_pack_more(z, plain + i, 100000, out, &err) == OK);
    CHECK(lz4_pack_end(z, out, &err) == OK);
    lz4_pack_free(z);
}

/* Unpacks piece by piece into back: 1 and *made bytes, or an error. */
static int
unpack(const unsigned char *in, size_t n, size_t piece, size_t *made)
{
    Lz4Unpack *z;
    int rc = lz4_unpack_new(&z, NULL);

    *made = 0;
    while (rc == OK) {
        size_t taken = n < piece ? n : piece, got = sizeof back - *made;

        rc = lz4_unpack(z, in, &taken, back + *made, &got, NULL);
        if (rc == OK && !taken && !got)
            break;
        in += taken;
        n -= taken;
        *made += got;
    }
    lz4_unpack_free(z);
    return rc;
}

static void
a_frame_gives_the_bytes_back(void)
{
    size_t made;
    Buf frame;

    pack(&frame);
    CHECK(frame.len < SIZE / 2);
    CHECK(unpack(frame.data, frame.len, frame.len, &made) == 1 && made == SIZE);
    CHECK(memcmp(plain, back, SIZE) == 0);
    memset(back, 0, sizeof back);
    CHECK(unpack(frame.data, frame.len, 1000, &made) == 1 && made == SIZE);
    CHECK(memcmp(plain, back, SIZE) == 0);
    buf_release(&frame);
}

static void
a_flipped_bit_or_a_missing_end_is_noticed(void)
{
    size_t made;
    Buf frame;

    pack(&frame);
    CHECK(unpack(frame.data, frame.len - 4, frame.len, &made) != 1);
    frame.data[frame.len / 2] ^= 1;
    CHECK(unpack(frame.data, frame.len, frame.len, &made) == ERR_CORRUPT);
    CHECK(unpack((const unsigned char *)"no frame", 8, 8, &made) == ERR_CORRUPT);
    buf_release(&frame);
}

static void
what_does_not_shrink_does_not_pay(void)
{
    unsigned char random[1000];
    uint32_t x = 1;

    for (size_t i = 0; i < sizeof random; i++)
        random[i] = (unsigned char)((x = x * 1664525u + 1013904223u) >> 24);
    CHECK(lz4_pays(plain, 1000));
    CHECK(!lz4_pays(random, sizeof random));
    CHECK(!lz4_pays(plain, 1));
    lz4_pack_free(NULL);
    lz4_unpack_free(NULL);
}

int
main(void)
{
    make_plain();
    RUN(a_frame_gives_the_bytes_back);
    RUN(a_flipped_bit_or_a_missing_end_is_noticed);
    RUN(what_does_not_shrink_does_not_pay);
    return check_done();
}

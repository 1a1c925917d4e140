/* hash_test.c -- see host/base/hash.h */
#include "base/hash.h"
#include "check.h"

static void
sha256_agrees_with_fips_180(void)
{
    unsigned char digest[HASH_SIZE], back[HASH_SIZE];
    char hex[HASH_HEX + 1];

    hash_of("abc", 3, digest);
    hash_hex(digest, hex);
    CHECK_STR(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hash_unhex(hex, back) == 0 && memcmp(back, digest, HASH_SIZE) == 0);
    hex[5] = 'G';
    CHECK(hash_unhex(hex, back) == -1);
    hash_of("", 0, digest);
    hash_hex(digest, hex);
    CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
hashing_in_pieces_is_hashing_at_once(void)
{
    unsigned char bytes[1000], whole[HASH_SIZE], pieces[HASH_SIZE];
    Hash h;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7);
    hash_of(bytes, sizeof bytes, whole);
    for (size_t cut = 0; cut <= sizeof bytes; cut += 37) {
        hash_init(&h);
        hash_bytes(&h, bytes, cut);
        hash_bytes(&h, bytes + cut, sizeof bytes - cut);
        hash_final(&h, pieces);
        CHECK(memcmp(whole, pieces, HASH_SIZE) == 0);
    }
}

/* The digest of two fields. */
static void
fields(const char *tags, const char *a, const char *b, unsigned char out[HASH_SIZE])
{
    Hash h;

    hash_init(&h);
    hash_field(&h, tags[0], a, strlen(a));
    hash_field(&h, tags[1], b, strlen(b));
    hash_final(&h, out);
}

static void
fields_do_not_run_into_each_other(void)
{
    unsigned char x[HASH_SIZE], y[HASH_SIZE];

    fields("ab", "bc", "d", x);
    fields("ab", "b", "cd", y);
    CHECK(memcmp(x, y, HASH_SIZE) != 0);
    fields("ba", "bc", "d", y);
    CHECK(memcmp(x, y, HASH_SIZE) != 0);
    fields("ab", "bc", "d", y);
    CHECK(memcmp(x, y, HASH_SIZE) == 0);
}

int
main(void)
{
    RUN(sha256_agrees_with_fips_180);
    RUN(hashing_in_pieces_is_hashing_at_once);
    RUN(fields_do_not_run_into_each_other);
    return check_done();
}

/* checksum_test.c -- see host/base/checksum.h */
#include "base/checksum.h"
#include "check.h"

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

int
main(void)
{
    RUN(a_check_value_sees_every_flipped_bit);
    RUN(a_check_value_keeps_fields_apart);
    return check_done();
}

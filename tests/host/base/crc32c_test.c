/* crc32c_test.c -- see host/base/crc32c.h; the expected values are those of RFC 3720, B.4 */
#include "base/crc32c.h"
#include "check.h"

static void
the_sums_are_those_of_the_standard(void)
{
    unsigned char bytes[32] = {0};

    CHECK(crc32c("123456789", 9) == 0xe3069283u);
    CHECK(crc32c("", 0) == 0);
    CHECK(crc32c(bytes, sizeof bytes) == 0x8a9136aau);
    memset(bytes, 0xff, sizeof bytes);
    CHECK(crc32c(bytes, sizeof bytes) == 0x62a8ab43u);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    CHECK(crc32c(bytes, sizeof bytes) == 0x46dd794eu);
}

static void
the_mask_is_that_of_event_files(void)
{
    CHECK(crc32c_masked("123456789", 9) == 0xc78ab0e5u);
    CHECK(crc32c_masked("", 0) == 0xa282ead8u);
}

int
main(void)
{
    RUN(the_sums_are_those_of_the_standard);
    RUN(the_mask_is_that_of_event_files);
    return check_done();
}

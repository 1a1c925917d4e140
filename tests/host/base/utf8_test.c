/* utf8_test.c -- what is UTF-8, and code points to bytes and back. */
#include "base/utf8.h"
#include "check.h"

static size_t
valid(const char *text)
{
    return utf8_valid(text, strlen(text));
}

static void
valid_text_is_valid_to_its_end(void)
{
    CHECK(valid("") == 0);
    CHECK(valid("plain text of more than eight bytes") == 35);
    CHECK(valid("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80") == 9);
    CHECK(valid("\xf4\x8f\xbf\xbf") == 4);                  /* U+10FFFF */
}

static void
the_first_wrong_byte_is_found(void)
{
    CHECK(valid("ab\x80") == 2);                            /* a continuation alone */
    CHECK(valid("ab\xc0\x80") == 2);                        /* not the shortest form */
    CHECK(valid("\xe0\x80\x80") == 0);
    CHECK(valid("a\xed\xa0\x80") == 1);                     /* a surrogate */
    CHECK(valid("\xf4\x90\x80\x80") == 0);                  /* beyond U+10FFFF */
    CHECK(valid("eight by\xe2\x82") == 8);                  /* it ends early */
}

static void
code_points_come_back(void)
{
    static const uint32_t codes[] = {0, 0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char bytes[4];
        size_t n = utf8_put(codes[i], bytes), size = 0;

        CHECK(utf8_valid(bytes, n) == n);
        CHECK(utf8_get(bytes, &size) == codes[i] && size == n);
    }
}

static void
characters_are_counted(void)
{
    CHECK(utf8_count("", 0) == 0);
    CHECK(utf8_count("a\xc3\xbc\xe2\x82\xac", 6) == 3);
}

int
main(void)
{
    RUN(valid_text_is_valid_to_its_end);
    RUN(the_first_wrong_byte_is_found);
    RUN(code_points_come_back);
    RUN(characters_are_counted);
    return check_done();
}

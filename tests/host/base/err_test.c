/* err_test.c -- see host/base/err.h */
#include "base/err.h"
#include "check.h"

static void
an_error_keeps_its_code_and_cuts_a_long_message(void)
{
    char text[3000];
    Err err;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    CHECK(err_set(&err, ERR_IO, "%s: %s", "file", text) == ERR_IO);
    CHECK(err.code == ERR_IO);
    CHECK(strlen(err.msg) == sizeof err.msg - 1);
    CHECK(err_set(NULL, ERR_TYPE, "nobody listens") == ERR_TYPE);
}

int
main(void)
{
    RUN(an_error_keeps_its_code_and_cuts_a_long_message);
    return check_done();
}

/* open_keys_test.c -- see host/base/open_keys.h */
#include "base/open_keys.h"
#include "check.h"
#include "os/sys.h"

static void
a_key_set_forgets_the_keys_of_a_closed_map(void)
{
    char key[16];
    OpenKeys s;
    Err err;

    open_keys_init(&s, sys_random);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++) {
            int n = snprintf(key, sizeof key, "%d", i);

            CHECK(open_keys_add(&s, 2, key, (size_t)n, &err) == OK);
        }
        CHECK(open_keys_add(&s, 2, "7", 1, &err) == ERR_EXISTS);
        CHECK(open_keys_add(&s, 3, "7", 1, &err) == OK);
        CHECK(open_keys_add(&s, 3, "", 0, &err) == OK);
        CHECK(open_keys_add(&s, 3, "", 0, &err) == ERR_EXISTS);
        open_keys_close(&s, 3);
        open_keys_close(&s, 2);
        CHECK(s.entries.len == 0 && s.bytes.len == 0);
    }
    open_keys_release(&s);
}

int
main(void)
{
    RUN(a_key_set_forgets_the_keys_of_a_closed_map);
    return check_done();
}

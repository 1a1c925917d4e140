/* key_stack_test.c -- see host/base/key_stack.h */
#include "base/key_stack.h"
#include "check.h"
#include "os/sys.h"

static void
a_key_set_forgets_the_keys_of_a_closed_map(void)
{
    char key[16];
    KeyStack s;
    Err err;

    key_stack_init(&s, sys_random);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++) {
            int n = snprintf(key, sizeof key, "%d", i);

            CHECK(key_stack_add(&s, 2, key, (size_t)n, &err) == OK);
        }
        CHECK(key_stack_add(&s, 2, "7", 1, &err) == ERR_EXISTS);
        CHECK(key_stack_add(&s, 3, "7", 1, &err) == OK);
        CHECK(key_stack_add(&s, 3, "", 0, &err) == OK);
        CHECK(key_stack_add(&s, 3, "", 0, &err) == ERR_EXISTS);
        key_stack_close(&s, 3);
        key_stack_close(&s, 2);
        CHECK(s.entries.len == 0 && s.bytes.len == 0);
    }
    key_stack_release(&s);
}

int
main(void)
{
    RUN(a_key_set_forgets_the_keys_of_a_closed_map);
    return check_done();
}

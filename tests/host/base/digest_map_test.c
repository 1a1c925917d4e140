/* digest_map_test.c -- see host/base/digest_map.h */
#include "base/digest_map.h"
#include "base/err.h"
#include "check.h"

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
    RUN(a_map_holds_what_was_put_last);
    return check_done();
}

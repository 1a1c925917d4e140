/* check.h -- a unit test is a program: TEST blocks called from main, then
 * return check_done().  Each failure says where; the last line counts.
 *
 *     RILLE_ONLY=text    runs only the tests whose name contains the text (a space
 *                        stands for _, too); no such test is a failure, but under
 *                        tests/run, which goes through many programs */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_passed, check_failed, check_skipped, check_bad;
static const char *check_name, *check_cannot;

#define CHECK(cond) \
    ((cond) ? (void)0 \
            : (void)(check_bad = 1, printf("%s:%d: %s: not so: %s\n", __FILE__, \
                                           __LINE__, check_name, #cond)))
#define CHECK_STR(got, want) \
    (strcmp((got), (want)) == 0 \
         ? (void)0 \
         : (void)(check_bad = 1, printf("%s:%d: %s: got \"%s\", want \"%s\"\n", \
                                        __FILE__, __LINE__, check_name, (got), (want))))
/* Within a test: this machine cannot try it, and why. */
#define CHECK_CANNOT(why) (check_cannot = (why))

/* RUN(f) calls `static void f(void)`, whose name reads as a sentence. */
#define RUN(f) \
    (check_wanted(#f) \
         ? (check_name = #f, check_bad = 0, check_cannot = NULL, f(), check_count()) \
         : (void)0)

/* Is the text of RILLE_ONLY, with _ for each space, in the name? */
static int
check_wanted(const char *name)
{
    const char *only = getenv("RILLE_ONLY");
    size_t i, n = only ? strlen(only) : 0;

    for (; *name; name++) {
        for (i = 0; i < n && name[i] == (only[i] == ' ' ? '_' : only[i]); i++)
            ;
        if (i == n)
            return 1;
    }
    return n == 0;
}

static void
check_count(void)
{
    if (check_bad)
        check_failed++;
    else if (check_cannot)
        check_skipped += printf("SKIPPED %s: %s\n", check_name, check_cannot) > 0;
    else
        check_passed++;
}

static int
check_done(void)
{
    if (check_passed + check_failed + check_skipped == 0 && !getenv("RILLE_SUITE")) {
        printf("no test's name contains \"%s\"\n", getenv("RILLE_ONLY"));
        check_failed = 1;
    }
    printf("%d passed, %d failed", check_passed, check_failed);
    if (check_skipped)
        printf(", %d skipped", check_skipped);
    printf("\n");
    return check_failed != 0;
}

#endif

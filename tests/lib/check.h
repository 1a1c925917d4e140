/* check.h -- a unit test is a program: TEST blocks called from main, then
 * return check_done().  Each failure says where; the last line counts. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int check_passed, check_failed, check_bad;
static const char *check_name;

#define CHECK(cond) \
    ((cond) ? (void)0 \
            : (void)(check_bad = 1, printf("%s:%d: %s: not so: %s\n", __FILE__, \
                                           __LINE__, check_name, #cond)))
#define CHECK_STR(got, want) \
    (strcmp((got), (want)) == 0 \
         ? (void)0 \
         : (void)(check_bad = 1, printf("%s:%d: %s: got \"%s\", want \"%s\"\n", \
                                        __FILE__, __LINE__, check_name, (got), (want))))
/* RUN(f) calls `static void f(void)`, whose name reads as a sentence. */
#define RUN(f) \
    (check_name = #f, check_bad = 0, f(), \
     (void)(check_bad ? check_failed++ : check_passed++))

static int
check_done(void)
{
    printf("%d passed, %d failed\n", check_passed, check_failed);
    return check_failed != 0;
}

#endif

/* interrupt_test.c -- the reason why a call of the library ends. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "check.h"

static void
nothing_ends_without_a_reason(void)
{
    Interrupt it;

    interrupt_init(&it);
    CHECK(interrupt_check(&it) == INTERRUPT_NONE);
    CHECK(interrupt_check(NULL) == INTERRUPT_NONE);
    CHECK_STR(it.message, "");
}

static void
what_was_asked_stays_until_the_next_call(void)
{
    Interrupt it;

    interrupt_init(&it);
    interrupt_ask(&it);
    CHECK(interrupt_check(&it) == INTERRUPT_CANCELLED);
    CHECK(interrupt_check(&it) == INTERRUPT_CANCELLED);
    CHECK_STR(it.message, "cancelled by rille_interrupt");
    interrupt_begin(&it);
    CHECK(interrupt_check(&it) == INTERRUPT_NONE);
}

static void
the_first_reason_counts(void)
{
    Interrupt it;

    interrupt_init(&it);
    interrupt_stop(&it, INTERRUPT_EXIT, "os.exit(%d) was called", 3);
    interrupt_stop(&it, INTERRUPT_MEMORY, "later");
    interrupt_ask(&it);
    CHECK(interrupt_check(&it) == INTERRUPT_EXIT);
    CHECK_STR(it.message, "os.exit(3) was called");
}

static void
a_timeout_ends_when_it_is_over_and_0_is_none(void)
{
    Interrupt it;

    interrupt_init(&it);
    interrupt_set_timeout(&it, 0);
    CHECK(it.deadline == 0);
    interrupt_set_timeout(&it, 1e300);
    CHECK(it.deadline == 0);
    interrupt_set_timeout(&it, 1e6);
    CHECK(interrupt_check(&it) == INTERRUPT_NONE);
    interrupt_set_timeout(&it, 0.001);
    usleep(3000);
    CHECK(interrupt_check(&it) == INTERRUPT_TIME);
}

static void
a_child_is_not_interrupted(void)
{
    Interrupt it;
    int status = 0;
    pid_t pid;

    interrupt_init(&it);
    interrupt_ask(&it);
    pid = fork();
    if (pid == 0)
        _exit(interrupt_check(&it) == INTERRUPT_NONE ? 0 : 1);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    CHECK(interrupt_check(&it) == INTERRUPT_CANCELLED);
}

static void
a_wait_looks_at_it_again_and_again(void)
{
    Interrupt it;

    interrupt_init(&it);
    CHECK(interrupt_slice(&it, -1) == INTERRUPT_SLICE);
    CHECK(interrupt_slice(&it, 60000) == INTERRUPT_SLICE);
    CHECK(interrupt_slice(&it, 3) == 3);
    CHECK(interrupt_slice(NULL, -1) == -1);
    CHECK(interrupt_slice(NULL, 60000) == 60000);
}

int
main(void)
{
    RUN(nothing_ends_without_a_reason);
    RUN(what_was_asked_stays_until_the_next_call);
    RUN(the_first_reason_counts);
    RUN(a_timeout_ends_when_it_is_over_and_0_is_none);
    RUN(a_child_is_not_interrupted);
    RUN(a_wait_looks_at_it_again_and_again);
    return check_done();
}

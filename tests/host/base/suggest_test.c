/* suggest_test.c -- "did you mean" in C; tests/lua/query/fields_test.lua compares it with Lua's. */
#include "base/suggest.h"
#include "check.h"

static const char *const names[] = {"inputs", "outputs", "params", "run", "cache", "version"};
enum { N = sizeof names / sizeof *names };

static void
near(const char *name, const char *want)
{
    const char *got = suggest_nearest(name, names, N);

    CHECK_STR(got ? got : "nothing", want);
}

static void
a_name_with_a_slip_is_near(void)
{
    near("ouputs", "outputs");
    near("outtputs", "outputs");
    near("cachr", "cache");
    near("rnu", "run");
    near("Inputs", "inputs");
    near("verzionn", "version");
    near("rxx", "nothing");
    near("", "nothing");
}

static void
the_beginning_of_a_name_is_near_when_nothing_else_is(void)
{
    near("ver", "version");
    near("ve", "nothing");
}

static void
hints(const char *name, const char *const *list, size_t n, const char *want)
{
    Buf out;

    buf_init(&out);
    CHECK(suggest_hint(&out, name, list, n) == 0);
    CHECK_STR(buf_cstr(&out), want);
    buf_release(&out);
}

static void
a_hint_is_the_nearest_name_or_all_where_they_are_few(void)
{
    static const char *const odd[] = {"a\"b"};
    static const char *const many[] = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9",
                                       "b0", "b1", "b2"};

    hints("ouputs", names, N, "; did you mean \"outputs\"?");
    hints("zzz", names, N, "; available: cache, inputs, outputs, params, run, version");
    hints("zzz", many, 13, "");
    hints("zzz", names, 0, "");
    hints("a\"c", odd, 1, "; did you mean \"a\\\"b\"?");
}

int
main(void)
{
    RUN(a_name_with_a_slip_is_near);
    RUN(the_beginning_of_a_name_is_near_when_nothing_else_is);
    RUN(a_hint_is_the_nearest_name_or_all_where_they_are_few);
    return check_done();
}

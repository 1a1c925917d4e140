/* filter_text_test.c -- conditions as people write them: the trees, and what is refused and how.
 * tests/lua/query/filter_test.lua has more of it, through the face. */
#include <math.h>

#include "check.h"
#include "meta/filter_text.h"

static FilterText text;

static int
read_as(const char *s, int flags, Err *err)
{
    filter_text_release(&text);
    filter_text_init(&text, &filter_runs);
    return filter_text_read(&text, (Slice){s, strlen(s)}, flags, NULL, err);
}

static void
put_value(char *out, size_t size, DbValue v)
{
    size_t n = strlen(out);

    if (v.type == DB_INT)
        snprintf(out + n, size - n, "%lld", (long long)v.as.i);
    else if (v.type == DB_REAL)
        snprintf(out + n, size - n, "%gf", v.as.d);
    else if (v.type == DB_TEXT)
        snprintf(out + n, size - n, "'%.*s'", (int)v.as.s.len, v.as.s.data);
    else
        snprintf(out + n, size - n, "null");
}

/* The nodes in their order: "and2 pipeline='digits' params.a>1". */
static void
put_node(char *out, size_t size, const FilterNode *node)
{
    static const char *const ops[] = {"and", "or", "not"};
    static const char *const cmps[] = {"=", "<>", "<", "<=", ">", ">="};
    const Slice *path = (const Slice *)(const void *)text.filter.names.data + node->field.path;
    size_t n = strlen(out);

    n += (size_t)snprintf(out + n, size - n, "%s", n ? " " : "");
    if (node->op != FILTER_COMPARE) {
        snprintf(out + n, size - n, "%s%zu", ops[node->op], node->n);
        return;
    }
    n += (size_t)snprintf(out + n, size - n, "%.*s", (int)node->field.name.len,
                          node->field.name.data);
    for (size_t i = 0; i < node->field.n_path; i++)
        n += (size_t)snprintf(out + n, size - n, ".%.*s", (int)path[i].len, path[i].data);
    snprintf(out + n, size - n, "%s", cmps[node->cmp]);
    put_value(out, size, node->value);
}

static void
becomes_with(const char *s, int flags, const char *want)
{
    char out[512] = "";
    const FilterNode *node;
    Err err = {0, ""};

    CHECK(read_as(s, flags, &err) == OK);
    CHECK_STR(err.msg, "");
    node = (const FilterNode *)(const void *)text.filter.nodes.data;
    for (size_t i = 0; i < text.filter.nodes.len / sizeof *node; i++)
        put_node(out, sizeof out, &node[i]);
    CHECK_STR(out, want);
}

static void
becomes(const char *s, const char *want)
{
    becomes_with(s, 0, want);
}

static void
refused(const char *s, const char *want)
{
    Err err = {0, ""};

    CHECK(read_as(s, 0, &err) == ERR_INVAL);
    CHECK_STR((char *)text.message.data, want);
    CHECK(strncmp(err.msg, want, sizeof err.msg - 1) == 0);
}

static void
each_node_stands_before_those_that_it_joins(void)
{
    becomes("ran = 1 or cached = 2 and failed = 3", "or2 ran=1 and2 cached=2 failed=3");
    becomes("(ran = 1 or cached = 2) and failed = 3", "and2 or2 ran=1 cached=2 failed=3");
    becomes("not (ran = 1 and cached = 2) or failed = 3", "or2 not1 and2 ran=1 cached=2 failed=3");
    becomes("((ran = 1))", "ran=1");
}

static void
numbers_are_those_of_Lua(void)
{
    becomes("ran = 0x10 and ran = -3", "and2 ran=16 ran=-3");
    becomes("ran = 1e3 and ran = .5 and ran = 5.", "and3 ran=1000f ran=0.5f ran=5f");
    becomes("ran = 9223372036854775808", "ran=9.22337e+18f");
    becomes("ran = ' 7 '", "ran=7");
    becomes("script = 7 and script = '7' and script = 7x", "and3 script=7 script='7' script='7x'");
    becomes("script = null and script = 'null'", "and2 script=null script='null'");
}

static void
tags_are_texts_whatever_they_look_like(void)
{
    becomes("tag = 7 and tag != true", "and2 tag='7' tag<>'true'");
}

static void
a_commit_is_known_by_its_beginning(void)
{
    becomes("git.sha = AB12", "and2 git.sha>='ab12' git.sha<'ab12g'");
    becomes("git.sha != ab12", "not1 and2 git.sha>='ab12' git.sha<'ab12g'");
    becomes("git.sha = null", "git.sha=null");
    refused("git.sha = ab1", "expected = or != and 4 or more hexadecimal digits of a commit\n"
                             "  git.sha = ab1\n            ^");
    refused("git.sha =", "expected = or != and 4 or more hexadecimal digits of a commit\n"
                         "  git.sha =\n           ^");
}

static void
conditions_may_follow_each_other_where_the_caller_says_so(void)
{
    becomes_with("pipeline=digits status=completed", FILTER_TEXT_ADJACENT,
                 "and2 pipeline='digits' status='completed'");
    becomes_with("ran=1 or cached=2 not failed=3 (ran=4)", FILTER_TEXT_ADJACENT,
                 "or2 ran=1 and3 cached=2 not1 failed=3 ran=4");
    becomes_with("(ran=1 cached=2)", FILTER_TEXT_ADJACENT, "and2 ran=1 cached=2");
    refused("ran=1 cached=2", "expected \"and\" or \"or\", found cached\n"
                              "  ran=1 cached=2\n        ^");
}

static void
times_are_dates_or_ages(void)
{
    double now, then;
    Slice hour = {"1h", 2}, two = {"2h", 2};

    CHECK(filter_fields_time(hour, &now) && filter_fields_time(two, &then));
    CHECK(now - then > 3599 && now - then < 3700);
    CHECK(filter_fields_time((Slice){"1970-01-02", 10}, &then) && fabs(then - 86400) < 86400);
    CHECK(filter_fields_time((Slice){"2026-11-01T10:30", 16}, &now)
          && filter_fields_time((Slice){"2026-11-01 10:30:05", 19}, &then) && then - now == 5);
    CHECK(!filter_fields_time((Slice){"2026-13-01", 10}, &then));
    CHECK(!filter_fields_time((Slice){"2026-11-01 25:00", 16}, &then));
    CHECK(!filter_fields_time((Slice){"h", 1}, &then));
    CHECK(!filter_fields_time((Slice){"", 0}, &then));
}

static void
a_mistake_is_shown_at_its_place_however_long_the_text_is(void)
{
    char longer[4000];
    Err err;

    memset(longer, 'x', sizeof longer - 1);
    memcpy(longer, "ran = ", 6);
    longer[sizeof longer - 1] = 0;
    CHECK(read_as(longer, 0, &err) == ERR_INVAL);
    CHECK(text.message.len > 2 * 3990 && err.msg[sizeof err.msg - 1] == 0);
    refused("stat = x", "unknown field \"stat\"; did you mean \"status\"?\n  stat = x\n  ^");
    CHECK(text.is_unknown);
    refused("status = complet", "status is never \"complet\"; did you mean \"completed\"?\n"
                                "  status = complet\n           ^");
    CHECK(!text.is_unknown);
}

static void
a_name_that_runs_have_is_offered(void)
{
    static const char *const params[] = {"gamma"}, *const metrics[] = {"acc"};
    FilterKnown known = {params, metrics, 1, 1};
    Slice s = {"acc > 1", 7};
    Err err;

    filter_text_release(&text);
    filter_text_init(&text, &filter_runs);
    CHECK(filter_text_read(&text, s, 0, &known, &err) == ERR_INVAL);
    CHECK(strstr(err.msg, "unknown field \"acc\"; did you mean \"metric.acc\"?"));
}

int
main(void)
{
    RUN(each_node_stands_before_those_that_it_joins);
    RUN(numbers_are_those_of_Lua);
    RUN(tags_are_texts_whatever_they_look_like);
    RUN(a_commit_is_known_by_its_beginning);
    RUN(conditions_may_follow_each_other_where_the_caller_says_so);
    RUN(times_are_dates_or_ages);
    RUN(a_mistake_is_shown_at_its_place_however_long_the_text_is);
    RUN(a_name_that_runs_have_is_offered);
    filter_text_release(&text);
    return check_done();
}

/* yaml_doc_test.c -- yaml_doc.h */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "format/yaml_doc.h"
#include "os/sys.h"

static const char *
error_of(const char *text, size_t n)
{
    static Err err;
    YamlDoc d;

    yaml_doc_init(&d);
    if (yaml_doc_parse(&d, "t.yaml", text, n, &err) == OK)
        snprintf(err.msg, sizeof err.msg, "no error");
    yaml_doc_release(&d);
    return err.msg;
}

static YamlNode
scalar(const char *text)
{
    YamlNode n = {0};

    CHECK(yaml_doc_resolve(text, strlen(text), &n) == 0);
    return n;
}

static void
plain_scalars_have_the_types_of_the_core_schema(void)
{
    static const char *const strings[] = {
        "yes", "no", "on", "off", "y", "nulL", "tRUE", "0b1", "0o8", "0xg", "0x", "0o",
        "1_000", "1e", ".", "-", "+", "-.", ".e5", "1.2.3", "2026-11-22", ".Nan", "inf",
        "nan", "-.nan", "1:30", "+0x1", "0X1", "e5", "12a"};

    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        CHECK(scalar(strings[i]).kind == YAML_DOC_STRING);
    CHECK(scalar("").kind == YAML_DOC_NULL && scalar("~").kind == YAML_DOC_NULL);
    CHECK(scalar("Null").kind == YAML_DOC_NULL);
    CHECK(scalar("TRUE").kind == YAML_DOC_BOOL && scalar("TRUE").i == 1);
    CHECK(scalar("false").kind == YAML_DOC_BOOL && scalar("false").i == 0);
    CHECK(scalar("007").kind == YAML_DOC_INT && scalar("007").i == 7);
    CHECK(scalar("-12").i == -12 && scalar("+3").i == 3);
    CHECK(scalar("0o17").i == 15 && scalar("0xfF").i == 255);
    CHECK(scalar("0x7fffffffffffffff").i == INT64_MAX);
    CHECK(scalar("-9223372036854775808").i == INT64_MIN);
    CHECK(scalar("1.").kind == YAML_DOC_FLOAT && scalar("1.").f == 1);
    CHECK(scalar(".5").f == 0.5 && scalar("1e3").f == 1000 && scalar("-1.5E-1").f == -0.15);
    CHECK(isinf(scalar("-.INF").f) && scalar("-.INF").f < 0 && isnan(scalar(".NaN").f));
    CHECK(signbit(scalar("-0.0").f));
}

static void
numbers_out_of_range_are_refused(void)
{
    static const char *const beyond[] = {"9223372036854775808", "0x8000000000000000",
                                         "0o1000000000000000000000", "1e309",
                                         "-9223372036854775809", "99999999999999999999"};
    YamlNode n = {0};

    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
        CHECK(yaml_doc_resolve(beyond[i], strlen(beyond[i]), &n) != 0);
}

static void
nodes_know_their_place(void)
{
    static const char text[] = "a: 1\nb:\n  - x\n  - 'y'\n\xc3\xbc: {c: }\n";
    YamlDoc d;
    Err err;

    yaml_doc_init(&d);
    CHECK(yaml_doc_parse(&d, "t.yaml", text, strlen(text), &err) == OK);
    CHECK(yaml_doc_count(&d) == 7);
    CHECK(yaml_doc_node(&d, 0)->kind == YAML_DOC_MAP && yaml_doc_node(&d, 0)->end == 7);
    CHECK(yaml_doc_node(&d, 1)->line == 1 && yaml_doc_node(&d, 1)->column == 4);
    CHECK(yaml_doc_node(&d, 2)->kind == YAML_DOC_LIST && yaml_doc_node(&d, 2)->end == 5);
    CHECK(yaml_doc_node(&d, 2)->key_line == 2 && yaml_doc_node(&d, 3)->key_line == 0);
    CHECK(yaml_doc_node(&d, 3)->plain && !yaml_doc_node(&d, 4)->plain);
    CHECK(yaml_doc_node(&d, 5)->column == 4 && yaml_doc_node(&d, 5)->key_len == 2);
    CHECK(yaml_doc_node(&d, 6)->kind == YAML_DOC_NULL);
    yaml_doc_release(&d);
    yaml_doc_release(&d);
}

static void
hostile_texts_are_refused_within_100_ms(void)
{
    enum { N = YAML_DOC_MAXSIZE };
    static const char *const parts[] = {
        "[", "{", "- ", "? ", "{a: ", "[{", "- [", "&a ", "*a ", "!", "%", "---\n", "a: ",
        "'a ", "\"", "\t", "{a: [", "- - ? ", "\"\\x", "[\"a\":", "@", "|\n", "!!str ",
        "? - ", "[a: [", "a:\n", "{[", "- !a "};
    char *text = malloc(N + 1);

    CHECK(text != NULL);
    for (size_t k = 0; text && k < sizeof parts / sizeof *parts; k++) {
        size_t len = strlen(parts[k]);
        double start = sys_mono();

        for (size_t i = 0; i <= N; i++)
            text[i] = parts[k][i % len];
        CHECK(strncmp(error_of(text, N), "t.yaml:", 7) == 0);
        CHECK(sys_mono() - start < 0.1 * 4);    /* four times, for a busy machine */
        CHECK(strstr(error_of(text, N + 1), "at most 1048576 are read") != NULL);
    }
    free(text);
}

static void
many_keys_take_linear_time(void)
{
    double start = sys_mono();
    YamlDoc d;
    Buf text;
    Err err;

    buf_init(&text);
    for (int i = 0; i < 80000; i++)
        buf_printf(&text, "k%d: %d\n", i, i % 7);
    yaml_doc_init(&d);
    CHECK(yaml_doc_parse(&d, "t.yaml", (char *)text.data, text.len, &err) == OK);
    CHECK(yaml_doc_count(&d) == 80001);
    CHECK(sys_mono() - start < 2);
    yaml_doc_release(&d);
    buf_release(&text);
}

static void
damaged_texts_are_read_or_refused(void)
{
    static const char good[] = "# c\na: [1, 'x', \"\\u00e9\"]\nb:\n  - {c: ~}\n  - |\n   t\n"
                               "? d\n: -1.5\n";
    YamlDoc d;
    Err err;

    yaml_doc_init(&d);
    for (size_t i = 0; i < sizeof good - 1; i++)
        for (int c = 0; c < 256; c++) {
            char *copy = malloc(sizeof good - 1);

            if (!copy)
                return;
            memcpy(copy, good, sizeof good - 1);
            copy[i] = (char)c;
            CHECK(yaml_doc_parse(&d, "t", copy, sizeof good - 1, &err) == OK
                  || err.code == ERR_SYNTAX);
            free(copy);
        }
    yaml_doc_release(&d);
}

static void
strings_get_quotes_when_they_need_them(void)
{
    static const struct {
        const char *s, *text;
    } cases[] = {{"abc", "abc"}, {"a b-c_d.e/f", "a b-c_d.e/f"}, {"", "\"\""},
                 {"yes", "\"yes\""}, {"null", "\"null\""}, {"1", "\"1\""},
                 {"a: b", "\"a: b\""}, {"a ", "\"a \""}, {" a", "\" a\""},
                 {"a\nb", "\"a\\nb\""}, {"true", "\"true\""}, {"-", "\"-\""},
                 {"\xc2\x85", "\"\\u0085\""}, {"e\xcc\x81", "\"e\xcc\x81\""},
                 {"n", "\"n\""}, {"nan", "nan"}, {"\xef\xbb\xbf", "\"\\ufeff\""}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf out;

        buf_init(&out);
        yaml_doc_put_string(&out, cases[i].s, strlen(cases[i].s));
        CHECK_STR(buf_cstr(&out), cases[i].text);
        buf_release(&out);
    }
}

int
main(void)
{
    RUN(plain_scalars_have_the_types_of_the_core_schema);
    RUN(numbers_out_of_range_are_refused);
    RUN(nodes_know_their_place);
    RUN(hostile_texts_are_refused_within_100_ms);
    RUN(many_keys_take_linear_time);
    RUN(damaged_texts_are_read_or_refused);
    RUN(strings_get_quotes_when_they_need_them);
    return check_done();
}

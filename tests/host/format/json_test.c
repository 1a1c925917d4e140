/* json_test.c -- see host/format/json.h */
#include "check.h"
#include "format/json.h"
#include "os/sys.h"

/* Reads all; 0 or the code of the error. */
static int
read_all(JsonReader *r, const char *text, size_t n, Err *err)
{
    int rc;

    json_init(r, "t.json", text, n);
    while ((rc = json_next(r, err)) == OK && r->kind != JSON_END)
        ;
    return rc;
}

static const char *
error_of(const char *text)
{
    static Err err;
    JsonReader r;

    if (read_all(&r, text, strlen(text), &err) == OK)
        snprintf(err.msg, sizeof err.msg, "no error");
    json_release(&r);
    return err.msg;
}

static void
tokens_come_in_the_order_of_the_text(void)
{
    static const char text[] = " {\"a\" : [1, -2.5, \"x\\n\\u00e9\\ud83d\\ude00\"], "
                               "\"b\":null,\"c\":true, \"d\":false,\"e\":{},\"f\":[]} ";
    static const JsonKind kinds[] = {
        JSON_OBJECT, JSON_KEY, JSON_ARRAY, JSON_INT, JSON_FLOAT, JSON_STRING,
        JSON_ARRAY_END, JSON_KEY, JSON_NULL, JSON_KEY, JSON_TRUE, JSON_KEY, JSON_FALSE,
        JSON_KEY, JSON_OBJECT, JSON_OBJECT_END, JSON_KEY, JSON_ARRAY, JSON_ARRAY_END,
        JSON_OBJECT_END, JSON_END};
    JsonReader r;
    Err err;

    json_init(&r, "t.json", text, strlen(text));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        CHECK(json_next(&r, &err) == OK && r.kind == kinds[i]);
        if (r.kind == JSON_INT)
            CHECK(r.i == 1);
        if (r.kind == JSON_FLOAT)
            CHECK(r.f == -2.5);
        if (r.kind == JSON_STRING)
            CHECK(r.n == 8 && memcmp(r.s, "x\n\xc3\xa9\xf0\x9f\x98\x80", 8) == 0);
    }
    CHECK(json_next(&r, &err) == OK && r.kind == JSON_END);
    json_release(&r);
    json_release(&r);
}

static void
errors_say_where_and_what(void)
{
    CHECK_STR(error_of("{\"a\":\n  [1,, 2]}"), "t.json:2:6: found ',', expected a value");
    CHECK_STR(error_of("[\"\xc3\xa9\xc3\xa9\", x]"),
              "t.json:1:8: unknown word 'x'; JSON has null, true and false, and strings "
              "in double quotes");
    CHECK_STR(error_of("[1"), "t.json:1:3: the text ends, but ',' or ']' is expected; "
                              "is it truncated?");
    CHECK_STR(error_of("[99999999999999999999]"),
              "t.json:1:2: integer 99999999999999999999 does not fit 64 bits; write it "
              "with a point, or as a string");
    CHECK_STR(error_of("{\"a\":1,\n \"a\":2}"),
              "t.json:2:2: key \"a\" is written twice; remove one");
    CHECK_STR(error_of("{\"\\u0061\":1,\"a\":2}"),
              "t.json:1:13: key \"a\" is written twice; remove one");
}

static void
equal_keys_in_different_objects_are_fine(void)
{
    CHECK_STR(error_of("[{\"a\":{\"a\":{\"a\":1}}},{\"a\":2}]"), "no error");
    CHECK_STR(error_of("{\"a\":{\"b\":1,\"c\":2},\"b\":3,\"c\":{\"a\":1}}"), "no error");
    CHECK_STR(error_of("{\"x\":{\"y\":1},\"y\":{\"y\":1},\"x\":1}"),
              "t.json:1:26: key \"x\" is written twice; remove one");
}

static void
limits_are_the_callers(void)
{
    JsonReader r;
    Err err;

    json_init(&r, "t", "[[[1]]]", 7);
    r.max_depth = 2;
    while (json_next(&r, &err) == OK && r.kind != JSON_END)
        ;
    CHECK_STR(err.msg, "t:1:3: more than 2 levels of nesting; make the data flatter");
    json_release(&r);
    json_init(&r, "t", "[[[1]]]", 7);
    r.max_size = 6;
    CHECK(json_next(&r, &err) == ERR_SYNTAX);
    CHECK_STR(err.msg, "t:1:1: the text has 7 bytes; the limit is 6");
    json_release(&r);
}

static void
hostile_texts_end_within_time(void)
{
    enum { N = 1 << 20 };
    static const char *const parts[] = {"[", "{\"a\":", "[{\"\":", "\"", "\\", "[1,",
                                        "-", "9", "1e", "\"\\u12", " ", "tru", "\xc3"};
    char *text = malloc(N);
    double start = sys_mono();
    JsonReader r;
    Err err;

    CHECK(text != NULL);
    for (size_t k = 0; text && k < sizeof parts / sizeof *parts; k++) {
        size_t len = strlen(parts[k]);

        for (size_t i = 0; i < N; i++)
            text[i] = parts[k][i % len];
        CHECK(read_all(&r, text, N, &err) == ERR_SYNTAX);
        json_release(&r);
    }
    CHECK(sys_mono() - start < 2);
    free(text);
}

static void
many_keys_take_linear_time(void)
{
    double start = sys_mono();
    JsonReader r;
    Buf text;
    Err err;

    buf_init(&text);
    buf_puts(&text, "{\"\":0");
    for (int i = 0; i < 200000; i++)
        buf_printf(&text, ",\"key%d\":{\"k\":%d}", i, i);
    buf_puts(&text, "}");
    CHECK(read_all(&r, (char *)text.data, text.len, &err) == OK);
    json_release(&r);
    buf_release(&text);
    CHECK(sys_mono() - start < 2);
}

/* Any change of a byte gives an error or a value, never a crash (under the
 * sanitizers this is the fuzz target's small brother). */
static void
damaged_texts_are_read_or_refused(void)
{
    static const char good[] = "{\"a\":[1,-2.5e3,\"x\\n\\u00e9\\ud83d\\ude00\",null,true],"
                               "\"\xc3\xa9\":{\"b\":{},\"c\":[[],[0.1]]}}";
    char text[sizeof good];
    JsonReader r;
    Err err;

    for (size_t i = 0; i < sizeof good - 1; i++) {
        memcpy(text, good, sizeof good);
        for (int c = 0; c < 256; c++) {
            char *copy = malloc(sizeof good - 1);

            text[i] = (char)c;
            if (!copy)
                return;
            memcpy(copy, text, sizeof good - 1);        /* no zero behind it */
            CHECK(read_all(&r, copy, sizeof good - 1, &err) == OK
                  || err.code == ERR_SYNTAX);
            json_release(&r);
            free(copy);
        }
        CHECK(read_all(&r, good, i, &err) == ERR_SYNTAX);
        json_release(&r);
    }
}

static void
tokens_are_written_as_they_are_read(void)
{
    Buf out;

    buf_init(&out);
    json_put_string(&out, "a\"\\\n\x01\x7f\xc3\xa9", 8);
    json_put_int(&out, INT64_MIN);
    json_put_float(&out, 1.0);
    json_put_string(&out, "", 0);
    CHECK_STR(buf_cstr(&out), "\"a\\\"\\\\\\n\\u0001\x7f\xc3\xa9\"-92233720368547758081.0\"\"");
    buf_release(&out);
}

int
main(void)
{
    RUN(tokens_come_in_the_order_of_the_text);
    RUN(errors_say_where_and_what);
    RUN(equal_keys_in_different_objects_are_fine);
    RUN(limits_are_the_callers);
    RUN(hostile_texts_end_within_time);
    RUN(many_keys_take_linear_time);
    RUN(damaged_texts_are_read_or_refused);
    RUN(tokens_are_written_as_they_are_read);
    return check_done();
}

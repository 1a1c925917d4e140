/* json_plain_test.c -- the artifact encoding as plain JSON. */
#include "check.h"
#include "format/json_plain.h"

static void
becomes(const char *packed, int flags, const char *want)
{
    Buf out;
    Err err;

    buf_init(&out);
    CHECK(json_plain(&out, "x", packed, strlen(packed), flags, &err) == OK);
    CHECK_STR(buf_cstr(&out), want);
    buf_release(&out);
}

static void
plain_JSON_stays_without_its_spaces(void)
{
    becomes("{\"a\":[1,2.50,-3e5,\"x\\ny\",true,null],\"b\":{}}", 0,
            "{\"a\":[1,2.50,-3e5,\"x\\ny\",true,null],\"b\":{}}");
    becomes(" [ 1 , { \"k\" : \"\\u00e4\" } ] ", 0, "[1,{\"k\":\"\\u00e4\"}]");
    becomes("7", 0, "7");
}

static void
a_null_and_a_table_of_text_keys_are_those_of_JSON(void)
{
    becomes("{\"$null\":true}", 0, "null");
    becomes("{\"$table\":[[\"$x\",{\"$table\":[[\"$y\",1]]}]]}", 0, "{\"$x\":{\"$y\":1}}");
    becomes("{\"$table\":[]}", 0, "{}");
}

static void
what_JSON_lacks_leaves_the_whole_value_spelt_out(void)
{
    becomes("[{\"$number\":\"nan\"},{\"$table\":[[\"$x\",1]]}]", 0,
            "[{\"$number\":\"nan\"},{\"$table\":[[\"$x\",1]]}]");
    becomes("{\"a\":{\"$bytes\":\"/w==\"}}", 0, "{\"a\":{\"$bytes\":\"/w==\"}}");
    becomes("{\"$table\":[[true,1]]}", 0, "{\"$table\":[[true,1]]}");
    becomes("{\"$table\":[[1,1],[\"a\",2]]}", 0, "{\"$table\":[[1,1],[\"a\",2]]}");
}

static void
an_empty_table_is_what_the_caller_says(void)
{
    becomes("[]", 0, "[]");
    becomes("[]", JSON_PLAIN_OBJECT, "{}");
    becomes("[[]]", JSON_PLAIN_OBJECT, "[[]]");
    becomes("{\"a\":[]}", JSON_PLAIN_OBJECTS, "{\"a\":{}}");
    becomes("[]", JSON_PLAIN_OBJECTS, "{}");
    becomes("[[],{\"$number\":\"inf\"}]", JSON_PLAIN_OBJECTS, "[[],{\"$number\":\"inf\"}]");
}

static void
a_text_that_is_wrong_adds_nothing(void)
{
    Buf out;
    Err err;

    buf_init(&out);
    CHECK(buf_puts(&out, "kept") == 0);
    CHECK(json_plain(&out, "x", "[1,", 3, 0, &err) == ERR_SYNTAX);
    CHECK(out.len == 4 && strstr(err.msg, "x:1:4"));
    buf_release(&out);
}

int
main(void)
{
    RUN(plain_JSON_stays_without_its_spaces);
    RUN(a_null_and_a_table_of_text_keys_are_those_of_JSON);
    RUN(what_JSON_lacks_leaves_the_whole_value_spelt_out);
    RUN(an_empty_table_is_what_the_caller_says);
    RUN(a_text_that_is_wrong_adds_nothing);
    return check_done();
}

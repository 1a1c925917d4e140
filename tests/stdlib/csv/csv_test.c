/* csv_test.c -- see stdlib/csv/csv.h */
#include <math.h>
#include <stdlib.h>

#include "check.h"
#include "csv/csv.h"

static Err err;
static CsvTable *t;

/* Opens the text as t, with a header. */
static int
opened(const char *text)
{
    CsvSource source = {text, strlen(text), "x.csv", ',', 1, 0, 0, NULL};

    csv_free(t);
    t = NULL;
    return csv_open(&t, &source, &err);
}

/* Reads the text into t. */
static int
parsed(const char *text)
{
    int rc = opened(text);

    return rc ? rc : csv_parse(t, &err);
}

/* Whether the field of a column of strings is this. */
static int
text_is(size_t column, int64_t row, const char *want)
{
    size_t len;
    int lasts;
    const char *got = csv_text(t, column, row, &len, &lasts);

    return got && len == strlen(want) && memcmp(got, want, len) == 0;
}

static int
name_is(size_t column, const char *want)
{
    size_t len;
    const char *got = csv_name(t, column, &len);

    return len == strlen(want) && memcmp(got, want, len) == 0;
}

/* Whether the column is of numbers, and these. */
static int
numbers_are(size_t column, int64_t n, const double *want)
{
    Array *a = csv_take(t, column);
    int same = a && a->type == ARRAY_F64 && a->shape[0] == n;

    for (int64_t i = 0; same && i < n; i++) {
        double got = ((double *)(void *)a->data)[i];

        same = got == want[i] || (isnan(got) && isnan(want[i]));
    }
    array_free(a);
    return same;
}

static int
integers_are(size_t column, int64_t n, const int64_t *want)
{
    Array *a = csv_take(t, column);
    int same = a && a->type == ARRAY_I64 && a->shape[0] == n;

    for (int64_t i = 0; same && i < n; i++)
        same = ((int64_t *)(void *)a->data)[i] == want[i];
    array_free(a);
    return same;
}

static void
each_column_gets_the_type_of_its_fields(void)
{
    CHECK(parsed("i,n,b,s\n1,1.5,true,one\n-2,2,false,\"two, or 2\"\n") == 0);
    CHECK(csv_columns(t) == 4 && csv_rows(t) == 2);
    CHECK(name_is(0, "i") && name_is(3, "s"));
    CHECK(csv_type(t, 0) == CSV_INTEGER && csv_type(t, 1) == CSV_NUMBER);
    CHECK(csv_type(t, 2) == CSV_BOOLEAN && csv_type(t, 3) == CSV_STRING);
    CHECK(integers_are(0, 2, (int64_t[]){1, -2}));
    CHECK(numbers_are(1, 2, (double[]){1.5, 2}));
    CHECK(text_is(3, 0, "one") && text_is(3, 1, "two, or 2"));
}

static void
booleans_take_a_byte_each(void)
{
    Array *a;

    CHECK(parsed("b\ntrue\nFalse\nTRUE\n") == 0);
    a = csv_take(t, 0);
    CHECK(a->type == ARRAY_BOOL && a->shape[0] == 3);
    CHECK(a->data[0] == 1 && a->data[1] == 0 && a->data[2] == 1);
    array_free(a);
}

static void
quoted_fields_hold_line_ends_and_doubled_quotes(void)
{
    CHECK(parsed("a,b\n\"x\ny\",\"say \"\"hi\"\"\"\n\"\"\"\",\"\"\n") == 0);
    CHECK(csv_rows(t) == 2);
    CHECK(text_is(0, 0, "x\ny") && text_is(1, 0, "say \"hi\""));
    CHECK(text_is(0, 1, "\"") && text_is(1, 1, ""));
}

static void
quotes_say_nothing_about_the_type(void)
{
    CHECK(parsed("a\n\"1\"\n\"2\"\n") == 0);
    CHECK(integers_are(0, 2, (int64_t[]){1, 2}));
}

static void
a_quote_inside_a_field_is_a_character(void)
{
    CHECK(parsed("a,b\n5\" pipe,x\"y\"\n") == 0);
    CHECK(text_is(0, 0, "5\" pipe") && text_is(1, 0, "x\"y\""));
}

static void
lines_end_with_lf_or_crlf_or_the_file(void)
{
    CHECK(parsed("a,b\r\n1,x\r\n2,y") == 0);
    CHECK(integers_are(0, 2, (int64_t[]){1, 2}));
    CHECK(text_is(1, 0, "x") && text_is(1, 1, "y"));
    CHECK(parsed("a\n1\r") == 0 && integers_are(0, 1, (int64_t[]){1}));
    CHECK(parsed("a,b\n1,x\ry\n") == 0 && text_is(1, 0, "x\ry"));
}

static void
empty_lines_are_passed_over(void)
{
    CHECK(parsed("\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n") == 0);
    CHECK(csv_rows(t) == 2 && integers_are(1, 2, (int64_t[]){2, 4}));
}

static void
a_byte_order_mark_is_passed_over(void)
{
    CHECK(parsed("\xEF\xBB\xBF" "a\n1\n") == 0 && name_is(0, "a"));
    CHECK(parsed("\xEF\xBB\xBF\"a\"\n1,2\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:2:2: expected 1 field, found 2; if the table "
              "begins in line 2, skip = 1; "
              "ragged = \"skip\" leaves such records out");
}

static void
bytes_that_are_no_utf8_are_an_error_unless_any_are_said(void)
{
    static const CsvForm any = {.any_bytes = 1};
    CsvSource source = {.text = "a\n\xff\xfe\n", .len = 5, .name = "x.csv", .form = &any,
                        .header = 1};

    CHECK(parsed("a\nb,\xc3\xbc\xfc\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:2:5: the byte 0xFC is not UTF-8; for Western European text use "
              "encoding = \"latin-1\" or \"windows-1252\"; encoding = \"bytes\" keeps the bytes");
    csv_free(t);
    t = NULL;
    CHECK(csv_open(&t, &source, &err) == 0 && csv_parse(t, &err) == 0);
    CHECK(text_is(0, 0, "\xff\xfe"));
}

static void
a_zero_byte_has_its_place_in_quotes(void)
{
    CsvSource source = {"a\n\"x\0y\"\n", 8, "x.csv", ',', 1, 0, 0, NULL};

    csv_free(t);
    CHECK(csv_open(&t, &source, &err) == 0 && csv_parse(t, &err) == 0);
    CHECK(csv_type(t, 0) == CSV_STRING);
    csv_free(t);
    t = NULL;
    source.text = "a\nb,x\0y\n";
    CHECK(csv_open(&t, &source, &err) == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:2:4: a zero byte: the file is not text, or is damaged");
}

static void
a_missing_number_is_nan_and_makes_integers_numbers(void)
{
    CHECK(parsed("a,b,c\n1,,\n,2,\n3,2.5,\n") == 0);
    CHECK(numbers_are(0, 3, (double[]){1, NAN, 3}));
    CHECK(numbers_are(1, 3, (double[]){NAN, 2, 2.5}));
    CHECK(numbers_are(2, 3, (double[]){NAN, NAN, NAN}));
}

static void
a_missing_string_is_empty(void)
{
    CHECK(parsed("a,b\n,x\ny,\n") == 0);
    CHECK(text_is(0, 0, "") && text_is(0, 1, "y") && text_is(1, 1, ""));
}

static void
a_boolean_that_may_be_missing_is_a_string(void)
{
    CHECK(parsed("a,b\ntrue,\n,false\n") == 0);
    CHECK(csv_type(t, 0) == CSV_STRING && text_is(0, 0, "true") && text_is(0, 1, ""));
    CHECK(csv_type(t, 1) == CSV_STRING && text_is(1, 0, "") && text_is(1, 1, "false"));
}

static void
markers_are_missing_too(void)
{
    CHECK(opened("a,b\n-999,NA\n1,x\n\"NA\",\n") == 0);
    CHECK(csv_missing(t, "NA", 2) == 0 && csv_missing(t, "-999", 4) == 0);
    CHECK(csv_parse(t, &err) == 0);
    CHECK(numbers_are(0, 3, (double[]){NAN, 1, NAN}));
    CHECK(text_is(1, 0, "") && text_is(1, 1, "x") && text_is(1, 2, ""));
}

static void
numbers_before_a_late_text_keep_their_spelling(void)
{
    CHECK(parsed("a,b,c\n1,1.50,true\n 2 ,,TRUE\n-0,3,1\nx,y,z\n") == 0);
    CHECK(csv_type(t, 0) == CSV_STRING && csv_type(t, 1) == CSV_STRING);
    CHECK(text_is(0, 0, "1") && text_is(0, 1, " 2 ") && text_is(0, 2, "-0"));
    CHECK(text_is(1, 0, "1.50") && text_is(1, 1, "") && text_is(1, 3, "y"));
    CHECK(text_is(2, 0, "true") && text_is(2, 1, "TRUE") && text_is(2, 2, "1"));
}

static void
codes_with_a_leading_zero_are_text(void)
{
    CHECK(parsed("a,b\n007,1\n100,0.5\n") == 0);
    CHECK(text_is(0, 0, "007") && text_is(0, 1, "100"));
    CHECK(parsed("a\n100\n007\n") == 0 && text_is(0, 0, "100"));
}

static void
what_a_double_rounds_makes_a_column_of_numbers_one_of_text(void)
{
    CHECK(parsed("a\n9223372036854775807\n9223372036854775808\n") == 0);
    CHECK(text_is(0, 0, "9223372036854775807") && text_is(0, 1, "9223372036854775808"));
    CHECK(parsed("a\n1\n1e400\n") == 0 && text_is(0, 0, "1") && text_is(0, 1, "1e400"));
    CHECK(parsed("a,b\n9007199254740993,1\n,2\n") == 0);
    CHECK(text_is(0, 0, "9007199254740993") && text_is(0, 1, ""));
    CHECK(parsed("a,b\n,2\n-9007199254740993,1\n") == 0);
    CHECK(text_is(0, 0, "") && text_is(0, 1, "-9007199254740993"));
    CHECK(parsed("a\n9007199254740993\n0.5\n") == 0 && text_is(0, 1, "0.5"));
    CHECK(parsed("a\n0.5\n9007199254740993\n") == 0 && text_is(0, 0, "0.5"));
}

static void
what_a_double_holds_stays_a_number(void)
{
    CHECK(parsed("a,b\n9007199254740992,1\n,2\n18446744073709551616,3\n") == 0);
    CHECK(numbers_are(0, 3, (double[]){9007199254740992.0, NAN, 18446744073709551616.0}));
    CHECK(parsed("a\n0.1234567890123456789\n1e-400\n") == 0);
    CHECK(numbers_are(0, 2, (double[]){0.12345678901234568, 0}));
    CHECK(parsed("a\n9007199254740993\n-9223372036854775808\n") == 0);
    CHECK(integers_are(0, 2, (int64_t[]){9007199254740993, INT64_MIN}));
}

static void
infinities_and_nan_are_numbers_in_any_case(void)
{
    CHECK(parsed("a\ninf\n-Infinity\nNaN\n1\n") == 0);
    CHECK(numbers_are(0, 4, (double[]){INFINITY, -INFINITY, NAN, 1}));
    CHECK(parsed("a\ninfo\n1\n") == 0 && csv_type(t, 0) == CSV_STRING);
}

static void
blanks_around_numbers_do_not_count(void)
{
    CHECK(parsed("a,b\n1,\t2\n 3 ,4  \n") == 0);
    CHECK(integers_are(0, 2, (int64_t[]){1, 3}));
    CHECK(integers_are(1, 2, (int64_t[]){2, 4}));
}

static void
a_forced_type_is_kept(void)
{
    CHECK(opened("a,b,c,d\n007,1,05,1\n8,2,,-0\n") == 0);
    CHECK(csv_force(t, "a", 1, CSV_INTEGER) == 0 && csv_force(t, "b", 1, CSV_STRING) == 0);
    CHECK(csv_force(t, "c", 1, CSV_INTEGER) == 0 && csv_force(t, "d", 1, CSV_NUMBER) == 0);
    CHECK(csv_force(t, "nope", 4, CSV_NUMBER) == ERR_NOTFOUND);
    CHECK(csv_parse(t, &err) == 0);
    CHECK(integers_are(0, 2, (int64_t[]){7, 8}));
    CHECK(text_is(1, 0, "1") && text_is(1, 1, "2"));
    CHECK(numbers_are(2, 2, (double[]){5, NAN}));
    CHECK(numbers_are(3, 2, (double[]){1, 0}));
}

static void
a_value_that_a_forced_type_refuses_is_named(void)
{
    CHECK(opened("id,x\n1,2\n2,oops\n") == 0 && csv_force(t, "x", 1, CSV_NUMBER) == 0);
    CHECK(csv_parse(t, &err) == ERR_TYPE);
    CHECK_STR(err.msg, "x.csv:3:3: column \"x\": \"oops\" is not a number");
    CHECK(opened("id\n1\n1.5\n") == 0 && csv_force(t, "id", 2, CSV_INTEGER) == 0);
    CHECK(csv_parse(t, &err) == ERR_TYPE);
    CHECK_STR(err.msg, "x.csv:3:1: column \"id\": \"1.5\" is not an integer of 64 bits");
    CHECK(opened("id\n9223372036854775808\n") == 0 && csv_force(t, "id", 2, CSV_INTEGER) == 0);
    CHECK(csv_parse(t, &err) == ERR_TYPE);
    CHECK(opened("ok\ntrue\n1\n") == 0 && csv_force(t, "ok", 2, CSV_BOOLEAN) == 0);
    CHECK(csv_parse(t, &err) == ERR_TYPE);
    CHECK_STR(err.msg, "x.csv:3:1: column \"ok\": \"1\" is not true or false");
    CHECK(opened("x\ntrue\n") == 0 && csv_force(t, "x", 1, CSV_NUMBER) == 0);
    CHECK(csv_parse(t, &err) == ERR_TYPE);
    CHECK(opened("ok,x\ntrue,1\n,2\n") == 0 && csv_force(t, "ok", 2, CSV_BOOLEAN) == 0);
    CHECK(csv_parse(t, &err) == ERR_TYPE);
    CHECK_STR(err.msg, "x.csv:3:1: column \"ok\": a boolean cannot be missing");
}

static void
a_record_of_another_length_is_an_error(void)
{
    CHECK(parsed("a,b,c\n1,2,3\n4,5\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:3:4: expected 3 fields, found 2; ragged = \"pad\" reads missing "
              "values, ragged = \"skip\" leaves the record out");
    CHECK(parsed("a,b\n1,2,3,\"4,\"\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:2:4: expected 2 fields, found 4; if the table "
              "begins in line 2, skip = 1; "
              "ragged = \"skip\" leaves such records out");
    CHECK(parsed("a,b\n\"x\ny\",2\n3\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:4:2: expected 2 fields, found 1; ragged = \"pad\" reads missing "
              "values, ragged = \"skip\" leaves the record out");
}

static void
an_open_quote_is_an_error_where_it_began(void)
{
    CHECK(parsed("a,b\n1,\"x\n2,y\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:2:3: the quote that begins here is never closed; quote = \"\" reads "
                     "quotes as other characters");
    CHECK(parsed("a,\"b\n1,2\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:1:3: the quote that begins here is never closed; quote = \"\" reads "
                     "quotes as other characters");
}

static void
text_behind_a_closing_quote_is_an_error(void)
{
    CHECK(parsed("a\n\"x\"y\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:2:4: expected a separator or the line's end after the quote; "
                     "quote = \"\" reads quotes as other characters");
}

static void
two_columns_of_one_name_are_an_error(void)
{
    CHECK(parsed("a,b,a\n1,2,3\n") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:1:1: two columns are named \"a\"; duplicates = \"number\" numbers "
              "them, names = { ... } names all columns");
}

static void
a_text_without_a_record_is_an_error(void)
{
    CHECK(parsed("") == ERR_SYNTAX);
    CHECK_STR(err.msg, "x.csv:1:1: expected a line of column names, found nothing");
    CHECK(parsed("\n\n") == ERR_SYNTAX);
}

static void
a_header_alone_is_a_table_without_rows(void)
{
    CHECK(parsed("a,b") == 0);
    CHECK(csv_rows(t) == 0 && csv_columns(t) == 2 && numbers_are(0, 0, NULL));
}

static void
columns_without_a_name_are_numbered(void)
{
    CsvSource source = {"1;2\n3;4\n", 8, "x.csv", ';', 0, 0, 0, NULL};

    CHECK(parsed(",b\n1,2\n") == 0 && name_is(0, "column_1") && name_is(1, "b"));
    csv_free(t);
    CHECK(csv_open(&t, &source, &err) == 0 && csv_parse(t, &err) == 0);
    CHECK(name_is(0, "column_1") && name_is(1, "column_2") && csv_rows(t) == 2);
}

static void
a_separator_that_numbers_use_is_refused(void)
{
    static const char bad[] = "\"\n\r1ax.-+";

    for (const char *c = bad; *c; c++) {
        CsvSource source = {"a\n", 2, "x.csv", *c, 1, 0, 0, NULL};
        CsvTable *none = NULL;

        CHECK(csv_open(&none, &source, &err) == ERR_INVAL && !none);
    }
}

static void
a_tab_between_numbers_is_a_separator_and_no_blank(void)
{
    CsvSource source = {"a\tb\tc\n1\t\t 3\n", 12, "x.tsv", '\t', 1, 0, 0, NULL};

    csv_free(t);
    CHECK(csv_open(&t, &source, &err) == 0 && csv_parse(t, &err) == 0);
    CHECK(integers_are(0, 1, (int64_t[]){1}) && numbers_are(1, 1, (double[]){NAN}));
    CHECK(integers_are(2, 1, (int64_t[]){3}));
}

int
main(void)
{
    RUN(each_column_gets_the_type_of_its_fields);
    RUN(booleans_take_a_byte_each);
    RUN(quoted_fields_hold_line_ends_and_doubled_quotes);
    RUN(quotes_say_nothing_about_the_type);
    RUN(a_quote_inside_a_field_is_a_character);
    RUN(lines_end_with_lf_or_crlf_or_the_file);
    RUN(empty_lines_are_passed_over);
    RUN(a_byte_order_mark_is_passed_over);
    RUN(bytes_that_are_no_utf8_are_an_error_unless_any_are_said);
    RUN(a_zero_byte_has_its_place_in_quotes);
    RUN(a_missing_number_is_nan_and_makes_integers_numbers);
    RUN(a_missing_string_is_empty);
    RUN(a_boolean_that_may_be_missing_is_a_string);
    RUN(markers_are_missing_too);
    RUN(numbers_before_a_late_text_keep_their_spelling);
    RUN(codes_with_a_leading_zero_are_text);
    RUN(what_a_double_rounds_makes_a_column_of_numbers_one_of_text);
    RUN(what_a_double_holds_stays_a_number);
    RUN(infinities_and_nan_are_numbers_in_any_case);
    RUN(blanks_around_numbers_do_not_count);
    RUN(a_forced_type_is_kept);
    RUN(a_value_that_a_forced_type_refuses_is_named);
    RUN(a_record_of_another_length_is_an_error);
    RUN(an_open_quote_is_an_error_where_it_began);
    RUN(text_behind_a_closing_quote_is_an_error);
    RUN(two_columns_of_one_name_are_an_error);
    RUN(a_text_without_a_record_is_an_error);
    RUN(a_header_alone_is_a_table_without_rows);
    RUN(columns_without_a_name_are_numbered);
    RUN(a_separator_that_numbers_use_is_refused);
    RUN(a_tab_between_numbers_is_a_separator_and_no_blank);
    csv_free(t);
    return check_done();
}

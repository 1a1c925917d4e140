/* values_test.c -- named values: puts, gets, names, and every way in which they fail. */
#include <math.h>
#include <stdint.h>
#include <unistd.h>

#include "check.h"
#include "library/engine.h"
#include "library/value_parts.h"

static rille_engine *e;
static rille_values *v;

static void
begin(void)
{
    CHECK(rille_open(&e, "values_test.rille", NULL) == RILLE_OK);
    v = rille_values_new(e);
    CHECK(v != NULL);
}

static void
end(void)
{
    rille_values_free(v);
    rille_close(e);
}

static const char *
json_of(const char *name)
{
    const char *json;

    return rille_get_json(v, name, &json) ? rille_errmsg(e) : json;
}

static void
scalars_come_back_as_they_were_put(void)
{
    int flag = 7;
    int64_t i = 7;
    double x = 7;

    begin();
    CHECK(rille_put_bool(v, "yes", 5) == RILLE_OK && rille_put_bool(v, "no", 0) == RILLE_OK);
    CHECK(rille_put_int(v, "i", INT64_MIN) == RILLE_OK);
    CHECK(rille_put_number(v, "x", 0.1) == RILLE_OK);
    CHECK(rille_get_bool(v, "yes", &flag) == RILLE_OK && flag == 1);
    CHECK(rille_get_bool(v, "no", &flag) == RILLE_OK && flag == 0);
    CHECK(rille_get_int(v, "i", &i) == RILLE_OK && i == INT64_MIN);
    CHECK(rille_get_number(v, "x", &x) == RILLE_OK && x == 0.1);
    end();
}

static void
an_integer_is_a_number_where_a_double_holds_it(void)
{
    int64_t i = 7;
    double x = 7;

    begin();
    rille_put_int(v, "small", -3);
    rille_put_int(v, "large", (INT64_C(1) << 53) + 1);
    CHECK(rille_get_number(v, "small", &x) == RILLE_OK && x == -3);
    CHECK(rille_get_number(v, "large", &x) == RILLE_ETYPE && x == 0);
    CHECK_STR(rille_errmsg(e), "value \"large\" is 9007199254740993, which no double holds; read "
                               "it with rille_get_int");
    rille_put_number(v, "whole", -0x1p63);
    rille_put_number(v, "part", 0.5);
    rille_put_number(v, "huge", 0x1p63);
    rille_put_number(v, "nan", NAN);
    CHECK(rille_get_int(v, "whole", &i) == RILLE_OK && i == INT64_MIN);
    CHECK(rille_get_int(v, "part", &i) == RILLE_ETYPE && i == 0);
    CHECK_STR(rille_errmsg(e), "value \"part\" is 0.5, which no int64_t holds; read it with "
                               "rille_get_number");
    CHECK(rille_get_int(v, "huge", &i) == RILLE_ETYPE);
    CHECK(rille_get_int(v, "nan", &i) == RILLE_ETYPE);
    end();
}

static void
texts_and_bytes_have_any_length(void)
{
    const char *s;
    const void *p;
    size_t n;

    begin();
    CHECK(rille_put_string(v, "s", "a\0\xc3\xa4", 4) == RILLE_OK);
    CHECK(rille_get_string(v, "s", &s, &n) == RILLE_OK && n == 4);
    CHECK(memcmp(s, "a\0\xc3\xa4", 5) == 0);            /* a 0 follows */
    CHECK(rille_get_bytes(v, "s", &p, &n) == RILLE_OK && n == 4 && p == (const void *)s);
    CHECK(rille_put_string(v, "empty", NULL, 0) == RILLE_OK);
    CHECK(rille_get_string(v, "empty", &s, NULL) == RILLE_OK && *s == 0);
    CHECK(rille_put_bytes(v, "b", "\xff\0", 2) == RILLE_OK);
    CHECK(rille_get_bytes(v, "b", &p, &n) == RILLE_OK && n == 2 && memcmp(p, "\xff\0\0", 3) == 0);
    CHECK(rille_get_string(v, "b", &s, &n) == RILLE_ETYPE && s == NULL && n == 0);
    CHECK_STR(rille_errmsg(e), "value \"b\" is bytes, not a string; read it with rille_get_bytes");
    CHECK(rille_put_string(v, "s", "a\xff", 2) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "value \"s\": byte 2 of the string is not UTF-8; put it with "
                               "rille_put_bytes");
    CHECK(rille_get_string(v, "s", &s, &n) == RILLE_OK && n == 4);      /* it stayed */
    end();
}

static void
json_is_put_as_what_it_says(void)
{
    int64_t i;
    double x;
    int flag;
    const char *s;

    begin();
    CHECK(rille_put_json(v, "i", " 7 ") == RILLE_OK && rille_get_int(v, "i", &i) == RILLE_OK);
    CHECK(rille_put_json(v, "x", "7.0") == RILLE_OK && rille_get_number(v, "x", &x) == RILLE_OK);
    CHECK(rille_put_json(v, "t", "true") == RILLE_OK && rille_get_bool(v, "t", &flag) == RILLE_OK);
    CHECK(rille_put_json(v, "s", "\"\\u00e4\"") == RILLE_OK);
    CHECK(rille_get_string(v, "s", &s, NULL) == RILLE_OK);
    CHECK_STR(s, "\xc3\xa4");
    CHECK(rille_put_json(v, "n", "null") == RILLE_OK);
    CHECK_STR(json_of("n"), "null");
    CHECK(rille_put_json(v, "l", " [1, {\"a\": [ ]}] ") == RILLE_OK);
    CHECK_STR(json_of("l"), "[1, {\"a\": [ ]}]");
    CHECK(rille_get_string(v, "l", &s, NULL) == RILLE_ETYPE);
    CHECK_STR(rille_errmsg(e), "value \"l\" is a JSON list or object, not a string; read it with "
                               "rille_get_json");
    CHECK(rille_put_json(v, "l", "[1, 2") == RILLE_EINVAL);
    CHECK(strncmp(rille_errmsg(e), "value \"l\":1:6: ", 14) == 0);
    CHECK(rille_put_json(v, "l", "1 2") == RILLE_EINVAL);
    CHECK(rille_put_json(v, "l", "") == RILLE_EINVAL);
    CHECK(rille_put_json(v, "l", NULL) == RILLE_EINVAL);
    CHECK_STR(json_of("l"), "[1, {\"a\": [ ]}]");
    end();
}

static void
the_fields_of_an_object_are_put_together_or_not_at_all(void)
{
    double x = 0;

    begin();
    rille_put_int(v, "a", 1);
    CHECK(rille_put_json(v, NULL, "{\"a\": 2.5, \"b\": [1], \"c\": {\"d\": null}, \"e\": null}")
          == RILLE_OK);
    CHECK(rille_get_number(v, "a", &x) == RILLE_OK && x == 2.5);
    CHECK_STR(json_of("b"), "[1]");
    CHECK_STR(json_of("c"), "{\"d\": null}");
    CHECK_STR(json_of("e"), "null");
    CHECK(rille_put_json(v, NULL, "{\"a\": 3, \"b\": }") == RILLE_EINVAL);
    CHECK(rille_put_json(v, NULL, "{\"a\": 3, \"a\": 4}") == RILLE_EINVAL);
    CHECK(rille_put_json(v, NULL, "{\"a\": 3, \"\": 4}") == RILLE_EINVAL);
    CHECK(rille_put_json(v, NULL, "{\"a\": 3} x") == RILLE_EINVAL);
    CHECK(rille_put_json(v, NULL, "[1]") == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_put_json:1:1: expected an object, whose fields are put by "
                               "their names; give any other value a name");
    CHECK(rille_put_json(v, NULL, NULL) == RILLE_EINVAL);
    CHECK(rille_get_number(v, "a", &x) == RILLE_OK && x == 2.5);
    CHECK(rille_put_json(v, NULL, "{}") == RILLE_OK);
    end();
}

static void
a_name_that_is_not_there_is_said_with_the_nearest(void)
{
    int64_t i;

    begin();
    CHECK(rille_get_int(v, "n", &i) == RILLE_ENOTFOUND);
    CHECK_STR(rille_errmsg(e), "there is no value \"n\"");
    CHECK(rille_get_int(v, NULL, &i) == RILLE_ENOTFOUND);
    CHECK_STR(rille_errmsg(e), "there are no values");
    rille_put_int(v, "accuracy", 1);
    CHECK(rille_get_int(v, NULL, &i) == RILLE_OK && i == 1);
    rille_put_int(v, "trainer.model", 2);
    CHECK(rille_get_int(v, "Acuracy", &i) == RILLE_ENOTFOUND);
    CHECK_STR(rille_errmsg(e), "there is no value \"Acuracy\"; did you mean \"accuracy\"?");
    CHECK(rille_get_int(v, "trainer", &i) == RILLE_ENOTFOUND);
    CHECK_STR(rille_errmsg(e), "there is no value \"trainer\"; did you mean \"trainer.model\"?");
    CHECK(rille_get_int(v, "other", &i) == RILLE_ENOTFOUND);
    CHECK_STR(rille_errmsg(e), "there is no value \"other\"; available: \"accuracy\", "
                               "\"trainer.model\"");
    CHECK(rille_get_int(v, "", &i) == RILLE_ENOTFOUND);
    CHECK(rille_get_int(v, NULL, &i) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "there are several values; name one of \"accuracy\", "
                               "\"trainer.model\"");
    end();
}

static void
names_are_sorted(void)
{
    const char *const *names;
    size_t n;
    char name[16];

    begin();
    CHECK(rille_names(v, &names, &n) == RILLE_OK && n == 0 && names != NULL);
    for (int i = 99; i >= 0; i--) {
        snprintf(name, sizeof name, "n%02d", i);
        CHECK(rille_put_int(v, name, i) == RILLE_OK);
    }
    CHECK(rille_names(v, &names, &n) == RILLE_OK && n == 100);
    CHECK_STR(names[0], "n00");
    CHECK_STR(names[99], "n99");
    CHECK(rille_put_int(v, "n50", 1) == RILLE_OK);
    CHECK(rille_names(v, &names, &n) == RILLE_OK && n == 100);
    CHECK(rille_names(v, NULL, &n) == RILLE_EINVAL && n == 0);
    CHECK(rille_names(v, &names, NULL) == RILLE_EINVAL && names == NULL);
    end();
}

static void
what_is_wrong_with_a_put_is_said(void)
{
    int64_t i;

    begin();
    CHECK(rille_put_int(NULL, "x", 1) == RILLE_EINVAL);
    CHECK(rille_get_int(NULL, "x", &i) == RILLE_EINVAL);
    CHECK(rille_put_int(v, NULL, 1) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_put_int: name is NULL");
    CHECK(rille_put_number(v, "", 1) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_put_number: name is \"\"");
    CHECK(rille_put_bool(v, "\xff", 1) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_put_bool: name is not UTF-8");
    CHECK(rille_put_string(v, "x", NULL, 1) == RILLE_EINVAL);
    CHECK(rille_put_bytes(v, "x", NULL, 1) == RILLE_EINVAL);
    CHECK(rille_put_artifact(v, "x", NULL) == RILLE_EINVAL);
    CHECK(rille_put_object(v, "x", "nothing", v) == RILLE_ENOTFOUND);
    CHECK(rille_put_object(v, "x", NULL, v) == RILLE_EINVAL);
    CHECK(rille_put_int(v, "x", 1) == RILLE_OK);
    CHECK_STR(rille_errmsg(e), "");
    CHECK(rille_get_int(v, "x", NULL) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_get_int: out is NULL");
    CHECK(rille_get_artifact(NULL, v, "x") == RILLE_EINVAL);
    v->readonly = 1;
    CHECK(rille_put_int(v, "y", 1) == RILLE_EINVAL);
    CHECK(strstr(rille_errmsg(e), "read-only") != NULL);
    CHECK(rille_get_int(v, "x", &i) == RILLE_OK && i == 1);
    end();
}

static void
a_get_of_another_kind_is_refused_and_says_what_it_is(void)
{
    rille_array a = RILLE_ARRAY_INIT;
    rille_artifact *artifact;
    const void *p;
    int64_t i;
    double x;
    int flag;

    begin();
    rille_put_string(v, "s", "1", 1);
    CHECK(rille_get_int(v, "s", &i) == RILLE_ETYPE);
    CHECK_STR(rille_errmsg(e), "value \"s\" is a string, not an integer; read it with "
                               "rille_get_string");
    CHECK(rille_get_number(v, NULL, &x) == RILLE_ETYPE);
    CHECK(rille_get_bool(v, "s", &flag) == RILLE_ETYPE);
    CHECK(rille_get_array(v, "s", &a) == RILLE_ETYPE);
    CHECK(rille_get_artifact(&artifact, v, "s") == RILLE_ETYPE && !artifact);
    CHECK(rille_get_object(v, "s", "t", &p) == RILLE_ETYPE && !p);
    end();
}

static void
a_busy_engine_and_a_closed_one_refuse(void)
{
    int64_t i;

    begin();
    rille_put_int(v, "x", 1);
    CHECK(engine_acquire(e) == RILLE_OK);
    CHECK(rille_put_int(v, "x", 2) == RILLE_EBUSY && rille_get_int(v, "x", &i) == RILLE_EBUSY);
    CHECK(rille_values_new(e) == NULL);
    v->in_step = 1;
    CHECK(rille_put_int(v, "x", 2) == RILLE_OK && rille_get_int(v, "x", &i) == RILLE_OK && i == 2);
    v->in_step = 0;
    engine_release(e);
    rille_close(e);
    CHECK(rille_put_int(v, "x", 3) == RILLE_EINVAL);
    rille_values_free(v);
    rille_values_free(NULL);
    CHECK(rille_values_new(NULL) == NULL);
}

/* ---- arrays ---- */

static int released;

static void
release(void *user)
{
    released += *(int *)user;
}

static int one = 1;

static rille_array
vector(int64_t *n, double *data)
{
    rille_array a = RILLE_ARRAY_INIT;

    a.ndim = 1;
    a.shape = n;
    a.data = data;
    a.user = &one;
    return a;
}

static void
an_array_is_copied_without_a_release_function(void)
{
    double data[] = {1, 2, 3};
    int64_t n = 3;
    rille_array a = vector(&n, data), b = RILLE_ARRAY_INIT;

    begin();
    CHECK(rille_put_array(v, "a", &a) == RILLE_OK);
    data[1] = 9;
    CHECK(rille_get_array(v, "a", &b) == RILLE_OK);
    CHECK(b.size == sizeof b && b.dtype == RILLE_F64 && b.ndim == 1 && b.shape[0] == 3);
    CHECK(((const double *)b.data)[1] == 2 && !b.release && !b.user);
    end();
}

static void
borrowed_memory_is_given_back_once(void)
{
    double data[] = {1, 2, 3};
    int64_t n = 3;
    rille_array a = vector(&n, data), b = RILLE_ARRAY_INIT;

    begin();
    released = 0;
    a.release = release;
    CHECK(rille_put_array(v, "a", &a) == RILLE_OK && released == 0);
    CHECK(rille_get_array(v, "a", &b) == RILLE_OK && b.data == data);
    CHECK(rille_put_array(v, "b", &a) == RILLE_OK && released == 0);
    CHECK(rille_put_int(v, "a", 1) == RILLE_OK && released == 1);
    rille_close(e);
    CHECK(released == 1);
    rille_values_free(v);
    CHECK(released == 2);
}

static void
borrowed_memory_is_given_back_when_the_put_fails(void)
{
    double data[] = {1, 2, 3};
    int64_t n = 3, negative = -1;
    rille_array a = vector(&n, data);
    struct {
        rille_array a;
        int more;
    } newer;

    begin();
    released = 0;
    a.release = release;
    CHECK(rille_put_array(NULL, "a", &a) == RILLE_EINVAL && released == 1);
    CHECK(rille_put_array(v, NULL, &a) == RILLE_EINVAL && released == 2);
    a.dtype = 17;
    CHECK(rille_put_array(v, "a", &a) == RILLE_EINVAL && released == 3);
    CHECK_STR(rille_errmsg(e), "rille_put_array: there is no dtype 17; use RILLE_F64 to "
                               "RILLE_BOOL");
    a.dtype = RILLE_F64;
    a.shape = &negative;
    CHECK(rille_put_array(v, "a", &a) == RILLE_EINVAL && released == 4);
    a.shape = NULL;
    CHECK(rille_put_array(v, "a", &a) == RILLE_EINVAL && released == 5);
    a.shape = &n;
    a.data = NULL;
    CHECK(rille_put_array(v, "a", &a) == RILLE_EINVAL && released == 6);
    a.data = data;
    a.ndim = 9;
    CHECK(rille_put_array(v, "a", &a) == RILLE_EINVAL && released == 7);
    a.ndim = 1;
    memset(&newer, 0, sizeof newer);
    newer.a = a;
    newer.a.size = sizeof newer;
    newer.more = 1;
    CHECK(rille_put_array(v, "a", &newer.a) == RILLE_EVERSION && released == 8);
    newer.more = 0;
    CHECK(rille_put_array(v, "a", &newer.a) == RILLE_OK && released == 8);
    CHECK(rille_put_array(v, "b", NULL) == RILLE_EINVAL);
    end();
    CHECK(released == 9);
}

static void
what_cannot_be_borrowed_is_copied_and_given_back_at_once(void)
{
    unsigned char bytes[2 * sizeof(double) + 1] = {0}, flags[] = {0, 7, 1};
    int64_t n = 2, three = 3, none = 0;
    rille_array a = vector(&n, NULL), b = RILLE_ARRAY_INIT;
    double x = 2.5;

    begin();
    released = 0;
    memcpy(bytes + 1 + sizeof x, &x, sizeof x);
    a.data = bytes + 1;
    a.release = release;
    CHECK(rille_put_array(v, "odd", &a) == RILLE_OK && released == 1);
    CHECK(rille_get_array(v, "odd", &b) == RILLE_OK && ((const double *)b.data)[1] == 2.5);
    a.data = flags;
    a.dtype = RILLE_BOOL;
    a.shape = &three;
    CHECK(rille_put_array(v, "flags", &a) == RILLE_OK && released == 2);
    CHECK(rille_get_array(v, "flags", &b) == RILLE_OK && b.dtype == RILLE_BOOL);
    CHECK(memcmp(b.data, "\0\1\1", 3) == 0);
    a.data = NULL;
    a.shape = &none;
    CHECK(rille_put_array(v, "none", &a) == RILLE_OK && released == 3);
    CHECK(rille_get_array(v, "none", &b) == RILLE_OK && b.shape[0] == 0 && b.data != NULL);
    end();
}

static void
sizes_past_memory_are_refused(void)
{
    int64_t shape[] = {INT64_MAX, INT64_MAX}, wide[] = {INT64_C(1) << 31, INT64_C(1) << 31};
    int64_t some[] = {INT64_C(1) << 46};
    void *p = &one;
    rille_array a = RILLE_ARRAY_INIT;

    begin();
    a.ndim = 2;
    a.shape = shape;
    a.data = &one;
    CHECK(rille_put_array(v, "a", &a) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_put_array: the shape is too large for memory");
    CHECK(rille_new_array(v, "a", RILLE_F64, 2, shape, &p) == RILLE_EINVAL && p == NULL);
    CHECK(rille_new_array(v, "a", RILLE_F64, 2, wide, &p) == RILLE_EINVAL);
    CHECK(rille_new_array(v, "a", RILLE_F64, 1, some, &p) == RILLE_ENOMEM);
    CHECK(rille_new_array(v, "a", RILLE_F64, 0, some, &p) == RILLE_EINVAL);
    CHECK(rille_new_array(v, "a", -1, 1, some, &p) == RILLE_EINVAL);
    CHECK(rille_new_array(v, "a", RILLE_F64, 1, some, NULL) == RILLE_EINVAL);
    CHECK(rille_new_array(v, "a", RILLE_F64, 1, NULL, &p) == RILLE_EINVAL);
    end();
}

static void
a_new_array_is_filled_in_place(void)
{
    static const int types[] = {RILLE_F64, RILLE_F32, RILLE_I64, RILLE_I32, RILLE_U8, RILLE_BOOL};
    static const size_t sizes[] = {8, 4, 8, 4, 1, 1};
    int64_t shape[] = {2, 3};

    begin();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        rille_array a = RILLE_ARRAY_INIT;
        unsigned char *p, none[48] = {0};
        void *data;

        CHECK(rille_new_array(v, "a", types[i], 2, shape, &data) == RILLE_OK);
        p = data;
        CHECK(memcmp(p, none, 6 * sizes[i]) == 0);
        p[6 * sizes[i] - 1] = 1;
        CHECK(rille_get_array(v, "a", &a) == RILLE_OK && a.data == data && a.dtype == types[i]);
        CHECK(a.ndim == 2 && a.shape[0] == 2 && a.shape[1] == 3);
    }
    end();
}

static void
the_struct_of_a_get_must_have_its_size(void)
{
    rille_array a;
    int64_t n = 1;
    void *data;
    struct {
        rille_array a;
        int more;
    } newer = {RILLE_ARRAY_INIT, 0};

    begin();
    memset(&a, 0, sizeof a);
    rille_new_array(v, "a", RILLE_F64, 1, &n, &data);
    CHECK(rille_get_array(v, "a", &a) == RILLE_EINVAL);
    CHECK(strstr(rille_errmsg(e), "was not made with its *_INIT") != NULL);
    a.size = offsetof(rille_array, data) + sizeof a.data;
    a.user = &one;
    CHECK(rille_get_array(v, "a", &a) == RILLE_OK && a.data == data && a.user == &one);
    newer.a.size = sizeof newer;
    CHECK(rille_get_array(v, "a", &newer.a) == RILLE_OK && newer.a.data == data);
    CHECK(rille_get_array(v, "b", &newer.a) == RILLE_ENOTFOUND && newer.a.data == NULL);
    CHECK(rille_get_array(v, "a", NULL) == RILLE_EINVAL);
    end();
}

static void
arrays_are_nested_lists_in_json(void)
{
    int64_t shape[] = {2, 2}, empty[] = {2, 0}, two = 2;
    double data[] = {1, NAN, -0.5, 1e300};
    int32_t *ints;
    void *p;
    rille_array a = RILLE_ARRAY_INIT;

    begin();
    a.ndim = 2;
    a.shape = shape;
    a.data = data;
    rille_put_array(v, "a", &a);
    CHECK_STR(json_of("a"), "[[1.0,null],[-0.5,1e300]]");
    rille_new_array(v, "e", RILLE_F32, 2, empty, &p);
    CHECK_STR(json_of("e"), "[[],[]]");
    rille_new_array(v, "i", RILLE_I32, 1, &two, &p);
    ints = p;
    ints[0] = -7;
    CHECK_STR(json_of("i"), "[-7,0]");
    rille_new_array(v, "b", RILLE_BOOL, 1, &two, &p);
    *(unsigned char *)p = 1;
    CHECK_STR(json_of("b"), "[true,false]");
    data[0] = -INFINITY;
    rille_put_array(v, "a", &a);
    CHECK_STR(json_of("a"), "value \"a\": it has -inf, which cannot be written as JSON");
    rille_put_number(v, "n", NAN);
    CHECK_STR(json_of("n"), "null");
    rille_put_bytes(v, "b", "", 0);
    CHECK_STR(json_of("b"), "value \"b\" is bytes, which cannot be written as JSON; read it with "
                            "rille_get_bytes");
    rille_put_string(v, "s", "a\"\n", 3);
    CHECK_STR(json_of("s"), "\"a\\\"\\n\"");
    end();
}

int
main(void)
{
    RUN(scalars_come_back_as_they_were_put);
    RUN(an_integer_is_a_number_where_a_double_holds_it);
    RUN(texts_and_bytes_have_any_length);
    RUN(json_is_put_as_what_it_says);
    RUN(the_fields_of_an_object_are_put_together_or_not_at_all);
    RUN(a_name_that_is_not_there_is_said_with_the_nearest);
    RUN(names_are_sorted);
    RUN(what_is_wrong_with_a_put_is_said);
    RUN(a_get_of_another_kind_is_refused_and_says_what_it_is);
    RUN(a_busy_engine_and_a_closed_one_refuse);
    RUN(an_array_is_copied_without_a_release_function);
    RUN(borrowed_memory_is_given_back_once);
    RUN(borrowed_memory_is_given_back_when_the_put_fails);
    RUN(what_cannot_be_borrowed_is_copied_and_given_back_at_once);
    RUN(sizes_past_memory_are_refused);
    RUN(a_new_array_is_filled_in_place);
    RUN(the_struct_of_a_get_must_have_its_size);
    RUN(arrays_are_nested_lists_in_json);
    return check_done();
}

/* arrow_test.c -- frames by the Arrow C data interface: producers made by hand, honest and not,
 * and what comes out again. */
#include <math.h>
#include <stdint.h>

#include "base/datetime.h"
#include "check.h"
#include "library/arrow_abi.h"
#include "library/engine.h"
#include "library/value_parts.h"

enum { MOST = 4 };

/* A producer: a frame whose buffers are the test's. */
typedef struct Producer {
    struct ArrowSchema schema, columns[MOST], values;
    struct ArrowArray array, arrays[MOST], dictionary;
    struct ArrowSchema *schema_children[MOST];
    struct ArrowArray *array_children[MOST];
    const void *none[1];
    const void *buffers[MOST][6], *dictionary_buffers[6];
    int schemas, bases, children;       /* how often each was released */
} Producer;

static rille_engine *e;
static rille_values *v;
static Producer p;
static int keep;                        /* produce leaves the value "f" as it is */

static void
begin(void)
{
    CHECK(rille_open(&e, "arrow_test.rille", NULL) == RILLE_OK);
    v = rille_values_new(e);
}

static void
end(void)
{
    rille_values_free(v);
    rille_close(e);
}

static void
release_schema(struct ArrowSchema *s)
{
    ((Producer *)s->private_data)->schemas++;
    s->release = NULL;
}

static void
release_child(struct ArrowArray *a)
{
    ((Producer *)a->private_data)->children++;
    a->release = NULL;
}

static void
release_base(struct ArrowArray *a)
{
    ((Producer *)a->private_data)->bases++;
    for (int64_t i = 0; i < a->n_children; i++)
        if (a->children[i]->release)
            a->children[i]->release(a->children[i]);
    a->release = NULL;
}

/* A frame without columns of so many rows.  The one before may borrow from the same memory. */
static void
produce(int64_t rows)
{
    if (!keep)
        CHECK(rille_put_int(v, "f", 0) == RILLE_OK);
    memset(&p, 0, sizeof p);
    p.schema = (struct ArrowSchema){.format = "+s", .name = "", .children = p.schema_children,
                                    .release = release_schema, .private_data = &p};
    p.array = (struct ArrowArray){.length = rows, .n_buffers = 1, .buffers = p.none,
                                  .children = p.array_children, .release = release_base,
                                  .private_data = &p};
}

/* Adds a column with all rows of the frame; more of it is set by the test. */
static struct ArrowArray *
add(const char *name, const char *format, int n_buffers, const void *validity, const void *data)
{
    int64_t i = p.schema.n_children++;

    p.columns[i] = (struct ArrowSchema){.format = format, .name = name, .flags = 2,
                                        .release = release_schema, .private_data = &p};
    p.schema_children[i] = &p.columns[i];
    p.arrays[i] = (struct ArrowArray){.length = p.array.length + p.array.offset,
                                      .null_count = validity ? -1 : 0, .n_buffers = n_buffers,
                                      .buffers = p.buffers[i], .release = release_child,
                                      .private_data = &p};
    p.buffers[i][0] = validity;
    p.buffers[i][1] = data;
    p.array_children[i] = &p.arrays[i];
    p.array.n_children++;
    return &p.arrays[i];
}

static int
put(void)
{
    int rc = rille_put_arrow(v, "f", &p.schema, &p.array);

    if (rc)     /* it is still ours, untouched */
        CHECK(p.schema.release && p.array.release && !p.schemas && !p.bases && !p.children);
    else
        CHECK(!p.schema.release && !p.array.release && p.schemas <= 1);
    return rc;
}

static const char *
json(void)
{
    const char *text;

    return rille_get_json(v, "f", &text) ? rille_errmsg(e) : text;
}

/* The frame as JSON after the put, or why there is none. */
static const char *
put_json(void)
{
    return put() ? rille_errmsg(e) : json();
}

/* CHECK_STR reads its first text twice, and a put is done once. */
#define CHECK_PUT(want) \
    do { \
        const char *got = put_json(); \
        CHECK_STR(got, want); \
    } while (0)

static int
type_of(size_t column)
{
    return (int)values_find(v, "f")->frame->columns[column].array->type;
}

/* ---- what comes in ---- */

static const int32_t ints[] = {1, -2, 3, 4, 5};
static const double doubles[] = {0.5, NAN, 1.5, 2.5, 3.5};
static const unsigned char second_missing[] = {0xfd};

static void
numbers_are_borrowed_until_the_frame_goes(void)
{
    begin();
    produce(2);
    add("i", "i", 2, NULL, ints);
    add("x", "g", 2, NULL, doubles);
    CHECK_PUT("[{\"i\":1,\"x\":0.5},{\"i\":-2,\"x\":null}]");
    CHECK(values_find(v, "f")->frame->columns[0].array->data == (const void *)ints);
    CHECK(p.bases == 0 && p.children == 0);
    rille_put_int(v, "f", 1);
    CHECK(p.schemas == 1 && p.bases == 1 && p.children == 2);
    end();
    CHECK(p.schemas == 1 && p.bases == 1 && p.children == 2);
}

static void
what_is_converted_is_released_at_once(void)
{
    static const int8_t c[] = {-128, 127};
    static const uint8_t C[] = {255, 0};

    begin();
    produce(2);
    add("c", "c", 2, NULL, c);
    add("C", "C", 2, second_missing, C);
    CHECK_PUT("[{\"c\":-128,\"C\":255.0},{\"c\":127,\"C\":null}]");
    CHECK(p.schemas == 1 && p.bases == 1 && p.children == 2);
    end();
}

static void
each_width_of_number_becomes_one_that_holds_it(void)
{
    static const int16_t s[] = {-32768, 32767};
    static const uint16_t S[] = {65535, 1}, half[] = {0x3c00, 0xfbff};
    static const uint32_t I[] = {4294967295u, 1};
    static const int64_t l[] = {INT64_MIN, INT64_MAX};
    static const uint64_t L[] = {INT64_MAX, 1};
    static const float f[] = {0.25f, -2};

    begin();
    produce(2);
    add("s", "s", 2, NULL, s);
    add("S", "S", 2, NULL, S);
    add("I", "I", 2, NULL, I);
    add("l", "l", 2, NULL, l);
    CHECK_PUT("[{\"s\":-32768,\"S\":65535,\"I\":4294967295,"
                          "\"l\":-9223372036854775808},"
                          "{\"s\":32767,\"S\":1,\"I\":1,\"l\":9223372036854775807}]");
    CHECK(type_of(0) == ARRAY_I32 && type_of(1) == ARRAY_I32 && type_of(2) == ARRAY_I64);
    produce(2);
    add("L", "L", 2, NULL, L);
    add("e", "e", 2, NULL, half);
    add("f", "f", 2, NULL, f);
    CHECK_PUT("[{\"L\":9223372036854775807,\"e\":1.0,\"f\":0.25},"
                          "{\"L\":1,\"e\":-65504.0,\"f\":-2.0}]");
    CHECK(type_of(0) == ARRAY_I64 && type_of(1) == ARRAY_F32 && type_of(2) == ARRAY_F32);
    end();
}

static void
halves_are_all_read(void)
{
    static const uint16_t half[] = {0x0001, 0x8000, 0x7c00, 0x7e00};
    const float *x;

    begin();
    produce(4);
    add("e", "e", 2, NULL, half);
    CHECK(put() == RILLE_OK);
    x = (const float *)(const void *)values_find(v, "f")->frame->columns[0].array->data;
    CHECK(x[0] == 0x1p-24f && x[1] == 0 && signbit(x[1]) && isinf(x[2]) && isnan(x[3]));
    end();
}

static void
integers_with_nulls_become_doubles(void)
{
    static const int64_t l[] = {INT64_C(1) << 53, 7}, large[] = {(INT64_C(1) << 53) + 1, 7};
    static const uint64_t L[] = {UINT64_MAX, 1};

    begin();
    produce(2);
    add("l", "l", 2, second_missing, l);
    CHECK_PUT("[{\"l\":9007199254740992.0},{\"l\":null}]");
    CHECK(type_of(0) == ARRAY_F64);
    produce(2);
    add("l", "l", 2, second_missing, large);
    CHECK_PUT("column \"l\": row 1: no double holds 9007199254740993, and integers "
                          "beside nulls become doubles; fill the nulls or convert it to texts");
    produce(2);
    add("L", "L", 2, NULL, L);
    CHECK_PUT("column \"L\": row 1: 18446744073709551615 is larger than i64 holds");
    CHECK(rille_errcode(e) == RILLE_ETYPE);
    end();
}

static void
booleans_are_bits_and_never_missing(void)
{
    static const unsigned char bits[] = {0x05};

    begin();
    produce(3);
    add("b", "b", 2, NULL, bits);
    CHECK_PUT("[{\"b\":true},{\"b\":false},{\"b\":true}]");
    produce(3);
    add("b", "b", 2, second_missing, bits);
    CHECK_PUT("column \"b\": row 2 is null, and booleans cannot be missing; convert "
                          "it to numbers or texts");
    produce(3);
    p.arrays[0].null_count = 0;
    add("b", "b", 2, second_missing, bits)->null_count = 0;     /* it says that there are none */
    CHECK(put() == RILLE_OK);
    end();
}

static void
a_column_of_nulls_is_missing_numbers(void)
{
    begin();
    produce(2);
    add("n", "n", 0, NULL, NULL)->null_count = 2;
    CHECK_PUT("[{\"n\":null},{\"n\":null}]");
    end();
}

static void
offsets_of_parent_and_child_add_up(void)
{
    static const int32_t at[] = {0, 1, 2, 3, 4, 5};
    static const unsigned char there[] = {0xef};

    begin();
    produce(2);
    p.array.offset = 1;
    add("i", "i", 2, NULL, ints)->offset = 2;
    add("s", "u", 3, NULL, at)->offset = 2;
    p.buffers[1][2] = "abcde";
    add("x", "i", 2, there, ints)->offset = 2;
    CHECK_PUT("[{\"i\":4,\"s\":\"d\",\"x\":4.0},{\"i\":5,\"s\":\"e\",\"x\":null}]");
    end();
}

static void
a_child_longer_than_the_frame_is_cut(void)
{
    begin();
    produce(1);
    add("i", "i", 2, NULL, ints)->length = 5;
    CHECK_PUT("[{\"i\":1}]");
    end();
}

static void
an_empty_frame_may_lack_buffers(void)
{
    begin();
    produce(0);
    add("i", "i", 0, NULL, NULL)->buffers = NULL;
    add("s", "u", 3, NULL, NULL);
    add("t", "tsu:Asia/Tokyo", 2, NULL, NULL);
    add("v", "vu", 3, NULL, NULL);
    p.array.buffers = NULL;
    CHECK_PUT("[]");
    CHECK(values_find(v, "f")->frame->n == 4);
    produce(3);
    CHECK(put() == RILLE_OK && values_find(v, "f")->frame->rows == 3);
    end();
}

static void
unaligned_buffers_are_copied(void)
{
    static unsigned char bytes[17];
    int64_t n = 77;

    begin();
    memcpy(bytes + 9, &n, sizeof n);
    produce(2);
    add("l", "l", 2, NULL, bytes + 1);
    CHECK_PUT("[{\"l\":0},{\"l\":77}]");
    CHECK(p.bases == 1);
    end();
}

/* ---- texts ---- */

static void
texts_have_offsets_of_either_size(void)
{
    static const int32_t at[] = {0, 1, 1, 4};
    static const int64_t far[] = {0, 1, 1, 4};

    begin();
    produce(3);
    add("u", "u", 3, NULL, at);
    p.buffers[0][2] = "a\xe2\x82\xac";
    add("U", "U", 3, second_missing, far);
    p.buffers[1][2] = "bcde";
    CHECK_PUT("[{\"u\":\"a\",\"U\":\"b\"},{\"u\":\"\",\"U\":\"\"},"
                          "{\"u\":\"\xe2\x82\xac\",\"U\":\"cde\"}]");
    CHECK(p.bases == 1);
    end();
}

static void
a_missing_text_is_empty_whatever_its_bytes(void)
{
    static const int32_t at[] = {0, 1, 3, 4};

    begin();
    produce(3);
    add("u", "u", 3, second_missing, at);
    p.buffers[0][2] = "a\xff\xff" "b";
    CHECK_PUT("[{\"u\":\"a\"},{\"u\":\"\"},{\"u\":\"b\"}]");
    end();
}

static void
wrong_texts_are_refused(void)
{
    static const int32_t down[] = {0, 4, 2}, negative[] = {-1, 0, 1}, at[] = {0, 1, 3};

    begin();
    produce(2);
    add("u", "u", 3, NULL, down);
    p.buffers[0][2] = "abcd";
    CHECK_PUT("column \"u\": row 2: its offsets are 4 and 2");
    p.buffers[0][1] = negative;
    CHECK_PUT("column \"u\": row 1: its offsets are -1 and 0");
    p.buffers[0][1] = at;
    p.buffers[0][2] = "a\xff\xff";
    CHECK_PUT("column \"u\": row 2: the text is not UTF-8");
    p.buffers[0][2] = NULL;
    CHECK_PUT("column \"u\": buffer 2 of its array is NULL");
    p.buffers[0][1] = NULL;
    CHECK_PUT("column \"u\": buffer 1 of its array is NULL");
    end();
}

typedef struct View {
    int32_t len;
    char prefix[4];
    int32_t buffer, offset;
} View;

static void
views_are_short_or_in_a_buffer(void)
{
    static const char long_one[] = "..a text of more than twelve bytes";
    static View views[3] = {{3, "abc", 0, 0}, {32, "a te", 0, 2}, {0, "", 7, 7}};
    static const int64_t sizes[] = {34};
    struct ArrowArray *a;

    begin();
    produce(3);
    a = add("v", "vu", 4, NULL, views);
    p.buffers[0][2] = long_one;
    p.buffers[0][3] = sizes;
    CHECK_PUT("[{\"v\":\"abc\"},{\"v\":\"a text of more than twelve bytes\"},"
                          "{\"v\":\"\"}]");
    CHECK(a->release == NULL);
    for (int bad = 0; bad < 5; bad++) {
        views[1] = (View){32, "a te", 0, 2};
        if (bad == 0) views[1].offset = 3;
        if (bad == 1) views[1].offset = -1;
        if (bad == 2) views[1].buffer = 1;
        if (bad == 3) views[1].buffer = -1;
        if (bad == 4) views[1].len = -5;
        produce(3);
        add("v", "vu", 4, NULL, views);
        p.buffers[0][2] = long_one;
        p.buffers[0][3] = sizes;
        CHECK(put() == RILLE_EINVAL);
        CHECK(strncmp(rille_errmsg(e), "column \"v\": row 2: its view of ", 31) == 0);
    }
    produce(3);
    add("v", "vu", 2, NULL, views);
    CHECK_PUT("column \"v\": its array has 2 buffers; the format \"vu\" has at least 3");
    views[1] = (View){32, "a te", 0, 2};
    produce(3);
    add("v", "vu", 4, NULL, views);     /* no sizes, no data */
    CHECK(put() == RILLE_EINVAL);
    end();
}

/* Makes column i one of indices into the texts "x", "yy", "". */
static void
use_dictionary(int i)
{
    static const int32_t at[] = {0, 1, 3, 3};

    p.values = (struct ArrowSchema){.format = "u", .release = release_schema, .private_data = &p};
    p.dictionary = (struct ArrowArray){.length = 3, .n_buffers = 3,
                                       .buffers = p.dictionary_buffers, .release = release_child,
                                       .private_data = &p};
    p.dictionary_buffers[1] = at;
    p.dictionary_buffers[2] = "xyy";
    p.columns[i].dictionary = &p.values;
    p.arrays[i].dictionary = &p.dictionary;
}

static void
indices_are_looked_up_in_their_dictionary(void)
{
    static const int8_t at[] = {1, 2, 0, 1}, high[] = {1, 3, 0, 1}, low[] = {0, 0, -1, 0};
    static const uint64_t far[] = {0, UINT64_MAX};

    begin();
    produce(4);
    add("d", "c", 2, second_missing, at);
    use_dictionary(0);
    CHECK_PUT("[{\"d\":\"yy\"},{\"d\":\"\"},{\"d\":\"x\"},{\"d\":\"yy\"}]");
    produce(4);
    add("d", "c", 2, NULL, high);
    use_dictionary(0);
    CHECK_PUT("column \"d\": row 2: index 3 is not in its dictionary of 3");
    p.buffers[0][1] = low;
    CHECK_PUT("column \"d\": row 3: index -1 is not in its dictionary of 3");
    p.array.length = 2;
    p.columns[0].format = "L";
    p.buffers[0][1] = far;
    CHECK_PUT("column \"d\": row 2: index -1 is not in its dictionary of 3");
    p.columns[0].format = "";
    CHECK_PUT("column \"d\": \"\" is not a format of a dictionary's indices");
    p.columns[0].format = "g";
    CHECK_PUT("column \"d\": \"g\" is not a format of a dictionary's indices");
    p.columns[0].format = "c";
    p.arrays[0].dictionary = NULL;
    CHECK_PUT("column \"d\": its dictionary is missing or was released");
    p.arrays[0].dictionary = &p.dictionary;
    p.dictionary.length = -1;
    CHECK(put() == RILLE_EINVAL);
    p.dictionary.length = 3;
    p.values.format = "i";
    CHECK_PUT("column \"d\": a frame has no columns of the Arrow format \"c\" with a "
                          "dictionary; convert it to numbers, booleans, texts or dates");
    CHECK(rille_errcode(e) == RILLE_ETYPE);
    p.values.format = "u";
    p.values.dictionary = &p.columns[0];
    CHECK(put() == RILLE_EINVAL);
    end();
}

/* ---- dates ---- */

static void
dates_of_every_unit_are_milliseconds(void)
{
    static const int32_t days[] = {-1, 0};
    static const int64_t s[] = {1, -1}, ms[] = {1500, 0}, us[] = {-1000, 86400000000},
                         ns[] = {2000000, 0};

    begin();
    produce(2);
    add("D", "tdD", 2, NULL, days);
    add("m", "tdm", 2, second_missing, ms);
    CHECK_PUT("[{\"D\":\"1969-12-31\",\"m\":\"1970-01-01T00:00:01.500\"},"
                          "{\"D\":\"1970-01-01\",\"m\":null}]");
    produce(2);
    add("s", "tss:", 2, NULL, s);
    add("m", "tsm:", 2, NULL, ms);
    add("u", "tsu:Europe/Berlin", 2, NULL, us);
    add("n", "tsn:UTC", 2, NULL, ns);
    CHECK_PUT("[{\"s\":\"1970-01-01T00:00:01\",\"m\":\"1970-01-01T00:00:01.500\","
                          "\"u\":\"1969-12-31T23:59:59.999\",\"n\":\"1970-01-01T00:00:00.002\"},"
                          "{\"s\":\"1969-12-31T23:59:59\",\"m\":\"1970-01-01T00:00:00.000\","
                          "\"u\":\"1970-01-02T00:00:00.000\",\"n\":\"1970-01-01T00:00:00.000\"}]");
    end();
}

static void
moments_that_dates_do_not_hold_are_refused(void)
{
    static const int64_t ns[] = {0, 1500000}, far[] = {INT64_MAX, 0};

    begin();
    produce(2);
    add("n", "tsn:", 2, NULL, ns);
    CHECK_PUT("column \"n\": row 2: 1500000 ns lie between two milliseconds, and dates "
                          "hold whole ones; round it to milliseconds");
    p.buffers[0][1] = far;
    p.columns[0].format = "tss:";
    CHECK_PUT("column \"n\": row 1: 9223372036854775807 s since 1970 is outside the "
                          "years 1 to 9999");
    p.columns[0].format = "tsm:";
    CHECK(put() == RILLE_ETYPE);
    end();
}

/* ---- hostile and unknown ---- */

static void
a_format_that_frames_have_not_is_named(void)
{
    static const char *const formats[] = {"z", "Z", "d:10,2", "+l", "+s", "ttm", "tDs", "tiM",
                                          "w:4", "+r", "", "ts", "gg", "vz", "tdX"};
    char want[256];

    begin();
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        produce(2);
        add("odd one", formats[i], 2, NULL, ints);
        snprintf(want, sizeof want, "column \"odd one\": a frame has no columns of the Arrow "
                 "format \"%s\"; convert it to numbers, booleans, texts or dates", formats[i]);
        CHECK_PUT(want);
        CHECK(rille_errcode(e) == RILLE_ETYPE);
    }
    produce(2);
    p.schema.format = "i";
    CHECK_PUT("rille_put_arrow: a frame is a struct array, of format \"+s\", not \"i\"");
    p.schema.format = NULL;
    CHECK(put() == RILLE_ETYPE);
    end();
}

static void
what_was_released_or_moved_is_refused(void)
{
    struct ArrowSchema s = {.format = "+s"};
    struct ArrowArray a = {.length = 0};

    begin();
    CHECK(rille_put_arrow(v, "f", &s, &a) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_put_arrow: schema was released or moved already");
    s.release = release_schema;
    CHECK(rille_put_arrow(v, "f", &s, &a) == RILLE_EINVAL);
    CHECK_STR(rille_errmsg(e), "rille_put_arrow: array was released or moved already");
    CHECK(rille_put_arrow(v, "f", NULL, &a) == RILLE_EINVAL);
    CHECK(rille_put_arrow(v, "f", &s, NULL) == RILLE_EINVAL);
    CHECK(rille_put_arrow(NULL, "f", &s, &a) == RILLE_EINVAL);
    produce(1);
    CHECK(rille_put_arrow(v, NULL, &p.schema, &p.array) == RILLE_EINVAL);
    add("i", "i", 2, NULL, ints)->release = NULL;
    CHECK_PUT("rille_put_arrow: column 1 is missing, was released or was moved out");
    end();
}

/* Sets one field of an honest frame of one column to something that it cannot be. */
static void
spoil(int what)
{
    produce(2);
    add("i", "i", 2, second_missing, ints);
    switch (what) {
    case 0: p.array.length = -1; break;
    case 1: p.array.offset = -1; break;
    case 2: p.array.offset = INT64_MAX; break;
    case 3: p.array.length = INT64_MAX; break;
    case 4: p.array.n_children = 0; break;
    case 5: p.schema.n_children = p.array.n_children = -1; break;
    case 6: p.schema.children = NULL; break;
    case 7: p.array.children = NULL; break;
    case 8: p.array_children[0] = NULL; break;
    case 9: p.schema_children[0] = NULL; break;
    case 10: p.arrays[0].length = -1; break;
    case 11: p.arrays[0].length = 1; break;
    case 12: p.arrays[0].offset = -1; break;
    case 13: p.arrays[0].offset = INT64_MAX - 1; break;
    case 14: p.arrays[0].n_buffers = 1; break;
    case 15: p.arrays[0].n_buffers = -1; break;
    case 16: p.arrays[0].n_buffers = INT64_MIN; break;
    case 17: p.arrays[0].buffers = NULL; break;
    case 18: p.buffers[0][1] = NULL; break;
    case 19: p.arrays[0].null_count = -2; break;
    case 20: p.arrays[0].null_count = 3; break;
    case 21: p.buffers[0][0] = NULL, p.arrays[0].null_count = 1; break;
    case 22: p.columns[0].format = NULL; break;
    case 23: p.columns[0].release = NULL; break;
    case 24: p.array.n_buffers = 0; break;
    case 25: p.array.buffers = NULL; break;
    case 26: p.columns[0].format = "vu", p.arrays[0].n_buffers = INT64_MIN; break;
    case 27: p.array.null_count = -7; break;
    case 28: p.columns[0].name = NULL; break;
    case 29: p.columns[0].name = "\xff"; break;
    case 30: add("i", "i", 2, NULL, ints); break;
    default: p.none[0] = second_missing, p.array.null_count = -1; break;
    }
}

static void
hostile_structs_are_refused_and_stay_the_callers(void)
{
    begin();
    for (int what = 0; what <= 31; what++) {
        spoil(what);
        CHECK(put() == (what < 28 ? RILLE_EINVAL : RILLE_ETYPE));
        if (rille_errmsg(e)[0] == 0 || !rille_errcode(e))
            printf("%d: no message\n", what);
        CHECK(rille_errmsg(e)[0] != 0);
    }
    CHECK_STR(rille_errmsg(e), "rille_put_arrow: row 2 is null, which a row of a frame cannot be");
    spoil(30);
    CHECK_PUT("rille_put_arrow: two columns are named \"i\"");
    spoil(4);
    CHECK_PUT("rille_put_arrow: the schema has 1 children and the array 0");
    spoil(11);
    CHECK_PUT("column \"i\": its array has 1 rows, and the frame needs 2");
    end();
}

static void
a_put_that_fails_leaves_the_value_before_it(void)
{
    static const int8_t c[] = {7};

    begin();
    produce(1);
    add("c", "c", 2, NULL, c);          /* it is copied */
    CHECK(put() == RILLE_OK);
    keep = 1;
    spoil(14);
    CHECK(put() == RILLE_EINVAL);
    keep = 0;
    CHECK_STR(json(), "[{\"c\":7}]");
    end();
}

/* ---- what goes out ---- */

static void
put_frame(void)
{
    static const int32_t at[] = {0, 1, 1, 3};
    static const int64_t ms[] = {1000, 5, 0};
    static const unsigned char bits[] = {0x06};

    produce(3);
    add("x", "g", 2, NULL, doubles);
    add("s", "u", 3, NULL, at);
    p.buffers[1][2] = "abc";
    add("d", "tsm:", 2, second_missing, ms);
    add("b", "b", 2, NULL, bits);
    CHECK(put() == RILLE_OK);
}

static void
a_frame_goes_out_as_its_columns(void)
{
    struct ArrowSchema s;
    struct ArrowArray a;
    const unsigned char *bits;

    begin();
    put_frame();
    CHECK(rille_get_arrow(v, "f", &s, &a) == RILLE_OK);
    end();                              /* it outlives the values and the engine */
    CHECK_STR(s.format, "+s");
    CHECK(s.n_children == 4 && a.n_children == 4 && a.length == 3 && a.null_count == 0);
    CHECK(a.n_buffers == 1 && a.buffers[0] == NULL && a.offset == 0);
    CHECK_STR(s.children[0]->format, "g");
    CHECK_STR(s.children[0]->name, "x");
    CHECK(s.children[0]->flags == ARROW_FLAG_NULLABLE && a.children[0]->null_count == 1);
    bits = a.children[0]->buffers[0];
    CHECK(bits[0] == 5 && isnan(((const double *)a.children[0]->buffers[1])[1]));
    CHECK((uintptr_t)a.children[0]->buffers[1] % 64 == 0);
    CHECK_STR(s.children[1]->format, "u");
    CHECK(a.children[1]->null_count == 0 && a.children[1]->buffers[0] == NULL);
    CHECK(((const int32_t *)a.children[1]->buffers[1])[3] == 3);
    CHECK(memcmp(a.children[1]->buffers[2], "abc", 3) == 0);
    CHECK_STR(s.children[2]->format, "tsm:UTC");
    CHECK(a.children[2]->null_count == 1);
    CHECK_STR(s.children[3]->format, "b");
    CHECK(*(const unsigned char *)a.children[3]->buffers[1] == 6);
    s.release(&s);
    a.release(&a);
    CHECK(s.release == NULL && a.release == NULL);
}

static void
children_can_be_moved_out(void)
{
    struct ArrowSchema s;
    struct ArrowArray a, child;

    begin();
    put_frame();
    CHECK(rille_get_arrow(v, NULL, &s, &a) == RILLE_OK);
    child = *a.children[1];
    a.children[1]->release = NULL;
    a.release(&a);
    CHECK(memcmp(child.buffers[2], "abc", 3) == 0 && child.length == 3);
    child.release(&child);
    CHECK(child.release == NULL);
    s.release(&s);
    end();
}

static void
what_went_out_comes_in_again(void)
{
    struct ArrowSchema s;
    struct ArrowArray a;
    char *before;

    begin();
    put_frame();
    before = strdup(json());
    CHECK(rille_get_arrow(v, "f", &s, &a) == RILLE_OK);
    CHECK(rille_put_arrow(v, "f", &s, &a) == RILLE_OK && !s.release && !a.release);
    CHECK_STR(json(), before ? before : "");
    CHECK(strstr(json(), "\"d\":null") != NULL);
    free(before);
    end();
}

static void
a_get_that_fails_gives_nothing(void)
{
    struct ArrowSchema s;
    struct ArrowArray a;

    begin();
    rille_put_int(v, "i", 1);
    memset(&s, 1, sizeof s);
    memset(&a, 1, sizeof a);
    CHECK(rille_get_arrow(v, "i", &s, &a) == RILLE_ETYPE && !s.release && !a.release);
    CHECK_STR(rille_errmsg(e), "value \"i\" is an integer, not a frame; read it with "
                               "rille_get_int");
    CHECK(rille_get_arrow(v, "x", &s, &a) == RILLE_ENOTFOUND);
    CHECK(rille_get_arrow(v, "i", NULL, &a) == RILLE_EINVAL);
    CHECK(rille_get_arrow(v, "i", &s, NULL) == RILLE_EINVAL);
    CHECK(rille_get_arrow(NULL, "i", &s, &a) == RILLE_EINVAL);
    end();
}

static void
an_empty_frame_goes_out_and_in(void)
{
    struct ArrowSchema s;
    struct ArrowArray a;

    begin();
    produce(0);
    add("i", "l", 2, NULL, NULL);
    add("s", "U", 3, NULL, NULL);
    CHECK(put() == RILLE_OK);
    CHECK(rille_get_arrow(v, "f", &s, &a) == RILLE_OK && a.length == 0);
    CHECK(a.children[0]->buffers[1] && a.children[1]->buffers[1] && a.children[1]->buffers[2]);
    CHECK(rille_put_arrow(v, "f", &s, &a) == RILLE_OK);
    CHECK(type_of(0) == ARRAY_I64);
    produce(0);
    CHECK(put() == RILLE_OK);
    CHECK(rille_get_arrow(v, "f", &s, &a) == RILLE_OK && a.n_children == 0);
    s.release(&s);
    a.release(&a);
    end();
}

int
main(void)
{
    RUN(numbers_are_borrowed_until_the_frame_goes);
    RUN(what_is_converted_is_released_at_once);
    RUN(each_width_of_number_becomes_one_that_holds_it);
    RUN(halves_are_all_read);
    RUN(integers_with_nulls_become_doubles);
    RUN(booleans_are_bits_and_never_missing);
    RUN(a_column_of_nulls_is_missing_numbers);
    RUN(offsets_of_parent_and_child_add_up);
    RUN(a_child_longer_than_the_frame_is_cut);
    RUN(an_empty_frame_may_lack_buffers);
    RUN(unaligned_buffers_are_copied);
    RUN(texts_have_offsets_of_either_size);
    RUN(a_missing_text_is_empty_whatever_its_bytes);
    RUN(wrong_texts_are_refused);
    RUN(views_are_short_or_in_a_buffer);
    RUN(indices_are_looked_up_in_their_dictionary);
    RUN(dates_of_every_unit_are_milliseconds);
    RUN(moments_that_dates_do_not_hold_are_refused);
    RUN(a_format_that_frames_have_not_is_named);
    RUN(what_was_released_or_moved_is_refused);
    RUN(hostile_structs_are_refused_and_stay_the_callers);
    RUN(a_put_that_fails_leaves_the_value_before_it);
    RUN(a_frame_goes_out_as_its_columns);
    RUN(children_can_be_moved_out);
    RUN(what_went_out_comes_in_again);
    RUN(a_get_that_fails_gives_nothing);
    RUN(an_empty_frame_goes_out_and_in);
    return check_done();
}

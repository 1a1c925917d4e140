/* arrow_hostile_test.c -- frames by the Arrow C data interface that are none: formats that frames
 * have not, structs that were moved or contradict themselves. */
#include "arrow_producer.h"

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

int
main(void)
{
    RUN(a_format_that_frames_have_not_is_named);
    RUN(what_was_released_or_moved_is_refused);
    RUN(hostile_structs_are_refused_and_stay_the_callers);
    RUN(a_put_that_fails_leaves_the_value_before_it);
    return check_done();
}

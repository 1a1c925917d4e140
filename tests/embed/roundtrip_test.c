/* roundtrip_test.c -- values of every kind go into a pipeline from memory, and come back: computed,
 * and cached. */
#define _GNU_SOURCE
#include <float.h>
#include <math.h>
#include <pthread.h>

#include "everything.h"
#include "host.h"
#include "rille.h"

static const char echo_script[] =
    HEAD "local echo = step 'echo' { inputs = { t.any 'x' }, outputs = { t.any 'y' }, "
         "run = function(x) return x end }\n"
         "pipeline 'echo' { inputs = { t.any 'x' }, define = function(_, inputs) "
         "echo { x = inputs.x } end }\n";

/* Runs the pipeline with that one value; the run. */
static rille_run *
echo(rille_engine *e, rille_values *args)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;

    how.args = args;
    CHECK_RC(rille_run_pipeline(&r, e, "echo", &how), RILLE_OK);
    return r;
}

static void
numbers_come_back_as_they_went_in(void)
{
    static const double numbers[] = {0, -0.0, 0.1, -1e300, DBL_MIN, DBL_TRUE_MIN, INFINITY, NAN};
    static const int64_t integers[] = {0, -1, 1, INT64_MAX, INT64_MIN};
    rille_engine *e = host_open_at(host_store, 0);
    rille_values *v = rille_values_new(e);

    CHECK_RC(host_load(e, echo_script), RILLE_OK);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double got = 77;
        rille_run *r;

        CHECK_RC(rille_put_number(v, "x", numbers[i]), RILLE_OK);
        r = echo(e, v);
        CHECK_RC(rille_get_number(rille_run_outputs(r), "echo", &got), RILLE_OK);
        CHECK(isnan(numbers[i]) ? isnan(got) : memcmp(&got, &numbers[i], sizeof got) == 0);
        rille_run_free(r);
    }
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        int64_t got = 77;
        rille_run *r;

        CHECK_RC(rille_put_int(v, "x", integers[i]), RILLE_OK);
        r = echo(e, v);
        CHECK_RC(rille_get_int(rille_run_outputs(r), "echo", &got), RILLE_OK);
        CHECK(got == integers[i]);
        rille_run_free(r);
    }
    rille_values_free(v);
    host_close(e);
}

static void
texts_come_back_as_they_went_in(void)
{
    static const struct {
        const char *text;
        size_t len;
    } texts[] = {{"", 0}, {"x", 1}, {"a\0b", 3}, {"\xf0\x9f\x90\x9f", 4}, {"line\n", 5}};
    rille_engine *e = host_open_at(host_store, 0);
    rille_values *v = rille_values_new(e);

    CHECK_RC(host_load(e, echo_script), RILLE_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *got = NULL;
        size_t len = 77;
        rille_run *r;

        CHECK_RC(rille_put_string(v, "x", texts[i].text, texts[i].len), RILLE_OK);
        r = echo(e, v);
        CHECK_RC(rille_get_string(rille_run_outputs(r), "echo", &got, &len), RILLE_OK);
        CHECK(got && len == texts[i].len && memcmp(got, texts[i].text, len) == 0 && !got[len]);
        rille_run_free(r);
    }
    rille_values_free(v);
    host_close(e);
}

static void
json_comes_back_as_it_went_in(void)
{
    static const char *const texts[] = {
        "true", "false", "12", "-0.5", "\"x\"", "[1,2,3]", "[\"a\",[],[[]]]",
        "{\"a\":{\"b\":[1.5,null,\"\303\274\"]},\"c\":[]}"};
    rille_engine *e = host_open_at(host_store, 0);
    rille_values *v = rille_values_new(e);

    CHECK_RC(host_load(e, echo_script), RILLE_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *got = NULL;
        rille_run *r;

        CHECK_RC(rille_put_json(v, "x", texts[i]), RILLE_OK);
        r = echo(e, v);
        CHECK_RC(rille_get_json(rille_run_outputs(r), "echo", &got), RILLE_OK);
        CHECK_STR(got ? got : "NULL", texts[i]);
        rille_run_free(r);
    }
    rille_values_free(v);
    host_close(e);
}

/* 24 elements of that type, from 1. */
static void
fill(int dtype, void *data)
{
    for (int i = 0; i < 24; i++)
        switch (dtype) {
        case RILLE_F64:
            ((double *)data)[i] = i + 0.5;
            break;
        case RILLE_F32:
            ((float *)data)[i] = (float)i + 0.25f;
            break;
        case RILLE_I64:
            ((int64_t *)data)[i] = INT64_MIN + i;
            break;
        default:
            ((int32_t *)data)[i] = INT32_MAX - i;
            break;
        }
}

static const size_t width[] = {8, 4, 8, 4};

static void
check_array(rille_values *v, const char *name, int dtype, int ndim, const int64_t *shape,
            const void *data)
{
    rille_array got = RILLE_ARRAY_INIT;
    int64_t n = 1;

    CHECK_RC(rille_get_array(v, name, &got), RILLE_OK);
    CHECK(got.dtype == dtype && got.ndim == ndim && !got.release);
    for (int i = 0; i < ndim && got.shape; i++) {
        CHECK(got.shape[i] == shape[i]);
        n *= shape[i];
    }
    CHECK(n == 0 || (got.data && memcmp(got.data, data, (size_t)n * width[dtype]) == 0));
}

static void
arrays_come_back_as_they_went_in(void)
{
    static const int64_t shapes[][3] = {{24, 0, 0}, {0, 0, 0}, {4, 6, 0}, {0, 3, 0}, {2, 3, 4}};
    static const int ndims[] = {1, 1, 2, 2, 3};
    rille_engine *e = host_open_at(host_store, 0);
    rille_values *v = rille_values_new(e);

    CHECK_RC(host_load(e, echo_script), RILLE_OK);
    for (int dtype = RILLE_F64; dtype <= RILLE_I32; dtype++)
        for (size_t i = 0; i < sizeof ndims / sizeof *ndims; i++) {
            rille_array a = RILLE_ARRAY_INIT;
            double data[24];
            rille_run *r;

            fill(dtype, data);
            a.dtype = dtype;
            a.ndim = ndims[i];
            a.shape = shapes[i];
            a.data = data;
            CHECK_RC(rille_put_array(v, "x", &a), RILLE_OK);
            r = echo(e, v);
            check_array(rille_run_outputs(r), "echo", dtype, ndims[i], shapes[i], data);
            rille_run_free(r);
            r = echo(e, v);
            CHECK(host_cached == 1 && host_ran == 0);
            check_array(rille_run_outputs(r), "echo", dtype, ndims[i], shapes[i], data);
            rille_run_free(r);
        }
    rille_values_free(v);
    host_close(e);
}

static void
all_kinds_at_once_are_a_hit_the_second_time(void)
{
    Everything all = {.number = 3.25};
    rille_engine *e = host_open_at(host_store, 0);

    CHECK_RC(everything_begin(&all, e), RILLE_OK);
    CHECK(everything_run(&all, e) == RILLE_OK);
    CHECK(all.steps == 1);
    CHECK(everything_run(&all, e) == RILLE_OK);
    CHECK(all.steps == 1);
    host_close(e);
    CHECK(everything_is_released(&all));
}

static pthread_t releaser;
static int releases;

static void
note_release(void *user)
{
    (void)user;
    releaser = pthread_self();
    releases++;
}

/* A value that was lent is not copied, and comes back once, when nobody has it. */
static void
a_lent_array_comes_back_once(void)
{
    static double data[24];
    static const int64_t shape[] = {24};
    rille_array a = RILLE_ARRAY_INIT, got = RILLE_ARRAY_INIT;
    rille_engine *e = host_open_at(host_store, 0);
    rille_values *v = rille_values_new(e);
    rille_run *r;

    CHECK_RC(host_load(e, echo_script), RILLE_OK);
    fill(RILLE_F64, data);
    a.ndim = 1;
    a.shape = shape;
    a.data = data;
    a.release = note_release;
    releases = 0;
    CHECK_RC(rille_put_array(v, "x", &a), RILLE_OK);
    CHECK_RC(rille_get_array(v, "x", &got), RILLE_OK);
    CHECK(got.data == data && releases == 0);
    r = echo(e, v);
    rille_values_free(v);
    rille_run_free(r);
    host_close(e);
    CHECK(releases == 1 && pthread_equal(releaser, pthread_self()));
}

static void
an_artifact_is_the_input_of_another_pipeline(void)
{
    rille_engine *e = host_open_at(host_store, 0);
    rille_values *v = rille_values_new(e);
    rille_artifact *a = NULL;
    rille_run *r = NULL;
    double got = 0;

    CHECK_RC(host_load(e, echo_script), RILLE_OK);
    CHECK_RC(host_load(e, PIPELINE("source", "return 21")), RILLE_OK);
    CHECK_RC(rille_run_pipeline(&r, e, "source", NULL), RILLE_OK);
    CHECK_RC(rille_get_artifact(&a, rille_run_outputs(r), "source"), RILLE_OK);
    CHECK_RC(rille_put_artifact(v, "x", a), RILLE_OK);
    rille_run_free(r);
    rille_artifact_free(a);
    r = echo(e, v);
    CHECK_RC(rille_get_number(rille_run_outputs(r), "echo", &got), RILLE_OK);
    CHECK(got == 21);
    rille_run_free(r);
    rille_values_free(v);
    host_close(e);
}

int
main(void)
{
    host_begin("roundtrip");
    RUN(numbers_come_back_as_they_went_in);
    RUN(texts_come_back_as_they_went_in);
    RUN(json_comes_back_as_it_went_in);
    RUN(arrays_come_back_as_they_went_in);
    RUN(all_kinds_at_once_are_a_hit_the_second_time);
    RUN(a_lent_array_comes_back_once);
    RUN(an_artifact_is_the_input_of_another_pipeline);
    return host_end();
}

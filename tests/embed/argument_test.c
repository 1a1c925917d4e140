/* argument_test.c -- what a host may give wrongly is a status, never a crash: NULL for each
 * argument of each function, and structs of older and newer headers. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>

#include "host.h"
#include "rille.h"

/* ---- NULL ---- */

static void
no_null_is_a_crash(void)
{
    rille_engine *e = host_open();
    rille_run *r = NULL;
    const char *text = "x";

    CHECK(strcmp(rille_version(), RILLE_VERSION) == 0);
    CHECK(rille_version_number() == RILLE_VERSION_NUMBER);
    CHECK(rille_open(NULL, host_store, NULL) == RILLE_EINVAL);
    CHECK(host_load(e, PIPELINE("nul", "return 1")) == RILLE_OK);
    CHECK(rille_load_file(NULL, "x") == RILLE_EINVAL && rille_load_file(e, NULL) == RILLE_EINVAL);
    CHECK(rille_load_string(NULL, "n", "", 0) == RILLE_EINVAL);
    CHECK(rille_load_string(e, "n", NULL, 3) == RILLE_EINVAL);
    CHECK(rille_load_string(e, NULL, "", 0) == RILLE_OK);
    CHECK(rille_describe(NULL, &text) == RILLE_EINVAL && !text);
    CHECK(rille_describe(e, NULL) == RILLE_EINVAL);
    CHECK(rille_run_pipeline(NULL, e, "nul", NULL) == RILLE_EINVAL);
    CHECK(rille_run_pipeline(&r, NULL, "nul", NULL) == RILLE_EINVAL && !r);
    CHECK(rille_run_pipeline(&r, e, NULL, NULL) == RILLE_EINVAL && !r);
    CHECK(rille_run_step(NULL, e, "nul", NULL) == RILLE_EINVAL);
    CHECK(rille_run_step(&r, NULL, "nul", NULL) == RILLE_EINVAL && !r);
    CHECK(rille_run_step(&r, e, NULL, NULL) == RILLE_EINVAL && !r);
    CHECK(rille_set(NULL, "program", "x") == RILLE_EINVAL);
    CHECK(rille_set(e, NULL, "x") == RILLE_EINVAL);
    text = "x";
    CHECK(rille_get(NULL, "program", &text) == RILLE_EINVAL && !text);
    text = "x";
    CHECK(rille_get(e, NULL, &text) == RILLE_EINVAL && !text);
    CHECK(rille_get(e, "program", NULL) == RILLE_EINVAL);
    CHECK(rille_errmsg(NULL) && rille_errcode(NULL) == RILLE_ENOMEM && rille_errjson(NULL));
    CHECK(rille_strerror(-9999) && rille_strerror(1));
    rille_interrupt(NULL);
    host_close(e);
    CHECK(rille_open(&e, NULL, NULL) == RILLE_EINVAL && e
          && rille_load_file(e, "x") == RILLE_EINVAL);
    rille_close(e);
    CHECK(rille_open(&e, "", NULL) == RILLE_EINVAL && e);
    rille_close(e);
    rille_close(NULL);
}

static void
no_null_run_or_artifact_is_a_crash(void)
{
    rille_engine *e = host_open();
    rille_artifact *a = (rille_artifact *)e;
    rille_run *r = NULL;
    const char *text = "x";

    CHECK(host_load(e, PIPELINE("nul", "return 1")) == RILLE_OK);
    CHECK(!rille_run_id(NULL) && !rille_run_name(NULL) && !rille_run_status(NULL));
    CHECK(!rille_run_outputs(NULL) && !rille_artifact_value(NULL));
    CHECK(!rille_artifact_digest(NULL) && !rille_artifact_type(NULL)
          && rille_artifact_size(NULL) == 0);
    CHECK(rille_run_json(NULL, &text) == RILLE_EINVAL && !text);
    text = "x";
    CHECK(rille_artifact_json(NULL, &text) == RILLE_EINVAL && !text);
    text = "x";
    CHECK(rille_artifact_path(NULL, NULL, &text) == RILLE_EINVAL && !text);
    CHECK_RC(rille_run_pipeline(&r, e, "nul", NULL), RILLE_OK);
    CHECK(rille_run_json(r, NULL) == RILLE_EINVAL);
    CHECK(rille_get_artifact(NULL, rille_run_outputs(r), "nul") == RILLE_EINVAL);
    CHECK(rille_get_artifact(&a, NULL, "nul") == RILLE_EINVAL && !a);
    CHECK(rille_get_artifact(&a, rille_run_outputs(r), "none") == RILLE_ENOTFOUND && !a);
    CHECK(rille_get_artifact(&a, rille_run_outputs(r), "nul.none") == RILLE_ENOTFOUND && !a);
    CHECK_RC(rille_get_artifact(&a, rille_run_outputs(r), "nul"), RILLE_OK);
    CHECK(rille_artifact_json(a, NULL) == RILLE_EINVAL);
    CHECK(rille_artifact_path(a, NULL, NULL) == RILLE_EINVAL);
    rille_artifact_free(a);
    rille_run_free(r);
    host_close(e);
    rille_artifact_free(NULL);
    rille_run_free(NULL);
}

static void
no_null_value_is_a_crash(void)
{
    rille_engine *e = host_open();
    rille_values *v = rille_values_new(e);
    rille_array array = RILLE_ARRAY_INIT;
    int64_t shape[] = {2}, i = 1;
    const char *const *names;
    const void *p = v;
    const char *s = "x";
    void *data = v;
    double n = 1;
    size_t len = 1;
    int b = 1;

    CHECK(v && !rille_values_new(NULL));
    CHECK(rille_put_bool(NULL, "x", 1) == RILLE_EINVAL);
    CHECK(rille_put_int(NULL, "x", 1) == RILLE_EINVAL);
    CHECK(rille_put_number(NULL, "x", 1) == RILLE_EINVAL);
    CHECK(rille_put_number(v, NULL, 1) == RILLE_EINVAL);
    CHECK(rille_put_string(NULL, "x", "", 0) == RILLE_EINVAL);
    CHECK(rille_put_string(v, "x", NULL, 1) == RILLE_EINVAL);
    CHECK(rille_put_bytes(NULL, "x", "", 0) == RILLE_EINVAL);
    CHECK(rille_put_bytes(v, "x", NULL, 1) == RILLE_EINVAL);
    CHECK(rille_put_json(NULL, "x", "1") == RILLE_EINVAL);
    CHECK(rille_put_json(v, "x", NULL) == RILLE_EINVAL);
    CHECK(rille_put_array(NULL, "x", &array) == RILLE_EINVAL);
    CHECK(rille_put_array(v, "x", NULL) == RILLE_EINVAL);
    CHECK(rille_new_array(NULL, "x", RILLE_F64, 1, shape, &data) == RILLE_EINVAL && !data);
    CHECK(rille_new_array(v, "x", RILLE_F64, 1, NULL, &data) == RILLE_EINVAL && !data);
    CHECK(rille_new_array(v, "x", RILLE_F64, 1, shape, NULL) == RILLE_EINVAL);
    CHECK(rille_put_arrow(v, "x", NULL, NULL) == RILLE_EINVAL);
    CHECK(rille_put_artifact(v, "x", NULL) == RILLE_EINVAL);
    CHECK(rille_put_object(v, "x", NULL, NULL) == RILLE_EINVAL);
    CHECK(rille_get_bool(NULL, "x", &b) == RILLE_EINVAL && b == 0);
    CHECK(rille_get_int(NULL, "x", &i) == RILLE_EINVAL && i == 0);
    CHECK(rille_get_number(NULL, "x", &n) == RILLE_EINVAL && n == 0);
    CHECK(rille_get_string(NULL, "x", &s, &len) == RILLE_EINVAL && !s && len == 0);
    CHECK(rille_get_bytes(NULL, "x", &p, &len) == RILLE_EINVAL && !p);
    s = "x";
    CHECK(rille_get_json(NULL, "x", &s) == RILLE_EINVAL && !s);
    CHECK(rille_get_array(NULL, "x", &array) == RILLE_EINVAL && !array.data);
    CHECK(rille_get_arrow(v, "x", NULL, NULL) == RILLE_EINVAL);
    CHECK(rille_names(NULL, &names, &len) == RILLE_EINVAL && !names && len == 0);
    CHECK_RC(rille_put_number(v, "x", 2), RILLE_OK);
    CHECK(rille_get_number(v, "x", NULL) == RILLE_EINVAL);
    CHECK(rille_get_json(v, "x", NULL) == RILLE_EINVAL);
    CHECK(rille_names(v, NULL, &len) == RILLE_EINVAL);
    rille_values_free(v);
    rille_values_free(NULL);
    host_close(e);
}

static void
no_null_query_or_registration_is_a_crash(void)
{
    rille_engine *e = host_open();
    rille_cursor *c = (rille_cursor *)e;
    rille_artifact *a = (rille_artifact *)e;
    rille_model *m = (rille_model *)e;
    rille_run *r = (rille_run *)e;
    const char *text = "x";
    int rc;

    CHECK(rille_list(&c, NULL, RILLE_RUNS, NULL) == RILLE_EINVAL && !c);
    CHECK(rille_list(NULL, e, RILLE_RUNS, NULL) == RILLE_EINVAL);
    CHECK(rille_list(&c, e, 77, NULL) == RILLE_EINVAL && !c);
    CHECK(rille_next_run(&r, NULL) == RILLE_EINVAL && !r);
    CHECK(rille_next_artifact(&a, NULL) == RILLE_EINVAL && !a);
    CHECK(rille_next_model(&m, NULL) == RILLE_EINVAL && !m);
    a = (rille_artifact *)e, m = (rille_model *)e, r = (rille_run *)e;
    CHECK(rille_find_run(&r, NULL, NULL, "latest") == RILLE_EINVAL && !r);
    CHECK(rille_find_run(NULL, e, NULL, NULL) == RILLE_EINVAL);
    CHECK(rille_find_artifact(&a, NULL, "x") == RILLE_EINVAL && !a);
    CHECK(rille_find_artifact(&a, e, NULL) == RILLE_EINVAL && !a);
    CHECK(rille_find_model(&m, NULL, "x", NULL) == RILLE_EINVAL && !m);
    CHECK(rille_find_model(&m, e, NULL, NULL) == RILLE_EINVAL && !m);
    CHECK(rille_model_json(NULL, &text) == RILLE_EINVAL && !text);
    CHECK(!rille_model_name(NULL) && rille_model_number(NULL) == 0);
    CHECK(rille_model_artifact(&a, NULL, "x") == RILLE_EINVAL && !a);
    CHECK(rille_model_stage(NULL, "production") == RILLE_EINVAL);
    rc = rille_register_step(NULL, NULL);
    CHECK(rc == RILLE_EINVAL && rille_register_step(e, NULL) == RILLE_EINVAL);
    CHECK(rille_register_type(NULL, NULL) == RILLE_EINVAL);
    CHECK(rille_register_type(e, NULL) == RILLE_EINVAL);
    CHECK(!rille_inputs(NULL) && !rille_outputs(NULL));
    CHECK(rille_tick(NULL, 0) == RILLE_EINVAL && rille_metric(NULL, "x", 1) == RILLE_EINVAL);
    CHECK(rille_log(NULL, "x") == RILLE_EINVAL);
    CHECK(rille_fail(NULL, RILLE_ETYPE, "x") == RILLE_ETYPE);
    CHECK(rille_write(NULL, "m", "", 0) == RILLE_EINVAL);
    rille_cursor_free(NULL);
    rille_model_free(NULL);
    host_close(e);
}

/* ---- structs of other headers ---- */

/* What a call with the struct gives; room for the fields of a newer header. */
typedef union Room {
    size_t size;
    rille_options options;
    rille_run_options run;
    rille_array array;
    rille_step_def step;
    rille_type_def type;
    unsigned char bytes[4096];
} Room;

typedef struct Kind {
    const char *name;
    size_t known, least;    /* bytes; of those that are required */
    int (*use)(Room *room); /* a status; the message is in `message` */
    void (*fill)(Room *room);
} Kind;

static char message[1024];

static int
ended(rille_engine *e, int rc)
{
    snprintf(message, sizeof message, "%s", rille_errmsg(e));
    rille_close(e);
    return rc;
}

static int
open_with(Room *room)
{
    rille_engine *e;
    int rc = rille_open(&e, host_store, &room->options);

    return ended(e, rc);
}

static void
fill_options(Room *room)
{
    room->options = (rille_options)RILLE_OPTIONS_INIT;
}

static int
run_with(Room *room)
{
    const char *script = PIPELINE("sz", "return 1");
    rille_engine *e;
    rille_run *r = NULL;
    int rc;

    (void)((rc = rille_open(&e, host_store, NULL))
           || (rc = rille_load_string(e, "sz", script, strlen(script)))
           || (rc = rille_run_pipeline(&r, e, "sz", &room->run)));
    CHECK(!rc == (r != NULL));
    rille_run_free(r);
    return ended(e, rc);
}

static void
fill_run_options(Room *room)
{
    room->run = (rille_run_options)RILLE_RUN_OPTIONS_INIT;
}

static int64_t shape[] = {2};
static double numbers[] = {1, 2};

static int
array_with(Room *room)
{
    rille_engine *e;
    rille_values *v;
    int rc;

    if ((rc = rille_open(&e, host_store, NULL)))
        return ended(e, rc);
    v = rille_values_new(e);
    rc = rille_put_array(v, "x", &room->array);
    snprintf(message, sizeof message, "%s", rille_errmsg(e));
    rille_values_free(v);
    rille_close(e);
    return rc;
}

static void
fill_array(Room *room)
{
    room->array = (rille_array)RILLE_ARRAY_INIT;
    room->array.ndim = 1;
    room->array.shape = shape;
    room->array.data = numbers;
}

static int
do_nothing(rille_step *s, void *user)
{
    (void)s;
    (void)user;
    return RILLE_OK;
}

static int
step_with(Room *room)
{
    rille_engine *e;
    int rc = rille_open(&e, host_store, NULL);

    return ended(e, rc ? rc : rille_register_step(e, &room->step));
}

static void
fill_step(Room *room)
{
    room->step = (rille_step_def)RILLE_STEP_DEF_INIT;
    room->step.name = "in_c";
    room->step.signature = "() -> ()";
    room->step.version = "1";
    room->step.fn = do_nothing;
}

static int
save(const void *obj, rille_writer *w, void *user)
{
    (void)user;
    return rille_write(w, "x", obj, 1);
}

static int
load(void **obj, rille_reader *r, int version, void *user)
{
    (void)r;
    (void)version;
    (void)user;
    *obj = NULL;
    return RILLE_ERROR;
}

static void
destroy(void *obj, void *user)
{
    (void)obj;
    (void)user;
}

static int
type_with(Room *room)
{
    rille_engine *e;
    int rc = rille_open(&e, host_store, NULL);

    return ended(e, rc ? rc : rille_register_type(e, &room->type));
}

static void
fill_type(Room *room)
{
    room->type = (rille_type_def)RILLE_TYPE_DEF_INIT;
    room->type.name = "thing";
    room->type.version = 1;
    room->type.save = save;
    room->type.load = load;
    room->type.destroy = destroy;
}

static const Kind kinds[] = {
    {"rille_options", sizeof(rille_options), sizeof(size_t), open_with, fill_options},
    {"rille_run_options", sizeof(rille_run_options), sizeof(size_t), run_with, fill_run_options},
    {"rille_array", sizeof(rille_array), offsetof(rille_array, release), array_with, fill_array},
    {"rille_step_def", sizeof(rille_step_def), offsetof(rille_step_def, user), step_with,
     fill_step},
    {"rille_type_def", sizeof(rille_type_def), offsetof(rille_type_def, user), type_with,
     fill_type},
};

static Room *
filled(const Kind *kind, size_t size)
{
    static Room room;

    memset(&room, 0, sizeof room);
    kind->fill(&room);
    room.size = size;
    return &room;
}

static void
check_status(const Kind *kind, int rc, int want, size_t size)
{
    if (rc == want && (want == RILLE_OK || host_has(message, kind->name)))
        return;
    printf("%s of %zu bytes: got %d (%s), want %d\n", kind->name, size, rc, message, want);
    check_bad = 1;
}

static void
a_struct_of_an_older_header_has_defaults_for_what_it_lacks(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t size = kinds[i].least; size < kinds[i].known; size += 4) {
            Room *room = filled(&kinds[i], size);

            /* what is past the size is not looked at */
            memset(room->bytes + size, 0xaa, sizeof *room - size);
            check_status(&kinds[i], kinds[i].use(room), RILLE_OK, size);
        }
}

static void
a_struct_of_a_newer_header_is_taken_when_it_asks_for_nothing_new(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const Kind *kind = &kinds[i];

        for (size_t more = 1; more <= 64; more += 21) {
            Room *room = filled(kind, kind->known + more);

            check_status(kind, kind->use(room), RILLE_OK, room->size);
            room = filled(kind, kind->known + more);
            room->bytes[kind->known + more - 1] = 1;
            check_status(kind, kind->use(room), RILLE_EVERSION, room->size);
            CHECK(host_has(message, "newer header"));
        }
    }
}

static void
a_struct_that_was_not_initialised_is_refused(void)
{
    static const size_t sizes[] = {0, 1, sizeof(size_t) - 1, 1u << 30, SIZE_MAX, SIZE_MAX / 2};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            Room *room = filled(&kinds[i], sizes[j]);

            check_status(&kinds[i], kinds[i].use(room), RILLE_EINVAL, sizes[j]);
            CHECK(host_has(message, "_INIT"));
        }
}

static void
flags_of_a_newer_header_are_refused(void)
{
    Room *room = filled(&kinds[0], sizeof(rille_options));

    room->options.flags = 1u << 30;
    CHECK(open_with(room) == RILLE_EVERSION && host_has(message, "flags"));
    room = filled(&kinds[1], sizeof(rille_run_options));
    room->run.flags = 1u << 30;
    CHECK(run_with(room) == RILLE_EVERSION && host_has(message, "flags"));
    room = filled(&kinds[3], sizeof(rille_step_def));
    room->step.flags = 1u << 30;
    CHECK(step_with(room) == RILLE_EVERSION && host_has(message, "flags"));
}

/* rille_get_array fills what the caller's header has, and nothing past it. */
static void
an_array_is_filled_as_far_as_the_caller_knows_it(void)
{
    rille_engine *e = host_open();
    rille_values *v = rille_values_new(e);
    Room *room = filled(&kinds[2], sizeof(rille_array));

    CHECK_RC(rille_put_array(v, "x", &room->array), RILLE_OK);
    memset(room->bytes, 0xaa, sizeof *room);
    room->size = offsetof(rille_array, release);
    CHECK_RC(rille_get_array(v, "x", &room->array), RILLE_OK);
    CHECK(room->array.ndim == 1 && room->array.shape[0] == 2
          && ((const double *)room->array.data)[1] == 2);
    for (size_t i = room->size; i < sizeof *room; i++)
        CHECK(room->bytes[i] == 0xaa);
    room = filled(&kinds[2], sizeof(rille_array) + 16);
    CHECK_RC(rille_get_array(v, "x", &room->array), RILLE_OK);
    CHECK(((const double *)room->array.data)[0] == 1);
    for (size_t i = 0; i < 3; i++) {
        room->size = (size_t[]){0, 1, SIZE_MAX}[i];
        CHECK_RC(rille_get_array(v, "x", &room->array), RILLE_EINVAL);
    }
    rille_values_free(v);
    host_close(e);
}

int
main(void)
{
    host_begin("argument");
    RUN(no_null_is_a_crash);
    RUN(no_null_run_or_artifact_is_a_crash);
    RUN(no_null_value_is_a_crash);
    RUN(no_null_query_or_registration_is_a_crash);
    RUN(a_struct_of_an_older_header_has_defaults_for_what_it_lacks);
    RUN(a_struct_of_a_newer_header_is_taken_when_it_asks_for_nothing_new);
    RUN(a_struct_that_was_not_initialised_is_refused);
    RUN(flags_of_a_newer_header_are_refused);
    RUN(an_array_is_filled_as_far_as_the_caller_knows_it);
    return host_end();
}

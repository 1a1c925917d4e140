/* stored_value_test.c -- artifacts that the program stored, read without Lua. */
#include <math.h>

#include "check.h"
#include "library/artifact.h"
#include "library/values.h"
#include "meta/query.h"
#include "program.h"
#include "store/store.h"

static const char SCRIPT[] =
    "local rille = require 'rille'\n"
    "local array, frame, date = require 'rille.array', require 'rille.frame', "
    "require 'rille.frame.date'\n"
    "local t = rille.types\n"
    "local s = rille.step 'all' { outputs = { t.integer 'i', t.number 'x', t.number 'nan',\n"
    "  t.boolean 'yes', t.string 'text', t.bytes 'bytes', t.table 'tab', t.list(t.any) 'list',\n"
    "  t.table 'odd', t.array 'small', t.array 'large', t.frame 'frame', t.table 'nested',\n"
    "  t.any 'none', t.list(t.any) 'longlist', t.table 'empty' },\n"
    "  run = function()\n"
    "    local long = {} for k = 1, 3000 do long[k] = k end\n"
    "    local f = frame.new { { 'n', array.from { 1.5, 2.5 } }, { 's', { 'a', 'bc' } } }\n"
    "    return 7, 0.5, 0/0, true, 'h\\u{e4}', 'a\\0b\\255', { b = { 1, 2 }, a = 'x' },\n"
    "      { 1, 'two', {} }, { [true] = 1 }, array.from { 1, 2, 3 }, array.zeros { 100, 200 },\n"
    "      f, { a = array.from { 1 } }, nil, long, {}\n"
    "  end }\n"
    "return rille.pipeline 'p' { define = function() s() end }\n";

static rille_engine *engine;
static Rows edges;

static int
open_run(void)
{
    Rows run;
    QuerySteps steps;
    Meta *meta;
    Err err;
    int rc = query_store(engine, &meta, NULL);

    rows_init(&run);
    rows_init(&edges);
    query_steps_init(&steps);
    if (rc || (rc = query_nth_run(meta, (Slice){"p", 1}, -1, 0, &run, &err))
        || (rc = query_steps(meta, rows_int(&run, 0, 0), &steps, &err))
        || (rc = query_edges(meta, ((QueryStep *)(void *)steps.steps.data)->row, 1, &edges,
                             &err)))
        printf("%s\n", rc == engine->err.code ? engine->err.msg : err.msg);
    rows_release(&run);
    query_steps_release(&steps);
    return rc;
}

static rille_artifact *
artifact(const char *name)
{
    for (size_t i = 0; i < edges.n; i++)
        if (strncmp(rows_text(&edges, i, "name").data, name, strlen(name)) == 0
            && rows_text(&edges, i, "name").len == strlen(name))
            return query_new_artifact(
                engine, (const unsigned char *)rows_text(&edges, i, "digest").data);
    return NULL;
}

/* The value of the output, or VALUE_STORED where it cannot be loaded: then err says why. */
static Value
load(const char *name, Err *err)
{
    Value v = {.kind = VALUE_STORED, .artifact = artifact(name)};

    err->code = 0;
    err->msg[0] = 0;
    CHECK(v.artifact != NULL);
    if (v.artifact && value_load(engine, &v, err))
        CHECK(v.kind == VALUE_STORED);
    return v;
}

static void
drop(Value *v)
{
    rille_artifact_free(v->artifact);
    buf_release(&v->bytes);
    array_free(v->array);
    for (size_t i = 0; v->frame && i < v->frame->n; i++) {
        free(v->frame->columns[i].name);
        array_free(v->frame->columns[i].array);
        free(v->frame->columns[i].offsets);
        free(v->frame->columns[i].bytes);
    }
    if (v->frame)
        free(v->frame->columns);
    free(v->frame);
}

static void
numbers_booleans_and_nil_are_values_of_their_kind(void)
{
    Err err;
    Value v = load("i", &err);

    CHECK(v.kind == VALUE_INT && v.integer == 7);
    drop(&v);
    v = load("x", &err);
    CHECK(v.kind == VALUE_NUMBER && v.number == 0.5);
    drop(&v);
    v = load("nan", &err);
    CHECK(v.kind == VALUE_NUMBER && isnan(v.number));
    drop(&v);
    v = load("yes", &err);
    CHECK(v.kind == VALUE_BOOL && v.boolean == 1);
    drop(&v);
    v = load("none", &err);
    CHECK(v.kind == VALUE_NULL);
    drop(&v);
}

static void
texts_and_bytes_are_as_they_were(void)
{
    Err err;
    Value v = load("text", &err);

    CHECK(v.kind == VALUE_STRING && v.bytes.len == 3);
    CHECK_STR((char *)v.bytes.data, "h\xc3\xa4");
    drop(&v);
    v = load("bytes", &err);
    CHECK(v.kind == VALUE_BYTES && v.bytes.len == 4 && !memcmp(v.bytes.data, "a\0b\xff", 5));
    drop(&v);
}

static void
json_of(const char *name, const char *want)
{
    Err err;
    Value v = load(name, &err);

    CHECK_STR(err.msg, "");
    CHECK(v.kind == VALUE_JSON && v.bytes.data);
    if (v.kind == VALUE_JSON)
        CHECK_STR((char *)v.bytes.data, want);
    drop(&v);
}

static void
tables_and_lists_are_JSON_and_what_JSON_lacks_is_spelt_out(void)
{
    json_of("tab", "{\"a\":\"x\",\"b\":[1,2]}");
    json_of("list", "[1,\"two\",[]]");
    json_of("odd", "{\"$table\":[[true,1]]}");
    json_of("empty", "{}");
}

static void
a_list_that_is_an_object_of_the_store_is_read(void)
{
    Err err;
    Value v = load("longlist", &err);

    CHECK(v.kind == VALUE_JSON && v.bytes.len > 4096);
    CHECK(v.bytes.data && !memcmp(v.bytes.data, "[1,2,3,", 7));
    drop(&v);
}

static void
arrays_are_read_and_large_ones_mapped(void)
{
    Err err;
    Value v = load("small", &err);

    CHECK(v.kind == VALUE_ARRAY && v.array->ndim == 1 && v.array->shape[0] == 3);
    drop(&v);
    v = load("large", &err);
    CHECK(v.kind == VALUE_ARRAY && v.array->shape[0] == 100 && v.array->shape[1] == 200);
    CHECK(v.array && v.array->readonly);
    drop(&v);
}

static void
a_frame_has_its_columns_in_order(void)
{
    Err err;
    Value v = load("frame", &err);
    ValueColumn *c;

    CHECK_STR(err.msg, "");
    CHECK(v.kind == VALUE_FRAME && v.frame->rows == 2 && v.frame->n == 2);
    if (v.kind == VALUE_FRAME) {
        c = v.frame->columns;
        CHECK_STR(c[0].name, "n");
        CHECK(c[0].kind == COLUMN_ARRAY && ((double *)(void *)c[0].array->data)[1] == 2.5);
        CHECK_STR(c[1].name, "s");
        CHECK(c[1].kind == COLUMN_TEXTS && c[1].offsets[1] == 1 && c[1].offsets[2] == 3);
        CHECK(!memcmp(c[1].bytes, "abc", 4));
    }
    drop(&v);
}

static void
a_table_with_arrays_is_for_scripts_but_its_members_can_be_read(void)
{
    Err err;
    Value v = load("nested", &err);
    const void *p;
    const char *path;
    size_t n;

    CHECK(err.code == ERR_TYPE);
    CHECK(strstr(err.msg, "has type \"table\", and holds arrays, frames, models or files"));
    CHECK(rille_artifact_bytes(v.artifact, NULL, &p, &n) == RILLE_EINVAL);
    CHECK(rille_artifact_bytes(v.artifact, "nothing", &p, &n) == RILLE_ENOTFOUND && !p && !n);
    CHECK(strstr(rille_errmsg(engine), "has no member \"nothing\""));
    CHECK(rille_artifact_path(v.artifact, "nothing", &path) == RILLE_ENOTFOUND);
    drop(&v);
}

static void
a_member_has_its_bytes_and_a_large_raw_one_its_file(void)
{
    rille_artifact *a = artifact("large"), *i = artifact("i");
    const void *p, *again;
    const char *path = NULL;
    size_t n;

    CHECK(rille_artifact_path(a, NULL, &path) == RILLE_OK && path && path[0] == '/');
    CHECK(rille_artifact_bytes(a, "value.npy", &p, &n) == RILLE_OK);
    CHECK(n > 160000 && !memcmp(p, "\x93NUMPY", 6));
    CHECK(rille_artifact_bytes(a, NULL, &again, &n) == RILLE_OK && again == p);
    CHECK(rille_artifact_bytes(i, NULL, &p, &n) == RILLE_OK && n == 1 && *(const char *)p == '7');
    CHECK(rille_artifact_path(i, NULL, &path) == RILLE_ENOTFOUND && !path);
    CHECK(strstr(rille_errmsg(engine), "stored in the metadata"));
    CHECK_STR(rille_artifact_type(a), "array");
    CHECK(rille_artifact_size(i) == 1 && strlen(rille_artifact_digest(i)) == 64);
    rille_artifact_free(a);
    rille_artifact_free(i);
}

static void
a_damaged_object_is_refused_and_nothing_of_it_given_out(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;
    rille_engine *before = engine;
    Rows kept = edges;
    Err err;
    Value v;

    CHECK(program_shell("find .rille/objects -type f -size +100k -exec sh -c "
                        "'chmod u+w \"$1\" && printf x | dd of=\"$1\" bs=1 seek=5000 conv=notrunc"
                        " 2>/dev/null' sh {} ';'") == 0);
    opt.flags = RILLE_OPEN_READONLY;
    CHECK(rille_open(&engine, program_store, &opt) == 0);
    v = load("large", &err);
    CHECK(v.kind == VALUE_STORED && err.code == ERR_CORRUPT);
    CHECK(strstr(err.msg, "damaged") || strstr(err.msg, "hash"));
    drop(&v);
    CHECK(program_shell("rm -r .rille/objects") == 0);
    v = load("longlist", &err);
    CHECK(v.kind == VALUE_STORED && err.code == ERR_NOTFOUND);
    drop(&v);
    rille_close(engine);
    engine = before;
    edges = kept;
}

int
main(void)
{
    rille_options opt = RILLE_OPTIONS_INIT;

    program_folder();
    program_write("main.lua", SCRIPT);
    opt.flags = RILLE_OPEN_READONLY;
    if (program_run("run main.lua -q") || rille_open(&engine, program_store, &opt)
        || open_run()) {
        printf("%s\n0 passed, 1 failed\n", engine ? rille_errmsg(engine) : "");
        return 1;
    }
    RUN(numbers_booleans_and_nil_are_values_of_their_kind);
    RUN(texts_and_bytes_are_as_they_were);
    RUN(tables_and_lists_are_JSON_and_what_JSON_lacks_is_spelt_out);
    RUN(a_list_that_is_an_object_of_the_store_is_read);
    RUN(arrays_are_read_and_large_ones_mapped);
    RUN(a_frame_has_its_columns_in_order);
    RUN(a_table_with_arrays_is_for_scripts_but_its_members_can_be_read);
    RUN(a_member_has_its_bytes_and_a_large_raw_one_its_file);
    RUN(a_damaged_object_is_refused_and_nothing_of_it_given_out);
    rows_release(&edges);
    rille_close(engine);
    program_remove();
    return check_done();
}

/* db_image_test.c -- the empty database of the build is what the statements of the schema make. */
#include "check.h"
#include "embedded/embedded.h"
#include "meta/db_image.h"

static const char OTHER[] = "-- version 1\n"
                            "create table t(id integer primary key);\n";

static void
the_built_one_is_what_the_schema_makes(void)
{
    const char *schema = embedded_find("host/meta/schema.sql")->text;
    Buf built, made;
    Err err;

    buf_init(&built);
    buf_init(&made);
    CHECK(db_image_built.schema == db_image_schema(schema));
    CHECK(db_image(schema, "here", &built, &err) == OK);
    CHECK(db_image_make(schema, "here", &made, &err) == OK);
    CHECK(built.len == db_image_built.size);
    CHECK(built.len == made.len && memcmp(built.data, made.data, made.len) == 0);
    buf_release(&built);
    buf_release(&made);
}

static void
another_schema_has_another_database(void)
{
    Buf image;
    Err err;

    buf_init(&image);
    CHECK(db_image(OTHER, "here", &image, &err) == OK);
    CHECK(image.len > 0 && image.len < db_image_built.size);
    buf_release(&image);
    buf_init(&image);
    CHECK(db_image("-- version 1\ncreate nonsense;\n", "here", &image, &err) != OK);
    CHECK(strstr(err.msg, "here/meta.db") != NULL);
    buf_release(&image);
}

int
main(void)
{
    RUN(the_built_one_is_what_the_schema_makes);
    RUN(another_schema_has_another_database);
    return check_done();
}

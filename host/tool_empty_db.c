/* tool_empty_db.c -- a tool of the build: writes an empty database as a C array, for db_image.c.
 *
 *     empty_db SCHEMA.sql > empty_db.c */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/lz4_frame.h"
#include "embedded/embedded.h"
#include "meta/db_image.h"

/* What the program has and this tool is to make: nothing yet. */
const DbImage db_image_built;
const EmbeddedFile embedded_files[] = {{NULL, NULL, NULL, 0, NULL, 0, 0}};
const int embedded_count, embedded_module_count;
const unsigned short embedded_by_module[1];

static int
read_text(const char *path, Buf *text)
{
    FILE *f = fopen(path, "rb");
    char bytes[4096];
    size_t n;

    if (!f)
        return -1;
    while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
        if (buf_put(text, bytes, n))
            abort();
    fclose(f);
    return buf_cstr(text) ? 0 : -1;
}

static int
pack(const Buf *image, Buf *packed, Err *err)
{
    Lz4Pack *z;
    int rc;

    if ((rc = lz4_pack_new(&z, err)) || (rc = lz4_pack_begin(z, packed, err)) ||
        (rc = lz4_pack_more(z, image->data, image->len, packed, err)))
        return rc;
    rc = lz4_pack_end(z, packed, err);
    lz4_pack_free(z);
    return rc;
}

static void
put(const char *schema, const Buf *image, const Buf *packed)
{
    printf("#include \"meta/db_image.h\"\nstatic const unsigned char packed[] = {");
    for (size_t i = 0; i < packed->len; i++)
        printf("%s%d,", i % 24 ? "" : "\n", packed->data[i]);
    printf("};\nconst DbImage db_image_built = {%lldLL, %zu, packed, sizeof packed};\n",
           (long long)db_image_schema(schema), image->len);
}

int
main(int argc, char **argv)
{
    Buf text, image, packed;
    Err err;

    buf_init(&text);
    buf_init(&image);
    buf_init(&packed);
    if (argc != 2 || read_text(argv[1], &text)) {
        fprintf(stderr, "usage: empty_db SCHEMA.sql\n");
        return EXIT_FAILURE;
    }
    if (db_image_make((char *)text.data, argv[1], &image, &err) || pack(&image, &packed, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return EXIT_FAILURE;
    }
    put((char *)text.data, &image, &packed);
    buf_release(&text);
    buf_release(&image);
    buf_release(&packed);
    return EXIT_SUCCESS;
}

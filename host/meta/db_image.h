/* db_image.h -- making a database: the bytes of an empty one.
 *
 * To run the statements of the schema takes longer than a small pipeline, so the build does it
 * (tool_empty_db.c) and the program has the result. */
#ifndef DB_IMAGE_H
#define DB_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

typedef struct DbImage {
    int64_t schema;                 /* db_image_schema of the text that it was made of */
    size_t size;                    /* bytes */
    const unsigned char *packed;    /* an LZ4 frame */
    size_t packed_len;
} DbImage;

/* Of the build; of no schema in the build's own tool. */
extern const DbImage db_image_built;

/* A check value of the schema's text. */
int64_t db_image_schema(const char *schema);
/* Appends an empty database with this schema to *out, made by its statements.  dir is for
 * messages. */
int db_image_make(const char *schema, const char *dir, Buf *out, Err *err);
/* The same, the one of the build where that has this schema. */
int db_image(const char *schema, const char *dir, Buf *out, Err *err);
/* Makes DIR/meta.db unless another process was faster. */
int db_image_create(const char *dir, const char *schema, Err *err);

#endif

/* arrow.h -- the structs of the Arrow C data interface, as it defines them, and a small frame:
 * "name" (texts: ada, bob, and an empty one) and "x" (numbers: 1.5, 2.5, 3.5). */
#ifndef ARROW_H
#define ARROW_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

/* The memory of a frame: freed when its schema, its array and all of their children, which may
 * have been moved elsewhere, are released. */
typedef struct ArrowTwo {
    int references;
    int *released;              /* counts releases of the array */
    struct ArrowSchema schemas[2], *schema_children[2];
    struct ArrowArray arrays[2], *array_children[2];
    const void *buffers[2][3], *none[1];
} ArrowTwo;

static inline void
arrow_drop(ArrowTwo *two)
{
    if (--two->references == 0)
        free(two);
}

static inline void
arrow_drop_schema(struct ArrowSchema *schema)
{
    ArrowTwo *two = schema->private_data;

    for (int64_t i = 0; i < schema->n_children; i++)
        if (schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
    schema->release = NULL;
    arrow_drop(two);
}

static inline void
arrow_drop_array(struct ArrowArray *array)
{
    ArrowTwo *two = array->private_data;

    for (int64_t i = 0; i < array->n_children; i++)
        if (array->children[i]->release)
            array->children[i]->release(array->children[i]);
    if (array->n_children)
        ++*two->released;
    array->release = NULL;
    arrow_drop(two);
}

static inline void
arrow_column(ArrowTwo *two, int i)
{
    static const double numbers[] = {1.5, 2.5, 3.5};
    static const int32_t offsets[] = {0, 3, 6, 6};
    static const char texts[] = "adabob";
    struct ArrowSchema *schema = &two->schemas[i];
    struct ArrowArray *array = &two->arrays[i];

    schema->format = i ? "g" : "u";
    schema->name = i ? "x" : "name";
    schema->release = arrow_drop_schema;
    schema->private_data = two;
    two->schema_children[i] = schema;
    two->buffers[i][1] = i ? (const void *)numbers : (const void *)offsets;
    two->buffers[i][2] = texts;
    array->length = 3;
    array->n_buffers = i ? 2 : 3;
    array->buffers = two->buffers[i];
    array->release = arrow_drop_array;
    array->private_data = two;
    two->array_children[i] = array;
}

/* 0, or -1 when out of memory. */
static inline int
arrow_two_columns(struct ArrowSchema *schema, struct ArrowArray *array, int *released)
{
    ArrowTwo *two = calloc(1, sizeof *two);

    memset(schema, 0, sizeof *schema);
    memset(array, 0, sizeof *array);
    if (!two)
        return -1;
    two->references = 6;
    two->released = released;
    arrow_column(two, 0);
    arrow_column(two, 1);
    schema->format = "+s";
    schema->name = "";
    schema->n_children = 2;
    schema->children = two->schema_children;
    schema->release = arrow_drop_schema;
    schema->private_data = two;
    array->length = 3;
    array->n_buffers = 1;
    array->buffers = two->none;
    array->n_children = 2;
    array->children = two->array_children;
    array->release = arrow_drop_array;
    array->private_data = two;
    return 0;
}

static inline int
arrow_text_is(const struct ArrowArray *a, const char *format, int64_t i, const char *want)
{
    const char *bytes = a->buffers[2];
    size_t n = strlen(want);
    int64_t begin, end;

    i += a->offset;
    if (format[0] == 'U') {
        begin = ((const int64_t *)a->buffers[1])[i];
        end = ((const int64_t *)a->buffers[1])[i + 1];
    } else {
        begin = ((const int32_t *)a->buffers[1])[i];
        end = ((const int32_t *)a->buffers[1])[i + 1];
    }
    return (size_t)(end - begin) == n && (n == 0 || memcmp(bytes + begin, want, n) == 0);
}

/* Is it that frame? */
static inline int
arrow_is_two_columns(const struct ArrowSchema *schema, const struct ArrowArray *array)
{
    const struct ArrowSchema *name, *x;
    const struct ArrowArray *names, *xs;

    if (strcmp(schema->format, "+s") != 0 || schema->n_children != 2 || array->length != 3)
        return 0;
    name = schema->children[0];
    x = schema->children[1];
    names = array->children[0];
    xs = array->children[1];
    return strcmp(name->name, "name") == 0 && strcmp(x->name, "x") == 0
           && (strcmp(name->format, "u") == 0 || strcmp(name->format, "U") == 0)
           && strcmp(x->format, "g") == 0 && arrow_text_is(names, name->format, 0, "ada")
           && arrow_text_is(names, name->format, 1, "bob")
           && arrow_text_is(names, name->format, 2, "")
           && ((const double *)xs->buffers[1])[xs->offset + 2] == 3.5;
}

#endif

/* arrow_producer.h -- an Arrow producer made by hand, and a value "f" to put its frame into. */
#ifndef ARROW_PRODUCER_H
#define ARROW_PRODUCER_H

#include <math.h>
#include <stdint.h>

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

static inline void
begin(void)
{
    CHECK(rille_open(&e, "arrow_test.rille", NULL) == RILLE_OK);
    v = rille_values_new(e);
}

static inline void
end(void)
{
    rille_values_free(v);
    rille_close(e);
}

static inline void
release_schema(struct ArrowSchema *s)
{
    ((Producer *)s->private_data)->schemas++;
    s->release = NULL;
}

static inline void
release_child(struct ArrowArray *a)
{
    ((Producer *)a->private_data)->children++;
    a->release = NULL;
}

static inline void
release_base(struct ArrowArray *a)
{
    ((Producer *)a->private_data)->bases++;
    for (int64_t i = 0; i < a->n_children; i++)
        if (a->children[i]->release)
            a->children[i]->release(a->children[i]);
    a->release = NULL;
}

/* A frame without columns of so many rows.  The one before may borrow from the same memory. */
static inline void
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
static inline struct ArrowArray *
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

static inline int
put(void)
{
    int rc = rille_put_arrow(v, "f", &p.schema, &p.array);

    if (rc)     /* it is still ours, untouched */
        CHECK(p.schema.release && p.array.release && !p.schemas && !p.bases && !p.children);
    else
        CHECK(!p.schema.release && !p.array.release && p.schemas <= 1);
    return rc;
}

static inline const char *
json(void)
{
    const char *text;

    return rille_get_json(v, "f", &text) ? rille_errmsg(e) : text;
}

/* The frame as JSON after the put, or why there is none. */
static inline const char *
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

static inline int
type_of(size_t column)
{
    return (int)values_find(v, "f")->frame->columns[column].array->type;
}

static const int32_t ints[] = {1, -2, 3, 4, 5};
static const double doubles[] = {0.5, NAN, 1.5, 2.5, 3.5};
static const unsigned char second_missing[] = {0xfd};

#endif

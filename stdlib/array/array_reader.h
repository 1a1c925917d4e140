/* array_reader.h -- the elements of an array in row-major order, in blocks.
 *
 * Every kernel sees only contiguous blocks of one of a few types: a Reader
 * gives blocks of READ_BLOCK elements (the last one may be shorter), converted
 * and gathered into its own buffer, or in place when they already lie so.  Two
 * readers over equal shapes therefore go in step.  Nothing here can fail.
 *
 * A Reader lives in the caller's memory, borrows the array, and owns nothing. */
#ifndef ARRAY_READER_H
#define ARRAY_READER_H

#include "array/array.h"

enum { READ_BLOCK = 1024 };

/* Elements of which only the size matters. */
typedef uint32_t __attribute__((may_alias)) Any4;
typedef uint64_t __attribute__((may_alias)) Any8;

/* Copies n elements that lie stride bytes apart into a row at dst. */
typedef void ArrayLoad(void *dst, const unsigned char *src, int64_t stride, size_t n);

/* A place in an array that moves along in runs of equal stride. */
typedef struct Cursor {
    int ndim;
    int64_t shape[ARRAY_MAXDIM], stride[ARRAY_MAXDIM], index[ARRAY_MAXDIM];
    unsigned char *at;
} Cursor;

typedef struct Reader {
    Cursor cursor;
    ArrayLoad *load;
    size_t size;            /* of an element as given */
    int64_t left;
    int direct, constant;   /* in place; one value all along */
    int dense;              /* a run is in place */
    union {
        unsigned char bytes[READ_BLOCK * 8];
        int32_t i32[READ_BLOCK];
        int64_t i64[READ_BLOCK];
        float f32[READ_BLOCK];
        double f64[READ_BLOCK];
    } block;
} Reader;

/* as: the array's own type, or one that array_common allows to convert to. */
void reader_init(Reader *r, const Array *a, ArrayType as);
/* A reader of count times the same element. */
void reader_repeat(Reader *r, ArrayType type, const void *item, int64_t count);
/* The next *n elements, valid until the next call; NULL at the end. */
const void *reader_next(Reader *r, size_t *n);

ArrayLoad *array_load(ArrayType from, ArrayType to);

void cursor_init(Cursor *c, const Array *a);
/* How many of at most max elements lie ahead in one run at c->at. */
int64_t cursor_run(const Cursor *c, int64_t max);
int64_t cursor_stride(const Cursor *c);
void cursor_move(Cursor *c, int64_t n);     /* within the run */

#endif

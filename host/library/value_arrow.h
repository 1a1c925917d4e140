/* value_arrow.h -- frames by the Arrow C data interface: what the files of it share.
 *
 *     format                        column of a frame          nulls
 *     b                             bool                       refused
 *     c s i S                       i32                        f64 with NaN
 *     C                             u8                         f64 with NaN
 *     l I L                         i64                        f64 with NaN, refused beside
 *                                                              integers that no double holds
 *     e f                           f32                        NaN
 *     g                             f64                        NaN
 *     n                             f64                        NaN
 *     u U vu, and a dictionary      texts                      ""
 *     of them
 *     tdD tdm tss: tsm: tsu: tsn:   dates                      missing
 *
 * Any other format is ERR_TYPE.  A dictionary's indices are any integers.  uint64 past INT64_MAX,
 * moments between two milliseconds and dates outside the years 1 to 9999 are refused.
 *
 * The interface does not say how long buffers are, so a producer is trusted for that; everything
 * that the structs say themselves is checked.  Whatever is wrong is said with column and row. */
#ifndef LIBRARY_VALUE_ARROW_H
#define LIBRARY_VALUE_ARROW_H

#include "library/arrow_abi.h"
#include "library/values.h"

/* The structs once they are moved here, shared by the columns that borrow their memory. */
typedef struct ArrowHolder {
    rille_engine *e;            /* referenced */
    int references;
    struct ArrowSchema schema;
    struct ArrowArray array;
} ArrowHolder;

/* A column on its way in. */
typedef struct ArrowColumn {
    const char *label;          /* "column \"x\"", for messages */
    const struct ArrowSchema *schema;
    const struct ArrowArray *array;
    int64_t offset, rows;       /* into its buffers, the parent's offset included */
    const unsigned char *validity;  /* a bit for each row, from bit `offset` on; NULL: no nulls */
    int64_t nulls;
    ArrowHolder *holder;        /* for what is borrowed; NULL: everything is copied */
    Err *err;
} ArrowColumn;

/* Frees it, with the structs if they were moved here, when the last reference goes. */
void value_arrow_unreference(void *holder);
/* "LABEL: what" as code. */
int value_arrow_refuse(const ArrowColumn *c, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Is the row, from 0, there? */
int value_arrow_present(const ArrowColumn *c, int64_t row);
/* Buffer i; NULL with the error set where it must be and is not. */
const void *value_arrow_buffer(const ArrowColumn *c, int64_t i);
/* Checks the array, and sets offset, rows, validity and nulls of c.  first: how many rows the
 * parent skips; rows: -1 for as many as there are.  The array must have n_buffers, or more where
 * that is negative (unless it has no rows). */
int value_arrow_open(ArrowColumn *c, int64_t first, int64_t rows, int64_t n_buffers);

/* Each fills out, whose name is set, with the rows after the first ones: 1; 0 when the format is
 * none of these; or an error. */
int value_arrow_numbers(ArrowColumn *c, int64_t first, int64_t rows, ValueColumn *out);
int value_arrow_texts(ArrowColumn *c, int64_t first, int64_t rows, ValueColumn *out);
int value_arrow_dates(ArrowColumn *c, int64_t first, int64_t rows, ValueColumn *out);

/* Element `at` of a buffer of integers of that format, "c" to "L"; *high: it is past INT64_MAX. */
int64_t value_arrow_integer(char format, const void *buffer, int64_t at, int *high);

/* Fills both with copies of the frame. */
int value_arrow_export(const ValueFrame *f, struct ArrowSchema *schema, struct ArrowArray *array,
                       Err *err);

#endif

/* array_builder.h -- an array that grows on disk, for one that is larger than memory.
 *
 * Rows are appended to a file without a name in a given folder; in the end the file
 * is mapped, read only, and lives as long as the array.  Memory: none but what the
 * system keeps of the file. */
#ifndef ARRAY_BUILDER_H
#define ARRAY_BUILDER_H

#include "array/array.h"

typedef struct ArrayBuilder ArrayBuilder;

/* columns: of a matrix, or 0 for a vector.  Release with array_builder_free, which
 * accepts NULL. */
int array_builder_new(ArrayBuilder **out, const char *folder, ArrayType type, int64_t columns,
                    Err *err);
void array_builder_free(ArrayBuilder *b);
/* Appends rows: of a matrix of that many columns, or one row; to a vector a vector.
 * Types that do not fit the builder's are an error (array_astype). */
int array_builder_append(ArrayBuilder *b, const Array *rows, Err *err);
int64_t array_builder_rows(const ArrayBuilder *b);
/* The array so far; nothing can be appended any more. */
int array_builder_finish(ArrayBuilder *b, Array **out, Err *err);

#endif

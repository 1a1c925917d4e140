/* npy.h -- arrays as .npy files, the format of NumPy.
 *
 *     "\x93NUMPY"  version (2 bytes)  length of the header (2 or 4 bytes)
 *     {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }  spaces  \n
 *     the elements, little endian, row-major
 *
 * Read: versions 1.0 to 3.0, in row-major or Fortran order (which becomes a
 * transposed array), the numbers of npy_dtype.h.  A shape of no axes is read as
 * one axis of one element.  The header is a fixed grammar, nothing is evaluated;
 * a file must end where its shape says.  Refused with what to do: other types,
 * objects, more than ARRAY_MAXDIM axes, bools other than 0 and 1.  Strings, dates and
 * records are read by stdlib/frame/npy_value.lua.
 * Written: version 1.0, row-major, the elements at a multiple of 64 bytes, so
 * that a mapped file is aligned; the same array always gives the same bytes.
 *
 * name, in messages, is the path or another name of the source. */
#ifndef NPY_H
#define NPY_H

#include "array/array.h"

typedef int NpyPut(void *user, const void *p, size_t n, Err *err);

/* From bytes in memory, which are copied. */
int npy_parse(Array **out, const void *p, size_t n, const char *name, Err *err);
int npy_load(Array **out, const char *path, Err *err);
/* Read only, over a mapping of the file, which must not change while it lives;
 * a copy when its elements are not aligned.  size: of the file, or -1. */
int npy_map(Array **out, const char *path, int64_t size, Err *err);

/* Gives the header and then the elements to put, in pieces of up to 1 MiB; what
 * put returns other than 0 ends it and is returned. */
int npy_write(const Array *a, NpyPut *put, void *user, Err *err);
/* The same, but the elements of a contiguous array are one piece. */
int npy_write_whole(const Array *a, NpyPut *put, void *user, Err *err);
/* Bytes that npy_write gives in all. */
int64_t npy_size(const Array *a);
/* Complete or not at all (output_file.h). */
int npy_save(const Array *a, const char *path, Err *err);

#endif

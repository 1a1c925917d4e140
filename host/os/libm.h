/* libm.h -- which mathematical library computes here, and on what processor.
 *
 * exp, sin, pow and the like differ in their last bit from one library to another, and
 * within one library by what the processor can do: it holds several kernels of a
 * function.  What IEEE 754 rounds correctly (+ - * / sqrt, floor, fmod) is the same
 * everywhere and does not count here. */
#ifndef LIBM_H
#define LIBM_H

enum { LIBM_NAME = 256 };

/* "GLIBC BUILD-ID FEATURES PROBE": the release, the build of the library that has pow,
 * the features by which kernels are chosen, and the digest of a few results at
 * arguments that are hard to round. */
void libm_name(char out[LIBM_NAME]);

#endif

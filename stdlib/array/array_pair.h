/* array_pair.h -- two doubles or four floats at a time: the compiler does not vectorise a loop over
 * v > m ? v : m by itself, which is one instruction of SSE2, NaN and zeros included. */
#ifndef ARRAY_PAIR_H
#define ARRAY_PAIR_H

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef double Pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t PairMask __attribute__((vector_size(16)));
typedef float Quad __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t QuadMask __attribute__((vector_size(16)));

/* v > m ? v : m, and the same with <: m where one is NaN. */
static inline Pair
pair_max(Pair v, Pair m)
{
#ifdef __SSE2__
    return _mm_max_pd(v, m);
#else
    PairMask better = v > m;

    return (Pair)(((PairMask)v & better) | ((PairMask)m & ~better));
#endif
}

static inline Pair
pair_min(Pair v, Pair m)
{
#ifdef __SSE2__
    return _mm_min_pd(v, m);
#else
    PairMask better = v < m;

    return (Pair)(((PairMask)v & better) | ((PairMask)m & ~better));
#endif
}

/* Bits where one of the two is NaN. */
static inline PairMask
pair_nan(Pair v, Pair w)
{
#ifdef __SSE2__
    return (PairMask)_mm_cmpunord_pd(v, w);
#else
    return (v != v) | (w != w);
#endif
}

static inline Quad
quad_max(Quad v, Quad m)
{
#ifdef __SSE2__
    return _mm_max_ps(v, m);
#else
    QuadMask better = v > m;

    return (Quad)(((QuadMask)v & better) | ((QuadMask)m & ~better));
#endif
}

static inline Quad
quad_min(Quad v, Quad m)
{
#ifdef __SSE2__
    return _mm_min_ps(v, m);
#else
    QuadMask better = v < m;

    return (Quad)(((QuadMask)v & better) | ((QuadMask)m & ~better));
#endif
}

static inline PairMask
quad_nan(Quad v, Quad w)
{
#ifdef __SSE2__
    return (PairMask)_mm_cmpunord_ps(v, w);
#else
    return (PairMask)((v != v) | (w != w));
#endif
}

#endif

/* array.c -- see array.h: types, memory, elements, views */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "array/array.h"
#include "base/memory.h"

typedef enum Origin { FROM_MALLOC, FROM_SYSTEM, FROM_FILE, FROM_OWNER, FROM_ENGINE } Origin;

struct ArrayMem {
    int64_t refs;
    unsigned char *base;
    size_t len;
    Origin origin;
    void (*release)(void *user);    /* of FROM_OWNER */
    void *user;
    Memory *engine;                 /* of FROM_ENGINE */
};

/* From here on, where malloc asks the system each time, memory is asked for in huge
 * pages: the faults of small ones cost more than the arithmetic does. */
enum { HUGE_LEN = 32 << 20 };

static const struct {
    const char *name;
    size_t size;
} types[] = {{"bool", 1}, {"u8", 1}, {"i32", 4}, {"i64", 8}, {"f32", 4}, {"f64", 8}};

enum { N_TYPES = sizeof types / sizeof *types };

static void
mem_free(ArrayMem *m)
{
    if (m && --m->refs == 0) {
        if (m->origin == FROM_MALLOC)
            free(m->base);
        else if (m->origin == FROM_OWNER)
            m->release(m->user);
        else if (m->origin == FROM_ENGINE)
            memory_free(m->engine, m->base, m->len ? m->len : 1);
        else
            munmap(m->base, m->len);
        free(m);
    }
}

static unsigned char *
from_system(size_t len)
{
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    madvise(p, len, MADV_HUGEPAGE);     /* fine if it cannot */
    return p;
}

static unsigned char *
from_engine(Memory *m, size_t len, int zero)
{
    void *p = memory_get(m, len);

    return p && zero ? memset(p, 0, len) : p;
}

static ArrayMem *
mem_new(size_t len, int zero)
{
    ArrayMem *m = malloc(sizeof *m);

    if (!m)
        return NULL;
    m->refs = 1;
    m->len = len;
    m->engine = memory_here();
    m->origin = m->engine ? FROM_ENGINE : len < HUGE_LEN ? FROM_MALLOC : FROM_SYSTEM;
    if (m->origin == FROM_ENGINE)
        m->base = from_engine(m->engine, len ? len : 1, zero);
    else if (m->origin == FROM_SYSTEM)
        m->base = from_system(len);
    else
        m->base = zero ? calloc(len ? len : 1, 1) : malloc(len ? len : 1);
    if (!m->base) {
        free(m);
        return NULL;
    }
    return m;
}

static int
make(Array **out, ArrayType type, int ndim, const int64_t *shape, int zero, Err *err)
{
    int64_t bytes;
    int rc = array_measure(type, ndim, shape, &bytes, err);
    Array *a;

    if (rc)
        return rc;
    a = malloc(sizeof *a);
    if (!a)
        return err_nomem(err);
    *a = (Array){.type = type};
    array_set_shape(a, ndim, shape);
    a->mem = mem_new((size_t)bytes, zero);
    if (!a->mem) {
        free(a);
        return err_set(err, ERR_NOMEM, "out of memory for an array of %lld bytes",
                       (long long)bytes);
    }
    a->data = a->mem->base;
    *out = a;
    return OK;
}

static ArrayItem
item_int(int64_t i)
{
    return (ArrayItem){ARRAY_I64, i, 0};
}

static ArrayItem
item_float(double f)
{
    return (ArrayItem){ARRAY_F64, 0, f};
}

/* Whether f is an integer that an int64_t holds. */
static int
exact(double f, int64_t *i)
{
    if (!(f >= -0x1p63 && f < 0x1p63) || floor(f) != f)
        return 0;
    *i = (int64_t)f;
    return 1;
}

static int
refuse_item(ArrayType t, ArrayItem v, Err *err)
{
    const char *name = array_typename(t);

    if (v.type == ARRAY_BOOL)
        return err_set(err, ERR_TYPE, "%s cannot hold a boolean", name);
    if (v.type == ARRAY_F64)
        return err_set(err, ERR_TYPE, "%s cannot hold %.14g", name, v.f);
    return err_set(err, ERR_TYPE, "%s cannot hold %lld", name, (long long)v.i);
}

static int
poke_int(ArrayType t, void *at, int64_t i)
{
    if (t == ARRAY_I64)
        *(int64_t *)at = i;
    else if (t == ARRAY_I32 && i >= INT32_MIN && i <= INT32_MAX)
        *(int32_t *)at = (int32_t)i;
    else if (t == ARRAY_U8 && i >= 0 && i <= UINT8_MAX)
        *(uint8_t *)at = (uint8_t)i;
    else
        return -1;
    return 0;
}

const char *
array_typename(ArrayType t)
{
    return types[t].name;
}

int
array_typeof(const char *name, ArrayType *out)
{
    for (int i = 0; i < N_TYPES; i++)
        if (strcmp(name, types[i].name) == 0) {
            *out = (ArrayType)i;
            return 0;
        }
    return -1;
}

size_t
array_size(ArrayType t)
{
    return types[t].size;
}

int
array_isfloat(ArrayType t)
{
    return t >= ARRAY_F32;
}

ArrayType
array_common(ArrayType a, ArrayType b)
{
    ArrayType low = a < b ? a : b, high = a < b ? b : a;

    return high == ARRAY_F32 && (low == ARRAY_I32 || low == ARRAY_I64) ? ARRAY_F64 : high;
}

int
array_measure(ArrayType type, int ndim, const int64_t *shape, int64_t *bytes, Err *err)
{
    int64_t n = (int64_t)array_size(type);
    int empty = 0;

    if (ndim < 1 || ndim > ARRAY_MAXDIM)
        return err_set(err, ERR_INVAL, "a shape must have 1 to %d axes, not %d", ARRAY_MAXDIM,
                       ndim);
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 0)
            return err_set(err, ERR_INVAL, "a shape cannot have negative entries: %lld",
                           (long long)shape[i]);
        empty |= shape[i] == 0;
        if (__builtin_mul_overflow(n, shape[i] ? shape[i] : 1, &n) || n > PTRDIFF_MAX)
            return err_set(err, ERR_INVAL, "the shape is too large for memory");
    }
    *bytes = empty ? 0 : n;
    return OK;
}

void
array_set_shape(Array *a, int ndim, const int64_t *shape)
{
    int64_t stride = (int64_t)array_size(a->type);

    a->ndim = ndim;
    for (int i = ndim - 1; i >= 0; i--) {
        a->shape[i] = shape[i];
        a->stride[i] = stride;
        stride *= shape[i] ? shape[i] : 1;
    }
}

int
array_new(Array **out, ArrayType type, int ndim, const int64_t *shape, Err *err)
{
    return make(out, type, ndim, shape, 1, err);
}

int
array_make(Array **out, ArrayType type, int ndim, const int64_t *shape, Err *err)
{
    return make(out, type, ndim, shape, 0, err);
}

int
array_adopt(Array **out, const Array *like, void *base, size_t len, size_t offset, Err *err)
{
    ArrayMem *m = malloc(sizeof *m);
    Array *a = malloc(sizeof *a);

    if (!m || !a) {
        free(m);
        free(a);
        munmap(base, len);
        return err_nomem(err);
    }
    *m = (ArrayMem){1, base, len, FROM_FILE, NULL, NULL, NULL};
    *a = *like;
    a->readonly = 1;
    a->mem = m;
    a->data = m->base + offset;
    *out = a;
    return OK;
}

int
array_borrow(Array **out, const Array *like, void (*release)(void *user), void *user, Err *err)
{
    ArrayMem *m = malloc(sizeof *m);
    Array *a = malloc(sizeof *a);

    if (!m || !a) {
        free(m);
        free(a);
        return err_nomem(err);
    }
    *m = (ArrayMem){1, like->data, (size_t)array_bytes(like), FROM_OWNER, release, user, NULL};
    *a = *like;
    a->readonly = 1;
    a->mem = m;
    *out = a;
    return OK;
}

void
array_free(Array *a)
{
    if (a) {
        mem_free(a->mem);
        free(a);
    }
}

int64_t
array_count(const Array *a)
{
    int64_t n = 1;

    for (int i = 0; i < a->ndim; i++)
        n *= a->shape[i];
    return n;
}

int64_t
array_bytes(const Array *a)
{
    return array_count(a) * (int64_t)array_size(a->type);
}

int
array_contiguous(const Array *a)
{
    int64_t step = (int64_t)array_size(a->type);

    for (int i = a->ndim - 1; i >= 0; i--) {
        if (a->shape[i] != 1 && a->stride[i] != step)
            return array_count(a) == 0;
        step *= a->shape[i];
    }
    return 1;
}

size_t
array_held(const Array *a)
{
    if (a->mem->refs > 1 || a->mem->origin >= FROM_FILE)
        return 0;
    return a->mem->len + sizeof *a + sizeof *a->mem;
}

unsigned char *
array_at(const Array *a, const int64_t *index)
{
    unsigned char *at = a->data;

    for (int i = 0; i < a->ndim; i++)
        at += index[i] * a->stride[i];
    return at;
}

ArrayItem
array_peek(ArrayType t, const void *at)
{
    switch (t) {
    case ARRAY_BOOL: return (ArrayItem){ARRAY_BOOL, *(const uint8_t *)at != 0, 0};
    case ARRAY_U8: return item_int(*(const uint8_t *)at);
    case ARRAY_I32: return item_int(*(const int32_t *)at);
    case ARRAY_I64: return item_int(*(const int64_t *)at);
    case ARRAY_F32: return item_float((double)*(const float *)at);
    default: return item_float(*(const double *)at);
    }
}

int
array_poke(ArrayType t, void *at, ArrayItem v, Err *err)
{
    int64_t i = v.i;

    if ((v.type == ARRAY_BOOL) != (t == ARRAY_BOOL))
        return refuse_item(t, v, err);
    if (t == ARRAY_BOOL)
        *(uint8_t *)at = v.i != 0;
    else if (t == ARRAY_F64)
        *(double *)at = v.type == ARRAY_F64 ? v.f : (double)v.i;
    else if (t == ARRAY_F32)
        *(float *)at = v.type == ARRAY_F64 ? (float)v.f : (float)v.i;
    else if ((v.type == ARRAY_F64 && !exact(v.f, &i)) || poke_int(t, at, i))
        return refuse_item(t, v, err);
    return OK;
}

int
array_view(Array **out, const Array *a, Err *err)
{
    Array *v = malloc(sizeof *v);

    if (!v)
        return err_nomem(err);
    *v = *a;
    v->mem->refs++;
    *out = v;
    return OK;
}

int
array_index(Array **out, const Array *a, int axis, int64_t i, Err *err)
{
    Array *v;
    int rc = array_view(&v, a, err);

    if (rc)
        return rc;
    v->data += i * a->stride[axis];
    v->ndim--;
    for (int k = axis; k < v->ndim; k++) {
        v->shape[k] = a->shape[k + 1];
        v->stride[k] = a->stride[k + 1];
    }
    *out = v;
    return OK;
}

int
array_slice(Array **out, const Array *a, int axis, int64_t first, int64_t count, Err *err)
{
    Array *v;
    int rc = array_view(&v, a, err);

    if (rc)
        return rc;
    if (count)
        v->data += first * a->stride[axis];
    v->shape[axis] = count;
    *out = v;
    return OK;
}

int
array_transpose(Array **out, const Array *a, const int *order, Err *err)
{
    Array *v;
    int rc = array_view(&v, a, err);

    if (rc)
        return rc;
    for (int i = 0; i < a->ndim; i++) {
        int from = order ? order[i] : a->ndim - 1 - i;

        v->shape[i] = a->shape[from];
        v->stride[i] = a->stride[from];
    }
    *out = v;
    return OK;
}

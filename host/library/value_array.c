/* value_array.c -- the host's arrays: copied, borrowed until they are released, or new. */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "library/value_parts.h"

/* The array's own types by those of rille.h. */
static const ArrayType TYPES[] = {
    [RILLE_F64] = ARRAY_F64, [RILLE_F32] = ARRAY_F32, [RILLE_I64] = ARRAY_I64,
    [RILLE_I32] = ARRAY_I32, [RILLE_U8] = ARRAY_U8, [RILLE_BOOL] = ARRAY_BOOL,
};

enum { N_TYPES = sizeof TYPES / sizeof *TYPES };

/* Who gets borrowed memory back. */
typedef struct Lender {
    rille_engine *e;            /* referenced */
    rille_release_fn release;
    void *user;
} Lender;

int
value_dtype(ArrayType type)
{
    for (int i = 0; i < N_TYPES; i++)
        if (TYPES[i] == type)
            return i;
    return -1;
}

/* ---- putting ---- */

/* An array of that shape, without memory; its size in *bytes. */
static int
check_shape(rille_values *v, const char *function, const rille_array *a, Array *like,
            int64_t *bytes)
{
    Err err = {0};

    if (a->dtype < 0 || a->dtype >= N_TYPES)
        return engine_report_as(v->e, RILLE_EINVAL, "%s: there is no dtype %d; use RILLE_F64 to "
                                "RILLE_BOOL", function, a->dtype);
    if (!a->shape)
        return values_bad_argument(v, function, "shape is NULL");
    *like = (Array){.type = TYPES[a->dtype]};
    if (array_measure(like->type, a->ndim, a->shape, bytes, &err))
        return engine_report_as(v->e, err.code, "%s: %s", function, err.msg);
    array_set_shape(like, a->ndim, a->shape);
    return RILLE_OK;
}

/* The elements of booleans may be any byte in C; in an array they are 0 or 1. */
static void
copy(Array *to, const void *data, size_t bytes)
{
    const unsigned char *from = data;

    if (to->type != ARRAY_BOOL)
        memcpy(to->data, from, bytes);
    else
        for (size_t i = 0; i < bytes; i++)
            to->data[i] = from[i] != 0;
}

/* A collector may come to it in the midst of a call. */
static int
is_inside(const rille_engine *e)
{
    return e->open && uselocale((locale_t)0) == e->sandbox.locale;
}

void
value_give_back(rille_engine *e, rille_release_fn release, void *user)
{
    int inside;

    if (e->owner != getpid())
        return;
    inside = is_inside(e);
    if (inside)
        engine_leave_library(e);
    release(user);
    if (inside)
        engine_enter_library(e);
}

static void
give_back(void *user)
{
    Lender *lender = user;

    value_give_back(lender->e, lender->release, lender->user);
    engine_unreference(lender->e);
    free(lender);
}

static int
borrow(rille_values *v, Value *made, Array *like, const rille_array *a)
{
    Lender *lender = malloc(sizeof *lender);
    Err err = {0};

    if (!lender)
        return engine_nomem(v->e);
    *lender = (Lender){v->e, a->release, a->user};
    like->data = (unsigned char *)(uintptr_t)a->data;       /* read only from here on */
    if (array_borrow(&made->array, like, give_back, lender, &err)) {
        free(lender);
        return engine_report_err(v->e, &err);
    }
    engine_reference(v->e);
    return RILLE_OK;
}

/* Fills made; *borrowed: the release function will be called by it. */
static int
take_array(rille_values *v, Value *made, const rille_array *a, int *borrowed)
{
    Array like;
    Err err = {0};
    int64_t bytes;
    int rc = check_shape(v, "rille_put_array", a, &like, &bytes);

    if (rc)
        return rc;
    if (!a->data && bytes)
        return values_bad_argument(v, "rille_put_array", "data is NULL");
    if (a->release && bytes && like.type != ARRAY_BOOL
        && (uintptr_t)a->data % array_size(like.type) == 0) {
        rc = borrow(v, made, &like, a);
        *borrowed = rc == RILLE_OK;
        return rc;
    }
    if (array_make(&made->array, like.type, like.ndim, like.shape, &err))
        return engine_report_err(v->e, &err);
    if (bytes)
        copy(made->array, a->data, (size_t)bytes);
    return RILLE_OK;
}

/* Whether the struct is large enough to have all fields, and was made with its *_INIT. */
static int
is_full(const rille_array *given)
{
    enum { LARGEST = 4096 };

    return given && given->size >= sizeof *given && given->size <= LARGEST;
}

static int
put(rille_values *v, const char *name, const rille_array *given, int *borrowed)
{
    rille_array a = RILLE_ARRAY_INIT;
    Value made = {.kind = VALUE_ARRAY};
    int rc = values_begin_put(v, "rille_put_array", name);

    if (rc)
        return rc;
    rc = given ? engine_take_struct(v->e, "rille_array", &a, sizeof a, given)
               : values_bad_argument(v, "rille_put_array", "a is NULL");
    if (!rc)
        rc = take_array(v, &made, &a, borrowed);
    return values_end_put(v, name, &made, rc);
}

int
rille_put_array(rille_values *v, const char *name, const rille_array *given)
{
    int borrowed = 0, rc = put(v, name, given, &borrowed);

    if (!borrowed && is_full(given) && given->release)
        given->release(given->user);
    return rc;
}

int
rille_new_array(rille_values *v, const char *name, int dtype, int ndim, const int64_t *shape,
                void **data)
{
    rille_array a = {sizeof a, dtype, ndim, shape, NULL, NULL, NULL};
    Value made = {.kind = VALUE_ARRAY};
    Array like;
    Err err = {0};
    int64_t bytes;
    int rc;

    if (data)
        *data = NULL;
    if ((rc = values_begin_put(v, "rille_new_array", name)))
        return rc;
    rc = data ? check_shape(v, "rille_new_array", &a, &like, &bytes)
              : values_bad_argument(v, "rille_new_array", "data is NULL");
    if (!rc && array_new(&made.array, like.type, ndim, like.shape, &err))
        rc = engine_report_err(v->e, &err);
    if (rc)
        return values_end_put(v, name, &made, rc);
    a.data = made.array->data;
    rc = values_end_put(v, name, &made, RILLE_OK);
    *data = rc ? NULL : (void *)(uintptr_t)a.data;
    return rc;
}

/* ---- getting ---- */

/* Fills the caller's struct as far as it reaches; what this library does not know is 0. */
static int
give(rille_values *v, rille_array *out, const Array *a)
{
    rille_array full = {0, value_dtype(a->type), a->ndim, a->shape, a->data, NULL, NULL};
    rille_array known = RILLE_ARRAY_INIT;
    size_t size = out->size;
    int rc = engine_take_struct(v->e, "rille_array", &known, sizeof known, out);

    if (rc)
        return rc;
    full.size = size;
    memcpy(out, &full, size < sizeof full ? size : sizeof full);
    return RILLE_OK;
}

/* Arrays of scripts may have gaps; a host's have none. */
static int
close_gaps(rille_values *v, Value *value)
{
    Array *dense;
    Err err = {0};

    if (array_contiguous(value->array))
        return RILLE_OK;
    if (array_copy(&dense, value->array, &err))
        return engine_report_err(v->e, &err);
    array_free(value->array);
    value->array = dense;
    return RILLE_OK;
}

int
rille_get_array(rille_values *v, const char *name, rille_array *out)
{
    const rille_array none = RILLE_ARRAY_INIT;
    Value *value;
    int rc = values_begin(v);

    if (is_full(out))
        memcpy((char *)out + sizeof out->size, (const char *)&none + sizeof none.size,
               sizeof none - sizeof none.size);
    if (rc)
        return rc;
    if (!out)
        return values_end(v, values_bad_argument(v, "rille_get_array", "out is NULL"));
    value = values_find(v, name);
    if (!value)
        rc = rille_errcode(v->e);
    else if (value->kind != VALUE_ARRAY)
        rc = values_refuse_kind(v, value, "an array");
    else if (!(rc = close_gaps(v, value)))
        rc = give(v, out, value->array);
    return values_end(v, rc);
}

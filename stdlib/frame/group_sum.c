/* group_sum.c -- see group.h: what is computed or chosen of each group */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frame/group_core.h"
#include "frame/median.h"

/* The input of the loops below: codes, and values of i64 or f64. */
typedef struct Rows {
    int64_t n, count;
    const int64_t *code;
    const unsigned char *present;       /* NULL: all */
    const int64_t *i;                   /* one of the two */
    const double *f;
    Array *own[3];
} Rows;

static void
rows_release(Rows *r)
{
    for (int i = 0; i < 3; i++)
        array_free(r->own[i]);
}

static int
rows_init(Rows *r, const Array *codes, int64_t count, const Array *values,
          const Array *present, Err *err)
{
    int isfloat = array_isfloat(values->type), rc;
    const void *code = NULL, *value = NULL, *mask = NULL;

    memset(r, 0, sizeof *r);
    r->n = codes->shape[0];
    r->count = count;
    if ((rc = group_dense(&code, &r->own[0], codes, ARRAY_I64, err)) == OK
        && (rc = group_dense(&value, &r->own[1], values, isfloat ? ARRAY_F64 : ARRAY_I64, err))
               == OK
        && present)
        rc = group_dense(&mask, &r->own[2], present, ARRAY_BOOL, err);
    r->code = code;
    r->present = mask;
    if (isfloat)
        r->f = value;
    else
        r->i = value;
    if (rc)
        rows_release(r);
    return rc;
}

/* Whether row k is in a group and has a value. */
static int
counts(const Rows *r, int64_t k)
{
    return r->code[k] && (!r->present || r->present[k]) && (!r->f || r->f[k] == r->f[k]);
}

static double
value_at(const Rows *r, int64_t k)
{
    return r->f ? r->f[k] : (double)r->i[k];
}

static void
count_values(const Rows *r, int64_t *out)
{
    for (int64_t k = 0; k < r->n; k++)
        if (counts(r, k))
            out[r->code[k] - 1]++;
}

static int
sum_ints(const Rows *r, int64_t *out, Err *err)
{
    for (int64_t k = 0; k < r->n; k++) {
        int64_t *to;

        if (!counts(r, k))
            continue;
        to = &out[r->code[k] - 1];
        if (__builtin_add_overflow(*to, r->i[k], to))
            return err_set(err, ERR_INVAL, "a sum does not fit an integer");
    }
    return OK;
}

/* Compensated (Neumaier), since a group may be long. */
static int
sum_floats(const Rows *r, double *out, Err *err)
{
    double *rest = calloc((size_t)r->count + 1, sizeof *rest);

    if (!rest)
        return err_nomem(err);
    for (int64_t k = 0; k < r->n; k++) {
        double x, sum, *to;

        if (!counts(r, k))
            continue;
        x = value_at(r, k);
        to = &out[r->code[k] - 1];
        sum = *to + x;
        if (isfinite(sum))
            rest[r->code[k] - 1] += fabs(*to) >= fabs(x) ? (*to - sum) + x : (x - sum) + *to;
        *to = sum;
    }
    for (int64_t g = 0; g < r->count; g++)
        out[g] += rest[g];
    free(rest);
    return OK;
}

/* Means into out; n: how many values each group has. */
static int
means(const Rows *r, double *out, const int64_t *n, Err *err)
{
    int rc = sum_floats(r, out, err);

    for (int64_t g = 0; rc == OK && g < r->count; g++)
        out[g] = n[g] ? out[g] / (double)n[g] : (double)NAN;
    return rc;
}

static int
deviations(const Rows *r, double *out, const int64_t *n, int root, Err *err)
{
    double *mean = calloc((size_t)r->count + 1, sizeof *mean);
    int rc = mean ? means(r, mean, n, err) : err_nomem(err);

    for (int64_t k = 0; rc == OK && k < r->n; k++)
        if (counts(r, k)) {
            double d = value_at(r, k) - mean[r->code[k] - 1];

            out[r->code[k] - 1] += d * d;
        }
    for (int64_t g = 0; rc == OK && g < r->count; g++) {
        out[g] = n[g] > 1 ? out[g] / (double)(n[g] - 1) : (double)NAN;
        out[g] = root ? sqrt(out[g]) : out[g];
    }
    free(mean);
    return rc;
}

/* The values of each group side by side, in their order, and the median of each. */
static int
medians(const Rows *r, double *out, const int64_t *n, Err *err)
{
    double *value = malloc(((size_t)r->n + 1) * sizeof *value), *room;
    int64_t *end = calloc((size_t)r->count + 1, sizeof *end), start = 0, most = 1;
    int rc;

    for (int64_t g = 0; g < r->count; g++)
        most = n[g] > most ? n[g] : most;
    room = malloc((size_t)most * sizeof *room);
    rc = value && end && room ? OK : err_nomem(err);
    for (int64_t g = 1; rc == OK && g < r->count; g++)
        end[g] = end[g - 1] + n[g - 1];
    for (int64_t k = 0; rc == OK && k < r->n; k++)
        if (counts(r, k))
            value[end[r->code[k] - 1]++] = value_at(r, k);
    for (int64_t g = 0; rc == OK && g < r->count; g++, start = end[g - 1])
        out[g] = n[g] ? median(value + start, (size_t)n[g], room) : (double)NAN;
    free(value);
    free(room);
    free(end);
    return rc;
}

static int
sum_of(Array *out, GroupSum what, const Rows *r, Err *err)
{
    int64_t *n;
    int rc = OK;

    if (what == GROUP_COUNT) {
        count_values(r, group_ints(out));
        return OK;
    }
    if (what == GROUP_SUM)
        return r->i ? sum_ints(r, group_ints(out), err) : sum_floats(r, group_floats(out), err);
    n = calloc((size_t)r->count + 1, sizeof *n);
    if (!n)
        return err_nomem(err);
    count_values(r, n);
    if (what == GROUP_MEAN)
        rc = means(r, group_floats(out), n, err);
    else if (what == GROUP_MEDIAN)
        rc = medians(r, group_floats(out), n, err);
    else
        rc = deviations(r, group_floats(out), n, what == GROUP_STD, err);
    free(n);
    return rc;
}

int
group_sum(Array **out, GroupSum what, const Array *codes, int64_t count,
          const Array *values, const Array *present, Err *err)
{
    Array *a = NULL;
    Rows r;
    int whole, rc = rows_init(&r, codes, count, values, present, err);

    if (rc)
        return rc;
    whole = what == GROUP_COUNT || (what == GROUP_SUM && r.i);
    if ((rc = group_vector(&a, whole ? ARRAY_I64 : ARRAY_F64, count, err)) == OK)
        rc = sum_of(a, what, &r, err);
    rows_release(&r);
    if (rc)
        array_free(a);
    else
        *out = a;
    return rc;
}

/* -- choices -- */

static int
better(const Rows *r, GroupChoice what, int64_t k, int64_t than)
{
    switch (what) {
    case GROUP_FIRST: return 0;
    case GROUP_LAST: return 1;
    case GROUP_MIN: return r->f ? r->f[k] < r->f[than] : r->i[k] < r->i[than];
    default: return r->f ? r->f[k] > r->f[than] : r->i[k] > r->i[than];
    }
}

int
group_choose(Array **out, GroupChoice what, const Array *codes, int64_t count,
             const Array *values, const Array *present, Err *err)
{
    Array *a = NULL, *firsts = NULL;
    Rows r;
    int rc = rows_init(&r, codes, count, values, present, err);

    if (rc)
        return rc;
    if ((rc = group_vector(&a, ARRAY_I64, count, err)) == OK
        && (rc = group_firsts(&firsts, codes, count, err)) == OK) {
        for (int64_t k = 0; k < r.n; k++) {
            int64_t *best;

            if (!counts(&r, k))
                continue;
            best = &group_ints(a)[r.code[k] - 1];
            if (!*best || better(&r, what, k, *best - 1))
                *best = k + 1;
        }
        for (int64_t g = 0; g < count; g++)
            if (!group_ints(a)[g])
                group_ints(a)[g] = group_ints(firsts)[g];
    }
    array_free(firsts);
    rows_release(&r);
    if (rc)
        array_free(a);
    else
        *out = a;
    return rc;
}

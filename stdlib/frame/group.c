/* group.c -- see group.h: codes and orders */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "frame/group_core.h"

/* -- codes -- */

typedef struct Slot {
    int64_t key, code;          /* code 0: free */
} Slot;

typedef struct Table {
    Slot *slots;
    int64_t used;
    int bits;
} Table;

static size_t
place_of(const Table *t, int64_t key)
{
    uint64_t x = (uint64_t)key;

    x = (x ^ x >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)((x ^ x >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> (64 - t->bits));
}

static Slot *
find(const Table *t, int64_t key)
{
    size_t mask = ((size_t)1 << t->bits) - 1;

    for (size_t i = place_of(t, key);; i = (i + 1) & mask)
        if (!t->slots[i].code || t->slots[i].key == key)
            return &t->slots[i];
}

static int
grow(Table *t)
{
    Table bigger = {NULL, t->used, t->bits + 1};

    bigger.slots = calloc((size_t)1 << bigger.bits, sizeof(Slot));
    if (!bigger.slots)
        return -1;
    for (size_t i = 0; t->slots && i < (size_t)1 << t->bits; i++)
        if (t->slots[i].code)
            *find(&bigger, t->slots[i].key) = t->slots[i];
    free(t->slots);
    *t = bigger;
    return 0;
}

static int
hash_keys(int64_t *codes, int64_t *count, const int64_t *keys, int64_t n)
{
    Table t = {NULL, 0, 9};
    int failed = grow(&t);

    for (int64_t i = 0; !failed && i < n; i++) {
        Slot *s = find(&t, keys[i]);

        if (!s->code) {
            *s = (Slot){keys[i], ++t.used};
            codes[i] = t.used;
            failed = t.used >> (t.bits - 1) && grow(&t);
        } else {
            codes[i] = s->code;
        }
    }
    *count = t.used;
    free(t.slots);
    return failed ? -1 : 0;
}

/* Keys of a narrow range are their own places in a table. */
static int
index_keys(int64_t *codes, int64_t *count, const int64_t *keys, int64_t n,
           const int64_t range[2])
{
    int64_t *table = calloc((size_t)(range[1] - range[0] + 1), sizeof *table), used = 0;

    if (!table)
        return -1;
    for (int64_t i = 0; i < n; i++) {
        int64_t *code = &table[keys[i] - range[0]];

        if (!*code)
            *code = ++used;
        codes[i] = *code;
    }
    free(table);
    *count = used;
    return 0;
}

static int
code_keys(int64_t *codes, int64_t *count, const int64_t *keys, int64_t n)
{
    int64_t range[2] = {n ? keys[0] : 0, n ? keys[0] : 0}, width;

    for (int64_t i = 1; i < n; i++) {
        range[0] = keys[i] < range[0] ? keys[i] : range[0];
        range[1] = keys[i] > range[1] ? keys[i] : range[1];
    }
    if (!__builtin_sub_overflow(range[1], range[0], &width) && width / 4 <= n)
        return index_keys(codes, count, keys, n, range);
    return hash_keys(codes, count, keys, n);
}

/* One key for each value: the bits of a double, with one zero and one NaN. */
static int
float_keys(Array **out, const Array *values, Err *err)
{
    Array *a = NULL;
    int rc = array_astype(&a, values, ARRAY_F64, err);

    if (rc)
        return rc;
    for (int64_t i = 0; i < a->shape[0]; i++) {
        double d = group_floats(a)[i] == 0     ? 0
                   : isnan(group_floats(a)[i]) ? (double)NAN
                                               : group_floats(a)[i];

        memcpy(&group_floats(a)[i], &d, sizeof d);
    }
    a->type = ARRAY_I64;
    *out = a;
    return OK;
}

int
group_codes(Array **out, int64_t *count, const Array *values, Err *err)
{
    int64_t n = values->shape[0];
    Array *codes = NULL, *own = NULL;
    const void *keys = NULL;
    int rc;

    if (array_isfloat(values->type)) {
        rc = float_keys(&own, values, err);
        keys = own ? own->data : NULL;
    } else {
        rc = group_dense(&keys, &own, values, ARRAY_I64, err);
    }
    if (rc == OK && (rc = group_vector(&codes, ARRAY_I64, n, err)) == OK
        && code_keys(group_ints(codes), count, keys, n))
        rc = err_nomem(err);
    array_free(own);
    if (rc)
        array_free(codes);
    else
        *out = codes;
    return rc;
}

/* Rows of code 0 get the key 0, which no pair has, and afterwards code 0: codes
 * above that of the key go down by one. */
static void
leave_out_zero(int64_t *codes, int64_t *count, const int64_t *keys, int64_t n)
{
    int64_t zero = 0;

    for (int64_t i = 0; i < n && !zero; i++)
        zero = keys[i] == 0 ? codes[i] : 0;
    if (!zero)
        return;
    for (int64_t i = 0; i < n; i++)
        codes[i] = codes[i] == zero ? 0 : codes[i] - (codes[i] > zero);
    --*count;
}

int
group_combine(Array **out, int64_t *count, const Array *x, const Array *y, int64_t ycount,
              Err *err)
{
    const void *px, *py;
    Array *ox = NULL, *oy = NULL, *keys = NULL;
    int rc = group_dense(&px, &ox, x, ARRAY_I64, err);

    if (rc == OK)
        rc = group_dense(&py, &oy, y, ARRAY_I64, err);
    if (rc == OK && (rc = group_vector(&keys, ARRAY_I64, x->shape[0], err)) == OK) {
        const int64_t *a = px, *b = py;

        /* both count rows in memory: their product fits */
        for (int64_t i = 0; i < x->shape[0]; i++)
            group_ints(keys)[i] = a[i] && b[i] ? (a[i] - 1) * ycount + b[i] : 0;
        rc = group_codes(out, count, keys, err);
        if (rc == OK)
            leave_out_zero(group_ints(*out), count, group_ints(keys), x->shape[0]);
    }
    array_free(ox);
    array_free(oy);
    array_free(keys);
    return rc;
}

int
group_firsts(Array **out, const Array *codes, int64_t count, Err *err)
{
    const void *p;
    Array *own, *firsts = NULL;
    int rc = group_dense(&p, &own, codes, ARRAY_I64, err);

    if (rc == OK && (rc = group_vector(&firsts, ARRAY_I64, count, err)) == OK) {
        const int64_t *code = p;

        for (int64_t i = codes->shape[0]; i > 0; i--)
            if (code[i - 1])
                group_ints(firsts)[code[i - 1] - 1] = i;
        *out = firsts;
    }
    array_free(own);
    return rc;
}

int64_t *
group_count_codes(const int64_t *code, int64_t n, int64_t count)
{
    int64_t *start = calloc((size_t)count + 2, sizeof *start);

    for (int64_t i = 0; start && i < n; i++)
        start[code[i] + 1]++;
    for (int64_t k = 1; start && k < count + 2; k++)
        start[k] += start[k - 1];
    return start;
}

void
group_place(int64_t *order, int64_t *start, const int64_t *code, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        order[start[code[i]]++] = i + 1;
}

int
group_order(Array **out, const Array *codes, int64_t count, Err *err)
{
    int64_t n = codes->shape[0], *start = NULL;
    Array *own, *order = NULL;
    const void *p;
    int rc = group_dense(&p, &own, codes, ARRAY_I64, err);

    if (rc == OK && !(start = group_count_codes(p, n, count)))
        rc = err_nomem(err);
    if (rc == OK && (rc = group_vector(&order, ARRAY_I64, n, err)) == OK) {
        group_place(group_ints(order), start, p, n);
        *out = order;
    }
    free(start);
    array_free(own);
    return rc;
}

/* group.c -- see group.h: codes, orders, pairs */
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

/* SortedKeys of a narrow range are their own places in a table. */
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

/* Where each code begins in the order, count + 2 of them; or NULL. */
static int64_t *
count_codes(const int64_t *code, int64_t n, int64_t count)
{
    int64_t *start = calloc((size_t)count + 2, sizeof *start);

    for (int64_t i = 0; start && i < n; i++)
        start[code[i] + 1]++;
    for (int64_t k = 1; start && k < count + 2; k++)
        start[k] += start[k - 1];
    return start;
}

/* Fills order with places from 1 by code; start then holds where each ends. */
static void
place(int64_t *order, int64_t *start, const int64_t *code, int64_t n)
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

    if (rc == OK && !(start = count_codes(p, n, count)))
        rc = err_nomem(err);
    if (rc == OK && (rc = group_vector(&order, ARRAY_I64, n, err)) == OK) {
        place(group_ints(order), start, p, n);
        *out = order;
    }
    free(start);
    array_free(own);
    return rc;
}

/* -- pairs -- */

typedef struct Sides {
    const int64_t *left, *right;        /* codes */
    int64_t nleft, nright;
    int64_t *order, *start;             /* of the right rows by code */
    char *taken;                        /* right rows that have a partner */
    Array *own[2];
} Sides;

/* How many partners a left row has; *at is the first in order. */
static int64_t
partners(const Sides *s, int64_t row, int64_t *at)
{
    int64_t code = s->left[row];

    *at = code ? s->start[code] : 0;
    return code ? s->start[code + 1] - s->start[code] : 0;
}

static int64_t
count_pairs(const Sides *s, const int keep[2])
{
    int64_t total = 0, at, left_over = s->nright;

    memset(s->taken, 0, (size_t)s->nright);
    for (int64_t i = 0; i < s->nleft; i++) {
        int64_t n = partners(s, i, &at);

        if (__builtin_add_overflow(total, n ? n : keep[0] != 0, &total))
            return -1;
        for (int64_t k = at; k < at + n && !s->taken[s->order[k] - 1]; k++, left_over--)
            s->taken[s->order[k] - 1] = 1;
    }
    if (keep[1] && __builtin_add_overflow(total, left_over, &total))
        return -1;
    return total;
}

static void
write_pairs(const Sides *s, const int keep[2], int64_t *left, int64_t *right)
{
    int64_t at;

    for (int64_t i = 0; i < s->nleft; i++) {
        int64_t n = partners(s, i, &at);

        for (int64_t k = 0; k < n; k++) {
            *left++ = i + 1;
            *right++ = s->order[at + k];
        }
        if (!n && keep[0]) {
            *left++ = i + 1;
            *right++ = 0;
        }
    }
    for (int64_t k = 0; keep[1] && k < s->nright; k++)
        if (!s->taken[k]) {
            *left++ = 0;
            *right++ = k + 1;
        }
}

static void
sides_release(Sides *s)
{
    free(s->order);
    free(s->start);
    free(s->taken);
    array_free(s->own[0]);
    array_free(s->own[1]);
}

static int
sides_init(Sides *s, const Array *lcodes, const Array *rcodes, int64_t count, Err *err)
{
    const void *left = NULL, *right = NULL;
    int rc;

    memset(s, 0, sizeof *s);
    s->nleft = lcodes->shape[0];
    s->nright = rcodes->shape[0];
    if ((rc = group_dense(&left, &s->own[0], lcodes, ARRAY_I64, err))
        || (rc = group_dense(&right, &s->own[1], rcodes, ARRAY_I64, err)))
        return rc;
    s->left = left;
    s->right = right;
    s->start = count_codes(right, s->nright, count);
    s->order = malloc(((size_t)s->nright + 1) * sizeof *s->order);
    s->taken = malloc((size_t)s->nright + 1);
    if (!s->start || !s->order || !s->taken)
        return err_nomem(err);
    place(s->order, s->start, right, s->nright);
    /* place moved each start to the next one's */
    memmove(s->start + 1, s->start, ((size_t)count + 1) * sizeof *s->start);
    s->start[0] = 0;
    return OK;
}

int
group_pairs(Array **left, Array **right, const Array *lcodes, const Array *rcodes,
            int64_t count, const int keep[2], Err *err)
{
    Array *a = NULL, *b = NULL;
    int64_t total = 0;
    Sides s;
    int rc = sides_init(&s, lcodes, rcodes, count, err);

    if (rc == OK && (total = count_pairs(&s, keep)) < 0)
        rc = err_set(err, ERR_INVAL, "the join has too many rows");
    if (rc == OK && (rc = group_vector(&a, ARRAY_I64, total, err)) == OK
        && (rc = group_vector(&b, ARRAY_I64, total, err)) == OK)
        write_pairs(&s, keep, group_ints(a), group_ints(b));
    sides_release(&s);
    if (rc) {
        array_free(a);
        array_free(b);
        return rc;
    }
    *left = a;
    *right = b;
    return OK;
}

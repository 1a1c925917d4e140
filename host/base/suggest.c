/* suggest.c -- see suggest.h */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/suggest.h"

enum { MOST_LISTED = 12 };

static int
letter(char c, int fold)
{
    return fold && c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* One row of the table of distances: that of a[0..i], whose former rows are last and before. */
static void
fill_row(const char *a, size_t i, const char *b, int fold, size_t *const rows[3])
{
    const size_t *before = rows[0], *last = rows[1];
    size_t *row = rows[2];

    row[0] = i;
    for (size_t j = 1; b[j - 1]; j++) {
        int x = letter(a[i - 1], fold), y = letter(b[j - 1], fold);

        row[j] = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + (x != y));
        if (i > 1 && j > 1 && x == letter(b[j - 2], fold) && letter(a[i - 2], fold) == y)
            row[j] = least(row[j], before[j - 2] + 1);
    }
}

/* The number of edits (insert, delete, replace, swap) from a to b; SIZE_MAX when out of memory.
 * fold: capitals are small letters. */
static size_t
distance(const char *a, const char *b, int fold)
{
    size_t n = strlen(a), m = strlen(b), result = SIZE_MAX;
    size_t *memory = malloc(3 * (m + 1) * sizeof *memory), *rows[3];

    if (!memory)
        return result;
    for (int k = 0; k < 3; k++)
        rows[k] = memory + (size_t)k * (m + 1);
    for (size_t j = 0; j <= m; j++)
        rows[2][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *oldest = rows[0];

        rows[0] = rows[1];
        rows[1] = rows[2];
        rows[2] = oldest;
        fill_row(a, i, b, fold, rows);
    }
    result = rows[2][m];
    free(memory);
    return result;
}

/* Of two names that are equally near but for case: is a nearer than b? */
static int
is_before(const char *name, const char *a, const char *b)
{
    size_t to_a = distance(name, a, 0), to_b = distance(name, b, 0);

    return to_a != to_b ? to_a < to_b : strcmp(a, b) < 0;
}

const char *
suggest_nearest(const char *name, const char *const *names, size_t n)
{
    const char *best = NULL, *longer = NULL;
    size_t len = strlen(name), most = len / 3 > 1 ? len / 3 : 1;

    if (!len)
        return NULL;
    most = least(most, len - 1);        /* no farther than this */
    for (size_t i = 0; i < n; i++) {
        size_t d;

        if (strcmp(names[i], name) == 0)
            continue;
        d = distance(name, names[i], 1);
        if (d < most || (d == most && (!best || is_before(name, names[i], best)))) {
            best = names[i];
            most = d;
        }
        if (len > 2 && strncmp(names[i], name, len) == 0
            && (!longer || strcmp(names[i], longer) < 0))
            longer = names[i];
    }
    return best ? best : longer;
}

static int
put_quoted(Buf *out, const char *s)
{
    int bad = 0;

    for (; *s && !bad; s++)
        bad = (strchr("\"\\\n", *s) && buf_byte(out, '\\')) || buf_byte(out, *s);
    return bad;
}

int
suggest_put(Buf *out, const char *prefix, const char *name)
{
    return buf_puts(out, "; did you mean \"") || put_quoted(out, prefix) || put_quoted(out, name)
           || buf_puts(out, "\"?") ? ERR_NOMEM : OK;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
suggest_hint(Buf *out, const char *name, const char *const *names, size_t n)
{
    const char *near = suggest_nearest(name, names, n), *sorted[MOST_LISTED];
    int bad = 0;

    if (near)
        return suggest_put(out, "", near);
    if (n == 0 || n > MOST_LISTED)
        return OK;
    memcpy(sorted, names, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    for (size_t i = 0; i < n && !bad; i++)
        bad = buf_puts(out, i ? ", " : "; available: ") || buf_puts(out, sorted[i]);
    return bad ? ERR_NOMEM : OK;
}

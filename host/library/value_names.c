/* value_names.c -- see value_names.h.  What is near is what lua/base/suggest.lua finds near, but
 * that two letters in the wrong order are two edits. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "library/value_names.h"

enum { LONGEST = 100, LISTED = 12 };

static int
lower(char c)
{
    return tolower((unsigned char)c);
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The edits (insert, delete, replace) from a to b; names longer than LONGEST are far. */
static size_t
distance(const char *a, const char *b)
{
    size_t row[LONGEST + 1], na = strlen(a), nb = strlen(b);

    if (na > LONGEST || nb > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t above = row[j];

            row[j] = least(least(above, row[j - 1]) + 1,
                           corner + (lower(a[i - 1]) != lower(b[j - 1])));
            corner = above;
        }
    }
    return row[nb];
}

/* The name that is nearest, or else begins with the given one, or NULL. */
static const char *
nearest(const rille_values *v, const char *name)
{
    const char *best = NULL, *longer = NULL;
    size_t n = strlen(name), most = n / 3 ? n / 3 : 1, best_d = least(most, n - 1);

    for (size_t i = 0; i < v->n; i++) {
        const char *other = v->list[i].name;
        size_t d = other ? distance(name, other) : SIZE_MAX;

        if (d < best_d || (d == best_d && !best)) {
            best = other;
            best_d = d;
        }
        if (other && n > 2 && strncmp(other, name, n) == 0
            && (!longer || strcmp(other, longer) < 0))
            longer = other;
    }
    return best ? best : longer;
}

/* Appends the names that there are, in their order; none when they are many. */
static int
list(const rille_values *v, const char *before, Buf *out)
{
    int rc = buf_puts(out, before);

    for (size_t i = 0; !rc && i < v->n && i < LISTED; i++)
        rc = buf_printf(out, "%s\"%s\"", i ? ", " : "", v->list[i].name ? v->list[i].name : "");
    return rc || v->n <= LISTED ? rc : buf_puts(out, " ...");
}

static int
describe(const rille_values *v, const char *name, Buf *out)
{
    const char *near;
    int rc;

    if (!name)
        return list(v, "there are several values; name one of ", out);
    rc = buf_printf(out, "there is no value \"%s\"", name);
    near = *name ? nearest(v, name) : NULL;
    if (rc)
        return rc;
    if (near)
        return buf_printf(out, "; did you mean \"%s\"?", near);
    if (v->n == 1 && !v->list[0].name)
        return buf_puts(out, "; the only value has no name, and NULL finds it");
    return v->n && v->n <= LISTED ? list(v, "; available: ", out) : 0;
}

int
value_names_report(rille_values *v, int code, const char *name)
{
    Buf text;
    int rc;

    buf_init(&text);
    rc = describe(v, name, &text);
    if (rc || !buf_cstr(&text))
        code = engine_nomem(v->e);
    else
        engine_report(v->e, code, buf_cstr(&text));
    buf_release(&text);
    return code;
}

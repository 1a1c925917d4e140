/* filter_fields.c -- see filter_fields.h */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/suggest.h"
#include "meta/filter_fields.h"
#include "os/sys.h"

enum { MOST_FIELDS = 32 };              /* of a subject, and four words */

static int
is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || c == '_' || c == '-';
}

static int
is(Slice s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.data, word, s.len) == 0;
}

/* ---- names ---- */

/* The name at p, perhaps in quotes; returns what is behind it, or NULL. */
static const char *
take_name(const char *p, const char *end, Slice *out)
{
    const char *q = p;

    if (p < end && *p == '"') {
        for (q = p + 1; q < end && *q != '"' && *q != '\\'; q++)
            ;
        *out = (Slice){p + 1, (size_t)(q - p) - 1};
        return q < end && *q == '"' && out->len ? q + 1 : NULL;
    }
    while (q < end && is_word(*q))
        q++;
    *out = (Slice){p, (size_t)(q - p)};
    return out->len ? q : NULL;
}

int
filter_fields_split(Slice text, Buf *names)
{
    const char *p = text.data, *end = p + text.len;
    Slice name;

    for (;;) {
        if (!(p = take_name(p, end, &name)))
            return 0;
        if (buf_put(names, &name, sizeof name))
            return ERR_NOMEM;
        if (p == end)
            return 1;
        if (*p++ != '.')
            return 0;
    }
}

/* Its own field whose name is all names with dots between them. */
static const char *
own_field(const FilterSubject *subject, const Slice *names, size_t n)
{
    for (const FilterColumn *c = subject->columns; c->name; c++) {
        const char *p = c->name;
        size_t i = 0;

        while (i < n && strncmp(p, names[i].data, names[i].len) == 0
               && p[names[i].len] == (i + 1 < n ? '.' : 0))
            p += names[i++].len + 1;
        if (i == n)
            return c->name;
    }
    return NULL;
}

int
filter_fields_read(const FilterSubject *subject, const Slice *names, size_t n, Slice *name,
                   size_t *first)
{
    const char *own = n ? own_field(subject, names, n) : NULL;

    *first = n;
    if (!own && n > 1 && is(names[0], "params"))
        own = "params";
    else if (!own && (n == 2 || n == 3) && (is(names[0], "metric") || is(names[0], "metrics")))
        own = "metric";
    else if (own) {
        *name = (Slice){own, strlen(own)};
        return 1;
    }
    if (!own)
        return 0;
    *name = (Slice){own, strlen(own)};
    *first = 1;
    return 1;
}

/* ---- what to say of a field that there is not ---- */

static int
put_name(Buf *out, const char *p, size_t n)
{
    int plain = n > 0;

    for (size_t i = 0; i < n; i++)
        plain = plain && is_word(p[i]);
    return (!plain && buf_byte(out, '"')) || buf_put(out, p, n) || (!plain && buf_byte(out, '"'));
}

/* metric.a.b.c: which names belong together cannot be seen. */
static int
hint_quotes(const Slice *names, size_t n, Buf *out)
{
    Buf rest;
    int bad = 0;

    buf_init(&rest);
    for (size_t i = 2; i < n && !bad; i++)
        bad = (i > 2 && buf_byte(&rest, '.')) || buf_put(&rest, names[i].data, names[i].len);
    bad = bad || buf_puts(out, "; put a name with a dot in it in quotes, as in metric.")
          || put_name(out, names[1].data, names[1].len) || buf_byte(out, '.')
          || put_name(out, (const char *)rest.data, rest.len);
    buf_release(&rest);
    return bad ? ERR_NOMEM : OK;
}

static size_t
field_names(const FilterSubject *subject, const char *out[MOST_FIELDS])
{
    static const char *const words[] = {"tag", "params.NAME", "metric.NAME", "metric.STEP.NAME"};
    size_t n = 0;

    for (; n < sizeof words / sizeof *words; n++)
        out[n] = words[n];
    for (const FilterColumn *c = subject->columns; c->name && n < MOST_FIELDS; c++)
        out[n++] = c->name;
    return n;
}

static int
has(const char *text, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], text) == 0)
            return 1;
    return 0;
}

/* The text is a parameter's or a metric's own name. */
static int
hint_known(const char *text, const FilterKnown *known, Buf *out, int *said)
{
    *said = 1;
    if (known && has(text, known->params, known->n_params))
        return suggest_put(out, "params.", text);
    if (known && has(text, known->metrics, known->n_metrics))
        return suggest_put(out, "metric.", text);
    *said = 0;
    return OK;
}

static int
hint_near(const char *text, const FilterKnown *known, Buf *out, int *said)
{
    const char *near = known ? suggest_nearest(text, known->params, known->n_params) : NULL;

    *said = 1;
    if (near)
        return suggest_put(out, "params.", near);
    near = known ? suggest_nearest(text, known->metrics, known->n_metrics) : NULL;
    if (near)
        return suggest_put(out, "metric.", near);
    *said = 0;
    return OK;
}

static int
hint_text(const FilterSubject *subject, const char *text, const FilterKnown *known, Buf *out)
{
    const char *fields[MOST_FIELDS];
    size_t n = field_names(subject, fields), before = out->len;
    int said, rc = hint_known(text, known, out, &said);

    if (rc || said)
        return rc;
    if (suggest_nearest(text, fields, n))
        return suggest_hint(out, text, fields, n);
    if ((rc = hint_near(text, known, out, &said)) || said)
        return rc;
    if ((rc = suggest_hint(out, text, fields, n)) || out->len > before)
        return rc;
    return buf_puts(out, "; the fields are listed in rille help runs") ? ERR_NOMEM : OK;
}

/* "git.x" is told of the fields that begin like it: NAME in place of the rest. */
static int
hint_group(const FilterSubject *subject, Slice first, Buf *out)
{
    const char *fields[MOST_FIELDS];
    size_t n = field_names(subject, fields);
    Buf name;
    int rc = ERR_NOMEM;

    buf_init(&name);
    if (!buf_put(&name, first.data, first.len) && !buf_puts(&name, ".NAME") && buf_cstr(&name))
        rc = suggest_hint(out, buf_cstr(&name), fields, n);
    buf_release(&name);
    return rc;
}

int
filter_fields_hint(const FilterSubject *subject, Slice text, const FilterKnown *known, Buf *out)
{
    Buf names, copy;
    const Slice *name;
    int is_field, rc = ERR_NOMEM;
    size_t n;

    buf_init(&names);
    buf_init(&copy);
    is_field = filter_fields_split(text, &names);
    name = (const Slice *)(const void *)names.data;
    n = is_field > 0 ? names.len / sizeof *name : 0;
    if (is_field < 0 || buf_put(&copy, text.data, text.len) || !buf_cstr(&copy))
        rc = ERR_NOMEM;
    else if (n > 3 && (is(name[0], "metric") || is(name[0], "metrics")))
        rc = hint_quotes(name, n, out);
    else if (n > 1)
        rc = hint_group(subject, name[0], out);
    else
        rc = hint_text(subject, buf_cstr(&copy), known, out);
    buf_release(&names);
    buf_release(&copy);
    return rc;
}

/* ---- times ---- */

/* Two digits, or four; -1 where they are not there. */
static int
digits(const char **p, const char *end, int n)
{
    int v = 0;

    for (; n; n--, (*p)++) {
        if (*p >= end || **p < '0' || **p > '9')
            return -1;
        v = 10 * v + (**p - '0');
    }
    return v;
}

static int
read_age(Slice text, double *out)
{
    static const char units[] = "smhdw";
    static const double seconds[] = {1, 60, 3600, 86400, 7 * 86400};
    const char *last = text.data + text.len - 1, *unit;
    Decimal d;

    if (text.len < 2 || !*last || !(unit = strchr(units, *last)))
        return 0;
    decimal_scan(text.data, last, &d);
    if (d.end != last || d.sign || d.exponent || !d.n_whole)
        return 0;
    *out = sys_now() - decimal_double(&d) * seconds[unit - units];
    return 1;
}

/* " 10:30", "T10:30:05" */
static int
read_clock(const char *p, const char *end, struct tm *t)
{
    if (p == end)
        return 1;
    if (*p != ' ' && *p != 'T')
        return 0;
    p++;
    t->tm_hour = digits(&p, end, 2);
    if (t->tm_hour < 0 || p == end || *p++ != ':' || (t->tm_min = digits(&p, end, 2)) < 0)
        return 0;
    if (p < end && *p == ':')
        p++;
    for (t->tm_sec = 0; p < end && *p >= '0' && *p <= '9' && t->tm_sec < 10; p++)
        t->tm_sec = 10 * t->tm_sec + (*p - '0');
    return p == end;
}

int
filter_fields_time(Slice text, double *out)
{
    const char *p = text.data, *end = p + text.len;
    struct tm t = {.tm_isdst = -1};
    int year, month, day;

    if (read_age(text, out))
        return 1;
    if ((year = digits(&p, end, 4)) < 0 || p == end || *p++ != '-'
        || (month = digits(&p, end, 2)) < 0 || p == end || *p++ != '-'
        || (day = digits(&p, end, 2)) < 0 || !read_clock(p, end, &t))
        return 0;
    if (month < 1 || month > 12 || day < 1 || day > 31 || t.tm_hour > 23 || t.tm_min > 59
        || t.tm_sec > 60)
        return 0;
    t.tm_year = year - 1900;
    t.tm_mon = month - 1;
    t.tm_mday = day;
    *out = (double)mktime(&t);
    return 1;
}

/* model_artifact.c -- the artifacts that a version of a model links. */
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "library/query.h"

/* Links of one version, in order of their names; of a name the last is the newest. */
typedef struct Links {
    const rille_model *model;
    Rows rows;
    Buf message;
    Err err;
} Links;

static int
is_last_of_name(const Links *l, size_t i)
{
    Slice name = rows_text(&l->rows, i, "name"), next;

    if (i + 1 == l->rows.n)
        return 1;
    next = rows_text(&l->rows, i + 1, "name");
    return next.len != name.len || memcmp(next.data, name.data, name.len) != 0;
}

/* Is it the full name, or its end after "::"?  2, 1 or 0. */
static int
fits(Slice full, const char *name)
{
    size_t n = strlen(name);

    if (full.len == n && memcmp(full.data, name, n) == 0)
        return 2;
    return full.len > n + 2 && memcmp(full.data + full.len - n, name, n) == 0
           && memcmp(full.data + full.len - n - 2, "::", 2) == 0;
}

static int
fail(Links *l, int code, int bad)
{
    if (bad || !buf_cstr(&l->message))
        return err_nomem(&l->err);
    return err_set(&l->err, code, "%s", buf_cstr(&l->message));
}

static int
begin_message(Links *l, const char *what)
{
    return buf_printf(&l->message, "model \"%s\", version %lld %s", l->model->name,
                      (long long)l->model->number, what);
}

/* Appends the names that fit (all where name is NULL), with commas. */
static int
put_names(Links *l, const char *name)
{
    int first = 1, bad = 0;

    for (size_t i = 0; i < l->rows.n && !bad; i++) {
        Slice full = rows_text(&l->rows, i, "name");

        if (!is_last_of_name(l, i) || (name && !fits(full, name)))
            continue;
        bad = (!first && buf_puts(&l->message, ", ")) || buf_put(&l->message, full.data, full.len);
        first = 0;
    }
    return bad;
}

/* The last part of each name, of which one is near. */
static int
no_link(Links *l, const char *name)
{
    QueryNames names;
    const char **shorts;
    size_t n = 0;
    int rc = query_names_init(&names, &l->rows, &l->err);

    shorts = rc == OK ? malloc((names.n + 1) * sizeof *shorts) : NULL;
    for (size_t i = 0; shorts && i < names.n; i++)
        if (is_last_of_name(l, i)) {
            const char *colon = strrchr(names.list[i], ':');

            shorts[n++] = colon ? colon + 1 : names.list[i];
        }
    if (rc == OK)
        rc = fail(l, ERR_NOTFOUND,
                  !shorts || begin_message(l, "has no artifact \"") || buf_puts(&l->message, name)
                      || buf_byte(&l->message, '"') || suggest_hint(&l->message, name, shorts, n));
    free(shorts);
    query_names_release(&names);
    return rc;
}

static int
choose_named(Links *l, const char *name, size_t *at)
{
    size_t n = 0;

    for (size_t i = 0; i < l->rows.n; i++) {
        int how = is_last_of_name(l, i) ? fits(rows_text(&l->rows, i, "name"), name) : 0;

        if (how)
            *at = i;
        if (how == 2)
            return OK;
        n += how == 1;
    }
    if (n == 1)
        return OK;
    if (!n)
        return no_link(l, name);
    return fail(l, ERR_INVAL, begin_message(l, "has several artifacts \"")
                                  || buf_printf(&l->message, "%s\"; write one of ", name)
                                  || put_names(l, name));
}

/* The only one of kind model, or the only one. */
static int
choose_main(Links *l, size_t *at)
{
    size_t n = 0, models = 0, model = 0;

    for (size_t i = 0; i < l->rows.n; i++) {
        Slice kind = rows_text(&l->rows, i, "kind");

        if (!is_last_of_name(l, i))
            continue;
        n++;
        *at = i;
        if (kind.len == 5 && memcmp(kind.data, "model", 5) == 0) {
            models++;
            model = i;
        }
    }
    if (models == 1)
        *at = model;
    if (models == 1 || n == 1)
        return OK;
    if (!n)
        return fail(l, ERR_NOTFOUND, begin_message(l, "has no artifacts"));
    return fail(l, ERR_INVAL, begin_message(l, "has several artifacts; name one: ")
                                  || put_names(l, NULL));
}

static int
find(Links *l, Meta *meta, const char *name, rille_artifact **out)
{
    size_t at = 0;
    int rc = query_ask(meta, &l->rows, &l->err, "model_links", l->model->row);

    if (rc || (rc = name ? choose_named(l, name, &at) : choose_main(l, &at)))
        return rc;
    *out = query_artifact_of(l->model->e, &l->rows, at);
    if (!*out)
        l->err = l->model->e->err;
    return *out ? OK : l->err.code;
}

int
rille_model_artifact(rille_artifact **out, rille_model *m, const char *name)
{
    Links l = {.model = m};
    Meta *meta;
    int rc;

    if (out)
        *out = NULL;
    if (!out || !m)
        return RILLE_EINVAL;
    if ((rc = query_begin(m->e, &meta)))
        return rc;
    rows_init(&l.rows);
    rc = find(&l, meta, name, out);
    rows_release(&l.rows);
    buf_release(&l.message);
    return query_end(m->e, rc, &l.err);
}

/* value_arrow.c -- rille_put_arrow and rille_get_arrow: the frame as a whole (value_arrow.h). */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "library/value_arrow.h"
#include "library/value_parts.h"

enum { SHOWN = 80, LABEL = SHOWN + 16 };     /* bytes of a name in messages; of "column NAME" */

typedef struct Import {
    const struct ArrowSchema *schema;
    const struct ArrowArray *array;
    ArrowHolder *holder;
    Err *err;
} Import;

/* ---- in ---- */

static int
refuse(const Import *in, int code, const char *what)
{
    return err_set(in->err, code, "rille_put_arrow: %s", what);
}

static int
check_structs(const Import *in)
{
    const struct ArrowSchema *s = in->schema;
    const struct ArrowArray *a = in->array;

    if (!s->format || strcmp(s->format, "+s") != 0)
        return err_set(in->err, ERR_TYPE, "rille_put_arrow: a frame is a struct array, of format "
                       "\"+s\", not \"%.40s\"", s->format ? s->format : "");
    if (s->n_children < 0 || s->n_children != a->n_children)
        return err_set(in->err, ERR_INVAL, "rille_put_arrow: the schema has %" PRId64 " children "
                       "and the array %" PRId64, s->n_children, a->n_children);
    if (s->n_children && (!s->children || !a->children))
        return refuse(in, ERR_INVAL, "children is NULL");
    if ((uint64_t)s->n_children > SIZE_MAX / sizeof(ValueColumn))
        return refuse(in, ERR_INVAL, "there are more children than memory holds");
    return OK;
}

/* The rows of a frame are all there. */
static int
check_rows(const Import *in)
{
    ArrowColumn c = {.label = "rille_put_arrow", .schema = in->schema, .array = in->array,
                     .err = in->err};
    int rc = value_arrow_open(&c, 0, -1, 1);

    for (int64_t i = 0; !rc && c.nulls && i < c.rows; i++)
        if (!value_arrow_present(&c, i))
            return value_arrow_refuse(&c, ERR_TYPE, "row %" PRId64 " is null, which a row of a "
                                      "frame cannot be", i + 1);
    return rc;
}

/* Writes "column "x"", or says by its number that it has no name to be read by. */
static int
check_name(const Import *in, int64_t i, const char *name, char label[LABEL])
{
    size_t n = name ? strlen(name) : 0;

    if (!name || utf8_valid(name, n) < n)
        return err_set(in->err, ERR_TYPE, "rille_put_arrow: the name of column %" PRId64 " is %s",
                       i + 1, name ? "not UTF-8" : "NULL");
    snprintf(label, LABEL, "column \"%.*s\"", SHOWN, name);
    return OK;
}

static int
import_column(const Import *in, int64_t i, ValueColumn *out)
{
    char label[LABEL];
    const struct ArrowSchema *s = in->schema->children[i];
    const struct ArrowArray *a = in->array->children[i];
    ArrowColumn c = {.label = label, .schema = s, .array = a, .holder = in->holder,
                     .err = in->err};
    int64_t first = in->array->offset, rows = in->array->length;
    int rc;

    if (!s || !a || !s->release || !a->release || !s->format)
        return err_set(in->err, ERR_INVAL, "rille_put_arrow: column %" PRId64 " is missing, was "
                       "released or was moved out", i + 1);
    if ((rc = check_name(in, i, s->name, label)))
        return rc;
    out->name = strdup(s->name);
    if (!out->name)
        return err_nomem(in->err);
    if ((rc = value_arrow_texts(&c, first, rows, out))
        || (rc = value_arrow_dates(&c, first, rows, out))
        || (rc = value_arrow_numbers(&c, first, rows, out)))
        return rc < 0 ? rc : OK;
    return value_arrow_refuse(&c, ERR_TYPE, "a frame has no columns of the Arrow format "
                              "\"%.40s\"%s; convert it to numbers, booleans, texts or dates",
                              s->format, s->dictionary ? " with a dictionary" : "");
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
check_different(const ValueFrame *f, Err *err)
{
    const char **names = malloc((f->n + 1) * sizeof *names);
    int rc = OK;

    if (!names)
        return err_nomem(err);
    for (size_t i = 0; i < f->n; i++)
        names[i] = f->columns[i].name;
    qsort((void *)names, f->n, sizeof *names, compare);
    for (size_t i = 1; !rc && i < f->n; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            rc = err_set(err, ERR_TYPE, "rille_put_arrow: two columns are named \"%.*s\"", SHOWN,
                         names[i]);
    free((void *)names);
    return rc;
}

/* Fills made, which its owner clears also after an error. */
static int
import(const Import *in, Value *made)
{
    ValueFrame *f;
    int rc;

    if ((rc = check_structs(in)) || (rc = check_rows(in)))
        return rc;
    f = made->frame = calloc(1, sizeof *f);
    if (!f)
        return err_nomem(in->err);
    f->rows = in->array->length;
    f->columns = calloc((size_t)in->array->n_children + 1, sizeof *f->columns);
    if (!f->columns)
        return err_nomem(in->err);
    for (int64_t i = 0; i < in->array->n_children; i++) {
        f->n++;
        if ((rc = import_column(in, i, &f->columns[i])))
            return rc;
    }
    return check_different(f, in->err);
}

/* Whatever can fail is done before the structs are moved. */
static int
put(rille_values *v, Value *made, struct ArrowSchema *schema, struct ArrowArray *array)
{
    ArrowHolder *holder = calloc(1, sizeof *holder);
    Err err = {0};
    Import in = {schema, array, holder, &err};

    if (!holder || !made->name || values_reserve(v, 1)) {
        free(holder);
        return engine_nomem(v->e);
    }
    holder->e = v->e;
    holder->references = 1;
    engine_reference(v->e);
    if (import(&in, made)) {
        value_clear(made);
        value_arrow_unreference(holder);
        return engine_report_err(v->e, &err);
    }
    holder->schema = *schema;
    holder->array = *array;
    schema->release = NULL;
    array->release = NULL;
    values_move_in(v, made);
    value_arrow_unreference(holder);
    return RILLE_OK;
}

int
rille_put_arrow(rille_values *v, const char *name, struct ArrowSchema *schema,
                struct ArrowArray *array)
{
    Value made = {.kind = VALUE_FRAME};
    int rc = values_begin_put(v, "rille_put_arrow", name);

    if (rc)
        return rc;
    if (!schema || !array)
        rc = values_bad_argument(v, "rille_put_arrow",
                                 schema ? "array is NULL" : "schema is NULL");
    else if (!schema->release || !array->release)
        rc = values_bad_argument(v, "rille_put_arrow", schema->release
                                 ? "array was released or moved already"
                                 : "schema was released or moved already");
    if (!rc) {
        made.name = strdup(name);
        rc = put(v, &made, schema, array);
    }
    free(made.name);
    return values_end(v, rc);
}

/* ---- out ---- */

int
rille_get_arrow(rille_values *v, const char *name, struct ArrowSchema *schema,
                struct ArrowArray *array)
{
    Value *value;
    Err err = {0};
    int rc;

    if (schema)
        *schema = (struct ArrowSchema){.release = NULL};
    if (array)
        *array = (struct ArrowArray){.release = NULL};
    if ((rc = values_begin(v)))
        return rc;
    if (!schema || !array)
        return values_end(v, values_bad_argument(v, "rille_get_arrow", schema
                                                 ? "array is NULL" : "schema is NULL"));
    value = values_find(v, name);
    if (!value)
        rc = rille_errcode(v->e);
    else if (value->kind != VALUE_FRAME)
        rc = values_refuse_kind(v, value, "a frame");
    else if (value_arrow_export(value->frame, schema, array, &err))
        rc = engine_report_err(v->e, &err);
    return values_end(v, rc);
}

/* values.c -- named values: the list, its names, and what a get finds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "library/artifact.h"
#include "library/registration.h"
#include "library/value_names.h"
#include "library/value_parts.h"

/* How each kind is called, and what reads it. */
static const struct {
    const char *is, *read_with;
} KINDS[] = {
    [VALUE_NULL] = {"null", "rille_get_json"},
    [VALUE_BOOL] = {"a boolean", "rille_get_bool"},
    [VALUE_INT] = {"an integer", "rille_get_int"},
    [VALUE_NUMBER] = {"a number", "rille_get_number"},
    [VALUE_STRING] = {"a string", "rille_get_string"},
    [VALUE_BYTES] = {"bytes", "rille_get_bytes"},
    [VALUE_JSON] = {"a JSON list or object", "rille_get_json"},
    [VALUE_ARRAY] = {"an array", "rille_get_array"},
    [VALUE_FRAME] = {"a frame", "rille_get_arrow"},
    [VALUE_ARTIFACT] = {"an artifact", "rille_get_artifact"},
    [VALUE_OBJECT] = {"an object", "rille_get_object"},
    [VALUE_STORED] = {"an artifact", "rille_get_artifact"},
};

/* ---- one value ---- */

void
value_clear(Value *value)
{
    char *name = value->name;

    buf_release(&value->bytes);
    buf_release(&value->json);
    array_free(value->array);
    value_frame_free(value->frame);
    rille_artifact_free(value->artifact);
    registration_free_object(value->object);
    *value = (Value){.name = name, .kind = VALUE_NULL};
}

const char *
value_label(const char *name, char out[VALUE_LABEL])
{
    if (name)
        snprintf(out, VALUE_LABEL, "value \"%.100s\"", name);
    else
        snprintf(out, VALUE_LABEL, "the value");
    return out;
}

int
values_refuse_kind(rille_values *v, const Value *value, const char *wanted)
{
    char label[VALUE_LABEL];

    value_label(value->name, label);
    if (value->kind == VALUE_OBJECT)
        return engine_report_as(v->e, RILLE_ETYPE, "%s is an object of type %s, not %s; read it "
                                "with rille_get_object", label, value->object->type_name, wanted);
    return engine_report_as(v->e, RILLE_ETYPE, "%s is %s, not %s; read it with %s", label,
                            KINDS[value->kind].is, wanted, KINDS[value->kind].read_with);
}

int
values_bad_argument(rille_values *v, const char *function, const char *what)
{
    return engine_report_as(v->e, RILLE_EINVAL, "%s: %s", function, what);
}

/* ---- the list ---- */

static rille_values *
make(rille_engine *e, int readonly)
{
    rille_values *v = calloc(1, sizeof *v);

    if (!v)
        return NULL;
    v->e = e;
    v->readonly = readonly;
    engine_reference(e);
    return v;
}

rille_values *
values_new_readonly(rille_engine *e)
{
    return make(e, 1);
}

rille_values *
rille_values_new(rille_engine *e)
{
    rille_values *v;

    if (engine_acquire(e))
        return NULL;
    v = make(e, 0);
    if (!v)
        engine_nomem(e);
    engine_release(e);
    return v;
}

void
rille_values_free(rille_values *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->n; i++) {
        value_clear(&v->list[i]);
        free(v->list[i].name);
    }
    free(v->list);
    free((void *)v->names);
    engine_unreference(v->e);
    free(v);
}

static Value *
look(const rille_values *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++) {
        const char *other = v->list[i].name;

        if (name ? other && strcmp(other, name) == 0 : !other)
            return &v->list[i];
    }
    return NULL;
}

int
values_reserve(rille_values *v, size_t more)
{
    size_t cap = v->cap ? v->cap : 4;
    Value *list;

    while (cap - v->n < more)
        cap *= 2;
    if (cap == v->cap)
        return RILLE_OK;
    list = realloc(v->list, cap * sizeof *list);
    if (!list)
        return engine_nomem(v->e);
    v->list = list;
    v->cap = cap;
    return RILLE_OK;
}

void
values_move_in(rille_values *v, Value *made)
{
    Value *slot = look(v, made->name);

    if (slot) {
        value_clear(slot);
        free(slot->name);
    } else {
        slot = &v->list[v->n++];
    }
    *slot = *made;
    *made = (Value){.kind = VALUE_NULL};
    free((void *)v->names);
    v->names = NULL;
}

Value *
values_slot(rille_values *v, const char *name)
{
    Value *slot = look(v, name);
    Value made = {.kind = VALUE_NULL};

    if (slot) {
        value_clear(slot);
        return slot;
    }
    if (values_reserve(v, 1) || (name && !(made.name = strdup(name))))
        return NULL;
    values_move_in(v, &made);
    return &v->list[v->n - 1];
}

/* ---- calls ---- */

int
values_begin(rille_values *v)
{
    if (!v)
        return RILLE_EINVAL;
    return v->in_step ? engine_report(v->e, RILLE_OK, "") : engine_acquire(v->e);
}

int
values_end(rille_values *v, int rc)
{
    if (!v->in_step)
        engine_release(v->e);
    return rc;
}

static int
check_put(rille_values *v, const char *function, const char *name)
{
    size_t n;

    if (v->readonly)
        return engine_report_as(v->e, RILLE_EINVAL, "%s: these values were given out by the "
                                "library and are read-only; put into rille_values_new or "
                                "rille_outputs", function);
    if (!name || !*name)
        return values_bad_argument(v, function, name ? "name is \"\"" : "name is NULL");
    n = strlen(name);
    if (utf8_valid(name, n) < n)
        return values_bad_argument(v, function, "name is not UTF-8");
    return RILLE_OK;
}

int
values_begin_put(rille_values *v, const char *function, const char *name)
{
    int rc = values_begin(v);

    if (rc)
        return rc;
    rc = check_put(v, function, name);
    return rc ? values_end(v, rc) : RILLE_OK;
}

int
values_end_put(rille_values *v, const char *name, Value *made, int rc)
{
    if (!rc && !(made->name = strdup(name)))
        rc = engine_nomem(v->e);
    if (!rc)
        rc = values_reserve(v, 1);
    if (!rc) {
        values_move_in(v, made);
    } else {
        value_clear(made);
        free(made->name);
    }
    return values_end(v, rc);
}

/* ---- finding ---- */

/* The only value. */
static Value *
only(rille_values *v)
{
    if (v->n == 1)
        return &v->list[0];
    if (v->n == 0)
        engine_report(v->e, RILLE_ENOTFOUND, "there are no values");
    else
        value_names_report(v, RILLE_EINVAL, NULL);
    return NULL;
}

Value *
values_look_up(rille_values *v, const char *name)
{
    Value *found = name ? look(v, name) : only(v);

    if (!found && name)
        value_names_report(v, RILLE_ENOTFOUND, name);
    return found;
}

Value *
values_find(rille_values *v, const char *name)
{
    Value *found = values_look_up(v, name);
    Err err = {0};

    if (found && found->kind == VALUE_STORED && value_load(v->e, found, &err)) {
        engine_report_err(v->e, &err);
        return NULL;
    }
    return found;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Fills v->names; the number of them in *count. */
static int
list_names(rille_values *v, size_t *count)
{
    size_t n = 0;

    if (!v->names && !(v->names = calloc(v->n + 1, sizeof *v->names)))
        return engine_nomem(v->e);
    for (size_t i = 0; i < v->n; i++)
        if (v->list[i].name)
            v->names[n++] = v->list[i].name;
    qsort((void *)v->names, n, sizeof *v->names, compare);
    *count = n;
    return RILLE_OK;
}

int
rille_names(rille_values *v, const char *const **names, size_t *count)
{
    int rc;

    if (names)
        *names = NULL;
    if (count)
        *count = 0;
    if ((rc = values_begin(v)))
        return rc;
    if (!names || !count)
        rc = values_bad_argument(v, "rille_names", names ? "count is NULL" : "names is NULL");
    else if ((rc = list_names(v, count)) == RILLE_OK)
        *names = v->names;
    return values_end(v, rc);
}

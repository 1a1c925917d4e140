/* value_get.c -- the host's gets of scalars, texts, bytes, JSON, artifacts and objects. */
#include <math.h>
#include <string.h>

#include "library/artifact.h"
#include "library/registration.h"
#include "library/value_parts.h"

/* Begins a get: the value, loaded.  out NULL is a mistake of the caller. */
static int
begin_get(Value **value, rille_values *v, const char *function, const char *name, const void *out)
{
    int rc = values_begin(v);

    if (rc)
        return rc;
    if (!out)
        return values_end(v, values_bad_argument(v, function, "out is NULL"));
    *value = values_find(v, name);
    return *value ? RILLE_OK : values_end(v, rille_errcode(v->e));
}

int
rille_get_bool(rille_values *v, const char *name, int *out)
{
    Value *value;
    int rc;

    if (out)
        *out = 0;
    if ((rc = begin_get(&value, v, "rille_get_bool", name, out)))
        return rc;
    if (value->kind != VALUE_BOOL)
        return values_end(v, values_refuse_kind(v, value, "a boolean"));
    *out = value->boolean;
    return values_end(v, RILLE_OK);
}

/* Whether f is an integer that an int64_t holds. */
static int
is_integer(double f)
{
    return f >= -0x1p63 && f < 0x1p63 && floor(f) == f;
}

int
rille_get_int(rille_values *v, const char *name, int64_t *out)
{
    char label[VALUE_LABEL];
    Value *value;
    int rc;

    if (out)
        *out = 0;
    if ((rc = begin_get(&value, v, "rille_get_int", name, out)))
        return rc;
    if (value->kind == VALUE_INT)
        *out = value->integer;
    else if (value->kind == VALUE_NUMBER && is_integer(value->number))
        *out = (int64_t)value->number;
    else if (value->kind == VALUE_NUMBER)
        rc = engine_report_as(v->e, RILLE_ETYPE, "%s is %.17g, which no int64_t holds; read it "
                              "with rille_get_number", value_label(name, label), value->number);
    else
        rc = values_refuse_kind(v, value, "an integer");
    return values_end(v, rc);
}

int
rille_get_number(rille_values *v, const char *name, double *out)
{
    char label[VALUE_LABEL];
    Value *value;
    int rc;

    if (out)
        *out = 0;
    if ((rc = begin_get(&value, v, "rille_get_number", name, out)))
        return rc;
    if (value->kind == VALUE_NUMBER)
        *out = value->number;
    else if (value->kind == VALUE_INT && array_is_exact(value->integer))
        *out = (double)value->integer;
    else if (value->kind == VALUE_INT)
        rc = engine_report_as(v->e, RILLE_ETYPE, "%s is %lld, which no double holds; read it with "
                              "rille_get_int", value_label(name, label),
                              (long long)value->integer);
    else
        rc = values_refuse_kind(v, value, "a number");
    return values_end(v, rc);
}

/* Begins a get of bytes; the second kind may be the first. */
static int
get_bytes(rille_values *v, const char *function, const char *name, const void **out, size_t *len,
          int bytes_too)
{
    Value *value;
    int rc;

    if (out)
        *out = NULL;
    if (len)
        *len = 0;
    if ((rc = begin_get(&value, v, function, name, out)))
        return rc;
    if (value->kind != VALUE_STRING && !(bytes_too && value->kind == VALUE_BYTES))
        return values_end(v, values_refuse_kind(v, value, bytes_too ? "bytes" : "a string"));
    *out = value->bytes.data;
    if (len)
        *len = value->bytes.len;
    return values_end(v, RILLE_OK);
}

int
rille_get_string(rille_values *v, const char *name, const char **out, size_t *len)
{
    const void *p;
    int rc = get_bytes(v, "rille_get_string", name, out ? &p : NULL, len, 0);

    if (out)
        *out = rc ? NULL : p;
    return rc;
}

int
rille_get_bytes(rille_values *v, const char *name, const void **out, size_t *len)
{
    return get_bytes(v, "rille_get_bytes", name, out, len, 1);
}

/* The text is made once and kept. */
static int
make_json(rille_values *v, Value *value)
{
    char label[VALUE_LABEL];
    Err err = {0};
    int rc;

    if (value->json.len)
        return RILLE_OK;
    rc = value_put_json(value, value_label(value->name, label), &value->json, &err);
    if (!rc && !buf_cstr(&value->json))
        rc = err_nomem(&err);
    if (rc)
        buf_release(&value->json);
    return rc ? engine_report_err(v->e, &err) : RILLE_OK;
}

int
rille_get_json(rille_values *v, const char *name, const char **out)
{
    Value *value;
    int rc;

    if (out)
        *out = NULL;
    if ((rc = begin_get(&value, v, "rille_get_json", name, out)))
        return rc;
    rc = make_json(v, value);
    if (!rc)
        *out = buf_cstr(&value->json);
    return values_end(v, rc);
}

int
rille_get_artifact(rille_artifact **out, rille_values *v, const char *name)
{
    Value *value;
    int rc;

    if (out)
        *out = NULL;
    if ((rc = values_begin(v)))
        return rc;
    if (!out)
        return values_end(v, values_bad_argument(v, "rille_get_artifact", "out is NULL"));
    value = values_look_up(v, name);
    if (!value)
        rc = rille_errcode(v->e);
    else if (!value->artifact)
        rc = values_refuse_kind(v, value, "an artifact");
    else
        *out = artifact_share(value->artifact);
    return values_end(v, rc);
}

int
rille_get_object(rille_values *v, const char *name, const char *type, const void **out)
{
    char label[VALUE_LABEL];
    Value *value;
    int rc;

    if (out)
        *out = NULL;
    if ((rc = begin_get(&value, v, "rille_get_object", name, out)))
        return rc;
    if (!type)
        rc = values_bad_argument(v, "rille_get_object", "type is NULL");
    else if (value->kind != VALUE_OBJECT)
        rc = values_refuse_kind(v, value, "an object");
    else if (strcmp(value->object->type_name, type) != 0)
        rc = engine_report_as(v->e, RILLE_ETYPE, "%s is of type %s, not %s",
                              value_label(name, label), value->object->type_name, type);
    else
        *out = value->object->obj;
    return values_end(v, rc);
}

/* value_put.c -- the host's puts of scalars, texts, bytes, JSON, artifacts and objects. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "library/artifact.h"
#include "library/registration.h"
#include "library/value_parts.h"

int
rille_put_bool(rille_values *v, const char *name, int x)
{
    Value made = {.kind = VALUE_BOOL, .boolean = x != 0};
    int rc = values_begin_put(v, "rille_put_bool", name);

    return rc ? rc : values_end_put(v, name, &made, RILLE_OK);
}

int
rille_put_int(rille_values *v, const char *name, int64_t x)
{
    Value made = {.kind = VALUE_INT, .integer = x};
    int rc = values_begin_put(v, "rille_put_int", name);

    return rc ? rc : values_end_put(v, name, &made, RILLE_OK);
}

int
rille_put_number(rille_values *v, const char *name, double x)
{
    Value made = {.kind = VALUE_NUMBER, .number = x};
    int rc = values_begin_put(v, "rille_put_number", name);

    return rc ? rc : values_end_put(v, name, &made, RILLE_OK);
}

/* Copies the bytes, with a 0 after their end. */
static int
fill(rille_values *v, Value *made, const void *p, size_t len)
{
    return buf_put(&made->bytes, p, len) || !buf_cstr(&made->bytes) ? engine_nomem(v->e) : RILLE_OK;
}

int
rille_put_string(rille_values *v, const char *name, const char *s, size_t len)
{
    Value made = {.kind = VALUE_STRING};
    char label[VALUE_LABEL];
    size_t valid;
    int rc = values_begin_put(v, "rille_put_string", name);

    if (rc)
        return rc;
    if (!s && len)
        return values_end_put(v, name, &made,
                              values_bad_argument(v, "rille_put_string", "s is NULL"));
    valid = utf8_valid(s ? s : "", len);
    if (valid < len)
        rc = engine_report_as(v->e, RILLE_EINVAL, "%s: byte %zu of the string is not UTF-8; put "
                              "it with rille_put_bytes", value_label(name, label), valid + 1);
    return values_end_put(v, name, &made, rc ? rc : fill(v, &made, s ? s : "", len));
}

int
rille_put_bytes(rille_values *v, const char *name, const void *p, size_t len)
{
    Value made = {.kind = VALUE_BYTES};
    int rc = values_begin_put(v, "rille_put_bytes", name);

    if (rc)
        return rc;
    rc = !p && len ? values_bad_argument(v, "rille_put_bytes", "p is NULL")
                   : fill(v, &made, p ? p : "", len);
    return values_end_put(v, name, &made, rc);
}

/* ---- JSON ---- */

/* A mistake in the text is one of the argument. */
static int
report_json(rille_values *v, const Err *err)
{
    return engine_report(v->e, err->code == ERR_NOMEM ? RILLE_ENOMEM : RILLE_EINVAL, err->msg);
}

static int
put_one(rille_values *v, const char *name, const char *json)
{
    Value made = {.kind = VALUE_NULL};
    Err err = {0};
    int rc = values_begin_put(v, "rille_put_json", name);

    if (rc)
        return rc;
    if (!json)
        rc = values_bad_argument(v, "rille_put_json", "json is NULL");
    else if (value_of_json(&made, name, json, strlen(json), &err))
        rc = report_json(v, &err);
    return values_end_put(v, name, &made, rc);
}

/* All fields, or none when one cannot be put. */
static int
merge(rille_values *v, const char *json)
{
    rille_values fields = {.e = v->e};
    Err err = {0};
    int rc = values_of_json(&fields, json, strlen(json), &err) ? report_json(v, &err)
                                                                 : values_reserve(v, fields.n);

    for (size_t i = 0; i < fields.n; i++) {
        if (!rc)
            values_move_in(v, &fields.list[i]);
        value_clear(&fields.list[i]);
        free(fields.list[i].name);
    }
    free(fields.list);
    return rc;
}

int
rille_put_json(rille_values *v, const char *name, const char *json)
{
    int rc;

    if (name)
        return put_one(v, name, json);
    rc = values_begin_put(v, "rille_put_json", "each field");
    if (rc)
        return rc;
    return values_end(v, json ? merge(v, json)
                              : values_bad_argument(v, "rille_put_json", "json is NULL"));
}

/* ---- what the library knows ---- */

int
rille_put_artifact(rille_values *v, const char *name, rille_artifact *a)
{
    Value made = {.kind = VALUE_ARTIFACT};
    int rc = values_begin_put(v, "rille_put_artifact", name);

    if (rc)
        return rc;
    if (!a)
        rc = values_bad_argument(v, "rille_put_artifact", "a is NULL");
    else if (a->e != v->e)
        rc = values_bad_argument(v, "rille_put_artifact", "the artifact is of another engine; find "
                                 "it with rille_find_artifact of this one");
    else
        made.artifact = artifact_share(a);
    return values_end_put(v, name, &made, rc);
}

/* Makes the object of a counted one: the last step that can fail, for it takes obj. */
static int
wrap(rille_values *v, Value *made, const char *type, void *obj)
{
    RegisteredType *found;

    if (!type || !obj)
        return values_bad_argument(v, "rille_put_object", type ? "obj is NULL" : "type is NULL");
    found = registration_find_type(v->e, type);
    if (!found)
        return engine_report_as(v->e, RILLE_ENOTFOUND, "rille_put_object: there is no type \"%s\"; "
                                "register it with rille_register_type", type);
    made->object = registration_new_object(found, obj);
    return made->object ? RILLE_OK : engine_nomem(v->e);
}

int
rille_put_object(rille_values *v, const char *name, const char *type, void *obj)
{
    Value made = {.kind = VALUE_OBJECT};
    int rc = values_begin_put(v, "rille_put_object", name);

    if (rc)
        return rc;
    made.name = strdup(name);
    rc = made.name ? values_reserve(v, 1) : engine_nomem(v->e);
    if (!rc)
        rc = wrap(v, &made, type, obj);
    if (!rc)
        values_move_in(v, &made);
    free(made.name);
    return values_end(v, rc);
}

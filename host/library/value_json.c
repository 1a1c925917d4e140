/* value_json.c -- values of JSON texts: put by a host, whole or field by field. */
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "library/value_parts.h"

static int
keep_text(Value *out, ValueKind kind, const char *s, size_t n, Err *err)
{
    out->kind = kind;
    return buf_put(&out->bytes, s, n) || !buf_cstr(&out->bytes) ? err_nomem(err) : OK;
}

/* Reads to the end of the container whose first token is in the reader; keeps its text. */
static int
take_container(Value *out, JsonReader *r, const char *text, Err *err)
{
    size_t first = r->offset;
    int depth = 1, rc;

    while (depth > 0) {
        if ((rc = json_next(r, err)))
            return rc;
        depth += (r->kind == JSON_ARRAY || r->kind == JSON_OBJECT)
                 - (r->kind == JSON_ARRAY_END || r->kind == JSON_OBJECT_END);
    }
    return keep_text(out, VALUE_JSON, text + first, r->offset + 1 - first, err);
}

/* The value that begins with the token in the reader. */
static int
take_value(Value *out, JsonReader *r, const char *text, Err *err)
{
    switch (r->kind) {
    case JSON_FALSE:
    case JSON_TRUE:
        out->kind = VALUE_BOOL;
        out->boolean = r->kind == JSON_TRUE;
        return OK;
    case JSON_INT:
        out->kind = VALUE_INT;
        out->integer = r->i;
        return OK;
    case JSON_FLOAT:
        out->kind = VALUE_NUMBER;
        out->number = r->f;
        return OK;
    case JSON_STRING:
        return keep_text(out, VALUE_STRING, r->s, r->n, err);
    case JSON_ARRAY:
    case JSON_OBJECT:
        return take_container(out, r, text, err);
    default:
        out->kind = VALUE_NULL;
        return OK;
    }
}

int
value_of_json(Value *out, const char *name, const char *text, size_t len, Err *err)
{
    JsonReader r;
    char label[VALUE_LABEL];
    int rc;

    json_init(&r, value_label(name, label), text, len);
    rc = json_next(&r, err);
    if (!rc)
        rc = take_value(out, &r, text, err);
    if (!rc)
        rc = json_next(&r, err);
    json_release(&r);
    return rc;
}

/* Moves in a value under the key in the reader. */
static int
take_field(rille_values *v, JsonReader *r, const char *text, Err *err)
{
    Value made = {.kind = VALUE_NULL};
    int rc = OK;

    if (r->n == 0 || memchr(r->s, 0, r->n))
        return json_fail(r, r->offset, err, "a name must not be empty or have a zero in it");
    if (!(made.name = strndup(r->s, r->n)) || values_reserve(v, 1))
        rc = err_nomem(err);
    if (!rc)
        rc = json_next(r, err);
    if (!rc)
        rc = take_value(&made, r, text, err);
    if (!rc)
        values_move_in(v, &made);
    value_clear(&made);
    free(made.name);
    return rc;
}

int
values_of_json(rille_values *v, const char *text, size_t len, Err *err)
{
    JsonReader r;
    int rc;

    json_init(&r, "rille_put_json", text, len);
    rc = json_next(&r, err);
    if (!rc && r.kind != JSON_OBJECT)
        rc = json_fail(&r, r.offset, err, "expected an object, whose fields are put by their "
                       "names; give any other value a name");
    while (!rc && !(rc = json_next(&r, err)) && r.kind == JSON_KEY)
        rc = take_field(v, &r, text, err);
    if (!rc)
        rc = json_next(&r, err);
    json_release(&r);
    return rc;
}

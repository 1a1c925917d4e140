/* stored_value.c -- the content of an artifact as a Value, read from the store without Lua
 * (value_load of values.h).
 *
 *     nil null boolean integer number    value.json
 *     table list                         value.json, where all of it is plain data
 *     string                             value.txt
 *     bytes                              value.bin
 *     array                              value.npy, mapped where it is large
 *     frame                              frame.json, and columns/I.npy or I.json
 * The folder materializers/ writes them; members are verified as they are read.  Other types
 * are those that only scripts can load. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "array/npy.h"
#include "format/json_plain.h"
#include "library/artifact.h"
#include "library/registration.h"
#include "library/stored_value.h"

/* ---- texts and bytes ---- */

static int
set_bytes(const StoredLoad *l, ValueKind kind, const void *p, size_t n)
{
    Buf *b = &l->value->bytes;

    if (buf_reserve(b, n + 1) || buf_put(b, p, n) || !buf_cstr(b))
        return err_nomem(l->err);
    l->value->kind = kind;
    return OK;
}

static int
load_text(const StoredLoad *l, ValueKind kind, const char *member)
{
    Slice bytes;
    Blob *blob;
    int rc = stored_read(l, member, &bytes, &blob);

    if (rc == OK)
        rc = set_bytes(l, kind, bytes.data, bytes.len);
    packed_bytes_free(blob);
    return rc;
}

static int
load_string(const StoredLoad *l)
{
    return load_text(l, VALUE_STRING, "value.txt");
}

static int
load_bytes(const StoredLoad *l)
{
    return load_text(l, VALUE_BYTES, "value.bin");
}

/* ---- JSON ---- */

static int
set_float(Value *value, double x)
{
    value->kind = VALUE_NUMBER;
    value->number = x;
    return 1;
}

/* {"$number":"nan"}: a float that JSON lacks. */
static int
set_special(Value *value, const JsonTree *t, const JsonNode *top)
{
    const char *word = json_tree_string(t, json_tree_field(t, top, "$number"), NULL);

    if (!word)
        return 0;
    if (strcmp(word, "nan") == 0)
        return set_float(value, NAN);
    return (strcmp(word, "inf") == 0 && set_float(value, INFINITY))
        || (strcmp(word, "-inf") == 0 && set_float(value, -INFINITY));
}

/* Whether the text is that of a number; an integer stays one. */
static int
set_number(Value *value, const JsonTree *t, const JsonNode *top)
{
    if (top->kind == JSON_FLOAT)
        return set_float(value, top->f);
    if (top->kind != JSON_INT)
        return set_special(value, t, top);
    value->kind = VALUE_INT;
    value->integer = top->i;
    return 1;
}

static int
set_boolean(Value *value, const JsonTree *t, const JsonNode *top)
{
    (void)t;
    value->kind = VALUE_BOOL;
    value->boolean = top->kind == JSON_TRUE;
    return top->kind == JSON_TRUE || top->kind == JSON_FALSE;
}

static int
set_null(Value *value, const JsonTree *t, const JsonNode *top)
{
    value->kind = VALUE_NULL;
    return top->kind == JSON_NULL || json_tree_field(t, top, "$null") != NULL;
}

static int
load_scalar(const StoredLoad *l, int (*set)(Value *, const JsonTree *, const JsonNode *))
{
    Value made = {0};
    JsonTree tree = {0};
    Slice text;
    Blob *blob;
    int rc = stored_read(l, "value.json", &text, &blob);

    if (rc == OK)
        rc = stored_parse(l, "value.json", text, &tree);
    if (rc == OK && !set(&made, &tree, json_tree_top(&tree)))
        rc = err_set(l->err, ERR_CORRUPT, "%s: value.json holds no %.*s; rerun its step",
                     l->artifact.short_name, (int)l->artifact.row.materializer.len,
                     l->artifact.row.materializer.data);
    if (rc == OK) {
        l->value->boolean = made.boolean;
        l->value->integer = made.integer;
        l->value->number = made.number;
        l->value->kind = made.kind;
    }
    json_tree_release(&tree);
    packed_bytes_free(blob);
    return rc;
}

static int
load_number(const StoredLoad *l)
{
    return load_scalar(l, set_number);
}

static int
load_boolean(const StoredLoad *l)
{
    return load_scalar(l, set_boolean);
}

static int
load_null(const StoredLoad *l)
{
    return load_scalar(l, set_null);
}

static int
load_json(const StoredLoad *l, int flags)
{
    Buf *b = &l->value->bytes;
    Slice text;
    Blob *blob;
    Err why;
    int rc = stored_read(l, "value.json", &text, &blob);

    if (rc == OK && (rc = json_plain(b, "value.json", text.data, text.len, flags, &why)))
        rc = rc == ERR_NOMEM ? err_nomem(l->err)
                             : err_set(l->err, ERR_CORRUPT, "%s: %.800s",
                                       l->artifact.short_name, why.msg);
    if (rc == OK && !buf_cstr(b))
        rc = err_nomem(l->err);
    if (rc == OK)
        l->value->kind = VALUE_JSON;
    packed_bytes_free(blob);
    return rc;
}

static int
load_table(const StoredLoad *l)
{
    return load_json(l, JSON_PLAIN_OBJECT);
}

static int
load_list(const StoredLoad *l)
{
    return load_json(l, 0);
}

/* ---- arrays ---- */

static int
load_array(const StoredLoad *l)
{
    Array *array = NULL;
    int rc = stored_array(l, "value.npy", &array);

    if (rc == OK) {
        l->value->array = array;
        l->value->kind = VALUE_ARRAY;
    }
    return rc;
}

/* ---- by type ---- */

static int
refuse(const StoredLoad *l, const char *why)
{
    const Artifact *a = &l->artifact.row;

    return err_set(l->err, ERR_TYPE,
                   "%s has type \"%.*s\", %s; rille_artifact_bytes gives its members",
                   l->artifact.short_name, (int)a->materializer.len, a->materializer.data, why);
}

static const struct {
    const char *materializer;
    int64_t version;                    /* the newest that is known */
    int (*load)(const StoredLoad *l);
} loaders[] = {
    {"nil", 1, load_null}, {"null", 1, load_null}, {"boolean", 1, load_boolean},
    {"integer", 1, load_number}, {"number", 1, load_number}, {"string", 1, load_string},
    {"bytes", 1, load_bytes}, {"table", 1, load_table}, {"list", 1, load_list},
    {"array", 1, load_array}, {"frame", 2, stored_frame}};

/* The artifact's type in C, where the host registered it, else NULL. */
static RegisteredType *
registered_type(const StoredLoad *l)
{
    char name[256];

    snprintf(name, sizeof name, "%.*s", (int)l->artifact.row.materializer.len,
             l->artifact.row.materializer.data);
    return registration_find_type(l->e, name);
}

static int
load_object(const StoredLoad *l, RegisteredType *type)
{
    int rc = registration_load_object(l->e, type, &l->artifact, &l->value->object, l->err);

    if (rc == OK)
        l->value->kind = VALUE_OBJECT;
    return rc;
}

static int
load_by_type(const StoredLoad *l)
{
    Slice name = l->artifact.row.materializer;
    RegisteredType *type;
    size_t i = 0, n = sizeof loaders / sizeof *loaders;

    while (i < n && (strlen(loaders[i].materializer) != name.len
                     || memcmp(loaders[i].materializer, name.data, name.len) != 0))
        i++;
    if (i == n && (type = registered_type(l)))
        return load_object(l, type);
    if (i == n)
        return refuse(l, "which only scripts, or a program that registers it, can load");
    if ((loaders[i].load == load_table && l->artifact.row.version == 2)
        || (loaders[i].load == load_list && stored_artifact_value_count(&l->artifact) > 1))
        return refuse(l, "and holds arrays, frames, models or files, which only scripts can load");
    if (l->artifact.row.version > loaders[i].version)
        return err_set(l->err, ERR_VERSION,
                       "%s was saved by version %lld of materializer \"%s\", but this rille knows "
                       "%lld; use a newer rille", l->artifact.short_name,
                       (long long)l->artifact.row.version, loaders[i].materializer,
                       (long long)loaders[i].version);
    return loaders[i].load(l);
}

int
value_load(rille_engine *e, Value *value, Err *err)
{
    StoredLoad l = {.e = e, .value = value, .err = err};
    int rc = stored_artifact_read(e, value->artifact->digest, &l.artifact, err);

    if (rc == OK)
        rc = load_by_type(&l);
    stored_artifact_release(&l.artifact);
    return rc;
}

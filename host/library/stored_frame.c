/* stored_frame.c -- frames of the store as values (stored_value.h): frame.json names the columns,
 *
 *     { "columns": [{ "name", "kind": "array" | "dates" | "strings" }...], "rows": 3 }
 *
 * columns/I.npy has the numbers of the I-th one, or dates as milliseconds; columns/I.json texts
 * (materializers/frame.lua). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library/stored_value.h"

/* Texts that are being read: those of a column, end to end. */
typedef struct Texts {
    const StoredLoad *l;
    const char *member;
    JsonReader reader;
    Buf offsets, bytes;                 /* int64_t; the texts */
} Texts;

static int
add_text(Texts *t)
{
    int64_t end;

    if (buf_put(&t->bytes, t->reader.s, t->reader.n))
        return err_nomem(t->l->err);
    end = (int64_t)t->bytes.len;
    return buf_put(&t->offsets, &end, sizeof end) ? err_nomem(t->l->err) : OK;
}

static int
next_token(Texts *t)
{
    int rc = json_next(&t->reader, t->l->err);

    return rc == OK || rc == ERR_NOMEM ? rc
                                       : stored_damaged(t->l, t->member, "not a list of strings");
}

static int
scan_texts(Texts *t)
{
    int64_t zero = 0;
    int rc = next_token(t);

    if (rc == OK && t->reader.kind != JSON_ARRAY)
        return stored_damaged(t->l, t->member, "not a list of strings");
    if (rc == OK && buf_put(&t->offsets, &zero, sizeof zero))
        rc = err_nomem(t->l->err);
    while (rc == OK && (rc = next_token(t)) == OK && t->reader.kind == JSON_STRING)
        rc = add_text(t);
    if (rc == OK && t->reader.kind == JSON_OBJECT)      /* {"$bytes":BASE64} */
        rc = err_set(t->l->err, ERR_TYPE,
                     "%s: %s has texts that are not UTF-8, which only scripts can load",
                     t->l->artifact.short_name, t->member);
    else if (rc == OK && t->reader.kind != JSON_ARRAY_END)
        rc = stored_damaged(t->l, t->member, "not a list of strings");
    return rc == OK ? next_token(t) : rc;
}

static int
load_texts(const StoredLoad *l, const char *member, ValueColumn *out, int64_t *rows)
{
    Texts t = {.l = l, .member = member};
    Slice text;
    Blob *blob;
    int rc = stored_read(l, member, &text, &blob);

    if (rc == OK) {
        json_init(&t.reader, member, text.data, text.len);
        rc = scan_texts(&t);
        json_release(&t.reader);
    }
    if (rc == OK && buf_byte(&t.bytes, 0))
        rc = err_nomem(l->err);
    packed_bytes_free(blob);
    if (rc) {
        buf_release(&t.offsets);
        buf_release(&t.bytes);
        return rc;
    }
    *rows = (int64_t)(t.offsets.len / sizeof(int64_t)) - 1;
    out->kind = COLUMN_TEXTS;
    out->offsets = (int64_t *)(void *)t.offsets.data;
    out->bytes = (char *)t.bytes.data;
    return OK;
}

static int
load_numbers(const StoredLoad *l, const char *member, int is_dates, ValueColumn *out,
             int64_t *rows)
{
    int rc = stored_array(l, member, &out->array);

    if (rc)
        return rc;
    out->kind = is_dates ? COLUMN_DATES : COLUMN_ARRAY;
    if (out->array->ndim != 1 || (is_dates && out->array->type != ARRAY_I64))
        return stored_damaged(l, member, is_dates ? "not a list of dates" : "not a column");
    *rows = out->array->shape[0];
    return OK;
}

/* The i-th column, from 1, of which the node has name and kind. */
static int
load_column(const StoredLoad *l, const JsonTree *t, const JsonNode *node, size_t i,
            ValueFrame *frame)
{
    ValueColumn *column = &frame->columns[frame->n];
    const char *name = json_tree_string(t, json_tree_field(t, node, "name"), NULL);
    const char *kind = json_tree_string(t, json_tree_field(t, node, "kind"), NULL);
    char member[64];
    int64_t rows = 0;
    int rc;

    if (!name || !kind)
        return stored_damaged(l, "frame.json", "a column has no name or kind");
    if (!(column->name = strdup(name)))
        return err_nomem(l->err);
    frame->n++;
    snprintf(member, sizeof member, "columns/%zu.%s", i,
             strcmp(kind, "strings") == 0 ? "json" : "npy");
    rc = strcmp(kind, "strings") == 0
             ? load_texts(l, member, column, &rows)
             : load_numbers(l, member, strcmp(kind, "dates") == 0, column, &rows);
    if (rc == OK && rows != frame->rows)
        rc = err_set(l->err, ERR_CORRUPT,
                     "%s: %s: it has %" PRId64 " rows, the frame %" PRId64 "; rerun its step",
                     l->artifact.short_name, member, rows, frame->rows);
    return rc;
}

static size_t
count(const JsonTree *t, const JsonNode *list)
{
    size_t n = 0;

    for (const JsonNode *c = json_tree_first(t, list); c; c = json_tree_next(t, list, c))
        n++;
    return n;
}

static int
load_columns(const StoredLoad *l, const JsonTree *t, ValueFrame *frame)
{
    const JsonNode *top = json_tree_top(t), *list = json_tree_field(t, top, "columns"), *c;
    const JsonNode *rows = json_tree_field(t, top, "rows");
    size_t i = 0;
    int rc = OK;

    if (!list || list->kind != JSON_ARRAY)
        return stored_damaged(l, "frame.json", "it names no columns");
    if (!rows || rows->kind != JSON_INT || rows->i < 0)
        return stored_damaged(l, "frame.json", "it does not say how many rows there are");
    frame->rows = rows->i;
    frame->columns = calloc(count(t, list) + 1, sizeof *frame->columns);
    if (!frame->columns)
        return err_nomem(l->err);
    for (c = json_tree_first(t, list); rc == OK && c; c = json_tree_next(t, list, c))
        rc = load_column(l, t, c, ++i, frame);
    return rc;
}

int
stored_frame(const StoredLoad *l)
{
    ValueFrame *frame = calloc(1, sizeof *frame);
    JsonTree tree = {0};
    Slice text;
    Blob *blob = NULL;
    int rc = frame ? stored_read(l, "frame.json", &text, &blob) : err_nomem(l->err);

    if (rc == OK)
        rc = stored_parse(l, "frame.json", text, &tree);
    if (rc == OK)
        rc = load_columns(l, &tree, frame);
    json_tree_release(&tree);
    packed_bytes_free(blob);
    if (rc) {
        value_frame_free(frame);
        return rc;
    }
    l->value->frame = frame;
    l->value->kind = VALUE_FRAME;
    return OK;
}

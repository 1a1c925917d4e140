/* db_functions.c -- functions of rille's own in its SQL:
 *
 *     trace_steps(trace, spec, expansion)    columns of run and pipeline_spec
 *         -> JSON [[row of the step run, id of the node, rank], ...] of the trace's steps that
 *            have one; of an item the id is that of its map, "" where it has no name.  By its
 *            rank a step is where the wiring has it, an item behind its map: the trace has
 *            items in the order in which the maps were expanded.  Of a damaged trace: []
 *     json_number(x)    what json_extract gave; {"$number": "inf"}, a number that JSON has not
 *                       (value/json_pack.c), as that, NaN as the blob "nan", which SQL has not */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "format/json.h"
#include "meta/db_core.h"
#include "meta/packed_bytes.h"
#include "meta/run_outcomes.h"
#include "meta/wiring_bytes.h"

enum { RANK_BITS = 24 };                /* of an item within its map */

/* What trace_steps works on; the names of the last spec stay for the next run. */
typedef struct Traces {
    Buf packed, spec, names;            /* names: two Slices for each node */
    Buf trace;                          /* TraceItem */
    Buf out;
} Traces;

static void
traces_free(void *p)
{
    Traces *t = p;

    buf_release(&t->packed);
    buf_release(&t->spec);
    buf_release(&t->names);
    buf_release(&t->trace);
    buf_release(&t->out);
    free(t);
}

static Slice
bytes_of(sqlite3_value *v)
{
    const char *data = sqlite3_value_blob(v);

    return data ? (Slice){data, (size_t)sqlite3_value_bytes(v)} : (Slice){"", 0};
}

/* Reads the names of the wiring, unless they are those of the last one. */
static int
read_names(Traces *t, Slice packed)
{
    if (packed.len == t->packed.len && packed.len &&
        memcmp(packed.data, t->packed.data, packed.len) == 0)
        return OK;
    t->packed.len = t->spec.len = t->names.len = 0;
    if (!packed.len || packed_bytes_unpack(&t->spec, packed, NULL) ||
        wiring_names(&t->names, (Slice){(char *)t->spec.data, t->spec.len}, NULL)) {
        t->names.len = 0;       /* a damaged one names nothing */
        return OK;
    }
    return buf_put(&t->packed, packed.data, packed.len);
}

/* The next integer of [[map, items], ...]; 0 at the end. */
static int64_t
next_int(const char **p, const char *end)
{
    int64_t n = 0;

    while (*p < end && (**p < '0' || **p > '9'))
        ++*p;
    for (; *p < end && **p >= '0' && **p <= '9' && n < INT32_MAX; ++*p)
        n = 10 * n + (**p - '0');
    return n;
}

/* Where the list of maps begins in the expansion, or its end. */
static const char *
maps_of(Slice expansion, const char **end)
{
    static const char mark[] = "\"maps\":";
    const char *stop, *p = memmem(expansion.data, expansion.len, mark, sizeof mark - 1);

    *end = expansion.data + expansion.len;
    if (!p)
        return *end;
    p += sizeof mark - 1;
    stop = memmem(p, (size_t)(*end - p), "]]", 2);
    *end = stop ? stop : *end;
    return p;
}

static int
put_step(Traces *t, int64_t row, Slice id, int64_t rank)
{
    return buf_puts(&t->out, t->out.len > 1 ? ",[" : "[") || json_put_int(&t->out, row) ||
           buf_puts(&t->out, ",") || json_put_string(&t->out, id.data ? id.data : "", id.len) ||
           buf_puts(&t->out, ",") || json_put_int(&t->out, rank) || buf_puts(&t->out, "]");
}

static int
put_steps(Traces *t, Slice expansion)
{
    const TraceItem *items = (TraceItem *)(void *)t->trace.data;
    const Slice *names = (Slice *)(void *)t->names.data;
    size_t n = t->trace.len / sizeof *items, wired = t->names.len / sizeof *names / 2;
    const char *end, *p = maps_of(expansion, &end);
    int64_t map = 0, left = 0, item = 0;

    for (size_t i = 0; i < n; i++) {
        Slice id = {NULL, 0};
        int64_t rank = (int64_t)(i + 1) << RANK_BITS;

        if (i < wired) {
            id = names[2 * i];
        } else {
            while (!left && p < end) {
                map = next_int(&p, end);
                left = next_int(&p, end);
                item = 0;
            }
            if (left && map >= 1 && (uint64_t)map <= wired) {
                id = names[2 * map - 2];
                rank = (map << RANK_BITS) + ++item;
            }
            left -= left > 0;
        }
        if (items[i].row && put_step(t, items[i].row, id, rank))
            return ERR_NOMEM;
    }
    return OK;
}

static void
trace_steps(sqlite3_context *context, int n, sqlite3_value **args)
{
    Traces *t = sqlite3_user_data(context);

    (void)n;
    t->trace.len = t->out.len = 0;
    if (run_outcomes_unpack(&t->trace, bytes_of(args[0]), NULL))
        t->trace.len = 0;
    if (read_names(t, bytes_of(args[1])) || buf_puts(&t->out, "[") ||
        put_steps(t, bytes_of(args[2])) || buf_puts(&t->out, "]"))
        sqlite3_result_error_nomem(context);
    else
        sqlite3_result_text64(context, (char *)t->out.data, t->out.len, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
}

static void
json_number(sqlite3_context *context, int n, sqlite3_value **args)
{
    static const char mark[] = "{\"$number\":\"";
    const char *text;

    (void)n;
    text = sqlite3_value_type(args[0]) == SQLITE_TEXT ? (char *)sqlite3_value_text(args[0]) : NULL;
    if (!text || strncmp(text, mark, sizeof mark - 1) != 0)
        sqlite3_result_value(context, args[0]);
    else if (strcmp(text + sizeof mark - 1, "inf\"}") == 0)
        sqlite3_result_double(context, HUGE_VAL);
    else if (strcmp(text + sizeof mark - 1, "-inf\"}") == 0)
        sqlite3_result_double(context, -HUGE_VAL);
    else
        sqlite3_result_blob(context, "nan", 3, SQLITE_STATIC);
}

int
db_functions_add(sqlite3 *sqlite)
{
    Traces *t = calloc(1, sizeof *t);

    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, rc;

    if (!t)
        return SQLITE_NOMEM;
    /* which calls traces_free when it fails, too */
    rc = sqlite3_create_function_v2(sqlite, "trace_steps", 3, flags, t, trace_steps, NULL, NULL,
                                    traces_free);
    return rc ? rc : sqlite3_create_function(sqlite, "json_number", 1, flags, NULL, json_number,
                                             NULL, NULL);
}

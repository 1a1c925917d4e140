/* everything.h -- a host that uses each part of the library once: a step and a type in C, a script,
 * arguments of every kind, a run that completes and one that fails, its outputs, queries, a model.
 * For tests of what goes on around it: without memory, in threads, with nothing to be seen.
 *
 *     Everything all = {0};
 *     rc = everything_begin(&all, e);      registers and loads
 *     rc = everything_run(&all, e);        runs and asks; as often as wanted
 *     rille_close(e);
 *     everything_is_released(&all)         what was lent has come back
 *
 * Both return a status of the library, or EVERYTHING_WRONG when a value is not the one that was
 * put, which is said. */
#ifndef EVERYTHING_H
#define EVERYTHING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrow.h"
#include "rille.h"

enum { EVERYTHING_WRONG = 1 }; /* no status of the library is positive */

typedef struct Everything {
    int lent, returned; /* arrays of ours, and frames */
    int steps;          /* how often the step in C ran */
    double number;      /* another one: another key */
} Everything;

#define TRY(call)                                                                                  \
    do {                                                                                           \
        if ((rc = (call)))                                                                         \
            goto done;                                                                             \
    } while (0)
#define SAME(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                         \
            rc = EVERYTHING_WRONG;                                                                 \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

static const char everything_script[] =
    "local rille = require 'rille'\n"
    "local t = rille.types\n"
    "local function ports()\n"
    "  return { t.boolean 'flag', t.integer 'count', t.number 'ratio', t.string 'text',\n"
    "    t.bytes 'raw', t.table 'json', t.matrix 'matrix', t.vector 'small', t.frame 'frame',\n"
    "    t.pair 'pair' }\n"
    "end\n"
    "local echo = rille.step 'echo' { inputs = ports(), outputs = ports(),\n"
    "  run = function(a, b, c, d, e, f, g, h, i, j) return a, b, c, d, e, f, g, h, i, j end }\n"
    "local fail = rille.step 'fail' { run = function() error 'on purpose' end }\n"
    "rille.pipeline 'everything' {\n"
    "  model = rille.model 'kinds' { license = 'MIT' },\n"
    "  inputs = ports(), params = { factor = 2.0 },\n"
    "  define = function(p, inputs)\n"
    "    local all = {}\n"
    "    for _, port in ipairs(ports()) do all[port.name] = inputs[port.name] end\n"
    "    local e = echo(all)\n"
    "    rille.steps.scale { matrix = e.matrix, factor = p.factor }\n"
    "  end }\n"
    "rille.pipeline 'broken' { define = function() fail() end }\n";

/* ---- a step and a type in C ---- */

static inline int
everything_scale(rille_step *s, void *user)
{
    Everything *all = user;
    rille_array in = RILLE_ARRAY_INIT;
    void *out;
    double factor;
    int rc;

    all->steps++;
    TRY(rille_get_array(rille_inputs(s), "matrix", &in));
    TRY(rille_get_number(rille_inputs(s), "factor", &factor));
    TRY(rille_new_array(rille_outputs(s), "scaled", RILLE_F64, in.ndim, in.shape, &out));
    for (int i = 0; i < in.shape[0] * in.shape[1]; i++)
        ((double *)out)[i] = ((const double *)in.data)[i] * factor;
    TRY(rille_tick(s, 0.5));
    TRY(rille_metric(s, "factor", factor));
    TRY(rille_log(s, "scaled by %g", factor));
done:
    return rc;
}

typedef struct Pair {
    double a, b;
} Pair;

static inline int
everything_save(const void *obj, rille_writer *w, void *user)
{
    int rc;

    (void)user;
    TRY(rille_write(w, "pair", obj, sizeof(Pair)));
    TRY(rille_write_meta(w, "kind", "doubles"));
done:
    return rc;
}

static inline int
everything_load(void **obj, rille_reader *r, int version, void *user)
{
    const char *kind;
    const void *p;
    size_t n;
    int rc;

    (void)user;
    *obj = NULL;
    TRY(rille_read(r, "pair", &p, &n));
    TRY(rille_read_meta(r, "kind", &kind));
    SAME(version == 1 && n == sizeof(Pair) && strcmp(kind, "doubles") == 0);
    *obj = malloc(n);
    if (!*obj)
        return RILLE_ENOMEM;
    memcpy(*obj, p, n);
done:
    return rc;
}

static inline void
everything_destroy(void *obj, void *user)
{
    (void)user;
    free(obj);
}

static inline int
everything_begin(Everything *all, rille_engine *e)
{
    rille_type_def pair = RILLE_TYPE_DEF_INIT;
    rille_step_def scale = RILLE_STEP_DEF_INIT;
    const char *text;
    int rc;

    pair.name = "pair";
    pair.version = 1;
    pair.save = everything_save;
    pair.load = everything_load;
    pair.destroy = everything_destroy;
    scale.name = "scale";
    scale.signature = "(matrix: matrix, factor: number = 2.0) -> (scaled: matrix)";
    scale.version = "1";
    scale.fn = everything_scale;
    scale.user = all;
    rc = rille_register_type(e, &pair);
    if (rc != RILLE_EEXISTS) /* a second begin, after one that failed */
        TRY(rc);
    TRY(rille_register_step(e, &scale));
    TRY(rille_load_string(e, "everything", everything_script, strlen(everything_script)));
    TRY(rille_describe(e, &text));
    SAME(strstr(text, "everything") && strstr(text, "scale"));
done:
    return rc;
}

/* ---- arguments ---- */

static inline void
everything_take_back(void *user)
{
    ((Everything *)user)->returned++;
}

static inline int
everything_put_arrays(Everything *all, rille_values *v)
{
    static const double matrix[] = {1, 2, 3, 4, 5, 6};
    static const int64_t shape[] = {2, 3}, small_shape[] = {2};
    rille_array a = RILLE_ARRAY_INIT;
    void *small;
    int rc;

    a.ndim = 2;
    a.shape = shape;
    a.data = matrix;
    a.release = everything_take_back;
    a.user = all;
    all->lent++;
    TRY(rille_put_array(v, "matrix", &a));
    TRY(rille_new_array(v, "small", RILLE_F32, 1, small_shape, &small));
    ((float *)small)[0] = 0.5f;
    ((float *)small)[1] = 1.5f;
done:
    return rc;
}

static inline int
everything_put_pair(rille_values *v)
{
    Pair *pair = malloc(sizeof *pair);
    int rc;

    if (!pair)
        return RILLE_ENOMEM;
    pair->a = 1;
    pair->b = 2;
    rc = rille_put_object(v, "pair", "pair", pair);
    if (rc)
        free(pair);
    return rc;
}

static inline int
everything_put(Everything *all, rille_values *v)
{
    struct ArrowSchema schema;
    struct ArrowArray array;
    int rc;

    TRY(rille_put_bool(v, "flag", 1));
    TRY(rille_put_int(v, "count", ((int64_t)1 << 53) + 1));
    TRY(rille_put_number(v, "ratio", all->number));
    TRY(rille_put_string(v, "text", "gr\303\274n", 5));
    TRY(rille_put_bytes(v, "raw", "\0\377\1", 3));
    TRY(rille_put_json(v, "json", "{\"list\": [1, 2.5, \"x\", null, true]}"));
    TRY(everything_put_arrays(all, v));
    TRY(everything_put_pair(v));
    if (arrow_two_columns(&schema, &array, &all->returned))
        return RILLE_ENOMEM;
    all->lent++;
    rc = rille_put_arrow(v, "frame", &schema, &array);
    if (schema.release)
        schema.release(&schema);
    if (array.release)
        array.release(&array);
done:
    return rc;
}

/* ---- outputs ---- */

static inline int
everything_get_scalars(Everything *all, rille_values *v)
{
    const char *s;
    const void *p;
    double number;
    int64_t i;
    size_t n;
    int b, rc;

    TRY(rille_get_bool(v, "echo.flag", &b));
    SAME(b == 1);
    TRY(rille_get_int(v, "echo.count", &i));
    SAME(i == ((int64_t)1 << 53) + 1);
    TRY(rille_get_number(v, "echo.ratio", &number));
    SAME(number == all->number);
    TRY(rille_get_string(v, "echo.text", &s, &n));
    SAME(n == 5 && strcmp(s, "gr\303\274n") == 0);
    TRY(rille_get_bytes(v, "echo.raw", &p, &n));
    SAME(n == 3 && memcmp(p, "\0\377\1", 3) == 0);
    TRY(rille_get_json(v, "echo.json", &s));
    SAME(strstr(s, "2.5") && strstr(s, "\"x\"") && strstr(s, "null") && strstr(s, "true"));
done:
    return rc;
}

static inline int
everything_get_arrays(rille_values *v)
{
    rille_array a = RILLE_ARRAY_INIT;
    struct ArrowSchema schema;
    struct ArrowArray array;
    const void *pair;
    const char *s;
    int rc;

    TRY(rille_get_array(v, "echo.matrix", &a));
    SAME(a.dtype == RILLE_F64 && a.ndim == 2 && a.shape[0] == 2 && a.shape[1] == 3);
    SAME(((const double *)a.data)[5] == 6);
    TRY(rille_get_array(v, "echo.small", &a));
    SAME(a.dtype == RILLE_F32 && a.ndim == 1 && ((const float *)a.data)[1] == 1.5f);
    TRY(rille_get_array(v, "scale.scaled", &a));
    SAME(((const double *)a.data)[5] == 12);
    TRY(rille_get_json(v, "echo.frame", &s));
    SAME(strstr(s, "\"ada\"") != NULL);
    TRY(rille_get_object(v, "echo.pair", "pair", &pair));
    SAME(((const Pair *)pair)->b == 2);
    TRY(rille_get_arrow(v, "echo.frame", &schema, &array));
    rc = arrow_is_two_columns(&schema, &array) ? RILLE_OK : EVERYTHING_WRONG;
    schema.release(&schema);
    array.release(&array);
done:
    return rc;
}

/* An output as an artifact, and as a file. */
static inline int
everything_get_artifact(rille_values *v)
{
    rille_artifact *a = NULL;
    const char *text;
    double number;
    int rc;

    TRY(rille_get_artifact(&a, v, "echo.ratio"));
    TRY(rille_get_number(rille_artifact_value(a), NULL, &number));
    TRY(rille_artifact_json(a, &text));
    SAME(strstr(text, rille_artifact_digest(a)) && rille_artifact_size(a) > 0);
    SAME(strcmp(rille_artifact_type(a), "number") == 0);
    rc = rille_artifact_path(a, NULL, &text);
    SAME(rc == RILLE_ENOMEM || !rc == (text != NULL));
    if (rc == RILLE_ENOTFOUND)
        rc = RILLE_OK;
done:
    rille_artifact_free(a);
    return rc;
}

/* ---- queries ---- */

static inline int
everything_list(rille_engine *e)
{
    rille_cursor *c = NULL;
    rille_run *r = NULL;
    int rc, n = 0;

    TRY(rille_list(&c, e, RILLE_RUNS, "pipeline = everything and metric.factor > 1"));
    while (!(rc = rille_next_run(&r, c)) && r) {
        n++;
        rille_run_free(r);
        r = NULL;
    }
    if (!rc)
        SAME(n > 0);
done:
    rille_cursor_free(c);
    return rc;
}

static inline int
everything_list_artifacts(rille_engine *e)
{
    rille_cursor *c = NULL;
    rille_artifact *a = NULL;
    int rc, n = 0;

    TRY(rille_list(&c, e, RILLE_ARTIFACTS, NULL));
    while (!(rc = rille_next_artifact(&a, c)) && a && n < 20) {
        n++;
        rille_artifact_free(a);
        a = NULL;
    }
    if (!rc)
        SAME(n > 0);
done:
    rille_artifact_free(a);
    rille_cursor_free(c);
    return rc;
}

static inline int
everything_find(rille_engine *e)
{
    rille_run *r = NULL;
    rille_artifact *a = NULL, *linked = NULL;
    rille_model *m = NULL;
    const char *text;
    int rc;

    TRY(rille_find_run(&r, e, "everything", "latest"));
    TRY(rille_run_json(r, &text));
    SAME(strstr(text, "\"echo\"") != NULL);
    TRY(rille_find_artifact(&a, e, "everything::echo::ratio"));
    TRY(rille_find_model(&m, e, "kinds", "latest"));
    TRY(rille_model_json(m, &text));
    SAME(strstr(text, "\"kinds\"") != NULL);
    TRY(rille_model_artifact(&linked, m, "echo::ratio"));
done:
    rille_model_free(m);
    rille_artifact_free(linked);
    rille_artifact_free(a);
    rille_run_free(r);
    return rc;
}

/* ---- runs ---- */

static inline int
everything_fail(rille_engine *e)
{
    rille_run *r = NULL;
    int rc = rille_run_pipeline(&r, e, "broken", NULL);

    if (rc == RILLE_ESTEP && strstr(rille_errmsg(e), "on purpose")
        && strstr(rille_errjson(e), "\"step\""))
        rc = RILLE_OK;
    rille_run_free(r);
    return rc;
}

static inline int
everything_plan(rille_engine *e, rille_values *args)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    int rc;

    how.args = args;
    how.flags = RILLE_RUN_DRY;
    TRY(rille_run_pipeline(&r, e, "everything", &how));
    SAME(strcmp(rille_run_status(r), "planned") == 0);
done:
    rille_run_free(r);
    return rc;
}

static inline int
everything_run(Everything *all, rille_engine *e)
{
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    rille_run *r = NULL;
    int rc;

    how.args = rille_values_new(e);
    if (!how.args)
        return RILLE_ENOMEM;
    TRY(everything_put(all, how.args));
    TRY(rille_run_pipeline(&r, e, "everything", &how));
    SAME(strcmp(rille_run_status(r), "completed") == 0);
    TRY(everything_get_scalars(all, rille_run_outputs(r)));
    TRY(everything_get_arrays(rille_run_outputs(r)));
    TRY(everything_get_artifact(rille_run_outputs(r)));
    TRY(everything_plan(e, how.args));
    TRY(everything_fail(e));
    TRY(everything_list(e));
    TRY(everything_list_artifacts(e));
    TRY(everything_find(e));
done:
    rille_run_free(r);
    rille_values_free(how.args);
    return rc;
}

/* After the engine is closed. */
static inline int
everything_is_released(const Everything *all)
{
    if (all->lent != all->returned)
        printf("lent %d, returned %d\n", all->lent, all->returned);
    return all->lent == all->returned;
}

#endif

/* boost_train.c -- see boost_train.h */
#include <dlfcn.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boost_train.h"

typedef void *Handle;
typedef unsigned long Length;           /* bst_ulong is uint64_t */

/* What is used of xgboost/c_api.h.  All but the first two return 0, or -1 with a message. */
typedef struct Library {
    void (*version)(int *major, int *minor, int *patch);
    const char *(*last_error)(void);
    int (*matrix_new)(const float *v, Length n_row, Length n_column, float missing, Handle *out);
    int (*matrix_set)(Handle matrix, const char *field, const float *v, Length n);
    int (*matrix_free)(Handle matrix);
    int (*booster_new)(const Handle *matrices, Length n, Handle *out);
    int (*booster_free)(Handle booster);
    int (*booster_set)(Handle booster, const char *name, const char *value);
    int (*booster_update)(Handle booster, int round, Handle matrix);
    int (*booster_save)(Handle booster, const char *config, Length *n, const char **text);
    int (*booster_predict)(Handle booster, Handle matrix, int mask, unsigned limit, int training,
                           Length *n, const float **out);
} Library;

static const char *const names[] = {
    "XGBoostVersion", "XGBGetLastError", "XGDMatrixCreateFromMat", "XGDMatrixSetFloatInfo",
    "XGDMatrixFree", "XGBoosterCreate", "XGBoosterFree", "XGBoosterSetParam",
    "XGBoosterUpdateOneIter", "XGBoosterSaveModelToBuffer", "XGBoosterPredict"};

enum { N_NAMES = sizeof names / sizeof *names, MARGIN = 1 };

_Static_assert(sizeof(Library) == N_NAMES * sizeof(void *), "a field of Library for each name");
_Static_assert(sizeof(Length) == sizeof(uint64_t), "bst_ulong");

/* A call of the library, and what it said. */
typedef struct Call {
    int (*run)(Trainer *t, void *arg);
    void *arg;
    int status;
    char message[512];
} Call;

struct Trainer {
    Library lib;
    Handle matrix, booster;
    const Array *X;             /* of the caller, who keeps it */
    Classes classes;            /* none for numbers */
    int has_thread;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    Call *call;                 /* what the thread has to do; NULL: nothing */
};

/* Threads of OpenMP that wait for each other sleep, unless the user says otherwise: those that
 * spin are very slow where processors are shared. */
static void *
open_library(const char *path)
{
    static const char variable[] = "OMP_WAIT_POLICY";
    int set = getenv(variable) != NULL;
    void *library;

    if (!set)
        setenv(variable, "passive", 0);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!set)
        unsetenv(variable);
    return library;
}

static int
library_load(Library *lib, const char *path, Err *err)
{
    void *library = open_library(path), *found[N_NAMES];

    if (!library)
        return err_set(err, ERR_NOTFOUND, "%s", dlerror());
    for (int i = 0; i < N_NAMES; i++) {
        found[i] = dlsym(library, names[i]);
        if (!found[i])
            return err_set(err, ERR_NOTFOUND, "%s has no %s; install a newer libxgboost", path,
                           names[i]);
    }
    memcpy(lib, found, sizeof found);
    return OK;
}

/* ---- calls of the library ---- */

static void
run(Trainer *t, Call *c)
{
    c->status = c->run(t, c->arg);
    if (c->status)
        snprintf(c->message, sizeof c->message, "%s", t->lib.last_error());
}

/* The thread: one call after another.  A call without a function ends it. */
static void *
serve(void *arg)
{
    Trainer *t = arg;
    int more = 1;

    pthread_mutex_lock(&t->mutex);
    while (more) {
        while (!t->call)
            pthread_cond_wait(&t->changed, &t->mutex);
        more = t->call->run != NULL;
        if (more)
            run(t, t->call);
        t->call = NULL;
        pthread_cond_broadcast(&t->changed);
    }
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

static void
hand_over(Trainer *t, Call *c)
{
    pthread_mutex_lock(&t->mutex);
    t->call = c;
    pthread_cond_broadcast(&t->changed);
    while (t->call)
        pthread_cond_wait(&t->changed, &t->mutex);
    pthread_mutex_unlock(&t->mutex);
}

static int
start_thread(Trainer *t, int n, Err *err)
{
    int code;

    if (n < 2)
        return OK;
    code = pthread_create(&t->thread, NULL, serve, t);
    if (code)
        return err_set(err, ERR_NOMEM, "a thread cannot be started: %s", strerror(code));
    t->has_thread = 1;
    return OK;
}

static void
end_thread(Trainer *t)
{
    Call last = {0};

    if (!t->has_thread)
        return;
    hand_over(t, &last);
    pthread_join(t->thread, NULL);
    t->has_thread = 0;
}

/* "[time] FILE:LINE: why\nStack trace: ..." becomes the why, on one line. */
static void
cut_message(char *message)
{
    char *stack = strstr(message, "\nStack trace");
    char *text = strstr(message, ": ");

    if (stack)
        *stack = '\0';
    if (message[0] == '[' && text)
        memmove(message, text + 2, strlen(text + 2) + 1);
    for (char *p = message; *p; p++)
        if (*p == '\n')
            *p = ' ';
}

static int
call(Trainer *t, int (*function)(Trainer *t, void *arg), void *arg, Err *err)
{
    Call c = {.run = function, .arg = arg};

    if (t->has_thread)
        hand_over(t, &c);
    else
        run(t, &c);
    if (!c.status)
        return OK;
    cut_message(c.message);
    return err_set(err, ERR_ANY, "xgboost: %s", c.message);
}

/* ---- data ---- */

typedef struct Floats {
    const char *field;
    const float *v;
    Length n_row, n_column;
} Floats;

static int
new_matrix(Trainer *t, void *arg)
{
    const Floats *f = arg;

    return t->lib.matrix_new(f->v, f->n_row, f->n_column, NAN, &t->matrix);
}

static int
set_field(Trainer *t, void *arg)
{
    const Floats *f = arg;

    return t->lib.matrix_set(t->matrix, f->field, f->v, f->n_row);
}

static int
new_booster(Trainer *t, void *arg)
{
    (void)arg;
    return t->lib.booster_new(&t->matrix, 1, &t->booster);
}

static int
put_matrix(Trainer *t, const Array *X, Err *err)
{
    size_t n = (size_t)X->shape[0], width = (size_t)X->shape[1];
    float *v = n > SIZE_MAX / sizeof *v / width ? NULL : malloc(n * width * sizeof *v);
    Floats f = {NULL, v, n, width};
    int code;

    if (!v)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++)
            v[i * width + j] = (float)learn_element(X, (int64_t)i, (int64_t)j);
    code = call(t, new_matrix, &f, err);
    free(v);
    return code;
}

/* The targets of all rows, and then their weights. */
static int
put_targets(Trainer *t, const TrainerData *d, const int *index, float *v, Err *err)
{
    Floats f = {"label", v, (Length)d->X->shape[0], 1};

    for (Length i = 0; i < f.n_row; i++) {
        double target = d->classes ? index[i] : learn_value(d->y, (int64_t)i);

        if (!(fabs(target) <= FLT_MAX))
            return err_set(err, ERR_INVAL, "y: row %lld is %s", (long long)i + 1,
                           isnan(target) ? "NaN" : "too large");
        v[i] = (float)target;
    }
    if (call(t, set_field, &f, err))
        return err->code;
    if (!d->weight)
        return OK;
    f.field = "weight";
    for (Length i = 0; i < f.n_row; i++)
        v[i] = (float)d->weight[index[i]];
    return call(t, set_field, &f, err);
}

static int
put_rows(Trainer *t, const TrainerData *d, Err *err)
{
    size_t n = (size_t)d->X->shape[0];
    int *index = calloc(n, sizeof *index);
    float *v = calloc(n, sizeof *v);
    int code = index && v ? OK : err_nomem(err);

    if (!code && d->classes)
        code = classes_find(&t->classes, d->y, index, err);
    if (!code && d->classes)
        code = learn_check_weights(d->weight, d->n_weight, t->classes.n, err);
    if (!code)
        code = put_matrix(t, d->X, err);
    if (!code)
        code = put_targets(t, d, index, v, err);
    free(index);
    free(v);
    return code;
}

static int
check_rows(const TrainerData *d, Err *err)
{
    if (boost_check_matrix(d->X, err))
        return err->code;
    if (d->y->ndim != 1)
        return err_set(err, ERR_INVAL, "y: expected a vector, it has %d dimensions", d->y->ndim);
    if (d->X->shape[0] != d->y->shape[0])
        return err_set(err, ERR_INVAL, "X has %lld rows and y has %lld",
                       (long long)d->X->shape[0], (long long)d->y->shape[0]);
    if (d->X->shape[0] == 0)
        return err_set(err, ERR_INVAL, "X: it has no rows");
    return OK;
}

int
trainer_new(Trainer **out, const char *path, const TrainerData *data, Err *err)
{
    Trainer *t;

    if (check_rows(data, err))
        return err->code;
    t = calloc(1, sizeof *t);
    if (!t)
        return err_nomem(err);
    t->X = data->X;
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->changed, NULL);
    if (library_load(&t->lib, path, err) || start_thread(t, data->n_thread, err)
        || put_rows(t, data, err) || call(t, new_booster, NULL, err)) {
        trainer_free(t);
        return err->code;
    }
    *out = t;
    return OK;
}

/* Releases what it holds, in the thread that made it. */
static int
release(Trainer *t, void *arg)
{
    (void)arg;
    if (t->booster)
        t->lib.booster_free(t->booster);
    if (t->matrix)
        t->lib.matrix_free(t->matrix);
    return 0;
}

void
trainer_free(Trainer *t)
{
    Err err;

    if (!t)
        return;
    call(t, release, NULL, &err);
    end_thread(t);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->mutex);
    classes_release(&t->classes);
    free(t);
}

const Classes *
trainer_classes(const Trainer *t)
{
    return &t->classes;
}

void
trainer_version(const Trainer *t, char out[TRAINER_VERSION])
{
    int major = 0, minor = 0, patch = 0;

    t->lib.version(&major, &minor, &patch);
    snprintf(out, TRAINER_VERSION, "%d.%d.%d", major, minor, patch);
}

/* ---- rounds ---- */

static int
set_parameter(Trainer *t, void *arg)
{
    const char **pair = arg;

    return t->lib.booster_set(t->booster, pair[0], pair[1]);
}

int
trainer_set(Trainer *t, const char *name, const char *value, Err *err)
{
    const char *pair[] = {name, value};

    return call(t, set_parameter, pair, err);
}

static int
update(Trainer *t, void *arg)
{
    return t->lib.booster_update(t->booster, *(int *)arg, t->matrix);
}

int
trainer_round(Trainer *t, int n, Err *err)
{
    return call(t, update, &n, err);
}

/* What the library returned: text, or margins, of that length. */
typedef struct Result {
    const char *text;
    const float *margin;
    Length n;
} Result;

static int
save(Trainer *t, void *arg)
{
    Result *r = arg;

    return t->lib.booster_save(t->booster, "{\"format\": \"json\"}", &r->n, &r->text);
}

int
trainer_text(Trainer *t, const char **text, size_t *len, Err *err)
{
    Result r = {0};

    if (call(t, save, &r, err))
        return err->code;
    *text = r.text;
    *len = r.n;
    return OK;
}

/* The library keeps what it returns for each thread: it is copied in the same one. */
typedef struct Margins {
    float *v;
    size_t n;
} Margins;

static int
predict(Trainer *t, void *arg)
{
    Margins *m = arg;
    Result r = {0};
    int status = t->lib.booster_predict(t->booster, t->matrix, MARGIN, 0, 0, &r.n, &r.margin);

    if (status == 0 && r.n == m->n)
        memcpy(m->v, r.margin, m->n * sizeof *m->v);
    return status;
}

static int
compare(Trainer *t, const Boost *m, const Margins *theirs, float *ours, Err *err)
{
    if (call(t, predict, (void *)theirs, err) || boost_margins(m, t->X, ours, err))
        return err->code;
    for (size_t i = 0; i < theirs->n; i++)
        if (!(ours[i] == theirs->v[i]))
            return err_set(err, ERR_ANY,
                           "this version of xgboost computes predictions otherwise (row %zu)",
                           i / (size_t)m->n_group + 1);
    return OK;
}

int
trainer_compare(Trainer *t, const Boost *m, Err *err)
{
    Margins theirs = {NULL, (size_t)t->X->shape[0] * (size_t)m->n_group};
    float *ours = calloc(theirs.n, sizeof *ours);
    int code;

    theirs.v = calloc(theirs.n, sizeof *theirs.v);
    code = ours && theirs.v ? compare(t, m, &theirs, ours, err) : err_nomem(err);
    free(ours);
    free(theirs.v);
    return code;
}

/* models_memory_test.c -- memory runs out at the n-th allocation of a model's fit, predict, dump
 * and load, for every n: an error, never a crash, and nothing is kept (counted_malloc.h). */
#include <dlfcn.h>

#include "check.h"
#include "linear/linear_predict.h"
#include "neighbors/neighbors.h"
#include "pca/pca.h"
#include "tree/forest.h"
#include "xgboost/boost.h"
#include "xgboost/boost_train.h"

static long countdown = -1, live;

static int
is_out(void)
{
    if (countdown < 0)
        return 0;
    if (countdown > 0) {
        countdown--;
        return 0;
    }
    return 1;
}

#include "counted_malloc.h"

enum { ROWS = 12, COLUMNS = 3 };

static double cells[ROWS * COLUMNS], numbers[ROWS], shares[ROWS * 2];
static int64_t labels[ROWS], found[ROWS];

static Array
matrix_of(double *v, int64_t n_column)
{
    return (Array){.type = ARRAY_F64, .ndim = 2, .shape = {ROWS, n_column},
                   .stride = {8 * n_column, 8}, .data = (unsigned char *)v};
}

static Array
vector_of(ArrayType type, void *v)
{
    return (Array){.type = type, .ndim = 1, .shape = {ROWS}, .stride = {8}, .data = v};
}

static void
set_data(void)
{
    for (int i = 0; i < ROWS; i++) {
        labels[i] = i % 3 == 0;
        numbers[i] = i;
        for (int j = 0; j < COLUMNS; j++)
            cells[i * COLUMNS + j] = (i * 7 + j * 5) % 11 + 3.0 * (double)labels[i];
    }
}

/* Calls once with every number of allocations that succeed, until one call needs no more. */
static void
sweep(int (*use)(Err *err))
{
    long before = live;
    Err err;

    for (int n = 0; n < 100000; n++) {
        int code;

        countdown = n;
        code = use(&err);
        countdown = -1;
        CHECK(live == before);
        if (code == OK)
            return;
        CHECK(code == ERR_NOMEM);
        if (code != ERR_NOMEM)
            return;
    }
    CHECK(!"it never succeeds");
}

static int
use_forest(Err *err)
{
    Array X = matrix_of(cells, COLUMNS), y = vector_of(ARRAY_I64, labels);
    Array out = vector_of(ARRAY_I64, found), p = matrix_of(shares, 2);
    ForestOptions o = {.tree = {.min_leaf = 1, .min_split = 2}, .n_tree = 2, .n_tried = 2,
                       .bootstrap = 1};
    unsigned char bytes[8192];
    Forest *f = NULL, *again = NULL;
    int code = forest_fit(&f, &X, &y, &o, err);

    if (!code)
        code = forest_predict(f, &X, &out, err);
    if (!code)
        code = forest_probabilities(f, &X, &p, err);
    if (!code && forest_dump_size(f) <= sizeof bytes) {
        forest_dump(f, bytes);
        code = forest_load(&again, bytes, forest_dump_size(f), err);
    }
    if (!code)
        forest_free(again);
    if (f)
        forest_free(f);
    return code;
}

static int
use_neighbors(Err *err)
{
    Array X = matrix_of(cells, COLUMNS), y = vector_of(ARRAY_I64, labels);
    Array out = vector_of(ARRAY_I64, found), p = matrix_of(shares, 2);
    NeighborsOptions o = {.k = 3};
    unsigned char bytes[8192];
    Neighbors *m = NULL, *again = NULL;
    int code = neighbors_fit(&m, &X, &y, &o, err);

    if (!code)
        code = neighbors_predict(m, &X, &out, err);
    if (!code)
        code = neighbors_probabilities(m, &X, &p, err);
    if (!code && neighbors_dump_size(m) <= sizeof bytes) {
        neighbors_dump(m, bytes);
        code = neighbors_load(&again, bytes, neighbors_dump_size(m), err);
    }
    if (!code)
        neighbors_free(again);
    if (m)
        neighbors_free(m);
    return code;
}

static int
use_free_intercept(Err *err)
{
    Array X = matrix_of(cells, COLUMNS);
    Linear like = {.kind = LINEAR_LOGISTIC, .n_feature = COLUMNS,
                   .classes = {ARRAY_I64, 2, NULL},
                   .options = {.intercept = LINEAR_FREE, .C = 1, .tolerance = 1e-4}};
    Linear *m;
    int index[ROWS], code = linear_new(&m, &like, err);

    if (code)
        return code;
    for (int i = 0; i < ROWS; i++)
        index[i] = (int)labels[i];
    code = linear_newton(m, &X, index, &like.options, err);
    linear_free(m);
    return code;
}

static int
use_pca(Err *err)
{
    double copy[ROWS * COLUMNS], component[COLUMNS * COLUMNS], value[COLUMNS];
    Array X = matrix_of(copy, COLUMNS);

    memcpy(copy, cells, sizeof copy);
    return pca_decompose(&X, component, value, err);
}

/* One tree: a split and two leaves. */
static size_t
boost_bytes(unsigned char *to)
{
    static BoostNode nodes[] = {{2, 1, 1, 1.5f, 2, 3}, {0, 0, 0, -0.5f, 0, 1},
                                {0, 0, 0, 0.5f, 0, 2}};
    static uint32_t first[] = {0, 3};
    static int64_t classes[] = {0, 1};
    Boost m = {.objective = BOOST_LOGISTIC, .n_feature = COLUMNS, .n_round = 1, .n_group = 1,
               .classes = {ARRAY_I64, 2, classes}, .n_tree = 1, .n_node = 3, .first = first,
               .node = nodes, .options = {.max_depth = 1}};

    boost_dump(&m, to);
    return boost_dump_size(&m);
}

static int
use_boost(Err *err)
{
    Array X = matrix_of(cells, COLUMNS), out = vector_of(ARRAY_I64, found);
    Array p = matrix_of(shares, 2);
    double share[COLUMNS];
    unsigned char bytes[1024];
    Boost *m = NULL;
    int code = boost_load(&m, bytes, boost_bytes(bytes), err);

    if (!code)
        code = boost_predict(m, &X, &out, err);
    if (!code)
        code = boost_probabilities(m, &X, &p, err);
    if (!code)
        code = boost_importances(m, BOOST_GAIN, share, err);
    boost_free(m);
    return code;
}

static int
use_trainer(Err *err)
{
    Array X = matrix_of(cells, COLUMNS), y = vector_of(ARRAY_I64, labels);
    TrainerData data = {.X = &X, .y = &y, .classes = 1, .n_thread = 1};
    Trainer *t;
    int code = trainer_new(&t, "libxgboost.so.0", &data, err);

    if (!code)
        trainer_free(t);
    return code;
}

static void a_forest_lives_without_memory(void) { sweep(use_forest); }
static void nearest_neighbors_live_without_memory(void) { sweep(use_neighbors); }
static void a_free_intercept_lives_without_memory(void) { sweep(use_free_intercept); }
static void principal_components_live_without_memory(void) { sweep(use_pca); }
static void boosted_trees_live_without_memory(void) { sweep(use_boost); }

static void
a_training_by_libxgboost_lives_without_memory(void)
{
    if (!dlopen("libxgboost.so.0", RTLD_NOW))
        CHECK_CANNOT("libxgboost0 is not installed");
    else
        sweep(use_trainer);
}

int
main(void)
{
    set_data();
    RUN(a_forest_lives_without_memory);
    RUN(nearest_neighbors_live_without_memory);
    RUN(a_free_intercept_lives_without_memory);
    RUN(principal_components_live_without_memory);
    RUN(boosted_trees_live_without_memory);
    RUN(a_training_by_libxgboost_lives_without_memory);
    return check_done();
}

/* native_step.cc -- steps and a type of a program in C++, used by the pipeline of a script.
 *
 *     c++ -std=c++17 -O2 -Wall -Wextra -Wpedantic native_step.cc -o native_step \
 *         $(pkg-config --cflags --libs rille)
 *     ./native_step neighbours.lua .rille 3
 *
 * It classifies handwritten digits by their k nearest neighbours.  The examples that it learned
 * are a value of the type "neighbours": an artifact like any other, which is cached and has a
 * lineage.  The second time, all steps are cached; with another k, `classify` and what follows it
 * run. */
#include <rille.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

// ---- handles that free themselves ----

template <auto release>
struct Release {
    template <typename Handle>
    void operator()(Handle *handle) const { release(handle); }
};
using Engine = std::unique_ptr<rille_engine, Release<rille_close>>;
using Values = std::unique_ptr<rille_values, Release<rille_values_free>>;
using Run = std::unique_ptr<rille_run, Release<rille_run_free>>;

struct Failure : std::runtime_error {
    int status;
    Failure(int rc, const char *message) : std::runtime_error(message), status(rc) {}
};

void check(int rc, const rille_engine *e)
{
    if (rc) throw Failure(rc, rille_errmsg(e));
}

void check(int rc)                  // within a step: what failed has left its message
{
    if (rc) throw Failure(rc, "");
}

// ---- the type ----

struct Neighbours {
    std::size_t columns;
    std::vector<double> points, labels;         // row by row; one for each row
};

int save(const void *object, rille_writer *w, void *)
{
    auto &model = *static_cast<const Neighbours *>(object);
    auto bytes = [](const std::vector<double> &v) { return v.size() * sizeof(double); };
    int rc = rille_write(w, "points", model.points.data(), bytes(model.points));
    if (!rc) rc = rille_write(w, "labels", model.labels.data(), bytes(model.labels));
    if (!rc) rc = rille_write_meta(w, "columns", std::to_string(model.columns).c_str());
    return rc;
}

std::vector<double> read(rille_reader *r, const char *member)
{
    const void *p;
    std::size_t n;
    check(rille_read(r, member, &p, &n));
    std::vector<double> v(n / sizeof(double));
    std::memcpy(v.data(), p, v.size() * sizeof(double));
    return v;
}

int load(void **object, rille_reader *r, int, void *)
try {
    const char *columns;
    check(rille_read_meta(r, "columns", &columns));
    auto model = std::make_unique<Neighbours>();
    *model = {std::strtoul(columns, nullptr, 10), read(r, "points"), read(r, "labels")};
    if (model->points.size() != model->columns * model->labels.size()) return RILLE_ECORRUPT;
    *object = model.release();
    return RILLE_OK;
} catch (const Failure &failure) {
    return failure.status;
} catch (const std::exception &) {
    return RILLE_ENOMEM;
}

void destroy(void *object, void *) { delete static_cast<Neighbours *>(object); }

// ---- the steps ----

// No exception may leave a callback: the caller is C.
template <void (*body)(rille_step *)>
int step(rille_step *s, void *)
try {
    body(s);
    return RILLE_OK;
} catch (const Failure &failure) {
    return *failure.what() ? rille_fail(s, failure.status, "%s", failure.what()) : failure.status;
} catch (const std::bad_alloc &) {
    return RILLE_ENOMEM;
} catch (const std::exception &error) {
    return rille_fail(s, RILLE_ERROR, "%s", error.what());
}

// The numbers of an input, of any dtype of rille.
std::vector<double> numbers(const rille_array &a)
{
    int64_t n = 1;
    for (int i = 0; i < a.ndim; i++) n *= a.shape[i];
    auto copy = [&](auto *p) { return std::vector<double>(p, p + n); };
    switch (a.dtype) {
    case RILLE_F64: return copy(static_cast<const double *>(a.data));
    case RILLE_F32: return copy(static_cast<const float *>(a.data));
    case RILLE_I64: return copy(static_cast<const int64_t *>(a.data));
    default: return copy(static_cast<const int32_t *>(a.data));
    }
}

rille_array input(rille_step *s, const char *name)
{
    rille_array a = RILLE_ARRAY_INIT;
    check(rille_get_array(rille_inputs(s), name, &a));
    return a;
}

void learn(rille_step *s)
{
    rille_array X = input(s, "X"), y = input(s, "y");
    if (X.shape[0] != y.shape[0]) throw Failure(RILLE_ETYPE, "X and y differ in length");
    auto model = std::make_unique<Neighbours>();
    *model = {static_cast<std::size_t>(X.shape[1]), numbers(X), numbers(y)};
    check(rille_put_object(rille_outputs(s), "model", "neighbours", model.get()));
    model.release();                            // the engine's now
}

// The label that most of the k nearest points have.
double vote(const Neighbours &model, const double *x, std::size_t k)
{
    std::vector<std::pair<double, double>> nearest;             // distance, label
    for (std::size_t i = 0; i < model.labels.size(); i++) {
        const double *point = &model.points[i * model.columns];
        double distance = 0;
        for (std::size_t j = 0; j < model.columns; j++)
            distance += (x[j] - point[j]) * (x[j] - point[j]);
        nearest.emplace_back(distance, model.labels[i]);
    }
    auto last = nearest.begin() + static_cast<std::ptrdiff_t>(k);
    std::partial_sort(nearest.begin(), last, nearest.end());
    std::map<double, int> votes;
    for (std::size_t i = 0; i < k; i++) votes[nearest[i].second]++;
    return std::max_element(votes.begin(), votes.end(), [](auto &a, auto &b) {
        return a.second < b.second;
    })->first;
}

void classify(rille_step *s)
{
    const void *object;
    int64_t k;
    check(rille_get_object(rille_inputs(s), "model", "neighbours", &object));
    check(rille_get_int(rille_inputs(s), "k", &k));
    auto &model = *static_cast<const Neighbours *>(object);
    rille_array X = input(s, "X");
    if (k < 1 || static_cast<std::size_t>(k) > model.labels.size())
        throw Failure(RILLE_EPARAM, "k must be from 1 to the number of examples");
    if (static_cast<std::size_t>(X.shape[1]) != model.columns)
        throw Failure(RILLE_ETYPE, "X has other columns than the examples");
    auto x = numbers(X);
    void *labels;
    check(rille_new_array(rille_outputs(s), "labels", RILLE_F64, 1, X.shape, &labels));
    for (int64_t i = 0; i < X.shape[0]; i++) {
        check(rille_tick(s, static_cast<double>(i) / static_cast<double>(X.shape[0])));
        static_cast<double *>(labels)[i] =
            vote(model, x.data() + i * X.shape[1], static_cast<std::size_t>(k));
    }
}

// ---- the program ----

void add_step(rille_engine *e, const char *name, const char *signature, rille_step_fn fn)
{
    rille_step_def def = RILLE_STEP_DEF_INIT;
    def.name = name;
    def.signature = signature;
    def.version = "1";                          // another one when its results change
    def.fn = fn;
    check(rille_register_step(e, &def), e);
}

void add_type(rille_engine *e)
{
    rille_type_def def = RILLE_TYPE_DEF_INIT;
    def.name = "neighbours";
    def.version = 1;
    def.save = save;
    def.load = load;
    def.destroy = destroy;
    check(rille_register_type(e, &def), e);
}

int show(void *, const rille_event *event)
{
    if (event->kind == RILLE_STEP_END) std::printf("%s ran\n", event->step);
    if (event->kind == RILLE_STEP_CACHED) std::printf("%s is cached\n", event->step);
    return 0;
}

Engine open(const char *store)
{
    rille_options options = RILLE_OPTIONS_INIT;
    rille_engine *opened;
    options.event = show;
    int rc = rille_open(&opened, store, &options);
    Engine e(opened);                           // also after a failure, which it explains
    check(rc, e.get());
    return e;
}

int main(int argc, char **argv)
try {
    if (argc != 4) throw std::runtime_error("usage: native_step SCRIPT STORE K");
    Engine e = open(argv[2]);
    add_type(e.get());
    add_step(e.get(), "learn", "(X: matrix, y: vector) -> (model: neighbours)", step<learn>);
    add_step(e.get(), "classify",
             "(model: neighbours, X: matrix, k: integer = 3) -> (labels: vector)", step<classify>);
    check(rille_load_file(e.get(), argv[1]), e.get());

    Values args(rille_values_new(e.get()));
    check(rille_put_int(args.get(), "k", std::atoi(argv[3])), e.get());
    rille_run_options how = RILLE_RUN_OPTIONS_INIT;
    how.args = args.get();
    rille_run *made;
    int rc = rille_run_pipeline(&made, e.get(), "digits", &how);
    Run run(made);
    check(rc, e.get());
    double share;
    check(rille_get_number(rille_run_outputs(made), "accuracy.share", &share), e.get());
    std::printf("%.1f %% of the digits are right\n", 100 * share);
} catch (const std::exception &error) {
    std::fprintf(stderr, "native_step: %s\n", error.what());
    return 1;
}

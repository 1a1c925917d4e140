/* blas.c -- see blas.h */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "array/blas.h"

typedef char *Ask(void);
typedef void Threads(int);

/* A symbol as a function pointer, which ISO C does not cast from void *. */
static int
symbol(void *lib, const char *name, void *out)
{
    void *p = dlsym(lib, name);

    memcpy(out, &p, sizeof p);
    return p != NULL;
}

/* OpenBLAS starts its threads when it is loaded; none are wanted, not even idle
 * ones, for they would not outlive a fork. */
static void *
open_library(const char *name)
{
    static const char variable[] = "OPENBLAS_NUM_THREADS";
    int set = getenv(variable) != NULL;
    void *lib;

    if (!set)
        setenv(variable, "1", 0);
    lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!set)
        unsetenv(variable);
    return lib;
}

static void
name_library(Blas *b, void *lib)
{
    Ask *config, *core;
    char path[PATH_MAX] = "";
    struct stat st = {0};
    Dl_info info;
    void *gemm;

    memcpy(&gemm, &b->gemm, sizeof gemm);
    if (dladdr(gemm, &info) && info.dli_fname && realpath(info.dli_fname, path))
        stat(path, &st);
    snprintf(b->name, sizeof b->name, "%.200s %lld %lld.%09ld %.200s %.64s", path,
             (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
             symbol(lib, "openblas_get_config", &config) ? config() : "",
             symbol(lib, "openblas_get_corename", &core) ? core() : "");
}

int
blas_open(Blas *out)
{
    static const char *const names[] = {"libopenblas.so.0", "libblas.so.3"};
    Threads *threads;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *lib = open_library(names[i]);

        if (lib && symbol(lib, "dgemm_", &out->gemm)) {
            if (symbol(lib, "openblas_set_num_threads", &threads))
                threads(1);
            name_library(out, lib);
            return 1;
        }
        if (lib)
            dlclose(lib);
    }
    out->gemm = NULL;
    snprintf(out->name, sizeof out->name, "none");
    return 0;
}

/* BLAS counts by columns: c = a b by rows is c' = b' a' by columns. */
void
blas_multiply(const Blas *b, const double *a, const double *x, double *c, const int size[3])
{
    const int rows = size[0], inner = size[1], columns = size[2];
    const double one = 1, zero = 0;

    b->gemm("N", "N", &columns, &rows, &inner, &one, x, &columns, a, &inner, &zero, c,
            &columns);
}

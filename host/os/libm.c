/* libm.c -- see libm.h */
#include <dlfcn.h>
#include <link.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#include "base/hash.h"
#include "os/libm.h"

typedef double Function(double);

/* Called through the pointers, so that no compiler works them out. */
static Function *const functions[] = {exp, exp2, log,  log2, log10, sin,  cos,
                                      tan, asin, acos, atan, sinh,  cosh, tanh};

/* Within the domain of all: the last ones are near the middle of two results, or need
 * many digits of pi. */
static const double arguments[] = {
    0x1.8p-1,           0x1.921fb54442d18p-1, 0x1.fffffffffffffp-1, 0x1.0000000000001p-3,
    0x1.d9b648b63af71p-2, 0x1.7fffe7fffcfffp-1, 0x1.c7e29b0d1d0a7p-5, 0x1.13a5ccd87c9bbp-4};

static void
probe(Hash *h)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        for (size_t k = 0; k < sizeof arguments / sizeof *arguments; k++) {
            double x = arguments[k], y = functions[i](x), big = functions[i](x * 512),
                   p = pow(x, 0.1 + (double)i), q = atan2(x, 3);

            hash_bytes(h, &y, sizeof y);
            if (big == big)             /* beyond the domain: a NaN has many forms */
                hash_bytes(h, &big, sizeof big);
            hash_bytes(h, &p, sizeof p);
            hash_bytes(h, &q, sizeof q);
        }
}

typedef struct Build {
    const void *base;
    char id[48];
} Build;

static void
read_notes(const unsigned char *p, size_t n, char id[48])
{
    while (n >= 12) {
        uint32_t head[3];               /* sizes of the name and the text, kind */
        size_t name, text;

        memcpy(head, p, sizeof head);
        name = ((size_t)head[0] + 3) & ~(size_t)3;
        text = ((size_t)head[1] + 3) & ~(size_t)3;
        if (name > n - 12 || text > n - 12 - name)
            return;
        if (head[2] == NT_GNU_BUILD_ID && head[0] == 4 && memcmp(p + 12, "GNU", 4) == 0)
            for (size_t i = 0; i < head[1] && 2 * i + 2 < 48; i++)
                snprintf(id + 2 * i, 3, "%02x", p[12 + name + i]);
        p += 12 + name + text;
        n -= 12 + name + text;
    }
}

static int
find_notes(struct dl_phdr_info *info, size_t size, void *data)
{
    Build *b = data;

    (void)size;
    if ((const void *)(uintptr_t)info->dlpi_addr != b->base)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_NOTE)
            read_notes((const unsigned char *)(uintptr_t)(info->dlpi_addr +
                                                          info->dlpi_phdr[i].p_vaddr),
                       info->dlpi_phdr[i].p_memsz, b->id);
    return 1;
}

static void
find_build(Build *b)
{
    double (*f)(double, double) = pow;
    Dl_info info;
    void *code;

    memset(b, 0, sizeof *b);
    memcpy(&code, &f, sizeof code);
    if (!dladdr(code, &info))
        return;
    b->base = info.dli_fbase;
    dl_iterate_phdr(find_notes, b);
}

static void
features(char *out, size_t size)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_cpu_init();
    snprintf(out, size, "x86%s%s%s%s%s", __builtin_cpu_supports("sse4.1") ? "+sse4.1" : "",
             __builtin_cpu_supports("avx") ? "+avx" : "",
             __builtin_cpu_supports("avx2") ? "+avx2" : "",
             __builtin_cpu_supports("fma") ? "+fma" : "",
             __builtin_cpu_supports("avx512f") ? "+avx512f" : "");
#else
    snprintf(out, size, "%lx.%lx", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
#endif
}

void
libm_name(char out[LIBM_NAME])
{
    const char *tunables = getenv("GLIBC_TUNABLES"), *release = "libc";
    unsigned char digest[HASH_SIZE];
    char processor[64];
    Build build;
    Hash h;

#if defined(__GLIBC__)
    release = gnu_get_libc_version();
#endif
    hash_init(&h);
    probe(&h);
    hash_field(&h, 'T', tunables, tunables ? strlen(tunables) : 0);
    hash_final(&h, digest);
    find_build(&build);
    features(processor, sizeof processor);
    snprintf(out, LIBM_NAME, "%.32s %s %s %02x%02x%02x%02x%02x%02x%02x%02x", release,
             build.id[0] ? build.id : "-", processor, digest[0], digest[1], digest[2],
             digest[3], digest[4], digest[5], digest[6], digest[7]);
}

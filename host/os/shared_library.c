/* shared_library.c -- see shared_library.h */
#include <dlfcn.h>
#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/shared_library.h"

enum { MAX_LIBRARIES = 128 };

typedef struct Libraries {
    const struct link_map *list[MAX_LIBRARIES];
    int n, uses_libm;
} Libraries;

/* Beginnings of the names of libraries that do not count. */
static const char *const everywhere[] = {"libc.so", "libm.so", "libdl.so", "libpthread.so",
                                         "librt.so", "libgcc_s.so", "liblua5.4", "ld-",
                                         "linux-vdso", NULL};

static int
is_everywhere(const char *name)
{
    for (int i = 0; everywhere[i]; i++)
        if (strncmp(name, everywhere[i], strlen(everywhere[i])) == 0)
            return 1;
    return 0;
}

/* The library of that path or name that is loaded, or NULL. */
static const struct link_map *
loaded(const char *name)
{
    struct link_map *map = NULL;
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);

    if (!handle)
        return NULL;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map))
        map = NULL;
    dlclose(handle);                    /* it was loaded before and stays so */
    return map;
}

static void
add(Libraries *all, const struct link_map *map)
{
    for (int i = 0; i < all->n; i++)
        if (all->list[i] == map)
            return;
    if (map && all->n < MAX_LIBRARIES)
        all->list[all->n++] = map;
}

static void
add_needed(Libraries *all, const char *name)
{
    if (strncmp(name, "libm.so", 7) == 0)
        all->uses_libm = 1;
    if (!is_everywhere(name))
        add(all, loaded(name));
}

static void
add_all_needed(Libraries *all, const struct link_map *map)
{
    const char *strings = NULL;

    for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_STRTAB)
            strings = (const char *)d->d_un.d_ptr;
    if (!strings)
        return;
    if ((ElfW(Addr))strings < map->l_addr)      /* not relocated on some machines */
        strings += map->l_addr;
    for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++)
        if (d->d_tag == DT_NEEDED)
            add_needed(all, strings + d->d_un.d_val);
}

int
shared_library_needs(const char *path, void (*found)(void *arg, const char *path), void *arg,
                     int *uses_libm)
{
    Libraries all = {{NULL}, 0, 0};

    add(&all, loaded(path));
    for (int i = 0; i < all.n; i++) {
        add_all_needed(&all, all.list[i]);
        if (i && all.list[i]->l_name[0])
            found(arg, all.list[i]->l_name);
    }
    *uses_libm = all.uses_libm;
    return all.n > 0;
}

/* ---- a library that is not loaded ---- */

static int
is_in(const char *folder, const char *name, char *path, char *id, size_t size)
{
    char real[PATH_MAX];
    struct stat st;

    if (snprintf(path, size, "%s/%s", folder, name) >= (int)size || !realpath(path, real)
        || stat(real, &st) || !S_ISREG(st.st_mode))
        return 0;
    return snprintf(id, size, "%s %lld %lld.%09ld", real, (long long)st.st_size,
                    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec) < (int)size;
}

/* In a folder of the search.  /usr/local/lib comes before the folders of the system, as in
 * Debian's ld.so.conf. */
static int
is_at(const Dl_serpath *at, const char *name, char *path, char *id, size_t size)
{
    return ((at->dls_flags & LA_SER_DEFAULT) && is_in("/usr/local/lib", name, path, id, size))
           || is_in(at->dls_name, name, path, id, size);
}

int
shared_library_find(const char *name, char *path, char *id, size_t size)
{
    void *program = dlopen(NULL, RTLD_LAZY);
    Dl_serinfo head, *all = NULL;
    int found = 0;

    if (program && dlinfo(program, RTLD_DI_SERINFOSIZE, &head) == 0
        && (all = malloc(head.dls_size)) != NULL) {
        memcpy(all, &head, sizeof head);
        if (dlinfo(program, RTLD_DI_SERINFO, all) == 0)
            for (unsigned i = 0; !found && i < all->dls_cnt; i++)
                found = is_at(&all->dls_serpath[i], name, path, id, size);
    }
    free(all);
    if (program)
        dlclose(program);
    return found;
}

/* shared_library.h -- the files that a loaded shared library depends on.
 *
 * The results of a C module depend on the libraries that it is linked with: a binding of
 * libyaml computes differently when libyaml changes.  The C library and Lua are left out,
 * since every step uses the same ones. */
#ifndef SHARED_LIBRARY_H
#define SHARED_LIBRARY_H

#include <stddef.h>

/* Calls found(arg, path) with the path of each library that the loaded one at the path
 * needs, directly or indirectly, once each.  The mathematical library is not passed to
 * found; *uses_libm says whether it is needed.  Returns 0 when no library of that path is
 * loaded. */
int shared_library_needs(const char *path, void (*found)(void *arg, const char *path),
                         void *arg, int *uses_libm);

/* Where the library of that name is: the first file of the name in the folders that this
 * program's libraries come from, /usr/local/lib before those of the system.  Nothing is
 * loaded.  Fills path, and id with "REALPATH SIZE MTIME", which another build of the library
 * changes.  Returns 0 when there is none. */
int shared_library_find(const char *name, char *path, char *id, size_t size);

#endif

/* shared_library.h -- the files that a loaded shared library is made of.
 *
 * A module in C computes with what it is linked with, too: a binding of libyaml is another
 * when libyaml is.  The C library and Lua are not among these files: they are the same for
 * all that runs here. */
#ifndef SHARED_LIBRARY_H
#define SHARED_LIBRARY_H

/* Calls found(arg, path) with the path of each library that the loaded one at the path
 * needs, directly or by others; each once.  *uses_libm: one of them is the mathematical
 * library, which is not found.  0 when no library of that path is loaded. */
int shared_library_needs(const char *path, void (*found)(void *arg, const char *path),
                         void *arg, int *uses_libm);

#endif

/* counted_malloc.h -- malloc and the like, in SQLite and Lua too: the linker puts __wrap_malloc in
 * the place of malloc (tests/rules.mk).  A block is counted when it is given out and when it comes
 * back, so a leak shows in any build.  The includer defines before
 *     int is_out(void)     whether this allocation is to fail
 *     long live            blocks that are out */
#ifndef COUNTED_MALLOC_H
#define COUNTED_MALLOC_H

#include <stddef.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
void __wrap_free(void *p);
char *__real_strndup(const char *s, size_t n);
char *__wrap_strndup(const char *s, size_t n);
char *__wrap_strdup(const char *s);

static void *
counted(void *p)
{
    live += p != NULL;
    return p;
}

void *
__wrap_malloc(size_t n)
{
    return is_out() ? NULL : counted(__real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return is_out() ? NULL : counted(__real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{
    if (is_out())
        return NULL;
    if (!p)
        return counted(__real_realloc(p, n));
    return __real_realloc(p, n);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t n)
{
    return is_out() ? NULL : counted(__real_aligned_alloc(alignment, n));
}

void
__wrap_free(void *p)
{
    live -= p != NULL;
    __real_free(p);
}

char *
__wrap_strndup(const char *s, size_t n)
{
    return is_out() ? NULL : counted(__real_strndup(s, n));
}

char *
__wrap_strdup(const char *s)
{
    return __wrap_strndup(s, strlen(s));
}

#endif

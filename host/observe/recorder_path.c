/* recorder_path.c -- see recorder.h: where a path leads, and whose file is there */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "observe/recorder.h"

int
recorder_full_path(const Recorder *rec, const char *path, char *out, size_t size)
{
    int n = path[0] == '/' || !rec->base ? snprintf(out, size, "%s", path)
                                       : snprintf(out, size, "%s/%s", rec->base, path);

    return n < 0 || (size_t)n >= size ? -1 : 0;
}

static int
is_below(const char *path, const char *dir)
{
    size_t n = dir ? strlen(dir) : 0;

    return dir && strncmp(path, dir, n) == 0 && path[n] == '/';
}

int
recorder_is_spelled_in_tmp(const Recorder *rec, const char *path)
{
    char full[PATH_MAX], normal[PATH_MAX];

    return rec->tmpdir && recorder_full_path(rec, path, full, sizeof full) == 0
           && fact_normal_path(full, normal, sizeof normal) >= 0
           && is_below(normal, rec->tmpdir);
}

/* Where the absolute path leads, links followed; the last part may be missing.
 * 0, or -1 when its folder is. */
static int
real_path(const char *full, char out[PATH_MAX])
{
    const char *last = strrchr(full, '/');
    char folder[PATH_MAX];

    if (realpath(full, out))
        return 0;
    snprintf(folder, sizeof folder, "%.*s/", (int)(last - full), full);
    return realpath(folder, out)
           && strlen(out) + strlen(last) < PATH_MAX && strcat(out, last) ? 0 : -1;
}

/* The path, spelled in the tmpdir, leads out of it; then *out is where to. */
static int
leads_out(Recorder *rec, const char *path, char out[PATH_MAX])
{
    char full[PATH_MAX];

    if (!rec->tmp_real)
        rec->tmp_real = realpath(rec->tmpdir, NULL);
    if (!rec->tmp_real || recorder_full_path(rec, path, full, sizeof full) || real_path(full, out))
        return 0;
    return !is_below(out, rec->tmp_real);
}

int
recorder_is_in_tmp(Recorder *rec, const char *path)
{
    char out[PATH_MAX];

    return recorder_is_spelled_in_tmp(rec, path) && !leads_out(rec, path, out);
}

/* A write of the path as it is spelled, in any recording that is open. */
static int
wrote(const Recorder *rec, const char *name)
{
    for (const Recording *recording = rec->top; recording; recording = recording->parent)
        if (fact_find(&recording->facts, FACT_WRITE, name, strlen(name)))
            return 1;
    return 0;
}

int
recorder_wrote(const Recorder *rec, const char *path)
{
    char name[PATH_MAX], full[PATH_MAX];

    if (fact_normal_path(path, name, sizeof name) < 0)
        return 0;
    if (wrote(rec, name))
        return 1;
    if (name[0] != '/')
        return recorder_full_path(rec, name, full, sizeof full) == 0 && wrote(rec, full);
    return is_below(name, rec->base) && wrote(rec, name + strlen(rec->base) + 1);
}

int
recorder_take_path(Recorder *rec, const char *path, char *name, char *full)
{
    if (fact_normal_path(path, name, PATH_MAX) <= 0
        || recorder_full_path(rec, name, full, PATH_MAX))
        return 0;
    if (!recorder_is_spelled_in_tmp(rec, path))
        return 1;
    if (!leads_out(rec, path, full))
        return 0;
    strcpy(name, full);
    return 1;
}

static int
set_text(char **to, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    char *copy = NULL;

    while (n > 1 && text[n - 1] == '/')
        n--;
    if (text && !(copy = strndup(text, n)))
        return ERR_NOMEM;
    free(*to);
    *to = copy;
    return OK;
}

void
recorder_set_path(lua_State *L, char **to, const char *text)
{
    char normal[PATH_MAX];

    if ((text && fact_normal_path(text, normal, sizeof normal) < 0)
        || set_text(to, text ? normal : NULL))
        bind_error(L, "%s: the path is too long", text);
}

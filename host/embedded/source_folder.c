/* source_folder.c -- see source_folder.h */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "embedded/embedded.h"
#include "embedded/source_folder.h"
#include "os/sys.h"

/* The text after MARK up to the next quote, in out; 0 when there is none. */
static int
quoted_after(const char *text, const char *mark, char *out, size_t size)
{
    const char *p = text ? strstr(text, mark) : NULL;
    size_t n = p ? strcspn(p + strlen(mark), "\"") : 0;

    if (n == 0 || n >= size)
        return 0;
    memcpy(out, p + strlen(mark), n);
    out[n] = 0;
    return 1;
}

/* ERR_VERSION when the sources in DIR are those of another version.  A file that cannot be
 * read is an error when it is loaded, not here. */
static int
check_version(const char *dir, Err *err)
{
    static const char file[] = "lua/base/version.lua", mark[] = "return \"";
    char path[PATH_MAX], ours[64], theirs[64] = "";
    Buf text;
    int rc = OK;

    buf_init(&text);
    snprintf(path, sizeof path, "%s/%s", dir, file);
    if (sys_read_file(path, &text, NULL) == OK && buf_put(&text, "", 1) == OK
        && quoted_after(embedded_find(file)->text, mark, ours, sizeof ours)
        && (!quoted_after((char *)text.data, mark, theirs, sizeof theirs)
            || strcmp(ours, theirs) != 0))
        rc = err_set(err, ERR_VERSION,
                     "--scripts %s: its sources are those of rille %s, and this program is rille "
                     "%s; build the program from them",
                     dir, theirs[0] ? theirs : "of no known version", ours);
    buf_release(&text);
    return rc;
}

static int
is_file(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    return snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path
           && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A folder of sources (lua, stdlib, materializers) that is there must have all its files:
 * otherwise a mixture of both would run. */
static int
check_files(const char *dir, Err *err)
{
    for (const EmbeddedFile *f = embedded_files; f->path; f++) {
        char path[PATH_MAX];
        struct stat st;
        int top = (int)strcspn(f->path, "/");

        snprintf(path, sizeof path, "%s/%.*s", dir, top, f->path);
        if (stat(path, &st) == 0 && !is_file(dir, f->path))
            return err_set(err, ERR_NOTFOUND,
                           "--scripts %s: the folder lacks %s, which this program needs",
                           dir, f->path);
    }
    return OK;
}

static int
check_folder(const char *dir, Err *err)
{
    static const char wanted[] = "name the folder of rille's sources, which contains lua/main.lua";
    struct stat st;

    if (!*dir)
        return err_set(err, ERR_INVAL, "--scripts: the name is empty; %s", wanted);
    if (stat(dir, &st))
        return err_set(err, ERR_NOTFOUND, "--scripts %s: %s", dir, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_INVAL, "--scripts %s: not a folder; %s", dir, wanted);
    if (!is_file(dir, "lua/main.lua"))
        return err_set(err, ERR_INVAL, "--scripts %s: no lua/main.lua there; %s%s", dir,
                       wanted, is_file(dir, "main.lua")
                                   ? "; try the folder above" : "");
    return check_version(dir, err) ? err->code : check_files(dir, err);
}

char *
source_folder_check(const char *dir, Err *err)
{
    char *full;

    if (check_folder(dir, err))
        return NULL;
    full = realpath(dir, NULL);
    if (!full)
        err_set(err, ERR_IO, "--scripts %s: %s", dir, strerror(errno));
    return full;
}

/* Adds to LIST the Lua files below DIR/PATH that are not embedded, each with a 0 after it.
 * A folder that cannot be read has none. */
static int
list_below(const char *dir, const char *path, Buf *list, Err *err)
{
    char full[PATH_MAX], below[PATH_MAX];
    struct dirent *entry;
    int rc = OK;
    DIR *folder;

    if (snprintf(full, sizeof full, "%s/%s", dir, path) >= (int)sizeof full
        || !(folder = opendir(full)))
        return OK;
    while (rc == OK && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.'
            || snprintf(below, sizeof below, "%s/%s", path, entry->d_name) >= (int)sizeof below)
            continue;
        if (!embedded_is_source(below, strlen(below)))
            rc = list_below(dir, below, list, err);
        else if (!embedded_find(below))
            rc = buf_put(list, below, strlen(below) + 1) ? err_nomem(err) : OK;
    }
    closedir(folder);
    return rc;
}

int
source_folder_list_added(const char *dir, Buf *list, Err *err)
{
    int rc = OK;

    for (const char *const *folder = embedded_folders; *folder && rc == OK; folder++)
        rc = list_below(dir, *folder, list, err);
    return rc;
}
